//! What the most powerful test of a known signal would see.

use hepsys_core::summary::Table;
use hepsys_report::JudgedQuantity;
use hepsys_sim::Exponential;
use hepsys_stats::IdealTest;
use serde::{Deserialize, Serialize};

use super::{ExponentialSpec, SignalSpec};
use crate::ExperimentError;

/// Where cells end; the background expects 10⁻¹⁴ events beyond.
const END: f64 = 40.0;

/// The number of cells: the narrowest signal of the papers, 0.16, has 160 of them.
const N_CELLS: usize = 40_000;

/// A signal for which only the ideal significance is computed.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct IdealSpec {
    name: String,
    label: String,
    signal: SignalSpec,
}

/// $Z_\mathrm{id}$ of a signal above the nominal background, without nuisance parameters.
pub(super) fn significance(spec: &ExponentialSpec, signal: SignalSpec) -> Result<f64, ExperimentError> {
    let background = Exponential::new(spec.expected_events)?;
    let (signal, events) = signal.signal()?;
    let width = END / N_CELLS as f64;
    let cells = |number: f64, density: &dyn Fn(f64) -> f64| -> Vec<f64> {
        (0..N_CELLS).map(|i| number * width * density((i as f64 + 0.5) * width)).collect()
    };
    let background = cells(spec.expected_events, &|x| background.density(x));
    let signal = cells(events, &|x| signal.density(x));
    let found: f64 = signal.iter().sum();
    if (found / events - 1.0).abs() > 1e-3 {
        let problem = format!(
            "of {events} events of a signal the cells of its ideal significance, {width} wide up to {END}, hold {found:.2}"
        );
        return Err(ExperimentError::Spec { path: spec.study.clone().into(), problem });
    }
    Ok(IdealTest::new(&background, &signal)?.significance()?.value())
}

/// The table of all signals, and the quantities it stands for.
pub(super) fn table(
    spec: &ExponentialSpec,
    quantities: &mut Vec<JudgedQuantity>,
) -> Result<Option<Table>, ExperimentError> {
    let cases = spec.cases.iter().filter_map(|c| Some((&c.name, &c.label, c.signal?)));
    let further = spec.ideal.iter().map(|i| (&i.name, &i.label, i.signal));
    let mut table = Table::new(
        "The ideal significance: of the median experiment, by the likelihood ratio of the known signal, from its exact \
         distribution without toys. Nuisance parameters are known. No test can see more.",
        ["signal", "ideal Z"],
    );
    let mut is_empty = true;
    for (name, label, signal) in cases.chain(further) {
        let z = significance(spec, signal)?;
        table = table.row([label.clone(), format!("{z:.2}")]);
        quantities.push(spec.expected.judge(&format!("{name}: ideal Z"), "σ", z, 0.0));
        is_empty = false;
    }
    Ok((!is_empty).then_some(table))
}
