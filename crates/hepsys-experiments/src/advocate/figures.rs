//! Biases along a scan.

use hepsys_advocate::{Direction, Method};
use hepsys_core::summary::{Axis, Figure, Layer, Role};

use super::case::Answer;
use super::numbers::Reached;

/// The horizontal axis of a scan: what is scanned, and marked places on it.
pub(super) struct ScanAxis {
    pub(super) axis: Axis,
    pub(super) marks: Vec<(String, f64)>,
}

impl ScanAxis {
    fn marked(&self, mut figure: Figure) -> Figure {
        for (label, x) in &self.marks {
            figure =
                figure.layer(Layer::VerticalLine { label: label.clone(), role: Role::Expectation, x: *x });
        }
        figure
    }
}

/// The bias of each method, up and down, with its spread, inside the bound.
pub(super) fn bias(name: &str, caption: String, x: &ScanAxis, answers: &[Answer]) -> Figure {
    let bound = |direction| -> Vec<f64> {
        answers.iter().map(|answer| 100.0 * answer.bound(direction).bound.bias).collect()
    };
    let (upper, lower) = (bound(Direction::Up), bound(Direction::Down));
    // Room for the legend.
    let high = 2.8 * upper.iter().copied().fold(0.0, f64::max);
    let low = 1.15 * lower.iter().copied().fold(0.0, f64::min);
    let y = Axis::new("bias of the signal efficiency", "%").range(low, high);
    let mut figure = Figure::new(name, caption, x.axis.clone(), y).layer(Layer::Band {
        label: "allowed: binned bound".into(),
        role: Role::Data,
        x: answers.iter().map(|answer| answer.case.x).collect(),
        lower,
        upper,
    });
    figure = x.marked(figure).layer(Layer::HorizontalLine { label: String::new(), role: Role::Data, y: 0.0 });
    for method in methods(answers) {
        for direction in Direction::BOTH {
            let reached = of(answers, direction, method);
            let label = if direction == Direction::Up { method.name() } else { "" };
            figure = figure.layer(points(label, role(method), &reached, |r| (r.mean, r.spread)));
            let curve = reached.iter().map(|r| (r.answer.case.x, r.mean));
            figure = figure.layer(Layer::curve("", role(method), curve));
        }
    }
    figure
}

/// The part of the bound that each method reaches, upwards and, below, downwards.
pub(super) fn parts(name: &str, caption: String, x: &ScanAxis, answers: &[Answer]) -> Figure {
    let least = answers.iter().flat_map(Answer::reached).map(|r| r.part()).fold(0.7_f64, f64::min);
    let low = (10.0 * least - 0.5).floor() / 10.0;
    let range = |label: &str| Axis::new(label, "").range(low, 1.0 + 1.4 * (1.0 - low));
    let lower_range = Axis::new("down", "").range(low, 1.1);
    let one = |role| Layer::HorizontalLine { label: String::new(), role, y: 1.0 };
    let mut figure = Figure::new(name, caption, x.axis.clone(), range("found / bound, up"));
    figure = x.marked(figure).layer(one(Role::Data));
    let mut below = vec![one(Role::Data)];
    for method in methods(answers) {
        let part = |r: &Reached<'_>| (r.part(), (r.spread / r.bound).abs());
        for direction in Direction::BOTH {
            let reached = of(answers, direction, method);
            let label = if direction == Direction::Up { method.name() } else { "" };
            let layers = [
                points(label, role(method), &reached, part),
                Layer::curve("", role(method), reached.iter().map(|r| (r.answer.case.x, r.part()))),
            ];
            match direction {
                Direction::Up => figure.layers.extend(layers),
                Direction::Down => below.extend(layers),
            }
        }
    }
    figure.lower(lower_range, below)
}

fn methods(answers: &[Answer]) -> Vec<Method> {
    answers.first().map(|answer| answer.case.params.methods().to_vec()).unwrap_or_default()
}

fn of(answers: &[Answer], direction: Direction, method: Method) -> Vec<Reached<'_>> {
    answers.iter().filter_map(|answer| answer.reached_by(direction, method)).collect()
}

fn points(
    label: &str,
    role: Role,
    reached: &[Reached<'_>],
    value: impl Fn(&Reached<'_>) -> (f64, f64),
) -> Layer {
    let values: Vec<(f64, f64)> = reached.iter().map(value).collect();
    Layer::Points {
        label: label.to_owned(),
        role,
        x: reached.iter().map(|r| r.answer.case.x).collect(),
        y: values.iter().map(|(value, _)| *value).collect(),
        y_errors: values.iter().map(|(_, spread)| (*spread, *spread)).collect(),
        x_errors: Vec::new(),
    }
}

pub(super) fn role(method: Method) -> Role {
    match method {
        Method::Pretrained => Role::Reference,
        Method::Alternating => Role::Other,
        Method::Lagrangian => Role::Fit,
        Method::Direct => Role::Signal,
    }
}
