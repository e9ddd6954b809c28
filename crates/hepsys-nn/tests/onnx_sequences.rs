//! Exported networks on sequences say in another runtime what the kernel says here, in double precision.

use hepsys_core::{Feature, Seed};
use hepsys_nn::NnError;
use hepsys_nn::onnx::{Graph, Input, Output};
use hepsys_nn::sequence::{Branch, Rows, SequenceKernel, SequenceShape};
use rand::RngExt;
use rten::Model;
use rten_tensor::Tensor;
use rten_tensor::prelude::*;

const N_EVENTS: usize = 300;

/// Rounding in single precision, on outputs of order one.
const TOLERANCE: f64 = 1e-5;

/// Every kind of layer: sequences of different lengths, one of one object and without convolutions.
fn shape() -> SequenceShape {
    let branches = [
        Branch::new("clusters", 3, 4, &[5, 6], 3),
        Branch::new("tracks", 2, 1, &[], 2),
        Branch::new("segments", 1, 3, &[2], 1),
    ];
    SequenceShape::new(branches, 2, &[7, 4], 3).unwrap()
}

fn parameters(shape: &SequenceShape) -> Vec<f64> {
    let mut random = Seed::new(4).stream();
    (0..shape.n_parameters()).map(|_| random.random_range(-0.8..0.8)).collect()
}

/// An input and its values, event by event, before they are scaled.
struct Case {
    name: String,
    input: Input,
    extents: Vec<usize>,
    shifts: Vec<f64>,
    scales: Vec<f64>,
    /// A feature that the network is not shown.
    ignored: Option<usize>,
    values: Vec<f32>,
}

impl Case {
    fn new(
        name: &str,
        length: Option<usize>,
        shifts: &[f64],
        scales: &[f64],
        ignored: Option<usize>,
    ) -> Self {
        let feature = |index| format!("{name}_{index}");
        let features = (0..shifts.len()).map(|index| Feature::new(feature(index), "GeV"));
        let input = match length {
            Some(length) => Input::sequence(name, length, features),
            None => Input::new(name, features),
        };
        let extents: Vec<usize> = length.into_iter().chain([shifts.len()]).collect();
        let mut random = Seed::new(9).named(name).stream();
        let n_values = N_EVENTS * extents.iter().product::<usize>();
        let value = |index: usize| {
            let feature = index % shifts.len();
            (shifts[feature] + scales[feature] * random.random_range(-2.0..2.0)) as f32
        };
        Self {
            name: name.to_owned(),
            input: input.scaled(shifts, scales).ignoring(ignored.map(feature)),
            extents,
            shifts: shifts.to_vec(),
            scales: scales.to_vec(),
            ignored,
            values: (0..n_values).map(value).collect(),
        }
    }

    /// One event as the network sees it: all objects' first feature, then their second.
    fn seen(&self, event: usize) -> Vec<f64> {
        let n_values = self.extents.iter().product::<usize>();
        let values = &self.values[event * n_values..][..n_values];
        let n_features = self.shifts.len();
        let scaled = |feature: usize, value: f32| {
            let is_ignored = self.ignored == Some(feature);
            if is_ignored { 0.0 } else { (f64::from(value) - self.shifts[feature]) / self.scales[feature] }
        };
        (0..n_features)
            .flat_map(|feature| {
                values.iter().skip(feature).step_by(n_features).map(move |value| scaled(feature, *value))
            })
            .collect()
    }

    fn tensor(&self, n_events: usize) -> Tensor<f32> {
        let extents: Vec<usize> = [n_events].into_iter().chain(self.extents.iter().copied()).collect();
        Tensor::from_data(&extents, self.values[..extents.iter().product()].to_vec())
    }
}

fn cases() -> Vec<Case> {
    vec![
        // Not in the order of the sequences, and flat features on both sides of them.
        Case::new("tracks", Some(1), &[0.0, 1e6 + 0.03], &[500.0, 3.0], None),
        Case::new("mass", None, &[91.0], &[5.0], None),
        Case::new("clusters", Some(4), &[0.0, -0.2, 3.0], &[500.0, 1.0, 5.0], Some(2)),
        Case::new("segments", Some(3), &[0.0], &[10.0], None),
        Case::new("phi", None, &[0.1], &[3.0], None),
    ]
}

/// What the network says of each event, `[n_outputs][n_events]`.
fn expected(shape: &SequenceShape, cases: &[Case]) -> Vec<Vec<f64>> {
    let of = |name: &str| cases.iter().find(|case| case.extents.len() == 2 && case.name == name).unwrap();
    let mut values = Vec::new();
    for event in 0..N_EVENTS {
        for branch in shape.branches() {
            values.extend(of(&branch.name).seen(event));
        }
        for case in cases.iter().filter(|case| case.extents.len() == 1) {
            values.extend(case.seen(event));
        }
    }
    let rows = Rows::<f64>::from_events(shape.n_columns(), values).unwrap();
    SequenceKernel::new(shape.clone()).outputs(&parameters(shape), &rows).unwrap()
}

fn graph(shape: &SequenceShape, cases: &[Case]) -> Graph {
    let graph = Graph::named("sequences").sequence_network(shape, &parameters(shape));
    let graph = graph.output("scores", Output::Softmax).output("logits", Output::Linear);
    cases.iter().fold(graph, |graph, case| graph.input(case.input.clone()))
}

fn run(model: &Model, cases: &[Case], n_events: usize) -> [Vec<f64>; 2] {
    let inputs =
        cases.iter().map(|case| (model.node_id(&case.name).unwrap(), case.tensor(n_events).into())).collect();
    let names = ["scores", "logits"].map(|name| model.node_id(name).unwrap());
    model.run_n(inputs, names, None).unwrap().map(|output| {
        let output: Tensor<f32> = output.try_into().unwrap();
        assert_eq!(output.shape()[0], n_events);
        output.iter().map(|value| f64::from(*value)).collect()
    })
}

fn largest_difference(shape: &SequenceShape, cases: &[Case]) -> f64 {
    let model = Model::load(graph(shape, cases).check().unwrap().to_bytes()).unwrap();
    let expected = expected(shape, cases);
    let mut largest = 0.0_f64;
    // All events, and one alone: the number of events is free.
    for n_events in [N_EVENTS, 1] {
        let [scores, logits] = run(&model, cases, n_events);
        for event in 0..n_events {
            let of_event: Vec<f64> = expected.iter().map(|output| output[event]).collect();
            let sum: f64 = of_event.iter().map(|f| f.exp()).sum();
            for (k, &logit) in of_event.iter().enumerate() {
                let at = event * of_event.len() + k;
                largest = largest.max((logits[at] - logit).abs()).max((scores[at] - logit.exp() / sum).abs());
            }
        }
    }
    largest
}

#[test]
fn another_runtime_computes_the_same_outputs() {
    let largest = largest_difference(&shape(), &cases());
    println!("largest difference {largest:.1e}");
    assert!(largest < TOLERANCE, "{largest:e}");
}

#[test]
fn a_network_without_sequences_is_dense() {
    let shape = SequenceShape::new([], 2, &[16, 8], 3).unwrap();
    let cases: Vec<Case> = cases().into_iter().filter(|case| case.extents.len() == 1).collect();
    let largest = largest_difference(&shape, &cases);
    assert!(largest < TOLERANCE, "{largest:e}");
}

#[test]
fn a_network_of_one_sequence_alone_needs_nothing_else() {
    let shape = SequenceShape::new([Branch::new("segments", 1, 3, &[2], 4)], 0, &[], 2).unwrap();
    let cases: Vec<Case> = cases().into_iter().filter(|case| case.name == "segments").collect();
    let largest = largest_difference(&shape, &cases);
    assert!(largest < TOLERANCE, "{largest:e}");
}

#[test]
fn what_is_ignored_does_not_matter() {
    let (shape, mut cases) = (shape(), cases());
    let model = Model::load(graph(&shape, &cases).check().unwrap().to_bytes()).unwrap();
    let before = run(&model, &cases, N_EVENTS);
    let clusters = cases.iter_mut().find(|case| case.ignored.is_some()).unwrap();
    clusters.values.iter_mut().skip(2).step_by(3).for_each(|value| *value = 1e6 - *value);
    assert_eq!(run(&model, &cases, N_EVENTS), before);
    clusters_matter(&model, cases, &before);
}

/// That the test above would see another feature.
fn clusters_matter(model: &Model, mut cases: Vec<Case>, before: &[Vec<f64>; 2]) {
    let clusters = cases.iter_mut().find(|case| case.ignored.is_some()).unwrap();
    clusters.values.iter_mut().skip(1).step_by(3).for_each(|value| *value = 1.0 - *value);
    assert_ne!(&run(model, &cases, N_EVENTS), before);
}

#[test]
fn inputs_that_are_not_those_of_the_network_are_named() {
    let shape = shape();
    let complaint = |change: &dyn Fn(&mut Vec<Case>)| {
        let mut cases = cases();
        change(&mut cases);
        graph(&shape, &cases).check().unwrap_err().to_string()
    };
    let replaced = |place: usize, input: Input| complaint(&move |cases| cases[place].input = input.clone());
    let features = |n: usize| (0..n).map(|i| Feature::new(format!("f{i}"), "1"));
    assert_eq!(
        complaint(&|cases| drop(cases.remove(0))),
        "the sequence \"tracks\" of the network has no input with objects"
    );
    assert_eq!(
        replaced(0, Input::new("tracks", features(2))),
        "the sequence \"tracks\" of the network has no input with objects"
    );
    assert_eq!(
        replaced(1, Input::sequence("jets", 2, features(2))),
        "a network on sequences has no sequence \"jets\""
    );
    assert_eq!(
        replaced(0, Input::sequence("tracks", 2, features(2))),
        "objects of the input \"tracks\": expected 1, found 2"
    );
    assert_eq!(
        replaced(0, Input::sequence("tracks", 1, features(3))),
        "features of the input \"tracks\": expected 2, found 3"
    );
    assert_eq!(
        complaint(&|cases| drop(cases.remove(1))),
        "features of all inputs without objects to a network on sequences: expected 2, found 1"
    );
    assert_eq!(
        replaced(1, Input::new("mass", features(1)).ignoring(["time"])),
        "input \"mass\" has no feature \"time\" to ignore"
    );
    let short = Graph::named("short").sequence_network(&shape, &[0.0]).output("scores", Output::Softmax);
    let short = cases().into_iter().fold(short, |graph, case| graph.input(case.input));
    let NnError::LengthMismatch { what, found: 1, .. } = short.check().unwrap_err() else { panic!() };
    assert_eq!(what, "parameters of a network on sequences");
}
