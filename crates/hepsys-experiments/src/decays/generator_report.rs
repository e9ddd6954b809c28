//! The page of the study of the generator.

use hepsys_core::summary::{Axis, Figure, Layer, Role, Summary, Table};
use hepsys_core::{Binning, Weights};

use super::generator::{Distances, GeneratorSpec, Trained};

use crate::expected::spread;
use crate::study::Outcome;
use crate::{Context, ExperimentError};

/// How many modes the figure shows.
const SHOWN: usize = 3;

impl Distances {
    fn all(&self) -> impl Iterator<Item = f64> + '_ {
        self.distances.iter().flatten().copied()
    }

    fn mean(&self) -> f64 {
        let n = self.all().count();
        if n > 0 { self.all().sum::<f64>() / n as f64 } else { f64::NAN }
    }

    fn largest(&self) -> f64 {
        self.all().fold(0.0, f64::max)
    }
}

/// What is compared, with its name.
type Comparison = (&'static str, fn(&Trained) -> &Distances);

/// All that is compared.
const COMPARED: [Comparison; 6] = [
    ("fast simulation", |trained| &trained.fast),
    ("detailed simulation, no transport", |trained| &trained.before),
    ("detailed simulation, after transport", |trained| &trained.after),
    ("detailed simulation, learnt from its events alone", |trained| &trained.scratch),
    ("modes without detailed events, no transport", |trained| &trained.unseen_before),
    ("modes without detailed events, after transport of the others", |trained| &trained.unseen_after),
];

pub(super) fn outcome(
    spec: &GeneratorSpec,
    context: &Context,
    trained: &[Trained],
) -> Result<Outcome, ExperimentError> {
    let mut record = context.record(&spec.study, spec.seed);
    let mut overview = Table::new(
        "Kolmogorov–Smirnov distances over all modes and features: the median of the trainings, and the range.",
        ["compared with", "mean", "largest"],
    );
    for (name, distances) in COMPARED {
        let means = spread(trained.iter().map(|trained| distances(trained).mean()));
        let largest = spread(trained.iter().map(|trained| distances(trained).largest()));
        let words = |[median, low, high]: [f64; 3]| match trained.len() {
            1 => format!("{median:.3}"),
            _ => format!("{median:.3} ({low:.3} to {high:.3})"),
        };
        overview = overview.row([name.to_owned(), words(means), words(largest)]);
        // The worst training counts for what has to hold for every feature and mode.
        for (what, value) in [("mean distance", means[0]), ("largest distance", largest[2])] {
            record.quantities.push(spec.expected.judge(&format!("{name}: {what}"), "1", value, 0.0));
        }
    }
    let mut summary = Summary::new(&spec.title).text(&spec.about);
    if let Some(first) = trained.first() {
        summary = summary
            .text(format!(
                "The generator has {} parameters. Two samples of one distribution, as large as those compared, are {:.3} apart in the mean.",
                first.n_parameters, first.fast.noise
            ))
            .table(overview)
            .figure(masses(first)?);
        for (name, distances) in &COMPARED[..3] {
            summary = summary.table(by_mode(name, distances(first)));
        }
    }
    Ok(Outcome { paper: spec.paper.clone(), summary, record })
}

fn by_mode(name: &str, distances: &Distances) -> Table {
    let head = ["mode".to_owned()].into_iter().chain(distances.features.iter().cloned());
    let mut table = Table::new(format!("Distances to the {name}, first training"), head);
    for (mode, row) in distances.modes.iter().zip(&distances.distances) {
        let cells = row.iter().map(|distance| format!("{distance:.3}"));
        table = table.row([mode.replace("->", "→")].into_iter().chain(cells));
    }
    table
}

/// The mass of the candidate for some modes: simulated as points, generated as lines.
fn masses(trained: &Trained) -> Result<Figure, ExperimentError> {
    let binning = Binning::uniform(50, 1.48, 2.08)?;
    let caption = "The mass of three tracks taken for kaons: simulated events as points, as many generated ones as lines. All modes are one network's; they are counted as in the tables.";
    let mut figure = Figure::new(
        "masses",
        caption,
        Axis::new("mass of K⁻K⁺K⁺", "GeV"),
        Axis::new("events per 12 MeV", ""),
    );
    let roles = [Role::Data, Role::Signal, Role::Fit];
    let modes = trained.fast.modes.iter().zip(&trained.masses).zip(roles);
    for (rank, ((mode, [simulated, generated]), role)) in modes.take(SHOWN).enumerate() {
        let fill = |values: &[f64], n: usize| {
            let scale = n as f64 / values.len().max(1) as f64;
            binning.fill(mode, values, &Weights::new(vec![scale; values.len()])?)
        };
        let points = fill(simulated, simulated.len())?;
        let line = fill(generated, simulated.len())?;
        figure = figure.layer(Layer::line("", role, &line)).layer(Layer::points(
            format!("mode {}", rank + 1),
            role,
            &points,
        ));
    }
    Ok(figure)
}
