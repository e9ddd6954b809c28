//! Simulations of another program; `tests/reference/make_references.py` writes their values.

use std::path::Path;

use hepsys_core::Seed;
use hepsys_sim::{AngularDensity, AngularMoments, AngularObservables, BranchingRatioChannel, KstarMuMu};
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// How many standard deviations two simulations may differ by: one comparison in 16 000 by chance.
const LARGEST_PULL: f64 = 4.0;

#[derive(Deserialize)]
struct Reference<C> {
    case: Vec<C>,
}

fn reference<C: DeserializeOwned>(name: &str) -> Vec<C> {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference").join(name).with_extension("toml");
    toml::from_str::<Reference<C>>(&std::fs::read_to_string(path).unwrap()).unwrap().case
}

fn check(what: &str, found: f64, expected: f64, error: f64) {
    let pull = (found - expected) / error;
    assert!(pull.abs() < LARGEST_PULL, "{what}: {found}, expected {expected} ± {error}");
}

/// The error of the difference between two fractions of `n` and `m` decays.
fn fraction_error(fraction: f64, n: f64, m: f64) -> f64 {
    (fraction * (1.0 - fraction) * (1.0 / n + 1.0 / m)).sqrt()
}

#[derive(Deserialize)]
struct Channel {
    resonance_mass: f64,
    n_produced: f64,
    efficiency: f64,
    n_events: f64,
    means: [f64; 5],
    standard_deviations: [f64; 5],
    errors_of_standard_deviations: [f64; 5],
}

#[test]
fn features_and_efficiencies_of_channels_are_those_of_another_program() {
    let n = 100_000;
    for case in reference::<Channel>("branching_ratio") {
        let channel = BranchingRatioChannel::new(case.resonance_mass).unwrap();
        let seed = Seed::new(1).named("channel");
        let at = |what: &str| format!("{what} at {} GeV", case.resonance_mass);

        let efficiency = channel.efficiency(n, seed).unwrap();
        let error = fraction_error(case.efficiency, n as f64, case.n_produced);
        check(&at("efficiency"), efficiency, case.efficiency, error);

        let sample = channel.sample(n, seed).unwrap();
        let factor = 1.0 + case.n_events / n as f64;
        for (i, name) in BranchingRatioChannel::FEATURES.into_iter().enumerate() {
            let column = sample.column(name).unwrap();
            let mean = column.iter().sum::<f64>() / n as f64;
            let deviation = (column.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n as f64).sqrt();
            let error = case.standard_deviations[i] * (factor / case.n_events).sqrt();
            check(&at(&format!("mean of {name}")), mean, case.means[i], error);
            let error = case.errors_of_standard_deviations[i] * factor.sqrt();
            check(&at(&format!("width of {name}")), deviation, case.standard_deviations[i], error);
        }
    }
}

#[derive(Deserialize)]
struct Decays {
    dimuon_mass: f64,
    observables: [f64; 8],
    n_produced: f64,
    acceptance: f64,
    accepted_moments: [f64; 8],
    errors_of_moments: [f64; 8],
}

#[test]
fn what_a_detector_sees_of_angular_distributions_is_that_of_another_program() {
    let n = 200_000;
    for (i, case) in reference::<Decays>("kstar_mu_mu").into_iter().enumerate() {
        let density = AngularDensity::new(case.observables.into()).unwrap();
        let decays = KstarMuMu::new(case.dimuon_mass).unwrap();
        let events = decays.sample(&density, n, &mut Seed::new(2).index(i).stream());

        let acceptance = events.angles().len() as f64 / n as f64;
        let error = fraction_error(case.acceptance, n as f64, case.n_produced);
        check("acceptance", acceptance, case.acceptance, error);

        let moments = AngularMoments::of(events.angles()).unwrap();
        let [found, errors] = [*moments.observables(), moments.errors()].map(AngularObservables::to_array);
        for (k, name) in AngularObservables::NAMES.into_iter().enumerate() {
            let error = errors[k].hypot(case.errors_of_moments[k]);
            check(name, found[k], case.accepted_moments[k], error);
        }
    }
}
