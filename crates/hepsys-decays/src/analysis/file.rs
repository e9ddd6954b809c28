use std::collections::BTreeMap;

use hepsys_sim::{Acceptance, MomentumResolution, ProductionSpectrum};
use serde::Deserialize;

use super::{Analysis, Detector, Flavour, Track};
use crate::DecaysError;

/// A file with the analyses of an experiment, in TOML.
///
/// ```
/// use hepsys_decays::{AnalysisFile, Track};
/// let text = r#"
/// [pid] # the probability that the first is taken for the others
/// K = { K = 0.90, pi = 0.06, mu = 0.006 }
/// pi = { pi = 0.95, K = 0.03, mu = 0.006 }
/// mu = { mu = 0.97, pi = 0.03, K = 0.01 }
///
/// [production]
/// "B+" = 1.0
/// "B0" = 1.0
///
/// [spectrum]
/// p0 = { beauty = 7.0 }
///
/// [[analysis]]
/// name = "B+ -> K+ mu mu"
/// hyps = [["K", 1], ["mu", 1], ["mu", -1]]
/// signal = { parent = "B+", branching_fraction = 4.5e-7, final = ["K+", "mu+", "mu-"] }
/// parents = "beauty"
/// cuts = [ { of = [0, 1, 2], window = [5.18, 5.38], keep = true }, { of = [1, 2], window = [2.95, 3.18], keep = false } ]
/// "#;
/// let file = AnalysisFile::parse("analyses.toml", text)?;
/// assert_eq!(file.analyses[0].hypotheses[0], (Track::Kaon, 1));
/// assert_eq!(file.detector.probability(Track::Pion, Track::Muon), 0.006);
///
/// let error = AnalysisFile::parse("analyses.toml", &text.replace("parents", "parent")).unwrap_err();
/// assert!(error.to_string().contains("parent"));
/// # Ok::<(), hepsys_decays::DecaysError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct AnalysisFile {
    /// What all of them share.
    pub detector: Detector,
    /// The analyses.
    pub analyses: Vec<Analysis>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    pid: BTreeMap<Track, BTreeMap<Track, f64>>,
    production: BTreeMap<String, f64>,
    spectrum: Spectrum,
    #[serde(default)]
    common: Common,
    #[serde(rename = "analysis")]
    analyses: Vec<Analysis>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Spectrum {
    p0: BTreeMap<Flavour, f64>,
    #[serde(default = "Spectrum::default_power")]
    n: f64,
    #[serde(default = "Spectrum::default_eta")]
    eta: [f64; 2],
}

impl Spectrum {
    fn default_power() -> f64 {
        2.8
    }

    fn default_eta() -> [f64; 2] {
        [2.0, 5.0]
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Common {
    extra_track_factor: f64,
    momentum_resolution: f64,
    min_width: f64,
    acceptance: Tracks,
}

impl Default for Common {
    fn default() -> Self {
        Self {
            extra_track_factor: 0.3,
            momentum_resolution: 0.005,
            min_width: 1e-3,
            acceptance: Tracks { eta: [2.0, 5.0], p_min: 3.0, pt_min: 0.25 },
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Tracks {
    eta: [f64; 2],
    p_min: f64,
    pt_min: f64,
}

impl AnalysisFile {
    /// Reads the text of a file, whose name is for errors.
    ///
    /// The tables are `pid`, `production` and `spectrum`, and one `[[analysis]]` for each; `[common]` may change `extra_track_factor` (0.3),
    /// `momentum_resolution` (0.005), `min_width` (0.001 GeV) and `acceptance` (`{ eta = [2, 5], p_min = 3, pt_min = 0.25 }`).
    ///
    /// # Errors
    ///
    /// [`DecaysError::Analysis`] for what is no TOML or has wrong names, and for numbers that make no sense.
    pub fn parse(file: &str, text: &str) -> Result<Self, DecaysError> {
        let of_file = |what: String| DecaysError::Analysis { file: file.to_owned(), what };
        let document: Document = toml::from_str(text).map_err(|error| of_file(error.to_string()))?;
        let file = document.into_file().map_err(|error| of_file(error.to_string()))?;
        file.detector.check().map_err(|error| of_file(error.to_string()))?;
        for analysis in &file.analyses {
            analysis.check().map_err(|error| of_file(format!("\"{}\": {error}", analysis.name)))?;
        }
        Ok(file)
    }

    /// The analysis of this name.
    ///
    /// # Errors
    ///
    /// [`DecaysError::BadParameter`] with the names that there are.
    pub fn analysis(&self, name: &str) -> Result<&Analysis, DecaysError> {
        let names: Vec<String> =
            self.analyses.iter().map(|analysis| format!("\"{}\"", analysis.name)).collect();
        let expected = format!("one of {}", names.join(", "));
        self.analyses.iter().find(|analysis| analysis.name == name).ok_or_else(|| DecaysError::BadParameter {
            name: "the analysis".to_owned(),
            expected,
            found: format!("\"{name}\""),
        })
    }
}

impl Document {
    fn into_file(self) -> Result<AnalysisFile, DecaysError> {
        let Spectrum { p0, n, eta } = self.spectrum;
        let mut spectra = BTreeMap::new();
        for (flavour, p0) in p0 {
            spectra.insert(flavour, ProductionSpectrum::new(p0, n, eta)?);
        }
        let Tracks { eta, p_min, pt_min } = self.common.acceptance;
        let detector = Detector {
            misidentification: self.pid,
            production: self.production,
            spectra,
            extra_track_factor: self.common.extra_track_factor,
            resolution: MomentumResolution::new(self.common.momentum_resolution)?,
            acceptance: Acceptance::new(eta, p_min, pt_min)?,
            min_width: self.common.min_width,
        };
        Ok(AnalysisFile { detector, analyses: self.analyses })
    }
}
