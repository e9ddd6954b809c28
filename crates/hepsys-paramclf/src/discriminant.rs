use hepsys_core::{Binning, Sample, Weights};
use serde::{Deserialize, Serialize};

use crate::ParamclfError;
use crate::observable::{Observable, Values};

/// Bins of a number whose first and last bin hold everything beyond, so that no event is lost.
///
/// ```
/// use hepsys_paramclf::ScoreBinning;
///
/// let bins = ScoreBinning::logit(40, 10.0)?;
/// assert_eq!((bins.n_bins(), bins.index(-30.0), bins.index(0.1), bins.index(30.0)), (40, 0, 20, 39));
/// // Ten equal bins of the score s = 1 / (1 + exp(-f)): 0.45 is in the fifth.
/// let bins = ScoreBinning::uniform_score(10)?;
/// assert_eq!(bins.index((0.45_f64 / 0.55).ln()), 4);
/// # Ok::<(), hepsys_paramclf::ParamclfError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScoreBinning {
    /// For display: where the first bin begins and the last one ends.
    shown: Binning,
    /// Whether the values are logits whose bins are equal in the score.
    is_of_score: bool,
}

impl ScoreBinning {
    /// `n_bins` equal bins of the logit from −`limit` to `limit`.
    ///
    /// Forty from −10 to 10 lose nothing on the toy of `ghosh2021`, where ten equal bins of the score lose a quarter of the precision.
    ///
    /// # Errors
    ///
    /// [`ParamclfError::Core`] without a bin, or unless the limit is positive.
    pub fn logit(n_bins: usize, limit: f64) -> Result<Self, ParamclfError> {
        Ok(Self { shown: Binning::uniform(n_bins, -limit, limit)?, is_of_score: false })
    }

    /// `n_bins` equal bins of the score from 0 to 1, for values that are logits.
    ///
    /// # Errors
    ///
    /// [`ParamclfError::Core`] without a bin.
    pub fn uniform_score(n_bins: usize) -> Result<Self, ParamclfError> {
        Ok(Self { shown: Binning::uniform(n_bins, 0.0, 1.0)?, is_of_score: true })
    }

    /// Bins between these edges, of any observable; the outer ones reach to infinity.
    ///
    /// # Errors
    ///
    /// [`ParamclfError::Core`] unless there are two edges or more, and they increase.
    pub fn new(edges: impl Into<Vec<f64>>) -> Result<Self, ParamclfError> {
        Ok(Self { shown: Binning::new(edges)?, is_of_score: false })
    }

    /// How many bins there are.
    #[must_use]
    pub fn n_bins(&self) -> usize {
        self.shown.n_bins()
    }

    /// The edges to draw the bins with: of the score where bins are equal in it, of the value otherwise.
    #[must_use]
    pub fn shown(&self) -> &Binning {
        &self.shown
    }

    /// The edges between the bins, in the observable.
    pub fn inner_edges(&self) -> impl Iterator<Item = f64> + '_ {
        let edges = &self.shown.edges()[1..self.n_bins()];
        edges.iter().map(|&e| if self.is_of_score { (e / (1.0 - e)).ln() } else { e })
    }

    /// The bin of a value; NaN is in the first.
    #[must_use]
    pub fn index(&self, value: f64) -> usize {
        let value = if self.is_of_score { 1.0 / (1.0 + (-value).exp()) } else { value };
        self.shown.edges()[1..self.n_bins()].partition_point(|edge| *edge <= value)
    }
}

/// What is filled into templates and compared with data: an observable in bins, or two of them in a plane of bins.
#[derive(Clone)]
pub struct Discriminant<'a> {
    axes: Vec<(&'a dyn Observable, ScoreBinning)>,
}

impl<'a> Discriminant<'a> {
    /// This observable in these bins.
    #[must_use]
    pub fn new(observable: &'a dyn Observable, binning: ScoreBinning) -> Self {
        Self { axes: vec![(observable, binning)] }
    }

    /// A further observable beside: bins are all pairs, those of the first observable in the outer order.
    #[must_use]
    pub fn and(mut self, observable: &'a dyn Observable, binning: ScoreBinning) -> Self {
        self.axes.push((observable, binning));
        self
    }

    /// The names of the observables.
    #[must_use]
    pub fn name(&self) -> String {
        self.axes.iter().map(|(observable, _)| observable.name()).collect::<Vec<_>>().join(" and ")
    }

    /// How many bins there are.
    #[must_use]
    pub fn n_bins(&self) -> usize {
        self.axes.iter().map(|(_, binning)| binning.n_bins()).product()
    }

    /// Whether an observable depends on the nuisance parameter.
    #[must_use]
    pub fn moves(&self) -> bool {
        self.axes.iter().any(|(observable, _)| observable.moves())
    }

    /// The bins, if there is one observable only.
    #[must_use]
    pub fn binning(&self) -> Option<&ScoreBinning> {
        match self.axes.as_slice() {
            [(_, binning)] => Some(binning),
            _ => None,
        }
    }

    /// The events of a sample, ready to be counted at any z.
    ///
    /// # Errors
    ///
    /// [`ParamclfError::Core`] if the sample lacks a feature.
    pub fn counter(&self, sample: &'a Sample) -> Result<Counter<'a>, ParamclfError> {
        let axes =
            self.axes.iter().map(|(observable, binning)| Ok((observable.of(sample)?, binning.clone())));
        Ok(Counter {
            axes: axes.collect::<Result<_, ParamclfError>>()?,
            weights: sample.weights().clone(),
            n_bins: self.n_bins(),
        })
    }
}

/// Events that are counted in the bins of a [`Discriminant`].
pub struct Counter<'a> {
    axes: Vec<(Values<'a>, ScoreBinning)>,
    weights: Weights,
    n_bins: usize,
}

impl Counter<'_> {
    /// The sums of weights and of their squares in each bin, with z as the observables assume it.
    #[must_use]
    pub fn count(&self, z: f64) -> (Vec<f64>, Vec<f64>) {
        let mut bins = vec![0; self.weights.len()];
        for (values, binning) in &self.axes {
            for (bin, value) in bins.iter_mut().zip(values(z)) {
                *bin = *bin * binning.n_bins() + binning.index(value);
            }
        }
        let (mut yields, mut variances) = (vec![0.0; self.n_bins], vec![0.0; self.n_bins]);
        for (bin, weight) in bins.into_iter().zip(self.weights.iter()) {
            yields[bin] += weight;
            variances[bin] += weight * weight;
        }
        (yields, variances)
    }

    /// The values of the only observable, with the weights of the events; nothing if there are two.
    pub(crate) fn values(&self, z: f64) -> Option<(Vec<f64>, &Weights, &ScoreBinning)> {
        match self.axes.as_slice() {
            [(values, binning)] => Some((values(z), &self.weights, binning)),
            _ => None,
        }
    }
}
