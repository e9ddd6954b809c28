//! Checks of parameters.

use crate::SimError;

pub(crate) fn check(name: &str, expected: &str, value: f64, is_right: bool) -> Result<(), SimError> {
    if is_right {
        Ok(())
    } else {
        Err(SimError::BadParameter { name: name.into(), expected: expected.into(), value })
    }
}
