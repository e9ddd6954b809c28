//! The walk through a table finds exactly what a look at all chains finds.

use std::collections::{BTreeMap, BTreeSet};

use hepsys_decays::{
    AnalysisFile, Chain, DecayTable, DecaysError, FinderParams, ParticleId, ParticleTable, Reach, Track,
};
use proptest::prelude::*;

/// A parent, heavy enough for anything, two particles between it and the tracks, and one without decays.
const PARTICLES: &str = "\
name,antiparticle,pdg_id,mass,width,charge
B+,B-,521,30,0,1
B-,B+,-521,30,0,-1
X,X,9010221,5,0,0
Y+,Y-,9000211,1.3,0,1
Y-,Y+,-9000211,1.3,0,-1
stable,stable,9000111,0.1,0,0
K+,K-,321,0.493677,0,1
K-,K+,-321,0.493677,0,-1
pi+,pi-,211,0.13957,0,1
pi-,pi+,-211,0.13957,0,-1
mu-,mu+,13,0.105658,0,-1
mu+,mu-,-13,0.105658,0,1
gamma,gamma,22,0,0,0
";

const LEAVES: [&str; 7] = ["K+", "K-", "pi+", "pi-", "mu+", "mu-", "gamma"];

/// Decays of one particle: fractions and daughters.
type Modes = Vec<(f64, Vec<&'static str>)>;

/// One or two of some particles, and one or two that end a chain.
fn modes(some: &'static [&'static str], n: std::ops::RangeInclusive<usize>) -> impl Strategy<Value = Modes> {
    let daughters = (
        prop::collection::vec(prop::sample::select(some), 1..=2),
        prop::collection::vec(prop::sample::select(&LEAVES[..]), 1..=2),
    );
    let mode = (1e-3..1.0_f64, daughters).prop_map(|(fraction, (mut daughters, leaves))| {
        daughters.extend(leaves);
        (fraction, daughters)
    });
    prop::collection::vec(mode, n)
}

#[derive(Debug, Clone)]
struct World {
    decays: String,
    hypotheses: usize,
    reach: Reach,
}

fn world() -> impl Strategy<Value = World> {
    let above = &["X", "X", "X", "Y+", "Y-", "K+", "mu-", "quark", "stable"][..];
    let between = &["Y+", "Y-", "K-", "pi+", "mu+"][..];
    let reach = (0..4_usize, prop::option::of(3..9_usize), -4.0..0.0_f64);
    (modes(above, 2..=5), modes(between, 2..=5), modes(&LEAVES, 2..=4), 0..HYPOTHESES.len(), reach).prop_map(
        |(b, x, y, hypotheses, (extra_tracks, max_particles, log))| {
            let block = |name: &str, modes: &Modes| {
                let lines = modes.iter().map(|(f, daughters)| format!("{f} {} PHSP;\n", daughters.join(" ")));
                format!("Decay {name}\n{}Enddecay\n", lines.collect::<String>())
            };
            // And one that says nothing about tracks.
            let y = [y, vec![(0.5, Vec::new())]].concat();
            let decays = block("B+", &b) + "CDecay B-\n" + &block("X", &x) + &block("Y+", &y) + "CDecay Y-\n";
            let reach = Reach { extra_tracks, max_particles, min_relevance: 10.0_f64.powf(log) };
            World {
                decays: decays + "Decay K+\nEnddecay\nDecay mu+\nEnddecay\nDecay pi-\nEnddecay\n",
                hypotheses,
                reach,
            }
        },
    )
}

/// Three different ones, and two that are alike.
const HYPOTHESES: [(&str, &str); 2] = [
    (r#"[["K", 1], ["mu", 1], ["mu", -1]]"#, r#"["K+", "mu+", "mu-"]"#),
    (r#"[["K", 1], ["pi", -1], ["K", 1]]"#, r#"["K+", "K+", "pi-"]"#),
];

fn analysis(hypotheses: usize) -> String {
    let (hyps, daughters) = HYPOTHESES[hypotheses];
    format!(
        r#"
[pid]
K = {{ K = 0.90, pi = 0.06, mu = 0.006 }}
pi = {{ pi = 0.95, K = 0.03, mu = 0.0001 }}
mu = {{ mu = 0.97, pi = 0.03 }}
[production]
"B+" = 0.7
[spectrum]
p0 = {{ beauty = 7.0 }}
[[analysis]]
name = "brute force"
hyps = {hyps}
signal = {{ parent = "B+", branching_fraction = 0.01, final = {daughters} }}
parents = ["B+"]
"#
    )
}

/// All chains of a particle, each with its fraction: one for each choice of modes.
fn chains(table: &DecayTable, particle: ParticleId) -> Vec<(Chain, f64)> {
    if LEAVES.contains(&table.name(particle)) {
        return vec![(Chain::leaf(particle), 1.0)];
    }
    let mut all = Vec::new();
    for mode in table.modes(particle).iter().filter(|mode| !mode.daughters.is_empty()) {
        let mut ways = vec![(Vec::new(), mode.fraction.value)];
        for &daughter in &mode.daughters {
            let below = chains(table, daughter);
            ways = ways
                .iter()
                .flat_map(|(begun, f)| {
                    below.iter().map(move |(chain, g)| {
                        let mut longer: Vec<Chain> = begun.clone();
                        longer.push(chain.clone());
                        (longer, f * g)
                    })
                })
                .collect();
        }
        all.extend(ways.into_iter().map(|(daughters, fraction)| (Chain::new(particle, daughters), fraction)));
    }
    all
}

fn can_be(table: &DecayTable, chain: &Chain) -> bool {
    let mass = |chain: &Chain| table.properties(chain.particle()).map_or(0.0, |properties| properties.mass);
    let daughters = chain.daughters();
    daughters.is_empty()
        || (daughters.iter().map(mass).sum::<f64>() < mass(chain)
            && daughters.iter().all(|daughter| can_be(table, daughter)))
}

/// The probabilities of all ways to take three tracks for the hypotheses, without the orders of those that are alike, and whether each is
/// what it is taken for.
fn ways(
    tracks: &[(Track, i32)],
    hypotheses: &[(Track, i32)],
    probability: impl Fn(Track, Track) -> f64,
) -> Vec<(f64, bool)> {
    let mut found = BTreeMap::new();
    let n = tracks.len();
    for (i, j, k) in (0..n).flat_map(|i| (0..n).flat_map(move |j| (0..n).map(move |k| (i, j, k)))) {
        if i == j || j == k || i == k {
            continue;
        }
        let chosen = [i, j, k];
        let all = || chosen.iter().zip(hypotheses);
        if !all().all(|(&track, hypothesis)| tracks[track].1 == hypothesis.1) {
            continue;
        }
        let p: f64 = all().map(|(&track, hypothesis)| probability(tracks[track].0, hypothesis.0)).product();
        let is_identity = all().all(|(&track, hypothesis)| tracks[track].0 == hypothesis.0);
        let mut key: Vec<((Track, i32), usize)> = hypotheses.iter().copied().zip(chosen).collect();
        key.sort_unstable();
        if p > 0.0 {
            found.insert(key, (p, is_identity));
        }
    }
    found.into_values().collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn the_walk_finds_exactly_the_chains_that_reach_the_bound(world in world()) {
        let particles = ParticleTable::from_csv("particles.csv", PARTICLES).unwrap();
        let table = DecayTable::parse("decays.dec", &world.decays, &particles).unwrap();
        let mut file = AnalysisFile::parse("analysis.toml", &analysis(world.hypotheses)).unwrap();
        let mut analysis = file.analyses.remove(0);
        let (detector, hypotheses) = (file.detector, analysis.hypotheses.clone());
        let Reach { extra_tracks, max_particles, min_relevance } = world.reach;

        // What a relevance is measured in, from a search without a bound.
        let params = |analysis: &_| FinderParams::new(table.clone(), detector.clone(), Clone::clone(analysis)).signal_events(300);
        analysis.reach = vec![world.reach];
        let found = params(&analysis).check();
        analysis.reach = vec![Reach { extra_tracks: 9, max_particles: None, min_relevance: 1e-9 }];
        let unit = match params(&analysis).check() {
            Ok(finder) => 0.01 * finder.signal_overlap().fraction(),
            Err(error) => {
                prop_assert!(matches!(error, DecaysError::NoCandidates { .. }), "{}", error);
                let is_nothing = matches!(found, Err(DecaysError::NoCandidates { .. }));
                prop_assert!(is_nothing);
                return Ok(());
            }
        };

        let b = table.find("B+").unwrap();
        let mut signal: Vec<ParticleId> = [["K+", "mu+", "mu-"], ["K+", "K+", "pi-"]][world.hypotheses]
            .iter().map(|name| table.find(name).unwrap()).collect();
        signal.sort_unstable();
        let mut totals: BTreeMap<Chain, f64> = BTreeMap::new();
        let mut expected: BTreeSet<Chain> = BTreeSet::new();
        let mut is_close = false;
        for parent in [b, table.antiparticle(b)] {
            for (chain, fraction) in chains(&table, parent) {
                let leaves = chain.leaves();
                let tracks: Vec<_> = leaves.iter().filter_map(|&leaf| table.track(leaf)).collect();
                if tracks.len() > 3 + extra_tracks || max_particles.is_some_and(|most| leaves.len() > most) {
                    continue;
                }
                let ways = ways(&tracks, &hypotheses, |truth, hypothesis| detector.probability(truth, hypothesis));
                let best = ways.iter().map(|way| way.0).fold(0.0, f64::max);
                let relevance = fraction * best * 0.3_f64.powi(tracks.len() as i32 - 3) / unit;
                is_close |= (relevance / min_relevance - 1.0).abs() < 1e-9;
                // One line or order that reaches the least relevance brings all of them.
                let sorted = chain.sorted();
                *totals.entry(sorted.clone()).or_default() += fraction;
                if relevance >= min_relevance {
                    expected.insert(sorted);
                }
            }
        }
        // Rounding decides.
        prop_assume!(!is_close);
        let mut bounds: BTreeMap<Chain, [f64; 2]> = BTreeMap::new();
        for chain in expected {
            let fraction = totals[&chain];
            let mut leaves = chain.leaves();
            let tracks: Vec<_> = leaves.iter().filter_map(|&leaf| table.track(leaf)).collect();
            leaves.sort_unstable();
            let is_signal = chain.particle() == b && leaves == signal;
            let mut ways = ways(&tracks, &hypotheses, |truth, hypothesis| detector.probability(truth, hypothesis));
            ways.retain(|(_, is_identity)| !(is_signal && *is_identity));
            let scale = fraction * 0.3_f64.powi(tracks.len() as i32 - 3) / unit;
            let best = ways.iter().map(|way| way.0).fold(0.0, f64::max);
            let least = (1e-3 * best).min(min_relevance / scale);
            let bound: f64 = ways.iter().map(|way| way.0).filter(|p| *p >= least).sum();
            if !ways.is_empty() && can_be(&table, &chain) {
                bounds.insert(chain, [fraction, scale * bound]);
            }
        }
        let found = match found {
            Ok(finder) => finder.candidates().to_vec(),
            Err(DecaysError::NoCandidates { .. }) => Vec::new(),
            Err(error) => return Err(TestCaseError::fail(error.to_string())),
        };
        prop_assert_eq!(found.len(), bounds.len());
        for candidate in found {
            let Some([fraction, bound]) = bounds.get(&candidate.chain) else {
                return Err(TestCaseError::fail(format!("{} is no candidate", candidate.name)));
            };
            prop_assert!((candidate.fraction.value / fraction - 1.0).abs() < 1e-12, "{}", candidate.name);
            prop_assert!((candidate.upper_bound() / bound - 1.0).abs() < 1e-9, "{}", candidate.name);
        }
    }
}
