//! The page of a di-body study.

use hepsys_core::Variation;
use hepsys_core::summary::{Axis, Figure, Layer, Role, Summary, Table};
use hepsys_sim::dibody::MASS;
use hepsys_stats::{mean, standard_deviation};

use super::Results;
use super::numbers::Numbers;
use crate::ExperimentError;
use crate::figures::{learnt, ratio_band, t_distribution};
use crate::search::{Search, ToyResult};
use crate::study::Outcome;

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

fn summary(results: &Results<'_>, numbers: &Numbers) -> Result<Summary, ExperimentError> {
    let Results { spec, samples, search, null, signal, shown, .. } = results;
    let Numbers { dof, z, z_reference, ratio, .. } = numbers;
    let overlap = samples.pool.overlap(spec.data.expected_events as usize);
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
        ))
        .heading("Is the test calibrated, and does it see the signal?")
        .figure(t_distribution(
            "t-distribution",
            &format!(
                "The test statistic of toys without signal (points), of toys with {} {} events (line), and the target \
                 χ² with {dof} degrees of freedom, one for each parameter of the network.",
                spec.data.signal_events, spec.data.signal_label
            ),
            *dof,
            &numbers.t_null,
            &[(&spec.data.signal_label, &numbers.t_signal)],
            None,
        )?)
        .text(format!(
            "Median Z of the toys with signal: {:.2} ± {:.2} from the χ² ({}). The mass fit, which knows the signal, \
             its place and its width, has √(median q₀) = {:.2} ± {:.2} on the same toys: binned in m₁₂ (80 logarithmic \
             bins from 100 to 1000 GeV and one beyond), with the same nuisance parameters, constraints and auxiliary \
             measurements, templates of {} events. Their ratio is {:.2} ± {:.2}; the published 0.37 is for samples with \
             detector simulation and another signal strength, and the ratio depends on both.",
            z.asymptotic,
            z.uncertainty,
            z.empirical_in_words(),
            z_reference.0,
            z_reference.1,
            samples.pool.reference().n_events(),
            ratio.0,
            ratio.1,
        ))
        .heading("Where is the signal?")
        .figure(learnt(
            search,
            shown.events,
            shown.fit,
            &format!(
                "The signal toy with the median statistic (number {}, t = {:.1}): its data, its reference with the best \
                 nuisance parameters, and what the network learnt, in m₁₂, which it never saw. The signal is {}.",
                shown.number,
                shown.fit.test_statistic().value(),
                spec.data.signal_label
            ),
            Axis::new("m₁₂", "GeV").log().range(100.0, 800.0),
        )?);
    let mut band = Figure::new(
        "learnt-ratio",
        "What the network learnt, seen in m₁₂: the expected yield of the alternative over that of the best reference, \
         median and central 68 % over all toys, with and without signal.",
        Axis::new("m₁₂", "GeV").log().range(100.0, 800.0),
        Axis::new("n(x|H) / n(x|R)", ""),
    )
    .layer(Layer::HorizontalLine { label: String::new(), role: Role::Expectation, y: 1.0 });
    for (label, role, toys) in
        [("no signal", Role::Reference, *null), (&spec.data.signal_label, Role::Signal, *signal)]
    {
        for layer in ratio_band(label, role, &search.binning, toys) {
            band = band.layer(layer);
        }
    }
    summary = summary.figure(band).heading("Are the nuisance parameters understood?");
    summary = summary
        .figure(taylor_figure(results)?)
        .table(nuisance_table(search, null, signal))
        .section(shown.fit.summary());

    Ok(summary)
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |c| c.to_uppercase().chain(chars).collect())
}

/// How the mass spectrum changes with the momentum scale: simulated and learnt.
fn taylor_figure(results: &Results<'_>) -> Result<Figure, ExperimentError> {
    let Results { samples, search, taylor, scale, .. } = results;
    let sigma = scale.nuisance().sigma().unwrap_or(1.0);
    let nominal = samples.pool.reference();
    let fill = |name: &str, sample: &hepsys_core::Sample| {
        search.binning.fill(name, sample.column(MASS)?, sample.weights())
    };
    let before = fill("nominal", nominal)?;
    let mut figure = Figure::new(
        "taylor",
        "The mass spectrum with momenta shifted by +1σ and −1σ over the nominal one: simulated events that the networks \
         did not learn from (points; most of their statistical fluctuation cancels, since the events are the same), and \
         the learnt expansion (lines).",
        Axis::new("m₁₂", "GeV").log().range(100.0, 800.0),
        Axis::new("n(x|ν) / n(x|0)", ""),
    )
    .layer(Layer::HorizontalLine { label: String::new(), role: Role::Expectation, y: 1.0 });
    for (value, label, role) in [(sigma, "+1σ", Role::Signal), (-sigma, "−1σ", Role::Fit)] {
        let after = fill("shifted", &scale.vary(&samples.unselected, value)?.select(&samples.selection)?)?;
        let log_ratio = taylor.log_ratio(nominal, value)?;
        let weights: Vec<f64> = nominal.weights().iter().zip(&log_ratio).map(|(w, r)| w * r.exp()).collect();
        let learnt = fill("learnt", &nominal.clone().with_weights(hepsys_core::Weights::new(weights)?)?)?;
        let bins: Vec<usize> = (0..before.yields().len()).filter(|&i| before.yields()[i] >= 20.0).collect();
        let centers = search.binning.centers();
        let over =
            |yields: &[f64]| -> Vec<f64> { bins.iter().map(|&i| yields[i] / before.yields()[i]).collect() };
        let x: Vec<f64> = bins.iter().map(|&i| centers[i]).collect();
        figure = figure
            .layer(Layer::curve(
                format!("{label}, learnt"),
                role,
                x.iter().copied().zip(over(learnt.yields())),
            ))
            .layer(Layer::Points {
                label: format!("{label}, simulated"),
                role,
                x,
                y: over(after.yields()),
                y_errors: Vec::new(),
                x_errors: Vec::new(),
            });
    }
    Ok(figure)
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
