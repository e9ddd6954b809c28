//! What a classifier leaves behind says in another runtime what the classifier says.

use std::path::Path;

use hepsys_adversarial::trees::{BoostedTrees, OneVsRest};
use hepsys_adversarial::{
    Bundle, Decorrelator, Device, Feature, Inputs, JetClassifier, JetClassifierParams, Reference, Run,
    Sample, Seed, TrainedJetClassifier, TrainingSet,
};
use hepsys_nn::onnx::{Graph, Input, Output, Values};
use hepsys_sim::calorimeter_jets::{CalorimeterJets, Process, Source};
use rten::Model;
use rten_tensor::Tensor;
use rten_tensor::prelude::*;

fn jets(source: Source, n: usize, seed: u64) -> Sample {
    let generator = CalorimeterJets::params().check().unwrap();
    generator.jets(source, n, Seed::new(seed)).unwrap().to_sample().unwrap()
}

fn sources() -> [Source; 3] {
    [
        Source::simulated(Process::Signal),
        Source::simulated(Process::Multijet),
        Source::data(Process::BeamInduced),
    ]
}

fn run() -> Run {
    Run::on(Device::flex()).seed(5)
}

fn trained(params: JetClassifierParams) -> TrainedJetClassifier {
    let [signal, multijet, beam] = sources().map(|source| jets(source, 300, 1));
    let training = TrainingSet::new()
        .simulated("signal", signal)
        .simulated("multijet", multijet)
        .measured("beam-induced", beam);
    params
        .batch_size(64)
        .epochs(2, 2)
        .learning_rate(5e-3, 1e-3)
        .check()
        .unwrap()
        .fit(&training, None, &run())
        .unwrap()
}

/// 1000 jets of all kinds; every tenth has neither tracks nor segments.
fn thousand() -> Sample {
    let [signal, multijet, beam] = sources();
    let all = jets(signal, 340, 7).concat(&jets(multijet, 330, 8)).unwrap();
    let all = all.concat(&jets(beam, 330, 9)).unwrap();
    let columns = all.schema().features().iter().zip(all.columns()).map(|(feature, column)| {
        let is_emptied = feature.name().starts_with("track_") || feature.name().starts_with("MSeg_");
        let value = |(event, &value): (usize, &f64)| if is_emptied && event % 10 == 0 { 0.0 } else { value };
        (feature.clone(), column.iter().enumerate().map(value).collect::<Vec<f64>>())
    });
    Sample::from_columns(columns).unwrap()
}

/// Scores of a bundle's network for its reference inputs, in another runtime, changed by whoever asks.
fn scores(bundle: &Bundle, change: impl Fn(&str, &mut Vec<f32>)) -> Vec<f64> {
    let network = &bundle.models()[0];
    let model = Model::load(network.model.to_bytes()).unwrap();
    let inputs = network.reference.inputs.iter().map(|(name, values)| {
        let mut numbers = values.values.clone();
        change(name, &mut numbers);
        (model.node_id(name).unwrap(), Tensor::from_data(&values.shape, numbers).into())
    });
    let names = ["scores"].map(|name| model.node_id(name).unwrap());
    let [found] = model.run_n(inputs.collect(), names, None).unwrap();
    let found: Tensor<f32> = found.try_into().unwrap();
    found.iter().map(|value| f64::from(*value)).collect()
}

/// The largest difference from the scores of the classifier itself.
fn largest_difference(classifier: &TrainedJetClassifier, sample: &Sample, found: &[f64]) -> f64 {
    let expected = classifier.scores(sample, &run()).unwrap();
    assert_eq!(found.len(), expected.n_events() * expected.classes().len());
    let by_event = found.chunks_exact(expected.classes().len()).enumerate();
    by_event
        .flat_map(|(event, found)| {
            found.iter().zip(expected.columns()).map(move |(found, column)| (found - column[event]).abs())
        })
        .fold(0.0, |largest: f64, difference| if difference <= largest { largest } else { difference })
}

#[test]
fn a_thousand_jets_have_the_scores_of_the_classifier() {
    let sample = thousand();
    let has = |prefix: &str, event: usize| {
        let names = sample.schema().names().zip(sample.columns());
        names.filter(|(name, _)| name.starts_with(prefix)).any(|(_, column)| column[event] != 0.0)
    };
    let n_without = |prefix: &str| (0..1000).filter(|event| !has(prefix, *event)).count();
    assert!(n_without("track_") >= 100 && n_without("track_") < 900, "{}", n_without("track_"));
    assert!(n_without("MSeg_") >= 100 && n_without("MSeg_") < 900, "{}", n_without("MSeg_"));

    let classifier = trained(JetClassifier::params());
    let bundle = classifier.bundle(&sample, &run()).unwrap();
    let largest = largest_difference(&classifier, &sample, &scores(&bundle, |_, _| {}));
    println!("largest difference {largest:.1e}");
    assert!(largest < 1e-5, "{largest:e}");

    // The scores differ from jet to jet, so that this is a test.
    let of_signal = classifier.scores(&sample, &run()).unwrap();
    let of_signal = of_signal.of("signal").unwrap();
    assert!(of_signal.iter().any(|s| *s > 0.9) && of_signal.iter().any(|s| *s < 0.1));
}

#[test]
fn a_hidden_time_does_not_matter() {
    let params = JetClassifier::params().hidden_layers([16]);
    let classifier =
        trained(params.decorrelate(Decorrelator::Remove(vec!["clus_time".into(), "jet_phi".into()])));
    let sample = thousand();
    let bundle = classifier.bundle(&sample, &run()).unwrap();
    let nonsense = |name: &str, values: &mut Vec<f32>| match name {
        // The last of twelve features of a cluster, and of three of a jet.
        "clusters" => values.iter_mut().skip(11).step_by(12).for_each(|time| *time = 77.0),
        "flat" => values.iter_mut().skip(2).step_by(3).for_each(|phi| *phi = 77.0),
        _ => {}
    };
    let largest = largest_difference(&classifier, &sample, &scores(&bundle, nonsense));
    assert!(largest < 1e-5, "{largest:e}");
    let columns = &bundle.files().iter().find(|(name, _)| name == "sample.json").unwrap().1;
    assert!(
        columns.contains("clus_pt_0") && !columns.contains("clus_time_0") && !columns.contains("jet_phi")
    );
}

#[test]
fn a_classifier_without_sequences_is_kept_as_well() {
    let features = ["jet_pt", "jet_eta", "clus_pt_0", "clus_time_0", "track_pt_0"];
    let sample = thousand();
    let inputs = Inputs::standardized(&sample, &features).unwrap();
    let classifier = trained(JetClassifier::params().inputs(inputs).hidden_layers([32, 16]));
    let bundle = classifier.bundle(&sample, &run()).unwrap();
    let largest = largest_difference(&classifier, &sample, &scores(&bundle, |_, _| {}));
    println!("largest difference {largest:.1e}");
    assert!(largest < 1e-5, "{largest:e}");
    assert_eq!(bundle.models()[0].reference.inputs["flat"].shape, [1000, 5]);
}

#[test]
fn a_bundle_is_written_whole_and_its_inputs_can_be_read_back() {
    let classifier = trained(JetClassifier::params().hidden_layers([8]));
    let sample = thousand().take(&[0, 1, 2]).unwrap();
    let trees = trees();
    let columns = [[0.1, 0.4, 0.9], [2.0, 3.0, 4.0]];
    let bundle = classifier.bundle(&sample, &run()).unwrap().model(
        "event_trees",
        trees.to_onnx().unwrap(),
        trees.reference(&columns).unwrap(),
    );
    let folder = tempfile::tempdir().unwrap();
    bundle.write(folder.path()).unwrap();
    let text = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    let preprocessing: serde_json::Value = serde_json::from_str(&text("preprocessing.json")).unwrap();
    let inputs: Inputs = serde_json::from_value(preprocessing["inputs"].clone()).unwrap();
    assert_eq!(&inputs, classifier.inputs());
    assert_eq!(preprocessing["classes"], serde_json::json!(classifier.classes()));
    let references: serde_json::Value = serde_json::from_str(&text("reference.json")).unwrap();
    assert_eq!(references["network"]["inputs"]["clusters"]["shape"], serde_json::json!([3, 15, 12]));
    assert_eq!(references["event_trees"]["outputs"]["scores"]["shape"], serde_json::json!([3, 2]));
    assert!(text("README.txt").contains("InferenceSession"));
    for file in ["network.onnx", "event_trees.onnx"] {
        assert!(!std::fs::read(folder.path().join(file)).unwrap().is_empty());
    }
}

fn trees() -> BoostedTrees {
    let text = r#"{"features": ["score", "n_jet"], "base": 0.5, "trees": [[
        {"cut": {"feature": 0, "below": 0.5, "left": 1, "right": 2, "missing_left": true}},
        {"leaf": -1.5}, {"leaf": 2.0}
    ]]}"#;
    serde_json::from_str(text).unwrap()
}

#[test]
fn references_of_trees_are_their_scores() {
    let trees = trees();
    let columns = [[0.1, 0.4, 0.9], [2.0, 3.0, 4.0]];
    let reference = trees.reference(&columns).unwrap();
    assert_eq!(reference.inputs["x"].values, [0.1, 2.0, 0.4, 3.0, 0.9, 4.0]);
    let of_signal: Vec<f64> = reference.outputs["scores"].values.iter().skip(1).step_by(2).copied().collect();
    assert_eq!(of_signal, trees.scores(&columns).unwrap());
    let text = serde_json::json!({ "classes": ["a", "b"], "trees": [trees, trees] }).to_string();
    let classes: OneVsRest = serde_json::from_str(&text).unwrap();
    assert_eq!(classes.reference(&columns).unwrap().outputs["scores"].values, [0.5; 6]);
    assert!(classes.to_onnx().is_ok() && trees.reference(&columns[..1]).is_err());
    let nothing: BoostedTrees =
        serde_json::from_str(r#"{"features": [], "base": 0.5, "trees": [[{"leaf": 1.0}]]}"#).unwrap();
    assert!(nothing.to_onnx().unwrap_err().to_string().contains("has no feature"));
}

/// Files of all kinds of trees are left in the folder `trees` of Cargo's directory for test files, where
/// `benches/peers/onnx_bundle_check.py` runs them in onnxruntime: rten has no trees.
#[test]
fn files_of_trees_are_left_for_another_runtime() {
    let sample = thousand();
    let columns = ["jet_pt", "clus_time_0", "track_pt_0"].map(|name| sample.column(name).unwrap());
    let params = BoostedTrees::params().features(["jet_pt", "time", "track_pt"]).n_trees(40).check().unwrap();
    let class_of: Vec<usize> =
        (0..1000).map(|event| usize::from(event >= 340) + usize::from(event >= 670)).collect();
    let fit_classes = |classes: &[&str], class_of: Vec<usize>| {
        params.fit_classes(classes.iter().copied(), &columns, &class_of, &[1.0; 1000]).unwrap()
    };
    let three = fit_classes(&["signal", "multijet", "beam-induced"], class_of.clone());
    let two = fit_classes(&["signal", "background"], class_of.iter().map(|class| (*class).min(1)).collect());
    let is_signal: Vec<bool> = class_of.iter().map(|class| *class == 0).collect();
    let trees = params.fit(&columns, &is_signal, &[1.0; 1000]).unwrap();
    // A leaf and nothing else, where some runtimes take values of one sign for probabilities.
    let nothing = trees.clone().first(0);
    assert!(nothing.trees().is_empty());

    let features = trees.features().iter().map(|name| Feature::new(name.clone(), "1"));
    let regressor = Graph::named("regressor").input(Input::new("x", features)).trees(&trees.regressor());
    let regressor = regressor.output("score", Output::Sigmoid).check().unwrap();
    let of_signal = Values::new([1000, 1], trees.scores(&columns).unwrap()).unwrap();
    let reference = trees.reference(&columns).unwrap();
    let of_regressor =
        Reference::new(1e-5).input("x", reference.inputs["x"].clone()).output("score", of_signal);
    Bundle::new()
        .model("three", three.to_onnx().unwrap(), three.reference(&columns).unwrap())
        .model("two", two.to_onnx().unwrap(), two.reference(&columns).unwrap())
        .model("trees", trees.to_onnx().unwrap(), reference)
        .model("nothing", nothing.to_onnx().unwrap(), nothing.reference(&columns).unwrap())
        .model("regressor", regressor, of_regressor)
        .write(Path::new(env!("CARGO_TARGET_TMPDIR")).join("trees"))
        .unwrap();
}

#[test]
fn a_name_that_onnx_does_not_know_is_told() {
    let mut inputs = Inputs::calratio();
    inputs.sequences[1].name = "inner tracks".into();
    let classifier = trained(JetClassifier::params().inputs(inputs).hidden_layers([8]));
    let sample = Sample::from_columns([(Feature::new("mass", "GeV"), vec![1.0])]).unwrap();
    let error = classifier.to_onnx(sample.schema()).unwrap_err().to_string();
    assert!(error.contains("inner tracks"), "{error}");
    assert!(classifier.bundle(&sample, &run()).unwrap_err().to_string().contains("clus_pt_0"));
}
