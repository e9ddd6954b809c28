use std::collections::BTreeMap;

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::optim::momentum::MomentumConfig;
use burn::optim::{
    Adam, AdamConfig, DynOptimizer, DynState, GradientsParams, Sgd, SgdConfig, StateSink, StateSource,
};
use burn::tensor::{DType, Device, Tensor, TensorData};
use serde::{Deserialize, Serialize};

use crate::NnError;

/// How gradients become steps.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Optimizer {
    /// Adam, with the gradients' first and second moments.
    Adam {
        /// Decay of the first moment, β₁.
        beta_1: f64,
        /// Decay of the second moment, β₂.
        beta_2: f64,
        /// What keeps the denominator from zero, ε.
        epsilon: f64,
    },
    /// Stochastic gradient descent.
    Sgd {
        /// How much of the last step stays in the next; zero for plain gradient descent.
        momentum: f64,
    },
}

impl Default for Optimizer {
    fn default() -> Self {
        Self::adam()
    }
}

impl Optimizer {
    /// Adam with β₁ = 0.9, β₂ = 0.999 and ε = 10⁻⁸, the values of its paper.
    ///
    /// # References
    ///
    /// [Kingma and Ba 2015](https://arxiv.org/abs/1412.6980)
    #[must_use]
    pub fn adam() -> Self {
        Self::Adam { beta_1: 0.9, beta_2: 0.999, epsilon: 1e-8 }
    }

    /// Plain gradient descent.
    #[must_use]
    pub fn sgd() -> Self {
        Self::Sgd { momentum: 0.0 }
    }

    pub(crate) fn check(&self) -> Result<(), NnError> {
        let below_one = |name, x: f64| NnError::check((0.0..1.0).contains(&x), name, "within 0 and 1", x);
        match *self {
            Self::Adam { beta_1, beta_2, epsilon } => {
                below_one("beta_1", beta_1)?;
                below_one("beta_2", beta_2)?;
                NnError::check_positive("epsilon", epsilon)
            }
            Self::Sgd { momentum } => below_one("momentum", momentum),
        }
    }
}

/// An optimiser at work: its rule, and what it remembers of each parameter.
///
/// burn's own `ModuleOptimizer` keeps its memory under random ids and reads it back onto the default device, whichever that is;
/// this one counts parameters in the order of the module and keeps to their device.
#[derive(Clone)]
pub struct Stepper {
    rule: Rule,
    memory: BTreeMap<usize, DynState>,
}

#[derive(Clone)]
enum Rule {
    Adam(Adam),
    Sgd(Sgd),
}

/// What a stepper remembers of one parameter, as plain data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Memory {
    pub(crate) position: usize,
    pub(crate) rank: usize,
    /// Counters, such as Adam's time.
    pub(crate) scalars: serde_json::Value,
    pub(crate) tensors: Vec<Stored>,
}

/// A tensor of the memory; its bytes stand elsewhere in the file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Stored {
    pub(crate) name: String,
    pub(crate) dtype: DType,
    pub(crate) shape: Vec<usize>,
    pub(crate) n_bytes: usize,
    #[serde(skip)]
    pub(crate) bytes: Vec<u8>,
}

impl Stepper {
    pub(crate) fn new(optimizer: Optimizer) -> Self {
        // burn takes these in single precision.
        let rule = match optimizer {
            Optimizer::Adam { beta_1, beta_2, epsilon } => Rule::Adam(
                AdamConfig::new()
                    .with_beta_1(beta_1 as f32)
                    .with_beta_2(beta_2 as f32)
                    .with_epsilon(epsilon as f32)
                    .build(),
            ),
            Optimizer::Sgd { momentum } => Rule::Sgd(
                SgdConfig::new()
                    .with_momentum((momentum > 0.0).then_some(MomentumConfig {
                        momentum,
                        dampening: 0.0,
                        nesterov: false,
                    }))
                    .build(),
            ),
        };
        Self { rule, memory: BTreeMap::new() }
    }

    /// The model after one step for the parameters that `trains` names by their path, along their gradients times
    /// `factor`.
    pub(crate) fn step<M: Module>(
        &mut self,
        rate: f64,
        model: M,
        gradients: GradientsParams,
        factor: Option<Tensor<1>>,
        trains: &dyn Fn(&str) -> bool,
    ) -> M {
        let memory = &mut self.memory;
        match &self.rule {
            Rule::Adam(rule) => model.map(&mut StepOf::new(rule, rate, gradients, factor, trains, memory)),
            Rule::Sgd(rule) => model.map(&mut StepOf::new(rule, rate, gradients, factor, trains, memory)),
        }
    }

    fn rule(&self) -> &dyn DynOptimizer {
        match &self.rule {
            Rule::Adam(rule) => rule,
            Rule::Sgd(rule) => rule,
        }
    }

    /// The memory as plain data.
    pub(crate) fn memory(&self) -> Result<Vec<Memory>, NnError> {
        self.memory.iter().map(|(&position, state)| self.remember(position, state)).collect()
    }

    fn remember(&self, position: usize, state: &DynState) -> Result<Memory, NnError> {
        let mut sink = StateSink::default();
        self.rule().state_flatten("", state, &mut sink);
        let scalars: BTreeMap<_, _> = sink.scalars.into_iter().collect();
        let scalars = serde_json::to_value(scalars).map_err(|e| NnError::Device(e.to_string()))?;
        let tensors = sink.tensors.into_iter().map(|(name, data)| {
            let (bytes, shape, dtype) = data.into_parts();
            Stored { name, dtype, shape: shape.to_vec(), n_bytes: bytes.len(), bytes: bytes.to_vec() }
        });
        Ok(Memory { position, rank: state.rank(), scalars, tensors: tensors.collect() })
    }

    /// The stepper with this memory, its tensors on `device`, or what is wrong with it.
    pub(crate) fn recall(mut self, memories: &[Memory], device: &Device) -> Result<Self, String> {
        for memory in memories {
            let state = self.recall_one(memory, device)?;
            // A device of another float type would round the memory.
            let kept = self.remember(memory.position, &state).map_err(|e| e.to_string())?;
            if kept.tensors != memory.tensors {
                return Err("the device does not keep the optimiser's memory bit for bit".to_owned());
            }
            self.memory.insert(memory.position, state);
        }
        Ok(self)
    }

    fn recall_one(&self, memory: &Memory, device: &Device) -> Result<DynState, String> {
        let scalars = serde_json::from_value(memory.scalars.clone()).map_err(|e| e.to_string())?;
        let mut source = StateSource::new(scalars);
        for tensor in &memory.tensors {
            if tensor.shape.len() != memory.rank || memory.rank > MAX_RANK {
                return Err(format!("parameter {} has a tensor of another rank", memory.position));
            }
            let data =
                TensorData::try_from_bytes_vec(tensor.bytes.clone(), tensor.shape.clone(), tensor.dtype)
                    .map_err(|e| e.to_string())?;
            source.insert_tensor(tensor.name.clone(), data);
        }
        self.rule()
            .state_unflatten(memory.rank, "", &mut source, device)
            .ok_or_else(|| format!("the optimiser's memory of parameter {} is incomplete", memory.position))
    }
}

/// The largest rank that burn's optimisers know.
const MAX_RANK: usize = 8;

/// One step through all parameters of a module.
struct StepOf<'a, O> {
    rule: &'a O,
    rate: f64,
    gradients: GradientsParams,
    factor: Option<Tensor<1>>,
    trains: &'a dyn Fn(&str) -> bool,
    memory: &'a mut BTreeMap<usize, DynState>,
    path: Vec<String>,
    position: usize,
}

impl<'a, O> StepOf<'a, O> {
    fn new(
        rule: &'a O,
        rate: f64,
        gradients: GradientsParams,
        factor: Option<Tensor<1>>,
        trains: &'a dyn Fn(&str) -> bool,
        memory: &'a mut BTreeMap<usize, DynState>,
    ) -> Self {
        Self { rule, rate, gradients, factor, trains, memory, path: Vec::new(), position: 0 }
    }
}

impl<O: burn::optim::Optimizer> ModuleMapper for StepOf<'_, O> {
    fn enter_module(&mut self, name: &str, _container_type: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.path.pop();
    }

    fn map_float<const R: usize>(&mut self, parameter: Param<Tensor<R>>) -> Param<Tensor<R>> {
        let position = self.position;
        self.position += 1;
        if !(self.trains)(&self.path.join(".")) {
            return parameter;
        }
        let Some(gradient) = self.gradients.remove::<R>(parameter.id) else { return parameter };
        let gradient = match &self.factor {
            Some(factor) => gradient * factor.clone().reshape([1; R]),
            None => gradient,
        };
        parameter.map(|tensor| {
            let requires_gradient = tensor.is_require_grad();
            let state = self.memory.remove(&position).map(DynState::downcast::<O::State<R>>);
            let (tensor, state) = self.rule.step(self.rate, tensor.without_autodiff(), gradient, state);
            if let Some(state) = state {
                self.memory.insert(position, DynState::create(state, R));
            }
            tensor.autodiff().set_require_grad(requires_gradient)
        })
    }
}

/// What shortens the gradients of the trained parameters to `longest`, if they are longer; it stays on the device.
pub(crate) fn clipping_factor<M: Module>(
    longest: f64,
    model: &M,
    gradients: &GradientsParams,
    trains: &dyn Fn(&str) -> bool,
) -> Option<Tensor<1>> {
    struct Squares<'a> {
        gradients: &'a GradientsParams,
        trains: &'a dyn Fn(&str) -> bool,
        path: Vec<String>,
        sum: Option<Tensor<1>>,
    }

    impl ModuleVisitor for Squares<'_> {
        fn enter_module(&mut self, name: &str, _container_type: &str) {
            self.path.push(name.to_owned());
        }

        fn exit_module(&mut self, _name: &str, _container_type: &str) {
            self.path.pop();
        }

        fn visit_float<const R: usize>(&mut self, parameter: &Param<Tensor<R>>) {
            if !(self.trains)(&self.path.join(".")) {
                return;
            }
            if let Some(gradient) = self.gradients.get::<R>(parameter.id) {
                let square = (gradient.clone() * gradient).sum();
                self.sum = Some(self.sum.take().map_or(square.clone(), |sum| sum + square));
            }
        }
    }

    let mut squares = Squares { gradients, trains, path: Vec::new(), sum: None };
    model.visit(&mut squares);
    // longest / max(norm, longest) is one for a gradient that is short enough.
    Some((squares.sum?.sqrt().clamp_min(longest)).recip() * longest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mlp::read;
    use crate::{Activation, Mlp, MlpShape};

    /// The parameters after each of three steps down $L = 2 (w x + b)$ at $x = 3$.
    fn three_steps(optimizer: Optimizer, rate: f64) -> Vec<Vec<f64>> {
        let device = Device::flex().autodiff();
        let shape = MlpShape::new(1, &[], 1, Activation::Tanh).unwrap();
        let mut network = Mlp::from_parameters(&shape, &[0.0, 0.0], &device).unwrap();
        let mut stepper = Stepper::new(optimizer);
        (0..3)
            .map(|_| {
                let loss = network.forward(Tensor::from_data([[3.0]], &device)).sum() * 2.0;
                let gradients = GradientsParams::from_grads(loss.backward(), &network);
                network = stepper.step(rate, network.clone(), gradients, None, &|_| true);
                network.to_parameters().unwrap()
            })
            .collect()
    }

    #[test]
    fn gradient_descent_steps_along_the_gradient() {
        // Exact in single precision: the gradients are 6 and 2, the rate a power of two.
        let steps = three_steps(Optimizer::sgd(), 0.125);
        assert_eq!(steps, [[-0.75, -0.25], [-1.5, -0.5], [-2.25, -0.75]]);
    }

    #[test]
    fn momentum_adds_up_steps() {
        let steps = three_steps(Optimizer::Sgd { momentum: 0.5 }, 0.125);
        assert_eq!(steps, [[-0.75, -0.25], [-1.875, -0.625], [-3.1875, -1.0625]]);
    }

    #[test]
    fn adam_takes_steps_of_the_learning_rate_along_a_constant_gradient() {
        for (n, step) in three_steps(Optimizer::adam(), 0.01).iter().enumerate() {
            for parameter in step {
                // Single precision, with moments that are small differences from one.
                assert!((parameter + 0.01 * (n + 1) as f64).abs() < 1e-6, "{parameter} after step {n}");
            }
        }
    }

    #[test]
    fn a_step_leaves_the_parameters_of_other_paths_alone() {
        let device = Device::flex().autodiff();
        let shape = MlpShape::new(1, &[2], 1, Activation::Tanh).unwrap();
        let network = Mlp::from_parameters(&shape, &[0.5; 7], &device).unwrap();
        let loss = network.forward(Tensor::from_data([[3.0]], &device)).sum();
        let gradients = GradientsParams::from_grads(loss.backward(), &network);
        let stepped = Stepper::new(Optimizer::sgd())
            .step(0.1, network, gradients, None, &|path| path.starts_with("layers.1"));
        let parameters = stepped.to_parameters().unwrap();
        assert_eq!(parameters[..4], [0.5; 4]);
        assert!(parameters[4..].iter().all(|p| *p != 0.5));
    }

    #[test]
    fn a_remembered_optimiser_continues_bit_for_bit() {
        let device = Device::flex().autodiff();
        let shape = MlpShape::new(2, &[3], 1, Activation::Tanh).unwrap();
        let x = Tensor::<2>::from_data([[0.3, -0.7], [1.1, 0.2]], &device);
        for optimizer in [Optimizer::adam(), Optimizer::sgd(), Optimizer::Sgd { momentum: 0.9 }] {
            let step = |stepper: &mut Stepper, network: Mlp| {
                let loss = network.forward(x.clone()).powi_scalar(2).sum();
                let gradients = GradientsParams::from_grads(loss.backward(), &network);
                stepper.step(0.05, network, gradients, None, &|_| true)
            };
            let seed = hepsys_core::Seed::new(5);
            let mut network = Mlp::from_parameters(&shape, &shape.glorot_uniform(seed), &device).unwrap();
            let mut stepper = Stepper::new(optimizer);
            for _ in 0..3 {
                network = step(&mut stepper, network);
            }
            let memory = stepper.memory().unwrap();
            let mut recalled = Stepper::new(optimizer).recall(&memory, &Device::flex()).unwrap();
            let a = step(&mut stepper, network.clone());
            let b = step(&mut recalled, network);
            assert_eq!(read(a.forward(x.clone())).unwrap(), read(b.forward(x.clone())).unwrap());
            assert_eq!(a.to_parameters().unwrap(), b.to_parameters().unwrap());
        }
    }
}
