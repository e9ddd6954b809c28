use serde::{Deserialize, Serialize};

use crate::NnError;

/// The learning rate of each epoch.
///
/// ```
/// use hepsys_nn::Schedule;
/// let schedule = Schedule::cosine(1e-2, 1e-4, 100).warmed_up(10);
/// assert_eq!(schedule.rate(0), 1e-3);
/// assert_eq!(schedule.rate(10), 1e-2);
/// assert_eq!(schedule.rate(500), 1e-4);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Schedule {
    /// The same rate throughout.
    Constant {
        /// The rate.
        rate: f64,
    },
    /// A rate that is multiplied by `factor` after every `every` epochs.
    Step {
        /// The rate at the start.
        rate: f64,
        /// What it is multiplied by.
        factor: f64,
        /// After how many epochs.
        every: usize,
    },
    /// A rate that is multiplied by `factor` after every epoch.
    Exponential {
        /// The rate at the start.
        rate: f64,
        /// What it is multiplied by.
        factor: f64,
    },
    /// Half a cosine from one rate to another, which then stays.
    Cosine {
        /// The rate at the start.
        from: f64,
        /// The rate at the end.
        to: f64,
        /// How many epochs lie between.
        epochs: usize,
    },
    /// A rate that grows linearly to the first of another schedule, which then begins.
    WarmUp {
        /// How many epochs it grows for.
        epochs: usize,
        /// What comes afterwards.
        then: Box<Schedule>,
    },
}

impl Schedule {
    /// $\eta$ in every epoch.
    #[must_use]
    pub fn constant(rate: f64) -> Self {
        Self::Constant { rate }
    }

    /// $\eta\\, \gamma^{\lfloor e / n \rfloor}$ in epoch $e$, with $n$ = `every`.
    #[must_use]
    pub fn step(rate: f64, factor: f64, every: usize) -> Self {
        Self::Step { rate, factor, every }
    }

    /// $\eta\\, \gamma^e$ in epoch $e$.
    #[must_use]
    pub fn exponential(rate: f64, factor: f64) -> Self {
        Self::Exponential { rate, factor }
    }

    /// $b + \tfrac12 (a - b)(1 + \cos \pi e / n)$ in epoch $e \le n$ = `epochs`, from $a$ to $b$, and $b$ after it.
    ///
    /// # References
    ///
    /// [Loshchilov and Hutter 2017](https://arxiv.org/abs/1608.03983)
    #[must_use]
    pub fn cosine(from: f64, to: f64, epochs: usize) -> Self {
        Self::Cosine { from, to, epochs }
    }

    /// This schedule after `epochs` epochs in which the rate grows linearly to its first.
    #[must_use]
    pub fn warmed_up(self, epochs: usize) -> Self {
        Self::WarmUp { epochs, then: Box::new(self) }
    }

    /// The learning rate of an epoch, counted from zero.
    #[must_use]
    pub fn rate(&self, epoch: usize) -> f64 {
        match self {
            Self::Constant { rate } => *rate,
            Self::Step { rate, factor, every } => rate * factor.powi(exponent(epoch / (*every).max(1))),
            Self::Exponential { rate, factor } => rate * factor.powi(exponent(epoch)),
            Self::Cosine { to, epochs, .. } if epoch >= *epochs => *to,
            Self::Cosine { from, to, epochs } => {
                let turn = std::f64::consts::PI * epoch as f64 / *epochs as f64;
                to + 0.5 * (from - to) * (1.0 + turn.cos())
            }
            Self::WarmUp { epochs, then } if epoch < *epochs => {
                then.rate(0) * (epoch + 1) as f64 / *epochs as f64
            }
            Self::WarmUp { epochs, then } => then.rate(epoch - epochs),
        }
    }

    /// Whether its rates can be trained with.
    pub(crate) fn check(&self) -> Result<(), NnError> {
        let rate = |rate| NnError::check_positive("learning rate", rate);
        let factor = |factor| NnError::check_positive("learning-rate factor", factor);
        match self {
            Self::Constant { rate: r } => rate(*r),
            Self::Step { rate: r, factor: f, every } => {
                NnError::check(*every > 0, "epochs between steps", "positive", *every as f64)?;
                rate(*r).and(factor(*f))
            }
            Self::Exponential { rate: r, factor: f } => rate(*r).and(factor(*f)),
            Self::Cosine { from, to, .. } => rate(*from).and(rate(*to)),
            Self::WarmUp { then, .. } => then.check(),
        }
    }
}

/// A number of epochs as an exponent; beyond this many, any factor has long done its work.
fn exponent(epochs: usize) -> i32 {
    i32::try_from(epochs).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_follow_their_formulas() {
        let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-15, "{a} against {b}");
        close(Schedule::constant(0.1).rate(1000), 0.1);
        close(Schedule::step(0.8, 0.5, 10).rate(9), 0.8);
        close(Schedule::step(0.8, 0.5, 10).rate(20), 0.2);
        close(Schedule::exponential(0.8, 0.5).rate(3), 0.1);
        close(Schedule::cosine(0.3, 0.1, 10).rate(0), 0.3);
        close(Schedule::cosine(0.3, 0.1, 10).rate(5), 0.2);
        close(Schedule::cosine(0.3, 0.1, 10).rate(10), 0.1);
    }

    #[test]
    fn a_rate_warms_up_to_the_schedule_that_follows() {
        let schedule = Schedule::step(0.4, 0.5, 2).warmed_up(4);
        let rates: Vec<f64> = (0..8).map(|e| schedule.rate(e)).collect();
        assert_eq!(rates, [0.1, 0.2, 0.4 * 3.0 / 4.0, 0.4, 0.4, 0.4, 0.2, 0.2]);
    }

    #[test]
    fn impossible_rates_are_refused() {
        for schedule in [
            Schedule::constant(0.0),
            Schedule::constant(f64::NAN),
            Schedule::step(0.1, 0.5, 0),
            Schedule::exponential(0.1, -1.0),
            Schedule::cosine(0.1, 0.0, 10).warmed_up(3),
        ] {
            assert!(matches!(schedule.check(), Err(NnError::BadParameter { .. })), "{schedule:?}");
        }
    }

    #[test]
    fn a_schedule_reads_as_it_was_written() {
        let schedule = Schedule::cosine(1e-3, 1e-5, 100).warmed_up(5);
        let json = serde_json::to_string(&schedule).unwrap();
        assert_eq!(serde_json::from_str::<Schedule>(&json).unwrap(), schedule);
    }
}
