//! Numbers of the distributions that jets are made of.

use hepsys_core::Stream;
use rand::RngExt;
use rand_distr::{ChiSquared, Distribution, Poisson, StandardNormal};

/// The mean up to which a Poisson number is searched for among all of them, from zero on.
const LARGEST_SEARCHED: f64 = 20.0;

/// 1/k, for the ratio of the probabilities of k and k − 1: a Poisson number of mean 20 is above 127 never.
const RECIPROCALS: [f64; 128] = {
    let mut reciprocals = [0.0; 128];
    let mut k = 1;
    while k < reciprocals.len() {
        reciprocals[k] = 1.0 / k as f64;
        k += 1;
    }
    reciprocals
};

pub(super) fn normal(stream: &mut Stream) -> f64 {
    StandardNormal.sample(stream)
}

pub(super) fn uniform([low, high]: [f64; 2], stream: &mut Stream) -> f64 {
    low + (high - low) * stream.random::<f64>()
}

pub(super) fn reduced_chi_squared(degrees_of_freedom: f64, stream: &mut Stream) -> f64 {
    ChiSquared::new(degrees_of_freedom).expect("positive, as checked").sample(stream) / degrees_of_freedom
}

/// A Poisson number by one uniform one, where its mean is small: the first k whose cumulative probability exceeds it.
pub(super) fn poisson(mean: f64, stream: &mut Stream) -> usize {
    if mean > LARGEST_SEARCHED {
        return Poisson::new(mean).expect("positive and finite").sample(stream) as usize;
    }
    let mut left = stream.random::<f64>();
    let mut probability = (-mean).exp();
    for (k, next) in RECIPROCALS[1..].iter().enumerate() {
        if left < probability {
            return k;
        }
        left -= probability;
        probability *= mean * next;
    }
    // What rounding leaves beyond the last probability: one number in 10¹⁶.
    mean as usize
}

#[cfg(test)]
mod tests {
    use hepsys_core::Seed;

    use super::*;

    #[test]
    fn counts_have_their_probabilities() {
        let n = 200_000;
        for mean in [0.0, 0.1, 0.8, 5.0, 19.9, 20.1, 60.0] {
            let mut stream = Seed::new(1).named("counts").stream();
            let mut counts = [0_usize; 200];
            for _ in 0..n {
                counts[poisson(mean, &mut stream)] += 1;
            }
            let mut probability = (-mean).exp();
            for (k, count) in counts.into_iter().enumerate() {
                let expected = f64::from(n) * probability;
                // Five standard deviations, and one event where there are hardly any.
                let distance = (count as f64 - expected).abs();
                assert!(distance <= 1.0 + 5.0 * expected.sqrt(), "{count} times {k}, expected {expected}");
                probability *= mean / (k + 1) as f64;
            }
        }
    }
}
