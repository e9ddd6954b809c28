use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};
use hepsys_core::Seed;
use rand_distr::{Distribution, StandardNormal};

use super::coupling::{Columns, scale_and_shift};
use super::{Coupling, FlowShape};
use crate::{Mlp, MlpShape, NnError, Run};

/// The density of some features under conditions, as a flow of affine couplings.
///
/// A coupling keeps the features $x_k$ and moves the others,
/// $$ x_m \to x_m\\, e^{s(x_k, c)} + t(x_k, c), $$
/// with $s$ and $t$ from a network with tanh units, and $|s|$ below [`LARGEST_LOG_SCALE`](super::LARGEST_LOG_SCALE).
/// The logarithm of its determinant is the sum of $s$.
///
/// ```
/// use hepsys_nn::flow::{ConditionalFlow, FlowShape};
/// use hepsys_nn::{Device, Run, Seed, Tensor};
///
/// let device = Device::flex();
/// let flow = ConditionalFlow::init(&FlowShape::new(2, 1, 4, &[8])?, &Run::on(device.clone()).seed(1));
/// // It begins as the standard normal density, whatever the condition.
/// let origin = Tensor::from_data([[0.0, 0.0]], &device);
/// let condition = Tensor::from_data([[3.0]], &device);
/// let density: f32 = flow.log_density(origin, condition.clone()).into_scalar();
/// assert!((density + (2.0 * std::f32::consts::PI).ln()).abs() < 1e-6);
/// assert_eq!(flow.sample(condition, Seed::new(2)).dims(), [1, 2]);
/// # Ok::<(), hepsys_nn::NnError>(())
/// ```
///
/// # References
///
/// `dinh2017`, Eqs. 7 and 8
#[derive(Module, Debug)]
pub struct ConditionalFlow {
    networks: Vec<Mlp>,
    #[module(skip)]
    shape: FlowShape,
}

impl ConditionalFlow {
    /// The flow to [begin](FlowShape::start) with, on the device of the run and from its stream `init`.
    #[must_use]
    pub fn init(shape: &FlowShape, run: &Run) -> Self {
        Self::build(shape, &shape.start(run.streams().named("init")), run.device())
    }

    /// The flow with these parameters, in the order of [`FlowShape`].
    ///
    /// # Errors
    ///
    /// [`NnError::LengthMismatch`] unless there is one for each of the shape.
    pub fn from_parameters(shape: &FlowShape, parameters: &[f64], device: &Device) -> Result<Self, NnError> {
        Ok(Self::build(shape, shape.check(parameters)?, device))
    }

    /// The flow with a list of parameters that is known to fit.
    fn build(shape: &FlowShape, parameters: &[f64], device: &Device) -> Self {
        let mut rest = parameters;
        let network = |network: &MlpShape| {
            let (own, others) = rest.split_at(network.n_parameters());
            rest = others;
            Mlp::build(network, own, device)
        };
        Self { networks: shape.networks().iter().map(network).collect(), shape: shape.clone() }
    }

    /// The parameters, in the order of [`FlowShape`].
    ///
    /// # Errors
    ///
    /// [`NnError::Device`] if they cannot be read back.
    pub fn to_parameters(&self) -> Result<Vec<f64>, NnError> {
        let networks = self.networks.iter().map(Mlp::to_parameters).collect::<Result<Vec<_>, _>>()?;
        Ok(networks.concat())
    }

    /// The shape, and with it the layout of the parameters.
    #[must_use]
    pub fn shape(&self) -> &FlowShape {
        &self.shape
    }

    /// How many parameters it has.
    #[must_use]
    pub fn n_parameters(&self) -> usize {
        self.shape.n_parameters()
    }

    /// $\ln p(x \mid c)$ of each event.
    ///
    /// # Shapes
    ///
    /// `[n_events, n_features]` and `[n_events, n_conditions]` to `[n_events]`
    ///
    /// # Panics
    ///
    /// If features or conditions have another shape.
    #[must_use]
    pub fn log_density(&self, x: Tensor<2>, conditions: Tensor<2>) -> Tensor<1> {
        let (z, log_determinant) = self.through(x, conditions);
        let constant = -0.5 * (2.0 * std::f64::consts::PI).ln() * self.shape.n_features() as f64;
        let squares = z.unordered().powi_scalar(2).sum_dim(1);
        (log_determinant - squares * 0.5 + constant).squeeze_dim(1)
    }

    /// The normal numbers $z = f(x; c)$ that the features of each event become.
    ///
    /// # Shapes
    ///
    /// `[n_events, n_features]` and `[n_events, n_conditions]` to `[n_events, n_features]`
    ///
    /// # Panics
    ///
    /// If features or conditions have another shape.
    #[must_use]
    pub fn to_normal(&self, x: Tensor<2>, conditions: Tensor<2>) -> Tensor<2> {
        self.in_order(&self.through(x, conditions).0)
    }

    /// The features $x = f^{-1}(z; c)$ that become these normal numbers.
    ///
    /// # Shapes
    ///
    /// `[n_events, n_features]` and `[n_events, n_conditions]` to `[n_events, n_features]`
    ///
    /// # Panics
    ///
    /// If numbers or conditions have another shape.
    #[must_use]
    pub fn from_normal(&self, z: Tensor<2>, conditions: Tensor<2>) -> Tensor<2> {
        let conditions = self.checked(&z, conditions);
        let mut columns = Columns::new(z);
        let couplings: Vec<Coupling> = self.shape.couplings().collect();
        for (coupling, network) in couplings.into_iter().zip(&self.networks).rev() {
            let (kept, moved) = (columns.of(&coupling.kept), columns.moved(&coupling));
            let (log_scale, shift) = scale_and_shift(network, kept.clone(), conditions.clone());
            columns = Columns::joined(kept, (moved - shift) * log_scale.neg().exp(), coupling);
        }
        self.in_order(&columns)
    }

    /// One event for each row of conditions, from normal numbers that the seed alone decides, on any device.
    ///
    /// # Shapes
    ///
    /// `[n_events, n_conditions]` to `[n_events, n_features]`
    ///
    /// # Panics
    ///
    /// If the conditions have another number of columns.
    #[must_use]
    pub fn sample(&self, conditions: Tensor<2>, seed: Seed) -> Tensor<2> {
        let shape = [conditions.dims()[0], self.shape.n_features()];
        let normal = standard_normal(shape[0] * shape[1], seed);
        let z = Tensor::from_data(TensorData::new(normal, shape), &conditions.device());
        self.from_normal(z, conditions)
    }

    /// Normal numbers in the order in which the last coupling leaves them, and the logarithm of the determinant,
    /// `[n_events, 1]`.
    fn through(&self, x: Tensor<2>, conditions: Tensor<2>) -> (Columns, Tensor<2>) {
        let conditions = self.checked(&x, conditions);
        let mut columns = Columns::new(x);
        let mut log_scales = Vec::with_capacity(self.networks.len());
        for (coupling, network) in self.shape.couplings().zip(&self.networks) {
            let (kept, moved) = (columns.of(&coupling.kept), columns.moved(&coupling));
            let (log_scale, shift) = scale_and_shift(network, kept.clone(), conditions.clone());
            columns = Columns::joined(kept, moved * log_scale.clone().exp() + shift, coupling);
            log_scales.push(log_scale);
        }
        (columns, Tensor::cat(log_scales, 1).sum_dim(1))
    }

    /// The conditions, or nothing where the flow has none.
    fn checked(&self, features: &Tensor<2>, conditions: Tensor<2>) -> Option<Tensor<2>> {
        let n_events = features.dims()[0];
        let (n_features, n_conditions) = (self.shape.n_features(), self.shape.n_conditions());
        assert_eq!(features.dims()[1], n_features, "the number of features of a flow");
        assert_eq!(conditions.dims(), [n_events, n_conditions], "the shape of the conditions of a flow");
        (n_conditions > 0).then_some(conditions)
    }

    fn in_order(&self, columns: &Columns) -> Tensor<2> {
        let features: Vec<usize> = (0..self.shape.n_features()).collect();
        columns.of(&features).expect("a checked flow has features")
    }
}

/// So many standard normal numbers.
pub(super) fn standard_normal(n: usize, seed: Seed) -> Vec<f64> {
    let mut stream = seed.stream();
    (0..n).map(|_| StandardNormal.sample(&mut stream)).collect()
}
