use std::f64::consts::PI;

use hepsys_core::Stream;
use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};

use super::{Density, Events, Range};
use crate::special::ln_normal_survival;
use crate::{Parameter, StatsError};

/// The width of the kernels of a [`KernelDensity`].
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Bandwidth {
    /// $0.9\,\min(s, \mathrm{IQR}/1.34)\\,n_\mathrm{eff}^{-1/5}$ with $n_\mathrm{eff} = (\sum w)^2 / \sum w^2$
    /// (`silverman1986`, Eq. 3.31).
    #[default]
    Silverman,
    /// This one.
    Given(f64),
}

/// A density estimated from events: a Gaussian kernel around each, reflected at both ends of the range.
///
/// $$ f(x) = \sum_i w_i \big[ K_h(x - x_i) + K_h(x - 2a + x_i) + K_h(x - 2b + x_i) \big] $$
/// It has no parameters; kernels beyond twelve bandwidths are left out where nearer ones are not.
///
/// # References
///
/// `silverman1986`, sections 2.10 and 3.4.
#[derive(Debug, Clone, PartialEq)]
pub struct KernelDensity {
    /// Positions and weights, sorted by position, images at the ends included.
    points: Vec<(f64, f64)>,
    /// The events themselves, with sums of weights up to each.
    events: Vec<(f64, f64)>,
    bandwidth: f64,
    range: Range,
    ln_integral: f64,
}

/// Kernels that are farther away are below $e^{-72}$ of their height.
const REACH: f64 = 12.0;

impl KernelDensity {
    /// The density of these events on `range`; they may have weights.
    ///
    /// # Errors
    ///
    /// [`StatsError`] for events outside the range, fewer than two of them, or a bandwidth that is not positive, as
    /// Silverman's is if all events are the same.
    pub fn new(events: &Events, bandwidth: Bandwidth, range: Range) -> Result<Self, StatsError> {
        events.check(range)?;
        let mut sorted: Vec<(f64, f64)> = events.iter().filter(|(_, w)| *w > 0.0).collect();
        sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
        if sorted.len() < 2 {
            let what = "a kernel density".into();
            return Err(StatsError::TooFewValues { what, needed: 2, found: sorted.len() });
        }
        let bandwidth = match bandwidth {
            Bandwidth::Silverman => silverman(&sorted),
            Bandwidth::Given(bandwidth) => bandwidth,
        };
        if !(bandwidth > 0.0 && bandwidth.is_finite()) {
            return Err(StatsError::bad_parameter("the bandwidth", "positive and finite", bandwidth));
        }
        let mut points = sorted.clone();
        for end in [range.low(), range.high()] {
            let near = |x: f64| (x - end).abs() <= REACH * bandwidth;
            points.extend(sorted.iter().filter(|(x, _)| near(*x)).map(|&(x, w)| (2.0 * end - x, w)));
        }
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        let inside = |x: f64| {
            let above = |end: f64| ln_normal_survival((end - x) / bandwidth).exp();
            above(range.low()) - above(range.high())
        };
        let integral: f64 = points
            .iter()
            .map(|&(x, w)| {
                let is_far = (x - range.low()).min(range.high() - x) > REACH * bandwidth;
                if is_far { w } else { w * inside(x) }
            })
            .sum();
        let mut total = 0.0;
        for (_, w) in &mut sorted {
            total += *w;
            *w = total;
        }
        Ok(Self { points, events: sorted, bandwidth, range, ln_integral: integral.ln() })
    }

    /// The width of its kernels.
    #[must_use]
    pub fn bandwidth(&self) -> f64 {
        self.bandwidth
    }
}

fn silverman(sorted: &[(f64, f64)]) -> f64 {
    let total: f64 = sorted.iter().map(|(_, w)| w).sum();
    let squares: f64 = sorted.iter().map(|(_, w)| w * w).sum();
    let n_effective = total * total / squares;
    let mean = sorted.iter().map(|(x, w)| w * x).sum::<f64>() / total;
    let spread = sorted.iter().map(|(x, w)| w * (x - mean).powi(2)).sum::<f64>() / total;
    // Weights as numbers of equal events: Bessel's correction with their effective number.
    let deviation = (spread * n_effective / (n_effective - 1.0)).sqrt();
    let quantile = |q: f64| {
        let mut below = 0.0;
        let place = sorted.iter().position(|(_, w)| {
            below += w;
            below >= q * total
        });
        sorted[place.unwrap_or(sorted.len() - 1)].0
    };
    let quartiles = (quantile(0.75) - quantile(0.25)) / 1.34;
    // Half of the events in one place have no quartiles apart.
    let scale = if quartiles > 0.0 { deviation.min(quartiles) } else { deviation };
    0.9 * scale * n_effective.powf(-0.2)
}

impl Density for KernelDensity {
    fn parameters(&self) -> &[Parameter] {
        &[]
    }

    fn range(&self) -> Range {
        self.range
    }

    fn ln_shape(&self, x: f64, _: &[f64], _: &mut [f64], _: &mut [f64]) -> f64 {
        let reach = REACH * self.bandwidth;
        let first = self.points.partition_point(|p| p.0 < x - reach);
        let last = self.points.partition_point(|p| p.0 <= x + reach);
        let near = if first < last { &self.points[first..last] } else { &self.points[..] };
        let exponent = |at: f64| -0.5 * ((x - at) / self.bandwidth).powi(2);
        // The largest term outside the sum, so that far tails do not underflow.
        let highest = near.iter().map(|p| exponent(p.0)).fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = near.iter().map(|&(at, w)| w * (exponent(at) - highest).exp()).sum();
        highest + sum.ln() - self.bandwidth.ln() - 0.5 * (2.0 * PI).ln()
    }

    fn ln_integral(&self, _: &[f64], _: &mut [f64], _: &mut [f64]) -> f64 {
        self.ln_integral
    }

    fn draw(&self, _: &[f64], stream: &mut Stream) -> f64 {
        let total = self.events[self.events.len() - 1].1;
        loop {
            let u = total * stream.random::<f64>();
            let place = self.events.partition_point(|(_, below)| *below <= u).min(self.events.len() - 1);
            let z: f64 = StandardNormal.sample(stream);
            let mut x = self.events[place].0 + self.bandwidth * z;
            if x < self.range.low() {
                x = 2.0 * self.range.low() - x;
            } else if x > self.range.high() {
                x = 2.0 * self.range.high() - x;
            }
            if self.range.contains(x) {
                return x;
            }
        }
    }
}
