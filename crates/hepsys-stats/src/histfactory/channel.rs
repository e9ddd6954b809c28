use std::ops::Range;

use super::interpolation::{Jet, NormSys, ShapeInterpolation};
use crate::hessian::Couplings;

/// A region of phase space with its bins and what is expected there.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Channel {
    pub(crate) name: String,
    pub(crate) bins: Range<usize>,
    pub(crate) samples: Vec<SampleTerm>,
    /// The parameters that its yields depend on: first those of whole samples in increasing order, then, for each factor of
    /// single bins, those of all bins. Samples name them by their place here.
    pub(crate) active: Vec<usize>,
    /// How many of them belong to whole samples.
    pub(crate) n_shared: usize,
    /// The places of those that histograms vary with, and how.
    pub(crate) shaping: Vec<usize>,
    pub(crate) interpolation: ShapeInterpolation,
}

impl Channel {
    /// How many parameters the yield of a bin depends on: the shared ones, and one for each factor of single bins.
    pub(crate) fn n_columns(&self) -> usize {
        self.n_shared + (self.active.len() - self.n_shared) / self.bins.len().max(1)
    }

    /// The place in `active` of one of the parameters that a bin's yield depends on.
    pub(crate) fn place(&self, column: usize, bin: usize) -> usize {
        match column.checked_sub(self.n_shared) {
            None => column,
            Some(group) => self.n_shared + group * self.bins.len() + bin,
        }
    }

    /// That parameter.
    pub(crate) fn parameter(&self, column: usize, bin: usize) -> usize {
        self.active[self.place(column, bin)]
    }
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
    /// High minus nominal.
    pub(crate) up: Vec<f64>,
    /// Nominal minus low.
    pub(crate) down: Vec<f64>,
}

/// The factors of one bin can couple to each other and to the parameters of whole samples, but not to those of other bins.
pub(crate) fn couplings(n_parameters: usize, channels: &[Channel]) -> Couplings {
    let mut is_shared = vec![false; n_parameters];
    for channel in channels {
        channel.active[..channel.n_shared].iter().for_each(|&p| is_shared[p] = true);
    }
    let bins = channels.iter().flat_map(|c| (0..c.bins.len()).map(move |bin| (c, bin)));
    let groups = bins.map(|(c, bin)| (c.n_shared..c.n_columns()).map(|k| c.parameter(k, bin)).collect());
    Couplings::of_groups(&is_shared, groups)
}

impl SampleTerm {
    /// Whether no parameter changes it.
    pub(crate) fn is_fixed(&self) -> bool {
        self.factors.is_empty() && self.shapes.is_empty() && self.bin_factors.is_empty()
    }
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
