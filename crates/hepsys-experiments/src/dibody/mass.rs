use hepsys_core::{Binning, Variation, Weights};
use hepsys_nplm::Experiment;
use hepsys_sim::dibody::{MASS, MomentumScale, Thresholds};

use super::samples::Samples;
use super::signal::{Signal, knots};
use super::spec::DibodySpec;
use crate::ExperimentError;
use crate::mass_fit::{Freedom, Knots, MassFit};

/// The background in bins of the mass, at several values of the momentum scale.
pub(super) struct MassSpectrum {
    pub(super) binning: Binning,
    knots: Knots,
    normalisation: f64,
    /// σ of the normalisation and of the momentum scale, and their names.
    nuisances: [(String, f64); 2],
}

/// The analysis of somebody who looks for one signal in the mass.
pub(super) struct MassAnalysis {
    binning: Binning,
    fit: MassFit,
    nuisances: [(String, f64); 2],
}

impl MassSpectrum {
    /// Templates from all events of the pool.
    pub(super) fn new(
        spec: &DibodySpec,
        samples: &Samples,
        scale: &MomentumScale,
    ) -> Result<Self, ExperimentError> {
        let mass = &spec.mass;
        let mut edges = Binning::logarithmic(mass.bins, mass.low, mass.high)?.edges().to_vec();
        edges.push(14_000.0);
        let binning = Binning::new(edges)?;
        let sigma = scale.nuisance().sigma().unwrap_or(1.0);
        let analysis = Thresholds { mass: mass.low, ..Thresholds::ANALYSIS };
        for value in mass.knots.iter().chain(&spec.taylor.values) {
            scale.check_shift(value * sigma, Thresholds::STORED, analysis)?;
        }
        let per_event = spec.data.expected_events / samples.pool.reference().n_events() as f64;
        let n_events = samples.unselected.n_events();
        let background = samples.unselected.clone().with_weights(Weights::uniform(per_event, n_events)?)?;
        Ok(Self {
            knots: knots(&background, samples, scale, &binning, &mass.knots)?,
            binning,
            normalisation: spec.nuisances.normalisation,
            nuisances: [
                ("normalisation".to_owned(), spec.nuisances.normalisation),
                (scale.nuisance().name().to_owned(), sigma),
            ],
        })
    }

    /// The search for `signal`, which strength one stands for.
    pub(super) fn search(
        &self,
        signal: &Signal<'_>,
        samples: &Samples,
        scale: &MomentumScale,
    ) -> Result<MassAnalysis, ExperimentError> {
        let added = signal.knots(samples, scale, &self.binning, &self.knots.values)?;
        Ok(MassAnalysis {
            binning: self.binning.clone(),
            fit: MassFit::new(&self.knots, &added, self.normalisation)?,
            nuisances: self.nuisances.clone(),
        })
    }
}

impl MassAnalysis {
    pub(super) fn fit(&self) -> &MassFit {
        &self.fit
    }

    pub(super) fn q0(&self, events: &Experiment, freedom: Freedom) -> Result<f64, ExperimentError> {
        let observed = self.binning.fill("m12", events.data.column(MASS)?, events.data.weights())?;
        let measured = |i: usize| events.auxiliary.value(&self.nuisances[i].0);
        self.fit.q0(observed.yields(), [measured(0), measured(1) / self.nuisances[1].1], freedom)
    }
}
