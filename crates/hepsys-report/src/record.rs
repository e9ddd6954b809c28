//! What a study measured, what it should have measured, and whether the two agree.

use serde::{Deserialize, Deserializer, Serialize};

use crate::ReportError;

/// Whether a quantity came out as published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Within the tolerance.
    Pass,
    /// Outside the tolerance, or not a number.
    Fail,
    /// Told, not judged.
    Reported,
}

impl Verdict {
    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Reported => "reported",
        }
    }

    /// The mark that goes with the word.
    #[must_use]
    pub fn mark(self) -> &'static str {
        match self {
            Self::Pass => "✓",
            Self::Fail => "✗",
            Self::Reported => "–",
        }
    }
}

/// One number of a study beside the one it should be.
///
/// ```
/// use hepsys_report::{JudgedQuantity, Verdict};
/// let mean = JudgedQuantity::judged("mean of t", "1", 105.6, 106.0, 3.0)
///     .with_uncertainty(1.4)
///     .from_source("a paper, Fig. 4");
/// assert_eq!(mean.verdict, Verdict::Pass);
/// assert_eq!(JudgedQuantity::judged("mean of t", "1", f64::NAN, 106.0, 3.0).verdict, Verdict::Fail);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct JudgedQuantity {
    /// What it is.
    pub name: String,
    /// Its unit; `1` for a number without dimension, `s` for timings.
    pub unit: String,
    /// What it should be, or `None` where nothing is published.
    pub expected: Option<f64>,
    /// How far from `expected` it may be, in the same unit, or `None` where it is not judged.
    pub tolerance: Option<f64>,
    /// What it is; `null` in JSON where it is not finite.
    #[serde(deserialize_with = "null_as_nan")]
    pub measured: f64,
    /// One standard deviation of `measured`, or `None` for an exact number.
    pub uncertainty: Option<f64>,
    /// Whether the two agree.
    pub verdict: Verdict,
    /// Where the expectation is published.
    pub source: String,
}

fn null_as_nan<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    Ok(Option::<f64>::deserialize(deserializer)?.unwrap_or(f64::NAN))
}

impl JudgedQuantity {
    /// A number that passes if $|\text{measured} - \text{expected}| \le \text{tolerance}$.
    #[must_use]
    pub fn judged(
        name: impl Into<String>,
        unit: impl Into<String>,
        measured: f64,
        expected: f64,
        tolerance: f64,
    ) -> Self {
        // A comparison with NaN is false, so a number that is none fails.
        let verdict = if (measured - expected).abs() <= tolerance { Verdict::Pass } else { Verdict::Fail };
        Self {
            expected: Some(expected),
            tolerance: Some(tolerance),
            verdict,
            ..Self::reported(name, unit, measured)
        }
    }

    /// A number that is told and not judged.
    #[must_use]
    pub fn reported(name: impl Into<String>, unit: impl Into<String>, measured: f64) -> Self {
        Self {
            name: name.into(),
            unit: unit.into(),
            expected: None,
            tolerance: None,
            measured,
            uncertainty: None,
            verdict: Verdict::Reported,
            source: String::new(),
        }
    }

    /// The same number with one standard deviation.
    #[must_use]
    pub fn with_uncertainty(mut self, uncertainty: f64) -> Self {
        self.uncertainty = Some(uncertainty);
        self
    }

    /// A reported number beside a published one that it is not judged by.
    #[must_use]
    pub fn beside(mut self, expected: f64) -> Self {
        self.expected = Some(expected);
        self
    }

    /// Where the expectation is published.
    #[must_use]
    pub fn from_source(mut self, source: impl Into<String>) -> Self {
        self.source = source.into();
        self
    }
}

/// How many quantities have each verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct VerdictCounts {
    /// Those within their tolerance.
    pub pass: usize,
    /// Those outside.
    pub fail: usize,
    /// Those not judged.
    pub reported: usize,
}

/// A study in numbers: the content of `summary.json`, in the order of its fields.
///
/// ```
/// use hepsys_report::{JudgedQuantity, StudyRecord};
/// let record = StudyRecord::new("nplm-1d", "quick", 42, "0.1.0")
///     .quantity(JudgedQuantity::judged("mean of t", "1", 105.6, 106.0, 3.0))
///     .quantity(JudgedQuantity::reported("wall time", "s", 71.3));
/// assert!(record.passes());
/// assert_eq!(StudyRecord::from_json(&record.to_json()?)?, record);
/// # Ok::<(), hepsys_report::ReportError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StudyRecord {
    /// The name of the study.
    pub study: String,
    /// How much statistics it used: `quick`, `standard` or `full`.
    pub profile: String,
    /// The seed of all its random numbers.
    pub seed: u64,
    /// The version of hepsys.
    pub version: String,
    /// Its numbers, in reading order.
    pub quantities: Vec<JudgedQuantity>,
}

impl StudyRecord {
    /// A study without numbers yet.
    #[must_use]
    pub fn new(
        study: impl Into<String>,
        profile: impl Into<String>,
        seed: u64,
        version: impl Into<String>,
    ) -> Self {
        Self {
            study: study.into(),
            profile: profile.into(),
            seed,
            version: version.into(),
            quantities: Vec::new(),
        }
    }

    /// Adds a number.
    #[must_use]
    pub fn quantity(mut self, quantity: JudgedQuantity) -> Self {
        self.quantities.push(quantity);
        self
    }

    /// How many numbers have each verdict.
    #[must_use]
    pub fn counts(&self) -> VerdictCounts {
        let of = |verdict| self.quantities.iter().filter(|q| q.verdict == verdict).count();
        VerdictCounts { pass: of(Verdict::Pass), fail: of(Verdict::Fail), reported: of(Verdict::Reported) }
    }

    /// Whether no number failed.
    #[must_use]
    pub fn passes(&self) -> bool {
        self.counts().fail == 0
    }

    /// The text of `summary.json`, ending in a new line. Numbers that are not finite become `null`.
    ///
    /// # Errors
    ///
    /// If the serialiser refuses, which no record makes it do.
    pub fn to_json(&self) -> Result<String, ReportError> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }

    /// Reads the text of a `summary.json`.
    ///
    /// # Errors
    ///
    /// If it is not JSON, lacks a field, or has a verdict that is none of the three.
    pub fn from_json(text: &str) -> Result<Self, ReportError> {
        Ok(serde_json::from_str(text)?)
    }
}
