//! Which order is enough, where the answer is known: $\log r = x(1 - e^{-\nu}) - \nu$ for the scale of an exponential.

mod common;

use common::{Scale, quantiles};
use hepsys_nplm::{Binning, NplmError, Region, TaylorParams, TaylorStudy};

const VALUES: [f64; 6] = [-2.0, -1.0, -0.5, 0.5, 1.0, 2.0];

fn study(sigma: f64, values: &[f64], expected: f64) -> Result<TaylorStudy, NplmError> {
    let everything = Region::new("everything", Vec::<String>::new())?;
    let binning = Binning::uniform(12, 0.0, 6.0)?;
    TaylorStudy::new(&quantiles(200_000), &Scale::new(sigma), &everything, ("x", &binning), values, expected)
}

#[test]
fn a_small_scale_is_linear_and_a_large_one_is_not() {
    // What first order misses is x ν²/2 ≈ ν²/2: 2000 events see 2000 (ν²/2)², which is one at ν = 0.21.
    assert_eq!(study(0.05, &VALUES, 2000.0).unwrap().sufficient_order(1.0, 1.0), Some(1));
    let large = study(0.3, &VALUES, 2000.0).unwrap();
    assert_eq!(large.sufficient_order(1.0, 1.0), Some(2));
    let missed: Vec<f64> = (1..=3).map(|order| large.missed(order)[4]).collect();
    assert!(missed[0] > 1.0 && missed[1] < 0.2 * missed[0] && missed[2] < missed[1], "{missed:?}");
    // Twice the events see twice as much.
    let twice = study(0.3, &VALUES, 4000.0).unwrap();
    assert!((twice.missed(1)[0] / large.missed(1)[0] - 2.0).abs() < 1e-9);
    assert_eq!(large.summary().blocks.len(), 2);
}

#[test]
fn too_few_values_are_an_error() {
    let unusable: [&[f64]; 5] = [
        &[-1.0, 1.0, 2.0],
        &[-1.0, 0.0, 1.0, 2.0],
        &[-1.0, 1.0, 2.0, f64::NAN],
        &[-1.0, 1.0, 1.0, 2.0],
        &[0.5, 1.0, 1.5, 2.0],
    ];
    for values in unusable {
        let error = study(0.1, values, 1.0).unwrap_err();
        assert!(
            error.to_string().contains("4 or more different ones on both sides of zero, finite"),
            "{error}"
        );
    }
}

#[test]
fn bins_without_events_are_left_out_and_emptied_ones_count() {
    let everything = Region::new("everything", Vec::<String>::new()).unwrap();
    let sample = quantiles(1000);
    let largest = sample.column("x").unwrap().iter().copied().fold(0.0, f64::max);
    // The last bin lies beyond every event; the one before it holds the outermost event, until the scale shrinks.
    let binning =
        Binning::new(vec![0.0, 0.9 * largest, 1.1 * largest, 9.0 * largest, 20.0 * largest]).unwrap();
    let study =
        TaylorStudy::new(&sample, &Scale::new(0.1), &everything, ("x", &binning), &VALUES, 1000.0).unwrap();
    let missed = study.missed(2);
    // The scale shrinks by a fifth at −2σ: one event is expected where none is left.
    assert!(missed[0] > 0.5, "{missed:?}");
    assert!(missed.iter().all(|m| m.is_finite()), "{missed:?}");
}

#[test]
fn the_quality_of_what_was_learnt_is_drawn_beside_the_variation() {
    let sample = quantiles(5000);
    let (scale, everything) = (Scale::new(0.1), Region::new("everything", Vec::<String>::new()).unwrap());
    let learnt = TaylorParams::new().order(2).learn(&sample, &scale, &everything, &common::run()).unwrap();
    let binning = Binning::uniform(6, 0.0, 3.0).unwrap();
    let figure = learnt.quality(&sample, &scale, &everything, ("x", &binning), 0.1).unwrap();
    let hepsys_core::summary::Layer::Points { y: varied, .. } = &figure.layers[0] else {
        panic!("{figure:?}")
    };
    let hepsys_core::summary::Layer::Curve { y: learnt, .. } = &figure.layers[1] else {
        panic!("{figure:?}")
    };
    // A bin of 5000 events holds some 500, and the network is smooth: two per cent.
    assert!(varied.iter().zip(learnt).all(|(v, l)| (v - l).abs() < 0.03), "{varied:?} {learnt:?}");
}
