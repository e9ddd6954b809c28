use super::{BinnedBoundValidParams, BinnedChannels, Bound};
use crate::efficiencies::{EfficiencyProgram, means_of};
use crate::infeasible::{conflicting, weights_in_words};
use crate::{AdvocateError, Direction, Question, Simulation};

/// Weights of any size, when it is asked which limits contradict each other: were all weights zero, ratios of efficiencies could
/// not be wrong.
const NEARLY_ZERO: f64 = 1e-3;

impl BinnedBoundValidParams {
    /// The largest bias in one direction for simulated events, whose features are in the units in which steepness is measured.
    ///
    /// # Errors
    ///
    /// Those of [`of_channels`](Self::of_channels), and [`AdvocateError::BadParameter`] for too many bins.
    pub fn of(
        &self,
        question: &Question,
        simulation: &Simulation,
        direction: Direction,
    ) -> Result<Bound, AdvocateError> {
        let channels = BinnedChannels::fill(self.grid(simulation)?, simulation)?;
        self.of_channels(question, &channels, direction)
    }

    /// The largest bias in one direction for channels whose probability in each bin is known.
    ///
    /// A bin without events of any channel has a weight too if there is a Lipschitz constant, for paths lead through it;
    /// otherwise it is left out, and its weight is one.
    ///
    /// # Errors
    ///
    /// [`AdvocateError::Infeasible`] with a smallest set of limits that contradict each other, [`AdvocateError::Unbounded`] if
    /// nothing limits the bias, [`AdvocateError::NoChannel`] if a channel of the question is missing, and those of
    /// [`LinearProgram::maximize`](crate::LinearProgram::maximize).
    pub fn of_channels(
        &self,
        question: &Question,
        channels: &BinnedChannels,
        direction: Direction,
    ) -> Result<Bound, AdvocateError> {
        question.check()?;
        let n_bins = channels.grid().n_bins();
        let means = means_of(question, |channel| Ok(channels.of(channel)?.to_vec()))?;
        let populated: Vec<bool> = (0..n_bins).map(|bin| means.iter().any(|of| of[bin] > 0.0)).collect();
        // The bins that are variables.
        let bins: Vec<usize> = match self.lipschitz() {
            Some(_) => (0..n_bins).collect(),
            None => (0..n_bins).filter(|bin| populated[*bin]).collect(),
        };
        let means: Vec<Vec<f64>> = means.iter().map(|of| bins.iter().map(|&bin| of[bin]).collect()).collect();
        let pairs =
            self.lipschitz().map(|_| channels.grid().neighbours(self.directions())).unwrap_or_default();
        let program = |range, lipschitz: Option<f64>, keep: &dyn Fn(usize) -> bool| {
            let mut program = EfficiencyProgram::new(question, &means, range, direction, keep);
            if let Some(lipschitz) = lipschitz {
                smooth(&mut program, &pairs, lipschitz);
            }
            program
        };
        let all = program(self.weight_range(), self.lipschitz(), &|_| true);
        let optimum = match all.program.maximize(self.solver()) {
            Err(AdvocateError::Contradiction) => {
                let (names, n_others) = self.constraints(question);
                let is_feasible = |kept: &[bool]| {
                    let (low, high) = self.weight_range();
                    let range = if kept[0] { (low, high) } else { (low.min(NEARLY_ZERO), f64::INFINITY) };
                    let lipschitz = self.lipschitz().filter(|_| kept[n_others - 1]);
                    let rest = program(range, lipschitz, &|limit| kept[n_others + limit]);
                    rest.program.is_feasible(self.solver())
                };
                return Err(AdvocateError::Infeasible { conflicting: conflicting(&names, is_feasible)? });
            }
            other => other?,
        };
        let found = all.efficiencies(question, &means, &optimum.variables);
        let share_of = question.shares();
        let everywhere = |first: usize, elsewhere: f64| {
            let mut values = vec![elsewhere; n_bins];
            bins.iter().enumerate().for_each(|(j, &bin)| values[bin] = optimum.variables[first + j]);
            values
        };
        let distances = pairs.iter().flat_map(|&(_, _, distance)| [distance; 2]).cycle();
        let smoothness = optimum.prices[all.n_limit_rows()..].iter().zip(distances);
        Ok(Bound {
            bias: found.iter().zip(&share_of).map(|(e, share)| e * share).sum::<f64>() - 1.0,
            direction,
            prices: all.prices(question, &optimum, &found),
            lipschitz_price: self
                .lipschitz()
                .map(|_| smoothness.map(|(price, distance)| price * distance).sum()),
            efficiencies: question.channels().into_iter().map(str::to_owned).zip(found).collect(),
            weights: everywhere(0, 1.0),
            contamination: all.first_of_b().map(|first| everywhere(first, 0.0)),
            populated,
            grid: channels.grid().clone(),
        })
    }

    /// What may contradict each other, in words: weights, smoothness if it is asked for, limits; and how many the limits follow.
    fn constraints(&self, question: &Question) -> (Vec<String>, usize) {
        let mut names = vec![weights_in_words(self.weight_range())];
        names.extend(self.lipschitz().map(|l| format!("weights that change by at most {l} per unit")));
        let n_others = names.len();
        let limits = (0..question.n_all_limits()).filter_map(|index| question.in_words(index));
        names.extend(limits.map(|(what, how)| format!("{what} {how}")));
        (names, n_others)
    }
}

/// $|w_a - w_b| \le L d_{ab}$, and the same for b.
fn smooth(program: &mut EfficiencyProgram, pairs: &[(usize, usize, f64)], lipschitz: f64) {
    for first in [Some(0), program.first_of_b()].into_iter().flatten() {
        for &(a, b, distance) in pairs {
            for sign in [1.0, -1.0] {
                program.program.at_most([(first + a, sign), (first + b, -sign)], lipschitz * distance);
            }
        }
    }
}
