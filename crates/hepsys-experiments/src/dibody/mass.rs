use hepsys_core::{Binning, Sample, Variation};
use hepsys_sim::dibody::{MASS, MomentumScale};

use super::DibodySpec;
use super::samples::Samples;
use crate::ExperimentError;
use crate::mass_fit::MassFit;
use crate::search::TestEvents;

/// The analysis of somebody who looks for this resonance in the mass.
pub(super) struct MassAnalysis {
    pub(super) binning: Binning,
    pub(super) fit: MassFit,
    /// σ of the normalisation and of the momentum scale, and their names.
    nuisances: [(String, f64); 2],
}

impl MassAnalysis {
    /// Templates from all events of the pool, and of the same events with momenta one σ up and down.
    pub(super) fn new(
        spec: &DibodySpec,
        samples: &Samples,
        scale: &MomentumScale,
    ) -> Result<Self, ExperimentError> {
        // About as wide as the resonance; the last bin takes what is beyond.
        let mut edges = Binning::logarithmic(80, 100.0, 1000.0)?.edges().to_vec();
        edges.push(14_000.0);
        let binning = Binning::new(edges)?;
        let sigma = scale.nuisance().sigma().unwrap_or(1.0);
        let yields = |sample: &Sample, per_event: f64| -> Result<Vec<f64>, ExperimentError> {
            let filled = binning.fill("m12", sample.column(MASS)?, sample.weights())?;
            Ok(filled.yields().iter().map(|y| y * per_event).collect())
        };
        let varied = |value: f64| -> Result<Sample, ExperimentError> {
            Ok(scale.vary(&samples.unselected, value)?.select(&samples.selection)?)
        };
        let per_event = spec.data.expected_events / samples.pool.reference().n_events() as f64;
        let fit = MassFit::new(
            &yields(samples.pool.reference(), per_event)?,
            &yields(&varied(-sigma)?, per_event)?,
            &yields(&varied(sigma)?, per_event)?,
            &yields(&samples.signal, spec.data.signal_events / samples.signal.n_events() as f64)?,
            spec.nuisances.normalisation,
        );
        let nuisances = [
            ("normalisation".to_owned(), spec.nuisances.normalisation),
            (scale.nuisance().name().to_owned(), sigma),
        ];
        Ok(Self { binning, fit, nuisances })
    }

    pub(super) fn q0(&self, events: &TestEvents) -> Result<f64, ExperimentError> {
        let observed = self.binning.fill("m12", events.data.column(MASS)?, events.data.weights())?;
        let auxiliary = [0, 1].map(|i| events.auxiliary.value(&self.nuisances[i].0) / self.nuisances[i].1);
        self.fit.q0(observed.yields(), auxiliary)
    }
}
