//! Numbers of the distributions that jets are made of.

use hepsys_core::Stream;
use rand::RngExt;
use rand_distr::{ChiSquared, Distribution, Poisson, StandardNormal};

pub(super) fn normal(stream: &mut Stream) -> f64 {
    StandardNormal.sample(stream)
}

pub(super) fn uniform([low, high]: [f64; 2], stream: &mut Stream) -> f64 {
    low + (high - low) * stream.random::<f64>()
}

pub(super) fn reduced_chi_squared(degrees_of_freedom: f64, stream: &mut Stream) -> f64 {
    ChiSquared::new(degrees_of_freedom).expect("positive, as checked").sample(stream) / degrees_of_freedom
}

pub(super) fn poisson(mean: f64, stream: &mut Stream) -> usize {
    if mean > 0.0 { Poisson::new(mean).expect("positive and finite").sample(stream) as usize } else { 0 }
}
