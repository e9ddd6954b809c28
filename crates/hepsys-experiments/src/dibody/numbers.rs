//! The numbers of a di-body study, and the verdicts on them.

use hepsys_report::JudgedQuantity;
use hepsys_stats::{ChiSquared, KolmogorovSmirnov, mean, median, standard_deviation};

use super::Results;
use crate::ExperimentError;
use crate::expected::p_value;
use crate::search::{Search, ToyResult};
use crate::significance::MedianSignificance;

/// The window of the mass in which the resonance is, in GeV.
const PEAK: (f64, f64) = (270.0, 330.0);

/// What is beside it.
const BESIDE: [(f64, f64); 2] = [(180.0, 250.0), (350.0, 500.0)];

/// What the toys say, as far as both the page and the verdicts need it.
pub(super) struct Numbers {
    /// The number of parameters of the network.
    pub(super) dof: usize,
    pub(super) t_null: Vec<f64>,
    pub(super) t_signal: Vec<f64>,
    /// Of the toys with signal.
    pub(super) z: MedianSignificance,
    /// √(median q₀) of the mass fit on the same toys, and its standard deviation.
    pub(super) z_reference: (f64, f64),
    /// Z over that of the mass fit, and its standard deviation.
    pub(super) ratio: (f64, f64),
}

impl Numbers {
    pub(super) fn of(results: &Results<'_>) -> Result<Self, ExperimentError> {
        let dof = results.search.nplm.shape(results.spec.data.inputs.len())?.n_parameters();
        let t = |toys: &[ToyResult]| toys.iter().map(|r| r.t).collect::<Vec<f64>>();
        let (t_null, t_signal) = (t(results.null), t(results.signal));
        let z = MedianSignificance::new(&t_signal, &t_null, &ChiSquared::new(dof as f64)?)?;
        // The same toys in the eyes of somebody who knows the signal.
        let q0: Vec<f64> = results.signal.iter().filter_map(|r| r.model_dependent).collect();
        let q0 = median(&q0)?;
        let root = |q: f64| q.max(0.0).sqrt();
        let z_reference = (root(q0.value), 0.5 * (root(q0.upper) - root(q0.lower)));
        let ratio = z.asymptotic / z_reference.0;
        let relative_error = (z.uncertainty / z.asymptotic).hypot(z_reference.1 / z_reference.0);
        Ok(Self { dof, t_null, t_signal, z, z_reference, ratio: (ratio, ratio.abs() * relative_error) })
    }

    /// Every quantity of the study, judged where something is expected.
    pub(super) fn judged(&self, results: &Results<'_>) -> Result<Vec<JudgedQuantity>, ExperimentError> {
        let Results { spec, samples, search, mass, null, signal, .. } = results;
        let (expected, t) = (&spec.expected, &self.t_null);
        let chi_squared = ChiSquared::new(self.dof as f64)?;
        let ks = KolmogorovSmirnov::one_sample(t, |t| chi_squared.cdf(t))?;
        let deviation = standard_deviation(t)?;
        // Of a sample of n from a distribution near the normal: s/√2(n−1).
        let deviation_error = deviation / (2.0 * (t.len() - 1) as f64).sqrt();
        let tau: Vec<f64> = null.iter().map(|r| r.tau).collect();
        let at_peak = mean_ratio(search, signal, &[PEAK]);
        let beside = mean_ratio(search, signal, &BESIDE);
        let points_there = |toy: &&ToyResult| {
            let toy = std::slice::from_ref(*toy);
            mean_ratio(search, toy, &[PEAK]) > mean_ratio(search, toy, &BESIDE)
        };
        let pointing = signal.iter().filter(points_there).count() as f64 / signal.len() as f64;
        let overlap = samples.pool.overlap(spec.data.expected_events as usize);
        let (z_reference, ratio) = (self.z_reference, self.ratio);
        let reported = |name: &str, value: usize| JudgedQuantity::reported(name, "1", value as f64);
        Ok(vec![
            expected.judge_estimate("mean of t, background only", "1", mean(t)?),
            expected.judge_estimate("median of t, background only", "1", median(t)?),
            expected.judge("standard deviation of t, background only", "1", deviation, deviation_error),
            p_value(
                &format!("KS p-value of t against χ² with {} degrees of freedom", self.dof),
                ks.p_value().value(),
                "the target distribution of the test",
            ),
            expected.judge_estimate("mean of τ, background only", "1", mean(&tau)?),
            expected.judge_estimate("median of t, signal", "1", median(&self.t_signal)?),
            expected.judge("median Z, from χ²", "σ", self.z.asymptotic, self.z.uncertainty),
            expected.judge("median Z of the mass fit", "σ", z_reference.0, z_reference.1),
            expected.judge("median Z over that of the mass fit", "1", ratio.0, ratio.1),
            expected.judge(
                "Asimov Z of the mass fit without nuisance parameters",
                "σ",
                mass.fit.asimov_without_nuisances(),
                0.0,
            ),
            JudgedQuantity::judged("signal toys that point to the resonance", "1", pointing, 1.0, 0.25)
                .from_source(
                    "the learnt ratio is higher at the resonance than beside it, in a variable the network never saw; by \
                     chance half of the toys would have it so",
                ),
            JudgedQuantity::reported("learnt ratio at the resonance over that beside it", "1", at_peak / beside),
            reported("toys, background only", null.len()),
            reported("toys, signal", signal.len()),
            reported("data sets without a common event that the pool holds", overlap.disjoint_data_sets),
        ])
    }
}

/// The mean over toys and bins of what was learnt, in the bins whose centre is inside one of the `windows`.
fn mean_ratio(search: &Search, toys: &[ToyResult], windows: &[(f64, f64)]) -> f64 {
    let centers = search.binning.centers();
    let is_inside = |m: f64| windows.iter().any(|(low, high)| *low < m && m < *high);
    let ratios: Vec<f64> = toys
        .iter()
        .flat_map(|toy| centers.iter().zip(&toy.ratio))
        .filter(|(center, ratio)| is_inside(**center) && **ratio > 0.0)
        .map(|(_, ratio)| *ratio)
        .collect();
    ratios.iter().sum::<f64>() / ratios.len() as f64
}
