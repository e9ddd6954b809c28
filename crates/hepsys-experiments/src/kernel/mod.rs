//! The kernel method on the one-dimensional benchmark, with nuisance parameters.

mod report;

use std::path::Path;

use hepsys_core::NuisanceParameter;
use hepsys_nplm::{
    ExactCoefficients, Experiment, Kernel, KernelValidParams, LearnedTest, MlpShape, NplmValidParams,
    Nuisances, Outcome as Tested, Scaling, Truth, Validation,
};
use hepsys_sim::{Exponential, FEATURE, Signal};
use hepsys_stats::{NullDistribution, Toy};
use serde::{Deserialize, Serialize};

use crate::expected::ExpectedValues;
use crate::spec::{NetworkSpec, PerProfile};
use crate::study::Outcome;
use crate::toys::{StudyToys, fingerprint};
use crate::{Context, ExperimentError};

/// The specification of the study.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KernelSpec {
    /// The name of the study.
    pub study: String,
    /// Its title.
    pub title: String,
    /// What it shows.
    pub about: String,
    /// The key of the paper in `docs/references.bib`.
    pub paper: String,
    /// The seed unless the user gives one.
    pub seed: u64,
    /// N(R0).
    expected_events: f64,
    /// N_R.
    reference_events: PerProfile<usize>,
    /// σ of the normalisation and of the scale.
    sigma: f64,
    /// N(S) of the peak in the tail.
    signal_events: f64,
    kernel: HyperParameters,
    network: NetworkSpec,
    toys: ToysSpec,
    /// What should come out.
    pub expected: ExpectedValues,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct HyperParameters {
    centres: usize,
    width: f64,
    penalty: f64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ToysSpec {
    calibration: PerProfile<usize>,
    /// For each truth.
    validation: PerProfile<usize>,
    /// For each truth, in the test without nuisance parameters.
    without_nuisances: PerProfile<usize>,
    signal: PerProfile<usize>,
}

impl KernelSpec {
    fn nuisances(&self) -> Result<Nuisances, ExperimentError> {
        let coefficients = ExactCoefficients::new(2, |sample| {
            let x = sample.column(FEATURE)?;
            Ok([1, 2].map(|k| x.iter().map(|&x| Exponential::taylor_coefficient(k, x)).collect()).into())
        });
        Ok(Nuisances::none()
            .normalisation(NuisanceParameter::gaussian("normalisation", self.sigma)?)
            .shape(NuisanceParameter::gaussian("scale", self.sigma)?, coefficients))
    }

    fn kernel(&self, nuisances: Nuisances) -> Result<KernelValidParams, ExperimentError> {
        let HyperParameters { centres, width, penalty } = self.kernel;
        let params =
            Kernel::params().centres(centres).width(width).penalty(penalty).scaling(Scaling::Unscaled);
        Ok(params.nuisances(nuisances).check()?)
    }

    fn network(&self) -> Result<NplmValidParams, ExperimentError> {
        let params = self.network.params();
        let wrong = |problem| ExperimentError::Spec { path: self.study.clone().into(), problem };
        Ok(params.map_err(wrong)?.nuisances(self.nuisances()?).check()?)
    }
}

/// Runs the study.
///
/// # Errors
///
/// If a toy fails or the study is interrupted.
pub fn run(spec: &KernelSpec, folder: &Path, context: &Context) -> Result<Outcome, ExperimentError> {
    let n_reference = spec.reference_events.of(context.profile);
    let asks =
        (spec.expected_events, n_reference, spec.sigma, spec.signal_events, &spec.kernel, &spec.network);
    let toys = StudyToys::new(context, folder, fingerprint(&asks, context)?, spec.seed)?;
    let (nuisances, kernel) = (spec.nuisances()?, spec.kernel(spec.nuisances()?)?);
    let unaware = spec.kernel(Nuisances::none())?;
    let network = spec.network()?;
    let run = context.run(spec.seed);

    let draw = |truth: &Truth, toy: &Toy, n_signal: f64| -> Result<Experiment, ExperimentError> {
        let nominal = Exponential::new(spec.expected_events)?;
        let shifted = nominal.with_scale(truth.value("scale"))?;
        let shifted = shifted.with_normalization(truth.value("normalisation"))?;
        let stream = &mut toy.stream("data");
        let data = match n_signal {
            0.0 => shifted.data(stream)?,
            events => shifted.data_with(&Signal::tail_peak(), events, stream)?,
        };
        Ok(Experiment {
            reference: nominal.reference(n_reference, &mut toy.stream("reference"))?,
            data,
            auxiliary: truth.measure(&nuisances, &mut toy.stream("auxiliary"))?,
        })
    };
    let test =
        |test: &dyn LearnedTest, mut experiment: Experiment, toy: &Toy| -> Result<Tested, ExperimentError> {
            if test.nuisances().is_empty() {
                experiment.auxiliary = hepsys_nplm::Auxiliary::nominal();
            }
            Ok(test.evaluate(&experiment, &run.clone().seeded(toy.seed()))?)
        };

    let n = spec.toys.calibration.of(context.profile);
    let nominal = Truth::nominal();
    let calibration = toys.run("calibration", n, |toy| test(&kernel, draw(&nominal, toy, 0.0)?, toy))?;
    let calibration_without =
        toys.run("calibration-without-nuisances", n, |toy| test(&unaware, draw(&nominal, toy, 0.0)?, toy))?;
    let mut validation = Vec::new();
    let mut without = Vec::new();
    for (index, truth) in Truth::validation_points(&nuisances).into_iter().enumerate() {
        let n = spec.toys.validation.of(context.profile);
        let aware =
            toys.run(&format!("validation-{index}"), n, |toy| test(&kernel, draw(&truth, toy, 0.0)?, toy))?;
        let n = spec.toys.without_nuisances.of(context.profile);
        let name = format!("without-nuisances-{index}");
        let unknowing = toys.run(&name, n, |toy| test(&unaware, draw(&truth, toy, 0.0)?, toy))?;
        validation.push((truth.clone(), aware));
        without.push((truth, unknowing));
    }
    let n = spec.toys.signal.of(context.profile);
    let signal = toys.run("signal", n, |toy| {
        let experiment = draw(&nominal, toy, spec.signal_events)?;
        Ok([test(&kernel, experiment.clone(), toy)?, test(&network, experiment, toy)?])
    })?;
    if toys.is_partial() {
        return Err(ExperimentError::ShardDone);
    }

    let t = |toys: &[Tested]| toys.iter().map(|toy| toy.t).collect::<Vec<f64>>();
    let null = NullDistribution::chi_squared_fitted(&t(&calibration))?;
    // The test without nuisance parameters is calibrated at nominal values, where it is right.
    let null_without = NullDistribution::chi_squared_fitted(&t(&calibration_without))?;
    let results = Results {
        n_reference,
        calibration: t(&calibration),
        validation: Validation::new(null.clone(), validation)?,
        without: Validation::new(null_without, without)?,
        null,
        signal: [0, 1].map(|which| signal.iter().map(|pair| pair[which].t).collect()),
        network: network.shape(1)?,
    };
    report::outcome(spec, context, &results)
}

/// What the toys gave.
struct Results {
    n_reference: usize,
    calibration: Vec<f64>,
    /// Fitted to the calibration.
    null: NullDistribution,
    validation: Validation,
    without: Validation,
    /// t of the toys with a signal: of the kernels, and of the network.
    signal: [Vec<f64>; 2],
    network: MlpShape,
}
