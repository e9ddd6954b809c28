//! Both tests side by side, and what was said about them.

use hepsys_core::summary::{Axis, Figure, Layer, Role, Table};

use super::numbers::{Numbers, SignalNumbers};
use crate::ExperimentError;
use crate::mass_fit::Freedom;

/// The published ratio of both significances.
const PUBLISHED_RATIO: f64 = 0.37;

/// Both tests of every signal.
pub(super) fn significances(numbers: &Numbers<'_>) -> Result<Table, ExperimentError> {
    let mut table = Table::new(
        "Significances of the median toy: of the network's test from χ² (Z), and of the mass fit as √(median q₀) (Z_ref), on \
         the same toys. The last columns compare both with themselves where the nuisance parameters are known exactly (σ = 0). \
         Uncertainties are those of the bootstrap over toys. Asimov values are those of the mass fit, with nuisance parameters \
         and with known ones.",
        [
            "signal",
            "toys",
            "Z",
            "Z_ref",
            "Z/Z_ref",
            "Z/Z(σ = 0)",
            "Z_ref/Z_ref(σ = 0)",
            "Asimov Z_ref",
            "Asimov Z_ref(σ = 0)",
        ],
    );
    for signal in &numbers.signals {
        let (found, fit) = (&signal.found, signal.result.mass.fit());
        table = table.row([
            signal.result.label().to_owned(),
            signal.t.len().to_string(),
            found.z.to_string(),
            found.z_reference.to_string(),
            found.ratio.to_string(),
            found.kept.to_string(),
            found.kept_by_reference.to_string(),
            format!("{:.2}", fit.asimov(1.0, Freedom::Profiled)?),
            format!("{:.2}", fit.asimov(1.0, Freedom::Known)?),
        ]);
    }
    Ok(table)
}

/// The ratio against the number of signal events, and the table behind it.
pub(super) fn curve(signal: &SignalNumbers<'_>) -> Option<(Figure, Table)> {
    if signal.curve.is_empty() {
        return None;
    }
    let label = signal.result.label();
    let points = &signal.curve;
    let figure = Figure::new(
        format!("ratio-{}", signal.result.signal.spec.name),
        format!(
            "The significance of the network's test over that of the mass fit against the number of signal events ({label}), \
             which was chosen such that the mass fit expects Z = {}. Errors are those of the bootstrap over toys.",
            points.iter().map(|point| point.target.to_string()).collect::<Vec<_>>().join(", ")
        ),
        Axis::new("N(S)", "events"),
        Axis::new("Z / Z_ref", ""),
    )
    .layer(Layer::HorizontalLine {
        label: format!("published, {PUBLISHED_RATIO}"),
        role: Role::Expectation,
        y: PUBLISHED_RATIO,
    })
    .layer(Layer::Points {
        label: label.into(),
        role: Role::Data,
        x: points.iter().map(|point| point.events).collect(),
        y: points.iter().map(|point| point.ratio.value).collect(),
        y_errors: points.iter().map(|p| (p.ratio.uncertainty, p.ratio.uncertainty)).collect(),
        x_errors: Vec::new(),
    });
    let mut table = Table::new(
        format!("Both tests against the number of signal events, {label}."),
        ["expected Z_ref", "N(S)", "toys", "Z", "Z_ref", "Z/Z_ref"],
    );
    for point in points {
        table = table.row([
            point.target.to_string(),
            format!("{:.1}", point.events),
            point.n_toys.to_string(),
            point.z.to_string(),
            point.z_reference.to_string(),
            point.ratio.to_string(),
        ]);
    }
    Some((figure, table))
}

/// What the talk says, and what these toys say.
pub(super) fn statements(numbers: &Numbers<'_>) -> Table {
    let ratios: Vec<String> =
        numbers.signals.iter().map(|s| format!("{}: {}", s.result.label(), s.found.ratio)).collect();
    let kept: Vec<String> = numbers
        .signals
        .iter()
        .map(|s| format!("{}: {} and {}", s.result.label(), s.found.kept, s.found.kept_by_reference))
        .collect();
    let first = numbers.signals.first().map_or_else(|| "–".to_owned(), |s| s.found.ratio.to_string());
    Table::new(
        "What was said about this test (ACAT 2021, for other samples), and what the toys of this page say. None of it is judged.",
        ["published", "here"],
    )
    .row([
        "comparable performance for resonant and non-resonant signals".to_owned(),
        format!("Z/Z_ref of {}", ratios.join("; ")),
    ])
    .row([
        "comparable performance in the three regimes of systematic uncertainty".to_owned(),
        format!("Z/Z_ref of the first signal in this regime: {first}; the pages of the others have theirs"),
    ])
    .row([
        "systematic uncertainties affect it in the same measure as any other test".to_owned(),
        format!("Z/Z(σ = 0) of the network's test and of the mass fit: {}", kept.join("; ")),
    ])
    .row([format!("Z/Z_ref = {PUBLISHED_RATIO}"), ratios.join("; ")])
}
