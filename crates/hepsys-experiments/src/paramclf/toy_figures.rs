//! The figures of the toy.

use std::f64::consts::PI;

use hepsys_core::summary::{Axis, Figure, Layer, Role, Summary};
use hepsys_core::{Binning, Seed, Weights};
use hepsys_paramclf::{ParamclfError, Strategy, profile_curve, score_figure};
use hepsys_sim::Class;

use super::toy::Results;
use super::toy_report::LEVELS;
use crate::ExperimentError;

/// How many events of each class are drawn.
const DRAWN: usize = 250;

/// Signal and background at the nominal angle and at one far from it, with the lines on which each score is one half.
pub(super) fn clouds(results: &Results<'_>) -> Result<Figure, ExperimentError> {
    let turn = results.spec.truths[2];
    let z = turn * PI;
    let mut figure = Figure::new(
        "data",
        format!(
            "Signal and background at z = {turn} π. On the solid line the score of the aware classifier is one half, on the dashed \
             one that of the baseline, which was trained at the nominal angle of {} π and does not know that z has changed.",
            results.spec.truths[0]
        ),
        Axis::new("x₁", "").range(-3.0, 3.0),
        Axis::new("x₂", "").range(-3.0, 4.8),
    );
    for (class, label, role) in
        [(Class::Background, "background", Role::Reference), (Class::Signal, "signal", Role::Signal)]
    {
        let events = results.toy.sample(class, z, DRAWN, &mut Seed::new(1).named(label).stream())?;
        figure = figure.layer(Layer::Points {
            label: label.into(),
            role,
            x: events.column("x1")?.to_vec(),
            y: events.column("x2")?.to_vec(),
            y_errors: Vec::new(),
            x_errors: Vec::new(),
        });
    }
    for (index, label, is_dashed) in [(0, "aware, score ½", false), (1, "baseline, score ½", true)] {
        let (x, y) = boundary(results, index, z)?;
        figure = figure.layer(Layer::Curve { label: label.into(), role: Role::Fit, x, y, is_dashed });
    }
    Ok(figure)
}

/// Where the logit of a contender changes sign, along lines across the plane.
fn boundary(results: &Results<'_>, index: usize, z: f64) -> Result<(Vec<f64>, Vec<f64>), ExperimentError> {
    let classifier = &results.contenders[index].classifier;
    // Points along the direction perpendicular to the one that the classifier looks in, scanned along that one.
    let angle = if *classifier.strategy() == Strategy::Baseline { results.toy.nominal() } else { z };
    let (cos, sin) = (angle.cos(), angle.sin());
    let (mut x, mut y) = (Vec::new(), Vec::new());
    for i in 0..=60 {
        let along = -3.5 + 7.0 * f64::from(i) / 60.0;
        let across: Vec<f64> = (0..=200).map(|k| -1.5 + 0.015 * f64::from(k)).collect();
        let columns = [
            (
                hepsys_core::Feature::new("x1", "1"),
                across.iter().map(|t| t * cos - along * sin).collect::<Vec<_>>(),
            ),
            (hepsys_core::Feature::new("x2", "1"), across.iter().map(|t| t * sin + along * cos).collect()),
        ];
        let sample = hepsys_core::Sample::from_columns(columns)?;
        let logits = classifier.logits(&sample, z)?;
        if let Some(k) = logits.windows(2).position(|pair| pair[0] < 0.0 && pair[1] >= 0.0) {
            let (a, b) = (sample.column("x1")?[k], sample.column("x2")?[k]);
            if a.abs() <= 3.0 && b.abs() <= 3.0 {
                x.push(a);
                y.push(b);
            }
        }
    }
    Ok((x, y))
}

/// The templates of four strategies at three angles.
pub(super) fn scores(results: &Results<'_>, mut summary: Summary) -> Result<Summary, ParamclfError> {
    let angles = [0.0, results.toy.nominal(), PI / 2.0];
    for contender in &results.contenders[..4] {
        let caption = format!(
            "The logit of the strategy \"{}\" at three angles, signal (solid) and background (dashed), each normalised to one.",
            contender.label
        );
        let name = format!("score-{}", contender.label.replace(|c: char| !c.is_ascii_alphanumeric(), "-"));
        let edges = results.binning.shown().edges();
        let axis = Axis::new("logit of the score", "");
        summary = summary.figure(score_figure(name, caption, axis, edges, &contender.templates, &angles)?);
    }
    Ok(summary)
}

/// The profiled curves of the five strategies, for two angles and all strengths.
pub(super) fn profiles(results: &Results<'_>, mut summary: Summary) -> Summary {
    const ROLES: [Role; 5] = [Role::Fit, Role::Reference, Role::Other, Role::Signal, Role::Data];
    for turn in [results.spec.truths[0], results.spec.truths[2]] {
        for &mu in &results.spec.strengths {
            let caption = format!(
                "Twice the negative log-likelihood above its minimum along μ, with z profiled, for data of μ = {mu} at z = {turn} π. Where \
                 a curve crosses one is the end of its 68 % interval.",
            );
            let name = format!("profile-{turn}-{mu}");
            let x = Axis::new("μ", "").range(mu - 0.75, mu + 0.45);
            let y = Axis::new("−2 Δ ln L", "").range(0.0, 8.0);
            let mut figure = Figure::new(name, caption, x, y);
            // The one trained at the true z is drawn last, dashed on top of the aware one.
            let drawn =
                results.contenders.iter().filter(|c| *c.classifier.strategy() != Strategy::AwareSplit);
            let found = drawn.filter_map(|c| c.found(turn, mu).map(|found| (c, found)));
            for ((contender, found), role) in found.zip(ROLES) {
                let mut curve = profile_curve(&contender.label, role, &found.profile);
                if let (Strategy::TrainedAt(_), Layer::Curve { is_dashed, .. }) =
                    (contender.classifier.strategy(), &mut curve)
                {
                    *is_dashed = true;
                }
                figure = figure.layer(curve);
            }
            let one = Layer::HorizontalLine { label: String::new(), role: Role::Reference, y: 1.0 };
            summary = summary.figure(figure.layer(one));
        }
    }
    summary
}

/// The contours of the aware classifier and of the baseline in one plane.
pub(super) fn planes(results: &Results<'_>, summary: Summary) -> Summary {
    let turn = results.spec.truths[2];
    let caption = format!(
        "Contours that hold 68 % (solid) and 95 % (dashed) of μ and z, for data of μ = 1 at z = {turn} π. The frozen score \
         of the baseline fixes the angle better, for its templates move with it; the aware one fixes μ. Both know the angle far better \
         than the prior, ±0.5."
    );
    let mut figure = Figure::new("plane", caption, Axis::new("μ", ""), Axis::new("z", "rad"));
    for ((label, plane), role) in results.planes.iter().zip([Role::Fit, Role::Reference]) {
        for (i, &level) in LEVELS.iter().enumerate() {
            for (k, contour) in plane.contours(level).into_iter().enumerate() {
                let (x, y) = contour.points.into_iter().unzip();
                let label = if i == 0 && k == 0 { label.clone() } else { String::new() };
                figure = figure.layer(Layer::Curve { label, role, x, y, is_dashed: i > 0 });
            }
        }
    }
    let truth = Layer::Points {
        label: "truth".into(),
        role: Role::Data,
        x: vec![1.0],
        y: vec![turn * PI],
        y_errors: Vec::new(),
        x_errors: Vec::new(),
    };
    summary.figure(figure.layer(truth))
}

/// The best values of μ of all toys of each truth.
pub(super) fn coverage(results: &Results<'_>) -> Result<Figure, ExperimentError> {
    let binning = Binning::uniform(24, 0.7, 1.3)?;
    let caption = "The best μ of toys with a true μ of one, for each angle of the data.";
    let mut figure = Figure::new("coverage", caption, Axis::new("best μ", ""), Axis::new("toys per bin", ""));
    for ((turn, coverage), role) in results.coverage.iter().zip([Role::Reference, Role::Signal, Role::Fit]) {
        let mu: Vec<f64> = coverage.toys.iter().map(|toy| toy.mu).collect();
        let template = binning.fill("toys", &mu, &Weights::unit(mu.len()))?;
        figure = figure.layer(Layer::line(format!("z = {turn} π"), role, &template));
    }
    Ok(figure.layer(Layer::VerticalLine { label: String::new(), role: Role::Expectation, x: 1.0 }))
}
