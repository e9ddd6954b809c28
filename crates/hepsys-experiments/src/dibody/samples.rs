use std::path::Path;

use hepsys_core::{NuisanceParameter, Region, Sample, Seed, Weights};
use hepsys_io::{ReadOptions, read_sample};
use hepsys_sim::dibody::with_invariant_mass;
use hepsys_stats::{EventPool, poisson};

use super::DibodySpec;
use crate::search::{TestEvents, draw_auxiliary};
use crate::{Context, ExperimentError};

/// The samples of the study, read and divided by the index of the event in its file.
pub(super) struct Samples {
    /// For the Taylor expansion, before the selection.
    pub(super) training: Sample,
    /// The rest of the file, before the selection.
    pub(super) unselected: Sample,
    /// The rest of the file, after the selection: what toys are drawn from.
    pub(super) pool: EventPool,
    /// The signal after the selection.
    pub(super) signal: Sample,
    pub(super) selection: Region,
}

pub(super) fn read(spec: &DibodySpec, context: &Context) -> Result<Samples, ExperimentError> {
    let options = ReadOptions::new()
        .column_any_of(["pt1", "PT1"], "pt1")
        .column_any_of(["pt2", "PT2"], "pt2")
        .column_any_of(["eta1", "Eta1"], "eta1")
        .column_any_of(["eta2", "Eta2"], "eta2")
        .column_any_of(["dphi", "delta_phi"], "dphi");
    let events = |file: &Path| -> Result<Sample, ExperimentError> {
        Ok(with_invariant_mass(&read_sample(context.datasets.join(file), &options)?)?)
    };
    let selection = Region::new("analysis", &spec.data.selection)?;
    let background = events(&spec.data.background)?;
    let n_events = background.n_events();
    let n_training = (n_events as f64 * spec.taylor.fraction) as usize;
    let part = |range: std::ops::Range<usize>| background.take(&range.collect::<Vec<_>>());
    let unselected = part(n_training..n_events)?;
    Ok(Samples {
        training: part(0..n_training)?,
        pool: EventPool::new(unselected.select(&selection)?),
        unselected,
        signal: events(&spec.data.signal)?.select(&selection)?,
        selection,
    })
}

impl Samples {
    /// The events of a toy: reference and data without a common event, redrawn for each.
    pub(super) fn draw(
        &self,
        spec: &DibodySpec,
        parameters: &[NuisanceParameter],
        seed: Seed,
        with_signal: bool,
    ) -> Result<TestEvents, ExperimentError> {
        let stream = |purpose: &str| seed.named(purpose).stream();
        let expected = spec.data.expected_events;
        let n_data = poisson(expected, &mut stream("number of data"))?;
        let n_reference = expected.round() as usize * spec.data.reference_ratio;
        let (mut data, reference) = self.pool.draw(n_data, n_reference, &mut stream("events"))?;
        if with_signal {
            let n_signal = poisson(spec.data.signal_events, &mut stream("number of signal"))?;
            let pool = EventPool::new(self.signal.clone());
            let (signal, _) = pool.draw(n_signal, 0, &mut stream("signal"))?;
            data = data.concat(&signal)?;
        }
        let reference =
            reference.with_weights(Weights::uniform(expected / n_reference as f64, n_reference)?)?;
        let auxiliary = draw_auxiliary(parameters.iter().map(|p| (p, 0.0)), &mut stream("auxiliary"));
        Ok(TestEvents { reference, data, auxiliary })
    }
}
