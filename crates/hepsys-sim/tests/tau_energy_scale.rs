//! The tau energy scale on events whose derived columns are known.

mod common;

use common::{DER, PRI, event, sample, stored, transverse_sums};
use hepsys_core::Variation;
use hepsys_sim::TauEnergyScale;
use proptest::prelude::*;

fn scale() -> TauEnergyScale {
    TauEnergyScale::new(TauEnergyScale::UNCERTAINTY).unwrap()
}

#[test]
fn an_event_is_shifted_as_in_the_reference() {
    // Event 100000 of the challenge, whose momenta have three digits after the point; computed independently.
    let event = [
        32.638, 1.017, 0.381, 51.626, 2.273, -2.414, 16.824, -0.277, 67.435, 2.15, 0.444, 46.062, 1.24,
        -2.475, 113.497,
    ];
    let columns = ["PRI_tau_pt", "PRI_met", "PRI_met_phi"].into_iter().chain(DER).collect::<Vec<_>>();
    for (a, expected) in [
        (1.0, [32.638, 16.824, -0.277, 51.662, 97.825, 197.761, 1.582, 1.397]),
        (0.8, [26.110, 22.348, -0.097, 62.235, 87.506, 191.233, 1.977, 1.378]),
        (1.1, [35.902, 14.381, -0.416, 45.823, 102.597, 201.025, 1.438, 1.404]),
        (1.2, [39.166, 12.324, -0.607, 39.628, 107.156, 204.289, 1.318, 1.410]),
    ] {
        let varied = scale().vary(&sample(&[event]), a - 1.0).unwrap();
        for (name, expected) in columns.iter().zip(expected) {
            let found = varied.column(name).unwrap()[0];
            // The digits of the reference.
            assert!((found - expected).abs() < 1e-3, "{name} at {a}: {found}, not {expected}");
        }
        // 27.947 in the reference.
        assert!((transverse_sums(&varied, 0)[0] - 27.947).abs() < 1e-3);
    }
}

#[test]
fn the_nominal_sample_is_that_of_the_file() {
    let stored = stored();
    let nominal = scale().with_tau_mass(0.0).unwrap().vary(&stored, 0.0).unwrap();
    assert_eq!(nominal.n_features(), stored.n_features() - 1);
    assert!(nominal.column("DER_mass_MMC").is_err());
    for name in nominal.schema().names() {
        for (found, expected) in nominal.column(name).unwrap().iter().zip(stored.column(name).unwrap()) {
            // The file has seven digits; differences of numbers near 100 GeV lose some where little is left.
            assert!((found - expected).abs() < 2e-7 * expected.abs() + 1e-6, "{name}: {found} {expected}");
        }
    }
}

#[test]
fn columns_that_do_not_depend_on_the_tau_stay() {
    let stored = stored();
    let varied = scale().vary(&stored, 0.1).unwrap();
    for name in stored.schema().names().filter(|&name| name != "DER_mass_MMC") {
        let same = varied.column(name).unwrap() == stored.column(name).unwrap();
        let changes = DER.contains(&name) || ["PRI_tau_pt", "PRI_met", "PRI_met_phi"].contains(&name);
        assert_eq!(same, !changes, "{name}");
    }
    assert_eq!(varied.weights(), stored.weights());
}

#[test]
fn what_is_no_scale_is_refused() {
    let events = sample(&[[1.0; 15]]);
    for value in [-1.0, -2.0, f64::NAN, f64::INFINITY] {
        let error = scale().vary(&events, value).unwrap_err().to_string();
        assert_eq!(
            error,
            format!("a shift of the tau energy scale must be finite and above -1, got {value}")
        );
    }
    let error = scale().with_tau_mass(-0.1).unwrap_err().to_string();
    assert_eq!(error, "the mass of a tau must be finite and not negative, got -0.1");
    let without = events.select_features(&PRI[1..]).unwrap();
    let error = scale().vary(&without, 0.0).unwrap_err().to_string();
    assert!(error.starts_with("no feature \"PRI_tau_pt\"; the sample has PRI_tau_eta"), "{error}");
    for (stored, analysis, name) in [(0.0, 22.0, "stored cut"), (20.0, f64::NAN, "cut of the analysis")] {
        let error = TauEnergyScale::check_coverage(1.0, stored, analysis).unwrap_err().to_string();
        assert!(error.starts_with(&format!("the {name} must be positive and finite")), "{error}");
    }
}

proptest! {
    #[test]
    fn the_missing_momentum_takes_up_what_the_tau_gains(event in event(), value in -0.3..0.3_f64) {
        let nominal = sample(&[event]);
        let varied = scale().vary(&nominal, value).unwrap();
        for (a, b) in transverse_sums(&varied, 0).into_iter().zip(transverse_sums(&nominal, 0)) {
            // Rounding of sums of a few hundred GeV.
            prop_assert!((a - b).abs() < 1e-9);
        }
    }

    #[test]
    fn a_shift_and_its_inverse_give_the_nominal_sample(event in event(), value in -0.3..0.3_f64) {
        let nominal = scale().vary(&sample(&[event]), 0.0).unwrap();
        let back = scale().vary(&scale().vary(&nominal, value).unwrap(), 1.0 / (1.0 + value) - 1.0).unwrap();
        for (name, (a, b)) in nominal.schema().names().zip(nominal.columns().zip(back.columns())) {
            // Rounding of a few hundred GeV; an angle of a missing momentum is that divided by 20 GeV.
            prop_assert!((a[0] - b[0]).abs() < 1e-9, "{}: {} {}", name, a[0], b[0]);
        }
    }
}
