use crate::events::Events;

/// How many Newton steps are taken at most; from zero, a handful is enough.
const MAX_STEPS: usize = 100;

/// The decrease, relative to the loss or to one, below which one last undamped step ends the search.
///
/// The error of a Newton step is of second order in its length: after a step that promises 1e-9
/// the distance left is about 1e-9 of a standard deviation, and more than rounding of the loss can show.
const LAST_STEP: f64 = 1e-9;

/// The best nuisance parameters of the reference alone.
#[derive(Debug, Clone)]
pub(crate) struct DeltaFit {
    /// $\Delta = -2 \min_\nu L[0, \nu]$
    pub(crate) delta: f64,
    /// The parameters in units of their σ.
    pub(crate) theta: Vec<f64>,
}

/// Value, gradient and the lower triangle of the Hessian of $L[0, \nu]$ in units of σ.
struct Expansion {
    value: f64,
    gradient: Vec<f64>,
    hessian: Vec<Vec<f64>>,
}

impl Expansion {
    fn gradient_norm(&self) -> f64 {
        self.gradient.iter().map(|g| g * g).sum::<f64>().sqrt()
    }
}

fn expand(events: &Events, theta: &[f64]) -> Expansion {
    let n = theta.len();
    let first_shape = usize::from(events.nuisances.normalisation.is_some());
    let (mut gradient, mut hessian) = (vec![0.0; n], vec![vec![0.0; n]; n]);
    let mut value = 0.0;
    let (mut slope, mut bend) = (vec![0.0; n], vec![0.0; n]);
    for event in 0..events.a.len() {
        let mut g = 0.0;
        if let Some(sigma) = events.nuisances.normalisation {
            g += sigma * theta[0];
            slope[0] = sigma;
        }
        for (j, shape) in events.shapes.iter().enumerate() {
            let j = first_shape + j;
            // δ₁θ + δ₂θ² + …, its first and its second derivative, by Horner's rule.
            let (mut p, mut dp, mut ddp) = (0.0, 0.0, 0.0);
            for delta in shape.iter().rev().map(|d| d[event]).chain([0.0]) {
                ddp = ddp * theta[j] + 2.0 * dp;
                dp = dp * theta[j] + p;
                p = p * theta[j] + delta;
            }
            g += p;
            slope[j] = dp;
            bend[j] = ddp;
        }
        let (a, b) = (events.a[event], events.b[event]);
        let e = a * g.exp();
        value += e - a - b * g;
        for (j, row) in hessian.iter_mut().enumerate() {
            gradient[j] += (e - b) * slope[j];
            row[j] += (e - b) * bend[j];
            for (h, slope_k) in row[..=j].iter_mut().zip(&slope) {
                *h += e * slope[j] * slope_k;
            }
        }
    }
    value += events.nuisances.constraint(theta, &mut gradient);
    for (j, row) in hessian.iter_mut().enumerate() {
        if events.nuisances.centres[j].is_some() {
            row[j] += 1.0;
        }
    }
    Expansion { value, gradient, hessian }
}

/// Minimises $L[0, \nu]$ with Newton's method, damped where a step would not go down.
pub(crate) fn minimise(events: &Events) -> DeltaFit {
    let mut theta = vec![0.0; events.nuisances.n_parameters()];
    if theta.is_empty() {
        return DeltaFit { delta: 0.0, theta };
    }
    let mut here = expand(events, &theta);
    for _ in 0..MAX_STEPS {
        let step = descent(&here);
        // The decrease that the quadratic model promises, in units where 1/2 is one standard deviation.
        let promised: f64 = 0.5 * here.gradient.iter().zip(&step).map(|(g, s)| -g * s).sum::<f64>();
        if promised <= LAST_STEP * here.value.abs().max(1.0) {
            let last: Vec<f64> = theta.iter().zip(&step).map(|(t, s)| t + s).collect();
            let there = expand(events, &last);
            // Here the loss is flat to within its rounding, so the gradient decides and not the value.
            if there.gradient_norm() <= here.gradient_norm() {
                theta = last;
                here = there;
            }
            break;
        }
        let mut length = 1.0;
        let next = loop {
            let trial: Vec<f64> = theta.iter().zip(&step).map(|(t, s)| t + length * s).collect();
            let there = expand(events, &trial);
            if there.value < here.value {
                break Some((trial, there));
            }
            length *= 0.5;
            if length < 1e-10 {
                break None;
            }
        };
        let Some((trial, there)) = next else { break };
        theta = trial;
        here = there;
    }
    DeltaFit { delta: -2.0 * here.value, theta }
}

/// The Newton step; where the Hessian is not positive definite, it is shifted until it is.
fn descent(at: &Expansion) -> Vec<f64> {
    let n = at.gradient.len();
    let size = (0..n).map(|j| at.hessian[j][j].abs()).fold(1.0, f64::max);
    let mut shift = 0.0;
    loop {
        if let Some(step) = solve(at, shift) {
            return step;
        }
        shift = if shift == 0.0 { 1e-3 * size } else { 10.0 * shift };
    }
}

/// Solves $(H + \text{shift})\\, s = -g$ by Cholesky's decomposition; `None` unless it is positive definite.
fn solve(at: &Expansion, shift: f64) -> Option<Vec<f64>> {
    let n = at.gradient.len();
    let mut l = vec![vec![0.0; n]; n];
    for i in 0..n {
        for j in 0..=i {
            let mut sum = at.hessian[i][j] + if i == j { shift } else { 0.0 };
            sum -= l[i].iter().zip(&l[j]).take(j).map(|(a, b)| a * b).sum::<f64>();
            if i == j {
                // A NaN is not positive either, but no shift would help: give up on it as on a zero gradient.
                if sum.is_nan() {
                    return Some(vec![0.0; n]);
                }
                if sum <= 0.0 {
                    return None;
                }
                l[i][i] = sum.sqrt();
            } else {
                l[i][j] = sum / l[j][j];
            }
        }
    }
    let mut step = vec![0.0; n];
    for i in 0..n {
        let sum: f64 = (0..i).map(|k| l[i][k] * step[k]).sum();
        step[i] = (-at.gradient[i] - sum) / l[i][i];
    }
    for i in (0..n).rev() {
        let sum: f64 = (i + 1..n).map(|k| l[k][i] * step[k]).sum();
        step[i] = (step[i] - sum) / l[i][i];
    }
    Some(step)
}
