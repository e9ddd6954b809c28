//! What a classifier sees of an event: which columns of a sample, and what is done to them first.

mod preprocess;
mod sequence;

pub use sequence::{ObjectFeature, ObjectSequence};

use hepsys_core::Sample;
use hepsys_nn::sequence::{Branch, SequenceShape};
use serde::{Deserialize, Serialize};

use crate::AdversarialError;

/// A feature of the event itself: $(x - \text{shift}) / \text{scale}$ goes into the network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FlatFeature {
    /// The column.
    pub name: String,
    /// What is subtracted, in the unit of the column.
    pub shift: f64,
    /// What it is divided by, in the unit of the column.
    pub scale: f64,
}

/// The inputs of a classifier: sequences of objects, and features of the event itself, with the constants of their preprocessing.
///
/// A sequence's columns are called `<prefix>_<feature>_<number>`, such as `clus_time_0`; an event with fewer objects has zeros in
/// the rest of them.
///
/// ```
/// use hepsys_adversarial::Inputs;
/// let inputs = Inputs::calratio();
/// assert_eq!(inputs.columns().len(), 503);
/// assert_eq!(inputs.shape(&[512, 64], 3)?.n_parameters(), 60_167);
/// # Ok::<(), hepsys_adversarial::AdversarialError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inputs {
    /// The sequences.
    pub sequences: Vec<ObjectSequence>,
    /// The features of the event itself.
    pub flat: Vec<FlatFeature>,
    /// Columns that the network is not shown: they are zero for it, and nothing is derived from them.
    #[serde(default)]
    pub hidden: Vec<String>,
}

impl Inputs {
    /// The inputs of the displaced-jet search: 15 clusters, 20 tracks, 20 muon segments and the jet.
    ///
    /// # References
    ///
    /// `atlas2022`
    #[must_use]
    pub fn calratio() -> Self {
        let flat = |name: &str, scale| FlatFeature { name: name.to_owned(), shift: 0.0, scale };
        Self {
            sequences: vec![
                ObjectSequence::calorimeter_clusters(15),
                ObjectSequence::tracks(20),
                ObjectSequence::muon_segments(20),
            ],
            flat: vec![flat("jet_pt", 500.0), flat("jet_eta", 1.0), flat("jet_phi", std::f64::consts::PI)],
            hidden: Vec::new(),
        }
    }

    /// Features of the event alone, each with the mean and standard deviation of a sample as shift and scale.
    ///
    /// # Errors
    ///
    /// [`AdversarialError::Core`] if the sample lacks one of them, [`AdversarialError::BadParameter`] for one that is the same in
    /// all events, [`AdversarialError::Weightless`] for a sample without weight.
    pub fn standardized<S: AsRef<str>>(sample: &Sample, features: &[S]) -> Result<Self, AdversarialError> {
        let total = sample.weights().total();
        if total.is_nan() || total <= 0.0 {
            return Err(AdversarialError::Weightless("inputs".to_owned()));
        }
        let flat = features.iter().map(|name| {
            let name = name.as_ref();
            let column = sample.column(name)?;
            let weighted = |f: &dyn Fn(f64) -> f64| {
                sample.weights().iter().zip(column).map(|(w, &x)| w * f(x)).sum::<f64>() / total
            };
            let shift = weighted(&|x| x);
            let scale = weighted(&|x| (x - shift) * (x - shift)).sqrt();
            if scale.is_nan() || scale <= 0.0 {
                return Err(AdversarialError::bad(
                    format!("the feature {name}"),
                    "different in different events",
                    format!("{shift} in all"),
                ));
            }
            Ok(FlatFeature { name: name.to_owned(), shift, scale })
        });
        Ok(Self { sequences: Vec::new(), flat: flat.collect::<Result<_, _>>()?, hidden: Vec::new() })
    }

    /// The same inputs without a feature: one of the event, or `<prefix>_<feature>` of every object of a sequence, such as
    /// `clus_time`.
    ///
    /// # Errors
    ///
    /// [`AdversarialError::BadParameter`] if there is no such feature.
    pub fn without(mut self, feature: &str) -> Result<Self, AdversarialError> {
        let is_flat = self.flat.iter().any(|flat| flat.name == feature);
        let is_of_objects =
            self.sequences.iter().any(|s| s.features.iter().any(|f| s.feature_name(f) == feature));
        if !is_flat && !is_of_objects {
            let known: Vec<String> = self.feature_names();
            let found = format!("\"{feature}\"");
            return Err(AdversarialError::bad(
                "the feature to remove",
                format!("one of {}", known.join(", ")),
                found,
            ));
        }
        self.hidden.push(feature.to_owned());
        Ok(self)
    }

    /// The names of all features: those of the event, and `<prefix>_<feature>` of objects.
    #[must_use]
    pub fn feature_names(&self) -> Vec<String> {
        let of_objects = self.sequences.iter().flat_map(|s| s.features.iter().map(|f| s.feature_name(f)));
        self.flat.iter().map(|flat| flat.name.clone()).chain(of_objects).collect()
    }

    /// The columns of a sample that it reads, in the order of [`SequenceShape`].
    #[must_use]
    pub fn columns(&self) -> Vec<String> {
        let of_objects = self.sequences.iter().flat_map(ObjectSequence::columns);
        of_objects.chain(self.flat.iter().map(|flat| flat.name.clone())).collect()
    }

    /// The network for these inputs, with dense layers of these widths and an output for each class.
    ///
    /// # Errors
    ///
    /// [`AdversarialError::Nn`] if a layer has no unit or a sequence no object.
    pub fn shape(&self, hidden: &[usize], n_classes: usize) -> Result<SequenceShape, AdversarialError> {
        let branches: Vec<Branch> = self.sequences.iter().map(ObjectSequence::branch).collect();
        Ok(SequenceShape::new(branches, self.flat.len(), hidden, n_classes)?)
    }

    pub(crate) fn check(&self) -> Result<(), AdversarialError> {
        for flat in &self.flat {
            let name = format!("the scale of {}", flat.name);
            AdversarialError::check(
                flat.scale.is_finite() && flat.scale != 0.0,
                &name,
                "finite and not zero",
                flat.scale,
            )?;
        }
        self.sequences.iter().try_for_each(ObjectSequence::check)
    }
}
