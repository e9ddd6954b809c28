use hepsys_core::{Feature, Sample, Seed};
use prost::Message;

use super::proto::{Extent, GraphProto, ModelProto, TensorProto, ValueInfoProto};
use super::{Bundle, Graph, Input, Output, Reference, TreeEnsemble, Values};
use crate::sequence::{Branch, SequenceShape};
use crate::{Activation, MlpShape, NnError, Standardizer};

fn shape() -> MlpShape {
    MlpShape::new(3, &[4], 1, Activation::Tanh).unwrap()
}

fn parameters() -> Vec<f64> {
    shape().glorot_uniform(Seed::new(1))
}

fn x() -> Input {
    let features = [Feature::new("pt", "GeV"), Feature::new("eta", "1")];
    Input::new("x", features).scaled(&[50.0, 0.0], &[20.0, 2.5])
}

fn z() -> Input {
    Input::new("z", [Feature::new("tes", "1")])
}

fn graph() -> Graph {
    Graph::named("aware").input(x()).input(z()).output("score", Output::Sigmoid)
}

fn decoded(graph: Graph) -> ModelProto {
    ModelProto::decode(&graph.check().unwrap().to_bytes()[..]).unwrap()
}

fn operators(graph: &GraphProto) -> Vec<&str> {
    graph.node.iter().map(|node| node.op_type.as_str()).collect()
}

fn values(graph: &GraphProto, name: &str) -> (Vec<i64>, Vec<f32>) {
    let tensor: &TensorProto = graph.initializer.iter().find(|tensor| tensor.name == name).unwrap();
    let (floats, rest) = tensor.raw_data.as_chunks::<4>();
    assert!(rest.is_empty());
    (tensor.dims.clone(), floats.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect())
}

fn extents(value: &ValueInfoProto) -> (&str, Vec<Extent>) {
    let tensor = value.r#type.as_ref().unwrap().tensor_type.as_ref().unwrap();
    assert_eq!(tensor.elem_type, super::proto::FLOAT);
    let dims = &tensor.shape.as_ref().unwrap().dim;
    (&value.name, dims.iter().map(|dim| dim.value.clone().unwrap()).collect())
}

fn complaint(graph: Graph) -> String {
    graph.check().unwrap_err().to_string()
}

#[test]
fn the_file_names_its_producer_versions_features_and_units() {
    let model = decoded(graph().network(&shape(), &parameters()).metadata("about", "a test"));
    assert_eq!((model.ir_version, model.producer_name.as_str()), (8, "hepsys"));
    assert_eq!(model.producer_version, env!("CARGO_PKG_VERSION"));
    let opsets: Vec<_> = model.opset_import.iter().map(|o| (o.domain.as_str(), o.version)).collect();
    assert_eq!(opsets, [("", 13)]);
    let metadata: Vec<_> =
        model.metadata_props.iter().map(|entry| (entry.key.as_str(), entry.value.as_str())).collect();
    assert_eq!(
        metadata,
        [
            ("inputs.x.features", r#"["pt","eta"]"#),
            ("inputs.x.units", r#"["GeV","1"]"#),
            ("inputs.x.shifts", "[50.0,0.0]"),
            ("inputs.x.scales", "[20.0,2.5]"),
            ("inputs.z.features", r#"["tes"]"#),
            ("inputs.z.units", r#"["1"]"#),
            ("about", "a test"),
        ]
    );
}

#[test]
fn the_number_of_events_is_free_and_the_number_of_columns_is_not() {
    let model = decoded(graph().network(&shape(), &parameters()).output("logit", Output::Linear));
    let graph = model.graph.unwrap();
    assert_eq!(graph.name, "aware");
    let events = || Extent::Named("N".to_owned());
    let inputs: Vec<_> = graph.input.iter().map(extents).collect();
    assert_eq!(inputs, [("x", vec![events(), Extent::Fixed(2)]), ("z", vec![events(), Extent::Fixed(1)])]);
    let outputs: Vec<_> = graph.output.iter().map(extents).collect();
    assert_eq!(
        outputs,
        [("score", vec![events(), Extent::Fixed(1)]), ("logit", vec![events(), Extent::Fixed(1)])]
    );
}

#[test]
fn a_network_is_scaling_concatenation_layers_and_output() {
    let parameters = parameters();
    let graph = decoded(graph().network(&shape(), &parameters)).graph.unwrap();
    assert_eq!(operators(&graph), ["Sub", "Div", "Concat", "Gemm", "Tanh", "Gemm", "Sigmoid"]);

    let single = |range: std::ops::Range<usize>| parameters[range].iter().map(|&p| p as f32).collect();
    assert_eq!(values(&graph, "hepsys_layer_1_weights"), (vec![4, 3], single(0..12)));
    assert_eq!(values(&graph, "hepsys_layer_1_biases"), (vec![4], single(12..16)));
    assert_eq!(values(&graph, "hepsys_layer_2_weights"), (vec![1, 4], single(16..20)));
    assert_eq!(values(&graph, "hepsys_x_scales"), (vec![2], vec![20.0, 2.5]));
}

#[test]
fn a_choice_evaluates_two_networks_of_one_shape() {
    let chosen = graph().choose("z", 0.785, &shape(), &parameters(), &parameters());
    let graph = decoded(chosen).graph.unwrap();
    let expected = "Sub Div Concat Gemm Tanh Gemm Gemm Tanh Gemm GreaterOrEqual Where Sigmoid";
    assert_eq!(operators(&graph).join(" "), expected);
    assert_eq!(values(&graph, "hepsys_boundary"), (vec![1, 1], vec![0.785]));
}

#[test]
fn every_value_is_written_once_and_before_it_is_read() {
    let chosen = graph().choose("z", 0.785, &shape(), &parameters(), &parameters());
    let graph = decoded(chosen.output("logit", Output::Linear)).graph.unwrap();
    let mut known: Vec<&String> = graph.input.iter().map(|input| &input.name).collect();
    known.extend(graph.initializer.iter().map(|tensor| &tensor.name));
    for node in &graph.node {
        assert!(node.input.iter().all(|name| known.contains(&name)), "{}", node.name);
        known.extend(&node.output);
    }
    let n_names = known.len();
    known.sort();
    known.dedup();
    assert_eq!(known.len(), n_names);
    assert!(graph.output.iter().all(|output| known.contains(&&output.name)));
}

#[test]
fn a_standardizer_scales_what_it_was_fitted_on() {
    let sample = Sample::from_columns([(Feature::new("eta", "1"), vec![1.0, 3.0])]).unwrap();
    let standardizer = Standardizer::fit(&sample).unwrap();
    let features = [Feature::new("pt", "GeV"), Feature::new("eta", "1")];
    let input = Input::new("x", features.clone()).standardized(&standardizer);
    assert_eq!(input, Input::new("x", features).scaled(&[0.0, 2.0], &[1.0, 1.0]));
}

#[test]
fn a_file_is_written_whole_and_alone() {
    let directory = tempfile::tempdir().unwrap();
    let model = graph().network(&shape(), &parameters()).check().unwrap();
    let path = directory.path().join("aware.onnx");
    model.write(&path).unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), model.to_bytes());
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
    let error = model.write(directory.path().join("none").join("aware.onnx")).unwrap_err();
    assert!(matches!(error, NnError::File { .. }), "{error}");
}

#[test]
fn what_is_missing_is_said() {
    let whole = || graph().network(&shape(), &parameters());
    assert_eq!(complaint(graph()), "the graph has no network");
    let empty = Graph::named("aware").network(&shape(), &parameters());
    assert_eq!(complaint(empty.clone()), "graph \"aware\" has no input");
    assert_eq!(complaint(empty.input(x()).input(z())), "graph \"aware\" has no output");
    assert_eq!(complaint(Graph { name: String::new(), ..whole() }), "the graph has no name");
    assert_eq!(complaint(whole().input(Input::new("w", []))), "input \"w\" has no feature");
}

#[test]
fn names_that_collide_or_are_none_are_refused() {
    let whole = || graph().network(&shape(), &parameters());
    assert_eq!(complaint(whole().input(z())), "two inputs or outputs are called \"z\"");
    assert_eq!(complaint(whole().output("x", Output::Linear)), "two inputs or outputs are called \"x\"");
    for name in ["", "tau mass", "1st", "é"] {
        let found = complaint(whole().output(name, Output::Linear));
        assert!(found.ends_with(&format!("got \"{name}\"")), "{found}");
    }
    assert!(complaint(whole().output("hepsys_features", Output::Linear)).contains("inside the graph"));
    for key in ["", "inputs.x.units"] {
        let found = complaint(whole().metadata(key, "GeV"));
        assert!(found.starts_with("keys of the metadata must differ"), "{found}");
    }
}

#[test]
fn lists_of_another_length_are_refused() {
    let wrong = Input::new("z", [Feature::new("tes", "1")]).scaled(&[0.0], &[1.0, 1.0]);
    let scaled = Graph::named("aware").input(wrong).output("score", Output::Sigmoid);
    let found = complaint(scaled.network(&shape(), &parameters()));
    assert_eq!(found, "scales of the input \"z\": expected 1, found 2");
    let found = complaint(graph().network(&shape(), &[1.0]));
    assert_eq!(found, "parameters of a 3-4-1 network: expected 21, found 1");
    let found = complaint(graph().input(Input::new("w", z().features)).network(&shape(), &parameters()));
    assert_eq!(found, "features of all inputs to a 3-4-1 network: expected 3, found 4");
    let found = complaint(graph().choose("z", 0.0, &shape(), &parameters(), &[]));
    assert_eq!(found, "parameters of a 3-4-1 network: expected 21, found 0");
}

#[test]
fn numbers_that_single_precision_lacks_are_refused() {
    let scaled = |shift, scale| {
        let input = z().scaled(&[shift], &[scale]);
        let graph = Graph::named("aware").input(x()).input(input).output("score", Output::Sigmoid);
        complaint(graph.network(&shape(), &parameters()))
    };
    for scale in [0.0, f64::NAN, f64::INFINITY, 1e-40, 1e39] {
        let found = scaled(0.0, scale);
        assert!(found.starts_with("the scale of \"tes\" in the input \"z\" must be"), "{found}");
    }
    assert!(scaled(1e39, 1.0).starts_with("the shift of \"tes\""));
    let mut broken = parameters();
    broken[7] = f64::NAN;
    let found = complaint(graph().choose("z", 0.0, &shape(), &parameters(), &broken));
    assert!(found.starts_with("parameter 7 of the network at or above the boundary"), "{found}");
    assert!(complaint(graph().network(&shape(), &broken)).starts_with("parameter 7 of the network must"));
    let found = complaint(graph().choose("z", f64::NAN, &shape(), &parameters(), &parameters()));
    assert!(found.starts_with("the boundary in \"z\" must be finite"), "{found}");
}

#[test]
fn an_event_chooses_by_an_input_of_one_feature() {
    let by = |name| complaint(graph().choose(name, 0.0, &shape(), &parameters(), &parameters()));
    assert!(by("x").ends_with("must have one feature, but it has 2"));
    assert!(by("tes").ends_with("must have one feature, but there is none"));
}

#[test]
fn a_sequence_is_convolutions_and_a_memory_whose_gates_change_their_order() {
    let shape = SequenceShape::new([Branch::new("hits", 2, 3, &[4], 2)], 1, &[3], 2).unwrap();
    let parameters: Vec<f64> = (0..shape.n_parameters()).map(|i| i as f64).collect();
    let hits = Input::sequence("hits", 3, [Feature::new("t", "ns"), Feature::new("x", "mm")]);
    let graph = Graph::named("sequences").input(hits).input(z()).sequence_network(&shape, &parameters);
    let graph = decoded(graph.output("scores", Output::Softmax)).graph.unwrap();
    let expected = "Transpose Conv Relu Transpose Shape Gather Concat Expand LSTM Squeeze \
                    Concat Gemm Relu Gemm Softmax";
    assert_eq!(operators(&graph).join(" "), expected);
    let events = || Extent::Named("N".to_owned());
    assert_eq!(extents(&graph.input[0]), ("hits", vec![events(), Extent::Fixed(3), Extent::Fixed(2)]));
    // After 12 parameters of the convolution: gates of two units each, input, forget, cell, output.
    let rows = |from: usize, width: usize| {
        let gate = |gate: usize| from + 2 * gate * width..from + 2 * (gate + 1) * width;
        [0, 3, 1, 2].into_iter().flat_map(gate).map(|i| i as f32).collect::<Vec<f32>>()
    };
    assert_eq!(values(&graph, "hepsys_hits_input_weights"), (vec![1, 8, 4], rows(12, 4)));
    assert_eq!(values(&graph, "hepsys_hits_recurrent_weights"), (vec![1, 8, 2], rows(44, 2)));
    let biases = [rows(60, 1), rows(68, 1)].concat();
    assert_eq!(values(&graph, "hepsys_hits_biases"), (vec![1, 16], biases));
}

/// Two trees for two outputs: a cut on the second feature, and a leaf.
fn trees() -> TreeEnsemble {
    TreeEnsemble {
        nodes_treeids: vec![0, 0, 0, 1],
        nodes_nodeids: vec![0, 1, 2, 0],
        nodes_featureids: vec![1, 0, 0, 0],
        nodes_values: vec![0.5, 0.0, 0.0, 0.0],
        nodes_modes: vec!["BRANCH_LT", "LEAF", "LEAF", "LEAF"],
        nodes_truenodeids: vec![1, 0, 0, 0],
        nodes_falsenodeids: vec![2, 0, 0, 0],
        nodes_missing_value_tracks_true: vec![1, 0, 0, 0],
        leaf_treeids: vec![0, 0, 1],
        leaf_nodeids: vec![1, 2, 0],
        leaf_ids: vec![0, 1, 1],
        leaf_weights: vec![-1.5, 2.0, 0.25],
    }
}

fn graph_of_trees(trees: &TreeEnsemble) -> Graph {
    Graph::named("trees").input(x()).output("scores", Output::Shares).trees(trees)
}

#[test]
fn trees_are_the_attributes_of_one_node() {
    let model = decoded(graph_of_trees(&trees()));
    let opsets: Vec<_> = model.opset_import.iter().map(|o| (o.domain.as_str(), o.version)).collect();
    assert_eq!(opsets, [("", 13), ("ai.onnx.ml", 3)]);
    let graph = model.graph.unwrap();
    assert_eq!(operators(&graph), ["Sub", "Div", "TreeEnsembleClassifier", "Sigmoid", "ReduceSum", "Div"]);
    let node = &graph.node[2];
    assert_eq!((node.domain.as_str(), node.output.len()), ("ai.onnx.ml", 2));
    let of = |name: &str| node.attribute.iter().find(|attribute| attribute.name == name).unwrap();
    // The numbers of the kinds: 3 is a text, 6 a list of floats, 7 of whole numbers, 8 of texts.
    let floats = of("class_weights");
    assert_eq!((floats.r#type, &floats.floats), (6, &trees().leaf_weights));
    let ints = of("nodes_falsenodeids");
    assert_eq!((ints.r#type, &ints.ints), (7, &vec![2, 0, 0, 0]));
    assert_eq!(of("classlabels_int64s").ints, [0, 1]);
    let modes = of("nodes_modes");
    assert_eq!((modes.r#type, modes.strings[0].as_slice()), (8, &b"BRANCH_LT"[..]));
    assert_eq!((of("post_transform").r#type, of("post_transform").s.as_deref()), (3, Some(&b"NONE"[..])));

    let one = TreeEnsemble { leaf_ids: vec![0; 3], ..trees() };
    let graph = decoded(graph_of_trees(&one).output("logit", Output::Linear)).graph.unwrap();
    assert_eq!(graph.node[2].op_type, "TreeEnsembleRegressor");
    assert!(graph.node[2].attribute.iter().any(|a| a.name == "target_weights"));
    assert_eq!(extents(&graph.output[1]).1[1], Extent::Fixed(1));
}

#[test]
fn trees_that_are_none_are_refused() {
    let found = |change: &dyn Fn(&mut TreeEnsemble)| {
        let mut trees = trees();
        change(&mut trees);
        complaint(graph_of_trees(&trees))
    };
    assert_eq!(found(&|trees| trees.nodes_values.truncate(3)), "nodes_values: expected 4, found 3");
    assert_eq!(
        found(&|trees| *trees = TreeEnsemble::default()),
        "an ensemble of trees needs a node and a leaf"
    );
    let node = |text: &str| format!("node 0 of an ensemble of trees {text}");
    assert_eq!(found(&|trees| trees.nodes_featureids[0] = 2), node("cuts on feature 2 of 2"));
    assert_eq!(found(&|trees| trees.nodes_values[0] = f32::NAN), node("has the threshold NaN"));
    for child in [0, 3, -1] {
        let expected = node(&format!("has the child {child}, which is no later node of its tree"));
        assert_eq!(found(&|trees| trees.nodes_truenodeids[0] = child), expected);
    }
    assert!(found(&|trees| trees.nodes_modes[0] = "BRANCH_EQ").contains("neither BRANCH_LT nor LEAF"));
    assert!(found(&|trees| trees.nodes_treeids[3] = 2).contains("must be numbered in their order"));
    for change in [
        |trees: &mut TreeEnsemble| trees.leaf_nodeids[0] = 0,
        |trees: &mut TreeEnsemble| trees.leaf_treeids[0] = 7,
        |trees: &mut TreeEnsemble| trees.leaf_ids[0] = -1,
        |trees: &mut TreeEnsemble| trees.leaf_weights[0] = f32::INFINITY,
    ] {
        assert!(found(&change).starts_with("value 0 of an ensemble of trees must be finite and at a leaf"));
    }
}

#[test]
fn a_bundle_is_a_folder() {
    let model = graph().network(&shape(), &parameters()).check().unwrap();
    let reference = Reference::new(1e-5).input("x", Values::new([1, 2], vec![0.1_f32, 2.0]).unwrap());
    let bundle = Bundle::new().model("network", model.clone(), reference.clone()).text("README.txt", "Read.");
    let directory = tempfile::tempdir().unwrap();
    let folder = directory.path().join("inside");
    bundle.write(&folder).unwrap();
    assert_eq!(std::fs::read(folder.join("network.onnx")).unwrap(), model.to_bytes());
    let text = std::fs::read_to_string(folder.join("reference.json")).unwrap();
    let expected =
        r#"{"network":{"inputs":{"x":{"shape":[1,2],"values":[0.1,2.0]}},"outputs":{},"tolerance":1e-5}}"#;
    assert_eq!(text.replace("0.00001", "1e-5"), expected);
    let read: std::collections::BTreeMap<String, Reference> = serde_json::from_str(&text).unwrap();
    assert_eq!(read["network"], reference);
    for name in ["README.txt", "reference.json", "../up", "", ".hidden"] {
        let refused = bundle.clone().text(name, "").write(&folder).unwrap_err().to_string();
        assert!(refused.starts_with("files of a bundle need plain names"), "{name}: {refused}");
    }
    let text = Values::new([2, 2], vec![0.0_f64; 3]).unwrap_err().to_string();
    assert_eq!(text, "values of shape [2, 2]: expected 4, found 3");
}
