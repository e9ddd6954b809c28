//! The page of a di-body study.

use hepsys_core::Variation;
use hepsys_core::summary::{Axis, Figure, Layer, Role, Summary, Table};
use hepsys_sim::dibody::MASS;
use hepsys_stats::{mean, standard_deviation};

use super::Results;
use super::numbers::Numbers;
use super::statements::{curve, significances, statements};
use super::toys::SignalResult;
use crate::figures::{learnt, ratio_band, t_distribution};
use crate::search::{Search, ToyResult};
use crate::study::Outcome;
use crate::{ExperimentError, selection};

impl Results<'_> {
    pub(super) fn outcome(&self) -> Result<Outcome, ExperimentError> {
        let Self { spec, context, .. } = self;
        let numbers = Numbers::of(self)?;
        let mut record = context.record(&spec.study, spec.seed);
        record.quantities = numbers.judged(self)?;
        let summary = summary(self, &numbers)?;
        Ok(Outcome { paper: spec.paper.clone(), summary, record })
    }
}

fn summary(results: &Results<'_>, numbers: &Numbers<'_>) -> Result<Summary, ExperimentError> {
    let Results { spec, samples, search, null, signals, .. } = results;
    let dof = numbers.dof;
    let overlap = samples.pool.overlap(spec.data.expected_events as usize);
    // The first signal only: a stronger one would stretch the axis until the null distribution is a spike.
    let drawn: Vec<(&str, &[f64])> =
        numbers.signals.iter().take(1).map(|s| (s.result.label(), s.t.as_slice())).collect();
    let mut summary = Summary::new(&spec.title)
        .text(&spec.about)
        .text(format!(
            "Each toy draws about {} data events and {} reference events from {} selected events of the file, without \
             a common event; across toys events recur, {:.1} % of a data set in another. The network {} sees {}; \
             m₁₂ is never an input. {}, weight clip {}. Statistics of other optimisers or clips must not be compared \
             with these.",
            spec.data.expected_events,
            spec.data.expected_events as usize * spec.data.reference_ratio,
            samples.pool.reference().n_events(),
            100.0 * overlap.shared_fraction,
            search.nplm.shape(spec.data.inputs.len())?,
            spec.data.inputs.join(", "),
            capitalised(&spec.network.optimizer_in_words()),
            spec.network.weight_clip.map_or("none".to_owned(), |c| c.to_string()),
        ));
    summary = selection::on_page(summary, results.clips, spec.network.weight_clip)
        .heading("Is the test calibrated, and does it see the signals?")
        .figure(t_distribution(
            "t-distribution",
            &format!(
                "The test statistic of toys without signal (points), of toys with the first signal (line), and the target χ² with \
                 {dof} degrees of freedom, one for each parameter of the network.",
            ),
            dof,
            &numbers.t_null,
            &drawn,
            None,
        )?);
    for signal in &numbers.signals {
        summary = summary.text(format!(
            "{}: median Z {:.2} ± {:.2} from the χ² ({}).",
            signal.result.label(),
            signal.z.asymptotic,
            signal.z.uncertainty,
            signal.z.empirical_in_words()
        ));
    }
    if let Some(validation) = &numbers.validation {
        summary = summary
            .heading("Is it calibrated at other nuisance parameters?")
            .text(
                "Data of these toys are drawn from events whose momenta are shifted before the selection, their number follows \
                 the shifted normalisation, and the auxiliary measurements scatter around the shifted truth. The reference \
                 stays nominal.",
            )
            .figure(validation.figure())
            .table(validation.table());
    }
    summary = summary
        .heading("How does it compare with a test that knows the signal?")
        .text(format!(
            "The mass fit knows the signal, its place and its shape: a profile likelihood in m₁₂ in {} logarithmic bins from \
             {} to {} GeV and one beyond, with the same nuisance parameters, constraints and auxiliary measurements. The \
             normalisation and the momentum scale act on background and signal; templates at {} values of the scale come \
             from {} events{}.",
            spec.mass.bins,
            spec.mass.low,
            spec.mass.high,
            spec.mass.knots.len(),
            samples.pool.reference().n_events(),
            drawn_from(signals),
        ))
        .table(significances(numbers)?);
    for signal in &numbers.signals {
        if let Some((figure, table)) = curve(signal) {
            summary = summary.figure(figure).table(table);
        }
    }
    summary = summary.heading("What was said, and what is found").table(statements(numbers));
    if let Some(shown) = results.shown {
        summary = summary.heading("Where is the signal?").figure(learnt(
            search,
            &shown.events,
            &shown.fit,
            &format!(
                "The toy with the median statistic (number {}, t = {:.1}) of {}: its data, its reference with the best \
                 nuisance parameters, and what the network learnt, in m₁₂, which it never saw.",
                shown.number,
                shown.fit.test_statistic().value(),
                signals.first().map_or("", SignalResult::label),
            ),
            mass_axis(results),
        )?);
    }
    let mut band = Figure::new(
        "learnt-ratio",
        "What the network learnt, seen in m₁₂: the expected yield of the alternative over that of the best reference, \
         median and central 68 % over all toys, with and without signal.",
        mass_axis(results),
        Axis::new("n(x|H) / n(x|R)", ""),
    )
    .layer(Layer::HorizontalLine { label: String::new(), role: Role::Expectation, y: 1.0 });
    for layer in ratio_band("no signal", Role::Reference, &search.binning, null) {
        band = band.layer(layer);
    }
    for (signal, role) in numbers.signals.iter().zip([Role::Signal, Role::Other]) {
        for layer in ratio_band(signal.result.label(), role, &search.binning, &signal.result.tests()) {
            band = band.layer(layer);
        }
    }
    let with_signal = numbers.signals.first().map(|s| s.result.tests()).unwrap_or_default();
    summary = summary
        .figure(band)
        .heading("Are the nuisance parameters understood?")
        .append(results.orders.summary())
        .text(format!(
            "The study uses order {}. The expansion was learnt from {} events before the selection; the events of the next \
             figures are others.",
            spec.taylor.order,
            samples.training.n_events()
        ));
    for figure in taylor_figures(results)? {
        summary = summary.figure(figure);
    }
    summary = summary.table(nuisance_table(search, null, &with_signal));
    Ok(match results.shown {
        Some(shown) => summary.section(shown.fit.summary()),
        None => summary,
    })
}

fn mass_axis(results: &Results<'_>) -> Axis {
    Axis::new("m₁₂", "GeV").log().range(results.spec.mass.low, 800.0)
}

/// How many events the signals come from, in words.
fn drawn_from(signals: &[SignalResult<'_>]) -> String {
    signals
        .iter()
        .map(|s| format!(", those of {} from the equivalent of {:.0}", s.label(), s.signal.n_unweighted()))
        .collect()
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |c| c.to_uppercase().chain(chars).collect())
}

/// How the mass spectrum changes with the momentum scale, simulated and learnt, at each value that was learnt from: in events
/// that the networks did not learn from.
fn taylor_figures(results: &Results<'_>) -> Result<Vec<Figure>, ExperimentError> {
    let Results { spec, samples, search, taylor, scale, .. } = results;
    let sigma = scale.nuisance().sigma().unwrap_or(1.0);
    let quality = |value: &f64| {
        let bins = (MASS, &search.binning);
        let mut figure =
            taylor.quality(&samples.unselected, *scale, &samples.selection, bins, value * sigma)?;
        figure.x = mass_axis(results);
        Ok(figure)
    };
    spec.taylor.values.iter().map(quality).collect()
}

fn nuisance_table(search: &Search, null: &[ToyResult], signal: &[ToyResult]) -> Table {
    let mut table = Table::new(
        "Mean and standard deviation over toys of the best nuisance parameters of the reference, in units of their σ. \
         The auxiliary measurements alone would give 0 ± 1.",
        ["parameter", "σ", "background only", "with signal"],
    );
    for (j, parameter) in search.nplm.nuisances().parameters().enumerate() {
        let sigma = parameter.sigma().unwrap_or(1.0);
        let cell = |toys: &[ToyResult]| {
            let values: Vec<f64> = toys.iter().map(|t| t.nuisances_of_the_reference[j] / sigma).collect();
            match (mean(&values), standard_deviation(&values)) {
                (Ok(mean), Ok(deviation)) => format!("{:.2} ± {deviation:.2}", mean.value),
                _ => "–".to_owned(),
            }
        };
        table = table.row([parameter.name().to_owned(), sigma.to_string(), cell(null), cell(signal)]);
    }
    table
}
