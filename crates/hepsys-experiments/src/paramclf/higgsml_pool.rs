//! The events of the study, at every scale.

use hepsys_core::{Feature, Region, Sample, Seed, Variation, Weights, poisson};
use hepsys_io::HiggsMl;
use hepsys_paramclf::{ParamclfError, Simulated, Simulation};
use hepsys_sim::TauEnergyScale;

use crate::ExperimentError;

/// The cut of the file on the tau's momentum, GeV.
pub(super) const STORED_CUT: f64 = 20.0;

/// The feature that says which event it is, at whatever scale.
pub(super) const EVENT: &str = "EventId";

/// Events of both classes at every scale, weighted as they are used.
pub(super) struct Pool {
    points: Vec<(f64, Simulated)>,
}

/// Signal and background of every second event, with their numbers.
pub(super) fn half(events: &HiggsMl, which: u64) -> Result<[Sample; 2], ExperimentError> {
    let numbers: Vec<f64> = events.event_ids().iter().map(|&id| id as f64).collect();
    let all = events.events().clone().with_column(Feature::new(EVENT, "1"), numbers)?;
    let of = |is_signal: bool| {
        let places = (0..all.n_events())
            .filter(|&i| events.is_signal()[i] == is_signal && events.event_ids()[i] % 2 == which);
        all.take(&places.collect::<Vec<_>>())
    };
    Ok([of(true)?, of(false)?])
}

/// The events at a scale, above a cut.
pub(super) fn shifted(
    sample: &Sample,
    scale: &dyn Variation,
    z: f64,
    cut: f64,
) -> Result<Sample, ExperimentError> {
    TauEnergyScale::check_coverage(z, STORED_CUT, cut)?;
    let region = Region::new("analysis", [format!("PRI_tau_pt > {cut}")])?;
    Ok(scale.vary(sample, z - 1.0)?.select(&region)?)
}

impl Pool {
    pub(super) fn of(
        [signal, background]: &[Sample; 2],
        scale: &TauEnergyScale,
        scales: &[f64],
        cut: f64,
    ) -> Result<Self, ExperimentError> {
        let mut points = Vec::new();
        for &z in scales {
            let simulated = Simulated {
                signal: shifted(signal, scale, z, cut)?,
                background: shifted(background, scale, z, cut)?,
            };
            points.push((z, simulated));
        }
        Ok(Self { points })
    }

    pub(super) fn at(&self, z: f64) -> Result<&Simulated, ParamclfError> {
        let found = self.points.iter().find(|(there, _)| *there == z);
        found.map(|(_, simulated)| simulated).ok_or_else(|| ParamclfError::NotSimulated {
            what: "events".into(),
            nuisance: "tau energy scale".into(),
            z,
            reason: "it is none of the scales of the study".into(),
        })
    }

    pub(super) fn scales(&self) -> Vec<f64> {
        self.points.iter().map(|(z, _)| *z).collect()
    }

    /// Scales all weights by the same two factors, so that these events are expected at the nominal scale.
    pub(super) fn scale_to(&mut self, [signal, background]: [f64; 2]) -> Result<(), ExperimentError> {
        let nominal = self.at(1.0)?;
        let factors =
            [signal / nominal.signal.weights().total(), background / nominal.background.weights().total()];
        for (_, simulated) in &mut self.points {
            for (sample, factor) in
                [&mut simulated.signal, &mut simulated.background].into_iter().zip(factors)
            {
                let weights = sample.weights().scaled(factor)?;
                *sample = sample.clone().with_weights(weights)?;
            }
        }
        Ok(())
    }

    /// The same events, each counted as often as chance would have it, the same at every scale.
    pub(super) fn resampled(&self, seed: Seed) -> Result<Self, ExperimentError> {
        self.reweighted(|number| Ok(poisson(1.0, &mut seed.index(number as usize).stream())? as f64))
    }

    /// Two halves of the events, each with twice the weight.
    pub(super) fn divided(&self) -> Result<[Self; 2], ExperimentError> {
        // All numbers of this pool leave the same remainder by two.
        let part =
            |which: u64| self.reweighted(|number| Ok(if (number / 2) % 2 == which { 2.0 } else { 0.0 }));
        Ok([part(0)?, part(1)?])
    }

    /// The same events with weights times a function of their numbers.
    fn reweighted(
        &self,
        factor: impl Fn(u64) -> Result<f64, hepsys_core::CoreError>,
    ) -> Result<Self, ExperimentError> {
        let reweigh = |sample: &Sample| -> Result<Sample, ExperimentError> {
            let numbers = sample.column(EVENT)?.iter();
            let weights: Vec<f64> = numbers
                .zip(sample.weights().iter())
                .map(|(&number, weight)| Ok(weight * factor(number as u64)?))
                .collect::<Result<_, hepsys_core::CoreError>>()?;
            Ok(sample.clone().with_weights(Weights::new(weights)?)?)
        };
        let points = self.points.iter().map(|(z, simulated)| {
            let signal = reweigh(&simulated.signal)?;
            Ok((*z, Simulated { signal, background: reweigh(&simulated.background)? }))
        });
        Ok(Self { points: points.collect::<Result<_, ExperimentError>>()? })
    }
}

impl Simulation for Pool {
    fn at(&self, z: f64) -> Result<Simulated, ParamclfError> {
        Pool::at(self, z).cloned()
    }
}
