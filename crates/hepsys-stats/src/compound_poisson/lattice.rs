//! Probabilities of a sum on equidistant points, by a Fourier transform.

use realfft::RealFftPlanner;

/// How many points there are.
const N_POINTS: usize = 1 << 18;

/// The probability that may lie beyond the points, as $-\ln$ of it.
const BEYOND: f64 = 40.0;

/// How close to a point a number counts as being there, in steps.
const AT_A_POINT: f64 = 1e-6;

/// The law of a sum on the points `first + i * step`, where `first` counts steps as well.
#[derive(Debug, Clone)]
pub(super) struct Lattice {
    pub(super) step: f64,
    first: i64,
    pub(super) probabilities: Vec<f64>,
    /// Probabilities up to and including each point.
    cumulative: Vec<f64>,
}

impl Lattice {
    /// The law of the sum over a process with these values and expected numbers.
    pub(super) fn new(values: &[f64], expected: &[f64]) -> Self {
        let cells = || values.iter().zip(expected).filter(|(_, l)| **l > 0.0);
        let largest = cells().map(|(g, _)| g.abs()).fold(0.0, f64::max);
        let mean: f64 = cells().map(|(g, l)| l * g).sum();
        let variance: f64 = cells().map(|(g, l)| l * g * g).sum();
        if variance == 0.0 || largest == 0.0 {
            return Self { step: 1.0, first: 0, probabilities: vec![1.0], cumulative: vec![1.0] };
        }
        let half_width = half_width(variance, largest);
        // One point on either side is left for values between points.
        let n_steps = (largest * (N_POINTS - 4) as f64 / (2.0 * half_width)).floor().max(1.0);
        let step = largest / divisible(n_steps);
        let n = (2.0 * half_width / step + 4.0).max(N_POINTS as f64).log2().ceil().exp2() as usize;
        let first = (mean / step).floor() as i64 - (n / 2) as i64;

        let mut masses = vec![0.0; n];
        for (g, l) in cells() {
            let place = g / step;
            let nearest = place.round();
            let lower = if (place - nearest).abs() < AT_A_POINT { nearest } else { place.floor() };
            let upper_share = (place - lower).max(0.0);
            masses[wrapped(lower as i64, n)] += l * (1.0 - upper_share);
            masses[wrapped(lower as i64 + 1, n)] += l * upper_share;
        }
        let probabilities = law_of_sum(masses);
        let probabilities: Vec<f64> =
            (0..n).map(|i| probabilities[wrapped(first + i as i64, n)].max(0.0)).collect();
        let mut sum = 0.0;
        let cumulative = probabilities
            .iter()
            .map(|p| {
                sum += p;
                sum
            })
            .collect();
        Self { step, first, probabilities, cumulative }
    }

    pub(super) fn at(&self, i: usize) -> f64 {
        (self.first + i as i64) as f64 * self.step
    }

    /// How many points are below `t`.
    fn n_below(&self, t: f64) -> usize {
        let place = (t / self.step - self.first as f64 - AT_A_POINT).ceil();
        place.clamp(0.0, self.probabilities.len() as f64) as usize
    }

    /// The probability below `t`.
    pub(super) fn below(&self, t: f64) -> f64 {
        self.n_below(t).checked_sub(1).map_or(0.0, |i| self.cumulative[i].min(1.0))
    }

    /// The probability below or at `t`.
    pub(super) fn cdf(&self, t: f64) -> f64 {
        self.below(t + 2.0 * AT_A_POINT * self.step)
    }

    pub(super) fn quantile(&self, q: f64) -> f64 {
        let i = self.cumulative.partition_point(|c| *c < q);
        self.at(i.min(self.probabilities.len() - 1))
    }

    /// $\ln \sum_{T \ge t} P(T)\\, e^{-\theta T}$.
    pub(super) fn ln_tail(&self, t: f64, tilt: f64) -> f64 {
        let first = self.n_below(t);
        let tail: f64 = (first..self.probabilities.len())
            .map(|i| self.probabilities[i] * (-tilt * (self.at(i) - t)).exp())
            .sum();
        tail.ln() - tilt * t
    }
}

/// The largest number up to `n` that many numbers divide: values in simple ratios to the largest one stand on points as well.
fn divisible(n: f64) -> f64 {
    let unit = [2520.0, 60.0, 1.0].into_iter().find(|unit| n >= *unit).unwrap_or(1.0);
    (n / unit).floor() * unit
}

/// How far from its mean a sum can be found with more than a negligible probability, by Bennett's inequality
/// $P(T - \mathrm E T \ge x) \le \exp[-v\\,((1 + u)\ln(1 + u) - u)]$ with $u = x G / \mathrm{Var}\\,T$ and
/// $v = \mathrm{Var}\\,T / G^2$, where $G$ is the largest value.
fn half_width(variance: f64, largest: f64) -> f64 {
    let scale = variance / (largest * largest);
    let exponent = |u: f64| scale * ((1.0 + u) * u.ln_1p() - u);
    let (mut low, mut high) = (0.0, 1.0);
    while exponent(high) < BEYOND {
        (low, high) = (high, 2.0 * high);
    }
    for _ in 0..50 {
        let middle = 0.5 * (low + high);
        if exponent(middle) < BEYOND { low = middle } else { high = middle }
    }
    high * variance / largest
}

/// The place of point `i` on a circle of `n`.
fn wrapped(i: i64, n: usize) -> usize {
    i.rem_euclid(n as i64) as usize
}

/// The probabilities of sums, on a circle, if `masses` events are expected at each of its points.
fn law_of_sum(mut masses: Vec<f64>) -> Vec<f64> {
    let n = masses.len();
    let total: f64 = masses.iter().sum();
    let mut planner = RealFftPlanner::<f64>::new();
    let forward = planner.plan_fft_forward(n);
    let mut spectrum = forward.make_output_vec();
    forward.process(&mut masses, &mut spectrum).expect("the planner made buffers of these lengths");
    let mut characteristic: Vec<_> = spectrum.iter().map(|c| (c - total).exp()).collect();
    // Both ends are real but for rounding, and the inverse asks for exactly that.
    characteristic[0].im = 0.0;
    characteristic[n / 2].im = 0.0;
    let inverse = planner.plan_fft_inverse(n);
    let mut law = inverse.make_output_vec();
    inverse.process(&mut characteristic, &mut law).expect("the planner made buffers of these lengths");
    law.iter_mut().for_each(|p| *p /= n as f64);
    law
}
