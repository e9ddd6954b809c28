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
/// `[N, n_features]`, in single precision
#[derive(Debug, Clone, PartialEq)]
pub struct Input {
    pub(super) name: String,
    pub(super) features: Vec<Feature>,
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
        Self { name: name.into(), features: features.into_iter().collect(), scaling: None }
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

    /// What the rounding of the shifts to single precision leaves over, in scaled units.
    ///
    /// A shift of 10⁶ rounds by up to 0.03, which a narrow distribution would notice.
    pub(super) fn rounded_away(&self) -> Vec<f64> {
        match &self.scaling {
            None => vec![0.0; self.features.len()],
            Some(Scaling { shifts, scales }) => {
                let left = |shift: f64| shift - f64::from(shift as f32);
                shifts.iter().zip(scales).map(|(&shift, scale)| left(shift) / scale).collect()
            }
        }
    }
}
