//! The figures of the study.

use hepsys_core::summary::{Axis, Figure, Layer, Role};
use hepsys_core::{Binning, Seed, Template, Weights};
use hepsys_nn::History;
use hepsys_sim::calorimeter_jets::{Process, Source};

use super::Found;
use super::arm::{DECORRELATED, NAIVE, Trained};
use super::measure::{SHOWN, ShownScore};
use super::region::DRAWN as DRAWN_FEATURES;
use super::sample::{CLASSES, generator};
use super::spec::CalratioSpec;
use crate::{Context, ExperimentError};

/// Fewer jets make a ratio of their fluctuations.
const LEAST_COUNT: f64 = 20.0;

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
    let scores = CLASSES.iter().zip(&first.shown).map(|(class, shown)| {
        let caption = format!(
            "Log odds of the {class} score in the control region, {arm}: simulation as a line, data as points, and their ratio below. \
             What is beyond the axis is counted at its ends."
        );
        score(&format!("score-{}-{class}", arm.replace(' ', "-")), &caption, class, shown)
    });
    scores.collect()
}

/// The event score of an arm in the control region.
pub(super) fn event_score(found: &Found<'_>, arm: &str) -> Result<Option<Figure>, ExperimentError> {
    let Some(search) = found.searches(arm).next() else { return Ok(None) };
    let caption = format!(
        "Log odds of the event score for events of the control region, {arm}: simulation as a line, data as points, and their ratio below."
    );
    let name = format!("event-score-{}", arm.replace(' ', "-"));
    Ok(Some(score(&name, &caption, "event score", &search.shown)?))
}

/// A score in the control region.
fn score(name: &str, caption: &str, what: &str, shown: &ShownScore) -> Result<Figure, ExperimentError> {
    let (low, high, n_bins) = SHOWN;
    let binning = Binning::uniform(n_bins, low, high)?;
    let template = |counts: &[f64]| Template::new("jets", binning.clone(), counts.to_vec(), counts.to_vec());
    let (simulation, data) = (template(&shown.simulation)?, template(&shown.data)?);
    Ok(with_ratio(
        name,
        caption,
        Axis::new(format!("ln [p/(1−p)], {what}"), ""),
        "entries per 0.6",
        &simulation,
        &data,
    ))
}

/// Data over simulation of a feature in slices of the score of signal.
pub(super) fn slices(which: usize, arm: &str, trained: &Trained) -> Option<Figure> {
    let (feature, unit, (low, high, n_bins)) = DRAWN_FEATURES[which];
    let caption = format!(
        "Data over simulation of {feature} in the control region, in thirds of the score of signal, {arm}. Each distribution is normalised to one \
         in its third; bins with fewer than {LEAST_COUNT} jets are left out."
    );
    let slices = trained.region.as_ref()?.drawn.get(which)?;
    let name = format!("slices-{}-{}", feature.replace('_', "-"), arm.replace(' ', "-"));
    let y = Axis::new("data/simulation", "").range(0.0, 2.5);
    let one = Layer::HorizontalLine { label: String::new(), role: Role::Reference, y: 1.0 };
    let figure = Figure::new(name, caption, Axis::new(feature, unit), y).layer(one);
    let thirds =
        [("lowest third", Role::Other), ("middle third", Role::Fit), ("highest third", Role::Signal)];
    Some(slices.iter().zip(thirds).fold(figure, |figure, (slice, (label, role))| {
        let totals = [&slice.simulation, &slice.data].map(|counts| counts.iter().sum::<f64>());
        let ratio = |bin: usize| {
            let (s, d) = (slice.simulation[bin], slice.data[bin]);
            let center = low + (high - low) * (bin as f64 + 0.5) / n_bins as f64;
            (s.min(d) >= LEAST_COUNT).then(|| (center, d / s * totals[0] / totals[1]))
        };
        figure.layer(Layer::curve(label, role, (0..n_bins).filter_map(ratio)))
    }))
}

/// Simulation as a line, data as points with their errors, and data over simulation below.
pub(crate) fn with_ratio(
    name: &str,
    caption: &str,
    x: Axis,
    y: &str,
    simulation: &Template,
    data: &Template,
) -> Figure {
    let centers = simulation.binning().centers();
    let (mut at, mut ratios, mut errors) = (Vec::new(), Vec::new(), Vec::new());
    for (bin, &center) in centers.iter().enumerate() {
        let [s, d] = [simulation, data].map(|template| template.yields()[bin]);
        if s > 0.0 {
            let [of_simulation, of_data] = [simulation, data].map(|template| template.variances()[bin]);
            // Where there are no data there could have been an event.
            let of_data = if of_data > 0.0 { of_data } else { 1.0 };
            let error = (of_data + of_simulation * (d / s).powi(2)).sqrt() / s;
            at.push(center);
            ratios.push(d / s);
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
        Figure::new("roc", caption, x, Axis::new("beam-induced efficiency", "").range(1e-5, 1.0).log());
    let drawn = [
        (NAIVE, Role::Reference),
        (DECORRELATED, Role::Fit),
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

/// Closure and separation against the strength of each way.
pub(super) fn scan(found: &Found<'_>) -> Figure {
    let caption = "The area under the curve of a fresh classifier between simulation and data, against the strength of the decorrelation \
                   (one training each; a strength of one way says nothing about another's), and below what is left of the separation of \
                   signal and beam-induced background.";
    let mut names: Vec<&str> = found.scan.iter().map(|(_, arm, _)| arm.name.as_str()).collect();
    names.dedup();
    let roles = [Role::Fit, Role::Signal, Role::Other, Role::Data, Role::Expectation];
    let curves = |is_labelled: bool, value: fn(&Trained) -> f64| {
        let of = |(name, role): (&&str, Role)| {
            let points = found.scan.iter().filter(|(_, arm, _)| arm.name == **name);
            let points = points.map(|(strength, _, trained)| (*strength, value(trained)));
            Layer::curve(if is_labelled { *name } else { "" }, role, points)
        };
        names.iter().zip(roles).map(of).collect::<Vec<Layer>>()
    };
    let nothing =
        Layer::HorizontalLine { label: "nothing to be found".into(), role: Role::Reference, y: 0.5 };
    let figure = Figure::new("scan", caption, Axis::new("strength", "").log(), Axis::new("fresh AUC", ""));
    curves(true, |trained| trained.closures[0].fresh.value)
        .into_iter()
        .fold(figure.layer(nothing), Figure::layer)
        .lower(Axis::new("AUC", ""), curves(false, |trained| trained.against[1].auc.value))
}

/// The losses of an arm's first training, epoch by epoch.
pub(super) fn history(found: &Found<'_>, arm: &str) -> Option<Figure> {
    Some(losses(arm, found.of(arm).first()?.history.as_ref()?))
}

/// The losses of a training, epoch by epoch.
pub(crate) fn losses(arm: &str, history: &History) -> Figure {
    let caption = format!(
        "The losses of the first training, {arm}: each phase in the epochs in which it acted. The loss of the classifier against an \
         adversary is its own cross entropy minus SF times the adversary's; ln 2 is that of an adversary that knows nothing. A naive classifier \
         goes on as before in the phase that is called decorrelation."
    );
    let name = format!("history-{}", arm.replace(' ', "-"));
    let mut figure = Figure::new(name, caption, Axis::new("epoch", ""), Axis::new("loss", ""));
    let roles = [Role::Reference, Role::Signal, Role::Fit, Role::Other];
    for (index, (phase, role)) in history.phases.iter().zip(roles).enumerate() {
        let epochs = history.epochs.iter().enumerate();
        let points = epochs.filter_map(|(epoch, losses)| Some(((epoch + 1) as f64, losses.losses[index]?)));
        figure = figure.layer(Layer::curve(phase.as_str(), role, points));
    }
    figure
}
