use std::fmt;

use serde::{Deserialize, Serialize};

use crate::RlError;

/// The actions that an environment takes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Space {
    /// A list of numbers, each within its bounds.
    Box(BoxSpace),
    /// One of so many choices, counted from zero; an [observation](crate::Observation) may forbid some.
    Discrete(usize),
}

/// What an agent does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// A point of a [`Space::Box`].
    Box(Vec<f64>),
    /// A choice of a [`Space::Discrete`].
    Discrete(usize),
}

/// Points whose coordinates have bounds, which may be infinite.
///
/// ```
/// use hepsys_rl::BoxSpace;
/// let space = BoxSpace::new([0.0, -1.0], [1.0, f64::INFINITY])?;
/// assert_eq!(space.folded(&[1.2, -3.0]), [0.8, 1.0]);
/// assert!(BoxSpace::new([1.0], [0.0]).is_err());
/// # Ok::<(), hepsys_rl::RlError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Vec<(Option<f64>, Option<f64>)>", into = "Vec<(Option<f64>, Option<f64>)>")]
pub struct BoxSpace {
    low: Vec<f64>,
    high: Vec<f64>,
}

impl BoxSpace {
    /// Points between these bounds.
    ///
    /// # Errors
    ///
    /// [`RlError::BadParameter`] unless there is a coordinate, each with a lower bound below its upper one;
    /// [`RlError::LengthMismatch`] unless each has both.
    pub fn new(low: impl Into<Vec<f64>>, high: impl Into<Vec<f64>>) -> Result<Self, RlError> {
        let (low, high) = (low.into(), high.into());
        RlError::check_length("upper bounds", low.len(), high.len())?;
        RlError::check(!low.is_empty(), "the number of coordinates", "positive", 0)?;
        for (k, (&l, &h)) in low.iter().zip(&high).enumerate() {
            let holds = l < h && l < f64::INFINITY && h > f64::NEG_INFINITY;
            let name = format!("the lower bound of coordinate {k}");
            RlError::check(holds, &name, &format!("below the upper one, {h}"), l)?;
        }
        Ok(Self { low, high })
    }

    /// Points of `n` coordinates between the same bounds.
    ///
    /// # Errors
    ///
    /// Those of [`new`](Self::new).
    pub fn uniform(n: usize, low: f64, high: f64) -> Result<Self, RlError> {
        Self::new(vec![low; n], vec![high; n])
    }

    /// All points of `n` coordinates.
    ///
    /// # Errors
    ///
    /// [`RlError::BadParameter`] for none.
    pub fn unbounded(n: usize) -> Result<Self, RlError> {
        Self::uniform(n, f64::NEG_INFINITY, f64::INFINITY)
    }

    /// How many coordinates a point has.
    #[must_use]
    pub fn n_dimensions(&self) -> usize {
        self.low.len()
    }

    /// The lower bounds.
    #[must_use]
    pub fn low(&self) -> &[f64] {
        &self.low
    }

    /// The upper bounds.
    #[must_use]
    pub fn high(&self) -> &[f64] {
        &self.high
    }

    /// Whether a point is one of the space.
    #[must_use]
    pub fn contains(&self, point: &[f64]) -> bool {
        point.len() == self.low.len() && self.bounds().zip(point).all(|((l, h), x)| (l..=h).contains(x))
    }

    /// The point with each coordinate moved to the nearest bound that it is beyond.
    ///
    /// # Panics
    ///
    /// If a coordinate is NaN.
    #[must_use]
    pub fn clipped(&self, point: &[f64]) -> Vec<f64> {
        assert!(!point.iter().any(|x| x.is_nan()), "no coordinate of a point is NaN");
        self.bounds().zip(point).map(|((l, h), x)| x.clamp(l, h)).collect()
    }

    /// The point mirrored at the bounds until it is within: a search may go beyond them and sees the objective repeated there.
    #[must_use]
    pub fn folded(&self, point: &[f64]) -> Vec<f64> {
        self.bounds().zip(point).map(|((l, h), &x)| folded(l, h, x)).collect()
    }

    fn bounds(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        self.low.iter().copied().zip(self.high.iter().copied())
    }
}

fn folded(low: f64, high: f64, x: f64) -> f64 {
    if (low..=high).contains(&x) {
        return x;
    }
    match (low.is_finite(), high.is_finite()) {
        (true, false) => 2.0 * low - x,
        (false, true) => 2.0 * high - x,
        _ => {
            let width = high - low;
            let beyond = (x - low).rem_euclid(2.0 * width);
            // Rounding may lead out again by its last digit.
            (low + beyond.min(2.0 * width - beyond)).clamp(low, high)
        }
    }
}

// JSON has no infinity: a bound that is none is left out.
impl From<BoxSpace> for Vec<(Option<f64>, Option<f64>)> {
    fn from(space: BoxSpace) -> Self {
        let finite = |x: f64| x.is_finite().then_some(x);
        space.bounds().map(|(l, h)| (finite(l), finite(h))).collect()
    }
}

impl TryFrom<Vec<(Option<f64>, Option<f64>)>> for BoxSpace {
    type Error = RlError;

    fn try_from(bounds: Vec<(Option<f64>, Option<f64>)>) -> Result<Self, RlError> {
        let low: Vec<f64> = bounds.iter().map(|(l, _)| l.unwrap_or(f64::NEG_INFINITY)).collect();
        let high: Vec<f64> = bounds.iter().map(|(_, h)| h.unwrap_or(f64::INFINITY)).collect();
        Self::new(low, high)
    }
}

impl Space {
    /// Whether an action is one of the space, whatever an observation allows.
    #[must_use]
    pub fn contains(&self, action: &Action) -> bool {
        match (self, action) {
            (Self::Box(space), Action::Box(point)) => space.contains(point),
            (Self::Discrete(n), Action::Discrete(choice)) => choice < n,
            _ => false,
        }
    }

    /// The point that an action on a [`Space::Box`] is; for environments that take no other.
    ///
    /// # Errors
    ///
    /// [`RlError::BadAction`] unless it is one of this space.
    pub fn point<'a>(&self, action: &'a Action) -> Result<&'a [f64], RlError> {
        match action {
            Action::Box(point) if self.contains(action) => Ok(point),
            _ => Err(self.refused(action)),
        }
    }

    /// The choice that an action on a [`Space::Discrete`] is; for environments that take no other.
    ///
    /// # Errors
    ///
    /// [`RlError::BadAction`] unless it is one of this space.
    pub fn choice(&self, action: &Action) -> Result<usize, RlError> {
        match action {
            Action::Discrete(choice) if self.contains(action) => Ok(*choice),
            _ => Err(self.refused(action)),
        }
    }

    fn refused(&self, action: &Action) -> RlError {
        RlError::BadAction { action: format!("{action:?}"), space: self.to_string() }
    }
}

impl fmt::Display for Space {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Box(space) => write!(f, "the points of {} bounded coordinates", space.n_dimensions()),
            Self::Discrete(n) => write!(f, "the choices 0 to {}", n.saturating_sub(1)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn infinite_bounds_survive_json() {
        let space = BoxSpace::new([0.0, f64::NEG_INFINITY], [f64::INFINITY, 2.0]).unwrap();
        let json = serde_json::to_string(&space).unwrap();
        assert_eq!(serde_json::from_str::<BoxSpace>(&json).unwrap(), space);
        assert!(serde_json::from_str::<BoxSpace>("[[1.0, 0.0]]").is_err());
    }

    #[test]
    fn an_action_of_another_space_is_refused() {
        let space = Space::Discrete(3);
        assert_eq!(space.choice(&Action::Discrete(2)).unwrap(), 2);
        let error = space.choice(&Action::Discrete(3)).unwrap_err().to_string();
        assert_eq!(error, "the action Discrete(3) is not one of the choices 0 to 2");
        assert!(space.point(&Action::Box(vec![0.0])).is_err());
    }

    proptest! {
        #[test]
        fn a_folded_point_is_within_and_one_within_stays(x in -50.0..50.0_f64, low in -3.0..0.0_f64, width in 0.1..5.0_f64) {
            let space = BoxSpace::new([low], [low + width]).unwrap();
            let folded = space.folded(&[x]);
            prop_assert!(space.contains(&folded));
            prop_assert!(!space.contains(&[x]) || folded == [x]);
            // Mirrored at the upper bound, a point is as far from it as before.
            let beyond = space.folded(&[low + width + 0.05])[0];
            prop_assert!((beyond - (low + width - 0.05)).abs() < 1e-12);
        }
    }
}
