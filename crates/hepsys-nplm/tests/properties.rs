//! What holds for every sample: symmetries, limits, and what the definition promises.

mod common;

use common::{exact_scale, exponential, gaussian, run, sample, weighted};
use hepsys_nplm::{
    Auxiliary, Converged, Nplm, NplmParams, NuisanceParameter, Nuisances, Optimizer, Paper, Precision,
    Sample, Status, Weights,
};
use proptest::prelude::*;

fn converged(starts: usize, tolerance: f64) -> Optimizer {
    Optimizer::Converged(Converged { starts, tolerance, ..Converged::default() })
}

/// $f(x) = a + b x$: one minimum, wherever the search begins.
fn linear() -> NplmParams {
    Nplm::params().hidden_layers([]).optimizer(converged(1, 1e-14))
}

fn scale_and_norm(sigma: f64) -> Nuisances {
    Nuisances::none().normalisation(gaussian("norm", sigma)).shape(gaussian("scale", sigma), exact_scale())
}

/// The sample as it is expected to be at these nuisance parameters, to second order.
fn at(reference: &Sample, scale: f64, norm: f64) -> Sample {
    let weights = reference.column("x").unwrap().iter().zip(reference.weights().iter());
    let weights: Vec<f64> =
        weights.map(|(x, w)| w * (norm + (x - 1.0) * scale - 0.5 * x * scale * scale).exp()).collect();
    reference.clone().with_weights(Weights::new(weights).unwrap()).unwrap()
}

#[test]
fn statistic_vanishes_when_data_equal_the_reference() {
    let reference = weighted(&exponential(1000, "reference"), 0.5);
    let fit = Nplm::params()
        .weight_clip(9.0)
        .optimizer(converged(1, 1e-12))
        .nuisances(scale_and_norm(0.15))
        .check()
        .unwrap()
        .fit(&reference, &reference, &Auxiliary::nominal(), &run())
        .unwrap();
    // Rounding of a thousand terms that cancel.
    assert!(fit.delta().abs() < 1e-11, "{}", fit.delta());
    // The minimum is f = 0 everywhere; the search ends where the gradient is below 1e-6.
    assert!(fit.tau().abs() < 1e-6, "{}", fit.tau());
    assert!(fit.log_ratio(&reference).unwrap().iter().all(|f| f.abs() < 1e-3));
}

#[test]
fn nuisances_that_were_put_in_come_out() {
    let reference = weighted(&exponential(2000, "reference"), 1.0);
    let data = at(&reference, 0.12, -0.07);
    // Without constraint the shift explains everything; with one, so it does if the auxiliary measurements agree.
    let free = Nuisances::none()
        .normalisation(NuisanceParameter::free("norm"))
        .shape(NuisanceParameter::free("scale"), exact_scale());
    let agreeing = Auxiliary::nominal().measured("scale", 0.12).measured("norm", -0.07);
    for (nuisances, auxiliary) in [(free, Auxiliary::nominal()), (scale_and_norm(0.05), agreeing)] {
        let fit = linear()
            .nuisances(nuisances)
            .check()
            .unwrap()
            .fit(&reference, &data, &auxiliary, &run())
            .unwrap();
        for ((name, found), expected) in fit.nuisances_of_the_reference().zip([-0.07, 0.12]) {
            assert!((found - expected).abs() < 1e-8, "{name}: {found}, expected {expected}");
        }
        // There is nothing left for the network.
        assert!(fit.test_statistic().value().abs() < 1e-6, "{fit:?}");
        assert!(fit.tau() > 10.0, "{}", fit.tau());
    }
}

#[test]
fn statistic_does_not_depend_on_the_order_of_events() {
    let reference = weighted(&exponential(1500, "reference"), 0.2);
    let data = exponential(320, "data");
    let reversed = |sample: &Sample| sample.take(&(0..sample.n_events()).rev().collect::<Vec<_>>()).unwrap();
    let t = |reference: &Sample, data: &Sample| {
        let test = linear().nuisances(scale_and_norm(0.05)).check().unwrap();
        test.fit(reference, data, &Auxiliary::nominal(), &run()).unwrap().test_statistic().value()
    };
    // Sums in another order are rounded differently.
    let difference = t(&reference, &data) - t(&reversed(&reference), &reversed(&data));
    assert!(difference.abs() < 1e-9, "{difference}");
}

#[test]
fn an_event_counts_as_two_of_half_its_weight() {
    let reference = weighted(&exponential(700, "reference"), 0.4);
    let halves = weighted(&reference.concat(&reference).unwrap(), 0.2);
    let data = exponential(300, "data");
    let test = linear().nuisances(scale_and_norm(0.1)).check().unwrap();
    let t = |reference: &Sample| {
        test.fit(reference, &data, &Auxiliary::nominal(), &run()).unwrap().test_statistic().value()
    };
    assert!((t(&reference) - t(&halves)).abs() < 1e-9);
}

#[test]
fn threads_change_no_bit() {
    let reference = weighted(&exponential(6000, "reference"), 0.2);
    let data = exponential(1210, "data");
    let test = Nplm::params()
        .weight_clip(9.0)
        .optimizer(Optimizer::Converged(Converged { starts: 2, max_evaluations: 60, ..Converged::default() }))
        .nuisances(scale_and_norm(0.05))
        .check()
        .unwrap();
    let fit = || test.fit(&reference, &data, &Auxiliary::nominal(), &run()).unwrap();
    // On a thread of a pool, where toys run, the kernel walks through its blocks; elsewhere it spreads them.
    let walked = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap().install(fit);
    let spread = fit();
    assert_eq!(walked.test_statistic().value().to_bits(), spread.test_statistic().value().to_bits());
    assert_eq!(walked.network(), spread.network());
    assert_eq!(walked.starts(), spread.starts());
}

#[test]
fn more_starts_never_lower_tau_and_leave_the_first_ones_as_they_were() {
    let reference = weighted(&exponential(2000, "reference"), 0.2);
    let data = exponential(410, "data");
    let fit = |starts| {
        let test = Nplm::params().weight_clip(9.0).optimizer(converged(starts, 1e-6)).check().unwrap();
        test.fit(&reference, &data, &Auxiliary::nominal(), &run()).unwrap()
    };
    let (two, three) = (fit(2), fit(3));
    assert_eq!(two.starts(), &three.starts()[..2]);
    assert!(two.tau() <= three.tau());
    let best = three.starts().iter().map(|s| s.tau.unwrap()).fold(f64::NEG_INFINITY, f64::max);
    let certificate = three.certificate().unwrap();
    // Differences of numbers of order ten.
    assert!((three.tau() - best - certificate.gain).abs() < 1e-12);
    assert!(certificate.gain >= 0.0);
}

#[test]
fn the_end_is_a_minimum_for_sure_and_says_so() {
    let reference = weighted(&exponential(4000, "reference"), 0.25);
    let data = exponential(1000, "data");
    let fit = |converged: Converged| {
        let test =
            Nplm::params().weight_clip(3.0).optimizer(Optimizer::Converged(converged)).check().unwrap();
        test.fit(&reference, &data, &Auxiliary::nominal(), &run()).unwrap()
    };
    let certified = fit(Converged::default());
    let certificate = certified.certificate().unwrap();
    assert_eq!(certificate.status, Status::SmallGradient);
    // What the search calls converged.
    assert!(certificate.distance.unwrap() <= 1e-11 && certificate.n_hessians <= 20);
    // Without Newton's steps nothing is certified, and what was found is no better.
    let plain = fit(Converged { newton_steps: 0, ..Converged::default() });
    assert!(plain.certificate().is_none());
    assert!(plain.tau() <= certified.tau());
}

#[test]
fn paper_mode_goes_downhill_and_stays_in_the_box() {
    let reference = weighted(&exponential(2000, "reference"), 0.2);
    // Ten times the expected number: what the network would need lies outside of so small a box.
    let data = exponential(4000, "data");
    let after = |epochs| {
        let test = Nplm::params()
            .weight_clip(0.4)
            .optimizer(Optimizer::Paper(Paper { epochs, learning_rate: 1e-2, ..Paper::default() }))
            .check()
            .unwrap();
        test.fit(&reference, &data, &Auxiliary::nominal(), &run()).unwrap()
    };
    let (early, late) = (after(5), after(200));
    assert!(early.tau() < late.tau(), "{} and {}", early.tau(), late.tau());
    assert!(late.network().iter().all(|w| w.abs() <= 0.4));
    assert!(late.network().iter().any(|w| w.abs() == 0.4));
    assert_eq!(late.starts()[0].status, Status::Exhausted);
    // One evaluation an epoch, and one of the result.
    assert_eq!(late.starts()[0].n_evaluations, 201);
}

#[test]
fn converged_mode_ends_above_paper_mode_in_a_convex_problem() {
    let reference = weighted(&exponential(2000, "reference"), 0.2);
    let data = exponential(430, "data");
    let tau = |optimizer| {
        let test = linear().weight_clip(9.0).optimizer(optimizer).check().unwrap();
        test.fit(&reference, &data, &Auxiliary::nominal(), &run()).unwrap().tau()
    };
    let adam = tau(Optimizer::Paper(Paper { epochs: 2000, learning_rate: 1e-3, ..Paper::default() }));
    let box_lbfgs = tau(converged(1, 1e-12));
    assert!(adam <= box_lbfgs + 1e-9, "{adam} and {box_lbfgs}");
    // A thousandth of a unit of t: after 2000 steps of 1e-3 Adam circles around the minimum.
    assert!(box_lbfgs - adam < 1e-3, "{adam} and {box_lbfgs}");
}

#[test]
fn search_in_single_precision_ends_at_the_same_maximum() {
    let reference = weighted(&exponential(2000, "reference"), 0.2);
    let data = exponential(430, "data");
    let fit = |precision| {
        let optimizer = Optimizer::Converged(Converged { starts: 1, precision, ..Converged::default() });
        let test = linear().optimizer(optimizer).nuisances(scale_and_norm(0.1)).check().unwrap();
        test.fit(&reference, &data, &Auxiliary::nominal(), &run()).unwrap()
    };
    let (single, double) = (fit(Precision::Single), fit(Precision::Double));
    // The value is computed in double precision where the search ended, so it is never above the maximum. The search
    // sees its loss, a sum of 400 events' weights, to six or seven digits: it can end that far below the maximum.
    assert!(single.tau() <= double.tau() + 1e-9);
    assert!((single.tau() - double.tau()).abs() < 1e-4, "{} and {}", single.tau(), double.tau());
    assert_ne!(single.network(), double.network());
    assert_eq!(single.delta(), double.delta());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// At ν = 0 the loss is zero whatever the auxiliary measurements say, so its minimum is not above; and f = 0 is a line.
    #[test]
    fn delta_is_never_negative_and_a_line_never_loses_to_it(
        sigma in 0.02..0.5_f64,
        scale in -0.3..0.3_f64,
        norm in -0.3..0.3_f64,
        n_data in 100_usize..200,
    ) {
        let reference = weighted(&exponential(300, "reference"), 0.5);
        let auxiliary = Auxiliary::nominal().measured("scale", scale).measured("norm", norm);
        let fit = linear()
            .nuisances(scale_and_norm(sigma))
            .check()
            .unwrap()
            .fit(&reference, &exponential(n_data, "data"), &auxiliary, &run())
            .unwrap();
        prop_assert!(fit.delta() >= 0.0);
        prop_assert!(fit.tau() >= fit.delta() - 1e-9, "{} and {}", fit.tau(), fit.delta());
    }

    /// A normalisation and the yield of the reference are the same thing, seen from two sides.
    #[test]
    fn yield_of_the_reference_and_normalisation_compensate(factor in 0.5..2.0_f64) {
        let reference = exponential(300, "reference");
        let data = sample(exponential(260, "data").column("x").unwrap().to_vec());
        let nu = |weight: f64| {
            let free = Nuisances::none().normalisation(NuisanceParameter::free("norm"));
            let test = linear().nuisances(free).check().unwrap();
            let fit = test.fit(&weighted(&reference, weight), &data, &Auxiliary::nominal(), &run()).unwrap();
            fit.nuisances_of_the_reference().next().unwrap().1
        };
        prop_assert!((nu(factor) + factor.ln() - nu(1.0)).abs() < 1e-9);
    }
}
