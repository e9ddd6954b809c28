use std::ops::Range;

use hepsys_core::Stream;

use super::Auxiliary;
use super::auxiliary::count;
use super::interpolation::{Jet, NormSys, ShapeInterpolation};
use crate::Parameter;

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
}

/// A region of phase space with its bins and what is expected there.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Channel {
    pub(crate) name: String,
    pub(crate) bins: Range<usize>,
    pub(crate) samples: Vec<SampleTerm>,
    /// The parameters that its yields depend on, in increasing order; samples name them by their place here.
    pub(crate) active: Vec<usize>,
}

/// A process in a channel.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SampleTerm {
    pub(crate) name: String,
    pub(crate) nominal: Vec<f64>,
    pub(crate) factors: Vec<Factor>,
    pub(crate) shapes: Vec<Shape>,
    /// For each factor of single bins, the place of the first bin's parameter; the others follow.
    pub(crate) bin_factors: Vec<usize>,
}

/// A factor of a whole sample.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Factor {
    /// The parameter itself.
    Free(usize),
    /// An interpolation between two variations.
    Norm(usize, Box<NormSys>),
}

/// An additive variation of a histogram.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Shape {
    pub(crate) parameter: usize,
    pub(crate) code: ShapeInterpolation,
    /// High minus nominal.
    pub(crate) up: Vec<f64>,
    /// Nominal minus low.
    pub(crate) down: Vec<f64>,
}

impl Factor {
    pub(crate) fn parameter(&self) -> usize {
        match self {
            Self::Free(parameter) | Self::Norm(parameter, _) => *parameter,
        }
    }

    pub(crate) fn parameter_mut(&mut self) -> &mut usize {
        match self {
            Self::Free(parameter) | Self::Norm(parameter, _) => parameter,
        }
    }

    pub(crate) fn at(&self, value: f64) -> Jet {
        match self {
            Self::Free(_) => Jet { value, slope: 1.0, curvature: 0.0 },
            Self::Norm(_, norm) => norm.at(value),
        }
    }
}

/// What was observed: a count for each bin, in the order of the model's channels, and the auxiliary measurements.
#[derive(Debug, Clone, PartialEq)]
pub struct Data {
    /// The counts; they need not be integers.
    pub counts: Vec<f64>,
    /// The auxiliary measurements, in the order of [`Model::auxiliaries`].
    pub auxiliary: Vec<f64>,
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
        Data { counts, auxiliary: self.auxiliaries.iter().map(|a| a.nominal).collect() }
    }

    /// The Asimov data of these parameters: what is expected, in bins and in auxiliary measurements.
    #[must_use]
    pub fn expected(&self, parameters: &[f64]) -> Data {
        let auxiliary = self.auxiliaries.iter().map(|a| a.density.expected(parameters[a.parameter]));
        Data { counts: self.yields(parameters), auxiliary: auxiliary.collect() }
    }

    /// Data drawn from these parameters: Poisson counts, and auxiliary measurements from their densities.
    ///
    /// A negative expectation, which some parameters have, gives zero.
    #[must_use]
    pub fn draw(&self, parameters: &[f64], stream: &mut Stream) -> Data {
        let counts = self.yields(parameters).into_iter().map(|mean| count(mean, stream)).collect();
        let auxiliary = self.auxiliaries.iter().map(|a| a.density.draw(parameters[a.parameter], stream));
        Data { counts, auxiliary: auxiliary.collect() }
    }

    /// The expected yield of each bin.
    #[must_use]
    pub fn yields(&self, parameters: &[f64]) -> Vec<f64> {
        let mut yields = vec![0.0; self.n_bins];
        for channel in &self.channels {
            let values: Vec<f64> = channel.active.iter().map(|&p| parameters[p]).collect();
            for sample in &channel.samples {
                sample.add_to(&values, &mut yields[channel.bins.clone()]);
            }
        }
        yields
    }
}

impl SampleTerm {
    /// Adds the sample's yields at the channel's parameters.
    pub(super) fn add_to(&self, values: &[f64], yields: &mut [f64]) {
        let factor: f64 = self.factors.iter().map(|f| f.at(values[f.parameter()]).value).product();
        let weights: Vec<[Jet; 2]> = self
            .shapes
            .iter()
            .map(|s| super::interpolation::shape_weights(s.code, values[s.parameter]))
            .collect();
        for (bin, total) in yields.iter_mut().enumerate() {
            let mut shape = self.nominal[bin];
            for (s, [up, down]) in self.shapes.iter().zip(&weights) {
                shape += up.value * s.up[bin] + down.value * s.down[bin];
            }
            let gammas: f64 = self.bin_factors.iter().map(|first| values[first + bin]).product();
            *total += shape * factor * gammas;
        }
    }
}
