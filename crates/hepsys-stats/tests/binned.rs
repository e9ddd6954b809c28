//! Properties of binned models, on a model that has every modifier.

use hepsys_stats::Likelihood;
use hepsys_stats::hessian::Hessian;
use hepsys_stats::histfactory::{BinnedLikelihood, NormInterpolation, ShapeInterpolation};
use hepsys_stats::workspace::{Interpolation, Workspace, WorkspaceError};
use proptest::prelude::*;
use serde_json::{Value, json};

/// Two channels with all seven modifiers, some of them shared.
fn document() -> Value {
    json!({
        "channels": [
            {"name": "SR", "samples": [
                {"name": "signal", "data": [4.0, 6.0, 3.0], "modifiers": [
                    {"name": "mu", "type": "normfactor", "data": null},
                    {"name": "lumi", "type": "lumi", "data": null},
                    {"name": "jes", "type": "normsys", "data": {"lo": 0.93, "hi": 1.1}}]},
                {"name": "background", "data": [50.0, 30.0, 12.0], "modifiers": [
                    {"name": "lumi", "type": "lumi", "data": null},
                    {"name": "jes", "type": "histosys",
                     "data": {"lo_data": [48.0, 31.0, 11.0], "hi_data": [53.0, 29.5, 14.0]}},
                    {"name": "tilt", "type": "histosys",
                     "data": {"lo_data": [49.0, 30.0, 13.0], "hi_data": [51.5, 30.2, 11.5]}},
                    {"name": "mc", "type": "staterror", "data": [2.0, 1.5, 1.0]},
                    {"name": "shape", "type": "shapesys", "data": [5.0, 3.0, 0.0]}]},
                {"name": "fake", "data": [5.0, 4.0, 2.0], "modifiers": [
                    {"name": "mc", "type": "staterror", "data": [0.5, 0.6, 0.4]},
                    {"name": "free", "type": "shapefactor", "data": null}]}]},
            {"name": "CR", "samples": [
                {"name": "background", "data": [200.0, 90.0, 40.0], "modifiers": [
                    {"name": "scale", "type": "normfactor", "data": null},
                    {"name": "jes", "type": "normsys", "data": {"lo": 0.97, "hi": 1.02}}]},
                {"name": "fake", "data": [20.0, 15.0, 9.0], "modifiers": [
                    {"name": "free", "type": "shapefactor", "data": null}]}]}],
        "observations": [
            {"name": "SR", "data": [60.0, 41.0, 15.0]},
            {"name": "CR", "data": [215.0, 110.0, 52.0]}],
        "measurements": [{"name": "m", "config": {"poi": "mu", "parameters": [
            {"name": "lumi", "auxdata": [1.0], "sigmas": [0.02], "bounds": [[0.5, 1.5]], "inits": [1.0]}]}}],
        "version": "1.0.0"
    })
}

/// Reverses every list of three numbers: yields, variations, uncertainties and counts.
fn reverse_bins(value: &mut Value) {
    match value {
        Value::Array(list) if list.len() == 3 && list.iter().all(Value::is_number) => list.reverse(),
        Value::Array(list) => list.iter_mut().for_each(reverse_bins),
        Value::Object(map) => map.values_mut().for_each(reverse_bins),
        _ => {}
    }
}

fn workspace(document: &Value) -> Workspace {
    Workspace::parse(&document.to_string()).unwrap()
}

fn error(document: &Value) -> String {
    let parsed = Workspace::parse(&document.to_string());
    parsed.and_then(|w| w.model(None, Interpolation::default())).unwrap_err().to_string()
}

/// Parameters from numbers between −1 and 1: constrained ones around zero, factors around one.
fn point(likelihood: &BinnedLikelihood<'_>, uniform: &[f64]) -> Vec<f64> {
    likelihood
        .parameters()
        .iter()
        .zip(uniform)
        .map(|(p, u)| if p.init == 0.0 { 2.0 * u } else { 1.0 + 0.4 * u })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn gradient_and_hessian_are_derivatives_for_every_code(uniform in prop::collection::vec(-1.0..1.0_f64, 20), code in 0..3_usize) {
        let norm = [NormInterpolation::Linear, NormInterpolation::Exponential, NormInterpolation::PolynomialExponential][code];
        let shape = [ShapeInterpolation::Linear, ShapeInterpolation::Quadratic, ShapeInterpolation::PolynomialLinear][code];
        let (model, data) = workspace(&document()).model(None, Interpolation { norm, shape }).unwrap();
        let likelihood = BinnedLikelihood::new(&model, data);
        let n = model.parameters().len();
        let x = point(&likelihood, &uniform);
        let step = 1e-5;
        // A step over a kink of the linear codes would compare two slopes.
        prop_assume!(x.iter().all(|v| v.abs() > 2.0 * step && (v.abs() - 1.0).abs() > 2.0 * step));
        let (mut gradient, mut hessian) = (vec![0.0; n], Hessian::new(likelihood.couplings()));
        let value = likelihood.hessian(&x, &mut gradient, &mut hessian);
        prop_assert_eq!(value, likelihood.nll(&x));
        let (mut above, mut below) = (vec![0.0; n], vec![0.0; n]);
        for i in 0..n {
            let mut moved = x.clone();
            moved[i] = x[i] + step;
            let up = likelihood.gradient(&moved, &mut above);
            moved[i] = x[i] - step;
            let down = likelihood.gradient(&moved, &mut below);
            // Third derivatives of up to 10⁴ times step², and rounding of values of a hundred over the step.
            prop_assert!(((up - down) / (2.0 * step) - gradient[i]).abs() < 1e-5, "{i}");
            for k in 0..n {
                prop_assert!(((above[k] - below[k]) / (2.0 * step) - hessian.get(i, k)).abs() < 1e-4, "{i} {k}");
            }
        }
    }

    #[test]
    fn the_order_of_channels_samples_and_modifiers_changes_nothing(uniform in prop::collection::vec(-1.0..1.0_f64, 20), rotate in 0..6_usize) {
        let mut document = document();
        let straight = workspace(&document);
        let channels = document["channels"].as_array_mut().unwrap();
        channels.rotate_left(rotate % 2);
        for channel in channels {
            let samples = channel["samples"].as_array_mut().unwrap();
            let n = samples.len();
            samples.rotate_left(rotate % n);
            for sample in samples {
                sample["modifiers"].as_array_mut().unwrap().reverse();
            }
        }
        document["observations"].as_array_mut().unwrap().reverse();
        // Bins in the opposite order, in both channels at once, for `free` links them.
        let is_reversed = rotate >= 3;
        if is_reversed {
            reverse_bins(&mut document);
        }
        let turned = workspace(&document);
        let (a, data_a) = straight.model(None, Interpolation::default()).unwrap();
        let (b, data_b) = turned.model(None, Interpolation::default()).unwrap();
        prop_assert_eq!(a.parameters().len(), b.parameters().len());
        let (a, b) = (BinnedLikelihood::new(&a, data_a), BinnedLikelihood::new(&b, data_b));
        let x = point(&a, &uniform);
        let place = |name: &str| match name.split_once('[') {
            Some((block, bin)) if is_reversed => format!("{block}[{}]", 2 - bin[..1].parse::<usize>().unwrap()),
            _ => name.to_owned(),
        };
        let y: Vec<f64> = b.parameters().iter().map(|p| x[a.index_of(&place(&p.name)).unwrap()]).collect();
        // The same sums in another order.
        prop_assert!((a.nll(&x) - b.nll(&y)).abs() < 1e-10);
    }
}

#[test]
fn a_workspace_survives_its_json() {
    let workspace = workspace(&document());
    assert_eq!(Workspace::parse(&workspace.to_json().unwrap()).unwrap(), workspace);
    let mut broken = workspace;
    broken.observations[0].data[0] = f64::NAN;
    assert!(broken.to_json().unwrap_err().to_string().contains("NaN"));
}

#[test]
fn what_makes_no_sense_is_named_with_its_place() {
    let change = |pointer: &str, value: Value| {
        let mut document = document();
        *document.pointer_mut(pointer).unwrap() = value;
        error(&document)
    };
    let background = r#"channels[0] ("SR").samples[1] ("background")"#;
    for (found, expected) in [
        (
            change("/channels/0/samples/1/data", json!([1.0, 2.0])),
            format!("{background}.data: has 2 bins, expected 3"),
        ),
        (
            change("/channels/0/samples/1/modifiers/1/data/hi_data", json!([1.0])),
            format!("{background}.modifiers[1] (\"jes\", histosys).data.hi_data: has 1 values, expected 3"),
        ),
        (
            change("/channels/0/samples/1/modifiers/4/data/0", json!("x")),
            format!("{background}.modifiers[4] (\"shape\", shapesys).data[0]: expected a number"),
        ),
        (
            change("/channels/0/samples/0/modifiers/2/data/lo", json!(-0.1)),
            "have to be positive to interpolate".to_owned(),
        ),
        (change("/channels/0/samples/0/modifiers/2/type", json!("magic")), "\"magic\" is none of".to_owned()),
        (change("/channels/1/name", json!("SR")), "has the name \"SR\" of channels[0]".to_owned()),
        (change("/observations/0/name", json!("VR")), "observations: has none for channel \"SR\"".to_owned()),
        (
            change("/observations/0/data/1", json!(-1.0)),
            "observations[0].data[1]: is -1, expected a count".to_owned(),
        ),
        (
            change("/observations/0/data", json!([])),
            "observations[0].data: has 0 bins, expected 3".to_owned(),
        ),
        (change("/channels/0/samples/0/data", json!([])), "channels[0] (\"SR\"): has no bins".to_owned()),
        (change("/channels/0/samples", json!([])), "channels[0]: has no samples".to_owned()),
        (
            change("/measurements/0/config/poi", json!("nu")),
            "no scalar parameter is called \"nu\"".to_owned(),
        ),
        (change("/measurements", json!([])), "measurements: is empty".to_owned()),
        (change("/measurements/0/config/parameters", json!([])), "needs auxdata and sigmas".to_owned()),
        (
            change("/measurements/0/config/parameters/0/sigmas", json!([0.0])),
            "must be positive and finite, got 0".to_owned(),
        ),
        (
            change("/measurements/0/config/parameters/0/inits", json!([3.0])),
            "begins at 3 outside its bounds 0.5 to 1.5".to_owned(),
        ),
        (
            change("/measurements/0/config/parameters/0/auxdata", json!([1.0, 2.0])),
            "config.parameters[0] (\"lumi\").auxdata: has 2 values, expected 1".to_owned(),
        ),
        (change("/channels/0/samples/0/data/0", json!("four")), "channels[0].samples[0].data[0]".to_owned()),
        (change("/version", json!(1)), "version".to_owned()),
        (change("/version", json!("2.0.0")), "version: is \"2.0.0\", expected \"1.0.0\"".to_owned()),
    ] {
        assert!(found.contains(&expected), "\"{found}\" should say \"{expected}\"");
    }
    assert!(matches!(Workspace::parse("{"), Err(WorkspaceError::Json { .. })));
    assert!(
        Workspace::parse("{\"channel\": []}").unwrap_err().to_string().contains("unknown field `channel`")
    );
}

#[test]
fn a_bin_without_expectation_and_without_events_is_no_obstacle() {
    let mut document = document();
    for sample in 0..3 {
        *document.pointer_mut(&format!("/channels/0/samples/{sample}/data/2")).unwrap() = json!(0.0);
    }
    for key in ["lo_data", "hi_data"] {
        for modifier in [1, 2] {
            *document
                .pointer_mut(&format!("/channels/0/samples/1/modifiers/{modifier}/data/{key}/2"))
                .unwrap() = json!(0.0);
        }
    }
    *document.pointer_mut("/observations/0/data/2").unwrap() = json!(0.0);
    let (model, data) = workspace(&document).model(None, Interpolation::default()).unwrap();
    let fit = hepsys_stats::fit::Fitter::default().fit(&BinnedLikelihood::new(&model, data.clone()));
    assert!(fit.is_converged() && fit.nll.is_finite(), "{fit:?}");
    // An event where none can be is impossible, and said to be so.
    let mut impossible = data;
    impossible.counts[5] = 1.0;
    let fit = hepsys_stats::fit::Fitter::default().fit(&BinnedLikelihood::new(&model, impossible));
    assert!(!fit.is_converged(), "{fit:?}");
}
