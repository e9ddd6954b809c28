use hepsys_advocate::{
    AdvocateError, AdvocateValidParams, BinnedBound, BinnedBoundValidParams, BinnedChannels, Bound,
    DEFAULT_TIGHTENING, Direction, Directions, Method, Question, ShadowPrice, Simulation, WorstCase,
    shadow_prices,
};
use hepsys_nn::Run;
use serde::{Deserialize, Serialize};

use crate::toys::StudyToys;
use crate::{ExperimentError, Profile};

/// A question with what it is called.
pub(super) struct Case {
    /// In tables: `4.5 GeV`.
    pub(super) label: String,
    /// In the names of files.
    pub(super) key: String,
    /// On the axis of a scan.
    pub(super) x: f64,
    pub(super) params: AdvocateValidParams,
    /// Of the binned bound, along each feature; its default if none.
    pub(super) bins: Option<usize>,
    pub(super) profile: Profile,
}

/// All that was found out about a case.
pub(super) struct Answer {
    pub(super) case: Case,
    pub(super) worst: WorstCase,
    /// In sixteen directions, up and down.
    pub(super) bounds: [Solved; 2],
    /// With the gradient limited along the axes only, up and down; not in the profile quick.
    pub(super) along_axes: Option<[f64; 2]>,
    /// The bound at the gradient that searches realised.
    pub(super) realised: Vec<Realised>,
}

/// A bound with what better measurements would make of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Solved {
    pub(super) bound: Bound,
    pub(super) prices: Vec<ShadowPrice>,
}

/// The bound at the mean over the seeds of the gradient that 99.9 % of test events do not exceed.
///
/// In the profile quick it is what the price of the gradient makes of the bound, which is never below: bounds are concave in L.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Realised {
    pub(super) direction: Direction,
    pub(super) method: Method,
    pub(super) gradient: f64,
    pub(super) bias: f64,
}

impl Case {
    /// Bounds and searches, each of them a toy that is kept; none if only a shard of them is done.
    pub(super) fn ask(
        self,
        simulation: &Simulation,
        toys: &StudyToys<'_>,
        run: &Run,
    ) -> Result<Option<Answer>, ExperimentError> {
        let seeds = toys.prepare(&format!("search-{}", self.key), self.params.n_seeds())?;
        let worst = self.params.search_with(simulation, &seeds, run)?;
        let binned = Binned::new(&self, simulation)?;
        // A gradient along axes or in sixteen directions: only where there is one, and more than one feature.
        let is_quick = self.profile == Profile::Quick;
        let n_bounds = if is_quick || self.params.smoothness().is_none() { 2 } else { 4 };
        let solved = toys.run(&format!("bounds-{}", self.key), n_bounds, |toy| {
            let direction = Direction::BOTH[toy.index() % 2];
            binned.solved([Directions::Sixteen, Directions::Axes][toy.index() / 2], direction)
        })?;
        if toys.is_partial() {
            return Ok(None);
        }
        let along_axes = match &solved[2..] {
            [up, down] => Some([up.bound.bias, down.bound.bias]),
            _ => None,
        };
        let Ok(bounds) = <[Solved; 2]>::try_from(solved.into_iter().take(2).collect::<Vec<_>>()) else {
            return Ok(None);
        };
        let realised = match self.params.smoothness() {
            None => Vec::new(),
            Some(lipschitz) if is_quick => {
                let by_price = |asked| by_price(asked, &bounds, lipschitz);
                self.realised(&worst).into_iter().map(by_price).collect()
            }
            Some(_) => {
                let asked = self.realised(&worst);
                toys.run(&format!("realised-{}", self.key), asked.len(), |toy| binned.at(asked[toy.index()]))?
            }
        };
        Ok(Some(Answer { case: self, worst, bounds, along_axes, realised }))
    }

    fn realised(&self, worst: &WorstCase) -> Vec<Realised> {
        let mut realised = Vec::new();
        for &direction in self.params.directions() {
            for &method in self.params.methods() {
                let steepness: Vec<f64> =
                    worst.found(direction, method).map(|found| found.steepness).collect();
                let gradient = steepness.iter().sum::<f64>() / steepness.len().max(1) as f64;
                realised.push(Realised { direction, method, gradient, bias: f64::NAN });
            }
        }
        realised
    }
}

/// The bound at another gradient, as the price of the gradient has it.
fn by_price(asked: Realised, bounds: &[Solved; 2], lipschitz: f64) -> Realised {
    let bound = &bounds[usize::from(asked.direction == Direction::Down)].bound;
    let price = bound.lipschitz_price.unwrap_or(0.0);
    let bias = bound.bias + asked.direction.sign() * price * (asked.gradient - lipschitz);
    Realised { bias, ..asked }
}

impl Answer {
    pub(super) fn bound(&self, direction: Direction) -> &Solved {
        &self.bounds[usize::from(direction == Direction::Down)]
    }
}

/// The binned bound of a case.
struct Binned<'a> {
    case: &'a Case,
    channels: BinnedChannels,
}

impl<'a> Binned<'a> {
    fn new(case: &'a Case, simulation: &Simulation) -> Result<Self, ExperimentError> {
        let scaled = case.params.scaled(simulation)?;
        let grid = params(case, case.params.smoothness(), Directions::Sixteen)?.grid(&scaled)?;
        Ok(Self { case, channels: BinnedChannels::fill(grid, &scaled)? })
    }

    fn solved(&self, directions: Directions, direction: Direction) -> Result<Solved, ExperimentError> {
        let params = params(self.case, self.case.params.smoothness(), directions)?;
        let solve = |question: &Question| params.of_channels(question, &self.channels, direction);
        let question = self.case.params.question();
        let bound = solve(question)?;
        let prices = match directions {
            Directions::Sixteen => {
                let again = |question: &Question| Ok(solve(question)?.bias);
                let from = (bound.bias, direction);
                shadow_prices(question, from, &bound.prices, DEFAULT_TIGHTENING, again)?
            }
            Directions::Axes => Vec::new(),
        };
        Ok(Solved { bound, prices })
    }

    fn at(&self, asked: Realised) -> Result<Realised, ExperimentError> {
        // Constant weights have no gradient.
        let params = params(self.case, Some(asked.gradient.max(1e-6)), Directions::Sixteen)?;
        let bound = params.of_channels(self.case.params.question(), &self.channels, asked.direction)?;
        Ok(Realised { bias: bound.bias, ..asked })
    }
}

fn params(
    case: &Case,
    lipschitz: Option<f64>,
    directions: Directions,
) -> Result<BinnedBoundValidParams, AdvocateError> {
    let (low, high) = case.params.weight_range();
    let mut params =
        BinnedBound::params().weight_range(low..=high).solver(case.params.solver()).directions(directions);
    if let Some(lipschitz) = lipschitz {
        params = params.lipschitz(lipschitz);
    }
    if let Some(bins) = case.bins {
        params = params.bins(bins);
    }
    params.check()
}
