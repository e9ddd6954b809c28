use hepsys_core::{Binning, Sample, Template};
use hepsys_nn::dense::{Columns, Dense};

use crate::events;
use crate::fitted_nuisances::FittedNuisances;
use crate::{NplmError, NplmFit};

/// What was learnt, seen in one variable: the expected yields of the nominal reference, of the reference with its best
/// nuisance parameters, and of the alternative.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Reconstruction {
    /// $n(x | R_0)$
    pub nominal: Template,
    /// $n(x | R_{\hat\nu})$, the Δ reconstruction.
    pub reference: Template,
    /// $n(x | H_{\hat w, \hat\nu})$, the τ reconstruction.
    pub alternative: Template,
}

impl Reconstruction {
    /// The reference, weighted by nuisance parameters and by what was learnt of its events, in one variable.
    pub(crate) fn new(
        nuisances: &FittedNuisances,
        log_ratio: &[f64],
        reference: &Sample,
        variable: &str,
        binning: &Binning,
    ) -> Result<Self, NplmError> {
        let fill =
            |name: &str, sample: &Sample| binning.fill(name, sample.column(variable)?, sample.weights());
        Ok(Self {
            nominal: fill("nominal reference", reference)?,
            reference: fill("reference", &nuisances.reweighted_to_reference(reference)?)?,
            alternative: fill("alternative", &nuisances.reweighted_to_alternative(reference, log_ratio)?)?,
        })
    }

    /// $n(x | H_{\hat w,\hat\nu}) / n(x | R_{\hat\nu})$ in each bin; `None` where nothing is expected.
    #[must_use]
    pub fn ratio(&self) -> Vec<Option<f64>> {
        let pairs = self.alternative.yields().iter().zip(self.reference.yields());
        pairs.map(|(h, r)| (*r > 0.0).then(|| h / r)).collect()
    }
}

impl NplmFit {
    /// $f(x; \hat w)$ of each event: the logarithm of what the network sees in the data over the reference.
    ///
    /// # Errors
    ///
    /// If the sample lacks an input of the network.
    pub fn log_ratio(&self, sample: &Sample) -> Result<Vec<f64>, NplmError> {
        let inputs = events::inputs(sample, &self.names, self.standardizer.as_ref())?;
        let columns = Columns::<f64>::new(inputs.iter().map(Vec::as_slice))?;
        let mut outputs = Dense::new(self.shape.clone()).outputs(&self.network, &columns)?;
        Ok(outputs.swap_remove(0))
    }

    /// The reference reweighted to what was learnt, $w_x e^{f(x; \hat w)} \hat r(x; \hat\nu)$.
    ///
    /// # Errors
    ///
    /// As [`log_ratio`](Self::log_ratio).
    pub fn reweighted_to_alternative(&self, reference: &Sample) -> Result<Sample, NplmError> {
        self.nuisances.reweighted_to_alternative(reference, &self.log_ratio(reference)?)
    }

    /// The reference reweighted to its best nuisance parameters, $w_x \hat r(x; \hat\nu)$.
    ///
    /// # Errors
    ///
    /// If the sample lacks a feature that the Taylor coefficients depend on.
    pub fn reweighted_to_reference(&self, reference: &Sample) -> Result<Sample, NplmError> {
        self.nuisances.reweighted_to_reference(reference)
    }

    /// What was learnt in one variable, which need not be an input of the network.
    ///
    /// # Errors
    ///
    /// As [`log_ratio`](Self::log_ratio), and if the sample lacks the variable.
    pub fn reconstruct(
        &self,
        reference: &Sample,
        variable: &str,
        binning: &Binning,
    ) -> Result<Reconstruction, NplmError> {
        Reconstruction::new(&self.nuisances, &self.log_ratio(reference)?, reference, variable, binning)
    }
}
