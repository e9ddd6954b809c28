use hepsys_core::Feature;

use crate::{NnError, Standardizer};

/// A named input of an exported graph: some features of each event, in the units that the user has them in.
///
/// ```
/// use hepsys_core::Feature;
/// use hepsys_nn::onnx::Input;
///
/// let features = [Feature::new("pt", "GeV"), Feature::new("eta", "1")];
/// let input = Input::new("x", features).scaled(&[50.0, 0.0], &[20.0, 2.5]);
/// ```
///
/// # Shapes
///
/// `[N, n_features]`, or `[N, length, n_features]` for a [`sequence`](Self::sequence), in single precision
#[derive(Debug, Clone, PartialEq)]
pub struct Input {
    pub(super) name: String,
    /// How many objects it has, if it is a sequence.
    pub(super) length: Option<usize>,
    pub(super) features: Vec<Feature>,
    /// The names of features that the network is not shown.
    pub(super) ignored: Vec<String>,
    pub(super) scaling: Option<Scaling>,
}

/// $x \to (x - \text{shift}) / \text{scale}$, feature by feature.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Scaling {
    pub(super) shifts: Vec<f64>,
    pub(super) scales: Vec<f64>,
}

impl Input {
    /// The input `name` with these features, which reach the network as they are.
    ///
    /// Names and units of the features go into the file's metadata.
    #[must_use]
    pub fn new(name: impl Into<String>, features: impl IntoIterator<Item = Feature>) -> Self {
        Self {
            name: name.into(),
            length: None,
            features: features.into_iter().collect(),
            ignored: Vec::new(),
            scaling: None,
        }
    }

    /// The input `name` of a [network on sequences](super::Graph::sequence_network): `length` objects, each with these features.
    ///
    /// An event with fewer objects has zeros in their place, which are scaled as objects are.
    #[must_use]
    pub fn sequence(
        name: impl Into<String>,
        length: usize,
        features: impl IntoIterator<Item = Feature>,
    ) -> Self {
        Self { length: Some(length), ..Self::new(name, features) }
    }

    /// Features that are zero for the network, whatever finite number comes in.
    #[must_use]
    pub fn ignoring<S: Into<String>>(mut self, features: impl IntoIterator<Item = S>) -> Self {
        self.ignored = features.into_iter().map(Into::into).collect();
        self
    }

    /// Scales each feature inside the graph: $(x - \text{shift}) / \text{scale}$.
    ///
    /// There has to be a shift and a scale for each feature, all finite and no scale zero, also in single precision.
    #[must_use]
    pub fn scaled(mut self, shifts: &[f64], scales: &[f64]) -> Self {
        self.scaling = Some(Scaling { shifts: shifts.to_vec(), scales: scales.to_vec() });
        self
    }

    /// Scales inside the graph what this standardizer scales; like [`Standardizer::apply`],
    /// it leaves features alone that were not fitted.
    #[must_use]
    pub fn standardized(self, standardizer: &Standardizer) -> Self {
        let (shifts, scales): (Vec<f64>, Vec<f64>) = self
            .features
            .iter()
            .map(|feature| standardizer.shift_and_scale(feature.name()).unwrap_or((0.0, 1.0)))
            .unzip();
        self.scaled(&shifts, &scales)
    }

    /// That there are features, and a shift and a scale that can divide for each.
    pub(super) fn check(&self) -> Result<(), NnError> {
        let name = &self.name;
        if self.features.is_empty() {
            return Err(NnError::BadGraph(format!("input \"{name}\" has no feature")));
        }
        if let Some(other) =
            self.ignored.iter().find(|other| self.features.iter().all(|f| f.name() != *other))
        {
            return Err(NnError::BadGraph(format!("input \"{name}\" has no feature \"{other}\" to ignore")));
        }
        let Some(Scaling { shifts, scales }) = &self.scaling else { return Ok(()) };
        for (what, list) in [("shifts", shifts), ("scales", scales)] {
            if list.len() != self.features.len() {
                return Err(NnError::LengthMismatch {
                    what: format!("{what} of the input \"{name}\""),
                    expected: self.features.len(),
                    found: list.len(),
                });
            }
        }
        for (feature, (&shift, &scale)) in self.features.iter().zip(shifts.iter().zip(scales)) {
            let of = |what: &str| format!("the {what} of \"{}\" in the input \"{name}\"", feature.name());
            NnError::check((shift as f32).is_finite(), &of("shift"), "finite in single precision", shift)?;
            // A subnormal number has lost digits, and some runtimes take it for zero.
            let divides = (scale as f32).is_normal();
            NnError::check(divides, &of("scale"), "finite and not zero in single precision", scale)?;
        }
        Ok(())
    }

    /// Whether the network is shown each feature.
    pub(super) fn is_seen(&self) -> impl Iterator<Item = bool> {
        self.features.iter().map(|feature| self.ignored.iter().all(|other| other != feature.name()))
    }

    /// What an event has.
    pub(super) fn extents(&self) -> Vec<usize> {
        self.length.into_iter().chain([self.features.len()]).collect()
    }

    /// What the file says about it.
    pub(super) fn metadata(&self) -> Vec<(String, String)> {
        let name = &self.name;
        let texts = |of: &dyn Fn(&Feature) -> String| {
            serde_json::Value::from(self.features.iter().map(of).collect::<Vec<_>>()).to_string()
        };
        let mut entries = vec![
            (format!("inputs.{name}.features"), texts(&|feature| feature.name().to_owned())),
            (format!("inputs.{name}.units"), texts(&|feature| feature.unit().to_string())),
        ];
        if let Some(Scaling { shifts, scales }) = &self.scaling {
            let numbers = |list: &[f64]| serde_json::Value::from(list).to_string();
            entries.push((format!("inputs.{name}.shifts"), numbers(shifts)));
            entries.push((format!("inputs.{name}.scales"), numbers(scales)));
        }
        if !self.ignored.is_empty() {
            let ignored = serde_json::Value::from(self.ignored.clone()).to_string();
            entries.push((format!("inputs.{name}.ignored"), ignored));
        }
        entries
    }

    /// What the rounding of the shifts to single precision leaves over, in scaled units.
    ///
    /// A shift of 10⁶ rounds by up to 0.03, which a narrow distribution would notice.
    pub(super) fn rounded_away(&self) -> Vec<f64> {
        match &self.scaling {
            None => vec![0.0; self.features.len()],
            Some(Scaling { shifts, scales }) => {
                let left = |shift: f64| shift - f64::from(shift as f32);
                let scaled = shifts.iter().zip(scales).map(|(&shift, scale)| left(shift) / scale);
                scaled.zip(self.is_seen()).map(|(left, is_seen)| if is_seen { left } else { 0.0 }).collect()
            }
        }
    }
}
