//! From the score of events to a limit: a binned model with the closure difference as its systematic uncertainty.

mod closure_ratio;
mod expected;

pub use closure_ratio::{ClosureRatio, closure_ratios, score_template};
pub use expected::ExpectedLimit;

use hepsys_core::Template;
use hepsys_stats::fit::Fitter;
use hepsys_stats::histfactory::BinnedLikelihood;
use hepsys_stats::hypothesis::{Asymptotic, LimitError};
use hepsys_stats::workspace::{Channel, Interpolation, Modifier, ParameterConfig, Sample, Workspace};

use crate::{AdversarialError, Source};

/// The parameter of interest.
const STRENGTH: &str = "signal strength";

/// The largest strength that is tried, in units of a first guess of the limit.
const HIGHEST: f64 = 1000.0;

/// How differences between data and simulation in several bins belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ClosureCorrelation {
    /// They do not: a parameter for each bin, whose factor is $1 + \delta$ or its inverse at one standard deviation, with the
    /// [difference](ClosureRatio::difference) δ.
    #[default]
    Bins,
    /// One parameter moves all bins by their ratios, and one more for each bin has the ratio's statistical error.
    Shape,
}

/// A search in bins of the score of events; [`LimitModel::new`] begins one.
///
/// Each bin is a channel of HistFactory. Its yields have the statistical errors of their events, a Poisson factor for each process
/// and bin; what was simulated has the closure difference besides, a factor that signal and simulated backgrounds share.
///
/// ```
/// use hepsys_adversarial::{Binning, ClosureCorrelation, ClosureRatio, LimitModel, Source, Template};
///
/// // Bins of the log odds of signal.
/// let bins = Binning::new([0.0, 2.0, 4.0, 6.0])?;
/// let template = |name: &str, yields: [f64; 3], variances: [f64; 3]| {
///     Template::new(name, bins.clone(), yields.to_vec(), variances.to_vec())
/// };
/// let search = |ratios: [f64; 3]| {
///     let ratios = ratios.map(|value| ClosureRatio { value, sigma: 0.02 });
///     LimitModel::new(template("signal", [2.0, 5.0, 8.0], [0.01, 0.02, 0.03])?)
///         .background(template("multijet", [900.0, 60.0, 3.0], [30.0, 4.0, 0.3])?, Source::Simulation)
///         .background(template("beam-induced", [20.0, 4.0, 1.0], [20.0, 4.0, 1.0])?, Source::Data)
///         .closure(ratios, ClosureCorrelation::Bins)
///         .check()?
///         .expected_limit()
/// };
/// let (naive, decorrelated) = (search([1.1, 1.3, 1.6])?, search([1.0, 1.02, 1.05])?);
/// assert!(decorrelated.gain_over(&naive) > 0.0);
/// # Ok::<(), hepsys_adversarial::AdversarialError>(())
/// ```
#[derive(Debug, Clone)]
pub struct LimitModel {
    signal: Template,
    backgrounds: Vec<(Template, Source)>,
    closure: Option<(Vec<ClosureRatio>, ClosureCorrelation)>,
    uncertainties: Vec<(String, f64)>,
    confidence: f64,
}

/// A search whose numbers make a model.
#[derive(Debug, Clone)]
pub struct LimitValidModel(LimitModel);

impl LimitModel {
    /// A search for a simulated signal, without background yet.
    #[must_use]
    pub fn new(signal: Template) -> Self {
        Self { signal, backgrounds: Vec::new(), closure: None, uncertainties: Vec::new(), confidence: 0.95 }
    }

    /// One background more, and whether it was simulated.
    #[must_use]
    pub fn background(mut self, template: Template, source: Source) -> Self {
        self.backgrounds.push((template, source));
        self
    }

    /// Data over simulation in each bin of a control region: what signal and simulated backgrounds may be wrong by. Defaults to
    /// nothing.
    #[must_use]
    pub fn closure(
        mut self,
        ratios: impl IntoIterator<Item = ClosureRatio>,
        correlation: ClosureCorrelation,
    ) -> Self {
        self.closure = Some((ratios.into_iter().collect(), correlation));
        self
    }

    /// The relative uncertainty of the total of a process, such as a background's normalisation. Defaults to none.
    #[must_use]
    pub fn uncertainty(mut self, process: impl Into<String>, relative: f64) -> Self {
        self.uncertainties.push((process.into(), relative));
        self
    }

    /// The confidence of the limit. Defaults to 0.95.
    #[must_use]
    pub fn confidence(mut self, confidence: f64) -> Self {
        self.confidence = confidence;
        self
    }

    fn processes(&self) -> impl Iterator<Item = (&Template, Source)> {
        let backgrounds = self.backgrounds.iter().map(|(template, source)| (template, *source));
        std::iter::once((&self.signal, Source::Simulation)).chain(backgrounds)
    }

    /// What all backgrounds together have in a bin.
    fn expected(&self, bin: usize) -> f64 {
        self.backgrounds.iter().map(|(template, _)| template.yields()[bin]).sum()
    }

    /// The search, if its numbers make a model.
    ///
    /// # Errors
    ///
    /// [`AdversarialError::BadParameter`] for processes of one name or of different bins, a negative yield, a bin without any
    /// background, a signal of nothing, more or fewer ratios than bins, and ratios, uncertainties or a confidence out of range.
    pub fn check(self) -> Result<LimitValidModel, AdversarialError> {
        let n_bins = self.signal.binning().n_bins();
        let mut names: Vec<&str> = Vec::new();
        for (template, _) in self.processes() {
            let name = template.name();
            if names.contains(&name) {
                return Err(AdversarialError::bad("the names of processes", "different", name));
            }
            names.push(name);
            if template.binning() != self.signal.binning() {
                let found = format!("{:?}", template.binning().edges());
                return Err(AdversarialError::bad(
                    format!("the bins of {name}"),
                    "those of the signal",
                    found,
                ));
            }
            if let Some(bin) = template.yields().iter().position(|y| *y < 0.0) {
                let what = format!("the yield of {name} in bin {bin}");
                return Err(AdversarialError::bad(what, "not negative", template.yields()[bin]));
            }
        }
        AdversarialError::check(
            self.signal.total() > 0.0,
            "the signal",
            "positive in a bin",
            self.signal.total(),
        )?;
        for bin in 0..n_bins {
            let expected = self.expected(bin);
            let what = format!("the sum of backgrounds in bin {bin}");
            AdversarialError::check(expected > 0.0, &what, "positive: take wider bins", expected)?;
        }
        if let Some((ratios, correlation)) = &self.closure {
            if ratios.len() != n_bins {
                return Err(AdversarialError::bad(
                    "the number of closure ratios",
                    format!("{n_bins}, one a bin"),
                    ratios.len(),
                ));
            }
            let is_shape = *correlation == ClosureCorrelation::Shape;
            for (bin, ClosureRatio { value, sigma }) in ratios.iter().enumerate() {
                let is_right = value.is_finite() && *value >= 0.0 && !(is_shape && *value == 0.0);
                let expected = if is_shape { "positive and finite" } else { "finite and not negative" };
                AdversarialError::check(
                    is_right,
                    &format!("the closure ratio of bin {bin}"),
                    expected,
                    *value,
                )?;
                let is_right = sigma.is_finite() && *sigma >= 0.0;
                let what = format!("the error of the closure ratio of bin {bin}");
                AdversarialError::check(is_right, &what, "finite and not negative", *sigma)?;
            }
        }
        for (index, (process, relative)) in self.uncertainties.iter().enumerate() {
            if !names.contains(&process.as_str()) {
                return Err(AdversarialError::bad(
                    "the process of an uncertainty",
                    format!("one of {}", names.join(", ")),
                    process,
                ));
            }
            if self.uncertainties[..index].iter().any(|(other, _)| other == process) {
                return Err(AdversarialError::bad("the processes of uncertainties", "different", process));
            }
            let is_right = *relative >= 0.0 && relative.is_finite();
            let what = format!("the relative uncertainty of {process}");
            AdversarialError::check(is_right, &what, "finite and not negative", *relative)?;
        }
        let confidence = self.confidence;
        let is_right = 0.0 < confidence && confidence < 1.0;
        AdversarialError::check(is_right, "the confidence", "between 0 and 1", confidence)?;
        Ok(LimitValidModel(self))
    }
}

impl LimitValidModel {
    /// The model as a document, with what is expected without signal in place of data.
    ///
    /// The strength of the signal is between 0 and 10 there.
    #[must_use]
    pub fn workspace(&self) -> Workspace {
        self.scaled(1.0, 10.0)
    }

    /// The same with the signal times a factor, whose strength is at most `highest`.
    fn scaled(&self, factor: f64, highest: f64) -> Workspace {
        let model = &self.0;
        let start = ParameterConfig::new(STRENGTH).init(1.0).within(0.0, highest);
        let mut workspace = Workspace::new("search", STRENGTH).parameter(&start);
        for bin in 0..model.signal.binning().n_bins() {
            let mut channel = Channel::new(format!("bin {bin}"));
            for (place, (template, source)) in model.processes().enumerate() {
                let scale = if place == 0 { factor } else { 1.0 };
                let (name, expected) = (template.name(), scale * template.yields()[bin]);
                let error = scale * template.variances()[bin].sqrt();
                let mut sample = Sample::new(name, [expected]);
                if place == 0 {
                    sample = sample.modifier(Modifier::normfactor(STRENGTH));
                }
                if expected > 0.0 && error > 0.0 {
                    let statistics = format!("statistics of {name} in bin {bin}");
                    sample = sample.modifier(Modifier::shapesys(statistics, [error]));
                }
                for (_, relative) in
                    model.uncertainties.iter().filter(|(process, r)| process == name && *r > 0.0)
                {
                    sample = sample.modifier(factor_of(format!("total of {name}"), 1.0 + relative));
                }
                if source == Source::Simulation {
                    sample = model.closure_modifiers(bin).into_iter().fold(sample, Sample::modifier);
                }
                channel = channel.sample(sample);
            }
            workspace = workspace.channel(channel, [model.expected(bin)]);
        }
        workspace
    }

    /// The limit that is expected without signal, from the asymptotic distributions.
    ///
    /// # Errors
    ///
    /// [`AdversarialError::Workspace`] and [`AdversarialError::Limit`] if there is none, such as where uncertainties leave no
    /// sensitivity.
    pub fn expected_limit(&self) -> Result<ExpectedLimit, AdversarialError> {
        let model = &self.0;
        // What the limit would be about: fits want parameters of order one.
        let information: f64 =
            model.signal.yields().iter().enumerate().map(|(b, s)| s * s / model.expected(b)).sum();
        let unit = information.sqrt().recip() + model.signal.total().recip();
        let (binned, data) = self.scaled(unit, HIGHEST).model(None, Interpolation::default())?;
        let likelihood = BinnedLikelihood::new(&binned, data);
        let no_strength = || AdversarialError::bad("the parameter of interest", STRENGTH, "none");
        let poi = binned.poi().ok_or_else(no_strength)?;
        let asymptotic = Asymptotic::new(&likelihood, Fitter::default(), poi).map_err(LimitError::from)?;
        let limit = asymptotic.limit(model.confidence, HIGHEST);
        let mut band = [0.0; 5];
        for (to, found) in band.iter_mut().zip(limit.expected) {
            *to = unit * found.map_err(|error| in_units_of(unit, error))?;
        }
        Ok(ExpectedLimit::of_band(model.confidence, band))
    }
}

impl LimitModel {
    /// The modifiers of simulated processes in a bin.
    fn closure_modifiers(&self, bin: usize) -> Vec<Modifier> {
        let Some((ratios, correlation)) = &self.closure else { return Vec::new() };
        let ratio = ratios[bin];
        let factors = match correlation {
            ClosureCorrelation::Bins => {
                [(format!("closure of bin {bin}"), 1.0 + ratio.difference())].to_vec()
            }
            ClosureCorrelation::Shape => vec![
                ("closure".to_owned(), ratio.value),
                (format!("closure of bin {bin}"), 1.0 + ratio.sigma / ratio.value),
            ],
        };
        // The one parameter of a shape stands in every bin, so that a ratio of one says that it does nothing there.
        let counts = |(name, factor): &(String, f64)| *factor != 1.0 || name == "closure";
        factors.into_iter().filter(counts).map(|(name, factor)| factor_of(name, factor)).collect()
    }
}

/// A factor at plus one standard deviation, and its inverse at minus one.
fn factor_of(name: String, factor: f64) -> Modifier {
    Modifier::normsys(name, factor.recip(), factor)
}

/// An error about strengths in another unit.
fn in_units_of(unit: f64, error: LimitError) -> LimitError {
    match error {
        LimitError::NotReached { at, level, wanted } => {
            LimitError::NotReached { at: unit * at, level, wanted }
        }
        LimitError::Below { at, level, wanted } => LimitError::Below { at: unit * at, level, wanted },
        LimitError::NotANumber(at) => LimitError::NotANumber(unit * at),
        other => other,
    }
}

#[cfg(test)]
mod tests;
