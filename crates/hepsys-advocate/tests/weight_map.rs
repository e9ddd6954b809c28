//! Weight maps in the hands of other programs.

mod common;

use common::{normal, question, simulation};
use hepsys_advocate::{Device, Direction, Found, Grid, Method, Run, Sample, Steps, WeightMap};
use rten_tensor::prelude::*;

fn found(method: Method) -> (Found, Sample) {
    let simulation = simulation(4000, 1.0);
    let steps = Steps { pretraining: 60, update: 30, direct: 200, ..Steps::default() };
    let params = question().methods([method]).directions([Direction::Up]).steps(steps).seeds(1);
    let worst = params.check().unwrap().search(&simulation, &Run::on(Device::flex()).seed(2)).unwrap();
    (worst.furthest(Direction::Up).unwrap().clone(), normal(500, &[0.5], 9))
}

#[test]
fn another_runtime_computes_the_same_weights() {
    for method in [Method::Lagrangian, Method::Direct] {
        let (found, events) = found(method);
        let weights = found.map.weights(&events).unwrap();
        let model = rten::Model::load(found.map.onnx().unwrap().to_bytes()).unwrap();
        let x: Vec<f32> = events.column("x").unwrap().iter().map(|&x| x as f32).collect();
        let input = rten_tensor::NdTensor::from_data([events.n_events(), 1], x);
        let output = model.run_one(input.view().into(), None).unwrap();
        let output: rten_tensor::NdTensor<f32, 2> = output.try_into().unwrap();
        assert_eq!(output.shape(), [events.n_events(), 1]);
        for (ours, theirs) in weights.iter().zip(output.iter()) {
            // Single precision.
            assert!((ours - f64::from(*theirs)).abs() < 2e-6, "{method:?} {ours} {theirs}");
        }
        assert!(weights.iter().any(|w| (w - weights[0]).abs() > 0.05));
    }
}

#[test]
fn a_map_survives_a_file_and_a_damaged_one_is_refused() {
    let (found, events) = found(Method::Direct);
    let json = serde_json::to_string(&found.map).unwrap();
    let again: WeightMap = serde_json::from_str(&json).unwrap();
    assert_eq!(again.weights(&events).unwrap(), found.map.weights(&events).unwrap());
    let alpha = serde_json::to_value(&found.map).unwrap()["alpha"].clone();
    let mut value = serde_json::to_value(&found.map).unwrap();
    value["alpha"] = serde_json::json!([alpha[0], alpha[1], 1.0]);
    let error = serde_json::from_value::<WeightMap>(value).unwrap_err().to_string();
    assert!(error.contains("the coefficients of a weight map must be 2, got 3"), "{error}");
    let mut value = serde_json::to_value(&found.map).unwrap();
    value["parameters"].as_array_mut().unwrap().pop();
    let error = serde_json::from_value::<WeightMap>(value).unwrap_err().to_string();
    assert!(error.contains("the parameters of a weight map"), "{error}");
}

/// What is done to a file.
type Change = dyn Fn(&mut serde_json::Value);

/// A map of one feature and two functions, as it stands in a file.
fn file() -> serde_json::Value {
    serde_json::json!({
        "features": [{"name": "x", "unit": "GeV"}],
        "standardizer": {"features": [{"name": "x", "shift": 1.0, "scale": 2.0}]},
        "shape": {"n_inputs": 1, "hidden": [], "n_outputs": 2, "activation": "tanh"},
        "parameters": [1.0, -1.0, 0.0, 0.0],
        "head": "softmax",
        "alpha": [0.8, 1.2],
    })
}

#[test]
fn files_that_do_not_fit_together_are_refused() {
    let read = |change: &Change| {
        let mut file = file();
        change(&mut file);
        serde_json::from_value::<WeightMap>(file).map_err(|error| error.to_string())
    };
    assert!(read(&|_| ()).is_ok());
    const MOST: usize = usize::MAX / 2;
    let changes: [(&Change, &str); 6] = [
        (&|map| map["shape"]["hidden"] = serde_json::json!([MOST, MOST]), "no memory holds the parameters"),
        (&|map| map["head"] = serde_json::json!("sigmoid"), "the outputs of a network with a sigmoid"),
        (&|map| map["standardizer"]["features"] = serde_json::json!([]), "the scaling of x must be there"),
        (&|map| map["standardizer"]["features"][0]["scale"] = serde_json::json!(0.0), "cannot be scaled"),
        (&|map| map["beta"] = serde_json::json!([0.1]), "the coefficients of a contamination"),
        (
            &|map| {
                map["features"] = serde_json::json!([{"name": "x"}, {"name": "x"}]);
                map["shape"]["n_inputs"] = serde_json::json!(2);
                map["parameters"] = serde_json::json!([1.0, 1.0, -1.0, -1.0, 0.0, 0.0]);
            },
            "feature \"x\" appears twice",
        ),
    ];
    for (change, expected) in changes {
        let error = read(change).unwrap_err();
        assert!(error.contains(expected), "{error} and not {expected}");
    }
}

#[test]
fn a_network_that_overflows_has_no_weight() {
    let mut file = file();
    file["parameters"] = serde_json::json!([1e308, 1e308, 0.0, 0.0]);
    let map: WeightMap = serde_json::from_value(file).unwrap();
    let error = map.weights(&normal(3, &[50.0], 1)).unwrap_err().to_string();
    assert_eq!(error, "the weight of event 0 must be finite, got NaN");
}

#[test]
fn a_histogram_of_the_map_moves_efficiencies_as_the_map_does() {
    let (found, _) = found(Method::Direct);
    let events = normal(20_000, &[1.0], 11);
    let grid = Grid::uniform(["x"], 60, -3.0, 5.0).unwrap();
    let histogram = found.map.histogram(&grid, &events).unwrap();
    assert_eq!(histogram.entries.iter().sum::<usize>(), 20_000);
    let mean = |weights: &[f64]| weights.iter().sum::<f64>() / weights.len() as f64;
    let exact = mean(&found.map.weights(&events).unwrap());
    let x = events.column("x").unwrap();
    let binned = mean(&x.iter().map(|x| histogram.weight_at(&[*x])).collect::<Vec<_>>());
    // The same events fill and read the bins.
    assert!((exact - binned).abs() < 1e-9, "{exact} {binned}");
    let csv = histogram.to_csv();
    assert_eq!(csv.lines().next().unwrap(), "x_low,x_high,weight,entries");
    assert_eq!(csv.lines().count(), 61);
}
