//! The loss of proximal policy optimisation, with its gradient by what the networks say.

// In loops over lanes the same index runs through several arrays; that is what becomes vector instructions.
#![allow(clippy::needless_range_loop)]

use hepsys_nn::dense::{Columns, EventLoss, LANES, LossSums, Real};

use super::distribution::HALF_LN_TAU;

/// Columns of a loss: one for each step that counts (zero in the padding), then what was known when it was taken.
pub(super) const WEIGHT: usize = 0;
pub(super) const LOG_PROBABILITY: usize = 1;
pub(super) const ADVANTAGE: usize = 2;
pub(super) const RETURN: usize = 3;
/// The coordinates of the action; or the choice, followed by which were allowed and by what is added to their logits.
pub(super) const ACTION: usize = 4;

/// What both kinds of policies share.
#[derive(Debug, Clone, Copy)]
pub(super) struct Surrogate<'a> {
    pub(super) terms: &'a Columns<f64>,
    pub(super) clip: f64,
    pub(super) value_weight: f64,
    pub(super) entropy_weight: f64,
    /// One over the number of steps.
    pub(super) inverse: f64,
    /// What standardises the advantages of a batch.
    pub(super) advantage_shift: f64,
    pub(super) advantage_scale: f64,
}

/// The loss of a normal policy; the outputs are the means and the value, the extra parameters the logarithms of the deviations.
pub(super) struct Normal<'a> {
    pub(super) surrogate: Surrogate<'a>,
    pub(super) log_deviations: &'a [f64],
}

/// The loss of a choice; the outputs are its logits and the value.
pub(super) struct Choice<'a> {
    pub(super) surrogate: Surrogate<'a>,
    pub(super) n_choices: usize,
}

impl Surrogate<'_> {
    /// The loss of one step without entropy, and its derivatives by the logarithm of the probability and by the value.
    #[inline(always)]
    fn of(&self, terms: &[[f64; LANES]], l: usize, log_probability: f64, value: f64) -> (f64, f64, f64) {
        let weight = terms[WEIGHT][l] * self.inverse;
        let advantage = (terms[ADVANTAGE][l] - self.advantage_shift) * self.advantage_scale;
        let ratio = Real::exp(log_probability - terms[LOG_PROBABILITY][l]);
        let free = ratio * advantage;
        let clipped = ratio.clamp(1.0 - self.clip, 1.0 + self.clip) * advantage;
        let miss = value - terms[RETURN][l];
        let (gain, slope) = if free <= clipped { (free, free) } else { (clipped, 0.0) };
        let loss = weight * (0.5 * self.value_weight * miss * miss - gain);
        (loss, -weight * slope, weight * self.value_weight * miss)
    }
}

impl EventLoss<f64> for Normal<'_> {
    fn n_extra(&self) -> usize {
        self.log_deviations.len()
    }

    #[inline(always)]
    fn block(
        &self,
        block: usize,
        outputs: &[[f64; LANES]],
        derivatives: &mut [[f64; LANES]],
        sums: &mut LossSums<'_, f64>,
    ) {
        let terms = self.surrogate.terms.block(block);
        let n = self.log_deviations.len();
        let mut log_probability = [0.0; LANES];
        let mut entropy = 0.0;
        for k in 0..n {
            let (s, inverse) = (self.log_deviations[k], Real::exp(-self.log_deviations[k]));
            entropy += s + HALF_LN_TAU + 0.5;
            for l in 0..LANES {
                let z = (terms[ACTION + k][l] - outputs[k][l]) * inverse;
                log_probability[l] -= 0.5 * z * z + s + HALF_LN_TAU;
            }
        }
        let mut loss = [0.0; LANES];
        let mut slope = [0.0; LANES];
        for l in 0..LANES {
            let (value, by_log, by_value) = self.surrogate.of(terms, l, log_probability[l], outputs[n][l]);
            let weight = terms[WEIGHT][l] * self.surrogate.inverse;
            loss[l] = value - weight * self.surrogate.entropy_weight * entropy;
            slope[l] = by_log;
            derivatives[n][l] = by_value;
        }
        let one = [1.0; LANES];
        for k in 0..n {
            let inverse = Real::exp(-self.log_deviations[k]);
            let mut by_deviation = [0.0; LANES];
            for l in 0..LANES {
                let z = (terms[ACTION + k][l] - outputs[k][l]) * inverse;
                derivatives[k][l] = slope[l] * z * inverse;
                let weight = terms[WEIGHT][l] * self.surrogate.inverse;
                by_deviation[l] = slope[l] * (z * z - 1.0) - weight * self.surrogate.entropy_weight;
            }
            sums.add_extra(k, &by_deviation, &one);
        }
        sums.add_loss(&loss);
    }
}

impl EventLoss<f64> for Choice<'_> {
    #[inline(always)]
    fn block(
        &self,
        block: usize,
        outputs: &[[f64; LANES]],
        derivatives: &mut [[f64; LANES]],
        sums: &mut LossSums<'_, f64>,
    ) {
        let terms = self.surrogate.terms.block(block);
        let n = self.n_choices;
        let (allowed, preferences) = terms[ACTION + 1..ACTION + 1 + 2 * n].split_at(n);
        let mut loss = [0.0; LANES];
        for l in 0..LANES {
            let mut most = f64::NEG_INFINITY;
            for k in 0..n {
                let logit = outputs[k][l] + preferences[k][l];
                if allowed[k][l] > 0.0 && logit > most {
                    most = logit;
                }
            }
            let mut total = 0.0;
            for k in 0..n {
                if allowed[k][l] > 0.0 {
                    total += Real::exp(outputs[k][l] + preferences[k][l] - most);
                }
            }
            // The padding allows nothing and counts for nothing.
            let total = if total > 0.0 { most + total.ln() } else { 0.0 };
            let mut entropy = 0.0;
            let mut log_probability = 0.0;
            for k in 0..n {
                if allowed[k][l] > 0.0 {
                    let log = outputs[k][l] + preferences[k][l] - total;
                    entropy -= Real::exp(log) * log;
                    if terms[ACTION][l] == k as f64 {
                        log_probability = log;
                    }
                }
            }
            let (value, by_log, by_value) = self.surrogate.of(terms, l, log_probability, outputs[n][l]);
            let weight = terms[WEIGHT][l] * self.surrogate.inverse * self.surrogate.entropy_weight;
            loss[l] = value - weight * entropy;
            derivatives[n][l] = by_value;
            for k in 0..n {
                let mut by_logit = 0.0;
                if allowed[k][l] > 0.0 {
                    let log = outputs[k][l] + preferences[k][l] - total;
                    let p = Real::exp(log);
                    let is_chosen = if terms[ACTION][l] == k as f64 { 1.0 } else { 0.0 };
                    by_logit = by_log * (is_chosen - p) + weight * p * (log + entropy);
                }
                derivatives[k][l] = by_logit;
            }
        }
        sums.add_loss(&loss);
    }
}
