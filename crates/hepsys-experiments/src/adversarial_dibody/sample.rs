//! The events of the study: a file divided into simulation, whose momenta are shifted, and data.

use hepsys_adversarial::{ControlRegion, Inputs, TrainingSet};
use hepsys_core::{Region, Sample, Seed, Variation};
use hepsys_sim::dibody::{MASS, MomentumScale, Thresholds};
use rand::seq::SliceRandom;

use super::spec::{AdversarialDibodySpec, DataSpec, Sizes};
use crate::{Context, ExperimentError, dibody};

/// The names of the classes; the first is the signal.
pub(super) const CLASSES: [&str; 2] = ["signal", "standard model"];

/// Parts of the background's file: class and control region to learn from, simulation and data of the latter, simulation and data
/// to test with.
const PARTS: [f64; 5] = [0.1, 0.1, 0.1, 0.3, 0.4];

/// The events of both files with their mass, in the order of the file.
pub(super) struct Events {
    signal: Sample,
    background: Sample,
    scale: MomentumScale,
    selection: Region,
}

/// Events to learn from and to test with: none of the former is among the latter, and no simulated background is data.
pub(super) struct Samples {
    pub(super) training: TrainingSet,
    pub(super) inputs: Inputs,
    pub(super) control: ControlRegion,
    /// Signal and background as the detector has them.
    pub(super) test: [Sample; 2],
    /// Signal and background as the simulation has them.
    pub(super) simulated: [Sample; 2],
    /// The control region of the training with other events, its central part, and the window between.
    pub(super) regions: [ControlRegion; 3],
    /// The expected signal and background of the control region.
    pub(super) yields: [f64; 2],
}

impl Events {
    pub(super) fn read(data: &DataSpec, context: &Context) -> Result<Self, ExperimentError> {
        let scale = MomentumScale::new(data.momentum_scale)?;
        let thresholds = data.momentum_scale.thresholds();
        let events = Self {
            signal: dibody::read_events(&data.signal, context)?,
            background: dibody::read_events(&data.background, context)?,
            selection: thresholds.region("analysis")?,
            scale,
        };
        events.scale.check_shift(events.shift(data.shift), Thresholds::STORED, thresholds)?;
        Ok(events)
    }

    /// The value of the nuisance parameter so many σ away.
    fn shift(&self, sigmas: f64) -> f64 {
        sigmas * self.scale.nuisance().sigma().unwrap_or(1.0)
    }

    /// Events with their momenta shifted by so many σ, and then selected.
    pub(super) fn selected(&self, sample: &Sample, sigmas: f64) -> Result<Sample, ExperimentError> {
        Ok(self.scale.vary(sample, self.shift(sigmas))?.select(&self.selection)?)
    }

    /// As much selected background of simulation as of data, from one half of the file each, for a picture.
    pub(super) fn backgrounds(&self, sigmas: f64) -> Result<ControlRegion, ExperimentError> {
        let n = self.background.n_events();
        let half = |range: std::ops::Range<usize>| self.background.take(&range.collect::<Vec<_>>());
        let both = [self.selected(&half(0..n / 2)?, sigmas)?, self.selected(&half(n / 2..n)?, 0.0)?];
        level("selection", both, n)
    }
}

impl Samples {
    /// The samples of a repetition, whose simulation is shifted by so many σ.
    pub(super) fn new(
        spec: &AdversarialDibodySpec,
        sizes: Sizes,
        events: &Events,
        sigmas: f64,
        seed: Seed,
    ) -> Result<Self, ExperimentError> {
        let data = &spec.data;
        let [class, control_simulation, control_data, simulation, measured] =
            divided(&events.background, PARTS, seed.named("background"))?;
        let [signal, test_signal] = divided(&events.signal, [0.5, 0.5], seed.named("signal"))?;
        let class = first(&events.selected(&class, sigmas)?, sizes.learn, "background to learn from")?;
        let signal = first(&events.selected(&signal, sigmas)?, sizes.learn, "signal to learn from")?;
        let control_simulation = outside(&events.selected(&control_simulation, sigmas)?, data.window)?;
        let control_data = outside(&events.selected(&control_data, 0.0)?, data.window)?;
        let simulation = events.selected(&simulation, sigmas)?;
        let measured = events.selected(&measured, 0.0)?;
        let selected_signal = events.selected(&test_signal, 0.0)?;
        let fraction_outside = |sample: &Sample| -> Result<f64, ExperimentError> {
            Ok(outside(sample, data.window)?.n_events() as f64 / sample.n_events() as f64)
        };
        let (expected_signal, expected_background) = data.expected_events;
        Ok(Self {
            inputs: Inputs::standardized(&signal.concat(&class)?, &data.inputs)?,
            control: ControlRegion::new(
                "side bands",
                first(&control_simulation, sizes.control, "simulated control events")?,
                first(&control_data, sizes.control, "measured control events")?,
            )?,
            regions: regions(data, sizes, &simulation, &measured)?,
            yields: [
                expected_signal * fraction_outside(&selected_signal)?,
                expected_background * fraction_outside(&measured)?,
            ],
            test: [selected_signal, first(&measured, sizes.test, "background to test with")?],
            simulated: [events.selected(&test_signal, sigmas)?, simulation],
            training: TrainingSet::new().simulated(CLASSES[0], signal).simulated(CLASSES[1], class),
        })
    }
}

/// The side bands, their central part and the window, of events to test with.
fn regions(
    data: &DataSpec,
    sizes: Sizes,
    simulation: &Sample,
    measured: &Sample,
) -> Result<[ControlRegion; 3], ExperimentError> {
    let (low, high) = data.window;
    let both = |f: &dyn Fn(&Sample) -> Result<Sample, ExperimentError>| -> Result<_, ExperimentError> {
        Ok([f(simulation)?, f(measured)?])
    };
    let central = [format!("abs(eta1) < {}", data.central), format!("abs(eta2) < {}", data.central)];
    let central = Region::new("central", &central)?;
    let window = Region::new("window", &[format!("{MASS} >= {low}"), format!("{MASS} < {high}")])?;
    let side_bands = both(&|sample| outside(sample, data.window))?;
    let of_centre = both(&|sample| Ok(outside(sample, data.window)?.select(&central)?))?;
    let of_window = both(&|sample| Ok(sample.select(&window)?))?;
    Ok([
        level("side bands", side_bands, sizes.test_control)?,
        level("central side bands", of_centre, sizes.test_control)?,
        level("window", of_window, sizes.test_control)?,
    ])
}

/// A region with as many events of simulation as of data, and at most `n`.
fn level(name: &str, [simulation, data]: [Sample; 2], n: usize) -> Result<ControlRegion, ExperimentError> {
    let n = n.min(simulation.n_events()).min(data.n_events());
    Ok(ControlRegion::new(name, first(&simulation, n, name)?, first(&data, n, name)?)?)
}

/// The events outside a window of the mass.
fn outside(sample: &Sample, (low, high): (f64, f64)) -> Result<Sample, ExperimentError> {
    let masses = sample.column(MASS)?;
    let indices: Vec<usize> = (0..masses.len()).filter(|&i| masses[i] < low || masses[i] >= high).collect();
    Ok(sample.take(&indices)?)
}

/// The first events of a sample, if there are so many.
fn first(sample: &Sample, n: usize, what: &str) -> Result<Sample, ExperimentError> {
    if sample.n_events() < n {
        let problem = format!("{n} events asked for, {what}: the file has {}", sample.n_events());
        return Err(ExperimentError::Spec { path: "specs/adversarial-dibody.toml".into(), problem });
    }
    Ok(sample.take(&(0..n).collect::<Vec<_>>())?)
}

/// Parts of a sample, whose events are drawn by chance.
fn divided<const N: usize>(
    sample: &Sample,
    parts: [f64; N],
    seed: Seed,
) -> Result<[Sample; N], ExperimentError> {
    let n = sample.n_events();
    let mut order: Vec<usize> = (0..n).collect();
    order.shuffle(&mut seed.stream());
    let mut samples = Vec::with_capacity(N);
    let mut sum = 0.0;
    for part in parts {
        let begin = (sum * n as f64).round() as usize;
        sum += part;
        samples.push(sample.take(&order[begin..(sum * n as f64).round() as usize])?);
    }
    samples.try_into().map_err(|_| no_event())
}

/// The error of a file without events.
pub(super) fn no_event() -> ExperimentError {
    let problem = "there is no event to divide, or no score to cut".to_owned();
    ExperimentError::Spec { path: "specs/adversarial-dibody.toml".into(), problem }
}

#[cfg(test)]
mod tests {
    use hepsys_core::Feature;

    use super::*;

    fn pairs(masses: &[f64]) -> Sample {
        Sample::from_columns([(Feature::new(MASS, "GeV"), masses.to_vec())]).unwrap()
    }

    #[test]
    fn no_event_is_in_two_parts_and_none_is_lost() {
        let all = pairs(&(0..1000).map(f64::from).collect::<Vec<_>>());
        let parts = divided(&all, PARTS, Seed::new(1)).unwrap();
        let mut found: Vec<f64> = parts.iter().flat_map(|part| part.column(MASS).unwrap().to_vec()).collect();
        found.sort_by(f64::total_cmp);
        assert_eq!(found, all.column(MASS).unwrap());
        assert_eq!(parts[4].n_events(), 400);
        assert_ne!(parts[0].column(MASS).unwrap()[..5], all.column(MASS).unwrap()[..5]);
    }

    #[test]
    fn side_bands_are_what_the_window_leaves() {
        let bands = outside(&pairs(&[150.0, 200.0, 300.0, 400.0, 500.0]), (200.0, 400.0)).unwrap();
        assert_eq!(bands.column(MASS).unwrap(), [150.0, 400.0, 500.0]);
    }

    #[test]
    fn events_that_are_not_there_are_told() {
        let error = first(&pairs(&[100.0, 120.0]), 3, "control events").unwrap_err().to_string();
        assert!(error.contains("3 events asked for, control events: the file has 2"), "{error}");
        let region = level("region", [pairs(&[1.0, 2.0, 3.0]), pairs(&[4.0, 5.0])], 7).unwrap();
        assert_eq!((region.simulation().n_events(), region.data().n_events()), (2, 2));
    }
}
