//! The one-dimensional benchmark: an exponential whose normalisation and scale are uncertain.

use std::path::Path;

use hepsys_core::summary::{Axis, Figure, Layer, Role, Summary, Table};
use hepsys_core::{Binning, NuisanceParameter, Region, Seed};
use hepsys_nn::Run;
use hepsys_nplm::{ExactCoefficients, Nuisances, TaylorExpansion, TaylorParams};
use hepsys_report::{JudgedQuantity, StudyRecord};
use hepsys_sim::{Exponential, FEATURE, Scale, Signal};
use hepsys_stats::{ChiSquared, Fingerprint, KolmogorovSmirnov, mean, median};
use serde::{Deserialize, Serialize};

use crate::expected::{ExpectedValues, at_least};
use crate::figures::{ratio_band, t_distribution};
use crate::search::{Search, TestEvents, ToyResult, draw_auxiliary};
use crate::spec::{NetworkSpec, PerProfile};
use crate::study::{MedianSignificance, Outcome, empirical_in_words};
use crate::toys::StudyToys;
use crate::{Context, ExperimentError};

/// The specification of the one-dimensional study.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExponentialSpec {
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
    network: NetworkSpec,
    /// The benchmarks, each a kind of toys.
    cases: Vec<Case>,
    /// What should come out.
    pub expected: ExpectedValues,
}

/// A benchmark: which uncertainties, which truth, how many toys.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    label: String,
    /// σ of the normalisation and of the scale.
    sigma: f64,
    /// The true normalisation ν_n*.
    #[serde(default)]
    true_normalisation: f64,
    /// The true scale ν_s*.
    #[serde(default)]
    true_scale: f64,
    #[serde(default)]
    signal: Option<SignalSpec>,
    toys: PerProfile<usize>,
}

/// A signal of the one-dimensional benchmark.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
enum SignalSpec {
    TailPeak { events: f64 },
    BulkPeak { place: f64, width: f64, events: f64 },
    Excess { events: f64 },
}

impl SignalSpec {
    fn signal(self) -> Result<(Signal, f64), ExperimentError> {
        Ok(match self {
            Self::TailPeak { events } => (Signal::tail_peak(), events),
            Self::BulkPeak { place, width, events } => (Signal::bulk_peak(place, width)?, events),
            Self::Excess { events } => (Signal::excess(), events),
        })
    }
}

impl Case {
    fn parameters(&self) -> Result<[NuisanceParameter; 2], ExperimentError> {
        Ok([
            NuisanceParameter::gaussian("normalisation", self.sigma)?,
            NuisanceParameter::gaussian("scale", self.sigma)?,
        ])
    }

    /// The events of a toy; the reference is generated anew for each.
    fn draw(
        &self,
        spec: &ExponentialSpec,
        n_reference: usize,
        seed: Seed,
    ) -> Result<TestEvents, ExperimentError> {
        let stream = |purpose: &str| seed.named(purpose).stream();
        let nominal = Exponential::new(spec.expected_events)?;
        let truth = nominal.with_scale(self.true_scale)?.with_normalization(self.true_normalisation)?;
        let data = match self.signal {
            None => truth.data(&mut stream("data"))?,
            Some(signal) => {
                let (signal, events) = signal.signal()?;
                truth.data_with(&signal, events, &mut stream("data"))?
            }
        };
        let parameters = self.parameters()?;
        let values = [self.true_normalisation, self.true_scale];
        Ok(TestEvents {
            reference: nominal.reference(n_reference, &mut stream("reference"))?,
            data,
            auxiliary: draw_auxiliary(parameters.iter().zip(values), &mut stream("auxiliary")),
        })
    }

    fn search(&self, spec: &ExponentialSpec) -> Result<Search, ExperimentError> {
        let [normalisation, scale] = self.parameters()?;
        let coefficients = ExactCoefficients::new(2, |sample| {
            let x = sample.column(FEATURE)?;
            Ok([1, 2].map(|k| x.iter().map(|&x| Exponential::taylor_coefficient(k, x)).collect()).into())
        });
        let nplm = spec
            .network
            .params()
            .map_err(|problem| ExperimentError::Spec { path: spec.study.clone().into(), problem })?
            .nuisances(Nuisances::none().normalisation(normalisation).shape(scale, coefficients))
            .check()?;
        Ok(Search { nplm, variable: FEATURE.into(), binning: Binning::uniform(24, 0.0, 12.0)? })
    }
}

/// Runs the one-dimensional study.
///
/// # Errors
///
/// If a toy fails or the study is interrupted.
pub fn run(spec: &ExponentialSpec, folder: &Path, context: &Context) -> Result<Outcome, ExperimentError> {
    let run = context.run(spec.seed);
    let n_reference = spec.reference_events.of(context.profile);
    let fingerprint =
        Fingerprint::of(&(spec, n_reference, context.device_name.as_str(), env!("CARGO_PKG_VERSION")))?;
    let toys = StudyToys::new(context, &folder.join("toys"), fingerprint, run.streams())?;
    let mut results = Vec::new();
    for case in &spec.cases {
        let search = case.search(spec)?;
        let values = toys.run(&case.name, case.toys.of(context.profile), |toy| {
            search.toy(&case.draw(spec, n_reference, toy.seed())?, toy.seed(), &run)
        })?;
        results.push((case, search, values));
    }
    if toys.is_partial() {
        return Err(ExperimentError::ShardDone);
    }
    let learnt = learn_scale(&run)?;
    report(spec, context, n_reference, &results, &learnt)
}

/// The learnt expansion of the scale, and where it is off.
struct LearntScale {
    figure: Figure,
    worst: [f64; 2],
}

/// Learns δ₁ and δ₂ of the scale from events, and compares them with what they are: x − 1 and −x/2.
fn learn_scale(run: &Run) -> Result<LearntScale, ExperimentError> {
    let stream = &mut run.streams().named("taylor sample").stream();
    let sample = Exponential::new(1.0)?.reference(40_000, stream)?;
    let everything = Region::new("everything", Vec::<String>::new())?;
    let taylor: TaylorExpansion = TaylorParams::new().order(2).values([-2.0, -1.0, 1.0, 2.0]).learn(
        &sample,
        &Scale::new(0.1)?,
        &everything,
        &run.named("taylor"),
    )?;
    let grid: Vec<f64> = (0..=60).map(|i| 0.1 * f64::from(i)).collect();
    let points =
        hepsys_core::Sample::from_columns([(hepsys_core::Feature::new(FEATURE, "1"), grid.clone())])?;
    let delta = hepsys_nplm::TaylorCoefficients::evaluate(&taylor, &points)?;
    let mut figure = Figure::new(
        "taylor",
        "The coefficients of log r(x; ν) = δ₁ν + δ₂ν² for the scale: learnt from 40 000 events shifted by ±1σ and ±2σ \
         (lines), and exact (dashed).",
        Axis::new("x", "").range(0.0, 6.0),
        Axis::new("δ(x)", ""),
    );
    let mut worst = [0.0; 2];
    for (k, role) in [(0, Role::Fit), (1, Role::Signal)] {
        let exact = |x: f64| Exponential::taylor_coefficient(k as u32 + 1, x);
        // The bulk, where 95 % of the events are.
        for (x, d) in grid.iter().zip(&delta[k]).filter(|(x, _)| **x <= 3.0) {
            worst[k] = f64::max(worst[k], (d - exact(*x)).abs());
        }
        figure = figure
            .layer(Layer::curve(
                format!("δ{}, learnt", ["₁", "₂"][k]),
                role,
                grid.iter().copied().zip(delta[k].iter().copied()),
            ))
            .layer(Layer::Curve {
                label: format!("δ{}, exact", ["₁", "₂"][k]),
                role: Role::Expectation,
                x: grid.clone(),
                y: grid.iter().map(|&x| exact(x)).collect(),
                is_dashed: true,
            });
    }
    Ok(LearntScale { figure, worst })
}

fn report(
    spec: &ExponentialSpec,
    context: &Context,
    n_reference: usize,
    results: &[(&Case, Search, Vec<ToyResult>)],
    learnt: &LearntScale,
) -> Result<Outcome, ExperimentError> {
    let expected = &spec.expected;
    let shape = results.first().map(|(_, search, _)| search.nplm.shape(1)).transpose()?;
    let dof = shape.as_ref().map_or(1, hepsys_nplm::MlpShape::n_parameters);
    let chi_squared = ChiSquared::new(dof as f64)?;
    let t = |toys: &[ToyResult]| toys.iter().map(|r| r.t).collect::<Vec<f64>>();
    // Toys of the reference with nominal nuisance parameters are what signals are compared with.
    let null = results
        .iter()
        .find(|(case, ..)| case.signal.is_none() && case.true_normalisation == 0.0 && case.true_scale == 0.0)
        .map(|(.., toys)| t(toys))
        .unwrap_or_default();
    let mut summary = Summary::new(&spec.title).text(&spec.about).text(format!(
        "Each toy generates its own reference of {n_reference} events for N(R₀) = {} and draws its auxiliary measurements \
         around the true nuisance parameters. The network is {}; {}, weight clip {}.",
        spec.expected_events,
        shape.map_or_else(String::new, |s| s.to_string()),
        spec.network.optimizer_in_words(),
        spec.network.weight_clip.map_or("none".to_owned(), |c| c.to_string()),
    ));
    let mut record = StudyRecord::new(
        &spec.study,
        context.profile.name(),
        context.seed.unwrap_or(spec.seed),
        env!("CARGO_PKG_VERSION"),
    );
    let mut table = Table::new(
        "The toys in numbers: medians of τ and Δ, mean and median of t.",
        ["toys", "number", "median τ", "median Δ", "mean t", "median t"],
    );
    for (case, search, toys) in results {
        let values = t(toys);
        let tau: Vec<f64> = toys.iter().map(|r| r.tau).collect();
        let delta: Vec<f64> = toys.iter().map(|r| r.delta).collect();
        let (median_tau, median_delta) = (median(&tau)?, median(&delta)?);
        let (mean_t, median_t) = (mean(&values)?, median(&values)?);
        table = table.row([
            case.label.clone(),
            toys.len().to_string(),
            format!("{:.2} ± {:.2}", median_tau.value, median_tau.uncertainty()),
            format!("{:.2} ± {:.2}", median_delta.value, median_delta.uncertainty()),
            format!("{:.2} ± {:.2}", mean_t.value, mean_t.uncertainty()),
            format!("{:.2} ± {:.2}", median_t.value, median_t.uncertainty()),
        ]);
        let name = |what: &str| format!("{}: {what}", case.name);
        record.quantities.push(expected.judge_estimate(&name("median τ"), "1", median_tau));
        record.quantities.push(expected.judge_estimate(&name("median Δ"), "1", median_delta));
        record.quantities.push(expected.judge_estimate(&name("mean t"), "1", mean_t));
        record.quantities.push(expected.judge_estimate(&name("median t"), "1", median_t));
        record.quantities.push(JudgedQuantity::reported(name("toys"), "1", toys.len() as f64));
        summary = summary.heading(&case.label);
        if case.signal.is_none() {
            let ks = KolmogorovSmirnov::one_sample(&values, |t| chi_squared.cdf(t))?;
            record.quantities.push(at_least(
                &name(&format!("KS p-value of t against χ² with {dof} degrees of freedom")),
                "1",
                ks.p_value().value(),
                0.01,
                "the target distribution of the test",
            ));
            summary = summary.figure(t_distribution(
                &format!("t-{}", case.name),
                &format!("The test statistic of toys without signal (points) and the target χ² with {dof} degrees of freedom."),
                dof,
                &values,
                &[],
                None,
            )?);
        } else {
            let z = MedianSignificance::new(&values, &null, &chi_squared)?;
            record.quantities.push(expected.judge(&name("median Z"), "σ", z.asymptotic, z.uncertainty));
            summary = summary
                .figure(t_distribution(
                    &format!("t-{}", case.name),
                    &format!(
                        "The test statistic of toys with the signal (line), of toys without (points) and the target χ² \
                         with {dof} degrees of freedom."
                    ),
                    dof,
                    &null,
                    &[(&case.label, &values)],
                    None,
                )?)
                .text(format!(
                    "Median Z: {:.2} ± {:.2} from the χ² ({}).",
                    z.asymptotic,
                    z.uncertainty,
                    empirical_in_words(&z)
                ));
        }
        if case.signal.is_some() {
            let mut band = Figure::new(
                format!("learnt-{}", case.name),
                "What the network learnt: the expected yield of the alternative over that of the best reference, median and \
                 central 68 % over toys.",
                Axis::new("x", "").range(0.0, 12.0),
                Axis::new("n(x|H) / n(x|R)", "").log(),
            )
            .layer(Layer::HorizontalLine { label: String::new(), role: Role::Expectation, y: 1.0 });
            for layer in ratio_band(&case.label, Role::Signal, &search.binning, toys) {
                band = band.layer(layer);
            }
            summary = summary.figure(band);
        }
    }
    for (k, name) in ["δ₁", "δ₂"].iter().enumerate() {
        let name = format!("largest error of the learnt {name} up to x = 3");
        record.quantities.push(expected.judge(&name, "1", learnt.worst[k], 0.0));
    }
    summary = summary
        .heading("All toys")
        .table(table)
        .heading("Learning the nuisance parameter")
        .figure(learnt.figure.clone());
    Ok(Outcome { title: spec.title.clone(), paper: spec.paper.clone(), summary, record })
}
