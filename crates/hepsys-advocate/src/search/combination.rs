//! The linear program of the seed: coefficients α of $w = \sum_j \alpha_j h_j$ that push the most within the limits.

use hepsys_stats::quantile_of_sorted;

use super::function::Table;
use super::smoothness::steepness;
use crate::efficiencies::EfficiencyProgram;
use crate::question::Row;
use crate::{AdvocateError, Direction, Question, Solver};

/// The part of the events whose gradient has to respect the smoothness asked for.
pub(crate) const SMOOTH_PART: f64 = 0.999;

/// How closely the gradient meets the smoothness before the search for the right spread of α ends.
const CLOSE: f64 = 1e-3;

/// How often the spread of α is corrected at most; each time the error shrinks by an order of magnitude or more.
const MOST_CORRECTIONS: usize = 8;

/// What may be chosen, and what has to hold.
#[derive(Debug, Clone)]
pub(crate) struct Problem {
    pub(crate) question: Question,
    pub(crate) shares: Vec<f64>,
    pub(crate) rows: Vec<Row>,
    /// Contaminations: the channel and what b may reach there.
    pub(crate) yields: Vec<(usize, f64)>,
    /// The channels whose efficiency counts the contamination too.
    pub(crate) contaminated: Vec<bool>,
    pub(crate) range: (f64, f64),
    pub(crate) lipschitz: Option<f64>,
    pub(crate) solver: Solver,
}

/// Coefficients of $w = \sum_j \alpha_j h_j$ and $b = \sum_j \beta_j h_j$.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Combination {
    pub(crate) alpha: Vec<f64>,
    /// None without contamination.
    pub(crate) beta: Vec<f64>,
    /// The dual value of each limit's side: of the rows of the problem, then of contaminations.
    pub(crate) prices: Vec<f64>,
}

impl Combination {
    /// What multiplies $h_j$ in the efficiency of a channel.
    fn of(&self, j: usize, is_contaminated: bool) -> f64 {
        self.alpha[j] + if is_contaminated { self.beta.get(j).copied().unwrap_or(0.0) } else { 0.0 }
    }
}

impl Problem {
    pub(crate) fn new(
        question: &Question,
        range: (f64, f64),
        lipschitz: Option<f64>,
        solver: Solver,
    ) -> Self {
        let channels = question.channels();
        let place = |channel: &str| channels.iter().position(|other| *other == channel);
        let yields = question.contaminations().iter();
        Self {
            question: question.clone(),
            shares: question.shares(),
            rows: question.rows(),
            yields: yields.filter_map(|b| Some((place(&b.channel)?, b.at_most))).collect(),
            contaminated: question.contaminated(),
            range,
            lipschitz,
            solver,
        }
    }

    /// What multiplies $h_j$ in the efficiency of each channel: `[n_channels][n_functions]`.
    pub(crate) fn coefficients(&self, combination: &Combination) -> Vec<Vec<f64>> {
        let of = |&is: &bool| (0..combination.alpha.len()).map(|j| combination.of(j, is)).collect();
        self.contaminated.iter().map(of).collect()
    }

    /// $e_c = \sum_j H_{cj} \alpha_j$, with β where there is a contamination.
    pub(crate) fn efficiencies(&self, means: &[Vec<f64>], combination: &Combination) -> Vec<f64> {
        let all = self.coefficients(combination);
        means.iter().zip(all).map(|(row, of)| row.iter().zip(of).map(|(h, a)| h * a).sum()).collect()
    }

    /// The mean of what is pushed, minus one.
    pub(crate) fn bias(&self, efficiencies: &[f64]) -> f64 {
        self.shares.iter().zip(efficiencies).map(|(share, e)| share * (e - 1.0)).sum()
    }

    /// $\langle b \rangle_c$, zero without contamination.
    pub(crate) fn contaminations(&self, means: &[Vec<f64>], combination: &Combination) -> Vec<f64> {
        means.iter().map(|row| row.iter().zip(&combination.beta).map(|(h, b)| h * b).sum()).collect()
    }

    /// By how much each side of a limit is violated, negative where there is room left: those of the rows, then those of
    /// contaminations.
    pub(crate) fn excess(&self, efficiencies: &[f64], contaminations: &[f64]) -> Vec<f64> {
        let of_row = |row: &Row| {
            row.coefficients.iter().zip(efficiencies).map(|(a, e)| a * e).sum::<f64>() - row.at_most
        };
        let of_yield = |&(channel, at_most): &(usize, f64)| contaminations[channel] - at_most;
        self.rows.iter().map(of_row).chain(self.yields.iter().map(of_yield)).collect()
    }

    /// The bias in a direction, less what violations are worth at the prices of the limits.
    pub(crate) fn worth(
        &self,
        direction: Direction,
        (efficiencies, contaminations): (&[f64], &[f64]),
        combination: &Combination,
    ) -> f64 {
        let violations = self.excess(efficiencies, contaminations);
        let cost = combination.prices.iter().zip(violations).map(|(price, excess)| price * excess.max(0.0));
        direction.sign() * self.bias(efficiencies) - cost.sum::<f64>()
    }

    /// The best coefficients for these means; those of w, and those of b, differ by `spreads` at most.
    pub(crate) fn solve(
        &self,
        direction: Direction,
        means: &[Vec<f64>],
        spreads: [Option<f64>; 2],
    ) -> Result<Combination, AdvocateError> {
        let n = means.first().map_or(0, Vec::len);
        let all = EfficiencyProgram::new(&self.question, means, self.range, direction, |_| true);
        let (first_of_b, n_limit_rows) = (all.first_of_b(), all.n_limit_rows());
        let mut program = all.program;
        for (first, spread) in [Some(0), first_of_b].into_iter().zip(spreads) {
            let (Some(first), Some(spread)) = (first, spread) else { continue };
            for j in 0..n {
                for k in (0..n).filter(|&k| k != j) {
                    program.at_most([(first + j, 1.0), (first + k, -1.0)], spread);
                }
            }
        }
        let optimum = program.maximize(self.solver)?;
        let (alpha, beta) = optimum.variables.split_at(n);
        Ok(Combination {
            alpha: alpha.to_vec(),
            beta: beta.to_vec(),
            prices: optimum.prices[..n_limit_rows].to_vec(),
        })
    }

    /// The best coefficients whose weights are as smooth as asked for at [`SMOOTH_PART`] of the points of `gradients`.
    pub(crate) fn solve_smooth(
        &self,
        direction: Direction,
        means: &[Vec<f64>],
        gradients: &[Table],
    ) -> Result<Combination, AdvocateError> {
        let mut spreads = [None; 2];
        let mut best = self.solve(direction, means, spreads)?;
        let Some(lipschitz) = self.lipschitz else { return Ok(best) };
        for _ in 0..MOST_CORRECTIONS {
            let mut is_smooth = true;
            for (coefficients, spread) in [&best.alpha, &best.beta].into_iter().zip(&mut spreads) {
                let steepness = steepest_of(gradients, coefficients);
                if steepness > lipschitz * (1.0 + CLOSE) {
                    *spread = Some(lipschitz / steepness * spread_of(coefficients));
                    is_smooth = false;
                }
            }
            if is_smooth {
                break;
            }
            best = self.solve(direction, means, spreads)?;
        }
        Ok(best)
    }
}

/// The gradient that [`SMOOTH_PART`] of the points do not exceed.
pub(crate) fn steepest_of(gradients: &[Table], alpha: &[f64]) -> f64 {
    let mut steepness = steepness(gradients, alpha);
    steepness.sort_by(f64::total_cmp);
    if steepness.is_empty() { 0.0 } else { quantile_of_sorted(&steepness, SMOOTH_PART) }
}

fn spread_of(alpha: &[f64]) -> f64 {
    let highest = alpha.iter().fold(f64::NEG_INFINITY, |a, b| a.max(*b));
    let lowest = alpha.iter().fold(f64::INFINITY, |a, b| a.min(*b));
    highest - lowest
}
