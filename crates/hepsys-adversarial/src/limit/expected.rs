use hepsys_core::Summary;
use hepsys_core::summary::Quantity;
use serde::{Deserialize, Serialize};

/// The upper limit on the strength of a signal that is expected without one.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ExpectedLimit {
    /// The confidence, such as 0.95.
    pub confidence: f64,
    /// The median, relative to the signal that was given.
    pub median: f64,
    /// What 68 % of data without signal give.
    pub one_sigma: [f64; 2],
    /// What 95 % of them give.
    pub two_sigma: [f64; 2],
}

impl ExpectedLimit {
    pub(super) fn of_band(confidence: f64, [a, b, median, c, d]: [f64; 5]) -> Self {
        Self { confidence, median, one_sigma: [b, c], two_sigma: [a, d] }
    }

    /// The limits at −2, −1, 0, 1 and 2 standard deviations.
    #[must_use]
    pub fn band(&self) -> [f64; 5] {
        let ([a, d], [b, c]) = (self.two_sigma, self.one_sigma);
        [a, b, self.median, c, d]
    }

    /// How much more sensitive this search is than another one with the same signal: by which fraction the other's median limit
    /// is above this one's. 0.35 is what the search for displaced jets gained.
    #[must_use]
    pub fn gain_over(&self, other: &Self) -> f64 {
        other.median / self.median - 1.0
    }

    /// The limit as a page.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let names = ["−2σ", "−1σ", "median", "+1σ", "+2σ"];
        let page = Summary::new("Expected limit")
            .text(format!("On the signal strength, by CLs at {} % confidence.", 100.0 * self.confidence));
        let quantity = |name| format!("expected limit, {name}");
        names
            .into_iter()
            .zip(self.band())
            .fold(page, |page, (name, limit)| page.quantity(Quantity::new(quantity(name), limit, "1")))
    }
}
