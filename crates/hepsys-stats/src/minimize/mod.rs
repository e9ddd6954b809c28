//! Minimisation of smooth functions, with or without bounds on their parameters.
//!
//! A function is an [`Objective`]: its value and its gradient.
//! [`BoxLbfgs`] goes to a minimum inside a box; [`ClippedAdam`] takes a fixed number of small steps,
//! as networks are trained with.

mod adam;
mod grid_search;
mod lbfgs;
mod line_search;
mod newton;

use std::fmt::{self, Display, Formatter};

pub use adam::ClippedAdam;
pub use grid_search::{GridMinima, GridMinimum, GridSearch};
pub use lbfgs::BoxLbfgs;
pub use newton::{BoxNewton, NewtonMinimum, TwiceDifferentiable};

/// A smooth function of several parameters.
pub trait Objective {
    /// How many parameters it has.
    fn n_parameters(&self) -> usize;

    /// Its value at `parameters`; its gradient goes into `gradient`.
    fn evaluate(&self, parameters: &[f64], gradient: &mut [f64]) -> f64;
}

/// The range of one parameter; infinite where there is no bound.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bound {
    /// The smallest admissible value.
    pub lower: f64,
    /// The largest admissible value.
    pub upper: f64,
}

impl Bound {
    /// No bound.
    pub const FREE: Self = Self { lower: f64::NEG_INFINITY, upper: f64::INFINITY };

    /// $|x| \le c$
    #[must_use]
    pub fn symmetric(c: f64) -> Self {
        Self { lower: -c, upper: c }
    }

    pub(crate) fn clamp(self, value: f64) -> f64 {
        value.max(self.lower).min(self.upper)
    }
}

/// Where a minimisation ended.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Minimum {
    /// The parameters.
    pub parameters: Vec<f64>,
    /// The value of the function there.
    pub value: f64,
    /// How often the function was evaluated.
    pub n_evaluations: usize,
    /// Why it ended.
    pub status: Status,
}

/// Why a minimisation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Status {
    /// The projected gradient is below its tolerance.
    SmallGradient,
    /// The function stopped decreasing.
    SmallDecrease,
    /// No lower point was found along the direction of descent: the rounding of the function is reached.
    NoDescent,
    /// The number of evaluations or steps is used up.
    Exhausted,
    /// The function is not finite where the minimisation started.
    NotFinite,
}

impl Status {
    /// Whether the point is a minimum as far as the function can tell.
    #[must_use]
    pub fn is_converged(self) -> bool {
        matches!(self, Self::SmallGradient | Self::SmallDecrease | Self::NoDescent)
    }
}

impl Display for Status {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SmallGradient => "the gradient vanished",
            Self::SmallDecrease => "the function stopped decreasing",
            Self::NoDescent => "no lower point was found",
            Self::Exhausted => "the number of steps was used up",
            Self::NotFinite => "the function was not finite where the search started",
        })
    }
}

#[cfg(test)]
mod tests;
