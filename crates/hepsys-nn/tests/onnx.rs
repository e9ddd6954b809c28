//! Exported files say in another runtime what the network says here.
//!
//! Each file, with events and the outputs that they should have, is left in the folder `onnx` of Cargo's directory for
//! test files; `benches/peers/onnx_check.py` runs them in onnxruntime.

use std::path::Path;

use hepsys_core::{Feature, Seed};
use hepsys_nn::onnx::{Graph, Input, Output};
use hepsys_nn::{Activation, MlpShape, NnError};
use rand::RngExt;
use rten::Model;
use rten_tensor::Tensor;
use rten_tensor::prelude::*;
use serde_json::json;

const N_EVENTS: usize = 400;

/// Rounding in single precision, on outputs of order one.
const TOLERANCE: f64 = 1e-5;

/// A network on the inputs `x` and, if there is a boundary or a column for it, `z`.
struct Case {
    name: &'static str,
    shape: MlpShape,
    /// Of `x`, then of `z`.
    shifts: Vec<f64>,
    scales: Vec<f64>,
    has_z: bool,
    /// From here on in `z`, the second network is taken.
    boundary: Option<f64>,
    seed: Seed,
}

impl Case {
    fn new(name: &'static str, hidden: &[usize], n_outputs: usize, activation: Activation) -> Self {
        let shape = MlpShape::new(2, hidden, n_outputs, activation).unwrap();
        let seed = Seed::new(17).named(name);
        Self {
            name,
            shape,
            shifts: vec![50.0, 0.0],
            scales: vec![20.0, 2.5],
            has_z: false,
            boundary: None,
            seed,
        }
    }

    fn scaled(self, shifts: [f64; 2], scales: [f64; 2]) -> Self {
        Self { shifts: shifts.to_vec(), scales: scales.to_vec(), ..self }
    }

    fn with_z(mut self, shift: f64, scale: f64) -> Self {
        self.shifts.push(shift);
        self.scales.push(scale);
        let old = &self.shape;
        self.shape = MlpShape::new(3, old.hidden(), old.n_outputs(), old.activation()).unwrap();
        Self { has_z: true, ..self }
    }

    fn split_at(self, boundary: f64) -> Self {
        Self { boundary: Some(boundary), ..self }
    }

    /// Weights as they begin, and biases that are not zero.
    fn parameters(&self, name: &str) -> Vec<f64> {
        let seed = self.seed.named(name);
        let mut stream = seed.named("biases").stream();
        let mut parameters = self.shape.glorot_uniform(seed);
        for layer in self.shape.layers() {
            for bias in &mut parameters[layer.biases..layer.biases + layer.n_outputs] {
                *bias = stream.random::<f64>() - 0.5;
            }
        }
        parameters
    }

    fn graph(&self) -> Graph {
        let features = [Feature::new("pt", "GeV"), Feature::new("eta", "1")];
        let mut graph = Graph::named(self.name)
            .input(Input::new("x", features).scaled(&self.shifts[..2], &self.scales[..2]))
            .output("score", Output::Sigmoid)
            .output("logit", Output::Linear);
        if self.has_z {
            let z = Input::new("z", [Feature::new("tes", "1")]);
            graph = graph.input(z.scaled(&self.shifts[2..], &self.scales[2..]));
        }
        let first = self.parameters("first");
        match self.boundary {
            None => graph.network(&self.shape, &first),
            Some(from) => graph.choose("z", from, &self.shape, &first, &self.parameters("second")),
        }
    }

    /// Events within three scales of the shift; every tenth stands at the boundary.
    fn events(&self) -> Vec<Vec<f32>> {
        let mut stream = self.seed.named("events").stream();
        let event = |index: usize| {
            let scaling = self.shifts.iter().zip(&self.scales);
            let mut event: Vec<f32> = scaling
                .map(|(shift, scale)| (shift + scale * (6.0 * stream.random::<f64>() - 3.0)) as f32)
                .collect();
            if let (Some(boundary), 0) = (self.boundary, index % 10) {
                event[2] = boundary as f32;
            }
            event
        };
        (0..N_EVENTS).map(event).collect()
    }

    /// What the network makes of an event, in double precision.
    fn logits(&self, event: &[f32]) -> Vec<f64> {
        let is_second = self.boundary.is_some_and(|from| event[2] >= from as f32);
        let parameters = self.parameters(if is_second { "second" } else { "first" });
        let scaling = self.shifts.iter().zip(&self.scales);
        let mut values: Vec<f64> =
            event.iter().zip(scaling).map(|(x, (shift, scale))| (f64::from(*x) - shift) / scale).collect();
        for (index, layer) in self.shape.layers().enumerate() {
            if index > 0 {
                for value in &mut values {
                    *value = match self.shape.activation() {
                        Activation::Tanh => value.tanh(),
                        Activation::Sigmoid => sigmoid(*value),
                        Activation::Relu => value.max(0.0),
                        other => panic!("{other:?} has no reference"),
                    };
                }
            }
            let unit = |unit: usize| {
                let row = &parameters[layer.weights + unit * layer.n_inputs..][..layer.n_inputs];
                parameters[layer.biases + unit] + row.iter().zip(&values).map(|(w, v)| w * v).sum::<f64>()
            };
            values = (0..layer.n_outputs).map(unit).collect();
        }
        values
    }
}

fn sigmoid(value: f64) -> f64 {
    1.0 / (1.0 + (-value).exp())
}

fn cases() -> Vec<Case> {
    vec![
        Case::new("linear", &[], 1, Activation::Tanh),
        Case::new("tanh", &[16, 16], 1, Activation::Tanh),
        Case::new("sigmoid", &[7, 7], 1, Activation::Sigmoid),
        Case::new("relu", &[32], 3, Activation::Relu),
        Case::new("offsets", &[8], 1, Activation::Tanh).scaled([1e6 + 0.03, -3e5 - 0.003], [3.0, 0.7]),
        Case::new("aware", &[16, 16], 1, Activation::Tanh).with_z(0.785, 0.785),
        Case::new("split", &[16], 1, Activation::Relu).with_z(0.785, 0.785).split_at(0.785),
        Case::new("split_of_three", &[5, 4], 3, Activation::Tanh).with_z(1.0, 0.1).split_at(1.03),
    ]
}

/// Columns of the events, in rows.
fn input(events: &[Vec<f32>], columns: std::ops::Range<usize>) -> Vec<&[f32]> {
    events.iter().map(|event| &event[columns.clone()]).collect()
}

/// Outputs of the events by their names, each with so many columns, from another runtime.
fn run<const N: usize>(
    case: &Case,
    bytes: &[u8],
    events: &[Vec<f32>],
    outputs: [(&str, usize); N],
) -> [Vec<f64>; N] {
    let model = Model::load(bytes.to_vec()).unwrap();
    let tensor = |columns: std::ops::Range<usize>| {
        Tensor::from_data(&[events.len(), columns.len()], input(events, columns).concat()).into()
    };
    let mut inputs = vec![(model.node_id("x").unwrap(), tensor(0..2))];
    if case.has_z {
        inputs.push((model.node_id("z").unwrap(), tensor(2..3)));
    }
    let names = outputs.map(|(name, _)| model.node_id(name).unwrap());
    let mut columns = outputs.iter().map(|(_, n_columns)| *n_columns);
    model.run_n(inputs, names, None).unwrap().map(|output| {
        let output: Tensor<f32> = output.try_into().unwrap();
        assert_eq!(output.shape(), [events.len(), columns.next().unwrap()]);
        output.iter().map(|value| f64::from(*value)).collect()
    })
}

/// The file with events and outputs beside it, for other runtimes.
fn leave(case: &Case, bytes: &[u8], events: &[Vec<f32>], logits: &[Vec<f64>]) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("onnx");
    std::fs::create_dir_all(&folder).unwrap();
    let mut inputs = json!({ "x": input(events, 0..2) });
    if case.has_z {
        inputs["z"] = json!(input(events, 2..3));
    }
    let scores: Vec<Vec<f64>> =
        logits.iter().map(|event| event.iter().map(|logit| sigmoid(*logit)).collect()).collect();
    let outputs = json!({ "score": scores, "logit": logits });
    let reference = json!({ "inputs": inputs, "outputs": outputs, "tolerance": TOLERANCE });
    std::fs::write(folder.join(format!("{}.onnx", case.name)), bytes).unwrap();
    std::fs::write(folder.join(format!("{}.json", case.name)), reference.to_string()).unwrap();
}

#[test]
fn another_runtime_computes_the_same_outputs() {
    for case in cases() {
        let bytes = case.graph().check().unwrap().to_bytes();
        let events = case.events();
        let logits: Vec<Vec<f64>> = events.iter().map(|event| case.logits(event)).collect();
        leave(&case, &bytes, &events, &logits);

        // All events, and one alone: the number of events is free.
        for n_events in [N_EVENTS, 1] {
            let events = &events[..n_events];
            let n_outputs = case.shape.n_outputs();
            let [scores, found] = run(&case, &bytes, events, [("score", n_outputs), ("logit", n_outputs)]);
            let expected = logits[..n_events].concat();
            assert_eq!(found.len(), expected.len(), "{}", case.name);
            let mut largest = 0.0_f64;
            for ((score, logit), expected) in scores.iter().zip(&found).zip(&expected) {
                largest = largest.max((score - sigmoid(*expected)).abs()).max((logit - expected).abs());
            }
            println!("{}, {n_events} events: largest difference {largest:.1e}", case.name);
            assert!(largest < TOLERANCE, "{}: {largest:e}", case.name);
        }
    }
}

#[test]
fn the_two_networks_of_a_choice_differ_at_its_boundary() {
    let case = cases().into_iter().find(|case| case.name == "split").unwrap();
    let mut event = case.events().swap_remove(0);
    assert_eq!(event[2], 0.785);
    let at = case.logits(&event)[0];
    event[2] = event[2].next_down();
    // What the comparison above would miss if the boundary moved by one event.
    assert!((case.logits(&event)[0] - at).abs() > 100.0 * TOLERANCE);
}

#[test]
fn outputs_between_two_numbers_and_mixtures_are_those_of_their_formulas() {
    for case in cases() {
        let n_outputs = case.shape.n_outputs();
        let (low, high) = (0.8, 1.2);
        let coefficients: Vec<f64> = [0.7, -1.1, 2.3].into_iter().take(n_outputs).collect();
        let graph = case.graph().output("between", Output::Between(low, high));
        let graph = graph.output("mixture", Output::Mixture(coefficients.clone()));
        let events = case.events();
        let bytes = graph.check().unwrap().to_bytes();
        let [between, mixture] = run(&case, &bytes, &events, [("between", n_outputs), ("mixture", 1)]);
        for (event, values) in events.iter().enumerate() {
            let logits = case.logits(values);
            for (found, logit) in between[event * n_outputs..].iter().zip(&logits) {
                let expected = low + (high - low) * sigmoid(*logit);
                assert!((found - expected).abs() < TOLERANCE, "{}: {found} {expected}", case.name);
            }
            let exponentials: Vec<f64> = logits.iter().map(|logit| logit.exp()).collect();
            let weighted = exponentials.iter().zip(&coefficients).map(|(e, c)| e * c).sum::<f64>();
            let expected = weighted / exponentials.iter().sum::<f64>();
            assert!((mixture[event] - expected).abs() < TOLERANCE, "{}: {expected}", case.name);
        }
        // Whatever the network says, neither leaves its range.
        let inside = |range: (f64, f64)| move |x: &f64| (range.0 - 1e-6..=range.1 + 1e-6).contains(x);
        assert!(between.iter().all(inside((low, high))), "{}", case.name);
        let lowest = coefficients.iter().fold(f64::INFINITY, |a, b| a.min(*b));
        let highest = coefficients.iter().fold(f64::NEG_INFINITY, |a, b| a.max(*b));
        assert!(mixture.iter().all(inside((lowest, highest))), "{}", case.name);
    }
}

/// A softmax computed as it is written would overflow in single precision beyond 88.
#[test]
fn a_mixture_of_large_outputs_is_the_coefficient_of_the_largest() {
    let shape = MlpShape::new(1, &[], 2, Activation::Tanh).unwrap();
    let x = Input::new("x", [Feature::new("x", "1")]);
    let graph = Graph::named("steep").input(x).network(&shape, &[400.0, -400.0, 0.0, 0.0]);
    let graph = graph.output("mixture", Output::Mixture(vec![0.8, 1.2]));
    let model =
        Model::load(graph.output("between", Output::Between(0.8, 1.2)).check().unwrap().to_bytes()).unwrap();
    let x = Tensor::from_data(&[3, 1], vec![-1.0_f32, 0.0, 1.0]);
    let names = ["mixture", "between"].map(|name| model.node_id(name).unwrap());
    let [mixture, between] = model.run_n(vec![(model.node_id("x").unwrap(), x.into())], names, None).unwrap();
    let [mixture, between] = [mixture, between].map(|output| {
        let output: Tensor<f32> = output.try_into().unwrap();
        output.iter().copied().collect::<Vec<f32>>()
    });
    assert_eq!(mixture, [1.2, 1.0, 0.8]);
    assert_eq!(between, [0.8, 1.2, 1.0, 1.0, 1.2, 0.8]);
}

#[test]
fn coefficients_that_do_not_fit_or_are_not_finite_are_refused() {
    let case = Case::new("relu", &[4], 3, Activation::Relu);
    let refused = |output| case.graph().output("w", output).check().unwrap_err();
    for n_coefficients in [0, 2, 4] {
        let error = refused(Output::Mixture(vec![1.0; n_coefficients]));
        let NnError::LengthMismatch { ref what, expected: 3, found } = error else { panic!("{error}") };
        assert_eq!((what.as_str(), found), ("coefficients of the output \"w\"", n_coefficients));
    }
    // 1e39 is a number in double precision only.
    for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e39] {
        for output in [
            Output::Between(number, 1.0),
            Output::Between(0.0, number),
            Output::Mixture(vec![1.0, number, 0.0]),
        ] {
            let error = refused(output).to_string();
            let expected = "a coefficient of the output \"w\" must be finite in single precision";
            assert!(error.starts_with(expected), "{error}");
        }
    }
}
