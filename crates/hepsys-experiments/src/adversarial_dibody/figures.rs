//! The figures of the study.

use hepsys_core::summary::{Axis, Figure, Layer, Role};
use hepsys_core::{Binning, Template};
use hepsys_sim::dibody::MASS;

use super::Found;
use super::arm::Trained;
use super::numbers::NAIVE;
use crate::ExperimentError;
use crate::adversarial::figures::{losses, with_ratio};
use crate::adversarial::measure::SHOWN;
use crate::expected::spread;

/// The mass of selected events of simulation and data, with their ratio.
pub(super) fn masses(found: &Found<'_>) -> Result<Figure, ExperimentError> {
    let binning = Binning::logarithmic(30, 100.0, 1000.0)?;
    let region = found.events.backgrounds(found.spec.data.shift)?;
    let [simulation, data] = [region.simulation(), region.data()].map(|sample| {
        Ok::<_, ExperimentError>(binning.fill("mass", sample.column(MASS)?, sample.weights())?)
    });
    let (low, high) = found.spec.data.window;
    let caption = format!(
        "The mass of selected background, as many events of simulation as of data: simulation as a line, data as points, and their ratio \
         below. The control region is what lies outside the window from {low} to {high} GeV. The classifier sees no mass."
    );
    let x = Axis::new("m₁₂", "GeV").log();
    let mut figure = with_ratio("mass", &caption, x, "events per bin", &simulation?, &data?);
    for (label, x) in [("window", low), ("", high)] {
        figure = figure.layer(Layer::VerticalLine { label: label.into(), role: Role::Expectation, x });
    }
    Ok(figure)
}

/// The signal's score in the control region, of an arm's first training.
pub(super) fn score(found: &Found<'_>, arm: &str) -> Result<Option<Figure>, ExperimentError> {
    let Some(first) = found.of(arm).first() else { return Ok(None) };
    let (low, high, n_bins) = SHOWN;
    let binning = Binning::uniform(n_bins, low, high)?;
    let template =
        |counts: &[f64]| Template::new("events", binning.clone(), counts.to_vec(), counts.to_vec());
    let caption = format!(
        "Log odds of the signal's score in the control region, {arm}: simulation as a line, data as points, and their ratio below. What is \
         beyond the axis is counted at its ends."
    );
    Ok(Some(with_ratio(
        &format!("score-{}", arm.replace(' ', "-")),
        &caption,
        Axis::new("ln p/(1−p), signal", ""),
        "events per 0.6",
        &template(&first.shown.simulation)?,
        &template(&first.shown.data)?,
    )))
}

/// What each arm is drawn as.
fn role(arm: &str) -> Role {
    match arm {
        NAIVE => Role::Data,
        "calibrated simulation" => Role::Reference,
        "adversary on log-scores" => Role::Fit,
        "gradient reversal" => Role::Signal,
        "DisCo" => Role::Other,
        _ => Role::Expectation,
    }
}

/// Closure against what it costs: every training of every arm, and the scans of their strengths.
pub(super) fn cost(found: &Found<'_>) -> Figure {
    let caption = "What is left to tell simulation from data in the control region, against the efficiency of the signal where 1 % of the \
                   background of data passes: every training, and lines through the first training of an arm and those at other \
                   strengths. Below to the right is better.";
    let place = |trained: &Trained| (trained.passing.signal, trained.closures[0].fresh.value);
    let repeated = found.arms.iter().flat_map(|(_, trained)| trained);
    let all =
        repeated.chain(found.scan.iter().map(|(_, _, trained)| trained)).map(|trained| place(trained).0);
    let [_, low, high] = spread(all);
    // The legend needs the left part of the panel.
    let width = (high - low).max(0.01);
    let x =
        Axis::new("signal efficiency at 1 % background", "").range(low - 0.9 * width, high + 0.05 * width);
    let mut figure = Figure::new("cost", caption, x, Axis::new("fresh AUC, side bands", ""));
    for (arm, trained) in &found.arms {
        let scanned = found.scan.iter().filter(|(_, other, _)| other.name == arm.name);
        let mut points: Vec<(f64, &Trained)> =
            scanned.map(|(factor, _, trained)| (*factor, trained)).collect();
        if points.is_empty() {
            continue;
        }
        points.extend(trained.first().map(|first| (1.0, first)));
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        let points = points.into_iter().map(|(_, trained)| place(trained));
        figure = figure.layer(Layer::curve("", role(&arm.name), points));
    }
    for (arm, trained) in &found.arms {
        let (x, y): (Vec<f64>, Vec<f64>) = trained.iter().map(place).unzip();
        let sigma =
            |trained: &Trained| (trained.closures[0].fresh.null_sigma, trained.closures[0].fresh.null_sigma);
        let (label, y_errors) = (arm.name.clone(), trained.iter().map(sigma).collect());
        figure = figure.layer(Layer::Points {
            label,
            role: role(&arm.name),
            x,
            y,
            y_errors,
            x_errors: Vec::new(),
        });
    }
    let nothing = "nothing to be found".to_owned();
    figure.layer(Layer::HorizontalLine { label: nothing, role: Role::Reference, y: 0.5 })
}

/// The part of the background that passes, against the signal's.
pub(super) fn curves(found: &Found<'_>) -> Figure {
    let caption = "The part of the background that passes a cut on the ratio of scores, against that of the signal, both as the detector \
                   has them (first trainings).";
    let x = Axis::new("signal efficiency", "").range(0.4, 1.0);
    let mut figure =
        Figure::new("roc", caption, x, Axis::new("background efficiency", "").range(1e-3, 1.0).log());
    let drawn = [
        ("calibrated simulation", Role::Data),
        (NAIVE, Role::Reference),
        ("adversary on log-scores", Role::Fit),
        ("DisCo", Role::Signal),
        ("MoDe", Role::Other),
    ];
    for (arm, role) in drawn {
        if let Some(first) = found.of(arm).first() {
            let points = first.against.curve.iter().filter(|[_, background]| *background > 0.0);
            figure = figure.layer(Layer::curve(arm, role, points.map(|&[s, b]| (s, b))));
        }
    }
    figure
}

/// The losses of an arm's first training, epoch by epoch.
pub(super) fn history(found: &Found<'_>, arm: &str) -> Option<Figure> {
    found.of(arm).first().map(|first| losses(arm, &first.history))
}

/// The loss of an adversary, epoch by epoch; that of the classifier, minus SF times this, has another scale.
pub(super) fn opponent(found: &Found<'_>, arm: &str) -> Option<Figure> {
    let history = &found.of(arm).first()?.history;
    let index = history.phases.iter().position(|phase| phase == "adversary")?;
    let epochs = history.epochs.iter().enumerate();
    let points = epochs.filter_map(|(epoch, losses)| Some(((epoch + 1) as f64, losses.losses[index]?)));
    let name = format!("history-{}", arm.replace(' ', "-"));
    let caption = format!(
        "The loss of the adversary in the first training, {arm}, in the epochs in which it acted. At ln 2 it knows nothing, and a fresh \
         classifier may still tell simulation from data."
    );
    let figure = Figure::new(name, caption, Axis::new("epoch", ""), Axis::new("loss of the adversary", ""));
    let limit =
        Layer::HorizontalLine { label: "ln 2".into(), role: Role::Reference, y: std::f64::consts::LN_2 };
    Some(figure.layer(limit).layer(Layer::curve("adversary", Role::Fit, points)))
}
