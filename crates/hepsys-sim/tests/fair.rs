//! The six nuisance parameters of the FAIR universe challenge.

mod common;

use common::{event, sample, stored, transverse_sums};
use hepsys_core::{Sample, Seed, Variation};
use hepsys_sim::TauEnergyScale;
use hepsys_sim::fair::{FairNuisance, FairNuisances, JetEnergyScale, ProcessNormalization, SoftMet};
use proptest::prelude::*;

/// The processes of a labelled sample that has them all.
const PROCESSES: [&str; 4] = ["htautau", "ztautau", "ttbar", "diboson"];

fn jet_scale() -> JetEnergyScale {
    JetEnergyScale::new(0.01).unwrap()
}

fn noise() -> SoftMet {
    SoftMet::new(Seed::new(3).named("soft"))
}

/// The largest difference between two samples with the same columns.
fn distance(a: &Sample, b: &Sample) -> f64 {
    assert_eq!(a.schema(), b.schema());
    let differences = a.columns().flatten().zip(b.columns().flatten()).map(|(a, b)| (a - b).abs());
    differences.fold(0.0, f64::max)
}

#[test]
fn the_nominal_sample_is_that_of_the_file() {
    let stored = stored();
    for variation in [&jet_scale() as &dyn Variation, &noise()] {
        let nominal = variation.vary(&stored, 0.0).unwrap();
        assert!(nominal.column("DER_mass_MMC").is_err());
        for name in nominal.schema().names() {
            for (found, expected) in nominal.column(name).unwrap().iter().zip(stored.column(name).unwrap()) {
                // As for the tau energy scale: seven digits, some of which differences lose.
                assert!(
                    (found - expected).abs() < 2e-7 * expected.abs() + 2e-5,
                    "{name}: {found} {expected}"
                );
            }
        }
    }
}

#[test]
fn jets_and_what_derives_from_them_scale() {
    let stored = stored();
    let varied = jet_scale().vary(&stored, 0.05).unwrap();
    let columns = ["PRI_jet_leading_pt", "PRI_jet_subleading_pt", "PRI_jet_all_pt", "DER_mass_jet_jet"];
    for name in columns {
        for (found, before) in varied.column(name).unwrap().iter().zip(stored.column(name).unwrap()) {
            let expected = if *before == -999.0 { -999.0 } else { 1.05 * before };
            // The mass is stored with seven digits.
            assert!((found - expected).abs() <= 2e-7 * expected.abs(), "{name}: {found} {expected}");
        }
    }
    assert_eq!(
        varied.column("DER_lep_eta_centrality").unwrap(),
        stored.column("DER_lep_eta_centrality").unwrap()
    );
}

#[test]
fn an_event_without_jets_stays_where_it_is() {
    let event = [40.0, 0.5, 1.0, 50.0, -0.5, -2.0, 30.0, 0.3];
    let mut all = [-999.0; 15];
    all[..8].copy_from_slice(&event);
    all[14] = 0.0;
    let nominal = sample(&[all]);
    let varied = jet_scale().vary(&nominal, 0.1).unwrap();
    let same = jet_scale().vary(&nominal, 0.0).unwrap();
    assert_eq!(varied, same);
}

#[test]
fn noise_grows_with_its_width_and_is_the_same_for_the_same_seed() {
    let stored = stored();
    let shift = |value: f64, seed: Seed| -> Vec<f64> {
        let varied = SoftMet::new(seed).vary(&stored, value).unwrap();
        let x = |s: &Sample, i: usize| {
            s.column("PRI_met").unwrap()[i] * s.column("PRI_met_phi").unwrap()[i].cos()
        };
        (0..stored.n_events()).map(|i| x(&varied, i) - x(&stored, i)).collect()
    };
    let (one, two) = (shift(1.0, Seed::new(3)), shift(2.0, Seed::new(3)));
    for (one, two) in one.iter().zip(two) {
        // Rounding of momenta near 100 GeV.
        assert!((2.0 * one - two).abs() < 1e-10);
    }
    assert_eq!(one, shift(1.0, Seed::new(3)));
    assert_ne!(one, shift(1.0, Seed::new(4)));
}

#[test]
fn noise_has_the_width_that_it_is_asked_for() {
    let n_events = 20_000;
    let event =
        [40.0, 0.5, 1.0, 50.0, -0.5, -2.0, 0.0, 0.0, -999.0, -999.0, -999.0, -999.0, -999.0, -999.0, 0.0];
    let varied = noise().vary(&sample(&vec![event; n_events]), 3.0).unwrap();
    let sum: f64 = varied.column("PRI_met").unwrap().iter().map(|met| met * met).sum();
    // Two components of variance 9; four standard deviations of their mean square.
    let expected = 18.0;
    assert!((sum / n_events as f64 - expected).abs() < 4.0 * expected / (n_events as f64).sqrt());
}

#[test]
fn what_no_variation_can_be_is_refused() {
    let events = stored();
    let error = noise().vary(&events, -1.0).unwrap_err().to_string();
    assert_eq!(error, "the width of the soft missing momentum must be finite and not negative, got -1");
    let error = jet_scale().vary(&events, -1.5).unwrap_err().to_string();
    assert_eq!(error, "a shift of the jet energy scale must be finite and above -1, got -1.5");
    let ttbar = ProcessNormalization::new("ttbar", 0.02).unwrap();
    let error = ttbar.vary(&events, f64::NAN).unwrap_err().to_string();
    assert_eq!(error, "a shift of the ttbar normalization must be finite and above -1, got NaN");
    assert!(ProcessNormalization::new("ttbar", 0.0).is_err());
}

#[test]
fn a_nuisance_without_its_process_is_dropped_with_the_reason() {
    let all = FairNuisances::for_processes(&PROCESSES);
    assert_eq!(all.kept(), FairNuisance::ALL);
    assert!(all.dropped().is_empty());

    let signal_only = FairNuisances::for_processes(&["ggH"]);
    assert_eq!(signal_only.kept(), [FairNuisance::Tes, FairNuisance::Jes, FairNuisance::SoftMet]);
    let dropped: Vec<String> = signal_only.dropped().iter().map(ToString::to_string).collect();
    assert_eq!(
        dropped,
        ["ttbar", "diboson", "background"]
            .map(|name| format!("{name} is dropped: it acts on none of the processes ggH"))
    );
    let none = FairNuisances::for_processes::<&str>(&[]);
    assert_eq!(none.dropped().len(), 6);
    assert_eq!(none.dropped()[0].reason(), "there are no processes");
}

#[test]
fn each_normalization_meets_its_own_process() {
    let nuisances = FairNuisances::for_processes(&PROCESSES).with_tau_mass(0.0);
    let events = stored();
    let total = events.weights().total();
    let values = [0.0, 0.0, 0.0, 0.02, -0.25, 0.001];
    for (process, expected) in
        [("htautau", 1.0), ("ztautau", 1.001), ("ttbar", 1.02 * 1.001), ("diboson", 0.75 * 1.001)]
    {
        let varied = nuisances.vary(process, &events, &values, &Seed::new(1)).unwrap();
        // Rounding.
        assert!((varied.weights().total() / total - expected).abs() < 1e-14, "{process}");
    }
    let error = nuisances.vary("ttbar", &events, &[0.0], &Seed::new(1)).unwrap_err().to_string();
    assert_eq!(error, "there are 6 nuisance parameters, but 1 values");
}

#[test]
fn drawn_values_follow_their_prior_within_its_range() {
    let n_draws = 4000;
    let mut stream = Seed::new(9).named("priors").stream();
    for nuisance in FairNuisance::ALL {
        let values: Vec<f64> = (0..n_draws).map(|_| nuisance.draw(&mut stream)).collect();
        let [smallest, largest] = nuisance.range();
        assert!(values.iter().all(|v| (smallest..=largest).contains(v)), "{nuisance}");
        let median = if nuisance == FairNuisance::SoftMet { 1.0 } else { 0.0 };
        let below = values.iter().filter(|v| **v < median).count() as f64;
        // Four standard deviations of a binomial number.
        assert!((below - 2000.0).abs() < 127.0, "{nuisance}: {below}");
        let sigma = nuisance.sigma();
        let inside = values.iter().filter(|v| match nuisance {
            FairNuisance::SoftMet => v.ln().abs() < sigma,
            _ => v.abs() < sigma,
        });
        // 68.27 % of 4000, and four times sqrt(4000 · 0.683 · 0.317) = 29.4.
        assert!((inside.count() as f64 - 2730.8).abs() < 118.0, "{nuisance}");
    }
}

proptest! {
    #[test]
    fn the_missing_momentum_takes_up_what_the_jets_gain(event in event(), value in -0.1..0.1_f64) {
        let nominal = sample(&[event]);
        let varied = jet_scale().vary(&nominal, value).unwrap();
        // Rounding of sums of a few hundred GeV.
        prop_assert!((transverse_sums(&varied, 0)[1] - transverse_sums(&nominal, 0)[1]).abs() < 1e-9);
    }

    #[test]
    fn the_order_of_tau_and_jets_does_not_matter(event in event(), tau in -0.1..0.1_f64, jets in -0.1..0.1_f64) {
        let nominal = sample(&[event]);
        let tau_scale = TauEnergyScale::new(0.01).unwrap();
        let one = jet_scale().vary(&tau_scale.vary(&nominal, tau).unwrap(), jets).unwrap();
        let other = tau_scale.vary(&jet_scale().vary(&nominal, jets).unwrap(), tau).unwrap();
        // Rounding of a few hundred GeV.
        prop_assert!(distance(&one, &other) < 1e-9);
    }
}
