//! The page of the study of kernels.

use hepsys_core::TestStatistic;
use hepsys_core::summary::{Block, Summary, Table};
use hepsys_report::JudgedQuantity;
use hepsys_stats::{NullDistribution, median};

use super::{KernelSpec, Results};
use crate::expected::p_value;
use crate::figures::t_distribution;
use crate::study::Outcome;
use crate::{Context, ExperimentError};

pub(super) fn outcome(
    spec: &KernelSpec,
    context: &Context,
    results: &Results,
) -> Result<Outcome, ExperimentError> {
    let mut record = context.record(&spec.study, spec.seed);
    let chi_squared = match &results.null {
        NullDistribution::ChiSquared(chi_squared) => *chi_squared,
        _ => {
            return Err(hepsys_stats::StatsError::TooFewValues {
                what: "a fit of χ²".into(),
                needed: 1,
                found: 0,
            }
            .into());
        }
    };
    let (validation, without) = (&results.validation, &results.without);
    let network = NullDistribution::chi_squared(results.network.n_parameters() as f64)?;
    let z_kernel = median_significance(&results.signal[0], &results.null)?;
    let z_network = median_significance(&results.signal[1], &network)?;
    let dof =
        JudgedQuantity::reported("degrees of freedom fitted to the calibration toys", "1", chi_squared.dof());
    record.quantities.extend([
        match chi_squared.dof_uncertainty() {
            Some(uncertainty) => dof.with_uncertainty(uncertainty),
            None => dof,
        },
        p_value(
            "KS p-value of t on toys that were not fitted",
            validation.points()[0].p_value,
            "the χ² fitted to the calibration toys",
        ),
    ]);
    record.quantities.extend(crate::validation::judged(validation));
    record.quantities.extend([
        JudgedQuantity::judged(
            "smallest KS p-value of the validation without nuisance parameters in the test, after Holm",
            "1",
            without.smallest_p_value(),
            0.0,
            0.01,
        )
        .from_source("a test that does not know its nuisance parameters has to fail"),
        spec.expected.judge("median Z of the kernels", "σ", z_kernel.0, z_kernel.1),
        spec.expected.judge("median Z of the network", "σ", z_network.0, z_network.1),
    ]);
    let hyper = &spec.kernel;
    let mut summary = Summary::new(&spec.title)
        .text(&spec.about)
        .text(format!(
            "Each toy generates its own reference of {} events for N(R₀) = {} and draws its auxiliary measurements around the true \
             nuisance parameters, a normalisation and a scale of σ = {} each. {} centres, Gaussians of width {}, penalty {:e}.",
            results.n_reference, spec.expected_events, spec.sigma, hyper.centres, hyper.width, hyper.penalty
        ))
        .heading("The null distribution")
        .figure(t_distribution(
            "t-kernel",
            "t of the toys that the degrees of freedom were fitted to, with that χ² (at the nearest whole number), and of toys with the \
             peak.",
            chi_squared.dof().round() as usize,
            &results.calibration,
            &[("peak", results.signal[0].as_slice())],
            None,
        )?);
    summary = with_blocks(summary.heading("With shifted nuisance parameters"), validation.summary().blocks);
    summary = with_blocks(
        summary.heading("The same test without nuisance parameters"),
        renamed(without.summary().blocks),
    );
    let row = |name: &str, t: &[f64], z: (f64, f64)| -> Result<[String; 3], ExperimentError> {
        let t = median(t)?;
        Ok([
            name.to_owned(),
            format!("{:.1} ± {:.1}", t.value, t.uncertainty()),
            format!("{:.2} ± {:.2}", z.0, z.1),
        ])
    };
    let table = Table::new(
        format!("Toys with a peak of {} events at 6.4, tested by both: medians.", spec.signal_events),
        ["test", "t", "Z"],
    )
    .row(row("kernels", &results.signal[0], z_kernel)?)
    .row(row(&format!("network {}", results.network), &results.signal[1], z_network)?);
    Ok(Outcome {
        paper: spec.paper.clone(),
        summary: summary.heading("A peak in the tail").table(table),
        record,
    })
}

/// Figures of the same kind on one page need names of their own.
fn renamed(blocks: Vec<Block>) -> Vec<Block> {
    let rename = |block| match block {
        Block::Figure(mut figure) => {
            figure.name = format!("{}-without", figure.name);
            Block::Figure(figure)
        }
        other => other,
    };
    blocks.into_iter().map(rename).collect()
}

fn with_blocks(summary: Summary, blocks: Vec<Block>) -> Summary {
    blocks.into_iter().fold(summary, |summary, block| match block {
        Block::Table(table) => summary.table(table),
        Block::Figure(figure) => summary.figure(figure),
        _ => summary,
    })
}

/// The significance of the median, and half the interval that the order statistics of the median give it.
fn median_significance(t: &[f64], null: &NullDistribution) -> Result<(f64, f64), ExperimentError> {
    let middle = median(t)?;
    let z = |t: f64| -> Result<f64, ExperimentError> {
        Ok(null.p_value(TestStatistic::new(t.max(0.0))?).significance().value())
    };
    Ok((z(middle.value)?, 0.5 * (z(middle.upper)? - z(middle.lower)?)))
}
