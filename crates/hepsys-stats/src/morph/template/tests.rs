use hepsys_core::{Binning, Template};
use proptest::prelude::*;

use super::*;
use crate::morph::{NegativeYields, SplineEnds};

/// 21 knots and three bins of the shape that scores have: one rises, one falls, one turns.
fn score(morphing: Morphing) -> TemplateMorph {
    let knots: Vec<f64> = (0..21).map(|k| 0.08 * f64::from(k)).collect();
    let yields: Vec<[f64; 3]> = knots
        .iter()
        .map(|z| [100.0 * z.exp(), 50.0 * (-2.0 * z).exp(), 30.0 + 20.0 * (3.0 * z).sin()])
        .collect();
    let variances: Vec<[f64; 3]> = yields.iter().map(|y| y.map(|y| 0.01 * y)).collect();
    TemplateMorph::new("score", &knots, &yields, &variances, morphing).unwrap()
}

#[test]
fn it_is_exact_at_the_knots_with_their_variances() {
    for statistics in [KnotStatistics::SameEvents, KnotStatistics::Independent] {
        let morph = score(Morphing { statistics, ..Morphing::default() });
        for (k, &z) in morph.knots().iter().enumerate() {
            let there = morph.at(z).unwrap();
            assert_eq!(there.yields, morph.yields[3 * k..3 * k + 3]);
            for (v, expected) in there.variances.iter().zip(&morph.variances[3 * k..]) {
                assert!((v / expected - 1.0).abs() < 1e-12);
            }
        }
    }
}

#[test]
fn variances_between_knots_are_those_of_their_statistics() {
    // Two knots of equal variance: halfway the weights are one half each.
    for (statistics, expected) in [(KnotStatistics::SameEvents, 4.0), (KnotStatistics::Independent, 2.0)] {
        let morphing = Morphing { statistics, ..Morphing::default() };
        let morph = TemplateMorph::new("b", &[0.0, 1.0], &[[1.0], [2.0]], &[[4.0], [4.0]], morphing).unwrap();
        assert!((morph.at(0.5).unwrap().variances[0] - expected).abs() < 1e-14);
    }
}

#[test]
fn beyond_the_knots_it_refuses_or_goes_straight_on() {
    let morph = score(Morphing::default());
    let error = morph.at(1.7).unwrap_err().to_string();
    assert_eq!(error, "the nuisance parameter of \"score\" must be between 0 and 1.6, got 1.7");
    assert!(morph.at(f64::NAN).is_err());
    let morph = score(Morphing { beyond: Beyond::Linear, ..Morphing::default() });
    let (end, beyond) = (morph.at(1.6).unwrap(), morph.at(2.0).unwrap());
    for bin in 0..3 {
        assert!((beyond.yields[bin] - end.yields[bin] - 0.4 * end.slopes[bin]).abs() < 1e-10);
        assert_eq!((beyond.slopes[bin], beyond.curvatures[bin]), (end.slopes[bin], 0.0));
    }
}

#[test]
fn the_lowest_point_below_zero_is_told() {
    // A steep fall to nothing: the spline swings below zero right after it.
    let yields = [[9.0], [9.0], [0.0], [0.0], [0.0]];
    let knots = [0.0, 1.0, 2.0, 3.0, 4.0];
    let morph = TemplateMorph::new("b", &knots, &yields, &[[1.0]; 5], Morphing::default()).unwrap();
    let [low] = morph.negative() else { panic!("{:?}", morph.negative()) };
    let scanned = (0..=40_000).map(|i| morph.at(1e-4 * f64::from(i)).unwrap().yields[0]).fold(0.0, f64::min);
    assert!(low.value <= scanned && low.value > scanned - 1e-6 && (2.0..3.0).contains(&low.z), "{low:?}");
    let negative = NegativeYields::Lift { below: 0.01 };
    let lifted = Morphing { negative, ..Morphing::default() };
    let lifted = TemplateMorph::new("b", &knots, &yields, &[[1.0]; 5], lifted).unwrap();
    assert_eq!(lifted.negative(), morph.negative());
    assert!((0..=400).all(|i| lifted.at(0.01 * f64::from(i)).unwrap().yields[0] > 0.0));
    assert!(score(Morphing::default()).negative().is_empty());
}

#[test]
fn templates_have_to_share_their_bins() {
    let template = |n_bins: usize| {
        let binning = Binning::uniform(n_bins, 0.0, 1.0).unwrap();
        Template::new("s", binning, vec![1.0; n_bins], vec![1.0; n_bins]).unwrap()
    };
    let morph = |t: &[Template]| TemplateMorph::from_templates(&[0.0, 1.0], t, Morphing::default());
    assert_eq!(morph(&[template(2), template(2)]).unwrap().n_bins(), 2);
    let error = morph(&[template(2), template(3)]).unwrap_err().to_string();
    assert_eq!(error, "the bins of \"s\" at knot 1 must be those of knot 0, got other edges");
    assert!(morph(&[template(2)]).is_err());
    let bad = TemplateMorph::new("s", &[0.0, 1.0], &[[1.0], [2.0]], &[[1.0], [-1.0]], Morphing::default());
    let expected = "the variances of \"s\" at knot 1 must be finite and not negative, but value 0 is -1";
    assert_eq!(bad.unwrap_err().to_string(), expected);
}

proptest! {
    #[test]
    fn derivatives_match_finite_differences(
        z in 0.01..1.59_f64,
        natural in any::<bool>(),
        same in any::<bool>(),
    ) {
        let ends = if natural { SplineEnds::Natural } else { SplineEnds::NotAKnot };
        let statistics = if same { KnotStatistics::SameEvents } else { KnotStatistics::Independent };
        let morph = score(Morphing { ends, statistics, ..Morphing::default() });
        let step = 1e-5;
        for jets in [TemplateMorph::yield_jets, TemplateMorph::variance_jets] {
            let at = |z| jets(&morph, z).unwrap();
            let (above, there, below) = (at(z + step), at(z), at(z - step));
            for bin in 0..3 {
                // Third derivatives of up to 1e3 make 1e-7 of a central difference, and jump at knots, which makes 1e-2.
                let slope = (above[bin].value - below[bin].value) / (2.0 * step);
                prop_assert!((slope - there[bin].slope).abs() < 1e-5 * there[bin].slope.abs().max(10.0));
                let curvature = (above[bin].slope - below[bin].slope) / (2.0 * step);
                prop_assert!((curvature - there[bin].curvature).abs() < 2e-2 * there[bin].curvature.abs().max(10.0));
            }
        }
    }
}
