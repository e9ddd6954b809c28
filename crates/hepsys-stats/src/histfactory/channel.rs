use std::ops::Range;

use super::interpolation::{Jet, NormSys, ShapeInterpolation};

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
