//! A small world: particles, decays and an analysis to begin with.
#![allow(dead_code)] // Each test uses its part.

use hepsys_decays::{Analysis, AnalysisFile, DecayTable, Detector, Finder, FinderParams, ParticleTable};

pub(crate) const PARTICLES: &str = "\
name,antiparticle,pdg_id,mass,width,charge
B+,B-,521,5.2794,0,1
B-,B+,-521,5.2794,0,-1
B0,anti-B0,511,5.2797,0,0
anti-B0,B0,-511,5.2797,0,0
D+,D-,411,1.8697,0,1
D-,D+,-411,1.8697,0,-1
D0,anti-D0,421,1.8648,0,0
anti-D0,D0,-421,1.8648,0,0
K*0,anti-K*0,313,0.8955,0.0473,0
anti-K*0,K*0,-313,0.8955,0.0473,0
J/psi,J/psi,443,3.0969,0.0000926,0
rho0,rho0,113,0.7753,0.149,0
K+,K-,321,0.493677,0,1
K-,K+,-321,0.493677,0,-1
pi+,pi-,211,0.13957,0,1
pi-,pi+,-211,0.13957,0,-1
mu-,mu+,13,0.105658,0,-1
mu+,mu-,-13,0.105658,0,1
nu_mu,anti-nu_mu,14,0,0,0
anti-nu_mu,nu_mu,-14,0,0,0
pi0,pi0,111,0.13498,0,0
gamma,gamma,22,0,0,0
";

pub(crate) const DECAYS: &str = "\
Decay B+
0.0046 anti-D0 pi+ PHSP; # value 0.0046 +- 0.0002
0.022 anti-D0 mu+ nu_mu PHSP;
0.001 J/psi K+ PHSP;
0.00002 K*0 pi+ PHSP;
0.00004 K+ pi+ pi- PHSP;
Enddecay
CDecay B-
Decay B0
0.0025 D- pi+ PHSP;
0.021 D- mu+ nu_mu PHSP;
0.0013 J/psi K*0 PHSP;
0.00001 rho0 K*0 PHSP;
Enddecay
CDecay anti-B0
Decay D+
0.09 K- pi+ pi+ PHSP;
0.09 anti-K*0 mu+ nu_mu PHSP;
Enddecay
CDecay D-
Decay D0
0.04 K- pi+ PHSP; # value 0.04 +- 0.0004
0.035 K- mu+ nu_mu PHSP;
0.14 K- pi+ pi0 PHSP;
Enddecay
CDecay anti-D0
Decay K*0
0.667 K+ pi- PHSP;
Enddecay
CDecay anti-K*0
Decay J/psi
0.06 mu+ mu- PHSP;
Enddecay
Decay rho0
1 pi+ pi- PHSP;
Enddecay
";

pub(crate) const ANALYSIS: &str = r#"
[pid]
K = { K = 0.90, pi = 0.06, mu = 0.006 }
pi = { pi = 0.95, K = 0.03, mu = 0.006 }
mu = { mu = 0.97, pi = 0.03, K = 0.01 }
[production]
"B+" = 1.0
"B0" = 0.5
[spectrum]
p0 = { beauty = 7.0 }
[[analysis]]
name = "B+ -> K+ mu mu"
hyps = [["K", 1], ["mu", 1], ["mu", -1]]
signal = { parent = "B+", branching_fraction = 4.5e-7, final = ["K+", "mu+", "mu-"] }
parents = "beauty"
cuts = [{ of = [0, 1, 2], window = [5.18, 5.38], keep = true }, { of = [1, 2], window = [2.95, 3.18], keep = false }]
reach = [{ extra_tracks = 1, min_relevance = 1e-3 }]
"#;

/// Events of the signal that are enough for a test.
pub(crate) const SIGNAL_EVENTS: usize = 20_000;

pub(crate) fn table(decays: &str) -> DecayTable {
    DecayTable::parse("decays.dec", decays, &ParticleTable::from_csv("particles.csv", PARTICLES).unwrap())
        .unwrap()
}

/// The only analysis of a file, and the detector.
pub(crate) fn analysis(text: &str) -> (Detector, Analysis) {
    let mut file = AnalysisFile::parse("analysis.toml", text).unwrap();
    (file.detector, file.analyses.remove(0))
}

pub(crate) fn finder(decays: &str, text: &str) -> Finder {
    with(decays, text, |_, _| {})
}

/// A finder for an analysis that is changed before.
pub(crate) fn with(decays: &str, text: &str, change: impl FnOnce(&mut Detector, &mut Analysis)) -> Finder {
    let (mut detector, mut analysis) = analysis(text);
    change(&mut detector, &mut analysis);
    FinderParams::new(table(decays), detector, analysis).signal_events(SIGNAL_EVENTS).check().unwrap()
}
