//! Efficiencies as linear functions of coefficients: the part of a linear program that bins and networks share.

use serde::{Deserialize, Serialize};

use crate::program::LinearProgram;
use crate::{AdvocateError, Direction, Optimum, Question};

/// What one side of a limit costs: the derivative of the bias by the limit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LimitPrice {
    /// The position of the limit: controls, then ratios, then contaminations, in the order in which the question names them.
    pub limit: usize,
    /// The side, as a reader would write it: `e(X) ≤ 1.03`.
    pub name: String,
    /// The side.
    pub side: Direction,
    /// By how much the size of the bias grows for each unit by which this side is moved outwards; zero if it does not bind.
    pub price: f64,
}

/// The weight function $w = \sum_j \alpha_j h_j$ and, if the question has contaminations, $b = \sum_j \beta_j h_j$ with
/// $\beta_j \ge 0$; the variables of the program are the α, then the β, and its first rows the limits of the question.
#[derive(Debug, Clone)]
pub(crate) struct EfficiencyProgram {
    pub(crate) program: LinearProgram,
    n_basis: usize,
    sides: Vec<Side>,
}

#[derive(Debug, Clone)]
struct Side {
    limit: usize,
    name: String,
    side: Direction,
}

impl EfficiencyProgram {
    /// The program whose value is the highest efficiency, or the negative of the lowest.
    ///
    /// `means` are $\langle h_j \rangle_c$ for the channels of the question in their order; `range` is that of the α; limits
    /// that `keep` refuses are left out.
    pub(crate) fn new(
        question: &Question,
        means: &[Vec<f64>],
        range: (f64, f64),
        direction: Direction,
        keep: impl Fn(usize) -> bool,
    ) -> Self {
        let n_basis = means.first().map_or(0, Vec::len);
        let contaminated = question.contaminated();
        let has_contamination = !question.contaminations().is_empty();
        // The coefficient of α_j (and of β_j, where only contaminated channels count) in a sum of efficiencies.
        let of = |coefficients: &[f64], j: usize, is_b: bool| -> f64 {
            let counts = |channel: usize| !is_b || contaminated[channel];
            let terms = coefficients.iter().enumerate().filter(|(channel, a)| **a != 0.0 && counts(*channel));
            terms.map(|(channel, a)| a * means[channel][j]).sum()
        };
        let parts: &[bool] = if has_contamination { &[false, true] } else { &[false] };
        let all = |coefficients: &[f64]| -> Vec<(usize, f64)> {
            let columns = parts.iter().flat_map(|&is_b| (0..n_basis).map(move |j| (j, is_b)));
            columns.enumerate().map(|(column, (j, is_b))| (column, of(coefficients, j, is_b))).collect()
        };
        let mut program = LinearProgram::new();
        for (column, share) in all(&question.shares()) {
            let (low, high) = if column < n_basis { range } else { (0.0, f64::INFINITY) };
            program.variable(low, high, direction.sign() * share);
        }
        let mut sides = Vec::new();
        for row in question.rows().into_iter().filter(|row| keep(row.limit)) {
            program.at_most(all(&row.coefficients), row.at_most);
            sides.push(Side { limit: row.limit, name: row.name, side: row.side });
        }
        let channels = question.channels();
        for (index, b) in question.contaminations().iter().enumerate() {
            let limit = question.n_limits() + index;
            // Channels come from the question.
            let Some(channel) = channels.iter().position(|channel| *channel == b.channel) else { continue };
            if keep(limit) {
                program.at_most((0..n_basis).map(|j| (n_basis + j, means[channel][j])), b.at_most);
                let name = format!("b({}) ≤ {}", b.channel, (b.at_most * 1e6).round() / 1e6);
                sides.push(Side { limit, name, side: Direction::Up });
            }
        }
        Self { program, n_basis, sides }
    }

    /// How many rows the limits have; what is added later has higher numbers.
    pub(crate) fn n_limit_rows(&self) -> usize {
        self.sides.len()
    }

    /// The columns of b, if there are any.
    pub(crate) fn first_of_b(&self) -> Option<usize> {
        (self.program.n_variables() > self.n_basis).then_some(self.n_basis)
    }

    /// The efficiencies of all channels at a point.
    pub(crate) fn efficiencies(
        &self,
        question: &Question,
        means: &[Vec<f64>],
        variables: &[f64],
    ) -> Vec<f64> {
        let (w, b) = variables.split_at(self.n_basis);
        let dot = |means: &[f64], x: &[f64]| means.iter().zip(x).map(|(h, x)| h * x).sum::<f64>();
        let contaminated = question.contaminated();
        let channels = means.iter().zip(contaminated);
        channels.map(|(means, is)| dot(means, w) + if is { dot(means, b) } else { 0.0 }).collect()
    }

    /// The prices of the limits' sides, in units of the limits.
    pub(crate) fn prices(
        &self,
        question: &Question,
        optimum: &Optimum,
        efficiencies: &[f64],
    ) -> Vec<LimitPrice> {
        let price = |(side, price): (&Side, &f64)| LimitPrice {
            limit: side.limit,
            name: side.name.clone(),
            side: side.side,
            price: price * question.scale(side.limit, efficiencies),
        };
        self.sides.iter().zip(&optimum.prices).map(price).collect()
    }
}

/// That there is a list of means for each channel of the question.
pub(crate) fn means_of(
    question: &Question,
    of: impl Fn(&str) -> Result<Vec<f64>, AdvocateError>,
) -> Result<Vec<Vec<f64>>, AdvocateError> {
    question.channels().into_iter().map(of).collect()
}
