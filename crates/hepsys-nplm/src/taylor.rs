use hepsys_core::{Region, Sample, Variation};
use hepsys_nn::dense::{Columns, Dense};
use hepsys_nn::{Activation, MlpShape, Run, Standardizer};
use hepsys_stats::minimize::{Bound, BoxLbfgs, Objective};

use crate::events;
use crate::taylor_loss::{TaylorEvents, TaylorObjective};
use crate::{NplmError, TaylorCoefficients};

/// Parameters of Taylor-expansion learning: one network for each power of ν.
///
/// The networks minimise
/// $\sum_{\nu_i} \left[ \sum_{S_0(\nu_i)} w\\, c^2 + \sum_{S_1(\nu_i)} w\\, (1 - c)^2 \right]$ with
/// $c = 1/(1 + \hat r)$, where $S_0(\nu_i)$ follows $R_{\nu_i}$ and $S_1$ follows $R_0$, each weighted to its own yield:
/// the minimum is $\hat r = n(x|R_\nu) / n(x|R_0)$
/// ([Chen et al. 2020](https://arxiv.org/abs/2007.10356)).
#[derive(Debug, Clone)]
pub struct TaylorParams {
    order: usize,
    hidden_layers: Vec<usize>,
    activation: Activation,
    values: Vec<f64>,
    inputs: Option<Vec<String>>,
    max_evaluations: usize,
}

impl Default for TaylorParams {
    fn default() -> Self {
        Self::new()
    }
}

impl TaylorParams {
    /// A linear expansion, learnt with one hidden layer of eight units at ±½, ±1 and ±2 standard deviations.
    #[must_use]
    pub fn new() -> Self {
        Self {
            order: 1,
            hidden_layers: vec![8],
            activation: Activation::Tanh,
            values: vec![-2.0, -1.0, -0.5, 0.5, 1.0, 2.0],
            inputs: None,
            max_evaluations: 600,
        }
    }

    /// The highest power of ν. Defaults to `1`.
    #[must_use]
    pub fn order(mut self, order: usize) -> Self {
        self.order = order;
        self
    }

    /// The width of each hidden layer. Defaults to `[8]`.
    #[must_use]
    pub fn hidden_layers(mut self, widths: impl Into<Vec<usize>>) -> Self {
        self.hidden_layers = widths.into();
        self
    }

    /// The values of ν to learn from, in units of its σ. Defaults to ±½, ±1, ±2.
    #[must_use]
    pub fn values(mut self, sigmas: impl Into<Vec<f64>>) -> Self {
        self.values = sigmas.into();
        self
    }

    /// The features that the networks see. Defaults to all.
    #[must_use]
    pub fn inputs<S: Into<String>>(mut self, features: impl IntoIterator<Item = S>) -> Self {
        self.inputs = Some(features.into_iter().map(Into::into).collect());
        self
    }

    /// How often the loss may be evaluated. Defaults to 600.
    #[must_use]
    pub fn max_evaluations(mut self, n: usize) -> Self {
        self.max_evaluations = n;
        self
    }

    fn check(&self) -> Result<(), NplmError> {
        let bad = |name: &str, expected: String, value: String| {
            Err(NplmError::BadParameter { name: name.into(), expected, value })
        };
        if self.order == 0 {
            return bad("the Taylor order", "one or more".into(), "0".into());
        }
        if self.max_evaluations == 0 {
            return bad("max_evaluations", "one or more".into(), "0".into());
        }
        let mut values = self.values.clone();
        values.sort_by(f64::total_cmp);
        values.dedup();
        if values.len() < self.order || values.iter().any(|v| *v == 0.0 || !v.is_finite()) {
            return bad(
                "the values of ν to learn from",
                format!("{} or more different ones, finite and not zero", self.order),
                format!("{:?}", self.values),
            );
        }
        Ok(())
    }

    /// Learns how `sample` changes with a nuisance parameter.
    ///
    /// The sample comes before the selection, which is applied to each of its variations.
    /// The varied samples are made of the same events, so that most of their statistical fluctuation cancels.
    ///
    /// # Errors
    ///
    /// If a parameter is outside its range, the sample lacks a feature, or nothing passes the selection,
    /// or if the run is interrupted before it begins.
    pub fn learn(
        &self,
        sample: &Sample,
        variation: &dyn Variation,
        selection: &Region,
        run: &Run,
    ) -> Result<TaylorExpansion, NplmError> {
        self.check()?;
        let sigma = variation.nuisance().sigma().unwrap_or(1.0);
        let nominal = sample.select(selection)?;
        if nominal.n_events() == 0 {
            return Err(NplmError::Empty("selected sample".into()));
        }
        let names: Vec<String> = match &self.inputs {
            Some(names) => names.clone(),
            None => nominal.schema().names().map(str::to_owned).collect(),
        };
        let standardizer = Standardizer::fit(&nominal.select_features(&names)?)?;
        let shape = MlpShape::new(names.len(), &self.hidden_layers, 1, self.activation)?;

        let events = self.events(sample, &nominal, variation, selection, &names, &standardizer)?;
        let objective = TaylorObjective::new(&shape, self.order, &events)?;
        let mut start = Vec::with_capacity(objective.n_parameters());
        for power in 0..self.order {
            let mut network = shape.glorot_uniform(run.streams().named("taylor").index(power));
            // Begin near r = 1: the last layer is small.
            if let Some(last) = shape.layers().last() {
                network[last.weights..].iter_mut().for_each(|w| *w *= 0.1);
            }
            start.extend(network);
        }
        if run.interrupt().is_requested() {
            return Err(NplmError::Interrupted);
        }
        let minimizer = BoxLbfgs {
            max_evaluations: self.max_evaluations,
            gradient_tolerance: 1e-9,
            decrease_tolerance: 1e-11,
            ..BoxLbfgs::default()
        };
        let minimum = minimizer.minimize(&objective, &vec![Bound::FREE; start.len()], &start);
        if !minimum.value.is_finite() {
            return Err(NplmError::NotFinite { starts: 1, nuisances: self.values.clone() });
        }
        Ok(TaylorExpansion {
            names,
            standardizer,
            shape,
            order: self.order,
            sigma,
            parameters: minimum.parameters,
        })
    }
}

impl TaylorParams {
    /// $R_0$ first, then $R_\nu$ for each value of ν.
    fn events(
        &self,
        sample: &Sample,
        nominal: &Sample,
        variation: &dyn Variation,
        selection: &Region,
        names: &[String],
        standardizer: &Standardizer,
    ) -> Result<TaylorEvents, NplmError> {
        let sigma = variation.nuisance().sigma().unwrap_or(1.0);
        let n_nominal = nominal.n_events();
        let total = nominal.weights().total();
        let mut events = TaylorEvents {
            inputs: events::inputs(nominal, names, Some(standardizer))?,
            nominal_weights: nominal.weights().iter().map(|w| w / total).collect(),
            varied_weights: vec![0.0; n_nominal],
            nu: vec![0.0; n_nominal],
            n_nominal,
            values: self.values.clone(),
        };
        for &value in &self.values {
            let varied = variation.vary(sample, value * sigma)?.select(selection)?;
            let columns = events::inputs(&varied, names, Some(standardizer))?;
            events.inputs.iter_mut().zip(columns).for_each(|(all, new)| all.extend(new));
            events.nominal_weights.extend(std::iter::repeat_n(0.0, varied.n_events()));
            events.varied_weights.extend(varied.weights().iter().map(|w| w / total));
            events.nu.extend(std::iter::repeat_n(value, varied.n_events()));
        }
        Ok(events)
    }
}

/// Networks $\hat\delta_1, \hat\delta_2, \dots$ that describe how a distribution changes with a nuisance parameter.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct TaylorExpansion {
    names: Vec<String>,
    standardizer: Standardizer,
    shape: MlpShape,
    order: usize,
    /// The networks' outputs are in units of this power by power.
    sigma: f64,
    parameters: Vec<f64>,
}

impl TaylorExpansion {
    /// $\log \hat r(x; \nu)$ of each event.
    ///
    /// # Errors
    ///
    /// If the sample lacks an input of the networks.
    pub fn log_ratio(&self, sample: &Sample, nu: f64) -> Result<Vec<f64>, NplmError> {
        let delta = self.evaluate(sample)?;
        Ok((0..sample.n_events()).map(|e| delta.iter().rev().fold(0.0, |sum, d| (sum + d[e]) * nu)).collect())
    }
}

impl TaylorCoefficients for TaylorExpansion {
    fn order(&self) -> usize {
        self.order
    }

    fn evaluate(&self, sample: &Sample) -> Result<Vec<Vec<f64>>, NplmError> {
        let inputs = events::inputs(sample, &self.names, Some(&self.standardizer))?;
        let columns = Columns::<f64>::new(inputs.iter().map(Vec::as_slice))?;
        let networks = Dense::<f64>::together(vec![self.shape.clone(); self.order])?;
        let mut delta = networks.outputs(&self.parameters, &columns)?;
        let mut unit = 1.0;
        for d in &mut delta {
            unit /= self.sigma;
            d.iter_mut().for_each(|d| *d *= unit);
        }
        Ok(delta)
    }
}
