use std::ops::Range;
use std::sync::Arc;

use hepsys_core::Stream;

use super::channel::Channel;
use super::derivatives::Scratch;
use super::{Auxiliary, Data};
use crate::Parameter;
use crate::hessian::Couplings;

/// A binned model: expected yields as functions of parameters, and auxiliary measurements that constrain them.
///
/// The yield of a sample in a bin is $(n_0 + \sum_k \Delta_k(\alpha_k))\,\prod_i f_i\,\prod_j \gamma_j$: additive
/// variations of the histogram, factors of the whole sample, and factors of single bins.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) channels: Vec<Channel>,
    pub(crate) auxiliaries: Vec<Auxiliary>,
    pub(crate) poi: Option<usize>,
    pub(crate) n_bins: usize,
    pub(crate) couplings: Arc<Couplings>,
}

impl Model {
    /// The parameters, in the order of every vector of parameters.
    #[must_use]
    pub fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    /// The place of the parameter called `name`.
    #[must_use]
    pub fn index_of(&self, name: &str) -> Option<usize> {
        self.parameters.iter().position(|p| p.name == name)
    }

    /// The place of the parameter of interest, if the measurement has one.
    #[must_use]
    pub fn poi(&self) -> Option<usize> {
        self.poi
    }

    /// How many bins all channels have together.
    #[must_use]
    pub fn n_bins(&self) -> usize {
        self.n_bins
    }

    /// The names of the channels and their bins.
    pub fn channels(&self) -> impl ExactSizeIterator<Item = (&str, Range<usize>)> {
        self.channels.iter().map(|c| (c.name.as_str(), c.bins.clone()))
    }

    /// The auxiliary measurements, in the order of [`Data::auxiliary`].
    #[must_use]
    pub fn auxiliaries(&self) -> &[Auxiliary] {
        &self.auxiliaries
    }

    /// Where fits begin, parameter by parameter.
    #[must_use]
    pub fn inits(&self) -> Vec<f64> {
        self.parameters.iter().map(|p| p.init).collect()
    }

    /// These counts with the nominal auxiliary measurements.
    #[must_use]
    pub fn data(&self, counts: Vec<f64>) -> Data {
        Data::nominal(counts, &self.auxiliaries)
    }

    /// The Asimov data of these parameters: what is expected, in bins and in auxiliary measurements.
    #[must_use]
    pub fn expected(&self, parameters: &[f64]) -> Data {
        Data::expected(self.yields(parameters), &self.auxiliaries, parameters)
    }

    /// Data drawn from these parameters: Poisson counts, and auxiliary measurements from their densities.
    ///
    /// A negative expectation, which some parameters have, gives zero.
    #[must_use]
    pub fn draw(&self, parameters: &[f64], stream: &mut Stream) -> Data {
        Data::draw(self.yields(parameters), &self.auxiliaries, parameters, stream)
    }

    /// The expected yield of each bin.
    #[must_use]
    pub fn yields(&self, parameters: &[f64]) -> Vec<f64> {
        let mut scratch = Scratch::default();
        self.channels.iter().flat_map(|channel| channel.expect(parameters, &mut scratch).to_vec()).collect()
    }
}
