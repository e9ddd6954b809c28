use std::collections::VecDeque;

use super::line_search::{Point, strong_wolfe};
use super::{Bound, Minimum, Objective, Status};

/// Limited-memory BFGS inside a box.
///
/// Parameters that stand at a bound and would leave the box are held; the quasi-Newton direction is taken among the
/// others, from the last `memory` pairs of steps and gradient changes.
/// A strong-Wolfe search along it, as far as the first bound on its way, gives the step
/// (in the spirit of Byrd, Lu, Nocedal & Zhu, SIAM J. Sci. Comput. 16 (1995) 1190).
///
/// ```
/// use hepsys_stats::minimize::{Bound, BoxLbfgs, Objective};
///
/// struct Bowl;
/// impl Objective for Bowl {
///     fn n_parameters(&self) -> usize { 2 }
///     fn evaluate(&self, x: &[f64], gradient: &mut [f64]) -> f64 {
///         gradient[0] = 2.0 * (x[0] - 3.0);
///         gradient[1] = 2.0 * (x[1] + 1.0);
///         (x[0] - 3.0).powi(2) + (x[1] + 1.0).powi(2)
///     }
/// }
///
/// let minimum = BoxLbfgs::default().minimize(&Bowl, &[Bound::symmetric(2.0), Bound::FREE], &[0.0, 0.0]);
/// assert!(minimum.status.is_converged());
/// assert_eq!(minimum.parameters[0], 2.0); // at its bound
/// assert!((minimum.parameters[1] + 1.0).abs() < 1e-6);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BoxLbfgs {
    /// How many pairs of steps and gradient changes are remembered, at least one. Defaults to 40.
    pub memory: usize,
    /// The projected gradient's largest component below which a point is a minimum. Defaults to `1e-6`.
    pub gradient_tolerance: f64,
    /// The decrease, relative to the value (or to one), below which a step gains nothing; three in a row end the
    /// minimisation, where steps that end at a bound do not count. Defaults to `1e-12`.
    pub decrease_tolerance: f64,
    /// What rounding makes of the value, relative to it (or to one): smaller changes are not looked at, and slopes decide.
    /// Defaults to `0`, which suits sums in double precision.
    pub rounding: f64,
    /// How many evaluations are allowed. Defaults to 4000.
    pub max_evaluations: usize,
}

impl Default for BoxLbfgs {
    fn default() -> Self {
        Self {
            memory: 40,
            gradient_tolerance: 1e-6,
            decrease_tolerance: 1e-12,
            rounding: 0.0,
            max_evaluations: 4000,
        }
    }
}

/// How many small decreases in a row end a minimisation: a single one can be an unlucky step.
const SMALL_DECREASES: usize = 3;

/// A step and the change of the gradient along it.
struct Pair {
    step: Vec<f64>,
    change: Vec<f64>,
}

impl BoxLbfgs {
    /// Goes from `start`, moved into the box, to a minimum.
    ///
    /// # Panics
    ///
    /// Unless there is one bound and one starting value for each parameter.
    pub fn minimize<O: Objective + ?Sized>(&self, objective: &O, bounds: &[Bound], start: &[f64]) -> Minimum {
        let n = objective.n_parameters();
        assert_eq!(
            (bounds.len(), start.len()),
            (n, n),
            "one bound and one starting value for each parameter"
        );
        let mut x: Vec<f64> = start.iter().zip(bounds).map(|(&v, b)| b.clamp(v)).collect();
        let mut gradient = vec![0.0; n];
        let mut value = objective.evaluate(&x, &mut gradient);
        let mut n_evaluations = 1;
        let mut pairs: VecDeque<Pair> = VecDeque::with_capacity(self.memory);
        let mut trial = vec![0.0; n];
        let mut trial_gradient = vec![0.0; n];
        let mut n_small = 0;
        if !value.is_finite() {
            return Minimum { parameters: x, value, n_evaluations, status: Status::NotFinite };
        }
        let status = loop {
            let is_free: Vec<bool> = (0..n)
                .map(|i| {
                    !(x[i] <= bounds[i].lower && gradient[i] > 0.0
                        || x[i] >= bounds[i].upper && gradient[i] < 0.0)
                })
                .collect();
            let steepest = (0..n).filter(|&i| is_free[i]).map(|i| gradient[i].abs()).fold(0.0, f64::max);
            if steepest <= self.gradient_tolerance {
                break Status::SmallGradient;
            }
            if n_evaluations >= self.max_evaluations {
                break Status::Exhausted;
            }
            let Some((direction, is_newton)) = direction(&x, &gradient, bounds, &is_free, &mut pairs) else {
                break Status::NoDescent;
            };
            let slope = dot(&direction, &gradient);
            let room = room(&x, &direction, bounds);
            let longest = room.iter().copied().fold(LONGEST_STEP, f64::min);
            // Without curvature the length of a step is unknown: begin with one of length one.
            let first = if is_newton { 1.0 } else { 1.0 / dot(&direction, &direction).sqrt().max(1.0) };
            let start = Point { step: 0.0, value, slope };
            let budget = self.max_evaluations - n_evaluations;
            let rounding = self.rounding * value.abs().max(1.0);
            let found = strong_wolfe(start, first, longest, budget, rounding, |step| {
                for i in 0..n {
                    trial[i] = match direction[i] {
                        // At the bound, and not where rounding ends before it.
                        d if room[i] <= step => {
                            if d > 0.0 {
                                bounds[i].upper
                            } else {
                                bounds[i].lower
                            }
                        }
                        d => bounds[i].clamp(d.mul_add(step, x[i])),
                    };
                }
                let value = objective.evaluate(&trial, &mut trial_gradient);
                n_evaluations += 1;
                Point { step, value, slope: dot(&direction, &trial_gradient) }
            });
            let Some(found) = found else {
                if pairs.is_empty() {
                    break Status::NoDescent;
                }
                // A stale memory can point nowhere; steepest descent gets one chance.
                pairs.clear();
                continue;
            };
            let pair = Pair {
                step: (0..n).map(|i| trial[i] - x[i]).collect(),
                change: (0..n).map(|i| trial_gradient[i] - gradient[i]).collect(),
            };
            if dot(&pair.step, &pair.change) > 1e-10 * dot(&pair.change, &pair.change).max(f64::MIN_POSITIVE)
            {
                if pairs.len() >= self.memory.max(1) {
                    pairs.pop_front();
                }
                pairs.push_back(pair);
            }
            let decrease = value - found.value;
            x.copy_from_slice(&trial);
            gradient.copy_from_slice(&trial_gradient);
            value = found.value;
            let is_small = decrease <= self.decrease_tolerance * value.abs().max(1.0);
            n_small = match (is_small, found.step < longest) {
                (true, true) => n_small + 1,
                // How short a step is that ends at a bound says nothing of the minimum.
                (true, false) => n_small,
                (false, _) => 0,
            };
            if n_small == SMALL_DECREASES {
                break Status::SmallDecrease;
            }
        };
        Minimum { parameters: x, value, n_evaluations, status }
    }
}

/// A feasible direction of descent, and whether it carries curvature; `None` if there is none.
fn direction(
    x: &[f64],
    gradient: &[f64],
    bounds: &[Bound],
    was_free: &[bool],
    pairs: &mut VecDeque<Pair>,
) -> Option<(Vec<f64>, bool)> {
    let is_newton = !pairs.is_empty();
    let mut is_free = was_free.to_vec();
    // A parameter at its bound that the direction would push out of the box is held too, and the direction among the
    // others is found again: cutting it off afterwards would leave a direction that is no longer Newton's, and may be
    // nearly orthogonal to the gradient.
    let newton = loop {
        let newton = two_loops(gradient, &is_free, pairs);
        let leaves = |i: usize| {
            newton[i] < 0.0 && x[i] <= bounds[i].lower || newton[i] > 0.0 && x[i] >= bounds[i].upper
        };
        let leaving: Vec<usize> = (0..x.len()).filter(|&i| is_free[i] && leaves(i)).collect();
        if leaving.is_empty() {
            break newton;
        }
        leaving.into_iter().for_each(|i| is_free[i] = false);
    };
    let norm = dot(&newton, &newton).sqrt();
    let free_gradient: Vec<f64> = (0..x.len()).map(|i| if was_free[i] { gradient[i] } else { 0.0 }).collect();
    let gradient_norm = dot(&free_gradient, &free_gradient).sqrt();
    if dot(&newton, gradient) < -1e-10 * norm * gradient_norm {
        return Some((newton, is_newton));
    }
    // What is left of the memory points nowhere: fall back to the gradient, whose every free component leads inwards.
    pairs.clear();
    let steepest: Vec<f64> = free_gradient.iter().map(|g| -g / gradient_norm.max(1.0)).collect();
    (dot(&steepest, gradient) < 0.0).then_some((steepest, false))
}

/// The product of the inverse Hessian, restricted to the free parameters, with minus the gradient.
fn two_loops(gradient: &[f64], is_free: &[bool], pairs: &VecDeque<Pair>) -> Vec<f64> {
    let free_dot = |a: &[f64], b: &[f64]| -> f64 {
        a.iter().zip(b).zip(is_free).map(|((a, b), &free)| if free { a * b } else { 0.0 }).sum()
    };
    let mut q: Vec<f64> =
        gradient.iter().zip(is_free).map(|(&g, &free)| if free { -g } else { 0.0 }).collect();
    // Pairs whose curvature among the free parameters is lost say nothing there.
    let curvatures: Vec<Option<f64>> = pairs
        .iter()
        .map(|p| {
            let curvature = free_dot(&p.step, &p.change);
            (curvature > 1e-10 * free_dot(&p.change, &p.change)).then_some(curvature)
        })
        .collect();
    let mut projections = vec![0.0; pairs.len()];
    for (k, pair) in pairs.iter().enumerate().rev() {
        if let Some(curvature) = curvatures[k] {
            projections[k] = free_dot(&pair.step, &q) / curvature;
            q.iter_mut().zip(&pair.change).for_each(|(q, y)| *q -= projections[k] * y);
        }
    }
    if let Some((pair, curvature)) = pairs.iter().zip(&curvatures).rev().find_map(|(p, c)| c.map(|c| (p, c)))
    {
        let scale = curvature / free_dot(&pair.change, &pair.change);
        q.iter_mut().for_each(|q| *q *= scale);
    }
    for (k, pair) in pairs.iter().enumerate() {
        if let Some(curvature) = curvatures[k] {
            let beta = free_dot(&pair.change, &q) / curvature;
            q.iter_mut().zip(&pair.step).for_each(|(q, s)| *q += (projections[k] - beta) * s);
        }
    }
    q.iter_mut().zip(is_free).filter(|(_, free)| !**free).for_each(|(q, _)| *q = 0.0);
    q
}

/// The longest step where no bound is met.
const LONGEST_STEP: f64 = 1e10;

/// How far each parameter can go along `direction` until its bound is met.
fn room(x: &[f64], direction: &[f64], bounds: &[Bound]) -> Vec<f64> {
    (0..x.len())
        .map(|i| match direction[i] {
            d if d > 0.0 => (bounds[i].upper - x[i]) / d,
            d if d < 0.0 => (bounds[i].lower - x[i]) / d,
            _ => f64::INFINITY,
        })
        .collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
