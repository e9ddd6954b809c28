use hepsys_stats::fit::{Fitter, PlaneScan};
use hepsys_stats::histfactory::Data;
use hepsys_stats::morph::{MorphLikelihood, SplinedCounts};

use crate::observed::Kind;
use crate::{Measurement, Observed, ParamclfError};

impl Measurement {
    /// The likelihood over μ and z, at these values of both; all else is profiled.
    ///
    /// Counts that move with z are splines through those at the values of z.
    ///
    /// # Errors
    ///
    /// [`ParamclfError::Stats`] for values that do not increase or reach beyond the templates, and as [`fit`](Self::fit).
    pub fn plane(&self, observed: &Observed<'_>, mu: &[f64], z: &[f64]) -> Result<PlaneScan, ParamclfError> {
        let measured = self.fit(observed)?;
        let (auxiliary, _) = self.auxiliary(observed);
        let extra = self.auxiliary_counts(observed)?;
        let counts = |z: f64| -> Vec<f64> {
            let mut counts = observed.counts(z);
            counts.extend_from_slice(&extra);
            counts
        };
        let fitter = Fitter::default();
        let indices = [self.mu(), self.z()];
        if observed.kind == Kind::Fixed {
            let data = Data { counts: counts(measured.z), auxiliary };
            let likelihood = MorphLikelihood::with_term(&self.model, data, self.params.term);
            let fit = fitter.fit_from(&likelihood, &measured.parameters);
            return Ok(fitter.scan_plane(&likelihood, &fit, indices, mu, z)?);
        }
        // The splines have to reach to where the fit may go.
        let (low, high) = self.z_range();
        let n = 8 * self.params.grid_points;
        let mut knots: Vec<f64> =
            (0..=n).map(|i| low + (high - low) * f64::from(i as u32) / f64::from(n as u32)).collect();
        knots[n] = high;
        let term = self.params.term;
        let splined = SplinedCounts::new(&self.model, self.z_name(), &knots, counts, auxiliary, term)?;
        let fit = fitter.fit_from(&splined, &measured.parameters);
        Ok(fitter.scan_plane(&splined, &fit, indices, mu, z)?)
    }
}
