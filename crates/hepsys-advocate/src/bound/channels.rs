use hepsys_core::Sample;

use super::Grid;
use crate::{AdvocateError, Simulation};

/// How far the probabilities of a channel may sum from one.
const NORMALISED_TO: f64 = 1e-6;

/// The probability of each bin in each channel: from simulated events, or from densities that are known.
///
/// ```
/// use hepsys_advocate::{BinnedChannels, Grid};
/// let grid = Grid::uniform(["x"], 3, 0.0, 3.0)?;
/// let channels = BinnedChannels::new(grid, [("V", vec![0.0, 0.5, 0.5]), ("J/psi", vec![0.5, 0.5, 0.0])])?;
/// assert_eq!(channels.of("V")?[2], 0.5);
/// # Ok::<(), hepsys_advocate::AdvocateError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct BinnedChannels {
    grid: Grid,
    channels: Vec<(String, Vec<f64>)>,
}

impl BinnedChannels {
    /// Channels whose probabilities are known.
    ///
    /// # Errors
    ///
    /// [`AdvocateError::BadChannel`] unless there is one for each bin, none negative, and their sum is one.
    pub fn new<N: Into<String>>(
        grid: Grid,
        channels: impl IntoIterator<Item = (N, Vec<f64>)>,
    ) -> Result<Self, AdvocateError> {
        let channels: Vec<(String, Vec<f64>)> =
            channels.into_iter().map(|(name, p)| (name.into(), p)).collect();
        for (channel, probabilities) in &channels {
            let bad = |reason: String| AdvocateError::BadChannel { channel: channel.clone(), reason };
            if probabilities.len() != grid.n_bins() {
                return Err(bad(format!("has {} bins, but the grid {}", probabilities.len(), grid.n_bins())));
            }
            if let Some(bin) = probabilities.iter().position(|p| p.is_nan() || *p < 0.0) {
                return Err(bad(format!("has the probability {} in bin {bin}", probabilities[bin])));
            }
            let sum: f64 = probabilities.iter().sum();
            if (sum - 1.0).abs() > NORMALISED_TO {
                return Err(bad(format!("has probabilities that sum to {sum}")));
            }
        }
        Ok(Self { grid, channels })
    }

    /// The fraction of each channel's simulated events, by their weights, that is in each bin.
    ///
    /// # Errors
    ///
    /// [`AdvocateError::Core`] if a feature of the grid is missing.
    pub fn fill(grid: Grid, simulation: &Simulation) -> Result<Self, AdvocateError> {
        let mut channels = Vec::new();
        for name in simulation.names() {
            channels.push((name, fractions(&grid, simulation.of(name)?)?));
        }
        Self::new(grid, channels)
    }

    /// The bins.
    #[must_use]
    pub fn grid(&self) -> &Grid {
        &self.grid
    }

    /// The probabilities of one channel.
    ///
    /// # Errors
    ///
    /// [`AdvocateError::NoChannel`] if there are none.
    pub fn of(&self, channel: &str) -> Result<&[f64], AdvocateError> {
        let found = self.channels.iter().find(|(name, _)| name == channel);
        found.map(|(_, probabilities)| probabilities.as_slice()).ok_or_else(|| AdvocateError::NoChannel {
            name: channel.to_owned(),
            available: self.channels.iter().map(|(name, _)| name.clone()).collect(),
        })
    }
}

fn fractions(grid: &Grid, sample: &Sample) -> Result<Vec<f64>, AdvocateError> {
    let columns: Vec<&[f64]> =
        grid.axes().iter().map(|(name, _)| sample.column(name)).collect::<Result<_, _>>()?;
    let mut fractions = vec![0.0; grid.n_bins()];
    let mut features = vec![0.0; columns.len()];
    for (event, weight) in sample.weights().iter().enumerate() {
        features.iter_mut().zip(&columns).for_each(|(feature, column)| *feature = column[event]);
        fractions[grid.index_of(&features)] += weight;
    }
    let total: f64 = fractions.iter().sum();
    fractions.iter_mut().for_each(|fraction| *fraction /= total);
    Ok(fractions)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Feature, Sample};

    #[test]
    fn events_are_counted_where_they_are_and_at_the_edge() {
        let x: Vec<f64> = (0..100).map(|i| f64::from(i) / 25.0 - 1.0).collect(); // −1 to 3
        let events = Sample::from_columns([(Feature::new("x", "1"), x)]).unwrap();
        let simulation = Simulation::new([("V", events)]).unwrap();
        let grid = Grid::uniform(["x"], 2, 0.0, 2.0).unwrap();
        let channels = BinnedChannels::fill(grid, &simulation).unwrap();
        assert_eq!(channels.of("V").unwrap(), [0.5, 0.5]);
        assert!(channels.of("X").unwrap_err().to_string().contains("there is one of V"));
    }

    #[test]
    fn probabilities_that_are_none_are_refused() {
        let grid = Grid::uniform(["x"], 2, 0.0, 2.0).unwrap();
        for (p, reason) in [
            (vec![1.0], "has 1 bins, but the grid 2"),
            (vec![1.5, -0.5], "has the probability -0.5 in bin 1"),
            (vec![0.5, 0.4], "has probabilities that sum to 0.9"),
        ] {
            let error = BinnedChannels::new(grid.clone(), [("V", p)]).unwrap_err().to_string();
            assert_eq!(error, format!("the simulation of \"V\" {reason}"));
        }
    }
}
