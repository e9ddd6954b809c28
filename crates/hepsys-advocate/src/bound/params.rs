use hepsys_core::Binning;
use hepsys_stats::quantile_of_sorted;

use super::{Directions, Grid};
use crate::{AdvocateError, Simulation, Solver};

/// The range of weights unless told otherwise: efficiencies 20 % off at most.
pub const DEFAULT_WEIGHT_RANGE: (f64, f64) = (0.8, 1.2);

/// The part of each channel's events that may lie below, and above, the range that is cut into bins unless told otherwise.
const OUTSIDE: f64 = 1e-3;

/// How many bins each of one or two features has unless told otherwise; of more features, as many as leave 4096 bins.
pub const DEFAULT_BINS: usize = 30;

/// The most bins that a bound may have: beyond, a solver of linear programs takes minutes.
pub const MOST_BINS: usize = 20_000;

/// As many bins as more than two features have together unless told otherwise.
const MANY_FEATURES: usize = 4096;

/// The largest bias that any weight function has, one weight for each bin of the features; [`BinnedBound::params`] begins one.
///
/// $$ \max_w \pm \langle w \rangle_s \quad \text{with} \quad 1 + V^\text{low}_i \le \langle w \rangle_i \le 1 + V^\text{high}_i, \quad
/// w_\text{low} \le w \le w_\text{high}, \quad |w(x) - w(x')| \le L |x - x'| $$
///
/// This is a linear program, and its solution is exact up to the size of the bins: no search finds a larger bias with a function
/// of the same features and the same steepness. Without Lipschitz constant, w is as steep as the bins are narrow, and the
/// solution is that of Neyman and Pearson: weights at the ends of their range, split where a ratio of densities has a value.
///
/// ```
/// use hepsys_advocate::{BinnedBound, BinnedChannels, Direction, Grid, Limit, Question};
///
/// // A tenth of the signal is where there is no control channel.
/// let grid = Grid::uniform(["x"], 2, 0.0, 2.0)?;
/// let channels = BinnedChannels::new(grid, [("V", vec![0.9, 0.1]), ("J/psi", vec![1.0, 0.0])])?;
/// let question = Question::new().target("V", 1.0).control("J/psi", Limit::within(0.03));
///
/// let bound = BinnedBound::params().weight_range(0.8..=1.2).check()?;
/// let highest = bound.of_channels(&question, &channels, Direction::Up)?;
/// assert!((highest.bias - 0.047).abs() < 1e-9); // .9 × 3 % + .1 × 20 %
/// assert_eq!(highest.weights.len(), 2);
/// assert!((highest.prices[0].price - 0.9).abs() < 1e-9); // what each per cent of the limit costs
/// # Ok::<(), hepsys_advocate::AdvocateError>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct BinnedBound;

impl BinnedBound {
    /// Thirty bins a feature, weights between 0.8 and 1.2, no Lipschitz constant.
    #[must_use]
    pub fn params() -> BinnedBoundParams {
        BinnedBoundParams {
            n_bins: None,
            range: None,
            weight_range: DEFAULT_WEIGHT_RANGE,
            lipschitz: None,
            directions: Directions::default(),
            solver: Solver::default(),
        }
    }
}

/// How a [`BinnedBound`] is made.
#[derive(Debug, Clone, PartialEq)]
pub struct BinnedBoundParams {
    n_bins: Option<usize>,
    range: Option<(f64, f64)>,
    weight_range: (f64, f64),
    lipschitz: Option<f64>,
    directions: Directions,
    solver: Solver,
}

/// Parameters of a [`BinnedBound`] that are in their ranges.
#[derive(Debug, Clone, PartialEq)]
pub struct BinnedBoundValidParams(BinnedBoundParams);

impl BinnedBoundParams {
    /// How many bins each feature is cut into.
    ///
    /// Defaults to [`DEFAULT_BINS`] for one or two features, and to fewer for more; must be positive, and the bins together
    /// no more than [`MOST_BINS`].
    #[must_use]
    pub fn bins(mut self, n_bins: usize) -> Self {
        self.n_bins = Some(n_bins);
        self
    }

    /// The range of every feature that is cut into bins; what is outside is counted at its edge, where weights cannot vary any more.
    ///
    /// Defaults, feature by feature, to a range that leaves out a thousandth of each channel's events below and above; must be
    /// finite and not empty.
    #[must_use]
    pub fn range(mut self, low: f64, high: f64) -> Self {
        self.range = Some((low, high));
        self
    }

    /// The range of the weights. An infinite upper end leaves the Lipschitz constant to limit them.
    ///
    /// Defaults to [`DEFAULT_WEIGHT_RANGE`]; must not be negative.
    #[must_use]
    pub fn weight_range(mut self, range: std::ops::RangeInclusive<f64>) -> Self {
        self.weight_range = (*range.start(), *range.end());
        self
    }

    /// How much the weight may change per unit of distance between features, L; so may a contamination.
    ///
    /// Defaults to no limit; must be positive and finite.
    #[must_use]
    pub fn lipschitz(mut self, lipschitz: f64) -> Self {
        self.lipschitz = Some(lipschitz);
        self
    }

    /// Which neighbours of a bin the Lipschitz condition is asked of.
    ///
    /// Defaults to [`Directions::Sixteen`].
    #[must_use]
    pub fn directions(mut self, directions: Directions) -> Self {
        self.directions = directions;
        self
    }

    /// Who solves the linear program.
    ///
    /// Defaults to [`Solver::Microlp`]; must be compiled in.
    #[must_use]
    pub fn solver(mut self, solver: Solver) -> Self {
        self.solver = solver;
        self
    }

    /// Checks the parameters.
    ///
    /// # Errors
    ///
    /// [`AdvocateError::BadParameter`] for one that is outside its range, [`AdvocateError::Solver`] for a solver that is not
    /// compiled in.
    pub fn check(self) -> Result<BinnedBoundValidParams, AdvocateError> {
        let (low, high) = self.weight_range;
        if !(low.is_finite() && low >= 0.0 && low < high) {
            let expected = "two numbers that are not negative, the lower one first";
            return Err(AdvocateError::bad("the range of weights", expected, format!("[{low}, {high}]")));
        }
        if let Some((low, high)) = self.range
            && !(low.is_finite() && high.is_finite() && low < high)
        {
            let expected = "two finite numbers, the lower one first";
            return Err(AdvocateError::bad("the range of features", expected, format!("[{low}, {high}]")));
        }
        if self.n_bins == Some(0) {
            return Err(AdvocateError::bad("the number of bins a feature", "positive", 0));
        }
        if let Some(lipschitz) = self.lipschitz
            && !(lipschitz.is_finite() && lipschitz > 0.0)
        {
            return Err(AdvocateError::bad("the Lipschitz constant", "positive and finite", lipschitz));
        }
        self.solver.check()?;
        Ok(BinnedBoundValidParams(self))
    }
}

impl BinnedBoundValidParams {
    /// The range of the weights.
    #[must_use]
    pub fn weight_range(&self) -> (f64, f64) {
        self.0.weight_range
    }

    /// The Lipschitz constant.
    #[must_use]
    pub fn lipschitz(&self) -> Option<f64> {
        self.0.lipschitz
    }

    /// Which neighbours the Lipschitz condition is asked of.
    #[must_use]
    pub fn directions(&self) -> Directions {
        self.0.directions
    }

    /// Who solves the linear program.
    #[must_use]
    pub fn solver(&self) -> Solver {
        self.0.solver
    }

    /// The bins of all features of a simulation.
    ///
    /// # Errors
    ///
    /// [`AdvocateError::BadParameter`] if they are more than [`MOST_BINS`].
    pub fn grid(&self, simulation: &Simulation) -> Result<Grid, AdvocateError> {
        let Some(first) = simulation.names().next() else {
            return Err(AdvocateError::bad("the simulation", "that of one or more channels", "none"));
        };
        let features: Vec<&str> = simulation.of(first)?.schema().names().collect();
        let n_bins = self.0.n_bins.unwrap_or_else(|| default_bins(features.len()));
        let total = u32::try_from(features.len()).ok().and_then(|power| n_bins.checked_pow(power));
        if total.is_none_or(|total| total > MOST_BINS) {
            let expected = format!("{MOST_BINS} at most");
            let found = format!("{n_bins} for each of {} features", features.len());
            return Err(AdvocateError::bad("the number of bins", expected, found));
        }
        if let Some((low, high)) = self.0.range {
            return Grid::uniform(features, n_bins, low, high);
        }
        let mut axes = Vec::new();
        for feature in features {
            let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
            for channel in simulation.names() {
                let mut values = simulation.of(channel)?.column(feature)?.to_vec();
                values.sort_by(f64::total_cmp);
                low = low.min(quantile_of_sorted(&values, OUTSIDE));
                high = high.max(quantile_of_sorted(&values, 1.0 - OUTSIDE));
            }
            // A feature that is the same everywhere has one bin's worth of range.
            let (low, high) = if low < high { (low, high) } else { (low - 0.5, low + 0.5) };
            axes.push((feature, Binning::uniform(n_bins, low, high)?));
        }
        Grid::of(axes)
    }
}

fn default_bins(n_features: usize) -> usize {
    if n_features <= 2 {
        return DEFAULT_BINS;
    }
    let power = i32::try_from(n_features).unwrap_or(i32::MAX);
    (2..DEFAULT_BINS).rev().find(|n| (*n as f64).powi(power) <= MANY_FEATURES as f64).unwrap_or(2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Feature, Sample};

    #[test]
    fn parameters_out_of_range_are_named() {
        let params = BinnedBound::params;
        for (params, name) in [
            (params().weight_range(1.2..=0.8), "the range of weights"),
            (params().weight_range(-0.1..=0.8), "the range of weights"),
            (params().range(0.0, f64::INFINITY), "the range of features"),
            (params().bins(0), "the number of bins a feature"),
            (params().lipschitz(0.0), "the Lipschitz constant"),
        ] {
            let error = params.check().unwrap_err().to_string();
            assert!(error.starts_with(&format!("{name} must be")), "{error}");
        }
    }

    #[test]
    fn more_features_have_fewer_bins_and_too_many_bins_are_refused() {
        assert_eq!([1, 2, 3, 4, 6, 12].map(default_bins), [30, 30, 16, 8, 4, 2]);
        let columns = ["a", "b", "c"].map(|name| (Feature::new(name, "1"), vec![0.0; 100]));
        let simulation = Simulation::new([("V", Sample::from_columns(columns).unwrap())]).unwrap();
        let params = BinnedBound::params().bins(30).check().unwrap();
        let error = params.grid(&simulation).unwrap_err().to_string();
        assert_eq!(error, "the number of bins must be 20000 at most, got 30 for each of 3 features");
    }
}
