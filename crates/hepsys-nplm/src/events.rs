use hepsys_core::Sample;
use hepsys_nn::Standardizer;

use crate::{NplmError, Nuisances, Scaling};

/// Reference and data side by side, as the objective sees them: in loss
/// $\sum_i a_i (e^{F_i} - 1) - b_i F_i$ reference events carry $a_i = w_i$, data events $b_i = 1$.
#[derive(Clone)]
pub(crate) struct Events {
    /// The network's inputs, scaled, column by column.
    pub(crate) inputs: Vec<Vec<f64>>,
    pub(crate) a: Vec<f64>,
    pub(crate) b: Vec<f64>,
    /// Taylor coefficients of each shape, in units of its σ: `[shape][power - 1][event]`.
    pub(crate) shapes: Vec<Vec<Vec<f64>>>,
    pub(crate) nuisances: NuisanceTerms,
}

/// What the objective needs to know of the nuisance parameters, in units of their σ.
#[derive(Debug, Clone)]
pub(crate) struct NuisanceTerms {
    /// σ of the normalisation, if there is one.
    pub(crate) normalisation: Option<f64>,
    /// The auxiliary measurement of each parameter over its σ; `None` for a free one.
    pub(crate) centres: Vec<Option<f64>>,
}

impl NuisanceTerms {
    pub(crate) fn new(nuisances: &Nuisances, centres: &[f64]) -> Self {
        Self {
            normalisation: nuisances.normalisation_parameter().map(|p| p.sigma().unwrap_or(1.0)),
            centres: nuisances.parameters().zip(centres).map(|(p, c)| p.sigma().map(|s| c / s)).collect(),
        }
    }

    pub(crate) fn n_parameters(&self) -> usize {
        self.centres.len()
    }

    /// $-\log \mathcal L(\nu|A)/\mathcal L(0|A) = \frac12 \sum_j [(\theta_j - \theta_{0j})^2 - \theta_{0j}^2]$,
    /// with its gradient added to `gradient`.
    pub(crate) fn constraint(&self, theta: &[f64], gradient: &mut [f64]) -> f64 {
        let mut value = 0.0;
        for ((centre, &theta), g) in self.centres.iter().zip(theta).zip(gradient) {
            if let Some(centre) = centre {
                value += 0.5 * theta * (theta - 2.0 * centre);
                *g += theta - centre;
            }
        }
        value
    }
}

/// The scaled inputs of the network for a sample.
pub(crate) fn inputs(
    sample: &Sample,
    names: &[String],
    standardizer: Option<&Standardizer>,
) -> Result<Vec<Vec<f64>>, NplmError> {
    let chosen = sample.select_features(names)?;
    let scaled = match standardizer {
        Some(standardizer) => standardizer.apply(&chosen)?,
        None => chosen,
    };
    Ok(scaled.columns().map(<[f64]>::to_vec).collect())
}

/// The Taylor coefficients of a sample, in units of each parameter's σ.
pub(crate) fn coefficients(sample: &Sample, nuisances: &Nuisances) -> Result<Vec<Vec<Vec<f64>>>, NplmError> {
    nuisances
        .shapes()
        .iter()
        .map(|shape| {
            let order = shape.coefficients().order();
            let mut delta = shape.coefficients().evaluate(sample)?;
            if delta.len() != order || delta.iter().any(|d| d.len() != sample.n_events()) {
                return Err(NplmError::BadCoefficients {
                    nuisance: shape.parameter().name().to_owned(),
                    expected: format!("[{order}][{}]", sample.n_events()),
                    found: format!("[{}][{}]", delta.len(), delta.first().map_or(0, Vec::len)),
                });
            }
            for (power, delta) in delta.iter().enumerate() {
                if let Some(event) = delta.iter().position(|d| !d.is_finite()) {
                    return Err(NplmError::BadCoefficients {
                        nuisance: shape.parameter().name().to_owned(),
                        expected: "finite".into(),
                        found: format!("{} at order {} of event {event}", delta[event], power + 1),
                    });
                }
            }
            let sigma = shape.parameter().sigma().unwrap_or(1.0);
            let mut unit = 1.0;
            for d in &mut delta {
                unit *= sigma;
                d.iter_mut().for_each(|d| *d *= unit);
            }
            Ok(delta)
        })
        .collect()
}

impl Events {
    pub(crate) fn new(
        nuisances: &Nuisances,
        names: &[String],
        standardizer: Option<&Standardizer>,
        reference: &Sample,
        data: &Sample,
        centres: &[f64],
    ) -> Result<Self, NplmError> {
        let join = |mut first: Vec<Vec<f64>>, second: Vec<Vec<f64>>| {
            first.iter_mut().zip(second).for_each(|(a, b)| a.extend(b));
            first
        };
        let reference_shapes = coefficients(reference, nuisances)?;
        let data_shapes = coefficients(data, nuisances)?;
        let zeros = |n: usize| std::iter::repeat_n(0.0, n);
        Ok(Self {
            inputs: join(inputs(reference, names, standardizer)?, inputs(data, names, standardizer)?),
            a: reference.weights().iter().chain(zeros(data.n_events())).collect(),
            b: zeros(reference.n_events()).chain(data.weights().iter()).collect(),
            shapes: reference_shapes.into_iter().zip(data_shapes).map(|(r, d)| join(r, d)).collect(),
            nuisances: NuisanceTerms::new(nuisances, centres),
        })
    }
}

impl Events {
    /// The same events with other weights of the reference.
    pub(crate) fn with_reference_weights(&self, a: Vec<f64>) -> Self {
        Self { a, ..self.clone() }
    }

    /// The same events with one more shape, free and of first order.
    pub(crate) fn with_shape(&self, coefficients: Vec<f64>) -> Self {
        let mut events = self.clone();
        events.shapes.push(vec![coefficients]);
        events.nuisances.centres.push(None);
        events
    }

    /// $\log \hat r(x; \nu)$ of each event, and its derivatives by the nuisance parameters in units of their σ.
    ///
    /// # Shapes
    ///
    /// `[n_events]` and `[n_nuisances][n_events]`
    pub(crate) fn log_r(&self, theta: &[f64]) -> (Vec<f64>, Vec<Vec<f64>>) {
        let n_events = self.a.len();
        let (normalisation, shapes) = match self.nuisances.normalisation {
            Some(sigma) => (Some(sigma), &theta[1..]),
            None => (None, theta),
        };
        let mut log_r = vec![normalisation.map_or(0.0, |sigma| sigma * theta[0]); n_events];
        let mut slopes: Vec<Vec<f64>> = normalisation.iter().map(|&sigma| vec![sigma; n_events]).collect();
        for (deltas, &theta) in self.shapes.iter().zip(shapes) {
            let mut slope = vec![0.0; n_events];
            for event in 0..n_events {
                // Value and derivative together, by Horner's rule.
                let (mut p, mut dp) = (0.0, 0.0);
                for delta in deltas.iter().rev().map(|d| d[event]).chain([0.0]) {
                    dp = dp * theta + p;
                    p = p * theta + delta;
                }
                log_r[event] += p;
                slope[event] = dp;
            }
            slopes.push(slope);
        }
        (log_r, slopes)
    }
}

/// The standardisation of the inputs that the parameters ask for.
pub(crate) fn standardizer(
    scaling: Scaling,
    reference: &Sample,
    names: &[String],
) -> Result<Option<Standardizer>, NplmError> {
    match scaling {
        Scaling::Unscaled => Ok(None),
        Scaling::Standardize => Ok(Some(Standardizer::fit(&reference.select_features(names)?)?)),
    }
}
