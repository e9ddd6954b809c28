use super::Question;
use crate::Limit;

/// What is said of limits in words, and how they are made tighter. Contaminations are counted after controls and ratios.
impl Question {
    /// How many limits there are with those of contaminations.
    pub(crate) fn n_all_limits(&self) -> usize {
        self.n_limits() + self.contaminations.len()
    }

    /// What is limited, and how: `("e(Y) / e(X)", "± 1 %")`.
    pub(crate) fn in_words(&self, index: usize) -> Option<(String, String)> {
        let n_controls = self.controls.len();
        if let Some((channel, limit)) = self.controls.get(index) {
            return Some((format!("e({channel})"), limit.to_string()));
        }
        if let Some((numerator, denominator, limit)) = self.ratios.get(index - n_controls) {
            return Some((format!("e({numerator}) / e({denominator})"), limit.to_string()));
        }
        let contamination = self.contaminations.get(index - self.n_limits())?;
        let percent = (contamination.at_most * 1e4).round() / 1e2;
        Some((format!("the contamination of {}", contamination.channel), format!("at most {percent} %")))
    }

    /// The same question with one limit narrower by this factor around its middle, a contamination smaller by it.
    pub(crate) fn tightened(&self, index: usize, factor: f64) -> Self {
        let mut tighter = self.clone();
        let n_limits = self.n_limits();
        if let Some(contamination) =
            index.checked_sub(n_limits).and_then(|i| tighter.contaminations.get_mut(i))
        {
            contamination.at_most *= factor;
        } else if let Some((_, limit)) = self.limit(index) {
            let (middle, half) = ((limit.low() + limit.high()) / 2.0, (limit.high() - limit.low()) / 2.0);
            // Symmetric limits stay so to the last bit.
            let (low, high) = (middle - factor * half, middle + factor * half);
            tighter = tighter.with_limit(index, Limit::between(low, high));
        }
        tighter
    }

    /// How much the sides of a limit move: low and high, both positive when it becomes narrower.
    pub(crate) fn moved(&self, tighter: &Self, index: usize) -> (f64, f64) {
        let at_most = |question: &Self| {
            Some(question.contaminations.get(index.checked_sub(question.n_limits())?)?.at_most)
        };
        if let (Some(before), Some(after)) = (at_most(self), at_most(tighter)) {
            return (0.0, before - after);
        }
        match (self.limit_or_none(index), tighter.limit_or_none(index)) {
            (Some(before), Some(after)) => (after.low() - before.low(), before.high() - after.high()),
            _ => (0.0, 0.0),
        }
    }

    fn limit_or_none(&self, index: usize) -> Option<Limit> {
        (index < self.n_limits()).then(|| self.limit(index).map(|(_, limit)| limit)).flatten()
    }

    /// How a row's right side changes with its limit: 1, and the efficiency of the denominator for ratios.
    pub(crate) fn scale(&self, index: usize, efficiencies: &[f64]) -> f64 {
        let ratio = index.checked_sub(self.controls.len()).and_then(|i| self.ratios.get(i));
        let Some((_, denominator, _)) = ratio else { return 1.0 };
        let channel = self.channels().into_iter().position(|channel| channel == denominator);
        channel.map_or(1.0, |channel| efficiencies[channel])
    }
}

#[cfg(test)]
mod tests {
    use crate::{Limit, Question};

    #[test]
    fn limits_shrink_around_their_middle_and_contaminations_to_zero() {
        let question = Question::new()
            .target("V", 1.0)
            .control("X", Limit::between(-0.01, 0.05))
            .control_ratio("Y", "X", Limit::within(0.01))
            .contamination("X", 0.02);
        let words: Vec<(String, String)> =
            (0..question.n_all_limits()).filter_map(|index| question.in_words(index)).collect();
        let expected =
            [("e(X)", "-1 % to +5 %"), ("e(Y) / e(X)", "± 1 %"), ("the contamination of X", "at most 2 %")];
        assert!(words.iter().map(|(what, how)| (what.as_str(), how.as_str())).eq(expected));
        let half: Vec<(f64, f64)> = (0..3).map(|i| question.moved(&question.tightened(i, 0.5), i)).collect();
        let expected = [(0.015, 0.015), (0.005, 0.005), (0.0, 0.01)];
        for (found, expected) in half.iter().zip(expected) {
            assert!((found.0 - expected.0).abs() + (found.1 - expected.1).abs() < 1e-15, "{half:?}");
        }
        assert_eq!(question.scale(1, &[1.1, 1.03, 1.04]), 1.03);
    }
}
