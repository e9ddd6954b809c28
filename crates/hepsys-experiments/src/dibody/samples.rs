use std::path::Path;

use hepsys_core::{Region, Sample, Seed, Variation, Weights};
use hepsys_io::{ReadOptions, read_sample};
use hepsys_nplm::{Experiment, Nuisances, Truth};
use hepsys_sim::dibody::{MomentumScale, with_invariant_mass};
use hepsys_stats::{EventPool, poisson};

use super::signal::Signal;
use super::spec::{DibodySpec, Point};
use crate::{Context, ExperimentError};

/// The samples of the study, read and divided by the index of the event in its file.
pub(super) struct Samples {
    /// For the Taylor expansion, before the selection.
    pub(super) training: Sample,
    /// The rest of the file, before the selection.
    pub(super) unselected: Sample,
    /// The rest of the file, after the selection: what toys are drawn from.
    pub(super) pool: EventPool,
    pub(super) selection: Region,
}

/// The background of one truth.
pub(super) struct Background {
    /// Data of the shifted events, reference of the nominal ones.
    pool: EventPool,
    /// The expected number of data.
    expected: f64,
    /// The true nuisance parameters.
    truth: Truth,
}

/// The columns that every file of the study has, under the names that the study uses.
pub(super) fn columns() -> ReadOptions {
    ReadOptions::new()
        .column_any_of(["pt1", "PT1"], "pt1")
        .column_any_of(["pt2", "PT2"], "pt2")
        .column_any_of(["eta1", "Eta1"], "eta1")
        .column_any_of(["eta2", "Eta2"], "eta2")
        .column_any_of(["dphi", "delta_phi"], "dphi")
}

/// The events of a file with their mass.
pub(super) fn events(
    file: &Path,
    options: &ReadOptions,
    context: &Context,
) -> Result<Sample, ExperimentError> {
    Ok(with_invariant_mass(&read_sample(context.datasets.join(file), options)?)?)
}

pub(super) fn read(spec: &DibodySpec, context: &Context) -> Result<Samples, ExperimentError> {
    let selection = Region::new("analysis", &spec.data.selection)?;
    let background = events(&spec.data.background, &columns(), context)?;
    let n_events = background.n_events();
    let n_training = (n_events as f64 * spec.taylor.fraction) as usize;
    let part = |range: std::ops::Range<usize>| background.take(&range.collect::<Vec<_>>());
    let unselected = part(n_training..n_events)?;
    let indices = selection.indices(&unselected)?;
    Ok(Samples {
        training: part(0..n_training)?,
        pool: EventPool::of_raw_events(unselected.take(&indices)?, indices)?,
        unselected,
        selection,
    })
}

impl Samples {
    /// The background with nuisance parameters at `point`: the selection comes after the shift.
    pub(super) fn background(
        &self,
        spec: &DibodySpec,
        scale: &MomentumScale,
        point: &Point,
    ) -> Result<Background, ExperimentError> {
        let shift = point.momentum_scale * scale.nuisance().sigma().unwrap_or(1.0);
        let normalisation = point.normalisation * spec.nuisances.normalisation;
        let nominal = self.pool.reference().n_events() as f64;
        let pool = if shift == 0.0 {
            self.pool.clone()
        } else {
            let shifted = scale.vary(&self.unselected, shift)?;
            let indices = self.selection.indices(&shifted)?;
            self.pool.clone().with_data(shifted.take(&indices)?, indices)?
        };
        let selected = pool.data().n_events() as f64 / nominal;
        let expected = spec.data.expected_events * normalisation.exp() * selected;
        // What is nominal is not named, so that tests which know no nuisance parameters can measure none.
        let named = [("normalisation", normalisation), (scale.nuisance().name(), shift)];
        let truth = named.into_iter().filter(|(_, value)| *value != 0.0);
        let truth = truth.fold(Truth::named(&point.name), |truth, (name, value)| truth.with(name, value));
        Ok(Background { pool, expected, truth })
    }

    /// The events of a toy: reference and data without a common event, redrawn for each.
    ///
    /// With a signal the data hold `strength` times its events.
    pub(super) fn draw(
        &self,
        spec: &DibodySpec,
        nuisances: &Nuisances,
        background: &Background,
        signal: Option<(&Signal<'_>, f64)>,
        seed: Seed,
    ) -> Result<Experiment, ExperimentError> {
        let stream = |purpose: &str| seed.named(purpose).stream();
        let expected = spec.data.expected_events;
        let n_reference = expected.round() as usize * spec.data.reference_ratio;
        let n_background = match signal {
            Some((signal, _)) if signal.replaces_background() => 0,
            _ => poisson(background.expected, &mut stream("number of data"))?,
        };
        let (mut data, reference) = background.pool.draw(n_background, n_reference, &mut stream("events"))?;
        if let Some((signal, strength)) = signal {
            let n_signal = poisson(strength * signal.expected(), &mut stream("number of signal"))?;
            data = data.concat(&signal.draw(n_signal, &mut stream("signal"))?)?;
        }
        let reference =
            reference.with_weights(Weights::uniform(expected / n_reference as f64, n_reference)?)?;
        let auxiliary = background.truth.measure(nuisances, &mut stream("auxiliary"))?;
        Ok(Experiment { reference, data, auxiliary })
    }
}
