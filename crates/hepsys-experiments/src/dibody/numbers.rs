//! The numbers of a di-body study, and the verdicts on them.

use hepsys_core::{Seed, TestStatistic};
use hepsys_nplm::Validation;
use hepsys_report::JudgedQuantity;
use hepsys_stats::{ChiSquared, KolmogorovSmirnov, NullDistribution, mean, median, standard_deviation};

use super::Results;
use super::toys::SignalResult;
use super::validation;
use crate::bootstrap::{Bootstrapped, bootstrap, middle};
use crate::expected::p_value;
use crate::mass_fit::Freedom;
use crate::search::{Search, ToyResult};
use crate::significance::MedianSignificance;
use crate::{ExperimentError, selection};

/// The window of the mass in which the resonance is, in GeV.
const PEAK: (f64, f64) = (270.0, 330.0);

/// What is beside it.
const BESIDE: [(f64, f64); 2] = [(180.0, 250.0), (350.0, 500.0)];

/// What the toys say, as far as both the page and the verdicts need it.
pub(super) struct Numbers<'a> {
    /// The number of parameters of the network.
    pub(super) dof: usize,
    pub(super) t_null: Vec<f64>,
    pub(super) validation: Option<Validation>,
    /// Of the signals with toys.
    pub(super) signals: Vec<SignalNumbers<'a>>,
}

/// What the toys of a signal say; significances are those of median toys.
pub(super) struct SignalNumbers<'a> {
    pub(super) result: &'a SignalResult<'a>,
    pub(super) t: Vec<f64>,
    pub(super) z: MedianSignificance,
    pub(super) found: Significances,
    pub(super) curve: Vec<CurveNumbers>,
}

/// Both tests, with nuisance parameters and with known ones.
pub(super) struct Significances {
    pub(super) z: Bootstrapped,
    pub(super) z_reference: Bootstrapped,
    /// Z over that of the mass fit.
    pub(super) ratio: Bootstrapped,
    /// Z over that with known nuisance parameters.
    pub(super) kept: Bootstrapped,
    /// The same of the mass fit.
    pub(super) kept_by_reference: Bootstrapped,
}

/// A point of the curve against the number of signal events.
pub(super) struct CurveNumbers {
    pub(super) target: f64,
    pub(super) events: f64,
    pub(super) n_toys: usize,
    pub(super) z: Bootstrapped,
    pub(super) z_reference: Bootstrapped,
    pub(super) ratio: Bootstrapped,
}

impl<'a> Numbers<'a> {
    pub(super) fn of(results: &Results<'a>) -> Result<Self, ExperimentError> {
        let dof = results.search.nplm.shape(results.spec.data.inputs.len())?.n_parameters();
        let t_null: Vec<f64> = results.null.iter().map(|r| r.t).collect();
        let seed = Seed::new(results.context.seed(results.spec.seed));
        let with_toys = results.signals.iter().filter(|s| !s.toys.is_empty());
        Ok(Self {
            dof,
            validation: validation::of(results, dof)?,
            signals: with_toys.map(|s| SignalNumbers::of(s, &t_null, dof, seed)).collect::<Result<_, _>>()?,
            t_null,
        })
    }

    /// Every quantity of the study, judged where something is expected.
    pub(super) fn judged(&self, results: &Results<'_>) -> Result<Vec<JudgedQuantity>, ExperimentError> {
        let Results { spec, samples, null, .. } = results;
        let (expected, t) = (spec.expected(), &self.t_null);
        let chi_squared = ChiSquared::new(self.dof as f64)?;
        let ks = KolmogorovSmirnov::one_sample(t, |t| chi_squared.cdf(t))?;
        let deviation = standard_deviation(t)?;
        // Of a sample of n from a distribution near the normal: s/√2(n−1).
        let deviation_error = deviation / (2.0 * (t.len() - 1) as f64).sqrt();
        let tau: Vec<f64> = null.iter().map(|r| r.tau).collect();
        let overlap = samples.pool.overlap(spec.data.expected_events as usize);
        let unconverged = null.iter().filter(|toy| !toy.has_converged).count();
        let reported = |name: &str, value: usize| JudgedQuantity::reported(name, "1", value as f64);
        let mut quantities = vec![
            expected.judge_estimate("mean of t, background only", "1", mean(t)?),
            expected.judge_estimate("median of t, background only", "1", median(t)?),
            expected.judge("standard deviation of t, background only", "1", deviation, deviation_error),
            p_value(
                &format!("KS p-value of t against χ² with {} degrees of freedom", self.dof),
                ks.p_value().value(),
                "the target distribution of the test",
            ),
            expected.judge_estimate("mean of τ, background only", "1", mean(&tau)?),
        ];
        if let Some(clips) = results.clips {
            quantities.extend(selection::reported(clips));
        }
        if let Some(validation) = &self.validation {
            quantities.extend(validation::judged(validation));
        }
        for signal in results.signals {
            for (name, freedom) in [
                ("Asimov Z of the mass fit without nuisance parameters", Freedom::Known),
                ("Asimov Z of the mass fit", Freedom::Profiled),
            ] {
                let name = named(results, signal, name);
                quantities.push(expected.judge(&name, "σ", signal.mass.fit().asimov(1.0, freedom)?, 0.0));
            }
        }
        for signal in &self.signals {
            signal.judged(results, &mut quantities)?;
        }
        quantities.extend([
            reported("toys, background only", null.len()),
            reported("of these, toys whose search did not converge", unconverged),
            reported("toys at each point of the validation", results.validation.first().map_or(0, Vec::len)),
            reported("data sets without a common event that the pool holds", overlap.disjoint_data_sets),
        ]);
        Ok(quantities)
    }
}

/// The first signal's quantities have no name before them.
fn named(results: &Results<'_>, signal: &SignalResult<'_>, what: &str) -> String {
    match results.signals.first() {
        Some(first) if std::ptr::eq(first, signal) => what.to_owned(),
        _ => format!("{}: {what}", signal.signal.spec.name),
    }
}

impl<'a> SignalNumbers<'a> {
    fn of(
        result: &'a SignalResult<'a>,
        null: &[f64],
        dof: usize,
        seed: Seed,
    ) -> Result<Self, ExperimentError> {
        let column = |f: fn(&super::toys::SignalToy) -> f64| result.toys.iter().map(f).collect::<Vec<f64>>();
        let (t, t_known) = (column(|toy| toy.test.t), column(|toy| toy.t_known));
        let (q0, q0_known) = (column(|toy| toy.q0), column(|toy| toy.q0_known));
        let seed = seed.named(&result.signal.spec.name);
        let [z, z_reference, ratio, kept, kept_by_reference] = bootstrap(t.len(), seed, |toys| {
            let z = significance(middle(&t, toys), dof)?;
            let reference = middle(&q0, toys).sqrt();
            let known = significance(middle(&t_known, toys), dof)?;
            Ok([z, reference, z / reference, z / known, reference / middle(&q0_known, toys).sqrt()])
        })?;
        let mut curve = Vec::new();
        for point in &result.curve {
            let t: Vec<f64> = point.toys.iter().map(|toy| toy.t).collect();
            let q0: Vec<f64> = point.toys.iter().map(|toy| toy.q0).collect();
            let [z, z_reference, ratio] =
                bootstrap(t.len(), seed.named("curve").index(curve.len()), |toys| {
                    let (z, reference) = (significance(middle(&t, toys), dof)?, middle(&q0, toys).sqrt());
                    Ok([z, reference, z / reference])
                })?;
            let (target, events, n_toys) = (point.target, point.events, t.len());
            curve.push(CurveNumbers { target, events, n_toys, z, z_reference, ratio });
        }
        let found = Significances { z, z_reference, ratio, kept, kept_by_reference };
        let z = MedianSignificance::new(&t, null, &ChiSquared::new(dof as f64)?)?;
        Ok(Self { result, t, z, found, curve })
    }

    fn judged(
        &self,
        results: &Results<'_>,
        quantities: &mut Vec<JudgedQuantity>,
    ) -> Result<(), ExperimentError> {
        let expected = results.spec.expected();
        let name = |what: &str| named(results, self.result, what);
        let found = &self.found;
        quantities.push(expected.judge_estimate(&name("median of t, signal"), "1", median(&self.t)?));
        for (what, unit, number) in [
            ("median Z, from χ²", "σ", found.z),
            ("median Z of the mass fit", "σ", found.z_reference),
            ("median Z over that of the mass fit", "1", found.ratio),
            ("median Z over that with known nuisance parameters", "1", found.kept),
            (
                "median Z of the mass fit over that with known nuisance parameters",
                "1",
                found.kept_by_reference,
            ),
        ] {
            quantities.push(expected.judge(&name(what), unit, number.value, number.uncertainty));
        }
        if self.result.signal.spec.source.is_resonance() {
            let toys = self.result.tests();
            let search = results.search;
            let points_there = |toy: &&ToyResult| {
                let toy = std::slice::from_ref(*toy);
                mean_ratio(search, toy, &[PEAK]) > mean_ratio(search, toy, &BESIDE)
            };
            let pointing = toys.iter().filter(points_there).count() as f64 / toys.len() as f64;
            let there = mean_ratio(search, &toys, &[PEAK]) / mean_ratio(search, &toys, &BESIDE);
            quantities.push(
                JudgedQuantity::judged(name("signal toys that point to the resonance"), "1", pointing, 1.0, 0.25)
                    .from_source(
                        "the learnt ratio is higher at the resonance than beside it, in a variable the network never saw; \
                         by chance half of the toys would have it so",
                    ),
            );
            let name = name("learnt ratio at the resonance over that beside it");
            quantities.push(JudgedQuantity::reported(name, "1", there));
        }
        for point in &self.curve {
            let at = |what: &str| name(&format!("{what} where the mass fit expects Z = {}", point.target));
            quantities.push(JudgedQuantity::reported(at("signal events"), "1", point.events));
            quantities.push(
                JudgedQuantity::reported(at("median Z over that of the mass fit"), "1", point.ratio.value)
                    .with_uncertainty(point.ratio.uncertainty),
            );
        }
        let n_toys = self.t.len() as f64;
        quantities.push(JudgedQuantity::reported(name("toys, signal"), "1", n_toys));
        Ok(())
    }
}

/// The significance of a statistic that follows χ².
fn significance(t: f64, dof: usize) -> Result<f64, ExperimentError> {
    let distribution = NullDistribution::chi_squared(dof as f64)?;
    Ok(distribution.p_value(TestStatistic::new(t.max(0.0))?).significance().value())
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
