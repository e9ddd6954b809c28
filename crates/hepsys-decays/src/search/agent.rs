//! An agent that builds chains token by token.

mod environment;
mod memory;
#[cfg(test)]
mod tests;
mod tree;

use hepsys_nn::{Device, Run};
use hepsys_rl::{Interrupt, Ppo, PpoValidParams, RewardScale};

use super::{Queries, Strategy};
use crate::{DecaysError, Seed};
use environment::Chains;

/// An agent that says decay chains token by token, and is rewarded with their relevance.
///
/// An episode is a walk through the tree of the candidates: which particle the chain begins with, then what each particle decays to.
/// At each fork the branches with something unasked are offered one after the other, those with the largest upper bounds first, and the
/// agent takes the branch at hand or passes on to those after it. One policy decides at all forks, and it sees how the branch differs
/// from those after it.
///
/// Before anything is learnt, a candidate is drawn with a probability proportional to
/// $$ \left(R_{\max}\\, \hat\kappa\right)^{1/T} $$
/// with its upper bound and with the selected fraction that a memory of the answers of similar candidates lets expect: their mean
/// logarithm, weighted with a Gaussian kernel (`pritzel2017`). Proximal policy optimisation learns what this lacks.
///
/// The reward of a chain is $1 + \log_{10} R/R_\text{last}$ with the last of the leaders so far, cut off at 0 and 2.
///
/// It has no guarantee, as [`Surrogate`](super::Surrogate) has none.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Agent {
    /// T: one over the power of expected relevances that the first policy draws candidates with; 0.5 by default.
    pub temperature: f64,
    /// The distance at which a candidate is remembered by another, in standard deviations of the features; 1.5 by default.
    pub length: f64,
    /// After how many decisions the agent learns; 256 by default.
    pub rollout: usize,
    /// The learning rate; 0.001 by default. Three times as much makes it sure too soon.
    pub learning_rate: f64,
}

impl Default for Agent {
    fn default() -> Self {
        Self { temperature: 0.5, length: 1.5, rollout: 256, learning_rate: 1e-3 }
    }
}

impl Strategy for Agent {
    fn name(&self) -> &'static str {
        "agent"
    }

    fn search(&self, queries: &mut Queries<'_>, seed: Seed) -> Result<(), DecaysError> {
        let ppo = self.check()?;
        let over = Interrupt::new();
        let run = Run::on(Device::flex()).seeded(seed).interrupted_by(over.clone());
        let mut chains = Chains::new(self, queries, over);
        let mut state = ppo.begin(&chains, &run)?;
        while !chains.is_over() {
            ppo.update(&mut state, &mut chains, &run)?;
        }
        // Where one candidate is left, there is nothing to decide.
        let rest: Vec<usize> =
            (0..queries.finder().candidates().len()).filter(|&i| !queries.is_asked(i)).collect();
        queries.ask(&rest)?;
        Ok(())
    }
}

impl Agent {
    /// How the agent learns: a linear policy and a linear value, for a few hundred episodes do not teach more.
    fn check(&self) -> Result<PpoValidParams, DecaysError> {
        let Self { temperature, length, .. } = *self;
        // Weights are powers of relevances, which below this could be too small for numbers.
        let holds = (0.1..=f64::MAX).contains(&temperature);
        DecaysError::check(holds, "the temperature of an agent", "0.1 or more and finite", temperature)?;
        let holds = length > 0.0 && length.is_finite();
        DecaysError::check(holds, "the length of an agent's memory", "positive and finite", length)?;
        let ppo = Ppo::params()
            .hidden_layers([])
            // Only the learning rate depends on it, which is to stay: a search that goes on with a larger budget goes on alike.
            .budget(usize::MAX)
            .rollout(self.rollout)
            .learning_rate(self.learning_rate)
            // All that counts is how an episode ends, and so it is for each of its decisions.
            .discount(1.0)
            .trace(1.0)
            .reward_scale(RewardScale::AsGiven);
        Ok(ppo.check()?)
    }
}
