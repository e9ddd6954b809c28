//! The figures of the study.

use hepsys_core::summary::{Axis, Figure, Layer, Role};
use hepsys_core::{Binning, Seed, Template, Weights};
use hepsys_sim::calorimeter_jets::{Process, Source};

use super::Found;
use super::arm::{SHOWN, Trained};
use super::numbers::NAIVE;
use super::sample::{CLASSES, generator};
use super::spec::CalratioSpec;
use crate::{Context, ExperimentError};

/// Jets whose leading cluster is drawn.
const DRAWN: usize = 20_000;

/// The time of the leading cluster in simulation and data of multijet jets, with their ratio.
pub(super) fn times(spec: &CalratioSpec, context: &Context) -> Result<Figure, ExperimentError> {
    let binning = Binning::uniform(48, -12.0, 12.0)?;
    let seed = Seed::new(context.seed(spec.seed)).named("times");
    let generator = generator(&spec.sample)?;
    let [simulation, data] =
        [Source::simulated(Process::Multijet), Source::data(Process::Multijet)].map(|source| {
            let sample = generator.jets(source, DRAWN, seed)?.to_sample()?;
            Ok::<_, ExperimentError>(binning.fill(
                "time",
                sample.column("clus_time_0")?,
                &Weights::unit(DRAWN),
            )?)
        });
    let caption = "The time of the leading cluster of multijet jets: simulation as a line, data as points, and their ratio below.";
    let x = Axis::new("time of the leading cluster", "ns");
    Ok(with_ratio("times", caption, x, "jets per 0.5 ns", &simulation?, &data?))
}

/// Each score of an arm in the control region.
pub(super) fn scores(found: &Found<'_>, arm: &str) -> Result<Vec<Figure>, ExperimentError> {
    let Some(first) = found.of(arm).first() else { return Ok(Vec::new()) };
    let (low, high, n_bins) = SHOWN;
    let binning = Binning::uniform(n_bins, low, high)?;
    let mut figures = Vec::new();
    for (class, shown) in CLASSES.iter().zip(&first.shown) {
        let template =
            |counts: &[f64]| Template::new("jets", binning.clone(), counts.to_vec(), counts.to_vec());
        let name = format!("score-{}-{class}", arm.replace(' ', "-"));
        let caption = format!(
            "Log odds of the {class} score in the control region, {arm}: simulation as a line, data as points, and their ratio below. \
             What is beyond the axis is counted at its ends."
        );
        let x = Axis::new(format!("ln p/(1−p), {class}"), "");
        figures.push(with_ratio(
            &name,
            &caption,
            x,
            "jets per 0.6",
            &template(&shown.simulation)?,
            &template(&shown.data)?,
        ));
    }
    Ok(figures)
}

/// Simulation as a line, data as points with their errors, and data over simulation below.
fn with_ratio(name: &str, caption: &str, x: Axis, y: &str, simulation: &Template, data: &Template) -> Figure {
    let centers = simulation.binning().centers();
    let (mut at, mut ratios, mut errors) = (Vec::new(), Vec::new(), Vec::new());
    for ((&center, &s), &d) in centers.iter().zip(simulation.yields()).zip(data.yields()) {
        if s > 0.0 && d > 0.0 {
            at.push(center);
            ratios.push(d / s);
            let error = d / s * (1.0 / s + 1.0 / d).sqrt();
            errors.push((error, error));
        }
    }
    Figure::new(name, caption, x, Axis::new(y, "").log())
        .layer(Layer::line("simulation", Role::Reference, simulation))
        .layer(Layer::points("data", Role::Data, data))
        .lower(
            Axis::new("data/simulation", "").range(0.0, 2.0),
            [
                Layer::HorizontalLine { label: String::new(), role: Role::Reference, y: 1.0 },
                Layer::Points {
                    label: String::new(),
                    role: Role::Data,
                    x: at,
                    y: ratios,
                    y_errors: errors,
                    x_errors: Vec::new(),
                },
            ],
        )
}

/// The part of each background that passes, against the signal's.
pub(super) fn curves(found: &Found<'_>) -> Figure {
    let caption = "The part of the beam-induced background that passes a cut on the ratio of scores, against that of the signal (first trainings).";
    let x = Axis::new("signal efficiency", "").range(0.4, 1.0);
    let mut figure =
        Figure::new("roc", caption, x, Axis::new("beam-induced efficiency", "").range(1e-4, 1.0).log());
    let drawn = [
        (NAIVE, Role::Reference),
        ("adversary on log-scores", Role::Fit),
        ("block correction", Role::Signal),
        ("variable removed", Role::Other),
    ];
    for (arm, role) in drawn {
        if let Some(first) = found.of(arm).first() {
            let points = first.against[1].curve.iter().filter(|[_, background]| *background > 0.0);
            figure = figure.layer(Layer::curve(arm, role, points.map(|&[s, b]| (s, b))));
        }
    }
    figure
}

/// Closure and separation against the strength of the adversary.
pub(super) fn scan(found: &Found<'_>) -> Figure {
    let caption = "The area under the curve of a fresh classifier between simulation and data, against the strength SF of the adversary \
                   (one training each), and below what is left of the signal's separation from each background.";
    let fresh = found.scan.iter().map(|(strength, trained)| (*strength, trained.closures[0].fresh.value));
    let sigma = found.scan.iter().map(|(_, trained)| trained.closures[0].fresh.null_sigma);
    let sigma = sigma.map(|sigma| (sigma, sigma)).collect();
    let (x, y): (Vec<f64>, Vec<f64>) = fresh.unzip();
    let of = |background: usize| {
        let points = found
            .scan
            .iter()
            .map(move |(strength, trained)| (*strength, trained.against[background].auc.value));
        points.collect::<Vec<(f64, f64)>>()
    };
    Figure::new("scan", caption, Axis::new("strength SF", "").log(), Axis::new("fresh AUC", ""))
        .layer(Layer::Points {
            label: "closure".into(),
            role: Role::Data,
            x,
            y,
            y_errors: sigma,
            x_errors: Vec::new(),
        })
        .layer(Layer::HorizontalLine { label: "nothing to be found".into(), role: Role::Reference, y: 0.5 })
        .lower(
            Axis::new("AUC of signal", ""),
            [Layer::curve("multijet", Role::Fit, of(0)), Layer::curve("beam-induced", Role::Signal, of(1))],
        )
}

/// The losses of an arm's first training, epoch by epoch.
pub(super) fn history(found: &Found<'_>, arm: &str) -> Option<Figure> {
    let first: &Trained = found.of(arm).first()?;
    let caption = format!(
        "The losses of the first training, {arm}: each phase in the epochs in which it acted. The loss of the classifier against an \
         adversary is its own cross entropy minus SF times the adversary's; ln 2 is that of an adversary that knows nothing."
    );
    let name = format!("history-{}", arm.replace(' ', "-"));
    let mut figure = Figure::new(name, caption, Axis::new("epoch", ""), Axis::new("loss", ""));
    let roles = [Role::Reference, Role::Signal, Role::Fit, Role::Other];
    for (index, (phase, role)) in first.history.phases.iter().zip(roles).enumerate() {
        let epochs = first.history.epochs.iter().enumerate();
        let points = epochs.filter_map(|(epoch, losses)| Some(((epoch + 1) as f64, losses.losses[index]?)));
        figure = figure.layer(Layer::curve(phase.as_str(), role, points));
    }
    Some(figure)
}
