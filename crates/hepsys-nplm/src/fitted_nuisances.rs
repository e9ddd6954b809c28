use hepsys_core::summary::Table;
use hepsys_core::{Sample, Weights};

use crate::events;
use crate::{NplmError, Nuisances};

/// Nuisance parameters where a fit left them, in units of their σ.
#[derive(Debug, Clone)]
pub(crate) struct FittedNuisances {
    pub(crate) nuisances: Nuisances,
    /// $\hat\nu$ of τ.
    pub(crate) alternative: Vec<f64>,
    /// $\hat\nu$ of Δ.
    pub(crate) reference: Vec<f64>,
}

impl FittedNuisances {
    pub(crate) fn of_the_alternative(&self) -> impl Iterator<Item = (&str, f64)> {
        self.named(&self.alternative)
    }

    pub(crate) fn of_the_reference(&self) -> impl Iterator<Item = (&str, f64)> {
        self.named(&self.reference)
    }

    fn named<'a>(&'a self, theta: &'a [f64]) -> impl Iterator<Item = (&'a str, f64)> {
        self.nuisances.parameters().zip(theta).map(|(p, t)| (p.name(), t * p.sigma().unwrap_or(1.0)))
    }

    /// $w_x e^{f(x)} \hat r(x; \hat\nu)$
    pub(crate) fn reweighted_to_alternative(&self, sample: &Sample, f: &[f64]) -> Result<Sample, NplmError> {
        self.reweighted(sample, &self.alternative, |event| f[event])
    }

    /// $w_x \hat r(x; \hat\nu)$
    pub(crate) fn reweighted_to_reference(&self, sample: &Sample) -> Result<Sample, NplmError> {
        self.reweighted(sample, &self.reference, |_| 0.0)
    }

    fn reweighted(
        &self,
        sample: &Sample,
        theta: &[f64],
        f: impl Fn(usize) -> f64,
    ) -> Result<Sample, NplmError> {
        let nuisances = &self.nuisances;
        let coefficients = events::coefficients(sample, nuisances)?;
        let normalisation = nuisances.normalisation_parameter().map(|p| theta[0] * p.sigma().unwrap_or(1.0));
        let shapes = &theta[usize::from(normalisation.is_some())..];
        let weights: Vec<f64> = sample
            .weights()
            .iter()
            .enumerate()
            .map(|(event, weight)| {
                let mut log_r = f(event) + normalisation.unwrap_or(0.0);
                for (delta, theta) in coefficients.iter().zip(shapes) {
                    log_r += delta.iter().rev().fold(0.0, |sum, d| (sum + d[event]) * theta);
                }
                weight * log_r.exp()
            })
            .collect();
        Ok(sample.clone().with_weights(Weights::new(weights)?)?)
    }

    /// The parameters as a table, if there are any.
    pub(crate) fn table(&self) -> Option<Table> {
        if self.nuisances.is_empty() {
            return None;
        }
        let mut table = Table::new(
            "Best nuisance parameters of the alternative and of the reference alone, and the latter over its σ.",
            ["parameter", "σ", "alternative", "reference", "reference over σ"],
        );
        let fitted = self.of_the_alternative().zip(self.of_the_reference());
        for (parameter, ((name, alternative), (_, reference))) in self.nuisances.parameters().zip(fitted) {
            let sigma = parameter.sigma();
            table = table.row([
                name.to_owned(),
                sigma.map_or("free".to_owned(), |sigma| sigma.to_string()),
                format!("{alternative:.5}"),
                format!("{reference:.5}"),
                sigma.map_or_else(String::new, |sigma| format!("{:+.2}", reference / sigma)),
            ]);
        }
        Some(table)
    }
}
