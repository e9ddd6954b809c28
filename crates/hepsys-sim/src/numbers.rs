//! Checks of parameters, and counts.

use hepsys_core::Stream;
use rand_distr::{Distribution, Poisson};

use crate::SimError;

pub(crate) fn check(name: &str, expected: &str, value: f64, is_right: bool) -> Result<(), SimError> {
    if is_right {
        Ok(())
    } else {
        Err(SimError::BadParameter { name: name.into(), expected: expected.into(), value })
    }
}

/// A Poisson-distributed number of events.
pub(crate) fn poisson(mean: f64, stream: &mut Stream) -> Result<usize, SimError> {
    const NAME: &str = "the mean of a number of events";
    const EXPECTED: &str = "finite and not negative";
    check(NAME, EXPECTED, mean, 0.0 <= mean && mean.is_finite())?;
    if mean == 0.0 {
        return Ok(0);
    }
    let bad = |_| SimError::BadParameter { name: NAME.into(), expected: EXPECTED.into(), value: mean };
    Ok(Poisson::new(mean).map_err(bad)?.sample(stream) as usize)
}
