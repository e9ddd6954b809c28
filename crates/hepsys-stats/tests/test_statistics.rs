//! The five test statistics of arXiv:1007.1727 for a count over a known background, where they have closed forms.

use hepsys_stats::fit::Fitter;
use hepsys_stats::histfactory::BinnedLikelihood;
use hepsys_stats::hypothesis::{Statistic, TestStatistics};
use hepsys_stats::workspace::{Channel, Interpolation, Modifier, ParameterConfig, Sample, Workspace};
use proptest::prelude::*;

/// `n` events where μs + b are expected; μ is at least `lowest`.
struct Count {
    n: f64,
    s: f64,
    b: f64,
}

impl Count {
    /// $-2\Delta\ln L$ between μ and the best value, which is at least `lowest`.
    fn ratio(&self, mu: f64, lowest: f64) -> f64 {
        let nll = |mu: f64| {
            let nu = mu * self.s + self.b;
            nu - if self.n > 0.0 { self.n * nu.ln() } else { 0.0 }
        };
        2.0 * (nll(mu) - nll(self.best(lowest)))
    }

    fn best(&self, lowest: f64) -> f64 {
        ((self.n - self.b) / self.s).max(lowest)
    }

    /// What the crate finds for two-sided, upper-limit and discovery.
    fn found(&self, mu: f64, lowest: f64) -> [f64; 3] {
        let signal = Sample::new("signal", [self.s]).modifier(Modifier::normfactor("mu"));
        let region = Channel::new("region").sample(signal).sample(Sample::new("background", [self.b]));
        let (model, data) = Workspace::new("count", "mu")
            .channel(region, [self.n])
            .parameter(&ParameterConfig::new("mu").within(lowest, 1e4))
            .model(None, Interpolation::default())
            .unwrap();
        let likelihood = BinnedLikelihood::new(&model, data);
        let statistics = TestStatistics::new(&likelihood, Fitter::default(), model.poi().unwrap());
        [(Statistic::TwoSided, mu), (Statistic::UpperLimit, mu), (Statistic::Discovery, 0.0)]
            .map(|(statistic, at)| statistics.at(statistic, at).unwrap())
    }

    fn check(&self, mu: f64) {
        // Where no signal strength makes the expectation negative, and where the strength itself cannot be.
        for lowest in [-0.95 * self.b / self.s, 0.0] {
            let best = self.best(lowest);
            let expected = [
                self.ratio(mu, lowest),
                if best > mu { 0.0 } else { self.ratio(mu, lowest) },
                if best < 0.0 { 0.0 } else { self.ratio(0.0, lowest) },
            ];
            // Counts of a few hundred, whose logarithms are rounded in the closed form.
            for (found, expected) in self.found(mu, lowest).into_iter().zip(expected) {
                let (n, s, b) = (self.n, self.s, self.b);
                assert!((found - expected).abs() < 1e-10, "{n} {s} {b} {mu} {lowest}: {found} {expected}");
            }
        }
    }
}

#[test]
fn a_count_that_meets_the_background_is_at_the_boundary() {
    for n in [0.0, 7.0, 8.0, 9.0] {
        let count = Count { n, s: 4.0, b: 8.0 };
        [0.0, 0.1, 1.0, 3.0].into_iter().for_each(|mu| count.check(mu));
    }
    // With n = b both kinds of bounds give the same, and nothing speaks against no signal.
    let count = Count { n: 8.0, s: 4.0, b: 8.0 };
    let (free, bounded) = (count.found(0.5, -1.9), count.found(0.5, 0.0));
    assert!(free.iter().zip(bounded).all(|(a, b)| (a - b).abs() < 1e-12));
    assert!(count.found(0.0, 0.0).iter().all(|q| q.abs() < 1e-12));
}

#[test]
fn two_signals_are_tested_at_once() {
    let region = |name: &str, s: f64| {
        let signal = Sample::new("signal", [s]).modifier(Modifier::normfactor(format!("mu_{name}")));
        Channel::new(name).sample(signal).sample(Sample::new("background", [20.0]))
    };
    let (model, data) = Workspace::new("two", "mu_a")
        .channel(region("a", 5.0), [27.0])
        .channel(region("b", 10.0), [24.0])
        .model(None, Interpolation::default())
        .unwrap();
    let likelihood = BinnedLikelihood::new(&model, data);
    let places = ["mu_a", "mu_b"].map(|name| model.index_of(name).unwrap());
    let statistics = TestStatistics::new(&likelihood, Fitter::default(), places[0]);
    // Channels that share nothing add up.
    let alone = [
        Count { n: 27.0, s: 5.0, b: 20.0 }.ratio(0.5, 0.0),
        Count { n: 24.0, s: 10.0, b: 20.0 }.ratio(1.5, 0.0),
    ];
    let joint = statistics.joint(&[(places[0], 0.5), (places[1], 1.5)]).unwrap();
    assert!((joint - alone[0] - alone[1]).abs() < 1e-10, "{joint} {alone:?}");
    let one = statistics.joint(&[(places[0], 0.5)]).unwrap();
    assert!(
        (one - alone[0]).abs() < 1e-10
            && (one - statistics.at(Statistic::TwoSided, 0.5).unwrap()).abs() < 1e-12
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn statistics_have_their_closed_forms(n in 0_u32..200, s in 0.5..50.0_f64, b in 0.5..100.0_f64, mu in 0.0..5.0_f64) {
        Count { n: f64::from(n), s, b }.check(mu);
    }
}
