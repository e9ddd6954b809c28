//! The figures of the study.

use hepsys_advocate::angular::{Agent, Attempt, EXPLAINED_BELOW, reward};
use hepsys_core::summary::{Axis, Figure, Layer, Role};
use hepsys_sim::AngularObservables;

use super::Case;

/// What stands below the coefficients.
const NAMES: [&str; 9] = ["F_L", "S₃", "S₄", "S₅", "A_FB", "S₇", "S₈", "S₉", "P₅′"];

/// How far apart the points of one coefficient are, in places.
const APART: f64 = 0.2;

/// The reward that agents look for.
pub(super) fn reward_of_agents() -> Figure {
    let x: Vec<f64> = (0..=400).map(|i| 0.03 * 10f64.powf(2.6 * f64::from(i) / 400.0)).collect();
    let part = |above: bool| {
        let side = x.iter().copied().filter(|x| (*x >= EXPLAINED_BELOW) == above);
        Layer::curve("", Role::Fit, side.map(|x| (x, reward(x))))
    };
    let hit = || Layer::VerticalLine { label: String::new(), role: Role::Reference, x: EXPLAINED_BELOW };
    let caption = "The reward of the published approach: the data count as explained below χ²/N = 0.1, where it jumps to 10. Below, the same \
                   enlarged: from 3 on each step towards the data counts eleven times as much.";
    Figure::new("reward", caption, Axis::new("χ²/N", "").log(), Axis::new("reward", "").range(-1.0, 11.0))
        .layer(part(false))
        .layer(part(true))
        .layer(hit())
        .lower(Axis::new("enlarged", "").range(-0.15, 0.35), [part(true), hit()])
}

/// The coefficients, and P5′, with their errors.
struct Measured {
    label: &'static str,
    role: Role,
    offset: f64,
    values: [f64; 9],
    errors: [f64; 9],
}

impl Measured {
    fn new(label: &'static str, role: Role, offset: f64, values: [f64; 8], errors: [f64; 8]) -> Self {
        let observables = AngularObservables::from_array(values);
        let with = |eight: [f64; 8], last: f64| std::array::from_fn(|i| if i < 8 { eight[i] } else { last });
        Self {
            label,
            role,
            offset,
            values: with(values, observables.p5_prime()),
            errors: with(errors, p5_prime_error(&observables, errors)),
        }
    }

    fn points(&self) -> Layer {
        self.layer(self.label, &self.values, &self.errors)
    }

    fn pulls(&self, data: &Self) -> Layer {
        let over = |value: &[f64; 9], from: &[f64; 9]| -> [f64; 9] {
            std::array::from_fn(|i| (value[i] - from[i]) / data.errors[i])
        };
        self.layer("", &over(&self.values, &data.values), &over(&self.errors, &[0.0; 9]))
    }

    fn layer(&self, label: &str, values: &[f64; 9], errors: &[f64; 9]) -> Layer {
        let has_errors = errors.iter().any(|e| *e > 0.0);
        Layer::Points {
            label: label.to_owned(),
            role: self.role,
            x: (0..9).map(|i| f64::from(i) + self.offset).collect(),
            y: values.to_vec(),
            y_errors: if has_errors { errors.iter().map(|e| (*e, *e)).collect() } else { Vec::new() },
            x_errors: Vec::new(),
        }
    }
}

/// The error of P5′ from those of F_L and S5, without correlation.
fn p5_prime_error(observables: &AngularObservables, errors: [f64; 8]) -> f64 {
    let product = observables.f_l * (1.0 - observables.f_l);
    let by_s5 = 1.0 / product.sqrt();
    let by_f_l = -0.5 * observables.s5 * (1.0 - 2.0 * observables.f_l) / product.powf(1.5);
    (by_s5 * errors[3]).hypot(by_f_l * errors[0])
}

/// What the expectation, the data, and the best efficiency say of each coefficient.
pub(super) fn observables(case: &Case<'_>) -> Figure {
    let best = case.verdict.best();
    let expectation = AngularObservables::STANDARD_MODEL.to_array();
    let seen = AngularObservables::ANOMALY.to_array();
    let data = Measured::new("data", Role::Data, 0.0, seen, AngularObservables::UNCERTAINTIES.to_array());
    let expected = Measured::new("expectation", Role::Reference, -APART, expectation, [0.0; 8]);
    let confirmation = &best.confirmation;
    let (values, errors) = (confirmation.agreement.observables, confirmation.observable_errors);
    let found = Measured::new("with the efficiency", Role::Signal, APART, values, errors);
    let caption = format!(
        "The angular coefficients and P₅′: those of the data with their errors, those expected, and those that an analysis would measure if \
         the efficiency were the one that {} found, on {} new events; their statistical errors are smaller than the points where none is \
         seen. Below, the difference to the data over their error; that of P₅′ is propagated from F_L and S₅ and does not count in χ².",
        best.agent.name(),
        confirmation.n_events
    );
    let zero = Layer::HorizontalLine { label: String::new(), role: Role::Reference, y: 0.0 };
    Figure::new(
        format!("observables-{}", slug(case)),
        caption,
        Axis::categories("", NAMES),
        Axis::new("coefficient", "").range(-0.95, 0.95),
    )
    .layer(expected.points())
    .layer(data.points())
    .layer(found.points())
    .lower(Axis::new("pull", "").range(-5.9, 5.9), [zero, expected.pulls(&data), found.pulls(&data)])
}

/// By how much the best efficiency moves the control channel, if there is one.
pub(super) fn control(case: &Case<'_>) -> Option<Figure> {
    let pulls = case.verdict.best().confirmation.agreement.control_pulls?;
    let caption = "By how much the same efficiency moves the coefficients of the control channel, over what they may move by.";
    let y = Axis::new("shift over tolerance", "").range(-1.5, 2.1);
    let points = Layer::Points {
        label: "J/ψK*".to_owned(),
        role: Role::Signal,
        x: (0..8).map(f64::from).collect(),
        y: pulls.to_vec(),
        y_errors: Vec::new(),
        x_errors: Vec::new(),
    };
    let figure =
        Figure::new(format!("control-{}", slug(case)), caption, Axis::categories("", NAMES[..8].to_vec()), y);
    let allowed = Layer::Band {
        label: "tolerance".to_owned(),
        role: Role::Reference,
        x: vec![-0.5, 7.5],
        lower: vec![-1.0; 2],
        upper: vec![1.0; 2],
    };
    Some(figure.layer(allowed).layer(points))
}

/// χ²/N against evaluations, a curve for each seed; none if nobody learnt.
pub(super) fn learning(case: &Case<'_>) -> Option<Figure> {
    let caption = "The lowest χ²/N until each evaluation, a curve for each seed: colours tell agents apart, patterns seeds. A point is a hit \
                   below 0.1 (line) that new events confirmed. Evaluations draw their events by chance, and the lowest is a lucky one: it counts only once it is \
                   confirmed.";
    let most = case.attempts.iter().map(|attempt| attempt.evaluations).max().unwrap_or(1) as f64;
    let mut figure = Figure::new(
        format!("learning-{}", slug(case)),
        caption,
        Axis::new("evaluations", "").log().range(1.0, 2.0 * most),
        Axis::new("lowest χ²/N so far", "").log().range(0.03, 15.0),
    );
    // Without a label, for which there is no room between the curves.
    let target = Layer::HorizontalLine { label: String::new(), role: Role::Expectation, y: EXPLAINED_BELOW };
    figure = figure.layer(target);
    let mut has_learnt = false;
    for (agent, attempts) in case.by_agent().filter(|(agent, _)| *agent != Agent::GaussNewton) {
        has_learnt = true;
        for (index, attempt) in attempts.iter().enumerate() {
            let label = if index == 0 { agent.name() } else { "" };
            figure = figure.layer(Layer::curve(label, role(agent), steps(attempt)));
        }
        let hits: Vec<_> = attempts.iter().filter_map(|attempt| attempt.hit).collect();
        if !hits.is_empty() {
            figure = figure.layer(Layer::Points {
                label: String::new(),
                role: role(agent),
                x: hits.iter().map(|hit| hit.evaluation as f64).collect(),
                y: hits.iter().map(|hit| hit.chi_squared_per_n).collect(),
                y_errors: Vec::new(),
                x_errors: Vec::new(),
            });
        }
    }
    has_learnt.then_some(figure)
}

/// The curve of one seed: it falls where an evaluation improves on all before.
fn steps(attempt: &Attempt) -> Vec<(f64, f64)> {
    let mut steps: Vec<(f64, f64)> = Vec::new();
    // The generation of a hit is finished, but the search is over.
    for at in attempt.improvements.iter().filter(|at| at.evaluation <= attempt.evaluations) {
        let x = at.evaluation as f64;
        if let Some(&(_, y)) = steps.last() {
            steps.push((x, y));
        }
        steps.push((x, at.chi_squared_per_n));
    }
    if let Some(&(_, y)) = steps.last() {
        steps.push((attempt.evaluations as f64, y));
    }
    steps
}

fn role(agent: Agent) -> Role {
    match agent {
        Agent::Cmaes => Role::Fit,
        Agent::Cem => Role::Other,
        Agent::Ppo => Role::Signal,
        _ => Role::Data,
    }
}

/// The name of a case in files.
fn slug(case: &Case<'_>) -> String {
    case.spec.name.replace(|c: char| !c.is_ascii_alphanumeric(), "-")
}
