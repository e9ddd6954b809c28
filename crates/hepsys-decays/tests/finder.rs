//! What has to hold of candidates and relevances, whatever the table and the analysis.

mod common;

use common::{ANALYSIS, DECAYS, finder, with};
use hepsys_decays::{
    Binning, BranchingFraction, Candidate, Chain, DecaysError, Exhaustive, Finder, MassCut, Overlap, Ranking,
    Relevance, SearchParams, SearchRecord,
};
use hepsys_sim::{Acceptance, MomentumResolution, mass, two_body_momentum};
use proptest::prelude::*;

const EVENTS: usize = 4000;

fn relevance(finder: &Finder, candidate: &Candidate, n_events: usize) -> Relevance {
    finder.relevance(candidate, &finder.simulate(candidate, n_events, 0).unwrap())
}

/// The candidate that the finder made of this chain.
fn find<'a>(finder: &'a Finder, chain: &str) -> &'a Candidate {
    let chain = Chain::parse(chain, finder.table()).unwrap().sorted();
    finder.candidates().iter().find(|candidate| candidate.chain == chain).unwrap()
}

fn search(finder: &Finder) -> Ranking {
    let params = SearchParams::new().events(2000).max_events(50_000).leaders(5, 0.05).check().unwrap();
    params.run(finder, &Exhaustive, SearchRecord::default(), &mut |_| {}).unwrap()
}

/// The decays with the branching fraction of one line times a factor.
fn scaled(line: &str, factor: f64) -> String {
    assert!(DECAYS.contains(line));
    let (fraction, rest) = line.split_once(' ').unwrap();
    DECAYS.replace(line, &format!("{:e} {rest}", factor * fraction.parse::<f64>().unwrap()))
}

/// The analysis of the antiparticles.
fn conjugate_analysis() -> String {
    ANALYSIS
        .replace(r#"[["K", 1], ["mu", 1], ["mu", -1]]"#, r#"[["K", -1], ["mu", -1], ["mu", 1]]"#)
        .replace(r#"parent = "B+""#, r#"parent = "B-""#)
        .replace(r#"["K+", "mu+", "mu-"]"#, r#"["K-", "mu-", "mu+"]"#)
}

#[test]
fn from_tables_to_a_ranking_with_errors() {
    let finder = finder(DECAYS, ANALYSIS);
    assert_eq!(finder.signal().name, "B+ -> K+ mu+ mu-");
    let kappa = finder.signal_overlap().kappas()[0];
    assert!((0.2..0.6).contains(&kappa), "{kappa}");
    assert!(finder.candidates().is_sorted_by(|a, b| a.upper_bound() >= b.upper_bound()));

    let ranking = search(&finder);
    assert_eq!(
        (ranking.asked.len(), ranking.n_candidates),
        (finder.candidates().len(), ranking.ranked.len())
    );
    assert!(ranking.ranked.is_sorted_by(|a, b| a.relevance.value >= b.relevance.value));
    for found in &ranking.ranked {
        let candidate = &finder.candidates()[found.candidate];
        let Relevance { value, statistical_error, upper_limit, .. } = found.relevance;
        assert!(0.0 <= value && value <= candidate.upper_bound() * (1.0 + 1e-12), "{}", candidate.name);
        assert!(value <= upper_limit && 0.0 <= statistical_error, "{}", candidate.name);
    }
    let leader = &finder.candidates()[ranking.leaders(1)[0].candidate];
    assert_eq!(leader.chain, find(&finder, "B+ -> (anti-D0 -> K+ mu- anti-nu_mu) pi+").chain);

    // The errors of both fractions in the comments of the table.
    let both = find(&finder, "B+ -> (anti-D0 -> K+ pi-) pi+").fraction;
    assert!((both.relative_error - (0.2_f64 / 4.6).hypot(0.01)).abs() < 1e-12 && !both.predicted);
}

#[test]
fn the_mass_spectrum_in_the_window_is_the_relevance() {
    let finder = finder(DECAYS, ANALYSIS);
    let candidate = find(&finder, "B+ -> (anti-D0 -> K+ pi-) pi+");
    let relevance = relevance(&finder, candidate, 50_000);
    let binning = Binning::uniform(10, 5.18, 5.38).unwrap();
    let (values, errors) = finder.mass_spectrum(candidate, &binning, 50_000).unwrap();
    let sum: f64 = values.iter().sum();
    let error = errors.iter().map(|e| e * e).sum::<f64>().sqrt().hypot(relevance.statistical_error);
    assert!((sum - relevance.value).abs() < 4.0 * error, "{sum}, {relevance:?}");
}

/// Checks that a candidate has the same events as in another world, where it happens `factor` times as often.
fn assert_scaled(here: (&Finder, &Candidate), there: &Finder, factor: f64) {
    let (finder, candidate) = here;
    let other = there.candidates().iter().find(|other| other.chain == candidate.chain).unwrap();
    assert!((other.scale / candidate.scale / factor - 1.0).abs() < 1e-12, "{}", candidate.name);
    let kappas = |finder: &Finder, candidate| finder.simulate(candidate, EVENTS, 0).unwrap().kappas();
    // What happens more often may have more assignments that matter.
    for (a, b) in kappas(finder, candidate).iter().zip(kappas(there, other)) {
        assert_eq!(*a, b, "{}", candidate.name);
    }
    let (a, b) = (relevance(finder, candidate, EVENTS), relevance(there, other, EVENTS));
    let is_same = candidate.assignments == other.assignments;
    let ratio = b.value / (factor * a.value);
    assert!(!is_same || a.value == b.value || (ratio - 1.0).abs() < 1e-12, "{}: {ratio}", candidate.name);
}

#[test]
fn a_relevance_is_proportional_to_its_branching_fractions() {
    let (rare, often) = (finder(DECAYS, ANALYSIS), finder(&scaled("0.0046 anti-D0 pi+", 2.0), ANALYSIS));
    for candidate in rare.candidates() {
        let daughters: Vec<&str> = candidate
            .chain
            .daughters()
            .iter()
            .map(|daughter| rare.table().name(daughter.particle()))
            .collect();
        let is_scaled = [["anti-D0", "pi+"], ["D0", "pi-"]].iter().any(|pair| daughters == pair);
        assert_scaled((&rare, candidate), &often, if is_scaled { 2.0 } else { 1.0 });
    }
}

#[test]
fn a_relevance_is_proportional_to_production() {
    let (rare, often) =
        (finder(DECAYS, ANALYSIS), finder(DECAYS, &ANALYSIS.replace(r#""B0" = 0.5"#, r#""B0" = 1.5"#)));
    for candidate in rare.candidates() {
        let is_neutral = rare.table().name(candidate.chain.particle()).ends_with("B0");
        assert_scaled((&rare, candidate), &often, if is_neutral { 3.0 } else { 1.0 });
    }
}

#[test]
fn antiparticles_fake_the_antisignal_alike() {
    let (plain, conjugate) = (finder(DECAYS, ANALYSIS), finder(DECAYS, &conjugate_analysis()));
    assert_eq!(plain.candidates().len(), conjugate.candidates().len());
    let kappas = [&plain, &conjugate].map(|finder| finder.signal_overlap().kappas()[0]);
    let kappa_error = (2.0 * (1.0 - kappas[0]) / (kappas[0] * common::SIGNAL_EVENTS as f64)).sqrt();
    for candidate in plain.candidates() {
        let chain = candidate.chain.conjugate(plain.table()).sorted();
        let other = conjugate.candidates().iter().find(|other| other.chain == chain).unwrap();
        let ratio = candidate.upper_bound() / other.upper_bound() * kappas[0] / kappas[1];
        assert!((ratio - 1.0).abs() < 1e-9, "{}: {ratio}", candidate.name);
        let (a, b) = (relevance(&plain, candidate, EVENTS), relevance(&conjugate, other, EVENTS));
        let error = a.statistical_error.hypot(b.statistical_error).hypot(kappa_error * a.value);
        // Where a handful of events pass, the limit of one is an error of the other.
        let tolerance = (4.5 * error).max(a.upper_limit - a.value).max(b.upper_limit - b.value);
        assert!((a.value - b.value).abs() < tolerance, "{}: {a:?}, {b:?}", candidate.name);
    }
}

#[test]
fn threads_change_nothing() {
    let on = |n_threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
        pool.install(|| {
            let finder = finder(DECAYS, ANALYSIS);
            (finder.candidates().to_vec(), finder.signal_overlap().clone(), search(&finder))
        })
    };
    assert_eq!(on(1), on(2));
}

#[test]
fn more_events_begin_with_the_same_ones() {
    let finder = finder(DECAYS, ANALYSIS);
    let candidate = find(&finder, "B+ -> (anti-D0 -> K+ pi-) pi+");
    let simulate = |n_events, round| finder.simulate(candidate, n_events, round).unwrap();
    assert_eq!(simulate(5000, 0), simulate(5000, 0));
    assert_ne!(simulate(5000, 0), simulate(5000, 1));
    // Sums only grow with more of them.
    let (few, many) = (simulate(3000, 0), simulate(9000, 0));
    assert!(many.n_effective() > few.n_effective());
    let (a, b) = (few.fraction(), many.fraction());
    assert!((a - b).abs() < 5.0 * few.error(), "{a}, {b}");
}

#[test]
fn without_any_selection_every_event_passes() {
    let finder = with(DECAYS, ANALYSIS, |detector, analysis| {
        detector.acceptance = Acceptance::new([f64::NEG_INFINITY, f64::INFINITY], 0.0, 0.0).unwrap();
        analysis.cuts.clear();
    });
    assert_eq!(finder.signal_overlap().kappas(), [1.0]);
    for candidate in finder.candidates() {
        let overlap: Overlap = finder.simulate(candidate, 500, 0).unwrap();
        assert!(overlap.kappas().iter().all(|kappa| *kappa == 1.0), "{}", candidate.name);
        let relevance = finder.relevance(candidate, &overlap);
        assert!((relevance.value / candidate.upper_bound() - 1.0).abs() < 1e-12, "{}", candidate.name);
        assert!(relevance.statistical_error < 1e-6 * relevance.value, "{}", candidate.name);
    }
}

/// B⁰ → K⁺π⁻ as K⁺K⁻: of fast particles the mass squared grows by (m_K² − m_π²)/x, where x is the pion's part of the momentum.
/// The decay prefers no direction, and x is uniform.
#[test]
fn a_swapped_track_shifts_the_mass_as_computed() {
    let text = r#"
[pid]
K = { K = 0.9 }
pi = { K = 0.03 }
[production]
"B0" = 1.0
[spectrum]
p0 = { beauty = 1000.0 }
eta = [3.0, 3.1]
[[analysis]]
name = "B0 -> K+ K-"
hyps = [["K", 1], ["K", -1]]
signal = { parent = "B0", branching_fraction = 1e-7, final = ["K+", "K-"] }
parents = ["B0"]
cuts = [{ of = [0, 1], window = [5.2, 5.33], keep = true }]
"#;
    let finder = with("Decay B0\n2e-5 K+ pi- PHSP;\nEnddecay\nCDecay anti-B0\n", text, |detector, _| {
        detector.acceptance = Acceptance::new([f64::NEG_INFINITY, f64::INFINITY], 0.0, 0.0).unwrap();
        detector.resolution = MomentumResolution::new(0.0).unwrap();
    });
    assert_eq!(finder.signal_overlap().kappas(), [1.0]);
    let candidate = find(&finder, "B0 -> K+ pi-");
    let n_events = 200_000;
    let overlap = finder.simulate(candidate, n_events, 0).unwrap();

    let parent = 5.2797_f64;
    let q = two_body_momentum(parent, mass::K_PLUS, 0.13957).unwrap();
    let least_x = (mass::K_PLUS.powi(2) - 0.13957_f64.powi(2)) / (5.33_f64.powi(2) - parent.powi(2));
    let largest_x = (q.hypot(0.13957) + q) / parent;
    let kappa = (largest_x - least_x) / (2.0 * q / parent);
    let error = (kappa * (1.0 - kappa) / n_events as f64).sqrt();
    assert!((overlap.kappas()[0] - kappa).abs() < 4.0 * error, "{:?}, expected {kappa}", overlap.kappas());
    // R = 2e-5 · 0.9 · 0.03 · κ / (1e-7 · 0.9²)
    let expected = 200.0 * 0.03 / 0.9 * kappa;
    let relevance = finder.relevance(candidate, &overlap);
    assert!(
        (relevance.value / expected - 1.0).abs() < 4.0 * error / kappa,
        "{relevance:?}, expected {expected}"
    );
}

#[test]
fn what_cannot_be_is_said() {
    let error = |decays: &str, text: &str| {
        let (detector, analysis) = common::analysis(text);
        hepsys_decays::FinderParams::new(common::table(decays), detector, analysis)
            .signal_events(1000)
            .check()
            .unwrap_err()
    };
    let unknown = error(DECAYS, &ANALYSIS.replace(r#"parent = "B+""#, r#"parent = "Bplus""#));
    assert!(matches!(unknown, DecaysError::UnknownParticle { .. }), "{unknown}");
    let no_signal = error(DECAYS, &ANALYSIS.replace("[5.18, 5.38]", "[7.0, 8.0]"));
    assert!(matches!(no_signal, DecaysError::NoSignal { n_events: 1000, .. }), "{no_signal}");
    let nothing = error(DECAYS, &ANALYSIS.replace("min_relevance = 1e-3", "min_relevance = 1e9"));
    assert!(matches!(nothing, DecaysError::NoCandidates { .. }), "{nothing}");
    let finder = finder(DECAYS, ANALYSIS);
    let chain = |text: &str| Chain::parse(text, finder.table()).unwrap();
    let once = BranchingFraction::listed(1.0);
    // Too few tracks, and a particle that is not produced.
    for text in ["B+ -> K+ pi0 pi0", "D0 -> K+ pi-"] {
        assert!(finder.candidate(&chain(text), once).is_err(), "{text}");
    }
    assert!(matches!(finder.candidate(&chain("B+ -> B0 pi+ pi+ pi-"), once), Err(DecaysError::Sim(_))));
    let again =
        finder.candidate(&chain("B+ -> pi+ (anti-D0 -> pi- K+)"), BranchingFraction::listed(0.5)).unwrap();
    assert_eq!(again.name, find(&finder, "B+ -> (anti-D0 -> K+ pi-) pi+").name);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn a_veto_never_adds_events(low in 0.2..4.0_f64, width in 0.05..2.0_f64, pair in 0..3_usize) {
        let of = [vec![0, 1], vec![1, 2], vec![0, 2]][pair].clone();
        let plain = finder(DECAYS, ANALYSIS);
        let vetoed = with(DECAYS, ANALYSIS, |_, analysis| {
            analysis.cuts.push(MassCut { of, window: [low, low + width], keep: false });
            analysis.reach[0].min_relevance = 0.1;
        });
        for candidate in vetoed.candidates().iter().take(10) {
            let (a, b) = (plain.simulate(candidate, 1000, 0).unwrap(), vetoed.simulate(candidate, 1000, 0).unwrap());
            for (a, b) in a.kappas().iter().zip(b.kappas()) {
                prop_assert!((0.0..=1.0 + 1e-12).contains(&b) && b <= *a, "{}: {} of {}", candidate.name, b, a);
            }
            prop_assert!(b.fraction() <= a.fraction());
        }
    }
}
