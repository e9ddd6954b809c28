//! What networks are trained for: telling channels apart, the seed's loss, its Lagrangian form, and the direct form.

use std::cell::RefCell;

use hepsys_nn::NnError;
use nalgebra::DMatrix;

use super::combination::{Combination, Problem};
use super::events::Events;
use super::function::{Function, Pull, Step, Table};
use super::head::{Head, steepest};
use super::smoothness::{gradients, penalty};
use crate::{AdvocateError, Direction};

/// How many events of each channel in a batch pay for their gradient.
const PAYING_EVENTS: usize = 128;

/// The strength of the penalty on gradients, in units of a bias of 100 %, for the loss of the seed.
const SEED_PENALTY: f64 = 10.0;

/// The same for losses without the determinant, and for the direct form at its end; it grows from zero over the first half of the steps.
const PENALTY: f64 = 0.5;
const DIRECT_PENALTY: f64 = 20.0;

/// The determinant's weight in the Lagrangian form, where it only has to keep the functions apart.
const LAGRANGIAN_INVERTIBILITY: f64 = 5e-4;

/// $\epsilon$ of $\log(|\det H| + \epsilon)$, which would diverge where two channels coincide, is this to the power n − 1 for n
/// channels: the determinant of channels that overlap is of that order.
const SINGULAR: f64 = 1e-3;

/// $\rho$ of the augmented Lagrangian, and the part of it by which multipliers follow a violation.
const RHO: f64 = 200.0;
const FOLLOW: f64 = 0.3;

/// After how many steps the linear program is solved anew, and multipliers follow.
const STEPS_PER_PROGRAM: usize = 5;
const STEPS_PER_MULTIPLIER: usize = 20;

/// A loss of the means over channels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Aim {
    /// Cross entropy: which channel is an event of?
    Classify,
    /// $\ell = \pm e_s - \log|\det H| + \ell_g$ at the α of the linear program.
    Seed,
    /// The same with the Lagrangian of the program, which is $dV/dH$, for $e_s$.
    Lagrangian,
    /// $w$ from one network, with the limits by an augmented Lagrangian.
    Direct,
}

/// A training for an aim.
pub(crate) struct Pursuit<'a> {
    pub(crate) aim: Aim,
    pub(crate) head: Head,
    pub(crate) problem: &'a Problem,
    pub(crate) direction: Direction,
    /// Events that the linear program is solved on.
    pub(crate) monitor: &'a Events,
    /// How many steps there will be.
    pub(crate) n_steps: usize,
    pub(crate) state: RefCell<State>,
}

/// What changes from step to step beside the network.
#[derive(Debug, Default)]
pub(crate) struct State {
    n_steps: usize,
    combination: Combination,
    multipliers: Vec<f64>,
    /// What went wrong inside the training loop, which knows errors of networks only.
    pub(crate) failure: Option<AdvocateError>,
}

impl Pursuit<'_> {
    /// The loss of a batch; of events that are whole, what the training is watched by.
    pub(crate) fn step(&self, function: &dyn Function, batch: &Events) -> Result<Step, NnError> {
        if batch.is_whole() && self.aim != Aim::Classify {
            return Ok(Step { value: self.watched(function, batch)?, pulls: Vec::new() });
        }
        self.prepare(function)?;
        let points = batch.points();
        let functions = self.head.functions(&function.outputs(&points)?);
        let (value, by_functions) = if self.aim == Aim::Classify {
            classify(batch, &functions)
        } else {
            let means = batch.means(&functions);
            let (value, by_means) = self.of_means(&means);
            (value, batch.by_functions(&by_means))
        };
        let by_outputs = self.head.pull_back(&functions, &by_functions);
        let mut step = Step { value, pulls: vec![Pull { points, by_outputs }] };
        if !batch.is_whole()
            && let Some(lipschitz) = self.problem.lipschitz
        {
            let (low, high) = self.problem.range;
            let p = lipschitz / (steepest(functions.len()) * (high - low));
            let paying = batch.at_most(PAYING_EVENTS).points();
            let (value, pulls) = penalty(function, self.head, &paying, (p, self.strength()))?;
            step.value += value;
            step.pulls.extend(pulls);
        }
        self.state.borrow_mut().n_steps += 1;
        Ok(step)
    }

    /// The strength of the penalty at this step.
    fn strength(&self) -> f64 {
        match self.aim {
            Aim::Classify | Aim::Seed => SEED_PENALTY,
            Aim::Lagrangian => PENALTY,
            Aim::Direct => {
                let done = (self.state.borrow().n_steps + 1) as f64 / self.n_steps as f64;
                DIRECT_PENALTY * (2.0 * done).min(1.0)
            }
        }
    }

    /// Solves the linear program, or lets multipliers follow, when it is time.
    fn prepare(&self, function: &dyn Function) -> Result<(), NnError> {
        let mut state = self.state.borrow_mut();
        match self.aim {
            Aim::Classify => {}
            Aim::Seed | Aim::Lagrangian => {
                if state.n_steps.is_multiple_of(STEPS_PER_PROGRAM) {
                    let means = self.monitor.mean_functions(function, self.head)?;
                    match self.problem.solve(self.direction, &means, [None; 2]) {
                        Ok(found) => state.combination = found,
                        // The functions of this moment cannot meet the limits: the last α that could goes on.
                        Err(AdvocateError::Contradiction) if !state.combination.alpha.is_empty() => {}
                        Err(error) => return Err(state.fail(error)),
                    }
                }
            }
            Aim::Direct => {
                let (low, high) = self.problem.range;
                state.combination.alpha = vec![low, high];
                state.multipliers.resize(self.problem.rows.len(), 0.0);
                if state.n_steps > 0 && state.n_steps.is_multiple_of(STEPS_PER_MULTIPLIER) {
                    let means = self.monitor.mean_functions(function, self.head)?;
                    let efficiencies = self.problem.efficiencies(&means, &state.combination);
                    let excess = self.problem.excess(&efficiencies, &vec![0.0; means.len()]);
                    for (multiplier, excess) in state.multipliers.iter_mut().zip(excess) {
                        *multiplier = (*multiplier + FOLLOW * RHO * excess).max(0.0);
                    }
                }
            }
        }
        Ok(())
    }

    /// A loss of the means, with its derivatives by them.
    fn of_means(&self, means: &[Vec<f64>]) -> (f64, Vec<Vec<f64>>) {
        let state = self.state.borrow();
        let efficiencies = self.problem.efficiencies(means, &state.combination);
        let contaminations = self.problem.contaminations(means, &state.combination);
        let excess = self.problem.excess(&efficiencies, &contaminations);
        let (of_rows, of_yields) = excess.split_at(self.problem.rows.len());
        let sign = self.direction.sign();
        let mut value = -sign * self.problem.bias(&efficiencies);
        let mut by_efficiencies: Vec<f64> = self.problem.shares.iter().map(|share| -sign * share).collect();
        let mut push = |row: usize, strength: f64| {
            for (by, a) in by_efficiencies.iter_mut().zip(&self.problem.rows[row].coefficients) {
                *by += strength * a;
            }
        };
        let invertibility = match self.aim {
            Aim::Seed => 1.0,
            Aim::Lagrangian => {
                for (row, (price, excess)) in state.combination.prices.iter().zip(of_rows).enumerate() {
                    value += price * excess;
                    push(row, *price);
                }
                LAGRANGIAN_INVERTIBILITY
            }
            Aim::Classify | Aim::Direct => {
                for (row, (multiplier, excess)) in state.multipliers.iter().zip(of_rows).enumerate() {
                    let strength = (multiplier + RHO * excess).max(0.0);
                    value += (strength * strength - multiplier * multiplier) / (2.0 * RHO);
                    push(row, strength);
                }
                0.0
            }
        };
        let mut by_means = self.problem.coefficients(&state.combination);
        for (row, by) in by_means.iter_mut().zip(&by_efficiencies) {
            row.iter_mut().for_each(|a| *a *= by);
        }
        if self.aim == Aim::Lagrangian {
            let prices = state.combination.prices.iter().skip(of_rows.len());
            for ((price, excess), (channel, _)) in prices.zip(of_yields).zip(&self.problem.yields) {
                value += price * excess;
                for (by, b) in by_means[*channel].iter_mut().zip(&state.combination.beta) {
                    *by += price * b;
                }
            }
        }
        if invertibility > 0.0 {
            let (log_det, by_det) = log_determinant(means);
            value -= invertibility * log_det;
            for (row, by) in by_means.iter_mut().zip(by_det) {
                row.iter_mut().zip(by).for_each(|(sum, by)| *sum -= invertibility * by);
            }
        }
        (value, by_means)
    }

    /// Minus what is reached on these events, violations deducted, at the best smooth α of the events that programs are solved on.
    fn watched(&self, function: &dyn Function, events: &Events) -> Result<f64, NnError> {
        let means = self.monitor.mean_functions(function, self.head)?;
        let gradients = gradients(function, self.head, &self.monitor.at_most(WATCHED_EVENTS).points())?;
        match self.problem.solve_smooth(self.direction, &means, &gradients) {
            Ok(found) => {
                let means = events.mean_functions(function, self.head)?;
                let reached =
                    (self.problem.efficiencies(&means, &found), self.problem.contaminations(&means, &found));
                Ok(-self.problem.worth(self.direction, (&reached.0, &reached.1), &found))
            }
            // Nothing is reached where nothing is allowed.
            Err(AdvocateError::Contradiction) => Ok(1.0),
            Err(error) => Err(self.state.borrow_mut().fail(error)),
        }
    }
}

/// How many events of each channel show how steep a network is, whenever it is watched.
const WATCHED_EVENTS: usize = 4000;

impl State {
    /// Keeps an error for the caller of the training loop.
    fn fail(&mut self, error: AdvocateError) -> NnError {
        let reason = NnError::Device(error.to_string());
        self.failure = Some(error);
        reason
    }
}

/// $-\frac1C \sum_c \langle \ln h_c \rangle_c$ and its derivatives.
fn classify(events: &Events, functions: &Table) -> (f64, Table) {
    let share = 1.0 / events.n_channels() as f64;
    let mut by_functions: Table = vec![vec![0.0; functions[0].len()]; functions.len()];
    let mut value = 0.0;
    for (event, (channel, part)) in events.parts().enumerate() {
        let h = functions[channel][event].max(1e-30);
        value -= share * part * h.ln();
        by_functions[channel][event] = -share * part / h;
    }
    (value, by_functions)
}

/// $\log(|\det H| + \epsilon)$ with its derivatives, $\mathrm{sign} \cdot \mathrm{cof} H / (|\det H| + \epsilon)$.
fn log_determinant(means: &[Vec<f64>]) -> (f64, Vec<Vec<f64>>) {
    let n = means.len();
    let matrix = DMatrix::from_fn(n, n, |row, column| means[row][column]);
    let determinant = matrix.determinant();
    let singular = SINGULAR.powi(i32::try_from(n).unwrap_or(i32::MAX) - 1);
    let scale = determinant.signum() / (determinant.abs() + singular);
    let cofactor = |row: usize, column: usize| {
        let minor = matrix.clone().remove_row(row).remove_column(column);
        let sign = if (row + column).is_multiple_of(2) { 1.0 } else { -1.0 };
        sign * if n == 1 { 1.0 } else { minor.determinant() }
    };
    let by = (0..n).map(|row| (0..n).map(|column| scale * cofactor(row, column)).collect()).collect();
    ((determinant.abs() + singular).ln(), by)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Limit, Question, Solver};

    #[test]
    fn the_losses_of_means_have_the_derivatives_of_finite_differences() {
        let question = Question::new()
            .target("V", 1.0)
            .control("X", Limit::within(0.03))
            .control_ratio("Y", "X", Limit::within(0.01))
            .contamination("X", 0.02);
        let problem = Problem::new(&question, (0.8, 1.2), None, Solver::default());
        let monitor = Events::of(&[]);
        let means = vec![vec![0.5, 0.3, 0.2], vec![0.25, 0.6, 0.15], vec![0.2, 0.3, 0.5]];
        for aim in [Aim::Seed, Aim::Lagrangian, Aim::Direct] {
            for direction in Direction::BOTH {
                let combination = Combination {
                    alpha: vec![1.15, 0.85, 1.3],
                    beta: if aim == Aim::Direct { Vec::new() } else { vec![0.01, 0.0, 0.04] },
                    prices: vec![0.4, 0.0, 0.7, 0.1, 0.9],
                };
                let multipliers = vec![0.3, 0.2, 0.0, 0.5];
                let state = State { combination, multipliers, ..State::default() };
                let (head, state) = (Head::Softmax, RefCell::new(state));
                let pursuit =
                    Pursuit { aim, head, problem: &problem, direction, monitor: &monitor, n_steps: 1, state };
                let (_, by_means) = pursuit.of_means(&means);
                for (c, row) in by_means.iter().enumerate() {
                    for (j, exact) in row.iter().enumerate() {
                        let moved = |by: f64| {
                            let mut means = means.clone();
                            means[c][j] += by;
                            pursuit.of_means(&means).0
                        };
                        let difference = (moved(1e-6) - moved(-1e-6)) / 2e-6;
                        // The determinant, 0.04, makes third derivatives of order 1e4.
                        let close = 1e-6 * (1.0 + exact.abs());
                        assert!((exact - difference).abs() < close, "{aim:?} {c} {j}: {exact} {difference}");
                    }
                }
            }
        }
    }
}
