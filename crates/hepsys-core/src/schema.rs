use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::CoreError;

/// The unit of a feature.
///
/// Energies are in GeV unless the schema says otherwise; `c = 1`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
#[non_exhaustive]
pub enum Unit {
    /// No dimension, written `1`.
    #[default]
    One,
    /// Mega-electronvolt.
    MeV,
    /// Giga-electronvolt.
    GeV,
    /// Tera-electronvolt.
    TeV,
    /// Radian.
    Radian,
    /// A number of expected events, the unit of weights.
    Events,
    /// A unit that hepsys carries along but cannot convert.
    Other(String),
}

impl Unit {
    /// The factor that turns a value in this unit into one in `to`, or `None` where they measure different things.
    ///
    /// ```
    /// use hepsys_core::Unit;
    /// assert_eq!(Unit::MeV.factor_to(&Unit::GeV), Some(1e-3));
    /// assert_eq!(Unit::GeV.factor_to(&Unit::Radian), None);
    /// ```
    #[must_use]
    pub fn factor_to(&self, to: &Self) -> Option<f64> {
        if self == to {
            return Some(1.0);
        }
        match (self.power_of_ten_ev()?, to.power_of_ten_ev()?) {
            (from, to) if to < from => Some(10_f64.powi(from - to)),
            (from, to) => Some(1.0 / 10_f64.powi(to - from)),
        }
    }

    fn power_of_ten_ev(&self) -> Option<i32> {
        match self {
            Self::MeV => Some(6),
            Self::GeV => Some(9),
            Self::TeV => Some(12),
            _ => None,
        }
    }
}

impl From<String> for Unit {
    fn from(text: String) -> Self {
        match text.as_str() {
            "" | "1" => Self::One,
            "MeV" => Self::MeV,
            "GeV" => Self::GeV,
            "TeV" => Self::TeV,
            "rad" => Self::Radian,
            "events" => Self::Events,
            _ => Self::Other(text),
        }
    }
}

impl From<&str> for Unit {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl From<Unit> for String {
    fn from(unit: Unit) -> Self {
        unit.to_string()
    }
}

impl FromStr for Unit {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(text.into())
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::One => "1",
            Self::MeV => "MeV",
            Self::GeV => "GeV",
            Self::TeV => "TeV",
            Self::Radian => "rad",
            Self::Events => "events",
            Self::Other(text) => text,
        })
    }
}

/// One measured quantity of an event: its name and its unit.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Feature {
    name: String,
    #[serde(default)]
    unit: Unit,
}

impl Feature {
    /// A feature called `name`, measured in `unit`.
    pub fn new(name: impl Into<String>, unit: impl Into<Unit>) -> Self {
        Self { name: name.into(), unit: unit.into() }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its unit.
    #[must_use]
    pub fn unit(&self) -> &Unit {
        &self.unit
    }
}

/// The features of a sample, in order; no name appears twice.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "Vec<Feature>", into = "Vec<Feature>")]
pub struct Schema {
    features: Vec<Feature>,
}

impl Schema {
    /// The schema with these features.
    ///
    /// # Errors
    ///
    /// [`CoreError::DuplicateFeature`] if a name appears twice.
    pub fn new(features: impl IntoIterator<Item = Feature>) -> Result<Self, CoreError> {
        let features: Vec<_> = features.into_iter().collect();
        for (i, feature) in features.iter().enumerate() {
            if features[..i].iter().any(|f| f.name == feature.name) {
                return Err(CoreError::DuplicateFeature(feature.name.clone()));
            }
        }
        Ok(Self { features })
    }

    /// The features in order.
    #[must_use]
    pub fn features(&self) -> &[Feature] {
        &self.features
    }

    /// How many features there are.
    #[must_use]
    pub fn n_features(&self) -> usize {
        self.features.len()
    }

    /// The names in order.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.features.iter().map(Feature::name)
    }

    /// The place of the feature called `name`.
    ///
    /// # Errors
    ///
    /// [`CoreError::UnknownFeature`], with the features there are.
    pub fn index_of(&self, name: &str) -> Result<usize, CoreError> {
        self.names()
            .position(|n| n == name)
            .ok_or_else(|| CoreError::UnknownFeature { name: name.to_owned(), available: self.owned_names() })
    }

    /// Names with units, for errors.
    pub(crate) fn described(&self) -> Vec<String> {
        self.features.iter().map(|f| format!("{} [{}]", f.name, f.unit)).collect()
    }

    fn owned_names(&self) -> Vec<String> {
        self.names().map(str::to_owned).collect()
    }
}

impl TryFrom<Vec<Feature>> for Schema {
    type Error = CoreError;

    fn try_from(features: Vec<Feature>) -> Result<Self, CoreError> {
        Self::new(features)
    }
}

impl From<Schema> for Vec<Feature> {
    fn from(schema: Schema) -> Self {
        schema.features
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_feature_lists_what_there_is() {
        let schema = Schema::new([Feature::new("pt1", "GeV"), Feature::new("eta1", "1")]).unwrap();
        let error = schema.index_of("PT1").unwrap_err();
        assert_eq!(error.to_string(), "no feature \"PT1\"; the sample has pt1, eta1");
    }

    #[test]
    fn a_name_appears_once() {
        let twice = [Feature::new("m", "GeV"), Feature::new("m", "MeV")];
        assert_eq!(Schema::new(twice), Err(CoreError::DuplicateFeature("m".into())));
    }

    #[test]
    fn units_survive_their_text() {
        for text in ["1", "MeV", "GeV", "TeV", "rad", "events", "cm"] {
            assert_eq!(Unit::from(text).to_string(), text);
        }
    }
}
