//! The page of a user's own question.

use hepsys_advocate::Direction;
use hepsys_core::summary::{Axis, Figure, Layer, Role, Summary, Table};
use hepsys_report::JudgedQuantity;

use super::case::Answer;
use super::figures::role;
use super::own::OwnAdvocateSpec;
use super::scan::Weights;
use super::tables;
use crate::study::Outcome;
use crate::{Context, ExperimentError};

pub(super) fn outcome(
    spec: &OwnAdvocateSpec,
    context: &Context,
    answer: &Answer,
    weights: Weights,
) -> Result<Outcome, ExperimentError> {
    let mut page = Summary::new(&spec.title).text(&spec.about).text(in_words(answer));
    page = page.figure(biases(answer));
    let caption = "What each search found, over its seeds, on events that had no say, beside the bound. A limit that is not exhausted has a \
                   negative violation.";
    page = page
        .table(tables::reached(caption, "pushed", [answer]))
        .table(efficiencies(answer))
        .heading("What better measurements would bring")
        .table(tables::prices(
            "The price is the change of the bias for each unit of the limit, both sides together.",
            "pushed",
            [answer],
        ));
    let sentences = tables::sentences(answer);
    if !sentences.is_empty() {
        page = page.text(sentences);
    }
    page = weights
        .on_page(page.heading("The weights"))
        .heading("What was run")
        .table(what_was_run(spec, answer));

    let mut record = context.record(&spec.study, spec.seed);
    for direction in Direction::BOTH {
        let bound = 100.0 * answer.bound(direction).bound.bias;
        record.quantities.push(JudgedQuantity::reported(format!("bound, {direction}"), "%", bound));
    }
    for reached in answer.reached() {
        let name = format!("{}, {}", reached.method.name(), reached.direction);
        let bias = JudgedQuantity::reported(&name, "%", reached.mean).with_uncertainty(reached.error());
        let violation =
            JudgedQuantity::reported(format!("{name}: largest violation"), "%", reached.violation);
        record.quantities.extend([bias, violation]);
    }
    Ok(Outcome { paper: String::new(), summary: page, record })
}

/// The answer in a sentence.
fn in_words(answer: &Answer) -> String {
    let mut parts = Vec::new();
    for direction in Direction::BOTH {
        let bound = tables::percent(100.0 * answer.bound(direction).bound.bias);
        if let Some(found) = answer.worst.furthest(direction) {
            parts.push(format!(
                "by {:+.2} ± {:.2} % (found by the search \"{}\"; no weights exceed {bound})",
                100.0 * found.test.bias,
                100.0 * found.test.error,
                found.method.name()
            ));
        }
    }
    format!(
        "Within what the control measurements allow, the efficiency of {} may be wrong {}.",
        answer.case.label,
        parts.join(", and ")
    )
}

/// Bars of the mean biases, and the bound as lines.
fn biases(answer: &Answer) -> Figure {
    let methods = answer.case.params.methods();
    let caption = "The bias that each method found, up and down, as the mean over its seeds, with their standard deviation; the lines are the \
                   binned bound.";
    let names = methods.iter().map(|method| method.name());
    let bound = |direction| 100.0 * answer.bound(direction).bound.bias;
    let furthest = 1.15 * bound(Direction::Up).abs().max(bound(Direction::Down).abs());
    let x = Axis::new("bias of the efficiency", "%").range(-furthest, furthest);
    let mut figure = Figure::new("bias", caption, x, Axis::categories("", names));
    let mut means = (Vec::new(), Vec::new(), Vec::new());
    for (index, direction) in Direction::BOTH.into_iter().enumerate() {
        let label = if index == 0 { "bound" } else { "" };
        let x = bound(direction);
        figure = figure.layer(Layer::VerticalLine { label: label.into(), role: Role::Expectation, x });
        for (place, &method) in methods.iter().enumerate() {
            let Some(reached) = answer.reached_by(direction, method) else { continue };
            figure = figure.layer(Layer::Bars {
                label: String::new(),
                role: role(method),
                y: vec![place as f64],
                from: vec![0.0],
                to: vec![reached.mean],
                is_filled: true,
            });
            means.0.push(reached.mean);
            means.1.push(place as f64);
            means.2.push(reached.spread);
        }
    }
    let (x, y, x_errors) = means;
    let label = "mean and spread of the seeds".to_owned();
    figure.layer(Layer::Points { label, role: Role::Data, x, y, y_errors: Vec::new(), x_errors })
}

/// Each channel's efficiency under the furthest weights and under those of the bound.
fn efficiencies(answer: &Answer) -> Table {
    let caption = "The efficiency of each channel over that of its simulation, under the weights that go furthest, on test events, and under those of the bound.";
    let mut table = Table::new(caption, ["direction", "channel", "furthest search", "bound"]);
    for direction in Direction::BOTH {
        let Some(found) = answer.worst.furthest(direction) else { continue };
        for efficiency in &found.test.efficiencies {
            let bound = answer.bound(direction).bound.efficiency_of(&efficiency.channel);
            table = table.row([
                direction.to_string(),
                efficiency.channel.clone(),
                format!("{:.4} ± {:.4}", efficiency.value, efficiency.error),
                bound.map_or("–".to_owned(), |e| format!("{e:.4}")),
            ]);
        }
    }
    table
}

fn what_was_run(spec: &OwnAdvocateSpec, answer: &Answer) -> Table {
    let params = &answer.case.params;
    let question = params.question();
    let mut table = Table::new("The question as its specification has it.", ["what", "choice"]);
    for (channel, file) in spec.files() {
        table = table.row([format!("events of {channel}"), file]);
    }
    for index in 0..question.n_limits() {
        if let Some((what, limit)) = question.limit(index) {
            table = table.row([what, limit.to_string()]);
        }
    }
    let (low, high) = params.weight_range();
    let features = answer
        .worst
        .furthest(Direction::Up)
        .map(|found| found.map.features().iter().map(|f| f.name().to_owned()).collect::<Vec<_>>().join(", "));
    table
        .row(["features".to_owned(), features.unwrap_or_default()])
        .row(["weights".to_owned(), format!("{low} to {high}")])
        .row([
            "gradient".to_owned(),
            params.smoothness().map_or("any".to_owned(), |l| {
                format!("{l} at most, features in standard deviations of the controls")
            }),
        ])
        .row(["seeds".to_owned(), params.n_seeds().to_string()])
}
