use hepsys_core::Seed;

use super::batch::ConditionedColumns;
use super::conditional::standard_normal;
use super::coupling::LARGEST_LOG_SCALE;
use super::{Coupling, FlowShape};
use crate::NnError;
use crate::dense::{Columns, Dense, Linear, Networks, Real, Slope};

/// The flow of [`ConditionalFlow`](super::ConditionalFlow) through the [dense kernel](crate::dense), on the CPU.
///
/// Parameters are a flat list in the order of [`FlowShape`], which the [training loop](crate::Training) holds as
/// [`Networks`].
///
/// ```
/// use hepsys_core::{Feature, Sample};
/// use hepsys_nn::dense::Networks;
/// use hepsys_nn::flow::{ConditionalFlow, ConditionedColumns, DenseFlow, FlowShape};
/// use hepsys_nn::{Device, NnError, Run, Schedule, Stopping, Training};
///
/// // Two classes with a width of their own.
/// let wave = |width: f64| (0..100).map(move |i| width * (1.7 * f64::from(i)).sin());
/// let x: Vec<f64> = wave(0.3).chain(wave(2.0)).collect();
/// let sample = Sample::from_columns([(Feature::new("x", "1"), x)])?;
/// let classes: Vec<usize> = (0..200).map(|i| i / 100).collect();
/// let events = ConditionedColumns::classes(&sample, &classes, 2)?;
///
/// let run = Run::on(Device::flex()).seed(1);
/// let shape = FlowShape::new(1, 2, 1, &[4])?;
/// let flow = DenseFlow::<f32>::new(&shape);
/// let begin = flow.networks(&shape.start(run.streams().named("init")))?;
/// let trained = Training::params()
///     .learning_rate(Schedule::constant(0.05))
///     .stopping(Stopping::after(60))
///     .check()?
///     .minimize(|networks: &Networks, batch: &ConditionedColumns| flow.negative_log_likelihood(networks, batch))
///     .fit(begin, &events, &run)?;
/// let losses: Vec<f64> = trained.history.losses().collect();
/// assert!(losses[59] < losses[0] - 0.3);
/// let densities = flow.log_density(trained.model.parameters(), &events)?;
/// assert_eq!(densities.len(), 200);
/// # Ok::<(), NnError>(())
/// ```
#[derive(Debug, Clone)]
pub struct DenseFlow<T> {
    shape: FlowShape,
    steps: Vec<Step<T>>,
}

/// A coupling, with its network and where the parameters of that begin and end.
#[derive(Debug, Clone)]
struct Step<T> {
    coupling: Coupling,
    kernel: Dense<T>,
    parameters: std::ops::Range<usize>,
}

/// What a coupling did to the features that it moves, for the way back.
struct Moved {
    before: Vec<Vec<f64>>,
    log_scale: Vec<Vec<f64>>,
}

impl<T: Real> DenseFlow<T> {
    /// The flow of this shape.
    #[must_use]
    pub fn new(shape: &FlowShape) -> Self {
        let mut begin = 0;
        let steps = shape.couplings().zip(shape.networks()).map(|(coupling, network)| {
            let parameters = begin..begin + network.n_parameters();
            begin = parameters.end;
            Step { coupling, kernel: Dense::new(network), parameters }
        });
        Self { steps: steps.collect(), shape: shape.clone() }
    }

    /// The parameters as networks that can be trained.
    ///
    /// # Errors
    ///
    /// [`NnError::LengthMismatch`] unless there is one for each of the shape.
    pub fn networks(&self, parameters: &[f64]) -> Result<Networks, NnError> {
        self.shape.check(parameters)?;
        let mut steps = self.steps.iter().zip(self.shape.networks()).enumerate();
        steps.try_fold(Networks::empty(), |networks, (index, (step, network))| {
            networks.and(format!("coupling {index}"), network, &parameters[step.parameters.clone()])
        })
    }

    /// $\ln p(x \mid c)$ of each event; weights do not matter.
    ///
    /// # Errors
    ///
    /// [`NnError::LengthMismatch`] if parameters, features or conditions do not fit the flow.
    pub fn log_density(&self, parameters: &[f64], events: &ConditionedColumns) -> Result<Vec<f64>, NnError> {
        let (z, log_determinant, _) = self.through(parameters, events)?;
        Ok(self.log_densities(&z, &log_determinant))
    }

    /// One event for each event's conditions, from normal numbers that the seed alone decides.
    ///
    /// # Shapes
    ///
    /// `[n_conditions][n_events]` to `[n_features][n_events]`; `n_events` counts where there is no condition.
    ///
    /// # Errors
    ///
    /// [`NnError::LengthMismatch`] if parameters or conditions do not fit the flow.
    pub fn sample(
        &self,
        parameters: &[f64],
        conditions: &[Vec<f64>],
        n_events: usize,
        seed: Seed,
    ) -> Result<Vec<Vec<f64>>, NnError> {
        self.shape.check(parameters)?;
        let n_features = self.shape.n_features();
        let normal = standard_normal(n_events * n_features, seed);
        let mut x: Vec<Vec<f64>> =
            (0..n_features).map(|f| normal.iter().skip(f).step_by(n_features).copied().collect()).collect();
        for step in self.steps.iter().rev() {
            let (log_scale, shift) = step.scale_and_shift(parameters, &x, conditions)?;
            for ((&feature, s), t) in step.coupling.moved.iter().zip(&log_scale).zip(&shift) {
                for ((x, s), t) in x[feature].iter_mut().zip(s).zip(t) {
                    *x = (*x - t) * (-s).exp();
                }
            }
        }
        Ok(x)
    }

    /// The mean by weight of $-\ln p(x \mid c)$, with its gradient by the parameters.
    ///
    /// # Errors
    ///
    /// [`NnError::LengthMismatch`] if networks, features or conditions do not fit the flow,
    /// [`NnError::BadParameter`] if the weights sum to zero or less.
    pub fn negative_log_likelihood(
        &self,
        networks: &Networks,
        events: &ConditionedColumns,
    ) -> Result<Slope, NnError> {
        let total: f64 = events.weights.iter().sum();
        NnError::check_positive("the sum of the weights in a batch", total)?;
        let parts: Vec<f64> = events.weights.iter().map(|weight| weight / total).collect();
        let parameters = networks.parameters();
        let (z, log_determinant, moved) = self.through(parameters, events)?;
        let mut slope = networks.flat();
        let densities = self.log_densities(&z, &log_determinant);
        slope.value = -densities.iter().zip(&parts).map(|(density, part)| density * part).sum::<f64>();

        // ∂L/∂x of the features behind each coupling, and the features themselves, from the last to the first.
        let mut x = z;
        let mut by_x: Vec<Vec<f64>> =
            x.iter().map(|z| z.iter().zip(&parts).map(|(z, part)| z * part).collect()).collect();
        for (step, moved) in self.steps.iter().zip(moved).rev() {
            let mut by_outputs = vec![vec![0.0; parts.len()]; 2 * moved.before.len()];
            let (by_scale, by_shift) = by_outputs.split_at_mut(moved.before.len());
            for (m, (&feature, before)) in step.coupling.moved.iter().zip(moved.before).enumerate() {
                for (event, part) in parts.iter().enumerate() {
                    let (s, by) = (moved.log_scale[m][event], by_x[feature][event]);
                    let (scale, tanh) = (s.exp(), s / LARGEST_LOG_SCALE);
                    by_scale[m][event] = (by * before[event] * scale - part) * (1.0 - tanh * tanh);
                    by_shift[m][event] = by;
                    by_x[feature][event] = by * scale;
                }
                x[feature] = before;
            }
            let inputs = step.inputs(&x, &events.conditions)?;
            let by_outputs = Columns::new(by_outputs.iter().map(Vec::as_slice))?;
            let place = step.parameters.clone();
            let (_, by_inputs) = step.kernel.loss_and_both_gradients(
                &parameters[place.clone()],
                &inputs,
                &Linear::new(&by_outputs),
                &mut slope.gradient[place],
            )?;
            for (&feature, by_kept) in step.coupling.kept.iter().zip(by_inputs) {
                by_x[feature].iter_mut().zip(by_kept).for_each(|(by, more)| *by += more);
            }
        }
        Ok(slope)
    }

    /// The normal numbers of each feature, the logarithm of the determinant, and what each coupling did.
    #[expect(clippy::type_complexity, reason = "three lists that only this file sees")]
    fn through(
        &self,
        parameters: &[f64],
        events: &ConditionedColumns,
    ) -> Result<(Vec<Vec<f64>>, Vec<f64>, Vec<Moved>), NnError> {
        self.shape.check(parameters)?;
        let found = events.features.len();
        if found != self.shape.n_features() {
            let (what, expected) = ("the features of a flow".to_owned(), self.shape.n_features());
            return Err(NnError::LengthMismatch { what, expected, found });
        }
        let mut x = events.features.clone();
        let mut log_determinant = vec![0.0; events.weights.len()];
        let mut moved = Vec::with_capacity(self.steps.len());
        for step in &self.steps {
            let (log_scale, shift) = step.scale_and_shift(parameters, &x, &events.conditions)?;
            let mut before = Vec::with_capacity(log_scale.len());
            for ((&feature, s), t) in step.coupling.moved.iter().zip(&log_scale).zip(&shift) {
                let after = x[feature].iter().zip(s).zip(t).map(|((x, s), t)| x * s.exp() + t).collect();
                before.push(std::mem::replace(&mut x[feature], after));
                log_determinant.iter_mut().zip(s).for_each(|(sum, s)| *sum += s);
            }
            moved.push(Moved { before, log_scale });
        }
        Ok((x, log_determinant, moved))
    }

    fn log_densities(&self, z: &[Vec<f64>], log_determinant: &[f64]) -> Vec<f64> {
        let constant = 0.5 * (2.0 * std::f64::consts::PI).ln() * self.shape.n_features() as f64;
        let mut densities: Vec<f64> = log_determinant.iter().map(|sum| sum - constant).collect();
        for column in z {
            densities.iter_mut().zip(column).for_each(|(density, z)| *density -= 0.5 * z * z);
        }
        densities
    }
}

impl<T: Real> Step<T> {
    /// What the network sees: the kept features, and the conditions.
    fn inputs(&self, x: &[Vec<f64>], conditions: &[Vec<f64>]) -> Result<Columns<T>, NnError> {
        let kept = self.coupling.kept.iter().map(|&feature| x[feature].as_slice());
        Columns::new(kept.chain(conditions.iter().map(Vec::as_slice)))
    }

    /// The logarithm of the scale, and the shift, of each moved feature, as for tensors.
    #[expect(clippy::type_complexity, reason = "two lists that only this file sees")]
    fn scale_and_shift(
        &self,
        parameters: &[f64],
        x: &[Vec<f64>],
        conditions: &[Vec<f64>],
    ) -> Result<(Vec<Vec<f64>>, Vec<Vec<f64>>), NnError> {
        let inputs = self.inputs(x, conditions)?;
        let mut log_scale = self.kernel.outputs(&parameters[self.parameters.clone()], &inputs)?;
        let shift = log_scale.split_off(self.coupling.moved.len());
        for s in log_scale.iter_mut().flatten() {
            *s = LARGEST_LOG_SCALE * (*s / LARGEST_LOG_SCALE).tanh();
        }
        Ok((log_scale, shift))
    }
}
