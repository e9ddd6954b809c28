//! Weight maps for other programs.

use hepsys_core::Sample;
use hepsys_nn::onnx::{Graph, Input, Model, Output};
use serde::{Deserialize, Serialize};

use crate::search::Head;
use crate::{AdvocateError, Grid, WeightMap};

/// Mean weights in bins of one or more features: a correction that an experiment can apply to its own events.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct WeightHistogram {
    /// The bins.
    pub grid: Grid,
    /// The mean weight of the events of each bin; one where there are none.
    pub weights: Vec<f64>,
    /// How many events each bin has.
    pub entries: Vec<usize>,
}

impl WeightMap {
    /// The map as an ONNX file for any framework: its input `x` holds the features in the user's units, `[N, n_features]`, its output
    /// `weight` is `[N, 1]`.
    ///
    /// # Errors
    ///
    /// [`AdvocateError::Nn`] if something does not fit together.
    pub fn onnx(&self) -> Result<Model, AdvocateError> {
        let mut x = Input::new("x", self.features.iter().cloned());
        if let Some(standardizer) = &self.standardizer {
            x = x.standardized(standardizer);
        }
        let output = match (self.head, self.alpha.as_slice()) {
            (Head::Sigmoid, &[low, high]) => Output::Between(low, high),
            _ => Output::Mixture(self.alpha.clone()),
        };
        let graph = Graph::named("efficiency weights").input(x).network(&self.shape, &self.parameters);
        Ok(graph.output("weight", output).check()?)
    }

    /// The mean weight of some events in each bin of a grid, whose features are in the user's units.
    ///
    /// Events outside the grid are counted at its edges. A bin is an average: the map is finer, and depends on features that
    /// the grid may not have.
    ///
    /// # Errors
    ///
    /// [`AdvocateError::Core`] for a sample without one of the features.
    pub fn histogram(&self, grid: &Grid, sample: &Sample) -> Result<WeightHistogram, AdvocateError> {
        let columns: Vec<&[f64]> =
            grid.axes().iter().map(|(feature, _)| sample.column(feature)).collect::<Result<_, _>>()?;
        let weights = self.weights(sample)?;
        let (mut sums, mut totals) = (vec![0.0; grid.n_bins()], vec![0.0; grid.n_bins()]);
        let mut entries = vec![0; grid.n_bins()];
        let mut features = vec![0.0; columns.len()];
        for (event, (weight, share)) in weights.iter().zip(sample.weights().iter()).enumerate() {
            for (feature, column) in features.iter_mut().zip(&columns) {
                *feature = column[event];
            }
            let bin = grid.index_of(&features);
            sums[bin] += share * weight;
            totals[bin] += share;
            entries[bin] += 1;
        }
        let means = sums.iter().zip(&totals);
        let weights = means.map(|(sum, total)| if *total > 0.0 { sum / total } else { 1.0 }).collect();
        Ok(WeightHistogram { grid: grid.clone(), weights, entries })
    }
}

impl WeightHistogram {
    /// The weight at a point; outside the grid, that of the nearest bin.
    ///
    /// # Panics
    ///
    /// If there are not as many features as the grid has.
    #[must_use]
    pub fn weight_at(&self, features: &[f64]) -> f64 {
        self.weights[self.grid.index_of(features)]
    }

    /// The histogram as comma-separated values: for each bin, its edges along each feature, its weight and its entries.
    #[must_use]
    pub fn to_csv(&self) -> String {
        let mut text = String::new();
        for (feature, _) in self.grid.axes() {
            text += &format!("{feature}_low,{feature}_high,");
        }
        text += "weight,entries\n";
        for (bin, (weight, entries)) in self.weights.iter().zip(&self.entries).enumerate() {
            for ((_, binning), center) in self.grid.axes().iter().zip(self.grid.center(bin)) {
                // The centre of a bin lies in it.
                let index = binning.index_of(center).unwrap_or(0);
                text += &format!("{},{},", binning.edges()[index], binning.edges()[index + 1]);
            }
            text += &format!("{weight},{entries}\n");
        }
        text
    }
}
