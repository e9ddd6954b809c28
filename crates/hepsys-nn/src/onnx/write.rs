//! From a graph to the messages of its file.

use hepsys_core::Feature;

use super::graph::{Network, Parts};
use super::input::Scaling;
use super::proto::{
    AttributeProto, FLOAT, GraphProto, INT, ModelProto, NodeProto, OperatorSetIdProto,
    StringStringEntryProto, TensorProto, ValueInfoProto,
};
use super::{Graph, Input, Output};
use crate::{Activation, MlpShape};

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
    ModelProto {
        ir_version: IR_VERSION,
        producer_name: "hepsys".to_owned(),
        producer_version: env!("CARGO_PKG_VERSION").to_owned(),
        graph: Some(body(graph, network)),
        opset_import: vec![OperatorSetIdProto { domain: String::new(), version: OPSET }],
        metadata_props,
    }
}

/// What the file says about its inputs, and what the user adds.
pub(super) fn metadata(graph: &Graph) -> Vec<(String, String)> {
    let list = |input: &Input, of: &dyn Fn(&Feature) -> String| {
        serde_json::Value::from(input.features.iter().map(of).collect::<Vec<_>>()).to_string()
    };
    let of_input = |input: &Input| {
        let name = &input.name;
        [
            (format!("inputs.{name}.features"), list(input, &|feature| feature.name().to_owned())),
            (format!("inputs.{name}.units"), list(input, &|feature| feature.unit().to_string())),
        ]
    };
    graph.inputs.iter().flat_map(of_input).chain(graph.metadata.iter().cloned()).collect()
}

fn body(graph: &Graph, network: &Network) -> GraphProto {
    let mut writer = Writer::default();
    let scaled: Vec<String> = graph.inputs.iter().map(|input| writer.scaled(input)).collect();
    let features = match &scaled[..] {
        [only] => only.clone(),
        several => {
            let several: Vec<&str> = several.iter().map(String::as_str).collect();
            writer.inside("Concat", "features", &several, &[("axis", 1)])
        }
    };
    let shape = &network.shape;
    let value = match &network.parts {
        Parts::One(parameters) => writer.network("", shape, parameters, &features),
        Parts::Two { input, from, below, at_or_above } => {
            let below = writer.network("below_", shape, below, &features);
            let at_or_above = writer.network("at_or_above_", shape, at_or_above, &features);
            let from = writer.constant("boundary", &[1, 1], &[*from]);
            let is_second = writer.inside("GreaterOrEqual", "is_at_or_above", &[input, &from], &[]);
            writer.inside("Where", "chosen", &[&is_second, &at_or_above, &below], &[])
        }
    };
    for (name, output) in &graph.outputs {
        match output {
            Output::Linear => writer.node("Identity", name.clone(), &[&value], &[]),
            Output::Sigmoid => writer.node("Sigmoid", name.clone(), &[&value], &[]),
            Output::Between(low, high) => {
                let part = writer.inside("Sigmoid", &format!("{name}_part"), &[&value], &[]);
                let span = writer.constant(&format!("{name}_span"), &[1], &[high - low]);
                let low = writer.constant(&format!("{name}_low"), &[1], &[*low]);
                let above = writer.inside("Mul", &format!("{name}_above"), &[&part, &span], &[]);
                writer.node("Add", name.clone(), &[&above, &low], &[])
            }
            Output::Mixture(coefficients) => {
                let shares = writer.inside("Softmax", &format!("{name}_shares"), &[&value], &[("axis", 1)]);
                let coefficients =
                    writer.constant(&format!("{name}_coefficients"), &[coefficients.len(), 1], coefficients);
                writer.node("MatMul", name.clone(), &[&shares, &coefficients], &[])
            }
        };
    }
    let of_output =
        |(name, output): &(String, Output)| ValueInfoProto::of_events(name, output.n_columns(shape));
    GraphProto {
        node: writer.nodes,
        name: graph.name.clone(),
        initializer: writer.constants,
        input: graph
            .inputs
            .iter()
            .map(|input| ValueInfoProto::of_events(&input.name, input.features.len()))
            .collect(),
        output: graph.outputs.iter().map(of_output).collect(),
    }
}

/// Nodes in the order of their evaluation, and the constants that they read.
#[derive(Default)]
struct Writer {
    nodes: Vec<NodeProto>,
    constants: Vec<TensorProto>,
}

impl Writer {
    /// The input as the network sees it.
    fn scaled(&mut self, input: &Input) -> String {
        let Input { name, scaling, .. } = input;
        let Some(Scaling { shifts, scales }) = scaling else { return name.clone() };
        let shifts = self.constant(&format!("{name}_shifts"), &[shifts.len()], shifts);
        let scales = self.constant(&format!("{name}_scales"), &[scales.len()], scales);
        let shifted = self.inside("Sub", &format!("{name}_shifted"), &[name, &shifts], &[]);
        self.inside("Div", &format!("{name}_scaled"), &[&shifted, &scales], &[])
    }

    /// The outputs of a network; its values are called by their layer, counted from one, after `prefix`.
    fn network(&mut self, prefix: &str, shape: &MlpShape, parameters: &[f64], features: &str) -> String {
        let mut value = features.to_owned();
        for (index, layer) in shape.layers().enumerate() {
            if index > 0 {
                let operator = match shape.activation() {
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
            value = self.inside("Gemm", &name, &[&value, &weights, &biases], &[("transB", 1)]);
        }
        value
    }

    /// A constant in single precision; returns its name.
    fn constant(&mut self, name: &str, dims: &[usize], values: &[f64]) -> String {
        let name = format!("{INSIDE}{name}");
        self.constants.push(TensorProto {
            dims: dims.iter().map(|&extent| extent as i64).collect(),
            data_type: FLOAT,
            name: name.clone(),
            raw_data: values.iter().flat_map(|&value| (value as f32).to_le_bytes()).collect(),
        });
        name
    }

    /// A node whose value stays inside the graph; returns the value's name.
    fn inside(&mut self, operator: &str, name: &str, inputs: &[&str], attributes: &[(&str, i64)]) -> String {
        self.node(operator, format!("{INSIDE}{name}"), inputs, attributes)
    }

    fn node(&mut self, operator: &str, name: String, inputs: &[&str], attributes: &[(&str, i64)]) -> String {
        let attribute = |&(name, value): &(&str, i64)| AttributeProto {
            name: name.to_owned(),
            i: Some(value),
            r#type: INT,
        };
        self.nodes.push(NodeProto {
            input: inputs.iter().map(|&input| input.to_owned()).collect(),
            output: vec![name.clone()],
            name: name.clone(),
            op_type: operator.to_owned(),
            attribute: attributes.iter().map(attribute).collect(),
        });
        name
    }
}
