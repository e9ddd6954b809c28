use hepsys_core::Stream;
use rand::RngExt;

use crate::SimError;
use crate::numbers::check;

/// An efficiency that rises from zero to one around a threshold, as that of a trigger: $1/(1 + e^{-(x - t)/w})$.
///
/// ```
/// use hepsys_sim::TurnOn;
/// let trigger = TurnOn::new(1.5, 0.3)?;
/// assert_eq!(trigger.efficiency(1.5), 0.5);
/// assert_eq!(format!("{:.3}", trigger.efficiency(2.4)), "0.953");
/// # Ok::<(), hepsys_sim::SimError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TurnOn {
    threshold: f64,
    width: f64,
}

impl TurnOn {
    /// The trigger of the branching-ratio benchmark, in the larger transverse momentum of two muons: 1.5 GeV, 0.3 GeV wide.
    pub const DIMUON_TRIGGER: Self = Self { threshold: 1.5, width: 0.3 };

    /// The efficiency that is one half at `threshold`, and 73 % one `width` above it, both in the unit of the quantity.
    ///
    /// # Errors
    ///
    /// [`SimError::BadParameter`] unless the threshold is finite and the width positive and finite.
    pub fn new(threshold: f64, width: f64) -> Result<Self, SimError> {
        check("the threshold of a turn-on", "finite", threshold, threshold.is_finite())?;
        check("the width of a turn-on", "positive and finite", width, 0.0 < width && width.is_finite())?;
        Ok(Self { threshold, width })
    }

    /// The probability that an event with this value is kept.
    #[must_use]
    pub fn efficiency(&self, x: f64) -> f64 {
        1.0 / (1.0 + (-(x - self.threshold) / self.width).exp())
    }

    /// Whether this event with this value is kept.
    #[must_use]
    pub fn accepts(&self, x: f64, stream: &mut Stream) -> bool {
        stream.random::<f64>() < self.efficiency(x)
    }
}

#[cfg(test)]
mod tests {
    use hepsys_core::Seed;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn an_efficiency_rises_from_zero_to_one(t in -5.0..5.0_f64, w in 0.01..3.0_f64, x in -50.0..50.0_f64) {
            let turn_on = TurnOn::new(t, w).unwrap();
            let efficiency = turn_on.efficiency(x);
            prop_assert!((0.0..=1.0).contains(&efficiency) && efficiency <= turn_on.efficiency(x + 0.1));
            // As much above the threshold as it lacks below.
            prop_assert!((efficiency + turn_on.efficiency(2.0 * t - x) - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn events_are_kept_as_often_as_the_efficiency_says() {
        let mut stream = Seed::new(1).named("trigger").stream();
        let n = 20_000;
        let kept = (0..n).filter(|_| TurnOn::DIMUON_TRIGGER.accepts(1.8, &mut stream)).count();
        let expected = 1.0 / (1.0 + (-1.0_f64).exp());
        let error = (expected * (1.0 - expected) / f64::from(n)).sqrt();
        assert!((kept as f64 / f64::from(n) - expected).abs() < 4.0 * error);
    }

    #[test]
    fn a_turn_on_has_a_width() {
        let error = TurnOn::new(1.0, 0.0).unwrap_err();
        assert_eq!(error.to_string(), "the width of a turn-on must be positive and finite, got 0");
    }
}
