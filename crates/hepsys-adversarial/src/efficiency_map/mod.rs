//! Efficiencies of a selection in many dimensions: what a preserved search gives to those who cannot run it.

mod axis;
mod read;
mod write;

pub use axis::MapAxis;

use std::collections::BTreeMap;

use hepsys_core::Sample;

use crate::AdversarialError;
use crate::fraction::Tally;
use crate::training_set::check_weights;

/// Weights that count, so that their squares do.
const WEIGHTS: std::ops::RangeInclusive<f64> = 1e-100..=1e100;

/// The efficiency of a selection in cells of several dimensions, from weighted events.
///
/// [`of_two`](Self::of_two) makes the map of a search for two long-lived particles: momentum, pseudorapidity or decay length, and
/// decay mode of either are six dimensions. Cells without events take no memory.
///
/// ```
/// use hepsys_adversarial::{Binning, EfficiencyMap, MapAxis};
/// use hepsys_sim::calorimeter_jets::{CalorimeterJets, Process, Source};
/// # use hepsys_adversarial::Seed;
///
/// let generator = CalorimeterJets::params().check().unwrap();
/// let events = generator.events(Source::simulated(Process::Signal), 2000, Seed::new(1)).unwrap();
/// let truth = events.decays().unwrap();
/// // Whatever a search selects; here events whose harder particle decayed late.
/// let passes: Vec<bool> = truth.column("llp_1_length")?.iter().map(|length| *length > 2000.0).collect();
///
/// let modes = generator.decay_modes().iter().map(|mode| mode.name.clone());
/// let mut map = EfficiencyMap::of_two([
///     MapAxis::bins("pt", "GeV", Binning::new([40.0, 80.0, 500.0])?)?,
///     MapAxis::bins("length", "mm", Binning::new([1400.0, 2000.0, 6000.0])?)?,
///     MapAxis::categories("decay_mode", modes)?,
/// ])?;
/// assert_eq!((map.axes().len(), map.n_cells()), (6, 144));
/// map.fill(&truth, &passes)?;
///
/// let found = map.efficiency(&[100.0, 3000.0, 0.0, 50.0, 1500.0, 0.0])?.expect("a cell with events");
/// assert_eq!(found.value, 1.0);
/// assert!(map.efficiency(&[600.0, 3000.0, 0.0, 50.0, 1500.0, 0.0])?.is_none(), "outside");
///
/// assert_eq!(EfficiencyMap::from_csv(&map.to_csv())?, map);
/// # Ok::<(), hepsys_adversarial::AdversarialError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct EfficiencyMap {
    axes: Vec<MapAxis>,
    cells: BTreeMap<usize, Tally>,
}

/// The efficiency of events in a cell.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Efficiency {
    /// The weight of events that pass over that of all.
    pub value: f64,
    /// Its standard deviation, $\sqrt{(1-\varepsilon)^2 \sum_P w^2 + \varepsilon^2 \sum_F w^2} / \sum w$; binomial for unit
    /// weights, and zero where all events pass or none.
    pub sigma: f64,
    /// Wilson's interval of one standard deviation for as many events as the weights are worth: one that is never empty.
    pub interval: [f64; 2],
    /// How many events of equal weight those of the cell are worth.
    pub n_effective: f64,
}

/// How much of a sample a selection would keep.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct ExpectedYield {
    /// $\sum w\,\varepsilon$ of the events.
    pub value: f64,
    /// The standard deviation that the map's efficiencies make.
    pub sigma: f64,
    /// The weight of events that the map has no efficiency for, outside its axes or in a cell without events; they count as lost.
    pub unknown: f64,
}

impl EfficiencyMap {
    /// A map without events.
    ///
    /// # Errors
    ///
    /// [`AdversarialError::BadParameter`] without an axis, for two whose names make the same column of a table, or for more cells
    /// than can be counted.
    pub fn new(axes: impl IntoIterator<Item = MapAxis>) -> Result<Self, AdversarialError> {
        let axes: Vec<MapAxis> = axes.into_iter().collect();
        AdversarialError::check(!axes.is_empty(), "the number of axes", "one or more", 0.0)?;
        let map = Self { axes, cells: BTreeMap::new() };
        let mut headers = map.headers();
        headers.sort_unstable();
        if let Some(pair) = headers.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(AdversarialError::bad("the columns of the axes", "different", &pair[0]));
        }
        let n_cells = map.axes.iter().try_fold(1_usize, |n, axis| n.checked_mul(axis.n_places()));
        match n_cells {
            Some(_) => Ok(map),
            None => {
                Err(AdversarialError::bad("the number of cells", format!("at most {}", usize::MAX), "more"))
            }
        }
    }

    /// A map for events of two particles, `llp_1` and `llp_2`, with the same axes for either: `pt` becomes `llp_1_pt` and
    /// `llp_2_pt`.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn of_two(axes: impl IntoIterator<Item = MapAxis>) -> Result<Self, AdversarialError> {
        let axes: Vec<MapAxis> = axes.into_iter().collect();
        Self::new(
            ["llp_1", "llp_2"].iter().flat_map(|particle| axes.iter().map(move |axis| axis.of(particle))),
        )
    }

    /// The axes.
    #[must_use]
    pub fn axes(&self) -> &[MapAxis] {
        &self.axes
    }

    /// How many cells there are, with events or without.
    #[must_use]
    pub fn n_cells(&self) -> usize {
        self.axes.iter().map(MapAxis::n_places).product()
    }

    /// How many cells have events.
    #[must_use]
    pub fn n_filled(&self) -> usize {
        self.cells.len()
    }

    /// Adds events, of which some pass the selection; their weight outside of the axes, which is left out.
    ///
    /// # Shapes
    ///
    /// `events`: `[n_events, …]` with a column for each axis, called as the axis; `passes`: `[n_events]`
    ///
    /// # Errors
    ///
    /// [`AdversarialError::Core`] with the column that the sample lacks; [`AdversarialError::BadParameter`] unless it is said of
    /// each event whether it passes, or for a weight neither zero nor between 10⁻¹⁰⁰ and 10¹⁰⁰;
    /// [`AdversarialError::Weightless`] and [`AdversarialError::NegativeWeight`].
    pub fn fill(&mut self, events: &Sample, passes: &[bool]) -> Result<f64, AdversarialError> {
        check_weights("events of an efficiency map", events.weights())?;
        if passes.len() != events.n_events() {
            let expected = format!("that of events, {}", events.n_events());
            return Err(AdversarialError::bad("the number of decisions", expected, passes.len()));
        }
        let strange = events.weights().iter().position(|w| w != 0.0 && !WEIGHTS.contains(&w));
        if let Some(event) = strange {
            let name = format!("the weight of event {event}");
            return Err(AdversarialError::bad(
                name,
                "zero or from 1e-100 to 1e100",
                events.weights().get(event),
            ));
        }
        let cells = self.cells_of(events)?;
        let mut outside = 0.0;
        for ((cell, &passes), weight) in cells.into_iter().zip(passes).zip(events.weights().iter()) {
            match cell {
                Some(cell) if weight > 0.0 => self.cells.entry(cell).or_default().add(passes, weight),
                Some(_) => {}
                None => outside += weight,
            }
        }
        Ok(outside)
    }

    /// The efficiency of an event at a point: that of its cell, without interpolation; none outside of the axes and in a cell
    /// without events.
    ///
    /// # Shapes
    ///
    /// `point`: `[n_axes]`
    ///
    /// # Errors
    ///
    /// [`AdversarialError::BadParameter`] for a point with more or fewer numbers than axes.
    pub fn efficiency(&self, point: &[f64]) -> Result<Option<Efficiency>, AdversarialError> {
        let (n, expected) = (point.len(), self.axes.len());
        if n != expected {
            return Err(AdversarialError::bad("the dimensions of a point", expected.to_string(), n));
        }
        let tally = self.cell_of(point.iter().copied()).and_then(|cell| self.cells.get(&cell));
        Ok(tally.map(Efficiency::of))
    }

    /// What the selection would keep of a sample.
    ///
    /// Events of one cell share its statistical error.
    ///
    /// # Errors
    ///
    /// [`AdversarialError::Core`] with the column that the sample lacks.
    pub fn expected_yield(&self, events: &Sample) -> Result<ExpectedYield, AdversarialError> {
        let mut weights: BTreeMap<usize, f64> = BTreeMap::new();
        let mut unknown = 0.0;
        for (cell, weight) in self.cells_of(events)?.into_iter().zip(events.weights().iter()) {
            match cell.filter(|cell| self.cells.contains_key(cell)) {
                Some(cell) => *weights.entry(cell).or_default() += weight,
                None => unknown += weight,
            }
        }
        let (mut value, mut variance) = (0.0, 0.0);
        for (cell, weight) in weights {
            let tally = &self.cells[&cell];
            value += weight * tally.fraction();
            variance += weight * weight * tally.variance();
        }
        Ok(ExpectedYield { value, sigma: variance.sqrt(), unknown })
    }

    /// The cell of each event, if it is inside.
    fn cells_of(&self, events: &Sample) -> Result<Vec<Option<usize>>, AdversarialError> {
        let columns: Vec<&[f64]> =
            self.axes.iter().map(|axis| events.column(&axis.name)).collect::<Result<_, _>>()?;
        let cell = |event: usize| self.cell_of(columns.iter().map(|column| column[event]));
        Ok((0..events.n_events()).map(cell).collect())
    }

    fn cell_of(&self, point: impl Iterator<Item = f64>) -> Option<usize> {
        let mut places = self.axes.iter().zip(point);
        places.try_fold(0, |cell, (axis, value)| Some(cell * axis.n_places() + axis.index_of(value)?))
    }

    /// The columns of a table that say which cell a line is about.
    fn headers(&self) -> Vec<String> {
        let of_axes = self.axes.iter().flat_map(MapAxis::headers);
        of_axes.chain(write::NUMBERS.map(str::to_owned)).collect()
    }
}

impl Efficiency {
    fn of(tally: &Tally) -> Self {
        let (value, n) = (tally.fraction(), tally.effective_entries());
        let centre = (value + 0.5 / n) / (1.0 + 1.0 / n);
        let half = (value * (1.0 - value) / n + 0.25 / (n * n)).sqrt() / (1.0 + 1.0 / n);
        let interval = [(centre - half).max(0.0), (centre + half).min(1.0)];
        Self { value, sigma: tally.variance().sqrt(), interval, n_effective: n }
    }
}

#[cfg(test)]
mod tests;
