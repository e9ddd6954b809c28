use hepsys_core::Variation;
use hepsys_core::summary::{Axis, Figure, Layer, Role, Summary, Table};
use hepsys_nplm::{NplmFit, TaylorExpansion};
use hepsys_report::{JudgedQuantity, StudyRecord};
use hepsys_sim::dibody::{MASS, MomentumScale};
use hepsys_stats::{ChiSquared, KolmogorovSmirnov, mean, median, standard_deviation};

use super::DibodySpec;
use super::mass::MassAnalysis;
use super::samples::Samples;
use crate::expected::at_least;
use crate::figures::{learnt, ratio_band, t_distribution};
use crate::search::{Search, TestEvents, ToyResult};
use crate::study::{MedianSignificance, Outcome, empirical_in_words};
use crate::{Context, ExperimentError};

/// The window of the mass in which the resonance is, and its neighbourhood, in GeV.
const PEAK: (f64, f64) = (270.0, 330.0);

/// A toy whose events the page shows.
pub(super) struct ShownToy<'a> {
    pub(super) number: usize,
    pub(super) events: &'a TestEvents,
    pub(super) fit: &'a NplmFit,
}

/// The toy whose statistic is in the middle.
pub(super) fn index_of_median(toys: &[ToyResult]) -> usize {
    let mut order: Vec<usize> = (0..toys.len()).collect();
    order.sort_by(|&a, &b| toys[a].t.total_cmp(&toys[b].t));
    order.get(toys.len() / 2).copied().unwrap_or(0)
}

#[allow(clippy::too_many_arguments, reason = "all that a study made goes into its page, once")]
pub(super) fn outcome(
    spec: &DibodySpec,
    context: &Context,
    samples: &Samples,
    search: &Search,
    mass: &MassAnalysis,
    (taylor, scale): (&TaylorExpansion, &MomentumScale),
    (null, signal): (&[ToyResult], &[ToyResult]),
    shown: &ShownToy<'_>,
) -> Result<Outcome, ExperimentError> {
    let dof = search.nplm.shape(spec.data.inputs.len())?.n_parameters();
    let chi_squared = ChiSquared::new(dof as f64)?;
    let t = |toys: &[ToyResult]| toys.iter().map(|r| r.t).collect::<Vec<f64>>();
    let (t_null, t_signal) = (t(null), t(signal));
    let tau_null: Vec<f64> = null.iter().map(|r| r.tau).collect();
    let ks = KolmogorovSmirnov::one_sample(&t_null, |t| chi_squared.cdf(t))?;
    let z = MedianSignificance::new(&t_signal, &t_null, &chi_squared)?;

    // The same toys in the eyes of somebody who knows the signal.
    let q0: Vec<f64> = signal.iter().filter_map(|r| r.model_dependent).collect();
    let q0 = median(&q0)?;
    let z_reference = q0.value.max(0.0).sqrt();
    let z_reference_error = 0.5 * (q0.upper.max(0.0).sqrt() - q0.lower.max(0.0).sqrt());
    let ratio = z.asymptotic / z_reference;
    let ratio_error = ratio.abs() * (z.uncertainty / z.asymptotic).hypot(z_reference_error / z_reference);

    let peak = mean_ratio(search, signal, |m| m > PEAK.0 && m < PEAK.1);
    let beside =
        mean_ratio(search, signal, |m| (m > 180.0 && m < PEAK.0 - 20.0) || (m > PEAK.1 + 20.0 && m < 500.0));

    let expected = &spec.expected;
    let mut quantities = vec![
        expected.judge_estimate("mean of t, background only", "1", mean(&t_null)?),
        expected.judge_estimate("median of t, background only", "1", median(&t_null)?),
        expected.judge(
            "standard deviation of t, background only",
            "1",
            standard_deviation(&t_null)?,
            // Of a sample of n from a distribution near the normal: s/√2(n−1).
            standard_deviation(&t_null)? / (2.0 * (t_null.len() - 1) as f64).sqrt(),
        ),
        at_least(
            &format!("KS p-value of t against χ² with {dof} degrees of freedom"),
            "1",
            ks.p_value().value(),
            0.01,
            "the target distribution of the test",
        ),
        expected.judge_estimate("mean of τ, background only", "1", mean(&tau_null)?),
        expected.judge_estimate("median of t, signal", "1", median(&t_signal)?),
        expected.judge("median Z, from χ²", "σ", z.asymptotic, z.uncertainty),
        expected.judge("median Z of the mass fit", "σ", z_reference, z_reference_error),
        expected.judge("median Z over that of the mass fit", "1", ratio, ratio_error),
        expected.judge(
            "Asimov Z of the mass fit without nuisance parameters",
            "σ",
            mass.fit.asimov_without_nuisances(),
            0.0,
        ),
        at_least(
            "learnt ratio at the resonance over that beside it",
            "1",
            peak / beside,
            1.05,
            "the network points to the resonance in a variable it never saw",
        ),
    ];
    quantities.push(JudgedQuantity::reported("toys, background only", "1", null.len() as f64));
    quantities.push(JudgedQuantity::reported("toys, signal", "1", signal.len() as f64));
    let overlap = samples.pool.overlap(spec.data.expected_events as usize);
    quantities.push(JudgedQuantity::reported(
        "data sets without a common event that the pool holds",
        "1",
        overlap.disjoint_data_sets as f64,
    ));

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
            dof,
            &t_null,
            &[(&spec.data.signal_label, &t_signal)],
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
            empirical_in_words(&z),
            z_reference,
            z_reference_error,
            samples.pool.reference().n_events(),
            ratio,
            ratio_error,
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
        [("no signal", Role::Reference, null), (&spec.data.signal_label, Role::Signal, signal)]
    {
        for layer in ratio_band(label, role, &search.binning, toys) {
            band = band.layer(layer);
        }
    }
    summary = summary.figure(band).heading("Are the nuisance parameters understood?");
    summary = summary
        .figure(taylor_figure(samples, search, taylor, scale)?)
        .table(nuisance_table(search, null, signal))
        .section(shown.fit.summary());

    let mut record = StudyRecord::new(
        &spec.study,
        context.profile.name(),
        context.seed.unwrap_or(spec.seed),
        env!("CARGO_PKG_VERSION"),
    );
    record.quantities = quantities;
    Ok(Outcome { title: spec.title.clone(), paper: spec.paper.clone(), summary, record })
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |c| c.to_uppercase().chain(chars).collect())
}

/// The mean over toys and bins of what was learnt, in the bins whose centre `is_inside`.
fn mean_ratio(search: &Search, toys: &[ToyResult], is_inside: impl Fn(f64) -> bool) -> f64 {
    let centers = search.binning.centers();
    let ratios: Vec<f64> = toys
        .iter()
        .flat_map(|toy| centers.iter().zip(&toy.ratio))
        .filter(|(center, ratio)| is_inside(**center) && **ratio > 0.0)
        .map(|(_, ratio)| *ratio)
        .collect();
    ratios.iter().sum::<f64>() / ratios.len() as f64
}

/// How the mass spectrum changes with the momentum scale: simulated and learnt.
fn taylor_figure(
    samples: &Samples,
    search: &Search,
    taylor: &TaylorExpansion,
    scale: &MomentumScale,
) -> Result<Figure, ExperimentError> {
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
