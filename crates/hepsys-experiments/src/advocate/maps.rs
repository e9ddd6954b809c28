//! Weight functions as pictures and as files.

use std::path::Path;

use hepsys_advocate::{Bound, Direction, Feature, Found, Grid, Sample, Simulation, WeightMap};
use hepsys_core::Binning;
use hepsys_core::summary::{Axis, Figure, Layer, Role};
use hepsys_report::write_file;

use super::case::Answer;
use crate::ExperimentError;

/// How many bins a profile has.
const PROFILE_BINS: usize = 40;

/// The weights of the furthest search beside those of the bound: maps over two features, else a profile along each.
pub(super) fn figures(
    answer: &Answer,
    direction: Direction,
    simulation: &Simulation,
) -> Result<Vec<Figure>, ExperimentError> {
    let (Some(found), bound) = (answer.worst.furthest(direction), &answer.bound(direction).bound) else {
        return Ok(Vec::new());
    };
    let events = events(answer, simulation)?;
    let of = format!("{}, {direction}", answer.case.label);
    match found.map.features() {
        [x, y] => {
            let histogram = found.map.histogram(&in_units(&bound.grid, &found.map)?, &events)?;
            let searched: Vec<f64> = histogram
                .weights
                .iter()
                .zip(&histogram.entries)
                .map(|(weight, n)| if *n > 0 { *weight } else { f64::NAN })
                .collect();
            let bounded: Vec<f64> = bound
                .weights
                .iter()
                .zip(&bound.populated)
                .map(|(weight, is)| if *is { *weight } else { f64::NAN })
                .collect();
            let grid = &histogram.grid;
            let furthest = searched.iter().chain(&bounded).filter(|w| !w.is_nan());
            let limit = (100.0 * furthest.map(|w| (w - 1.0).abs()).fold(0.01, f64::max)).ceil() / 100.0;
            let caption = format!(
                "The weights of the search that goes furthest ({}), {of}: means over the simulated events of all channels in each bin.",
                found.method.name()
            );
            let beside = format!(
                "The weights of the binned bound, {of}, in the same bins. Hatched bins have no event of any channel."
            );
            Ok(vec![
                map(&format!("weights-{direction}"), caption, (x, y), grid, &searched, limit),
                map(&format!("weights-bound-{direction}"), beside, (x, y), grid, &bounded, limit),
            ])
        }
        features => features.iter().map(|feature| profile((found, bound), feature, &of, &events)).collect(),
    }
}

/// Writes the furthest map in each direction as an ONNX file and, for at most two features, as a histogram.
pub(super) fn write(
    folder: &Path,
    answer: &Answer,
    simulation: &Simulation,
) -> Result<Vec<String>, ExperimentError> {
    let events = events(answer, simulation)?;
    let mut files = Vec::new();
    for direction in Direction::BOTH {
        let Some(found) = answer.worst.furthest(direction) else { continue };
        let name = format!("weights-{direction}.onnx");
        found.map.onnx()?.write(folder.join(&name))?;
        files.push(name);
        if found.map.features().len() <= 2 {
            let name = format!("weights-{direction}.csv");
            let grid = in_units(&answer.bound(direction).bound.grid, &found.map)?;
            write_file(folder.join(&name), &found.map.histogram(&grid, &events)?.to_csv())?;
            files.push(name);
        }
    }
    Ok(files)
}

/// The events of all channels of the question.
fn events(answer: &Answer, simulation: &Simulation) -> Result<Sample, ExperimentError> {
    let mut all: Option<Sample> = None;
    for channel in answer.case.params.question().channels() {
        let sample = simulation.of(channel)?;
        all = Some(match all {
            Some(all) => all.concat(sample)?,
            None => sample.clone(),
        });
    }
    all.ok_or(ExperimentError::ShardDone)
}

/// A grid of the bound in the units of the user.
fn in_units(grid: &Grid, map: &WeightMap) -> Result<Grid, ExperimentError> {
    let mut axes = Vec::new();
    for (name, binning) in grid.axes() {
        let (shift, scale) = map.shift_and_scale(name);
        axes.push((
            name,
            Binning::new(binning.edges().iter().map(|x| shift + scale * x).collect::<Vec<_>>())?,
        ));
    }
    Ok(Grid::of(axes)?)
}

/// The weights as a map over two features.
fn map(
    name: &str,
    caption: String,
    (x, y): (&Feature, &Feature),
    grid: &Grid,
    weights: &[f64],
    limit: f64,
) -> Figure {
    let range = |axis: usize| {
        let edges = grid.axes()[axis].1.edges();
        (edges[0], edges[edges.len() - 1])
    };
    let (n_columns, n_rows) = (grid.axes()[0].1.n_bins(), grid.axes()[1].1.n_bins());
    let cells = (0..n_rows).flat_map(|row| (0..n_columns).map(move |column| column * n_rows + row));
    let values = cells.map(|bin| weights[bin]).collect();
    let axis = |feature: &Feature| Axis::new(feature.name(), unit(feature));
    let cells = Layer::map("w", range(0), range(1), n_columns, values, (1.0, limit));
    Figure::new(name, caption, axis(x), axis(y)).layer(cells)
}

/// Mean weights along one feature, of the search and of the bound.
fn profile(
    (found, bound): (&Found, &Bound),
    feature: &Feature,
    of: &str,
    events: &Sample,
) -> Result<Figure, ExperimentError> {
    let (shift, scale) = found.map.shift_and_scale(feature.name());
    let binning = Binning::uniform(PROFILE_BINS, shift - 3.2 * scale, shift + 3.2 * scale)?;
    let grid = Grid::of([(feature.name(), binning.clone())])?;
    let histogram = found.map.histogram(&grid, events)?;
    let (mut sums, mut totals) = (vec![0.0; PROFILE_BINS], vec![0.0; PROFILE_BINS]);
    let scales: Vec<(&[f64], (f64, f64))> = found
        .map
        .features()
        .iter()
        .map(|f| Ok((events.column(f.name())?, found.map.shift_and_scale(f.name()))))
        .collect::<Result<_, ExperimentError>>()?;
    let values = events.column(feature.name())?;
    for (event, (value, weight)) in values.iter().zip(events.weights().iter()).enumerate() {
        let at: Vec<f64> = scales.iter().map(|(x, (shift, scale))| (x[event] - shift) / scale).collect();
        let bin = grid.index_of(&[*value]);
        sums[bin] += weight * bound.weight_at(&at);
        totals[bin] += weight;
    }
    let percent = |w: f64| 100.0 * (w - 1.0);
    let filled: Vec<usize> = (0..PROFILE_BINS).filter(|bin| totals[*bin] > 0.0).collect();
    let centres = binning.centers();
    let curve = |of: &dyn Fn(usize) -> f64| {
        filled.iter().map(|&bin| (centres[bin], percent(of(bin)))).collect::<Vec<_>>()
    };
    let caption =
        format!("Mean weights of the simulated events of all channels along {}, {of}.", feature.name());
    let x = Axis::new(feature.name(), unit(feature));
    Ok(Figure::new(
        format!("weights-{}-{}", found.direction, feature.name()),
        caption,
        x,
        Axis::new("w − 1", "%"),
    )
    .layer(Layer::curve("binned bound", Role::Reference, curve(&|bin| sums[bin] / totals[bin])))
    .layer(Layer::curve(
        format!("search, {}", found.method.name()),
        Role::Signal,
        curve(&|bin| histogram.weights[bin]),
    )))
}

fn unit(feature: &Feature) -> String {
    match feature.unit().to_string() {
        unit if unit == "1" => String::new(),
        unit => unit,
    }
}
