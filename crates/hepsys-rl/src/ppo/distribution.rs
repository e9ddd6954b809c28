//! What a policy's outputs say: normal distributions of coordinates, or probabilities of choices.

use hepsys_core::Stream;
use rand::RngExt;
use rand_distr::{Distribution as _, StandardNormal};

/// $\frac12 \ln 2\pi$
pub(super) const HALF_LN_TAU: f64 = 0.918_938_533_204_672_7;

/// The logarithm of the density of a normal distribution with these means and logarithms of deviations.
pub(super) fn log_normal(point: &[f64], means: &[f64], log_deviations: &[f64]) -> f64 {
    let terms = point.iter().zip(means).zip(log_deviations);
    terms.map(|((x, m), s)| -0.5 * ((x - m) * (-s).exp()).powi(2) - s - HALF_LN_TAU).sum()
}

pub(super) fn sample_normal(means: &[f64], log_deviations: &[f64], stream: &mut Stream) -> Vec<f64> {
    let draw = |(m, s): (&f64, &f64)| {
        let z: f64 = StandardNormal.sample(stream);
        m + s.exp() * z
    };
    means.iter().zip(log_deviations).map(draw).collect()
}

/// The logarithms of the probabilities of choices; minus infinity for those that are not allowed.
///
/// `None` unless one is.
pub(super) fn log_probabilities(logits: &[f64], allowed: &[bool]) -> Option<Vec<f64>> {
    let of_allowed = || logits.iter().zip(allowed).filter(|(_, is_allowed)| **is_allowed).map(|(f, _)| *f);
    let most = of_allowed().fold(f64::NEG_INFINITY, f64::max);
    if !most.is_finite() {
        return None;
    }
    let total = most + of_allowed().map(|f| (f - most).exp()).sum::<f64>().ln();
    let log = |(f, is_allowed): (&f64, &bool)| if *is_allowed { f - total } else { f64::NEG_INFINITY };
    Some(logits.iter().zip(allowed).map(log).collect())
}

/// A choice with these probabilities; never one of probability zero.
pub(super) fn sample_choice(log_probabilities: &[f64], stream: &mut Stream) -> usize {
    let mut left: f64 = stream.random();
    let mut last = 0;
    for (choice, log) in log_probabilities.iter().enumerate() {
        if *log == f64::NEG_INFINITY {
            continue;
        }
        // Where rounding leaves a rest, it belongs to the last that is allowed.
        last = choice;
        left -= log.exp();
        if left < 0.0 {
            break;
        }
    }
    last
}
