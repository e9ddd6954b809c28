use hepsys_core::Binning;
use hepsys_core::summary::{Axis, Figure, Layer, Role};

use super::scan::slug;
use crate::StatsError;
use crate::fit::{Fit, FitError};
use crate::histfactory::{BinnedLikelihood, Model};

/// The least and the most that the axis of a ratio reaches from one; what lies beyond is an arrow.
const HALF_RATIO: (f64, f64) = (0.1, 1.0);
/// How far that axis reaches, of the largest distance on it.
const ROOM: f64 = 1.1;

/// The counts of a channel and what its samples expect, at some parameters.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Distribution {
    /// Which parameters: `before the fit` or `after the fit`.
    pub when: String,
    /// The channel.
    pub channel: String,
    /// The bins.
    pub binning: Binning,
    /// The counts.
    pub counts: Vec<f64>,
    /// The samples with their expected yields.
    pub samples: Vec<(String, Vec<f64>)>,
    /// Which samples are signals: those that are there if the parameter of interest is one, and vanish if it is zero.
    pub is_signal: Vec<bool>,
    /// The standard deviation of the sum of all samples in each bin.
    pub uncertainties: Vec<f64>,
}

impl Distribution {
    /// A channel at the model's starting values, with the uncertainty that the auxiliary measurements alone leave.
    ///
    /// Without `binning` the horizontal axis counts bins.
    ///
    /// # Errors
    ///
    /// [`StatsError::BadParameter`] without such a channel, or if it has another number of bins.
    pub fn before_fit(
        likelihood: &BinnedLikelihood<'_>,
        channel: &str,
        binning: Option<Binning>,
    ) -> Result<Self, StatsError> {
        let model = likelihood.model();
        Self::new(likelihood, "before the fit", channel, binning, &model.inits(), &model.prefit_covariance())
    }

    /// A channel at the best parameters, with the uncertainty that their covariance leaves.
    ///
    /// # Errors
    ///
    /// As [`before_fit`](Self::before_fit), and [`StatsError::Fit`] if `fit` is not converged or has no covariance.
    pub fn after_fit(
        likelihood: &BinnedLikelihood<'_>,
        fit: &Fit,
        channel: &str,
        binning: Option<Binning>,
    ) -> Result<Self, StatsError> {
        fit.check("the fit")?;
        let covariance = fit.covariance().ok_or_else(|| FitError::NoCovariance("the fit".into()))?;
        Self::new(likelihood, "after the fit", channel, binning, &fit.parameters, &covariance)
    }

    fn new(
        likelihood: &BinnedLikelihood<'_>,
        when: &str,
        channel: &str,
        binning: Option<Binning>,
        parameters: &[f64],
        covariance: &[f64],
    ) -> Result<Self, StatsError> {
        let model = likelihood.model();
        let missing = || StatsError::bad_parameter("a channel", "one of the model", format!("\"{channel}\""));
        let (_, bins) = model.channels().find(|(name, _)| *name == channel).ok_or_else(missing)?;
        let binning = match binning {
            Some(binning) => binning,
            None => Binning::uniform(bins.len(), 0.0, bins.len() as f64)?,
        };
        if binning.n_bins() != bins.len() {
            let name = format!("the number of bins of channel \"{channel}\"");
            return Err(StatsError::bad_parameter(name, bins.len().to_string(), binning.n_bins()));
        }
        let samples = model.sample_yields(channel, parameters).ok_or_else(missing)?;
        let is_signal = (0..samples.len()).map(|i| is_signal(model, channel, parameters, i)).collect();
        let uncertainties = model.yield_uncertainties(channel, parameters, covariance).ok_or_else(missing)?;
        Ok(Self {
            when: when.into(),
            channel: channel.into(),
            binning,
            counts: likelihood.data().counts[bins].to_vec(),
            samples: samples.into_iter().map(|(name, yields)| (name.to_owned(), yields)).collect(),
            is_signal,
            uncertainties,
        })
    }

    /// The sum of all samples in each bin.
    #[must_use]
    pub fn total(&self) -> Vec<f64> {
        let mut total = vec![0.0; self.counts.len()];
        for (_, yields) in &self.samples {
            add(&mut total, yields);
        }
        total
    }

    /// The samples stacked, the first at the bottom, with the counts as points and the ratio of counts to expectation below.
    ///
    /// `x` is the horizontal axis.
    /// Signals have the colour of signals; of the other samples, each has its own.
    /// A bin that expects nothing has no ratio.
    #[must_use]
    pub fn figure(&self, x: Axis) -> Figure {
        let name = format!("{}-{}", slug(&self.channel), slug(&self.when));
        let caption = format!(
            "Channel {} {}; the hatched band is one standard deviation of the sum.",
            self.channel, self.when
        );
        let mut figure = Figure::new(name, caption, x, Axis::new("events", ""));
        let mut sums = vec![vec![0.0; self.counts.len()]];
        for (_, yields) in &self.samples {
            let mut sum = sums[sums.len() - 1].clone();
            add(&mut sum, yields);
            sums.push(sum);
        }
        // From back to front: what is stacked highest first.
        for (i, (sample, _)) in self.samples.iter().enumerate().rev() {
            let role = match i {
                _ if self.is_signal.get(i) == Some(&true) => Role::Signal,
                0 => Role::Reference,
                _ => Role::Other,
            };
            figure = figure.layer(self.histogram(sample, role, sums[i + 1].clone(), Vec::new(), true));
        }
        let total = self.total();
        figure = figure
            .layer(self.histogram("sum", Role::Fit, total.clone(), self.uncertainties.clone(), false))
            .layer(self.data(&vec![1.0; total.len()], "data"));
        let relative = self.uncertainties.iter().zip(&total);
        let relative = relative.map(|(u, t)| if *t > 0.0 { u / t } else { 0.0 }).collect();
        let ones = vec![1.0; total.len()];
        let band = self.histogram("", Role::Fit, ones, relative, false);
        let ratio = self.data(&total, "");
        let half = HALF_RATIO.1.min(farthest_from_one(&ratio).max(HALF_RATIO.0) * ROOM);
        figure.lower(Axis::new("data / sum", "").range(1.0 - half, 1.0 + half), [band, ratio])
    }

    fn histogram(
        &self,
        label: &str,
        role: Role,
        values: Vec<f64>,
        errors: Vec<f64>,
        is_filled: bool,
    ) -> Layer {
        let edges = self.binning.edges().to_vec();
        Layer::Histogram { label: label.into(), role, edges, values, errors, is_filled }
    }

    /// The counts over `scale` where it is positive, with the root of the counts as error.
    fn data(&self, scale: &[f64], label: &str) -> Layer {
        let shown: Vec<usize> = (0..scale.len()).filter(|&b| scale[b] > 0.0).collect();
        let choose = |f: &dyn Fn(usize) -> f64| shown.iter().map(|&b| f(b)).collect::<Vec<f64>>();
        let (centers, widths) = (self.binning.centers(), self.binning.widths());
        let errors = choose(&|b| self.counts[b].sqrt() / scale[b]);
        Layer::Points {
            label: label.into(),
            role: Role::Data,
            x: choose(&|b| centers[b]),
            y: choose(&|b| self.counts[b] / scale[b]),
            y_errors: errors.into_iter().map(|e| (e, e)).collect(),
            x_errors: choose(&|b| 0.5 * widths[b]),
        }
    }
}

/// Whether sample number `i` comes and goes with the parameter of interest.
fn is_signal(model: &Model, channel: &str, parameters: &[f64], i: usize) -> bool {
    let Some(poi) = model.poi() else { return false };
    let vanishes_at = |mu: f64| {
        let mut parameters = parameters.to_vec();
        parameters[poi] = mu;
        let samples = model.sample_yields(channel, &parameters);
        samples.and_then(|samples| Some(samples.get(i)?.1.iter().all(|y| *y == 0.0)))
    };
    vanishes_at(0.0) == Some(true) && vanishes_at(1.0) == Some(false)
}

/// How far a ratio with its error is from one.
fn farthest_from_one(ratio: &Layer) -> f64 {
    let Layer::Points { y, y_errors, .. } = ratio else { return 0.0 };
    let distances = y
        .iter()
        .zip(y_errors)
        .map(|(y, (below, above))| (y - 1.0 - below).abs().max((y - 1.0 + above).abs()));
    distances.fold(0.0, f64::max)
}

fn add(total: &mut [f64], yields: &[f64]) {
    for (sum, value) in total.iter_mut().zip(yields) {
        *sum += value;
    }
}
