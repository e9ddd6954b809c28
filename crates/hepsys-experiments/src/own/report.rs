//! The page of a search.

use hepsys_core::summary::{Axis, Figure, Summary, Table};
use hepsys_nplm::{Experiment, NplmFit};
use hepsys_report::JudgedQuantity;
use hepsys_stats::{ChiSquared, KolmogorovSmirnov, NullDistribution, PValue, mean};

use super::OwnSpec;
use crate::figures::{learnt, t_distribution};
use crate::search::{Search, ToyResult};
use crate::study::Outcome;
use crate::{Context, ExperimentError};

/// From how many toys on a test of their distribution says anything.
const ENOUGH_TOYS: usize = 50;

/// What came of the search.
pub(super) struct Tested {
    /// The data.
    pub(super) observed: Experiment,
    pub(super) fit: NplmFit,
    /// Toys of the reference.
    pub(super) null: Vec<ToyResult>,
    /// How well the shapes of nuisance parameters were learnt.
    pub(super) shapes: Vec<Figure>,
}

pub(super) fn outcome(
    spec: &OwnSpec,
    context: &Context,
    search: &Search,
    tested: &Tested,
) -> Result<Outcome, ExperimentError> {
    let Tested { observed, fit, null, shapes } = tested;
    let (measured, sigma) = spec.normalisation();
    let expected = spec.reference.expected_events * measured.exp();
    let bins = spec.features.bins;
    let dof = fit.degrees_of_freedom();
    let chi_squared = ChiSquared::new(dof as f64)?;
    let t_null: Vec<f64> = null.iter().map(|r| r.t).collect();
    let asymptotic = NullDistribution::chi_squared(dof as f64)?.p_value(fit.test_statistic());
    let empirical = NullDistribution::empirical(t_null.clone())?.p_value(fit.test_statistic());
    let ks = KolmogorovSmirnov::one_sample(&t_null, |t| chi_squared.cdf(t))?;
    let unit = spec.features.unit.as_str();
    let mut axis = Axis::new(&spec.features.show, unit).range(bins.low, bins.high);
    axis.is_log = bins.logarithmic;
    let n_data = observed.data.n_events() as f64;
    let uncertainty = (sigma * expected).hypot(expected.sqrt());
    let pull = (n_data - expected) / uncertainty;
    let is_target_right = ks.p_value().value() >= 0.01;
    let verdict = if is_target_right {
        let few =
            if null.len() < ENOUGH_TOYS { ", but are too few to tell" } else { ": either may be quoted" };
        format!("The toys are compatible with the χ² (KS {}){few}.", p_in_words(&ks.p_value()))
    } else {
        let shift = if mean(&t_null)?.value > dof as f64 { "smaller" } else { "larger" };
        format!(
            "The toys do not follow the χ² (KS {}): quote the toys, and try a {shift} weight_clip{}.",
            p_in_words(&ks.p_value()),
            if spec.network.paper.is_some() && shift == "larger" { " or more epochs" } else { "" }
        )
    };
    let mut summary = Summary::new(&spec.title)
        .text(&spec.about)
        .text(format!(
            "t = {:.2}. From {} toys of the reference {}; from the χ² with {dof} degrees of freedom {}. {verdict}",
            fit.test_statistic().value(),
            null.len(),
            in_words(&empirical),
            in_words(&asymptotic),
        ))
        .text(format!(
            "{n_data} data events pass the selection where the reference expects {expected} ± {uncertainty:.1}, {pull:+.1} \
             standard deviations{}",
            if pull.abs() > 3.0 {
                ": too far for chance. Is expected_events the number after the selection?"
            } else {
                "."
            },
        ));
    if pull.abs() > 3.0 {
        eprintln!("{}: {n_data} data events where {expected} ± {uncertainty:.1} are expected", spec.study);
    }
    summary = summary
        .figure(t_distribution(
            "t-distribution",
            "The test statistic of toys of the reference (points), the target χ², and the data.",
            dof,
            &t_null,
            &[],
            Some(fit.test_statistic().value()),
        )?)
        .figure(learnt(
            search,
            observed,
            fit,
            "The data, the reference with its best nuisance parameters, and what the network learnt.",
            axis,
        )?)
        .heading("What was run")
        .table(what_was_run(spec, search, observed)?)
        .section(fit.summary());
    if !shapes.is_empty() {
        summary = summary.heading("Were the nuisance parameters learnt?");
    }
    for figure in shapes {
        summary = summary.figure(figure.clone());
    }
    let mut record = context.record(&spec.study, spec.seed);
    let toys = |name: &str, unit: &str, value: f64, (low, high): (f64, f64)| {
        let quantity = JudgedQuantity::reported(name, unit, value);
        if high.is_finite() { quantity.with_uncertainty(0.5 * (high - low)) } else { quantity }
    };
    let (p, z) = (&empirical, empirical.significance());
    let limit = |is_limit: bool, name: &str, word: &str| {
        if is_limit { format!("{name}, {word} limit: no toy exceeds the data") } else { name.to_owned() }
    };
    let p_name = limit(p.is_upper_limit(), "p from toys", "upper");
    let z_name = limit(z.is_lower_limit(), "Z from toys", "lower");
    let p_value = if p.is_upper_limit() {
        JudgedQuantity::reported(p_name, "1", p.interval().1)
    } else {
        toys(&p_name, "1", p.value(), p.interval())
    };
    record.quantities = vec![
        JudgedQuantity::reported("t", "1", fit.test_statistic().value()),
        JudgedQuantity::reported("τ", "1", fit.tau()),
        JudgedQuantity::reported("Δ", "1", fit.delta()),
        p_value,
        toys(&z_name, "σ", z.value(), z.interval()),
        JudgedQuantity::reported("p from χ²", "1", asymptotic.value()),
        JudgedQuantity::reported("Z from χ²", "σ", asymptotic.significance().value()),
        JudgedQuantity::reported("KS p-value of toys against χ²", "1", ks.p_value().value()),
        JudgedQuantity::reported("toys", "1", null.len() as f64),
        JudgedQuantity::reported("data events", "events", n_data),
        JudgedQuantity::reported("expected events", "events", expected).with_uncertainty(uncertainty),
        JudgedQuantity::reported("data over expectation", "σ", pull),
    ];
    Ok(Outcome { paper: String::new(), summary, record })
}

/// The choices that make the result what it is.
fn what_was_run(spec: &OwnSpec, search: &Search, observed: &Experiment) -> Result<Table, ExperimentError> {
    let mut table = Table::new("The search as its specification has it.", ["what", "choice"])
        .row(["data", &format!("{}, {} events selected", spec.data.file.display(), observed.data.n_events())])
        .row([
            "reference",
            &format!(
                "{}, {} events in each test",
                spec.reference.file.display(),
                observed.reference.n_events()
            ),
        ])
        .row(["selection", &spec.features.selection.join(" and ")])
        .row(["inputs", &spec.features.inputs.join(", ")])
        .row(["network", &format!("{}", search.nplm.shape(spec.features.inputs.len())?)])
        .row(["weight clip", &spec.network.weight_clip.map_or("none".to_owned(), |clip| clip.to_string())])
        .row(["optimiser", &spec.network.optimizer_in_words()]);
    let auxiliary = &observed.auxiliary;
    for parameter in search.nplm.nuisances().parameters() {
        let sigma = parameter.sigma().map_or("free".to_owned(), |sigma| format!("σ = {sigma}"));
        let measured = auxiliary.value(parameter.name());
        let words = format!("{}, {sigma}, measured {measured}", parameter.name());
        table = table.row(["nuisance parameter", &words]);
    }
    Ok(table)
}

fn in_words(p: &PValue) -> String {
    format!("{}, Z {}", p_in_words(p), z_in_words(p))
}

/// Two digits are all that a p-value can bear.
fn p_in_words(p: &PValue) -> String {
    let digits = |p: f64| if p < 0.01 { format!("{p:.1e}") } else { format!("{p:.2}") };
    match p.is_upper_limit() {
        true => format!("p < {}", digits(p.interval().1)),
        false if p.value() < 1e-300 => format!("p = 10^{:.0}", p.ln_value() / std::f64::consts::LN_10),
        false => format!("p = {}", digits(p.value())),
    }
}

fn z_in_words(p: &PValue) -> String {
    let z = p.significance();
    if z.is_lower_limit() { format!("> {:.2}", z.value()) } else { format!("= {:.2}", z.value()) }
}
