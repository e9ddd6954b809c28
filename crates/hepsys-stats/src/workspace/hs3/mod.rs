//! HS3, the HEP Statistics Serialization Standard: the part of it that HistFactory models need.

mod configs;
mod constraints;
mod document;
mod interpolation;
mod modifiers;
mod names;
mod read;
mod settings;
mod write;
mod write_channels;

use serde_json::Value;

use super::{Interpolation, Workspace, WorkspaceError, from_text};
use crate::histfactory::{Data, Model};
use document::{Analysis, Document};

/// The versions of the standard that are understood, without their patch level.
const VERSIONS: [&str; 2] = ["0.1", "0.2"];

/// A document of the HEP Statistics Serialization Standard, HS3, with binned models.
///
/// What is read and written are distributions of the type `histfactory_dist`, binned data, the likelihoods that pair them,
/// Gaussian constraints of single parameters, domains, parameter points and analyses.
/// An analysis is what a pyhf document calls a measurement.
///
/// Where the standard is silent or its implementations disagree:
/// - The histograms of `histosys` are absolute, not differences from the nominal one, as in ROOT and pyhs3.
/// - `normsys` and `histosys` without `constraint` have the unit Gaussian, as in ROOT and pyhs3.
/// - The numbers of `shapesys` are what [`ShapeSysValues`] says.
/// - A bin without statistical uncertainty has no free parameter.
/// - A varied histogram may become negative, as in pyhf and pyhs3; ROOT cuts it off at zero.
///
/// ```
/// use hepsys_stats::workspace::{Hs3, Interpolation, ShapeSysValues, Workspace};
///
/// let workspace = Workspace::parse(
///     r#"{"channels": [{"name": "SR", "samples": [{"name": "signal", "data": [5.0],
///         "modifiers": [{"name": "mu", "type": "normfactor", "data": null}]}]}],
///         "measurements": [{"name": "search", "config": {"poi": "mu", "parameters": []}}],
///         "observations": [{"name": "SR", "data": [7.0]}], "version": "1.0.0"}"#,
/// )?;
/// let hs3 = Hs3::from_workspace(&workspace, Interpolation::default(), ShapeSysValues::Absolute)?;
/// assert_eq!(hs3.analyses().collect::<Vec<_>>(), ["search"]);
///
/// let read = Hs3::parse(&hs3.to_json()?)?;
/// let (model, data) = read.model(None)?;
/// assert_eq!(model.yields(&[2.0]), [10.0]);
/// assert_eq!(data.counts, [7.0]);
/// let (workspace, interpolation) = read.to_workspace(Some("search"))?;
/// assert_eq!(workspace.measurements[0].config.poi, "mu");
/// assert_eq!(interpolation, Interpolation::default());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # References
///
/// HS3 0.2, <https://hep-statistics-serialization-standard.github.io>.
#[derive(Debug, Clone, PartialEq)]
pub struct Hs3 {
    document: Document,
    shape_sys_values: ShapeSysValues,
}

/// What the numbers `vals` of a `shapesys` are, on which implementations of HS3 disagree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ShapeSysValues {
    /// Uncertainties of the yields, in events, as pyhf has them and pyhs3 reads them.
    #[default]
    Absolute,
    /// Uncertainties relative to the nominal yields, as ROOT writes and reads them.
    Relative,
}

impl Hs3 {
    /// Reads a document.
    ///
    /// `shapesys` is taken to be relative in documents that name ROOT among the packages that made them, and absolute in
    /// others; [`with_shape_sys_values`](Self::with_shape_sys_values) says otherwise.
    ///
    /// # Errors
    ///
    /// [`WorkspaceError`] with the place of what cannot be understood, or of a version that is not known.
    /// Distributions and data are looked at when an analysis needs them.
    pub fn parse(text: &str) -> Result<Self, WorkspaceError> {
        let document: Document = from_text(text)?;
        let version = &document.metadata.hs3_version;
        let is_known = VERSIONS.iter().any(|known| {
            version.strip_prefix(known).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        });
        if !is_known {
            let problem = format!("expected 0.1 or 0.2, found \"{version}\"");
            return Err(WorkspaceError::at("metadata.hs3_version", problem));
        }
        document.check_names()?;
        let shape_sys_values = document.shape_sys_values()?;
        Ok(Self { document, shape_sys_values })
    }

    /// Writes the document.
    ///
    /// # Errors
    ///
    /// [`WorkspaceError::Json`] if it cannot be written as JSON.
    pub fn to_json(&self) -> Result<String, WorkspaceError> {
        serde_json::to_string_pretty(&self.document)
            .map_err(|e| WorkspaceError::Json { path: String::new(), problem: e.to_string() })
    }

    /// The HS3 document of a workspace, with an analysis for each of its measurements.
    ///
    /// Parameters keep their names; those of single bins become `gamma_NAME_bin_INDEX`, as ROOT calls them.
    /// A luminosity becomes a `normfactor` with a Gaussian among the auxiliary distributions of the likelihoods.
    /// Interpolations other than codes 4 and 4p are written twice: in the modifier by the standard's names, and in its data by
    /// those of pyhs3, which looks for them there.
    ///
    /// # Errors
    ///
    /// [`WorkspaceError`] if the workspace does not make sense, or has what HS3 cannot say: auxiliary measurements that a
    /// measurement moved or scaled (other than the luminosity's), two `staterror`s in one channel, or one name for two things.
    pub fn from_workspace(
        workspace: &Workspace,
        interpolation: Interpolation,
        shape_sys_values: ShapeSysValues,
    ) -> Result<Self, WorkspaceError> {
        let document = write::document(workspace, interpolation, shape_sys_values)?;
        Ok(Self { document, shape_sys_values })
    }

    /// The pyhf document of an analysis, the first unless named, and the interpolation, which that document does not say.
    ///
    /// Modifiers take the names of their parameters.
    /// The edges of bins, and uncertainties that no modifier uses, are left behind: the likelihood does not depend on them.
    ///
    /// # Errors
    ///
    /// [`WorkspaceError`] with the place of what does not make sense, of what is not understood, or of what pyhf's document
    /// cannot say, among it Poisson constraints of `staterror`, Gaussian ones of `shapesys`, several parameters of interest
    /// and infinite bounds, all of which [`model`](Self::model) can have.
    pub fn to_workspace(&self, analysis: Option<&str>) -> Result<(Workspace, Interpolation), WorkspaceError> {
        read::read(self, analysis)?.into_workspace()
    }

    /// The model of an analysis, the first unless named, and the data that were observed.
    ///
    /// Without exactly one parameter of interest the model has none; [`parameters_of_interest`](Self::parameters_of_interest)
    /// lists them.
    ///
    /// # Errors
    ///
    /// [`WorkspaceError`] with the place of what does not make sense or is not understood.
    pub fn model(&self, analysis: Option<&str>) -> Result<(Model, Data), WorkspaceError> {
        read::read(self, analysis)?.model()
    }

    /// The names of the analyses.
    pub fn analyses(&self) -> impl ExactSizeIterator<Item = &str> {
        self.document.analyses.iter().map(|a| a.name.as_str())
    }

    /// The parameters of interest of an analysis, the first unless named.
    ///
    /// # Errors
    ///
    /// [`WorkspaceError`] if there is no such analysis.
    pub fn parameters_of_interest(&self, analysis: Option<&str>) -> Result<&[String], WorkspaceError> {
        Ok(self.analysis(analysis)?.1.parameters_of_interest.as_deref().unwrap_or_default())
    }

    /// How the numbers of `shapesys` are taken.
    #[must_use]
    pub fn shape_sys_values(&self) -> ShapeSysValues {
        self.shape_sys_values
    }

    /// The same document with the numbers of `shapesys` taken in this way.
    #[must_use]
    pub fn with_shape_sys_values(mut self, values: ShapeSysValues) -> Self {
        self.shape_sys_values = values;
        self
    }

    /// An analysis and its place.
    fn analysis(&self, name: Option<&str>) -> Result<(usize, &Analysis), WorkspaceError> {
        let analyses = &self.document.analyses;
        let found = match name {
            None => analyses.first().map(|a| (0, a)),
            Some(name) => analyses.iter().enumerate().find(|(_, a)| a.name == name),
        };
        found.ok_or_else(|| {
            let problem = name.map_or("is empty".to_owned(), |name| format!("has none called \"{name}\""));
            WorkspaceError::at("analyses", problem)
        })
    }
}

/// A part of the document, with errors that say where in the whole it is.
fn part<T: serde::de::DeserializeOwned>(value: &Value, at: &str) -> Result<T, WorkspaceError> {
    serde_path_to_error::deserialize(value).map_err(|e| {
        let path = match e.path().to_string().as_str() {
            "." => at.to_owned(),
            inner => format!("{at}.{inner}"),
        };
        WorkspaceError::Json { path, problem: e.inner().to_string() }
    })
}
