//! From a graph to the messages of its file.

use super::input::Scaling;
use super::network::{Network, Parts};
use super::proto::{
    AttributeProto, FLOAT, GraphProto, INT64, ModelProto, NodeProto, OperatorSetIdProto,
    StringStringEntryProto, TensorProto, ValueInfoProto,
};
use super::{Graph, Input, trees};
use crate::{Activation, Layer, MlpShape};

/// The version of the file format, of 2021.
const IR_VERSION: i64 = 8;

/// The version of the operators, of 2020: the first in which `Gemm` and its like have the form that they still have.
const OPSET: i64 = 13;

/// What the names of all values begin with that are neither inputs nor outputs.
pub(super) const INSIDE: &str = "hepsys_";

/// The whole file.
pub(super) fn model(graph: &Graph, network: &Network) -> ModelProto {
    let metadata_props =
        metadata(graph).into_iter().map(|(key, value)| StringStringEntryProto { key, value }).collect();
    let operators = |domain: &str, version| OperatorSetIdProto { domain: domain.to_owned(), version };
    let mut opset_import = vec![operators("", OPSET)];
    if matches!(network, Network::Trees(_)) {
        opset_import.push(operators(trees::DOMAIN, trees::OPSET));
    }
    ModelProto {
        ir_version: IR_VERSION,
        producer_name: "hepsys".to_owned(),
        producer_version: env!("CARGO_PKG_VERSION").to_owned(),
        graph: Some(body(graph, network)),
        opset_import,
        metadata_props,
    }
}

/// What the file says about its inputs, and what the user adds.
pub(super) fn metadata(graph: &Graph) -> Vec<(String, String)> {
    graph.inputs.iter().flat_map(Input::metadata).chain(graph.metadata.iter().cloned()).collect()
}

fn body(graph: &Graph, network: &Network) -> GraphProto {
    let mut writer = Writer::default();
    let scaled: Vec<String> = graph.inputs.iter().map(|input| writer.scaled(input)).collect();
    let value = match network {
        Network::Dense { shape, parts } => {
            let features = writer.joined("features", scaled);
            writer.dense(shape, parts, &features)
        }
        Network::Sequences { shape, parameters } => {
            writer.sequences(&graph.inputs, &scaled, shape, parameters)
        }
        Network::Trees(ensemble) => {
            let features = writer.joined("features", scaled);
            writer.trees(ensemble, &features)
        }
    };
    for (name, output) in &graph.outputs {
        writer.output(name, output, &value);
    }
    let outputs = graph.outputs.iter();
    GraphProto {
        node: writer.nodes,
        name: graph.name.clone(),
        initializer: writer.constants,
        input: graph
            .inputs
            .iter()
            .map(|input| ValueInfoProto::of_events(&input.name, &input.extents()))
            .collect(),
        output: outputs
            .map(|(name, output)| ValueInfoProto::of_events(name, &[output.n_columns(network.n_outputs())]))
            .collect(),
    }
}

/// Nodes in the order of their evaluation, and the constants that they read.
#[derive(Default)]
pub(super) struct Writer {
    nodes: Vec<NodeProto>,
    constants: Vec<TensorProto>,
}

impl Writer {
    /// The input as the network sees it.
    fn scaled(&mut self, input: &Input) -> String {
        let name = &input.name;
        let mut value = name.clone();
        if let Some(Scaling { shifts, scales }) = &input.scaling {
            let shifts = self.constant(&format!("{name}_shifts"), &[shifts.len()], shifts);
            let scales = self.constant(&format!("{name}_scales"), &[scales.len()], scales);
            let shifted = self.inside("Sub", &format!("{name}_shifted"), &[name, &shifts], &[]);
            value = self.inside("Div", &format!("{name}_scaled"), &[&shifted, &scales], &[]);
        }
        if !input.ignored.is_empty() {
            let seen: Vec<f64> = input.is_seen().map(|is_seen| f64::from(u8::from(is_seen))).collect();
            let seen = self.constant(&format!("{name}_seen"), &[seen.len()], &seen);
            value = self.inside("Mul", &format!("{name}_shown"), &[&value, &seen], &[]);
        }
        value
    }

    /// Columns side by side.
    pub(super) fn joined(&mut self, name: &str, mut values: Vec<String>) -> String {
        if values.len() == 1 {
            return values.swap_remove(0);
        }
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        self.inside("Concat", name, &values, &[AttributeProto::int("axis", 1)])
    }

    /// The outputs of one dense network, or of the one that an event chooses.
    fn dense(&mut self, shape: &MlpShape, parts: &Parts, features: &str) -> String {
        match parts {
            Parts::One(parameters) => self.network("", shape, parameters, features),
            Parts::Two { input, from, below, at_or_above } => {
                let below = self.network("below_", shape, below, features);
                let at_or_above = self.network("at_or_above_", shape, at_or_above, features);
                let from = self.constant("boundary", &[1, 1], &[*from]);
                let is_second = self.inside("GreaterOrEqual", "is_at_or_above", &[input, &from], &[]);
                self.inside("Where", "chosen", &[&is_second, &at_or_above, &below], &[])
            }
        }
    }

    fn network(&mut self, prefix: &str, shape: &MlpShape, parameters: &[f64], features: &str) -> String {
        let layers: Vec<Layer> = shape.layers().collect();
        self.layers(prefix, &layers, shape.activation(), parameters, features)
    }

    /// The outputs of dense layers; values are called by their layer, counted from one, after `prefix`.
    pub(super) fn layers(
        &mut self,
        prefix: &str,
        layers: &[Layer],
        activation: Activation,
        parameters: &[f64],
        features: &str,
    ) -> String {
        let mut value = features.to_owned();
        for (index, layer) in layers.iter().enumerate() {
            if index > 0 {
                let operator = match activation {
                    Activation::Tanh => "Tanh",
                    Activation::Sigmoid => "Sigmoid",
                    Activation::Relu => "Relu",
                };
                value = self.inside(operator, &format!("{prefix}layer_{index}_active"), &[&value], &[]);
            }
            let name = format!("{prefix}layer_{}", index + 1);
            let weights = &parameters[layer.weights..layer.biases];
            let weights =
                self.constant(&format!("{name}_weights"), &[layer.n_outputs, layer.n_inputs], weights);
            let biases = &parameters[layer.biases..layer.biases + layer.n_outputs];
            let biases = self.constant(&format!("{name}_biases"), &[layer.n_outputs], biases);
            let transposed = AttributeProto::int("transB", 1);
            value = self.inside("Gemm", &name, &[&value, &weights, &biases], &[transposed]);
        }
        value
    }

    /// A constant in single precision; returns its name.
    pub(super) fn constant(&mut self, name: &str, dims: &[usize], values: &[f64]) -> String {
        let bytes = values.iter().flat_map(|&value| (value as f32).to_le_bytes()).collect();
        self.tensor(name, dims, FLOAT, bytes)
    }

    /// A constant list of whole numbers; returns its name.
    pub(super) fn whole_numbers(&mut self, name: &str, values: &[i64]) -> String {
        let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.tensor(name, &[values.len()], INT64, bytes)
    }

    fn tensor(&mut self, name: &str, dims: &[usize], data_type: i32, raw_data: Vec<u8>) -> String {
        let name = format!("{INSIDE}{name}");
        let dims = dims.iter().map(|&extent| extent as i64).collect();
        self.constants.push(TensorProto { dims, data_type, name: name.clone(), raw_data });
        name
    }

    /// A node whose value stays inside the graph; returns the value's name.
    pub(super) fn inside(
        &mut self,
        operator: &str,
        name: &str,
        inputs: &[&str],
        attributes: &[AttributeProto],
    ) -> String {
        self.node(operator, format!("{INSIDE}{name}"), inputs, attributes)
    }

    /// A node with one value, called as the node is; returns the name.
    pub(super) fn node(
        &mut self,
        operator: &str,
        name: String,
        inputs: &[&str],
        attributes: &[AttributeProto],
    ) -> String {
        self.add(operator, "", &[&name], inputs, attributes);
        name
    }

    /// A node of a domain; it is called as the last of its values is, and a value without a name is not asked for.
    pub(super) fn add(
        &mut self,
        operator: &str,
        domain: &str,
        outputs: &[&str],
        inputs: &[&str],
        attributes: &[AttributeProto],
    ) {
        let all = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        self.nodes.push(NodeProto {
            input: all(inputs),
            output: all(outputs),
            name: outputs.last().copied().unwrap_or_default().to_owned(),
            op_type: operator.to_owned(),
            attribute: attributes.to_vec(),
            domain: domain.to_owned(),
        });
    }
}
