use burn::tensor::{Tensor, TensorData};
use hepsys_core::Sample;

use super::ConditionalFlow;
use crate::{Batch, Device, NnError, rows};

/// Events with the conditions that they were made under, and their weights: what a [`DenseFlow`](super::DenseFlow) is
/// trained on.
#[derive(Debug, Clone, PartialEq)]
pub struct ConditionedColumns {
    pub(super) features: Vec<Vec<f64>>,
    pub(super) conditions: Vec<Vec<f64>>,
    pub(super) weights: Vec<f64>,
}

impl ConditionedColumns {
    /// The features and weights of a sample, with the columns of the conditions.
    ///
    /// # Shapes
    ///
    /// `conditions` is `[n_conditions][n_events]`.
    ///
    /// # Errors
    ///
    /// [`NnError::LengthMismatch`] unless each condition has as many values as there are events.
    pub fn new(sample: &Sample, conditions: Vec<Vec<f64>>) -> Result<Self, NnError> {
        let expected = sample.n_events();
        if let Some(condition) = conditions.iter().position(|column| column.len() != expected) {
            let (what, found) = (format!("values of condition {condition}"), conditions[condition].len());
            return Err(NnError::LengthMismatch { what, expected, found });
        }
        Ok(Self {
            features: sample.columns().map(<[f64]>::to_vec).collect(),
            conditions,
            weights: sample.weights().iter().collect(),
        })
    }

    /// The features and weights of a sample, with the class of each event as its conditions:
    /// one for its own class, zero for the others.
    ///
    /// # Errors
    ///
    /// [`NnError::LengthMismatch`] unless there are as many classes as events,
    /// [`NnError::BadParameter`] for a class that is not below `n_classes`.
    pub fn classes(sample: &Sample, classes: &[usize], n_classes: usize) -> Result<Self, NnError> {
        let expected = format!("below {n_classes}");
        let mut conditions = vec![vec![0.0; classes.len()]; n_classes];
        for (event, &class) in classes.iter().enumerate() {
            NnError::check(
                class < n_classes,
                &format!("the class of event {event}"),
                &expected,
                class as f64,
            )?;
            conditions[class][event] = 1.0;
        }
        Self::new(sample, conditions)
    }
}

impl Batch for ConditionedColumns {
    fn n_events(&self) -> usize {
        self.weights.len()
    }

    fn take(&self, events: &[usize]) -> Self {
        let take = |column: &Vec<f64>| events.iter().map(|&event| column[event]).collect::<Vec<f64>>();
        Self {
            features: self.features.iter().map(take).collect(),
            conditions: self.conditions.iter().map(take).collect(),
            weights: take(&self.weights),
        }
    }
}

/// The same on a device: what a [`ConditionalFlow`] is trained on.
#[derive(Debug, Clone)]
pub struct Conditioned {
    features: Tensor<2>,
    conditions: Tensor<2>,
    weights: Tensor<2>,
}

impl Conditioned {
    /// The events on a device.
    #[must_use]
    pub fn new(events: &ConditionedColumns, device: &Device) -> Self {
        let n_events = events.n_events();
        let tensor = |columns: &[&[f64]]| {
            let rows = (0..n_events).flat_map(|event| columns.iter().map(move |column| column[event]));
            let data = TensorData::new(rows.collect::<Vec<f64>>(), [n_events, columns.len()]);
            Tensor::from_data(data, device)
        };
        let columns = |columns: &[Vec<f64>]| tensor(&columns.iter().map(Vec::as_slice).collect::<Vec<_>>());
        Self {
            features: columns(&events.features),
            conditions: columns(&events.conditions),
            weights: tensor(&[&events.weights]),
        }
    }

    /// The features, `[n_events, n_features]`.
    #[must_use]
    pub fn features(&self) -> Tensor<2> {
        self.features.clone()
    }

    /// The conditions, `[n_events, n_conditions]`.
    #[must_use]
    pub fn conditions(&self) -> Tensor<2> {
        self.conditions.clone()
    }

    /// The weights, `[n_events, 1]`.
    #[must_use]
    pub fn weights(&self) -> Tensor<2> {
        self.weights.clone()
    }
}

impl Batch for Conditioned {
    fn n_events(&self) -> usize {
        self.features.dims()[0]
    }

    fn take(&self, events: &[usize]) -> Self {
        Self {
            features: rows(&self.features, events),
            conditions: rows(&self.conditions, events),
            weights: rows(&self.weights, events),
        }
    }
}

/// What a flow is trained to make small: the mean by weight of $-\ln p(x \mid c)$,
/// $-\sum w \ln p / \sum w$.
///
/// ```
/// use hepsys_core::{Feature, Sample};
/// use hepsys_nn::flow::{
///     Conditioned, ConditionedColumns, ConditionalFlow, FlowShape, negative_log_likelihood,
/// };
/// use hepsys_nn::{Device, Run, Schedule, Stopping, Training};
///
/// // Two classes with a width of their own.
/// let wave = |width: f64| (0..100).map(move |i| width * (1.7 * f64::from(i)).sin());
/// let x: Vec<f64> = wave(0.3).chain(wave(2.0)).collect();
/// let sample = Sample::from_columns([(Feature::new("x", "1"), x)])?;
/// let classes: Vec<usize> = (0..200).map(|i| i / 100).collect();
///
/// let run = Run::on(Device::flex()).seed(1);
/// let events = ConditionedColumns::classes(&sample, &classes, 2)?;
/// let events = Conditioned::new(&events, run.device());
/// let trained = Training::params()
///     .learning_rate(Schedule::constant(0.05))
///     .stopping(Stopping::after(60))
///     .check()?
///     .minimize(negative_log_likelihood)
///     .fit(ConditionalFlow::init(&FlowShape::new(1, 2, 1, &[4])?, &run), &events, &run)?;
/// let losses: Vec<f64> = trained.history.losses().collect();
/// assert!(losses[59] < losses[0] - 0.3);
/// # Ok::<(), hepsys_nn::NnError>(())
/// ```
///
/// # Shapes
///
/// One number.
///
/// # Panics
///
/// If the batch has other numbers of features or conditions than the flow.
#[must_use]
pub fn negative_log_likelihood(flow: &ConditionalFlow, batch: &Conditioned) -> Tensor<1> {
    let weights: Tensor<1> = batch.weights().squeeze_dim(1);
    let log_density = flow.log_density(batch.features(), batch.conditions());
    (log_density * weights.clone()).sum().neg() / weights.sum()
}
