use std::cell::RefCell;

use thiserror::Error;

use super::{Asymptotic, Cls};
use crate::Generative;
use crate::fit::FitError;
use crate::root::first_crossing;

/// The upper limit of a parameter of interest.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Limit {
    /// From the data.
    pub observed: Result<f64, LimitError>,
    /// What toys without signal give, from −2 to +2 standard deviations.
    pub expected: [Result<f64, LimitError>; 5],
}

/// Why there is no limit.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum LimitError {
    /// The level stays above.
    #[error("CLs is still {level:.3} at {at}, above {wanted:.3}")]
    NotReached {
        /// The largest value that was tested.
        at: f64,
        /// The level there.
        level: f64,
        /// The level of the limit.
        wanted: f64,
    },
    /// The level is below even at the lowest value.
    #[error("CLs is {level:.3} at {at} already, the lowest value that was tested, below {wanted:.3}")]
    Below {
        /// The lowest value that was tested.
        at: f64,
        /// The level there.
        level: f64,
        /// The level of the limit.
        wanted: f64,
    },
    /// There is no level, such as where no toy without signal is as far from μ as the data.
    #[error("CLs at {0} is not a number")]
    NotANumber(f64),
    /// The question makes no sense.
    #[error("{what} must be {expected}, got {value}")]
    BadArgument {
        /// What of it.
        what: &'static str,
        /// What it has to be.
        expected: &'static str,
        /// What it is.
        value: f64,
    },
    /// A fit is no minimum.
    #[error(transparent)]
    Fit(#[from] FitError),
}

impl<L: Generative> Asymptotic<'_, L> {
    /// The upper limits with this confidence, such as 0.95: where CLs falls to one minus it.
    ///
    /// Values up to `highest` are tested, and those beyond the model's bounds too if it says so: bounds are for fits. Where the
    /// best value stands at such a bound that is [`FitError::Deeper`].
    #[must_use]
    pub fn limit(&self, confidence: f64, highest: f64) -> Limit {
        // The six searches begin at the same values.
        let known: RefCell<Vec<(f64, Cls)>> = RefCell::default();
        let cls = |mu: f64| -> Result<Cls, LimitError> {
            if let Some((_, cls)) = known.borrow().iter().find(|(at, _)| *at == mu) {
                return Ok(*cls);
            }
            let cls = self.cls(mu)?;
            known.borrow_mut().push((mu, cls));
            Ok(cls)
        };
        if let Err(error) = check(confidence, highest) {
            return Limit {
                observed: Err(error.clone()),
                expected: std::array::from_fn(|_| Err(error.clone())),
            };
        }
        Limit {
            observed: crossing(1.0 - confidence, highest, |mu| Ok(cls(mu)?.observed)),
            expected: std::array::from_fn(|i| {
                crossing(1.0 - confidence, highest, |mu| Ok(cls(mu)?.expected[i]))
            }),
        }
    }
}

/// Refuses what is no probability, and no place to search up to.
pub(super) fn check(confidence: f64, highest: f64) -> Result<(), LimitError> {
    let bad = |what, expected, value| Err(LimitError::BadArgument { what, expected, value });
    if !(confidence > 0.0 && confidence < 1.0) {
        return bad("the confidence", "between 0 and 1, such as 0.95", confidence);
    }
    if !(highest > 0.0 && highest.is_finite()) {
        return bad("the highest value", "positive and finite", highest);
    }
    Ok(())
}

/// Smaller levels count as this one: far from a limit they underflow, and searches need numbers.
pub(super) const SMALLEST: f64 = 1e-300;

/// Where a level falls to `wanted`.
fn crossing(
    wanted: f64,
    highest: f64,
    level: impl Fn(f64) -> Result<f64, LimitError>,
) -> Result<f64, LimitError> {
    // The level falls with μ, from one at zero, and in logarithms it does so smoothly.
    let missing = |mu: f64| -> Result<f64, LimitError> {
        let level = if mu == 0.0 { 1.0 } else { level(mu)? };
        if level.is_nan() { Err(LimitError::NotANumber(mu)) } else { Ok((wanted / level.max(SMALLEST)).ln()) }
    };
    // The bracket shrinks to the limit's own size before it is divided, so that tolerances are relative to it.
    let mut step = highest / 64.0;
    while step > f64::MIN_POSITIVE && missing(step / 8.0)? >= 0.0 {
        step /= 8.0;
    }
    match first_crossing(missing, 0.0, highest, step, 1e-10 * step)? {
        Some(limit) => Ok(limit),
        None => Err(LimitError::NotReached { at: highest, level: level(highest)?, wanted }),
    }
}
