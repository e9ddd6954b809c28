//! What a graph evaluates: one dense network or two, a network on sequences, or trees.

use super::graph::bad;
use super::{Input, TreeEnsemble};
use crate::sequence::SequenceShape;
use crate::{Layer, MlpShape, NnError};

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Network {
    Dense { shape: MlpShape, parts: Parts },
    Sequences { shape: SequenceShape, parameters: Vec<f64> },
    Trees(TreeEnsemble),
}

/// The dense network, or the two among which an event chooses.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Parts {
    One(Vec<f64>),
    Two { input: String, from: f64, below: Vec<f64>, at_or_above: Vec<f64> },
}

impl Network {
    pub(super) fn n_outputs(&self) -> usize {
        match self {
            Self::Dense { shape, .. } => shape.n_outputs(),
            Self::Sequences { shape, .. } => shape.n_outputs(),
            Self::Trees(ensemble) => ensemble.n_outputs(),
        }
    }

    fn what(&self) -> String {
        match self {
            Self::Dense { shape, .. } => format!("a {shape} network"),
            Self::Sequences { .. } => "a network on sequences".to_owned(),
            Self::Trees(_) => "an ensemble of trees".to_owned(),
        }
    }

    /// That every sequence has its input, and all other inputs have as many features as there should be.
    pub(super) fn check_inputs(&self, inputs: &[Input]) -> Result<(), NnError> {
        let branches = match self {
            Self::Sequences { shape, .. } => shape.branches(),
            _ => &[],
        };
        let stray = inputs
            .iter()
            .find(|input| input.length.is_some() && branches.iter().all(|branch| branch.name != input.name));
        if let Some(Input { name, .. }) = stray {
            return Err(bad(format!("{} has no sequence \"{name}\"", self.what())));
        }
        for branch in branches {
            let name = &branch.name;
            let input = inputs.iter().find(|input| input.name == *name);
            let Some((input, length)) = input.and_then(|input| Some((input, input.length?))) else {
                return Err(bad(format!("the sequence \"{name}\" of the network has no input with objects")));
            };
            expect(&format!("objects of the input \"{name}\""), branch.length, length)?;
            expect(&format!("features of the input \"{name}\""), branch.n_features, input.features.len())?;
        }
        let flat = inputs.iter().filter(|input| input.length.is_none());
        let n_features = flat.map(|input| input.features.len()).sum();
        match self {
            Self::Dense { shape, .. } => {
                expect(&format!("features of all inputs to {}", self.what()), shape.n_inputs(), n_features)
            }
            Self::Sequences { shape, .. } => expect(
                &format!("features of all inputs without objects to {}", self.what()),
                shape.n_flat(),
                n_features,
            ),
            Self::Trees(ensemble) => ensemble.check(n_features),
        }
    }

    /// Checks parameters and boundary, and lets the first biases take up what rounding the shifts left over.
    pub(super) fn settle(&mut self, inputs: &[Input]) -> Result<(), NnError> {
        let flat: Vec<f64> =
            inputs.iter().filter(|input| input.length.is_none()).flat_map(Input::rounded_away).collect();
        match self {
            Self::Dense { shape, parts: Parts::One(parameters) } => {
                settle(shape, "the network", parameters, &flat)
            }
            Self::Dense { shape, parts: Parts::Two { input: name, from, below, at_or_above } } => {
                let input = inputs.iter().find(|input| input.name == *name);
                let n_features = input.map(|input| input.features.len());
                if n_features != Some(1) {
                    let found = n_features.map_or("there is none".to_owned(), |n| format!("it has {n}"));
                    let wanted =
                        format!("an event chooses by the input \"{name}\", which must have one feature");
                    return Err(bad(format!("{wanted}, but {found}")));
                }
                let what = format!("the boundary in \"{name}\"");
                NnError::check((*from as f32).is_finite(), &what, "finite in single precision", *from)?;
                settle(shape, "the network below the boundary", below, &flat)?;
                settle(shape, "the network at or above the boundary", at_or_above, &flat)
            }
            Self::Sequences { shape, parameters } => settle_sequences(shape, parameters, inputs, &flat),
            Self::Trees(_) => Ok(()),
        }
    }
}

fn settle(shape: &MlpShape, whose: &str, parameters: &mut [f64], left: &[f64]) -> Result<(), NnError> {
    shape.check(parameters)?;
    if let Some(first) = shape.layers().next() {
        absorb(parameters, &first, 0, left);
    }
    check_numbers(whose, parameters)
}

fn settle_sequences(
    shape: &SequenceShape,
    parameters: &mut [f64],
    inputs: &[Input],
    flat: &[f64],
) -> Result<(), NnError> {
    expect("parameters of a network on sequences", shape.n_parameters(), parameters.len())?;
    let layout = shape.layout();
    for (branch, places) in shape.branches().iter().zip(&layout.branches) {
        let memory = places.memory;
        let first = places.convolutions.first().copied().unwrap_or(Layer {
            n_inputs: memory.n_inputs,
            n_outputs: memory.n_gates(),
            weights: memory.input_weights,
            biases: memory.input_biases,
        });
        if let Some(input) = inputs.iter().find(|input| input.name == branch.name) {
            absorb(parameters, &first, 0, &input.rounded_away());
        }
    }
    if let Some(first) = layout.dense.first() {
        absorb(parameters, first, shape.n_joined() - shape.n_flat(), flat);
    }
    check_numbers("the network", parameters)
}

/// $W (x - r) + b = W x + (b - W r)$ for the inputs of a layer from `column` on.
fn absorb(parameters: &mut [f64], layer: &Layer, column: usize, left: &[f64]) {
    for row in 0..layer.n_outputs {
        let weights = &parameters[layer.weights + row * layer.n_inputs + column..][..left.len()];
        let moved: f64 = weights.iter().zip(left).map(|(weight, rest)| weight * rest).sum();
        parameters[layer.biases + row] -= moved;
    }
}

fn check_numbers(whose: &str, parameters: &[f64]) -> Result<(), NnError> {
    parameters.iter().enumerate().try_for_each(|(index, &parameter)| {
        let what = format!("parameter {index} of {whose}");
        NnError::check((parameter as f32).is_finite(), &what, "finite in single precision", parameter)
    })
}

fn expect(what: &str, expected: usize, found: usize) -> Result<(), NnError> {
    if expected == found {
        return Ok(());
    }
    Err(NnError::LengthMismatch { what: what.to_owned(), expected, found })
}
