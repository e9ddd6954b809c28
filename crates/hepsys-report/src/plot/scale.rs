//! From values to places on an axis.

use hepsys_core::summary::Axis;

use super::ticks::{Ticks, linear_ticks, log_ticks};

/// Beyond this a range could not be subtracted or scaled without overflow.
pub(super) const LARGEST: f64 = 1e290;
/// Below this a logarithmic axis cannot place a value without underflow.
const SMALLEST: f64 = 1e-290;
/// A range narrower than this, in units of its ends, has no room for ticks between rounding errors.
const NARROWEST: f64 = 1e-11;

/// An axis with its range decided.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Scale {
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) is_log: bool,
}

impl Scale {
    /// The range that the axis or its names ask for, if they ask for one.
    pub(super) fn asked(axis: &Axis) -> Option<Result<Self, String>> {
        if axis.is_log && !axis.names.is_empty() {
            return Some(Err("an axis of names cannot be logarithmic".to_owned()));
        }
        let places = (!axis.names.is_empty()).then(|| (-0.5, axis.names.len() as f64 - 0.5));
        let (low, high) = axis.range.or(places)?;
        Some(Self { low, high, is_log: axis.is_log }.checked())
    }

    /// The same scale if it can be drawn, or the reason why not.
    pub(super) fn checked(self) -> Result<Self, String> {
        let Self { low, high, is_log } = self;
        let fault = if !(low.abs() <= LARGEST && high.abs() <= LARGEST) {
            format!("the range must be finite, got {low} to {high}")
        } else if low >= high {
            format!("the range must rise, got {low} to {high}")
        } else if is_log && low < SMALLEST {
            format!("a logarithmic range must be positive, got {low} to {high}")
        } else if self.is_narrow() {
            format!("the range is too narrow for its numbers, got {low} to {high}")
        } else {
            return Ok(self);
        };
        Err(fault)
    }

    /// The range from the lowest to the highest value, widened where they are one.
    pub(super) fn around(low: f64, high: f64, is_log: bool) -> Self {
        let scale = Self { low, high, is_log };
        if low > high {
            return if is_log {
                Self { low: 1.0, high: 10.0, is_log }
            } else {
                Self { low: 0.0, high: 1.0, is_log }
            };
        }
        if !scale.is_narrow() {
            return scale;
        }
        if is_log {
            Self { low: low / 2.0, high: high * 2.0, is_log }
        } else if low.abs().max(high.abs()) < SMALLEST {
            Self { low: -0.5, high: 0.5, is_log }
        } else {
            let half = 0.5 * low.abs().max(high.abs());
            Self { low: low - half, high: high + half, is_log }
        }
    }

    fn is_narrow(&self) -> bool {
        let width = self.high - self.low;
        width <= NARROWEST * self.low.abs().max(self.high.abs()) || width < SMALLEST
    }

    /// Whether a value has a place on this kind of axis.
    pub(super) fn can_show(value: f64, is_log: bool) -> bool {
        value.is_finite() && value.abs() <= LARGEST && (!is_log || value >= SMALLEST)
    }

    /// Where a value lies: 0 at the lower end, 1 at the upper one, or `None` where it has no place.
    pub(super) fn fraction(&self, value: f64) -> Option<f64> {
        if !Self::can_show(value, self.is_log) {
            return None;
        }
        let t = |v: f64| if self.is_log { v.ln() } else { v };
        Some((t(value) - t(self.low)) / (t(self.high) - t(self.low)))
    }

    /// The value at a fraction of the way; the inverse of [`Self::fraction`].
    pub(super) fn value_at(&self, fraction: f64) -> f64 {
        let value = if self.is_log {
            (self.low.ln() + fraction * (self.high.ln() - self.low.ln())).exp()
        } else {
            self.low + fraction * (self.high - self.low)
        };
        value.clamp(if self.is_log { SMALLEST } else { -LARGEST }, LARGEST)
    }

    /// The same axis, reaching beyond its ends by these fractions of its length.
    pub(super) fn padded(&self, below: f64, above: f64) -> Self {
        Self { low: self.value_at(-below), high: self.value_at(1.0 + above), is_log: self.is_log }
    }

    /// Its ticks, with about `n` labels.
    pub(super) fn ticks(&self, n: usize) -> Ticks {
        if self.is_log { log_ticks(self.low, self.high, n) } else { linear_ticks(self.low, self.high, n) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_that_cannot_be_drawn_are_refused_with_the_reason() {
        let refused = |axis: Axis| Scale::asked(&axis).unwrap().unwrap_err();
        let axis = Axis::new("x", "");
        assert!(refused(axis.clone().range(1.0, 1.0)).contains("must rise"));
        assert!(refused(axis.clone().range(0.0, f64::NAN)).contains("finite"));
        assert!(refused(axis.clone().log().range(0.0, 1.0)).contains("positive"));
        assert!(refused(axis.range(1.0, 1.0 + 1e-15)).contains("narrow"));
        assert!(refused(Axis::categories("", ["a"]).log()).contains("logarithmic"));
    }

    #[test]
    fn names_are_centred_at_their_places() {
        let scale = Scale::asked(&Axis::categories("", ["a", "b"])).unwrap().unwrap();
        assert_eq!((scale.fraction(0.0), scale.fraction(1.0)), (Some(0.25), Some(0.75)));
    }

    #[test]
    fn a_single_value_gets_room_around_it() {
        for value in [0.0, 1.0, -3e200, 5e-324] {
            let scale = Scale::around(value, value, false);
            assert!(scale.low < value && value < scale.high, "{scale:?}");
        }
        let scale = Scale::around(10.0, 10.0, true);
        assert!((scale.fraction(10.0).unwrap() - 0.5).abs() < 1e-12, "the middle, to rounding");
    }

    #[test]
    fn the_middle_of_a_logarithmic_axis_is_the_geometric_mean() {
        let scale = Scale { low: 1.0, high: 100.0, is_log: true };
        assert!((scale.fraction(10.0).unwrap() - 0.5).abs() < 1e-12, "to rounding");
        assert!((scale.value_at(0.5) - 10.0).abs() < 1e-12, "to rounding");
        assert_eq!(scale.fraction(0.0), None);
    }
}
