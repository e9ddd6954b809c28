//! Relevances of the forty leading chains of three analyses, against those of another program.
//!
//! `reference/*.json` holds, for each chain, its branching fraction in a decay table of LHCb, what its relevance is at most, and its
//! relevance. The other program simulates as this crate does, from the formula of [`Relevance`](hepsys_decays::Relevance), with these
//! differences:
//!
//! - It takes two tracks for two equal hypotheses in both orders, and counts a candidate twice: in D⁺ → K⁻K⁺K⁺ all its numbers are twice ours.
//! - It leaves out assignments that could not reach the least relevance of the search by themselves; here the test does so, too.
//! - It draws the masses of resonances one after the other, each in the room that is left, without weights that make up for it:
//!   in decays with more than one wide resonance, or one that is close to its limit, masses are distributed differently.

use hepsys_decays::{
    AnalysisFile, BranchingFraction, Candidate, Chain, DecayTable, Finder, FinderParams, ParticleTable, Reach,
};
use rayon::prelude::*;
use serde::Deserialize;

const PARTICLES: &str = include_str!("reference/particles.csv");

/// The file of the analyses; all that matters here.
const ANALYSES: &str = r#"
[pid]
pi = { pi = 0.95, K = 0.03, p = 0.01, mu = 0.006, e = 0.003 }
K  = { K = 0.90, pi = 0.06, p = 0.03, mu = 0.006, e = 0.002 }
p  = { p = 0.90, K = 0.06, pi = 0.03, mu = 0.002, e = 0.002 }
mu = { mu = 0.97, pi = 0.03, K = 0.01, p = 0.003, e = 0.0005 }
e  = { e = 0.85, pi = 0.02, K = 0.01, p = 0.003, mu = 0.0005 }
[production]
"B+" = 1.0
"B0" = 1.0
"B_s0" = 0.25
"Lambda_b0" = 0.5
"B_c+" = 0.008
"Xi_b-" = 0.05
"Xi_b0" = 0.05
"D+" = 1.0
"D0" = 2.3
"D_s+" = 0.4
"Lambda_c+" = 0.4
"Xi_c+" = 0.05
"Xi_c0" = 0.05
[spectrum]
p0 = { beauty = 7.0, charm = 4.0 }

[[analysis]]
name = "B+ -> K+ mu mu"
hyps = [["K", 1], ["mu", 1], ["mu", -1]]
signal = { parent = "B+", branching_fraction = 4.5e-7, final = ["K+", "mu+", "mu-"] }
parents = "beauty"
cuts = [
  { of = [0, 1, 2], window = [5.18, 5.38], keep = true },
  { of = [1, 2], window = [2.95, 3.18], keep = false },
  { of = [1, 2], window = [3.6, 3.75], keep = false },
]

[[analysis]]
name = "B0 -> K*0 mu mu"
hyps = [["K", 1], ["pi", -1], ["mu", 1], ["mu", -1]]
signal = { parent = "B0", branching_fraction = 6.3e-7, final = ["K*0 -> K+ pi-", "mu+", "mu-"] }
parents = "beauty"
cuts = [
  { of = [0, 1, 2, 3], window = [5.18, 5.38], keep = true },
  { of = [0, 1], window = [0.796, 0.996], keep = true },
  { of = [2, 3], window = [2.95, 3.18], keep = false },
  { of = [2, 3], window = [3.6, 3.75], keep = false },
]

[[analysis]]
name = "D+ -> K- K+ K+"
hyps = [["K", -1], ["K", 1], ["K", 1]]
signal = { parent = "D+", branching_fraction = 6.1e-5, final = ["K-", "K+", "K+"] }
parents = "charm"
cuts = [{ of = [0, 1, 2], window = [1.82, 1.92], keep = true }]
"#;

/// Events of each chain, and of those of which few pass.
const EVENTS: [usize; 2] = [100_000, 300_000];

/// The relative error above which there are more events, and the one up to which a chain counts as known.
const PRECISE: f64 = 0.03;
const KNOWN: f64 = 0.2;

#[derive(Debug, Deserialize)]
struct Reference {
    chain: String,
    branching_fraction: f64,
    upper_bound: f64,
    relevance: f64,
    /// The relevance when the other program weights masses as we do, and simulates a million events.
    reweighted: f64,
}

/// An analysis in which one decay is enough to begin with: chains come from the references.
fn finder(analysis: &str) -> Finder {
    let particles = ParticleTable::from_csv("particles.csv", PARTICLES).unwrap();
    // All particles have names in the table.
    let mut text: String =
        particles.iter().map(|particle| format!("Decay {}\nEnddecay\n", particle.name)).collect();
    text += "Decay B+\n1 K+ mu+ mu- PHSP;\nEnddecay\nDecay anti-B0\n1 K+ pi- mu+ mu- PHSP;\nEnddecay\nDecay D_s+\n1 K+ K+ K- PHSP;\nEnddecay\n";
    let table = DecayTable::parse("names.dec", &text, &particles).unwrap();
    let file = AnalysisFile::parse("analyses.toml", ANALYSES).unwrap();
    let mut analysis = file.analysis(analysis).unwrap().clone();
    analysis.reach = vec![Reach { extra_tracks: 0, max_particles: None, min_relevance: 1e-9 }];
    FinderParams::new(table, file.detector, analysis).check().unwrap()
}

fn candidate(finder: &Finder, chain: &str, fraction: f64) -> Candidate {
    let chain = Chain::parse(chain, finder.table()).unwrap();
    finder.candidate(&chain, BranchingFraction::listed(fraction)).unwrap()
}

/// A chain with what of it comes from assignments that the other program keeps.
struct Found {
    reference: Reference,
    upper_bound: f64,
    relevance: f64,
    /// How many events of equal weight would give this relevance its error, for each simulated event.
    effective: f64,
    n_events: f64,
}

/// One analysis of the references.
struct Comparison {
    analysis: &'static str,
    references: &'static str,
    /// How often the other program counts a candidate.
    counted: f64,
    /// κ of the signal with 40 000 events, which its numbers are divided by.
    signal_kappa: f64,
    /// Events of each chain behind `relevance`.
    n_events: f64,
    /// The least relevance of an assignment in chains of so many particles, and in longer ones.
    n_particles: usize,
    least: [f64; 2],
    /// How many of the forty have to be known well enough for the comparison to mean something.
    known: usize,
}

/// Events of each chain behind `reweighted`.
const REWEIGHTED_EVENTS: f64 = 1e6;

/// Chains in which a wide resonance decays to a wide one. The other program gives the inner one a mass below the room that is left, whatever
/// part of its spectrum that is; so the outer one is too often so light that the inner one hardly fits.
/// The same program with this part as a weight, `reweighted`, agrees with us.
const RESONANCES_IN_RESONANCES: [&str; 3] = [
    "anti-D0 -> (a_1- -> (rho0 -> pi+ pi-) pi-) K+",
    "D0 -> (a_1+ -> (rho0 -> pi+ pi-) pi+) K-",
    "D_s+ -> (phi -> K+ K-) (a_1+ -> (rho+ -> pi+ pi0) pi0)",
];

impl Comparison {
    fn run(&self) -> Vec<Found> {
        let finder = finder(self.analysis);
        let ratio = finder.signal_overlap().kappas()[0] / self.signal_kappa;
        assert!((ratio - 1.0).abs() < 0.01, "{}: κ of the signal is {ratio} times theirs", self.analysis);
        let references: Vec<Reference> = serde_json::from_str(self.references).unwrap();
        assert_eq!(references.len(), 40);
        let found = references.into_par_iter().map(|mut reference| {
            reference.upper_bound /= self.counted * ratio;
            reference.relevance /= self.counted * ratio;
            reference.reweighted /= self.counted;
            let candidate = candidate(&finder, &reference.chain, reference.branching_fraction);
            let mut overlap = finder.simulate(&candidate, EVENTS[0], 0).unwrap();
            if overlap.error() > PRECISE * overlap.fraction() || overlap.fraction() == 0.0 {
                overlap = finder.simulate(&candidate, EVENTS[1], 0).unwrap();
            }
            let is_long = candidate.chain.leaves().len() > self.n_particles;
            let least = self.least[usize::from(is_long)] / ratio;
            let (mut upper_bound, mut relevance) = (0.0, 0.0);
            for (assignment, kappa) in candidate.assignments.iter().zip(overlap.kappas()) {
                let at_most = candidate.scale * assignment.probability;
                if at_most >= least {
                    upper_bound += at_most;
                    relevance += at_most * kappa;
                }
            }
            let n_events = overlap.n_events as f64;
            let effective = (overlap.fraction() / overlap.error()).powi(2) / n_events;
            Found { reference, upper_bound, relevance, effective, n_events }
        });
        found.collect()
    }

    fn check(&self) {
        let found = self.run();
        for Found { reference, upper_bound, .. } in &found {
            // To the digits of the file.
            let ratio = upper_bound / reference.upper_bound;
            assert!((ratio - 1.0).abs() < 2e-5, "{}: {ratio}", reference.chain);
        }
        let is_known = |found: &&Found| found.effective * found.n_events > KNOWN.powi(-2);
        let n_known = found.iter().filter(is_known).count();
        assert!(n_known >= self.known, "{}: {n_known} chains are known", self.analysis);
        for Found { reference, relevance, effective, n_events, .. } in &found {
            // Both have the statistical error of their own number of events, where each says as much about either program.
            let agree = |expected: f64, its_events: f64, systematic: f64| {
                let error = (1.0 / effective * (1.0 / n_events + 1.0 / its_events)).sqrt();
                let tolerance = systematic * expected + 4.0 * error * relevance.max(expected);
                (relevance - expected).abs() < tolerance
            };
            let Reference { chain, relevance: theirs, reweighted, .. } = reference;
            let message = format!("{chain}: {relevance}, {theirs} and {reweighted}");
            // Resonances begin 1 MeV above their thresholds there: the one difference that is left.
            assert!(agree(*reweighted, REWEIGHTED_EVENTS, 0.02), "reweighted, {message}");
            if RESONANCES_IN_RESONANCES.contains(&chain.as_str()) {
                assert!((theirs / reweighted - 1.0).abs() > 0.05, "no longer different, {message}");
            } else {
                assert!(agree(*theirs, self.n_events, 0.1), "{message}");
            }
        }
    }
}

#[test]
fn d_to_three_kaons() {
    let comparison = Comparison {
        analysis: "D+ -> K- K+ K+",
        references: include_str!("reference/d_kkk.json"),
        counted: 2.0,
        signal_kappa: 0.63026,
        n_events: 40_000.0,
        n_particles: 5,
        least: [1e-3; 2],
        known: 40,
    };
    comparison.check();
}

#[test]
fn b_to_a_kaon_and_muons() {
    let comparison = Comparison {
        analysis: "B+ -> K+ mu mu",
        references: include_str!("reference/b_k_mu_mu.json"),
        counted: 1.0,
        signal_kappa: 0.425723,
        n_events: 100_000.0,
        n_particles: 4,
        least: [1e-3, 0.1],
        known: 30,
    };
    comparison.check();
}

#[test]
fn b_to_an_excited_kaon_and_muons() {
    let comparison = Comparison {
        analysis: "B0 -> K*0 mu mu",
        references: include_str!("reference/b_kst_mu_mu.json"),
        counted: 1.0,
        signal_kappa: 0.287664,
        n_events: 100_000.0,
        n_particles: 5,
        least: [1e-3, 0.3],
        known: 30,
    };
    comparison.check();
}

#[test]
fn a_kaon_and_a_muon_that_are_swapped_escape_the_veto() {
    let finder = finder("B+ -> K+ mu mu");
    let swapped = candidate(&finder, "B+ -> (J/psi -> mu+ mu-) K+", 6.013e-5);
    // Both right is the signal, with other kinematics.
    assert!(swapped.assignments.iter().all(|assignment| !assignment.is_identity));
    let overlap = finder.simulate(&swapped, 100_000, 0).unwrap();
    let relevance = finder.relevance(&swapped, &overlap);
    assert!((relevance.value / 0.006 - 1.0).abs() < 0.1, "{relevance:?}");
    // With a neutral pion more, the likeliest assignment is not the signal's, but none of its events passes the veto.
    let partly = candidate(&finder, "B+ -> (J/psi -> mu+ mu-) (K*+ -> K+ pi0)", 2.8e-5);
    let overlap = finder.simulate(&partly, 100_000, 0).unwrap();
    assert!(partly.assignments[0].is_identity && overlap.kappas()[0] == 0.0);
    assert!(overlap.fraction() > 0.0);
}
