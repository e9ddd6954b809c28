use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::Model;
use super::graph::bad;
use crate::{NnError, file};

/// Models with inputs and outputs to check them by, and what else belongs to them, as files of one folder.
///
/// In the folder, a model is `<name>.onnx`, and `reference.json` has the [`Reference`] of each by its name.
///
/// ```
/// use hepsys_core::Feature;
/// use hepsys_nn::onnx::{Bundle, Graph, Input, Output, Reference, Values};
/// use hepsys_nn::{Activation, MlpShape};
///
/// let shape = MlpShape::new(1, &[], 1, Activation::Tanh)?;
/// let graph = Graph::named("twice").input(Input::new("x", [Feature::new("x", "1")]));
/// let model = graph.network(&shape, &[2.0, 0.0]).output("y", Output::Linear).check()?;
/// let reference = Reference::new(1e-5)
///     .input("x", Values::new([3, 1], vec![1.0, -2.0, 0.5])?)
///     .output("y", Values::new([3, 1], vec![2.0, -4.0, 1.0])?);
/// let bundle = Bundle::new()
///     .model("network", model, reference)
///     .json("units.json", &["GeV"])?
///     .text("README.txt", "It doubles.\n");
///
/// let folder = std::env::temp_dir().join("hepsys_bundle");
/// bundle.write(&folder)?;
/// assert!(folder.join("network.onnx").exists() && folder.join("reference.json").exists());
/// # Ok::<(), hepsys_nn::NnError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Bundle {
    models: Vec<Preserved>,
    files: Vec<(String, String)>,
}

/// A model of a [`Bundle`].
#[derive(Debug, Clone, PartialEq)]
pub struct Preserved {
    /// Its name, `<name>.onnx` being its file.
    pub name: String,
    /// The file.
    pub model: Model,
    /// What it should compute.
    pub reference: Reference,
}

/// What a model should compute: inputs, and the outputs for them by their names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reference {
    /// The inputs.
    pub inputs: BTreeMap<String, Values<f32>>,
    /// The outputs.
    pub outputs: BTreeMap<String, Values<f64>>,
    /// What an output $f$ may differ by, in units of the larger of 1 and $|f|$.
    pub tolerance: f64,
}

/// Numbers of some shape, the last index fastest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Values<T> {
    /// How many there are along each axis; the first are the events.
    pub shape: Vec<usize>,
    /// The numbers.
    pub values: Vec<T>,
}

impl<T> Values<T> {
    /// Numbers of this shape.
    ///
    /// # Errors
    ///
    /// [`NnError::LengthMismatch`] if there are more or fewer than the shape says.
    pub fn new(shape: impl Into<Vec<usize>>, values: Vec<T>) -> Result<Self, NnError> {
        let shape = shape.into();
        let expected = shape.iter().product();
        if values.len() != expected {
            let what = format!("values of shape {shape:?}");
            return Err(NnError::LengthMismatch { what, expected, found: values.len() });
        }
        Ok(Self { shape, values })
    }
}

impl Reference {
    /// A reference without inputs and outputs yet.
    #[must_use]
    pub fn new(tolerance: f64) -> Self {
        Self { inputs: BTreeMap::new(), outputs: BTreeMap::new(), tolerance }
    }

    /// Adds an input.
    #[must_use]
    pub fn input(mut self, name: impl Into<String>, values: Values<f32>) -> Self {
        self.inputs.insert(name.into(), values);
        self
    }

    /// Adds an output.
    #[must_use]
    pub fn output(mut self, name: impl Into<String>, values: Values<f64>) -> Self {
        self.outputs.insert(name.into(), values);
        self
    }
}

impl Bundle {
    /// A bundle with nothing in it yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a model.
    #[must_use]
    pub fn model(mut self, name: impl Into<String>, model: Model, reference: Reference) -> Self {
        self.models.push(Preserved { name: name.into(), model, reference });
        self
    }

    /// Adds a file with a text.
    #[must_use]
    pub fn text(mut self, file: impl Into<String>, text: impl Into<String>) -> Self {
        self.files.push((file.into(), text.into()));
        self
    }

    /// Adds a file in JSON.
    ///
    /// # Errors
    ///
    /// [`NnError::BadGraph`] for what JSON has no form for.
    pub fn json(self, file: impl Into<String>, content: &impl Serialize) -> Result<Self, NnError> {
        let file = file.into();
        let text = serde_json::to_string(content)
            .map_err(|error| bad(format!("\"{file}\" cannot be written as JSON: {error}")))?;
        Ok(self.text(file, text))
    }

    /// The models.
    #[must_use]
    pub fn models(&self) -> &[Preserved] {
        &self.models
    }

    /// The other files, by name and content.
    #[must_use]
    pub fn files(&self) -> &[(String, String)] {
        &self.files
    }

    /// Writes the files into a folder, which is made if it is not there; each is written in one stroke.
    ///
    /// # Errors
    ///
    /// [`NnError::BadGraph`] if two files have one name, or one that is no plain name (letters, digits, `_`, `-`, and a dot
    /// inside); [`NnError::File`] for a file that cannot be written.
    pub fn write(&self, folder: impl AsRef<Path>) -> Result<(), NnError> {
        let folder = folder.as_ref();
        let references: BTreeMap<&str, &Reference> =
            self.models.iter().map(|model| (model.name.as_str(), &model.reference)).collect();
        let with_references = self.clone().json("reference.json", &references)?;
        let models = self.models.iter().map(|model| (format!("{}.onnx", model.name), model.model.to_bytes()));
        let texts = with_references.files.into_iter().map(|(name, text)| (name, text.into_bytes()));
        let files: Vec<(String, Vec<u8>)> = models.chain(texts).collect();
        for (index, (name, _)) in files.iter().enumerate() {
            let is_plain = name.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c));
            if !is_plain
                || name.is_empty()
                || name.starts_with('.')
                || files[..index].iter().any(|(other, _)| other == name)
            {
                return Err(bad(format!("files of a bundle need plain names that differ, got \"{name}\"")));
            }
        }
        std::fs::create_dir_all(folder).map_err(NnError::file(folder))?;
        for (name, content) in files {
            let path = folder.join(name);
            file::write_atomically(&path, &content).map_err(NnError::file(&path))?;
        }
        Ok(())
    }
}
