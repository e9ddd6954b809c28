use burn::tensor::DType;
use serde::{Deserialize, Serialize};

use super::descent::Descent;
use crate::train::{Learner, Memory, Stored};
use crate::{MlpShape, NnError, Optimizer, Run};

/// Dense networks, each with a name, that the [training loop](crate::Training) trains through the dense kernel.
///
/// Their losses give a [`Slope`]: the value for a batch, and its gradient by the parameters of all networks in a row.
/// A phase that [trains](crate::Phase::training) some of them names them.
///
/// ```
/// use hepsys_nn::dense::{Columns, CrossEntropy, Dense, Networks, Slope};
/// use hepsys_nn::{Activation, Batch, Device, MlpShape, NnError, Run, Schedule, Stopping, Training};
///
/// // Is x above one half?
/// struct Events(Columns<f32>, Columns<f32>);
/// impl Batch for Events {
///     fn n_events(&self) -> usize {
///         self.0.n_events()
///     }
///     fn take(&self, events: &[usize]) -> Self {
///         Self(self.0.take(events), self.1.take(events))
///     }
/// }
///
/// let x: Vec<f64> = (0..200).map(|i| f64::from(i) / 200.0).collect();
/// let is_above: Vec<f64> = x.iter().map(|x| f64::from(u8::from(*x > 0.5))).collect();
/// let weights = vec![1.0; 200];
/// let events = Events(Columns::new([x.as_slice()])?, Columns::new([is_above.as_slice(), &weights])?);
///
/// let shape = MlpShape::new(1, &[8], 1, Activation::Tanh)?;
/// let run = Run::on(Device::flex()).seed(1);
/// let kernel = Dense::<f32>::new(shape.clone());
/// let training = Training::params()
///     .batch_size(50)
///     .learning_rate(Schedule::constant(0.05))
///     .stopping(Stopping::after(40))
///     .check()?;
/// let trained = training
///     .minimize(|networks: &Networks, batch: &Events| -> Result<Slope, NnError> {
///         let loss = CrossEntropy::new(&batch.1)?;
///         let mut slope = networks.flat();
///         slope.value = kernel.loss_and_gradient(networks.parameters(), &batch.0, &loss, &mut slope.gradient)?;
///         Ok(slope)
///     })
///     .fit(Networks::init([("classifier", shape)], &run), &events, &run)?;
/// let outputs = kernel.outputs(trained.model.of("classifier")?, &events.0)?;
/// assert!(outputs[0][10] < 0.0 && outputs[0][190] > 0.0);
/// # Ok::<(), NnError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Networks {
    parts: Vec<Part>,
    parameters: Vec<f64>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Part {
    name: String,
    shape: Content,
}

/// What the parameters of a part are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Content {
    Network(MlpShape),
    /// So many numbers of a loss.
    Numbers(usize),
}

impl Content {
    fn n_parameters(&self) -> usize {
        match self {
            Self::Network(shape) => shape.n_parameters(),
            Self::Numbers(n) => *n,
        }
    }
}

/// A loss and its gradient, $\partial L/\partial w$, by the parameters of [`Networks`].
#[derive(Debug, Clone, PartialEq)]
pub struct Slope {
    /// $L$
    pub value: f64,
    /// $\partial L/\partial w$, network by network.
    pub gradient: Vec<f64>,
    /// Numbers that the loss sets rather than has a gradient by: where they begin among all parameters, and what they
    /// become after the step. The running averages of a normalisation are such.
    pub set: Vec<(usize, Vec<f64>)>,
}

impl Slope {
    /// A loss with this value and gradient, which sets nothing.
    #[must_use]
    pub fn new(value: f64, gradient: Vec<f64>) -> Self {
        Self { value, gradient, set: Vec::new() }
    }
}

impl Networks {
    /// Networks with [Glorot's weights](MlpShape::glorot_uniform), each from a stream of its own: `init` of its name.
    #[must_use]
    pub fn init<N: Into<String>>(parts: impl IntoIterator<Item = (N, MlpShape)>, run: &Run) -> Self {
        let start =
            |name: &str, shape: &MlpShape| shape.glorot_uniform(run.named(name).streams().named("init"));
        let mut networks = Self::empty();
        for (name, shape) in parts {
            let name = name.into();
            networks.parameters.extend(start(&name, &shape));
            networks.parts.push(Part { name, shape: Content::Network(shape) });
        }
        networks
    }

    /// No network yet, to be added to.
    #[must_use]
    pub fn empty() -> Self {
        Self { parts: Vec::new(), parameters: Vec::new() }
    }

    /// One network more, with these parameters.
    ///
    /// # Errors
    ///
    /// [`NnError::LengthMismatch`] unless there is one for each of the shape.
    pub fn and(
        mut self,
        name: impl Into<String>,
        shape: MlpShape,
        parameters: &[f64],
    ) -> Result<Self, NnError> {
        self.parameters.extend_from_slice(shape.check(parameters)?);
        self.parts.push(Part { name: name.into(), shape: Content::Network(shape) });
        Ok(self)
    }

    /// Parameters of the loss, such as the width of a policy, that are trained along with the networks.
    ///
    /// After the networks they stand where [`Dense`](super::Dense) writes the gradient by the
    /// [parameters of a loss](super::EventLoss::n_extra).
    #[must_use]
    pub fn and_numbers(mut self, name: impl Into<String>, numbers: &[f64]) -> Self {
        self.parameters.extend_from_slice(numbers);
        self.parts.push(Part { name: name.into(), shape: Content::Numbers(numbers.len()) });
        self
    }

    /// The parameters of all networks, one network after the other, each in the order of its [`MlpShape`].
    #[must_use]
    pub fn parameters(&self) -> &[f64] {
        &self.parameters
    }

    /// The parameters of one network.
    ///
    /// # Errors
    ///
    /// [`NnError::NoNetwork`] if there is none of this name.
    pub fn of(&self, name: &str) -> Result<&[f64], NnError> {
        Ok(&self.parameters[self.place(name)?])
    }

    /// Where the parameters of one network stand among all.
    ///
    /// # Errors
    ///
    /// [`NnError::NoNetwork`] if there is none of this name.
    pub fn place(&self, name: &str) -> Result<std::ops::Range<usize>, NnError> {
        let found = self.places().find(|(part, _)| part.name == name);
        found.map(|(_, place)| place).ok_or_else(|| NnError::NoNetwork {
            name: name.to_owned(),
            available: self.parts.iter().map(|part| part.name.clone()).collect(),
        })
    }

    /// The loss that is zero everywhere, to be added to.
    #[must_use]
    pub fn flat(&self) -> Slope {
        Slope::new(0.0, vec![0.0; self.parameters.len()])
    }

    fn places(&self) -> impl Iterator<Item = (&Part, std::ops::Range<usize>)> {
        let mut begin = 0;
        self.parts.iter().map(move |part| {
            let place = begin..begin + part.shape.n_parameters();
            begin = place.end;
            (part, place)
        })
    }
}

impl Learner for Networks {
    type Loss = Result<Slope, NnError>;
    type Slope = Slope;
    type Value = f64;
    type Stepper = Descent;

    fn stepper(optimizer: Optimizer) -> Descent {
        Descent::new(optimizer)
    }

    fn into_training(self) -> Self {
        self
    }

    fn into_trained(self) -> Self {
        self
    }

    fn paths(&self) -> Vec<String> {
        self.parts.iter().map(|part| part.name.clone()).collect()
    }

    fn check(loss: Self::Loss, _phase: &str) -> Result<Slope, NnError> {
        loss
    }

    fn value(slope: &Slope) -> f64 {
        slope.value
    }

    fn value_alone(loss: Self::Loss) -> Result<f64, NnError> {
        loss.map(|slope| slope.value)
    }

    fn to_host(values: Vec<f64>) -> Result<Vec<f64>, NnError> {
        Ok(values)
    }

    fn step(
        mut self,
        stepper: &mut Descent,
        rate: f64,
        mut slope: Slope,
        clip: Option<f64>,
        trains: &dyn Fn(&str) -> bool,
    ) -> Self {
        let places: Vec<_> = self.places().map(|(part, place)| (trains(&part.name), place)).collect();
        let trained = || places.iter().enumerate().filter(|(_, (is_trained, _))| *is_trained);
        if let Some(longest) = clip {
            let squares = trained().flat_map(|(_, (_, place))| &slope.gradient[place.clone()]);
            let norm = squares.map(|g| g * g).sum::<f64>().sqrt();
            if norm > longest {
                slope.gradient.iter_mut().for_each(|g| *g *= longest / norm);
            }
        }
        for (index, (_, place)) in trained() {
            stepper.step(index, rate, &slope.gradient[place.clone()], &mut self.parameters[place.clone()]);
        }
        for (begin, numbers) in slope.set {
            self.parameters[begin..begin + numbers.len()].copy_from_slice(&numbers);
        }
        self
    }

    fn record(&self) -> Result<Vec<u8>, NnError> {
        Ok(to_bytes(&self.parameters))
    }

    fn restore(mut self, record: Vec<u8>) -> Result<Self, String> {
        let parameters = from_bytes(&record)?;
        if parameters.len() != self.parameters.len() {
            return Err(format!("it has {} parameters of {}", parameters.len(), self.parameters.len()));
        }
        self.parameters = parameters;
        Ok(self)
    }

    fn memory(stepper: &Descent) -> Result<Vec<Memory>, NnError> {
        let memory = stepper.memory().map(|(position, steps, moments)| Memory {
            position,
            rank: 1,
            scalars: steps.into(),
            tensors: moments
                .iter()
                .enumerate()
                .map(|(index, moment)| {
                    let bytes = to_bytes(moment);
                    let (name, shape) = (index.to_string(), vec![moment.len()]);
                    Stored { name, dtype: DType::F64, shape, n_bytes: bytes.len(), bytes }
                })
                .collect(),
        });
        Ok(memory.collect())
    }

    fn recall(&self, optimizer: Optimizer, memory: &[Memory], _run: &Run) -> Result<Descent, String> {
        let lengths: Vec<usize> = self.parts.iter().map(|part| part.shape.n_parameters()).collect();
        let mut descent = Descent::new(optimizer);
        for Memory { position, scalars, tensors, .. } in memory {
            let steps = scalars.as_u64().ok_or("the optimiser does not say how many steps it took")?;
            let moments: Vec<Vec<f64>> =
                tensors.iter().map(|tensor| from_bytes(&tensor.bytes)).collect::<Result<_, _>>()?;
            if moments.iter().any(|moment| Some(&moment.len()) != lengths.get(*position)) {
                return Err(format!("the optimiser's memory of network {position} has another length"));
            }
            descent.recall(*position, steps, moments)?;
        }
        Ok(descent)
    }
}

fn to_bytes(values: &[f64]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

fn from_bytes(bytes: &[u8]) -> Result<Vec<f64>, String> {
    let (values, rest) = bytes.as_chunks();
    if rest.is_empty() {
        Ok(values.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect())
    } else {
        Err("a list of numbers ends amid one".to_owned())
    }
}
