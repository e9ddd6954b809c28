use hepsys_core::{Binning, Sample, Stream, Variation, Weights};
use hepsys_sim::dibody::{MASS, MomentumScale};
use hepsys_stats::{EventPool, WeightedPool};

use super::samples::{Samples, columns, events};
use super::spec::{DibodySpec, SignalSpec, SourceSpec};
use crate::mass_fit::Knots;
use crate::{Context, ExperimentError};

/// A signal and the events that it is drawn from.
pub(super) struct Signal<'a> {
    pub(super) spec: &'a SignalSpec,
    pool: Pool,
    /// The expected number of data that `pool` gives.
    expected: f64,
    /// The events before the selection, weighted to what the signal adds to the background.
    unselected: Sample,
}

enum Pool {
    /// Drawn besides the background.
    Besides(EventPool),
    /// Drawn instead of it.
    Instead(WeightedPool),
}

impl<'a> Signal<'a> {
    pub(super) fn read(
        study: &DibodySpec,
        spec: &'a SignalSpec,
        samples: &Samples,
        context: &Context,
    ) -> Result<Self, ExperimentError> {
        match &spec.source {
            SourceSpec::Zprime { file, events: expected } => {
                let unselected = events(file, &columns(), context)?;
                let pool = EventPool::new(unselected.select(&samples.selection)?);
                let weight = expected / pool.data().n_events() as f64;
                let n_events = unselected.n_events();
                let unselected = unselected.with_weights(Weights::uniform(weight, n_events)?)?;
                Ok(Self { spec, pool: Pool::Besides(pool), expected: *expected, unselected })
            }
            SourceSpec::Eft { file, c_w } => {
                let options = columns().column("sm_pb").column("lin").column("quad").unweighted();
                let file = events(file, &options, context)?;
                let [alone, linear, quadratic] =
                    [file.column("sm_pb")?, file.column("lin")?, file.column("quad")?];
                let change: Vec<f64> =
                    linear.iter().zip(quadratic).map(|(l, q)| c_w * (l + c_w * q)).collect();
                let both = alone.iter().zip(&change).map(|(sm, change)| sm * (1.0 + change));
                let weighted = file.clone().with_weights(Weights::new(both.collect::<Vec<_>>())?)?;
                let selected = weighted.select(&samples.selection)?;
                let without: f64 = selected.column("sm_pb")?.iter().sum();
                // N(R0) is what the events without the operator stand for.
                let per_pb = study.data.expected_events / without;
                let added = alone.iter().zip(&change).map(|(sm, change)| per_pb * sm * change);
                let added = Weights::new(added.collect::<Vec<_>>())?;
                let names: Vec<&str> =
                    samples.unselected.schema().features().iter().map(hepsys_core::Feature::name).collect();
                let expected = per_pb * selected.weights().total();
                Ok(Self {
                    spec,
                    pool: Pool::Instead(WeightedPool::new(selected.select_features(&names)?)?),
                    expected,
                    unselected: file.with_weights(added)?,
                })
            }
        }
    }

    pub(super) fn replaces_background(&self) -> bool {
        matches!(self.pool, Pool::Instead(_))
    }

    /// The expected number of events that [`draw`](Self::draw) is to give.
    pub(super) fn expected(&self) -> f64 {
        self.expected
    }

    pub(super) fn draw(&self, n_events: usize, stream: &mut Stream) -> Result<Sample, ExperimentError> {
        Ok(match &self.pool {
            Pool::Besides(pool) => pool.draw(n_events, 0, stream)?.0,
            Pool::Instead(pool) => pool.draw(n_events, stream)?,
        })
    }

    /// How many unweighted events of its file toys are drawn from.
    pub(super) fn n_unweighted(&self) -> f64 {
        match &self.pool {
            Pool::Besides(pool) => pool.data().n_events() as f64,
            Pool::Instead(pool) => pool.n_unweighted(),
        }
    }

    /// What the signal adds to the background in bins of the mass, at these values of the scale in units of σ.
    pub(super) fn knots(
        &self,
        samples: &Samples,
        scale: &MomentumScale,
        binning: &Binning,
        values: &[f64],
    ) -> Result<Knots, ExperimentError> {
        knots(&self.unselected, samples, scale, binning, values)
    }
}

/// The yields of a sample in bins of the mass, shifted and then selected, at these values of the scale in units of σ.
pub(super) fn knots(
    unselected: &Sample,
    samples: &Samples,
    scale: &MomentumScale,
    binning: &Binning,
    values: &[f64],
) -> Result<Knots, ExperimentError> {
    let sigma = scale.nuisance().sigma().unwrap_or(1.0);
    let row = |value: &f64| -> Result<Vec<f64>, ExperimentError> {
        let varied = scale.vary(unselected, value * sigma)?.select(&samples.selection)?;
        Ok(binning.fill("m12", varied.column(MASS)?, varied.weights())?.yields().to_vec())
    };
    Ok(Knots { values: values.to_vec(), yields: values.iter().map(row).collect::<Result<_, _>>()? })
}
