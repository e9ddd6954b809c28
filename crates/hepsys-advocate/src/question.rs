use serde::{Deserialize, Serialize};

mod contamination;
mod tightened;

pub use contamination::Contamination;

use crate::{AdvocateError, Limit};

/// What is to be pushed, and what the measurements of control channels allow, in terms of the channels' efficiencies
/// relative to the simulation, $e_c = \langle w \rangle_c$.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Question {
    /// The channels whose efficiency is to be pushed, each with its share: one signal, or several backgrounds by their yields.
    targets: Vec<(String, f64)>,
    /// Limits of single channels.
    controls: Vec<(String, Limit)>,
    /// Limits of ratios: numerator, denominator.
    ratios: Vec<(String, String, Limit)>,
    /// What the simulation does not have.
    contaminations: Vec<Contamination>,
}

/// Which way the efficiency is pushed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// To the highest efficiency.
    Up,
    /// To the lowest.
    Down,
}

impl Direction {
    /// Both.
    pub const BOTH: [Self; 2] = [Self::Up, Self::Down];

    /// +1 up and −1 down.
    #[must_use]
    pub fn sign(self) -> f64 {
        match self {
            Self::Up => 1.0,
            Self::Down => -1.0,
        }
    }

    /// What random streams know it by.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
        }
    }
}

impl std::fmt::Display for Direction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Up => "up",
            Self::Down => "down",
        })
    }
}

/// One side of a limit, as a row of a linear program: $\sum_c a_c e_c \le b$.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Row {
    /// As a reader would write it.
    pub(crate) name: String,
    /// The position of the limit among those of the question, controls first.
    pub(crate) limit: usize,
    /// Which side of the limit it is.
    pub(crate) side: Direction,
    /// $a_c$, channel by channel.
    pub(crate) coefficients: Vec<f64>,
    /// $b$
    pub(crate) at_most: f64,
}

impl Question {
    /// A question that asks nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Pushes the efficiency of this channel; of several, their mean with these shares, such as the yields of backgrounds.
    #[must_use]
    pub fn target(mut self, channel: impl Into<String>, share: f64) -> Self {
        self.targets.push((channel.into(), share));
        self
    }

    /// The efficiency of this channel is known within a limit.
    #[must_use]
    pub fn control(mut self, channel: impl Into<String>, limit: Limit) -> Self {
        self.controls.push((channel.into(), limit));
        self
    }

    /// The ratio of two channels' efficiencies is known within a limit.
    #[must_use]
    pub fn control_ratio(
        mut self,
        numerator: impl Into<String>,
        denominator: impl Into<String>,
        limit: Limit,
    ) -> Self {
        self.ratios.push((numerator.into(), denominator.into(), limit));
        self
    }

    /// The channels, each once: targets first, then controls in the order in which they are first named.
    #[must_use]
    pub fn channels(&self) -> Vec<&str> {
        let mut channels: Vec<&str> = Vec::new();
        let targets = self.targets.iter().map(|(channel, _)| channel);
        let controls = self.controls.iter().map(|(channel, _)| channel);
        let ratios = self.ratios.iter().flat_map(|(numerator, denominator, _)| [denominator, numerator]);
        let contaminated = self.contaminations.iter().map(|contamination| &contamination.channel);
        for channel in targets.chain(controls).chain(ratios).chain(contaminated) {
            if !channels.contains(&channel.as_str()) {
                channels.push(channel);
            }
        }
        channels
    }

    /// The share of each channel in what is pushed, which sum to one.
    #[must_use]
    pub fn shares(&self) -> Vec<f64> {
        let total: f64 = self.targets.iter().map(|(_, share)| share).sum();
        let share = |channel: &str| {
            let shares = self.targets.iter().filter(|(target, _)| target == channel).map(|(_, share)| share);
            shares.sum::<f64>() / total
        };
        self.channels().into_iter().map(share).collect()
    }

    /// The channels that are pushed.
    pub fn targets(&self) -> impl Iterator<Item = &str> {
        self.targets.iter().map(|(channel, _)| channel.as_str())
    }

    /// How many limits there are.
    #[must_use]
    pub fn n_limits(&self) -> usize {
        self.controls.len() + self.ratios.len()
    }

    /// A limit with the name of what it limits; controls first, then ratios.
    #[must_use]
    pub fn limit(&self, index: usize) -> Option<(String, Limit)> {
        if let Some((channel, limit)) = self.controls.get(index) {
            return Some((channel.clone(), *limit));
        }
        let (numerator, denominator, limit) = self.ratios.get(index - self.controls.len())?;
        Some((format!("{numerator} / {denominator}"), *limit))
    }

    /// The same question with one limit changed; an index beyond the last changes nothing.
    #[must_use]
    pub fn with_limit(mut self, index: usize, to: Limit) -> Self {
        let n_controls = self.controls.len();
        if let Some((_, limit)) = self.controls.get_mut(index) {
            *limit = to;
        } else if let Some((_, _, limit)) = self.ratios.get_mut(index - n_controls) {
            *limit = to;
        }
        self
    }

    /// The limits as rows, two each; ratios are linear, as $e_Y \le (1 + h)\\, e_X$ for $e_X > 0$.
    pub(crate) fn rows(&self) -> Vec<Row> {
        let channels = self.channels();
        let of = |terms: &[(&str, f64)]| {
            let coefficient =
                |channel: &&str| terms.iter().filter(|(c, _)| c == channel).map(|(_, a)| a).sum();
            channels.iter().map(coefficient).collect::<Vec<f64>>()
        };
        let mut rows = Vec::new();
        for (limit, (channel, bounds)) in self.controls.iter().enumerate() {
            for side in Direction::BOTH {
                let sign = side.sign();
                let bound = 1.0 + if side == Direction::Up { bounds.high() } else { bounds.low() };
                rows.push(Row {
                    name: format!("e({channel}) {} {}", relation(side), rounded(bound)),
                    limit,
                    side,
                    coefficients: of(&[(channel, sign)]),
                    at_most: sign * bound,
                });
            }
        }
        for (index, (numerator, denominator, bounds)) in self.ratios.iter().enumerate() {
            for side in Direction::BOTH {
                let sign = side.sign();
                let bound = 1.0 + if side == Direction::Up { bounds.high() } else { bounds.low() };
                rows.push(Row {
                    name: format!("e({numerator}) / e({denominator}) {} {}", relation(side), rounded(bound)),
                    limit: self.controls.len() + index,
                    side,
                    coefficients: of(&[(numerator, sign), (denominator, -sign * bound)]),
                    at_most: 0.0,
                });
            }
        }
        rows
    }

    /// Checks that there is something to push, and that limits can be met at all.
    ///
    /// # Errors
    ///
    /// [`AdvocateError::BadParameter`] with the first that is wrong.
    pub fn check(&self) -> Result<(), AdvocateError> {
        if self.targets.is_empty() {
            return Err(AdvocateError::bad("the signal", "the name of a channel", "none"));
        }
        for (channel, share) in &self.targets {
            if !(share.is_finite() && *share > 0.0) {
                return Err(AdvocateError::bad(format!("the share of {channel}"), "positive", share));
            }
        }
        for (channel, limit) in &self.controls {
            limit.check(channel)?;
        }
        for (numerator, denominator, limit) in &self.ratios {
            limit.check(&format!("{numerator} / {denominator}"))?;
            if numerator == denominator {
                let expected = "that of two channels";
                return Err(AdvocateError::bad("a ratio", expected, format!("{numerator} twice")));
            }
        }
        self.contaminations.iter().try_for_each(Contamination::check)?;
        Ok(())
    }
}

fn relation(side: Direction) -> &'static str {
    match side {
        Direction::Up => "≤",
        Direction::Down => "≥",
    }
}

fn rounded(bound: f64) -> f64 {
    (bound * 1e6).round() / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question() -> Question {
        Question::new().target("V", 1.0).control("X", Limit::within(0.03)).control_ratio(
            "Y",
            "X",
            Limit::within(0.01),
        )
    }

    #[test]
    fn limits_become_rows_over_the_channels() {
        assert_eq!(question().channels(), ["V", "X", "Y"]);
        assert_eq!(question().shares(), [1.0, 0.0, 0.0]);
        let rows = question().rows();
        let names: Vec<&str> = rows.iter().map(|row| row.name.as_str()).collect();
        assert_eq!(names, ["e(X) ≤ 1.03", "e(X) ≥ 0.97", "e(Y) / e(X) ≤ 1.01", "e(Y) / e(X) ≥ 0.99"]);
        assert_eq!((rows[0].coefficients.as_slice(), rows[0].at_most), ([0.0, 1.0, 0.0].as_slice(), 1.03));
        assert_eq!((rows[1].coefficients.as_slice(), rows[1].at_most), ([0.0, -1.0, 0.0].as_slice(), -0.97));
        assert_eq!(rows[2].coefficients, [0.0, -1.01, 1.0]);
        assert_eq!(rows[3].coefficients, [0.0, 0.99, -1.0]);
    }

    #[test]
    fn several_backgrounds_are_pushed_by_their_shares() {
        let question = Question::new().target("a", 30.0).target("b", 10.0).control("s", Limit::within(0.03));
        assert_eq!(question.shares(), [0.75, 0.25, 0.0]);
    }

    #[test]
    fn a_limit_that_cannot_be_met_is_named() {
        let error = question().control("Z", Limit::between(0.1, 0.05)).check().unwrap_err().to_string();
        assert!(error.starts_with("the limit of Z must be"), "{error}");
        let error = question().control_ratio("X", "X", Limit::within(0.1)).check().unwrap_err().to_string();
        assert!(error.contains("X twice"), "{error}");
    }
}
