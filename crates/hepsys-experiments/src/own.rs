//! A search in a user's own files: what `cargo xtask study my.toml` runs.

use std::path::{Path, PathBuf};

use hepsys_core::summary::{Axis, Summary};
use hepsys_core::{Binning, CoreError, NuisanceParameter, Region, Sample, Variation, Weights};
use hepsys_io::{ReadOptions, read_sample, sha256_of_file};
use hepsys_nn::Run;
use hepsys_nplm::{Auxiliary, Nuisances, TaylorParams};
use hepsys_report::{JudgedQuantity, StudyRecord};
use hepsys_sim::dibody::{MomentumScale, with_invariant_mass};
use hepsys_stats::{
    ChiSquared, EventPool, Fingerprint, KolmogorovSmirnov, NullDistribution, PValue, poisson,
};
use serde::{Deserialize, Serialize};

use crate::figures::{learnt, t_distribution};
use crate::search::{Search, TestEvents, draw_auxiliary};
use crate::spec::{NetworkSpec, PerProfile};
use crate::study::Outcome;
use crate::toys::StudyToys;
use crate::{Context, ExperimentError};

/// The specification of a search; `docs/studies.md` describes it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnSpec {
    /// The name of the study, and of its folder.
    pub study: String,
    /// Its title.
    pub title: String,
    /// What it is about.
    #[serde(default)]
    pub about: String,
    /// The seed unless the command line gives one.
    #[serde(default)]
    pub seed: u64,
    data: FileSpec,
    reference: ReferenceSpec,
    features: FeatureSpec,
    #[serde(default)]
    nuisances: Vec<OwnNuisance>,
    network: NetworkSpec,
    toys: OwnToys,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileSpec {
    file: PathBuf,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ReferenceSpec {
    file: PathBuf,
    /// N(R0), how many events the reference expects in the data.
    expected_events: f64,
    /// How many reference events a test uses; five times `expected_events` unless given.
    events: Option<usize>,
    /// The part of the file that the Taylor expansion learns from, and toys never use.
    #[serde(default = "default_taylor_fraction")]
    taylor_fraction: f64,
}

fn default_taylor_fraction() -> f64 {
    0.2
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FeatureSpec {
    /// What the network sees.
    inputs: Vec<String>,
    /// The variable in which what it learnt is shown.
    show: String,
    bins: Bins,
    #[serde(default)]
    unit: String,
    /// Further columns to read, such as those of the selection.
    #[serde(default)]
    further: Vec<String>,
    #[serde(default)]
    selection: Vec<String>,
    /// Other names that a feature may have in a file.
    #[serde(default)]
    also_called: std::collections::BTreeMap<String, Vec<String>>,
    /// Whether `m12` is computed from pt1, pt2, eta1, eta2 and dphi.
    #[serde(default)]
    dibody_mass: bool,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Bins {
    number: usize,
    low: f64,
    high: f64,
    #[serde(default)]
    logarithmic: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
enum OwnNuisance {
    /// The number of events.
    Normalisation {
        sigma: f64,
        #[serde(default)]
        measured: f64,
    },
    /// Transverse momenta pt1 and pt2, with uncertainties in barrel and endcaps.
    MomentumScale {
        barrel: f64,
        endcap: f64,
        #[serde(default)]
        measured: f64,
        #[serde(default = "default_order")]
        order: usize,
    },
    /// Anything, given as files of events simulated at other values.
    Files {
        name: String,
        sigma: f64,
        #[serde(default)]
        measured: f64,
        #[serde(default = "default_order")]
        order: usize,
        variations: Vec<VariedFile>,
    },
}

fn default_order() -> usize {
    1
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct VariedFile {
    value: f64,
    file: PathBuf,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct OwnToys {
    null: PerProfile<usize>,
}

impl OwnNuisance {
    fn measured(&self) -> f64 {
        match self {
            Self::Normalisation { measured, .. }
            | Self::MomentumScale { measured, .. }
            | Self::Files { measured, .. } => *measured,
        }
    }
}

/// A variation that was simulated at some values and is known nowhere else.
struct SimulatedVariation {
    nuisance: NuisanceParameter,
    samples: Vec<(f64, Sample)>,
}

impl Variation for SimulatedVariation {
    fn nuisance(&self) -> &NuisanceParameter {
        &self.nuisance
    }

    fn vary(&self, sample: &Sample, value: f64) -> Result<Sample, CoreError> {
        let close = |v: f64| (v - value).abs() <= 1e-9 * value.abs();
        if value == 0.0 {
            return Ok(sample.clone());
        }
        self.samples.iter().find(|(v, _)| close(*v)).map(|(_, sample)| sample.clone()).ok_or_else(|| {
            CoreError::BadParameter {
                name: format!("the value of \"{}\"", self.nuisance.name()),
                expected: "one that was simulated".into(),
                value,
            }
        })
    }
}

/// Reads the files of a search, as they are named in its specification.
struct Files<'a> {
    folder: &'a Path,
    spec: &'a OwnSpec,
}

impl Files<'_> {
    fn path(&self, file: &Path) -> PathBuf {
        self.folder.join(file)
    }

    fn read(&self, file: &Path) -> Result<Sample, ExperimentError> {
        let features = &self.spec.features;
        let mut names: Vec<&str> =
            features.inputs.iter().chain(&features.further).map(String::as_str).collect();
        let is_derived = features.dibody_mass && features.show == hepsys_sim::dibody::MASS;
        if !is_derived && !names.contains(&features.show.as_str()) {
            names.push(&features.show);
        }
        let mut options = ReadOptions::new().unweighted();
        for name in names {
            let others = features.also_called.get(name).into_iter().flatten().map(String::as_str);
            options = options.column_any_of(std::iter::once(name).chain(others), name);
        }
        let sample = read_sample(self.path(file), &options)?;
        if features.dibody_mass { Ok(with_invariant_mass(&sample)?) } else { Ok(sample) }
    }

    /// Every file that the search reads, in the order of the specification.
    fn all(&self) -> Vec<&Path> {
        let mut files = vec![self.spec.data.file.as_path(), self.spec.reference.file.as_path()];
        for nuisance in &self.spec.nuisances {
            if let OwnNuisance::Files { variations, .. } = nuisance {
                files.extend(variations.iter().map(|v| v.file.as_path()));
            }
        }
        files
    }
}

fn part(sample: &Sample, fraction: std::ops::Range<f64>) -> Result<Sample, CoreError> {
    let at = |f: f64| (sample.n_events() as f64 * f) as usize;
    sample.take(&(at(fraction.start)..at(fraction.end)).collect::<Vec<_>>())
}

/// The nuisance parameters, with the shapes learnt from the training part of the reference.
fn learn(
    files: &Files<'_>,
    training: &Sample,
    selection: &Region,
    run: &Run,
) -> Result<Nuisances, ExperimentError> {
    let spec = files.spec;
    let mut nuisances = Nuisances::none();
    for nuisance in &spec.nuisances {
        let taylor = |order: usize| TaylorParams::new().order(order).inputs(spec.features.inputs.clone());
        nuisances = match nuisance {
            OwnNuisance::Normalisation { sigma, .. } => {
                nuisances.normalisation(NuisanceParameter::gaussian("normalisation", *sigma)?)
            }
            OwnNuisance::MomentumScale { barrel, endcap, order, .. } => {
                let scale = MomentumScale::with_uncertainties(*barrel, *endcap)?;
                let run = run.named("taylor").named(scale.nuisance().name());
                let learnt = taylor(*order).learn(training, &scale, selection, &run)?;
                nuisances.shape(scale.nuisance().clone(), learnt)
            }
            OwnNuisance::Files { name, sigma, order, variations, .. } => {
                let parameter = NuisanceParameter::gaussian(name.as_str(), *sigma)?;
                let samples = variations
                    .iter()
                    // The same part as of the reference, so that yields compare.
                    .map(|v| Ok((v.value, part(&files.read(&v.file)?, 0.0..spec.reference.taylor_fraction)?)))
                    .collect::<Result<_, ExperimentError>>()?;
                let variation = SimulatedVariation { nuisance: parameter.clone(), samples };
                let values: Vec<f64> = variations.iter().map(|v| v.value / sigma).collect();
                let run = run.named("taylor").named(name);
                let learnt = taylor(*order).values(values).learn(training, &variation, selection, &run)?;
                nuisances.shape(parameter, learnt)
            }
        };
    }
    Ok(nuisances)
}

/// Runs a search: the test of the data, and toys of the reference that tell what its statistic means.
///
/// # Errors
///
/// If a file cannot be read, the specification makes no sense, or a toy fails.
pub fn run(
    spec: &OwnSpec,
    path: &Path,
    folder: &Path,
    context: &Context,
) -> Result<Outcome, ExperimentError> {
    let run = context.run(spec.seed);
    let bad = |problem: String| ExperimentError::Spec { path: path.to_owned(), problem };
    let files = Files { folder: path.parent().unwrap_or(Path::new(".")), spec };
    if !(0.0 < spec.reference.taylor_fraction && spec.reference.taylor_fraction < 1.0) {
        return Err(bad(format!(
            "taylor_fraction must be between 0 and 1, got {}",
            spec.reference.taylor_fraction
        )));
    }
    let selection = Region::new("selection", &spec.features.selection)?;
    let reference_file = files.read(&spec.reference.file)?;
    let data = files.read(&spec.data.file)?.select(&selection)?;
    let fraction = if spec.nuisances.is_empty() { 0.0 } else { spec.reference.taylor_fraction };
    let nuisances = learn(&files, &part(&reference_file, 0.0..fraction)?, &selection, &run)?;
    let pool = EventPool::new(part(&reference_file, fraction..1.0)?.select(&selection)?);
    drop(reference_file);

    let nplm = spec
        .network
        .params()
        .map_err(bad)?
        .inputs(spec.features.inputs.clone())
        .nuisances(nuisances)
        .check()?;
    let bins = spec.features.bins;
    let binning = if bins.logarithmic {
        Binning::logarithmic(bins.number, bins.low, bins.high)?
    } else {
        Binning::uniform(bins.number, bins.low, bins.high)?
    };
    let search = Search { nplm, variable: spec.features.show.clone(), binning };
    let expected = spec.reference.expected_events;
    let n_reference = spec.reference.events.unwrap_or((5.0 * expected) as usize);
    let weighted = |reference: Sample| -> Result<Sample, ExperimentError> {
        Ok(reference.with_weights(Weights::uniform(expected / n_reference as f64, n_reference)?)?)
    };

    let (_, reference) = pool.draw(0, n_reference, &mut run.streams().named("observed").stream())?;
    let parameters: Vec<NuisanceParameter> = search.nplm.nuisances().parameters().cloned().collect();
    // A test's parameters stand in another order than the specification's if the normalisation is not its first.
    let auxiliary = spec.nuisances.iter().fold(Auxiliary::nominal(), |auxiliary, nuisance| match nuisance {
        OwnNuisance::Normalisation { .. } => auxiliary.measured("normalisation", nuisance.measured()),
        OwnNuisance::Files { name, .. } => auxiliary.measured(name, nuisance.measured()),
        OwnNuisance::MomentumScale { barrel, endcap, .. } => {
            match MomentumScale::with_uncertainties(*barrel, *endcap) {
                Ok(scale) => auxiliary.measured(scale.nuisance().name(), nuisance.measured()),
                Err(_) => auxiliary,
            }
        }
    });
    let observed = TestEvents { reference: weighted(reference)?, data, auxiliary };
    let fit = search.fit(&observed, &run.named("observed"))?;

    let mut fingerprint = Fingerprint::of(&(spec, context.device_name.as_str(), env!("CARGO_PKG_VERSION")))?;
    for file in files.all() {
        fingerprint = fingerprint.with_input(&file.to_string_lossy(), &sha256_of_file(files.path(file))?);
    }
    let toys = StudyToys::new(context, &folder.join("toys"), fingerprint, run.streams())?;
    let null = toys.run("null", spec.toys.null.of(context.profile), |toy| {
        let n_data = poisson(expected, &mut toy.stream("number of data"))?;
        let (data, reference) = pool.draw(n_data, n_reference, &mut toy.stream("events"))?;
        let auxiliary = draw_auxiliary(parameters.iter().map(|p| (p, 0.0)), &mut toy.stream("auxiliary"));
        search.toy(&TestEvents { reference: weighted(reference)?, data, auxiliary }, toy.seed(), &run)
    })?;
    if toys.is_partial() {
        return Err(ExperimentError::ShardDone);
    }

    let dof = fit.degrees_of_freedom();
    let chi_squared = ChiSquared::new(dof as f64)?;
    let t_null: Vec<f64> = null.iter().map(|r| r.t).collect();
    let asymptotic = NullDistribution::chi_squared(dof as f64)?.p_value(fit.test_statistic());
    let empirical = NullDistribution::empirical(t_null.clone())?.p_value(fit.test_statistic());
    let ks = KolmogorovSmirnov::one_sample(&t_null, |t| chi_squared.cdf(t))?;
    let unit = spec.features.unit.as_str();
    let mut axis = Axis::new(&spec.features.show, unit).range(bins.low, bins.high);
    axis.is_log = bins.logarithmic;
    let in_words = |p: &PValue| format!("p = {p}, Z = {:.2}", p.significance());
    let summary = Summary::new(&spec.title)
        .text(&spec.about)
        .text(format!(
            "The data have {} selected events where the reference expects {expected}. t = {:.2}: {} from the χ² with {dof} \
             degrees of freedom, {} from {} toys of the reference. The χ² may be used where the toys follow it: KS p = {:.3}.",
            observed.data.n_events(),
            fit.test_statistic().value(),
            in_words(&asymptotic),
            in_words(&empirical),
            null.len(),
            ks.p_value().value(),
        ))
        .figure(t_distribution(
            "t-distribution",
            "The test statistic of toys of the reference (points), the target χ², and the data.",
            dof,
            &t_null,
            &[],
            Some(fit.test_statistic().value()),
        )?)
        .figure(learnt(
            &search,
            &observed,
            &fit,
            "The data, the reference with its best nuisance parameters, and what the network learnt.",
            axis,
        )?)
        .section(fit.summary());
    let mut record = StudyRecord::new(
        &spec.study,
        context.profile.name(),
        context.seed.unwrap_or(spec.seed),
        env!("CARGO_PKG_VERSION"),
    );
    for (name, unit, value) in [
        ("t", "1", fit.test_statistic().value()),
        ("τ", "1", fit.tau()),
        ("Δ", "1", fit.delta()),
        ("p from χ²", "1", asymptotic.value()),
        ("Z from χ²", "σ", asymptotic.significance().value()),
        ("p from toys", "1", empirical.value()),
        ("KS p-value of toys against χ²", "1", ks.p_value().value()),
        ("toys", "1", null.len() as f64),
        ("data events", "events", observed.data.n_events() as f64),
    ] {
        record.quantities.push(JudgedQuantity::reported(name, unit, value));
    }
    Ok(Outcome { title: spec.title.clone(), paper: String::new(), summary, record })
}
