use hepsys_core::Stream;

use super::Auxiliary;
use super::auxiliary::count;

/// What was observed: a count for each bin, in the order of the model's channels, and the auxiliary measurements.
#[derive(Debug, Clone, PartialEq)]
pub struct Data {
    /// The counts; they need not be integers.
    pub counts: Vec<f64>,
    /// The auxiliary measurements, in the order of [`Model::auxiliaries`](super::Model::auxiliaries).
    pub auxiliary: Vec<f64>,
}

impl Data {
    /// These counts with the nominal auxiliary measurements.
    pub(crate) fn nominal(counts: Vec<f64>, auxiliaries: &[Auxiliary]) -> Self {
        Self { counts, auxiliary: auxiliaries.iter().map(|a| a.nominal).collect() }
    }

    /// The Asimov data: counts as expected, and the auxiliary measurements that belong to the parameters.
    pub(crate) fn expected(counts: Vec<f64>, auxiliaries: &[Auxiliary], parameters: &[f64]) -> Self {
        let auxiliary = auxiliaries.iter().map(|a| a.density.expected(parameters[a.parameter]));
        Self { counts, auxiliary: auxiliary.collect() }
    }

    /// Data by chance: Poisson counts around `means`, zero where these are negative, and auxiliary measurements.
    pub(crate) fn draw(
        means: Vec<f64>,
        auxiliaries: &[Auxiliary],
        parameters: &[f64],
        stream: &mut Stream,
    ) -> Self {
        let counts = means.into_iter().map(|mean| count(mean, stream)).collect();
        let auxiliary = auxiliaries.iter().map(|a| a.density.draw(parameters[a.parameter], stream));
        Self { counts, auxiliary: auxiliary.collect() }
    }
}
