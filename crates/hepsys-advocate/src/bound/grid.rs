use hepsys_core::Binning;
use serde::{Deserialize, Serialize};

use crate::AdvocateError;

/// Which neighbours of a bin the Lipschitz condition is asked of.
///
/// It holds along every path over neighbours. Fewer directions ask less and give a higher bound: with `Axes` the gradient may
/// reach √2 times the constant along the diagonal, with `Sixteen` 1.03 times.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Directions {
    /// Along each feature.
    Axes,
    /// In the plane of any two features also along their diagonals and a knight's moves: (1, 0), (0, 1), (1, ±1), (2, ±1), (1, ±2)
    /// and back.
    #[default]
    Sixteen,
}

/// A partition of the space of features into bins, equally wide along each feature.
///
/// Bins are numbered with the last feature running fastest.
///
/// ```
/// use hepsys_advocate::Grid;
/// let grid = Grid::uniform(["log_pt_mu", "log_pt_k"], 30, -3.2, 3.2)?;
/// assert_eq!(grid.n_bins(), 900);
/// assert_eq!(grid.index_of(&[-9.0, -3.0]), 0); // events outside are counted at the edge
/// assert!((grid.center(31)[1] + 2.88).abs() < 1e-12);
/// # Ok::<(), hepsys_advocate::AdvocateError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Grid {
    axes: Vec<(String, Binning)>,
}

impl Grid {
    /// The same number of bins in the same range along each feature.
    ///
    /// # Errors
    ///
    /// [`AdvocateError::BadParameter`] without a feature, [`AdvocateError::Core`] without a bin or for an empty range.
    pub fn uniform<N: Into<String>>(
        features: impl IntoIterator<Item = N>,
        n_bins: usize,
        low: f64,
        high: f64,
    ) -> Result<Self, AdvocateError> {
        let binning = Binning::uniform(n_bins, low, high)?;
        let axes: Vec<_> = features.into_iter().map(|name| (name.into(), binning.clone())).collect();
        if axes.is_empty() {
            return Err(AdvocateError::bad("the features of a bound", "one or more", "none"));
        }
        Ok(Self { axes })
    }

    /// Each feature with bins of its own, such as those of a uniform grid in other units.
    ///
    /// # Errors
    ///
    /// [`AdvocateError::BadParameter`] without a feature, or for bins of one feature whose widths differ.
    pub fn of<N: Into<String>>(axes: impl IntoIterator<Item = (N, Binning)>) -> Result<Self, AdvocateError> {
        let axes: Vec<_> = axes.into_iter().map(|(name, binning)| (name.into(), binning)).collect();
        if axes.is_empty() {
            return Err(AdvocateError::bad("the features of a grid", "one or more", "none"));
        }
        for (name, binning) in &axes {
            let widths = binning.widths();
            if let Some(width) = widths.iter().find(|width| (*width / widths[0] - 1.0).abs() > SAME_WIDTH) {
                let expected = format!("all {} wide", widths[0]);
                return Err(AdvocateError::bad(format!("the bins of {name}"), expected, width));
            }
        }
        Ok(Self { axes })
    }

    /// The features with their bins.
    #[must_use]
    pub fn axes(&self) -> &[(String, Binning)] {
        &self.axes
    }

    /// How many bins there are.
    #[must_use]
    pub fn n_bins(&self) -> usize {
        self.axes.iter().map(|(_, binning)| binning.n_bins()).product()
    }

    /// The bin that holds these features; what is outside the range belongs to the bins at its edge.
    ///
    /// # Panics
    ///
    /// Unless there are as many features as the grid has.
    #[must_use]
    pub fn index_of(&self, features: &[f64]) -> usize {
        assert_eq!(features.len(), self.axes.len(), "a feature for each axis of the grid");
        let along = self.axes.iter().zip(features).map(|((_, binning), x)| (binning, *x));
        along.fold(0, |bin, (binning, x)| bin * binning.n_bins() + along_axis(binning, x))
    }

    /// The middle of a bin.
    #[must_use]
    pub fn center(&self, bin: usize) -> Vec<f64> {
        let middle = |((_, binning), i): (&(String, Binning), usize)| {
            (binning.edges()[i] + binning.edges()[i + 1]) / 2.0
        };
        self.axes.iter().zip(self.position(bin)).map(middle).collect()
    }

    /// The bin's number along each feature.
    fn position(&self, mut bin: usize) -> Vec<usize> {
        let mut position = vec![0; self.axes.len()];
        for (i, (_, binning)) in position.iter_mut().zip(&self.axes).rev() {
            *i = bin % binning.n_bins();
            bin /= binning.n_bins();
        }
        position
    }

    /// Every pair of neighbours, once, with their distance.
    pub(crate) fn neighbours(&self, directions: Directions) -> Vec<(usize, usize, f64)> {
        let counts: Vec<usize> = self.axes.iter().map(|(_, binning)| binning.n_bins()).collect();
        let widths: Vec<f64> = self.axes.iter().map(|(_, b)| b.edges()[1] - b.edges()[0]).collect();
        let strides: Vec<usize> = (0..counts.len()).map(|axis| counts[axis + 1..].iter().product()).collect();
        let mut pairs = Vec::new();
        for step in steps(counts.len(), directions) {
            let distance =
                step.iter().map(|&(axis, by)| (by as f64 * widths[axis]).powi(2)).sum::<f64>().sqrt();
            for bin in 0..self.n_bins() {
                let position = self.position(bin);
                let to = step.iter().try_fold(bin, |to, &(axis, by)| {
                    position[axis].checked_add_signed(by).filter(|i| *i < counts[axis])?;
                    to.checked_add_signed(by * strides[axis].cast_signed())
                });
                pairs.extend(to.map(|to| (bin, to, distance)));
            }
        }
        pairs
    }
}

/// Relative differences of widths that rounding makes.
const SAME_WIDTH: f64 = 1e-6;

fn along_axis(binning: &Binning, x: f64) -> usize {
    let (edges, n) = (binning.edges(), binning.n_bins());
    let i = (x - edges[0]) / (edges[n] - edges[0]) * n as f64;
    // A float becomes the nearest integer that there is.
    (i as usize).min(n - 1)
}

/// Steps to neighbours as (axis, bins), of a step and its reverse only one.
fn steps(n_axes: usize, directions: Directions) -> Vec<Vec<(usize, isize)>> {
    let mut steps: Vec<Vec<(usize, isize)>> = (0..n_axes).map(|axis| vec![(axis, 1)]).collect();
    if directions == Directions::Sixteen {
        for first in 0..n_axes {
            for second in first + 1..n_axes {
                let moves = [(1, 1), (1, -1), (2, 1), (2, -1), (1, 2), (1, -2)];
                steps.extend(moves.map(|(i, j)| vec![(first, i), (second, j)]));
            }
        }
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_have_the_distance_of_their_centres() {
        for (features, expected) in
            [(vec!["x"], 3), (vec!["x", "y"], 12 + 12 + 18 + 24), (vec!["x", "y", "z"], 0)]
        {
            let n_bins = 4 - usize::from(features.len() > 2);
            let grid = Grid::uniform(features, n_bins, 0.0, 2.0).unwrap();
            let pairs = grid.neighbours(Directions::Sixteen);
            assert!(expected == 0 || pairs.len() == expected, "{} pairs", pairs.len());
            for (a, b, distance) in pairs {
                let squares = grid.center(a).into_iter().zip(grid.center(b)).map(|(a, b)| (a - b) * (a - b));
                assert!((squares.sum::<f64>().sqrt() - distance).abs() < 1e-12);
                assert_eq!((grid.index_of(&grid.center(a)), grid.index_of(&grid.center(b))), (a, b));
            }
        }
        assert_eq!(Grid::uniform(["x", "y"], 4, 0.0, 1.0).unwrap().neighbours(Directions::Axes).len(), 24);
    }
}
