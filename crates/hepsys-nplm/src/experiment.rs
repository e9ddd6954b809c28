use hepsys_core::{Sample, Stream};
use hepsys_nn::Run;
use rand_distr::{Distribution, Normal};
use serde::{Deserialize, Serialize};

use crate::{Auxiliary, KernelValidParams, NplmError, NplmValidParams, Nuisances};

/// The events of one experiment, real or simulated.
#[derive(Debug, Clone)]
pub struct Experiment {
    /// The reference, weighted to the number of events it expects.
    pub reference: Sample,
    /// The data.
    pub data: Sample,
    /// What the auxiliary measurements gave.
    pub auxiliary: Auxiliary,
}

/// What a test says of one experiment: $t = \tau - \Delta$.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// $t$
    pub t: f64,
    /// $\tau$
    pub tau: f64,
    /// $\Delta$
    pub delta: f64,
    /// Whether the search for τ came to its end.
    pub has_converged: bool,
}

/// A likelihood-ratio test with a learned alternative, whatever learns it.
pub trait LearnedTest: Send + Sync {
    /// Its nuisance parameters.
    fn nuisances(&self) -> &Nuisances;

    /// Tests the data of one experiment.
    ///
    /// # Errors
    ///
    /// If the fit fails, or the run is interrupted.
    fn evaluate(&self, experiment: &Experiment, run: &Run) -> Result<Outcome, NplmError>;
}

impl LearnedTest for NplmValidParams {
    fn nuisances(&self) -> &Nuisances {
        self.nuisances()
    }

    fn evaluate(&self, experiment: &Experiment, run: &Run) -> Result<Outcome, NplmError> {
        let fit = self.fit(&experiment.reference, &experiment.data, &experiment.auxiliary, run)?;
        Ok(Outcome {
            t: fit.test_statistic().value(),
            tau: fit.tau(),
            delta: fit.delta(),
            has_converged: fit.has_converged(),
        })
    }
}

impl LearnedTest for KernelValidParams {
    fn nuisances(&self) -> &Nuisances {
        self.nuisances()
    }

    fn evaluate(&self, experiment: &Experiment, run: &Run) -> Result<Outcome, NplmError> {
        let fit = self.fit(&experiment.reference, &experiment.data, &experiment.auxiliary, run)?;
        Ok(Outcome {
            t: fit.test_statistic().value(),
            tau: fit.tau(),
            delta: fit.delta(),
            has_converged: fit.convergence().status.is_converged(),
        })
    }
}

/// True values $\nu^*$ of nuisance parameters, which toys are made with; those that are not named are nominal.
///
/// ```
/// use hepsys_nplm::{NuisanceParameter, Nuisances, Truth};
/// let nuisances = Nuisances::none().normalisation(NuisanceParameter::gaussian("normalisation", 0.025)?);
/// let points = Truth::validation_points(&nuisances);
/// let labels: Vec<&str> = points.iter().map(Truth::label).collect();
/// assert_eq!(labels, ["nominal", "normalisation −1σ", "normalisation +1σ"]);
/// assert_eq!(points[2].value("normalisation"), 0.025);
/// # Ok::<(), hepsys_nplm::CoreError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Truth {
    label: String,
    values: Vec<(String, f64)>,
}

impl Truth {
    /// Every parameter at zero.
    #[must_use]
    pub fn nominal() -> Self {
        Self { label: "nominal".into(), values: Vec::new() }
    }

    /// A truth of this name, nominal until [`with`](Self::with) moves a parameter.
    #[must_use]
    pub fn named(label: impl Into<String>) -> Self {
        Self { label: label.into(), values: Vec::new() }
    }

    /// The same, with this parameter at $\nu^*$ = `value`.
    #[must_use]
    pub fn with(mut self, parameter: impl Into<String>, value: f64) -> Self {
        self.values.push((parameter.into(), value));
        self
    }

    /// Where a test is validated: nominal, each parameter that has a σ at −σ and +σ, and, where there are several, all of them
    /// at −σ and at +σ.
    #[must_use]
    pub fn validation_points(nuisances: &Nuisances) -> Vec<Self> {
        let constrained: Vec<(&str, f64)> =
            nuisances.parameters().filter_map(|p| Some((p.name(), p.sigma()?))).collect();
        let mut points = vec![Self::nominal()];
        for &(name, sigma) in &constrained {
            points.push(Self::named(format!("{name} −1σ")).with(name, -sigma));
            points.push(Self::named(format!("{name} +1σ")).with(name, sigma));
        }
        if constrained.len() > 1 {
            for (label, sign) in [("all −1σ", -1.0), ("all +1σ", 1.0)] {
                let joint = Self::named(label);
                points.push(constrained.iter().fold(joint, |truth, &(name, s)| truth.with(name, sign * s)));
            }
        }
        points
    }

    /// What it is called.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.label
    }

    /// $\nu^*$ of one parameter.
    #[must_use]
    pub fn value(&self, parameter: &str) -> f64 {
        self.values.iter().rev().find(|(name, _)| name == parameter).map_or(0.0, |(_, value)| *value)
    }

    /// Auxiliary measurements of this truth, $\nu_0 \sim \mathcal N(\nu^*, \sigma)$ for each parameter that has one.
    ///
    /// # Errors
    ///
    /// [`NplmError::UnknownNuisance`] if the truth names a parameter that is not among them.
    pub fn measure(&self, nuisances: &Nuisances, stream: &mut Stream) -> Result<Auxiliary, NplmError> {
        let known = || nuisances.parameters().map(|p| p.name().to_owned()).collect();
        for (name, _) in &self.values {
            if !nuisances.parameters().any(|p| p.name() == name) {
                return Err(NplmError::UnknownNuisance { name: name.clone(), known: known() });
            }
        }
        let mut auxiliary = Auxiliary::nominal();
        for parameter in nuisances.parameters() {
            if let Some(sigma) = parameter.sigma() {
                let name = parameter.name();
                // A constraint's width is positive and finite, or there would be none.
                let normal = Normal::new(self.value(name), sigma).map_err(|_| NplmError::BadParameter {
                    name: format!("σ of \"{name}\""),
                    expected: "positive and finite".into(),
                    value: sigma.to_string(),
                })?;
                auxiliary = auxiliary.measured(name, normal.sample(stream));
            }
        }
        Ok(auxiliary)
    }
}
