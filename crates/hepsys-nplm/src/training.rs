use hepsys_core::summary::{Axis, Figure, Layer, Role};
use hepsys_stats::{ChiSquared, StatsError, quantile_of_sorted};
use serde::{Deserialize, Serialize};

/// The levels that a χ² and toys are compared at: the median, and what one and two standard deviations enclose.
const LEVELS: [f64; 5] = [0.025, 0.16, 0.5, 0.84, 0.975];

/// Where a training in the mode of the papers stood.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TrainingPoint {
    /// The epoch.
    pub epoch: usize,
    /// The value of τ before its step, in the precision of the training.
    pub tau: f64,
}

/// How $t$ approaches its target while networks are trained: percentiles of toys against the epoch
/// ([D'Agnolo et al. 2019](https://arxiv.org/abs/1912.12155), Figure 4).
///
/// Percentiles that still rise at the end say that the training was too short for the weight clip, or the clip too wide for the
/// training.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainingPercentiles {
    target: ChiSquared,
    epochs: Vec<usize>,
    n_toys: usize,
    /// `[LEVELS][epochs]`
    percentiles: Vec<Vec<f64>>,
}

impl TrainingPercentiles {
    /// The percentiles of toys, each with its training ([`NplmFit::training`](crate::NplmFit::training)) and its Δ; the target is
    /// χ² with this many degrees of freedom.
    ///
    /// Epochs that some toy lacks are left out.
    ///
    /// # Errors
    ///
    /// [`StatsError::TooFewValues`] without toys, or without an epoch that all have; [`StatsError::BadParameter`] unless there is
    /// a degree of freedom.
    pub fn new<'a>(
        degrees_of_freedom: usize,
        toys: impl IntoIterator<Item = (&'a [TrainingPoint], f64)>,
    ) -> Result<Self, StatsError> {
        let toys: Vec<(&[TrainingPoint], f64)> = toys.into_iter().collect();
        let at = |training: &[TrainingPoint], epoch: usize| {
            training.iter().find(|point| point.epoch == epoch).map(|point| point.tau)
        };
        let first = toys.first().map_or(&[][..], |(training, _)| *training);
        let mut epochs = Vec::new();
        let mut percentiles = vec![Vec::new(); LEVELS.len()];
        for point in first {
            let t: Option<Vec<f64>> =
                toys.iter().map(|(training, delta)| Some(at(training, point.epoch)? - delta)).collect();
            let Some(mut t) = t else { continue };
            t.sort_by(f64::total_cmp);
            epochs.push(point.epoch);
            for (percentile, level) in percentiles.iter_mut().zip(LEVELS) {
                percentile.push(quantile_of_sorted(&t, level));
            }
        }
        if epochs.is_empty() {
            let what = "epochs that all toys have".into();
            return Err(StatsError::TooFewValues { what, needed: 1, found: 0 });
        }
        let target = ChiSquared::new(degrees_of_freedom as f64)?;
        Ok(Self { target, epochs, n_toys: toys.len(), percentiles })
    }

    /// The epochs.
    #[must_use]
    pub fn epochs(&self) -> &[usize] {
        &self.epochs
    }

    /// The median of $t$ at each epoch.
    #[must_use]
    pub fn medians(&self) -> &[f64] {
        &self.percentiles[LEVELS.len() / 2]
    }

    /// By how much the median of $t$ rose over the last tenth of the training.
    #[must_use]
    pub fn late_rise(&self) -> f64 {
        let last = self.epochs.len() - 1;
        let limit = self.epochs[last] - self.epochs[last] / 10;
        let before = self.epochs.iter().rposition(|&epoch| epoch <= limit).unwrap_or(0);
        self.medians()[last] - self.medians()[before]
    }

    /// The percentiles against the epoch, with those of the target.
    #[must_use]
    pub fn figure(&self) -> Figure {
        let x: Vec<f64> = self.epochs.iter().map(|&epoch| epoch as f64).collect();
        let mut figure = Figure::new(
            "training",
            format!(
                "Percentiles of t over {} toys of the reference while their networks are trained: the median, the central 68 % and \
                 the central 95 % (lines), and those of the target χ² with {} degrees of freedom (dashed).",
                self.n_toys,
                self.target.dof()
            ),
            Axis::new("epoch", ""),
            Axis::new("t", ""),
        );
        for (index, (percentile, level)) in self.percentiles.iter().zip(LEVELS).enumerate() {
            let role = [Role::Other, Role::Fit, Role::Data, Role::Fit, Role::Other][index];
            let label = |text: &str| if index >= LEVELS.len() / 2 { text.to_owned() } else { String::new() };
            let target = self.target.quantile(level).unwrap_or(f64::NAN);
            figure = figure
                .layer(Layer::curve(
                    label(["", "", "median", "68 %", "95 %"][index]),
                    role,
                    x.iter().copied().zip(percentile.iter().copied()),
                ))
                .layer(Layer::Curve {
                    label: String::new(),
                    role,
                    x: vec![x[0], x[x.len() - 1]],
                    y: vec![target; 2],
                    is_dashed: true,
                });
        }
        figure
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn training(t: f64) -> Vec<TrainingPoint> {
        (1..=20).map(|k| TrainingPoint { epoch: 100 * k, tau: t * k as f64 / 20.0 + 3.0 }).collect()
    }

    #[test]
    fn percentiles_are_those_of_the_toys_at_each_epoch() {
        let toys: Vec<Vec<TrainingPoint>> = (0..=100).map(|t| training(f64::from(t))).collect();
        let with_delta = toys.iter().map(|training| (training.as_slice(), 3.0));
        let percentiles = TrainingPercentiles::new(13, with_delta).unwrap();
        assert_eq!(percentiles.epochs().len(), 20);
        for (epoch, median) in percentiles.epochs().iter().zip(percentiles.medians()) {
            assert!((median - 50.0 * *epoch as f64 / 2000.0).abs() < 1e-12);
        }
        // Two of twenty steps are the last tenth.
        assert!((percentiles.late_rise() - 5.0).abs() < 1e-12);
        assert_eq!(percentiles.figure().layers.len(), 10);
    }

    #[test]
    fn epochs_that_a_toy_lacks_are_left_out() {
        let (long, short) = (training(1.0), training(2.0)[..5].to_vec());
        let percentiles = TrainingPercentiles::new(13, [(&long[..], 0.0), (&short[..], 0.0)]).unwrap();
        assert_eq!(percentiles.epochs(), [100, 200, 300, 400, 500]);
        assert!(TrainingPercentiles::new(13, [(&[][..], 0.0)]).is_err());
    }
}
