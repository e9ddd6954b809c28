//! The profile likelihood on the toy whose classifiers are known exactly: no network, no statistics.

mod common;

use std::f64::consts::PI;

use common::{Exact, SIGNAL, knots, logit_edges, nuisance, values};
use hepsys_paramclf::{
    CountTerm, Knowledge, Measurement, Morphing, ParamclfError, Process, ScoreBinning, TemplateMorph,
    Templates, Untrained,
};
use hepsys_sim::{ExactScore, GaussianPair};
use statrs::distribution::{ContinuousCDF, Normal};

/// Relative closeness.
fn close(found: f64, expected: f64, tolerance: f64) -> bool {
    (found / expected - 1.0).abs() < tolerance
}

fn logit40() -> Vec<f64> {
    logit_edges(&ScoreBinning::logit(40, 10.0).unwrap())
}

/// The z over which networks are augmented.
fn grid() -> Vec<f64> {
    values(0.0, PI / 2.0, 21)
}

/// μ, z, and the half widths of the interval of μ: optimal profiled, aware profiled, baseline profiled and at fixed z, the mixture
/// of all z at fixed z.
const WIDTHS: [(f64, f64, [f64; 5]); 6] = [
    (1.0, 0.25, [0.068, 0.068, 0.068, 0.0677, 0.0677]),
    (1.0, 0.375, [0.0681, 0.0682, 0.0758, 0.0745, 0.0746]),
    (1.0, 0.5, [0.0681, 0.0683, 0.1156, 0.1093, 0.1094]),
    (2.0, 0.25, [0.0881, 0.0882, 0.0881, 0.0878, 0.0878]),
    (2.0, 0.375, [0.0883, 0.0884, 0.0964, 0.0949, 0.0949]),
    (2.0, 0.5, [0.0883, 0.0884, 0.1363, 0.1291, 0.1292]),
];

#[test]
fn half_widths_are_those_of_the_analytic_engine() {
    let toy = GaussianPair::rotation();
    let edges = logit40();
    let baseline = Exact::frozen(&toy, ExactScore::Frozen { z: toy.nominal() }, &edges);
    let mixture = Exact::frozen(&toy, ExactScore::Mixture { z: grid() }, &edges);
    let aware = Exact::aware(&toy, &edges);
    let profiled = |exact: &Exact, mu: f64, z: f64| {
        let measurement = exact.measurement(&toy, &knots(), Measurement::params());
        let found = measurement.fit(&exact.asimov(mu, z)).unwrap();
        assert!(found.is_inside);
        // Near the angle of the score the likelihood is flat in z, and the prior draws z, and μ with it, by a twentieth of its error.
        assert!((found.mu - mu).abs() < 5e-3, "{} at {z}", found.mu);
        found.half_width().unwrap()
    };
    let fixed = |exact: &Exact, mu: f64, z: f64| {
        let measurement = exact.measurement(&toy, &knots(), Measurement::params());
        measurement.fit_at(&exact.asimov(mu, z), z).unwrap().half_width().unwrap()
    };
    for (mu, turn, expected) in WIDTHS {
        let z = turn * PI;
        let optimal = Exact::frozen(&toy, ExactScore::Frozen { z }, &edges);
        let found = [
            profiled(&optimal, mu, z),
            profiled(&aware, mu, z),
            profiled(&baseline, mu, z),
            fixed(&baseline, mu, z),
            fixed(&mixture, mu, z),
        ];
        // The table is rounded to three digits or more; profiles within 1 %, fixed z within half of that.
        for (i, (found, expected)) in found.into_iter().zip(expected).enumerate() {
            let tolerance = if i < 3 { 0.01 } else { 0.005 };
            assert!(close(found, expected, tolerance), "μ = {mu}, z = {turn} π, {i}: {found:.4} {expected}");
        }
    }
}

#[test]
fn ten_equal_bins_of_the_score_lose_a_quarter() {
    let toy = GaussianPair::rotation();
    let edges = logit_edges(&ScoreBinning::uniform_score(10).unwrap());
    let aware = Exact::aware(&toy, &edges).templates(&toy, &knots());
    let baseline = Exact::frozen(&toy, ExactScore::Frozen { z: toy.nominal() }, &edges);
    let baseline = baseline.templates(&toy, &knots());
    for (turn, expected) in [(0.25, 0.0867), (0.375, 0.0989), (0.5, 0.1507)] {
        let z = turn * PI;
        assert!(close(aware.fixed_z_width(z, 1.0).unwrap(), 0.0867, 0.005));
        assert!(close(baseline.fixed_z_width(z, 1.0).unwrap(), expected, 0.005));
    }
}

#[test]
fn a_constant_score_counts() {
    let toy = GaussianPair::rotation();
    let exact = Exact::frozen(&toy, ExactScore::Constant, &logit40());
    let measurement = exact.measurement(&toy, &knots(), Measurement::params());
    let found = measurement.fit_at(&exact.asimov(1.0, 1.0), 1.0).unwrap();
    // √(S + B)/S
    assert!((found.half_width().unwrap() - 0.4494).abs() < 1e-3);
}

#[test]
fn a_frozen_score_does_not_know_on_which_side_of_its_angle_the_truth_is() {
    // Its templates depend on the cosine of the distance.
    let toy = GaussianPair::rotation();
    let exact = Exact::frozen(&toy, ExactScore::Frozen { z: toy.nominal() }, &logit40());
    let measurement = exact.measurement(&toy, &knots(), Measurement::params());
    let found = measurement.fit(&exact.asimov(1.0, 0.375 * PI)).unwrap();
    let off = (found.z - toy.nominal()).abs();
    // The prior draws both towards the middle by a little.
    assert!((off - 0.125 * PI).abs() < 0.02, "{off}");
}

#[test]
fn an_auxiliary_histogram_replaces_the_prior() {
    let toy = GaussianPair::rotation();
    let bins = values(-1.0, 2.5, 5);
    // N(z, 0.5), 10⁵ events of weight 0.1, in four bins.
    let yields = |z: f64| -> Vec<f64> {
        let normal = Normal::new(z, 0.5).unwrap();
        bins.windows(2).map(|pair| 1e4 * (normal.cdf(pair[1]) - normal.cdf(pair[0]))).collect()
    };
    let rows: Vec<Vec<f64>> = knots().iter().map(|&z| yields(z)).collect();
    let variances: Vec<Vec<f64>> = rows.iter().map(|row| row.iter().map(|y| 0.1 * y).collect()).collect();
    let expected = TemplateMorph::new("auxiliary", &knots(), &rows, &variances, Morphing::default()).unwrap();
    for (turn, error) in [(0.25, 0.0056), (0.5, 0.0063)] {
        let z = turn * PI;
        let slope: Vec<f64> =
            yields(z + 1e-4).iter().zip(yields(z - 1e-4)).map(|(u, d)| (u - d) / 2e-4).collect();
        let information: f64 = slope.iter().zip(yields(z)).map(|(s, y)| s * s / y).sum();
        assert!((information.powf(-0.5) - error).abs() < 6e-5, "{}", information.powf(-0.5));
    }
    let params = || Measurement::params().knowledge(Knowledge::Histogram { expected: expected.clone() });
    let aware = Exact::aware(&toy, &logit40());
    let baseline = Exact::frozen(&toy, ExactScore::Frozen { z: toy.nominal() }, &logit40());
    let z = PI / 2.0;
    for (exact, expected) in [(&aware, 0.0677), (&baseline, 0.1132)] {
        let measurement = exact.measurement(&toy, &knots(), params());
        let found = measurement.fit(&exact.asimov(1.0, z).auxiliary(yields(z))).unwrap();
        assert!(close(found.half_width().unwrap(), expected, 0.01), "{:?}", found.half_width());
        assert_eq!(found.z_constraint(), None);
    }
}

#[test]
fn an_untrained_normalisation_costs_the_aware_classifier_nothing() {
    let toy = GaussianPair::rotation();
    let width = |exact: &Exact, z: f64, uncertainty: f64| {
        let mut params = Measurement::params();
        if uncertainty > 0.0 {
            let name = "background normalisation".to_owned();
            params = params.untrained(Untrained::Normalisation {
                name,
                process: Process::Background,
                uncertainty,
            });
        }
        let measurement = exact.measurement(&toy, &knots(), params);
        measurement.fit_at(&exact.asimov(1.0, z), z).unwrap().half_width().unwrap()
    };
    let aware = Exact::aware(&toy, &logit40());
    let baseline = Exact::frozen(&toy, ExactScore::Frozen { z: toy.nominal() }, &logit40());
    for (uncertainty, [of_aware, of_baseline]) in [
        (0.0, [0.0677, 0.1093]),
        (0.005, [0.0678, 0.1105]),
        (0.02, [0.0679, 0.1115]),
        (0.1, [0.0679, 0.1116]),
    ] {
        let z = PI / 2.0;
        assert!(close(width(&aware, z, uncertainty), of_aware, 0.005), "{uncertainty}");
        assert!(close(width(&baseline, z, uncertainty), of_baseline, 0.005), "{uncertainty}");
    }
}

#[test]
fn an_untrained_shape_widens_the_interval() {
    let toy = GaussianPair::rotation();
    let exact = Exact::aware(&toy, &logit40());
    let z = toy.nominal();
    let [_, background] = exact.yields(z, z);
    // A tilt of the background by five per cent from the first bin to the last.
    let tilted = |theta: f64| -> Vec<f64> {
        let n = background.len() as f64;
        background.iter().enumerate().map(|(i, y)| y * (1.0 + 0.05 * theta * (i as f64 / n - 0.5))).collect()
    };
    let thetas = [-8.0, 0.0, 8.0];
    let rows = thetas.map(tilted).to_vec();
    let zeros = vec![vec![0.0; background.len()]; 3];
    let yields = TemplateMorph::new("tilt", &thetas, &rows, &zeros, Morphing::default()).unwrap();
    let params = Measurement::params().untrained(Untrained::Shape {
        name: "tilt".into(),
        signal: None,
        background: Some(Box::new(yields)),
    });
    let with = exact.measurement(&toy, &knots(), params).fit_at(&exact.asimov(1.0, z), z).unwrap();
    let without = exact.measurement(&toy, &knots(), Measurement::params());
    let without = without.fit_at(&exact.asimov(1.0, z), z).unwrap();
    assert!((with.mu - 1.0).abs() < 1e-4);
    assert!(with.half_width() > without.half_width());
}

#[test]
fn two_points_beside_a_profile_quote_a_bias() {
    let toy = GaussianPair::rotation();
    let exact = Exact::frozen(&toy, ExactScore::Frozen { z: toy.nominal() }, &logit40());
    let measurement = exact.measurement(&toy, &knots(), Measurement::params().mu_range(-30.0, 30.0));
    let shifted = measurement.shifted(&exact.asimov(1.0, toy.nominal())).unwrap();
    assert!((shifted.mu - 1.0).abs() < 1e-4 && close(shifted.half_width.unwrap(), 0.0677, 0.005));
    // Templates depend on the cosine of the distance: both shifts are the same, and no small matter.
    assert!((shifted.up - shifted.down).abs() < 1e-3 * shifted.up.abs(), "{shifted:?}");
    assert!(shifted.up.abs() > 5.0 * shifted.half_width.unwrap(), "{shifted:?}");
}

#[test]
fn data_that_know_z_better_than_the_prior_are_reported() {
    let toy = GaussianPair::rotation();
    let truth = 0.375 * PI;
    let exact = Exact::frozen(&toy, ExactScore::Frozen { z: 0.0 }, &logit40());
    let measurement = exact.measurement(&toy, &knots(), Measurement::params());
    let found = measurement.fit(&exact.asimov(1.0, truth)).unwrap();
    assert!((found.z - truth).abs() < 1e-4, "{}", found.z);
    // 50 500 events fix the angle to a few thousandths.
    assert!(found.z_error().unwrap() < 0.005, "{:?}", found.z_error());
    let pull = found.z_pull().unwrap();
    assert!((pull - (truth - toy.nominal()) / 0.5).abs() < 1e-2, "{pull}");
    assert!(found.warnings()[0].contains("constrain z to 0.00"), "{:?}", found.warnings());
}

#[test]
fn the_likelihood_of_an_aware_score_is_a_fourth_power_of_the_angle() {
    // Its templates are the same at every angle, and a wrong angle moves the counts by the cosine of the error: to first order by nothing.
    let toy = GaussianPair::rotation();
    let exact = Exact::aware(&toy, &logit40());
    let free = Measurement::params().knowledge(Knowledge::Free);
    let measurement = exact.measurement(&toy, &knots(), free);
    let found = measurement.fit(&exact.asimov(1.0, 0.9)).unwrap();
    let (low, high) = (found.z_low.unwrap(), found.z_high.unwrap());
    assert!((0.5 * (low + high) - 0.9).abs() < 2e-3, "{low} {high}");
    let half = 0.5 * (high - low);
    assert!(half > 0.03 && half < 0.2, "{half}");
    // A quarter of the half width raises −2ΔlnL by 1/256 where a parabola would give 1/16.
    let rise = |z: f64| 2.0 * (measurement.fit_at(&exact.asimov(1.0, 0.9), z).unwrap().nll - found.nll);
    let quarter = rise(0.9 + 0.25 * half);
    assert!((quarter - 1.0 / 256.0).abs() < 1e-3, "{quarter}");
}

#[test]
fn a_scale_is_found_where_it_is_only_with_the_gamma_function() {
    let toy = GaussianPair::stretch();
    let knots = values(-0.35, 0.35, 29);
    for truth in [0.0, 0.1] {
        let exact = Exact::aware(&toy, &logit40());
        for term in [CountTerm::BakerCousins, CountTerm::Poisson] {
            let measurement = exact.measurement(&toy, &knots, Measurement::params().term(term));
            let found = measurement.fit(&exact.asimov(1.0, truth)).unwrap();
            // Counts of Asimov data are no integers; Stirling's next term moves the Poisson form by no more than this.
            assert!((found.mu - 1.0).abs() < 2e-3, "{term:?} {}", found.mu);
            assert!((found.z - truth).abs() < 2e-3, "{term:?} {}", found.z);
        }
        // Without what depends on the counts alone the lowest point is an end of the range.
        let dropped = |z: f64| {
            let [signal, background] = exact.yields(z, z);
            let counts = exact.asimov(1.0, truth).counts(z);
            let sum: f64 = signal
                .iter()
                .zip(background)
                .map(|(s, b)| s + b)
                .zip(counts)
                .map(|(nu, n)| nu - n * nu.ln())
                .sum();
            sum + 0.5 * (z / 0.1_f64).powi(2)
        };
        let lowest = knots.iter().copied().min_by(|a, b| dropped(*a).total_cmp(&dropped(*b))).unwrap();
        assert_eq!(lowest.abs(), 0.35, "truth {truth}");
    }
}

#[test]
fn ranges_and_points_that_make_no_sense_are_named() {
    let toy = GaussianPair::rotation();
    let templates: Templates = Exact::aware(&toy, &logit40()).templates(&toy, &knots());
    let error = Measurement::params().z_range(-1.0, 1.0).check(&templates).unwrap_err().to_string();
    assert!(
        error.starts_with("the range of \"z\" must be a range within that of the templates, 0 to 1.7"),
        "{error}"
    );
    let error = Measurement::params().mu_range(2.0, 2.0).check(&templates).unwrap_err().to_string();
    assert_eq!(error, "the range of μ must be not empty, got 2 to 2");
    let untrained = Untrained::Normalisation { name: "b".into(), process: Process::Signal, uncertainty: 0.0 };
    let error = Measurement::params().untrained(untrained).check(&templates).unwrap_err();
    assert!(matches!(error, ParamclfError::BadParameter { .. }), "{error}");
    assert_eq!(nuisance(&toy).name(), "z");
    assert_eq!(SIGNAL, 500.0);
}
