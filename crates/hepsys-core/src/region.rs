use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{CoreError, Sample};

/// One condition on a feature, such as `m12 > 100`.
///
/// It is written `feature < number`, with any of `<`, `<=`, `>`, `>=`, in the unit of the schema.
/// With `abs(feature)` on the left it cuts on the absolute value.
///
/// ```
/// use hepsys_core::Cut;
/// let central: Cut = "abs(eta1) < 2.4".parse()?;
/// assert!(central.accepts(-2.1));
/// assert!(!central.accepts(-2.4));
/// # Ok::<(), hepsys_core::CoreError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Cut {
    feature: String,
    is_absolute: bool,
    comparison: Comparison,
    threshold: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Cut {
    /// The feature that it looks at.
    #[must_use]
    pub fn feature(&self) -> &str {
        &self.feature
    }

    /// Whether an event with this value passes.
    #[must_use]
    pub fn accepts(&self, value: f64) -> bool {
        let value = if self.is_absolute { value.abs() } else { value };
        match self.comparison {
            Comparison::Less => value < self.threshold,
            Comparison::LessOrEqual => value <= self.threshold,
            Comparison::Greater => value > self.threshold,
            Comparison::GreaterOrEqual => value >= self.threshold,
        }
    }
}

const NO_NUMBER: &str =
    "there is no single number on its right; a cut is `feature > number`, and several cuts are a list";

impl FromStr for Cut {
    type Err = CoreError;

    fn from_str(text: &str) -> Result<Self, CoreError> {
        let bad = |reason: &str| CoreError::BadCut { cut: text.to_owned(), reason: reason.to_owned() };
        let at = text.find(['<', '>']).ok_or_else(|| bad("it has none of <, <=, >, >="))?;
        let (left, right) = text.split_at(at);
        let (comparison, number) = match right.as_bytes() {
            [b'<', b'=', ..] => (Comparison::LessOrEqual, &right[2..]),
            [b'>', b'=', ..] => (Comparison::GreaterOrEqual, &right[2..]),
            [b'<', ..] => (Comparison::Less, &right[1..]),
            _ => (Comparison::Greater, &right[1..]),
        };
        let left = left.trim();
        let absolute = left.strip_prefix("abs(").and_then(|l| l.strip_suffix(')'));
        let feature = absolute.unwrap_or(left).trim();
        if feature.is_empty() {
            return Err(bad("there is no feature on its left"));
        }
        let threshold: f64 = number.trim().parse().map_err(|_| bad(NO_NUMBER))?;
        if !threshold.is_finite() {
            return Err(bad("the number on its right is not finite"));
        }
        Ok(Self { feature: feature.to_owned(), is_absolute: absolute.is_some(), comparison, threshold })
    }
}

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let comparison = match self.comparison {
            Comparison::Less => "<",
            Comparison::LessOrEqual => "<=",
            Comparison::Greater => ">",
            Comparison::GreaterOrEqual => ">=",
        };
        if self.is_absolute {
            write!(f, "abs({}) {comparison} {}", self.feature, self.threshold)
        } else {
            write!(f, "{} {comparison} {}", self.feature, self.threshold)
        }
    }
}

impl TryFrom<String> for Cut {
    type Error = CoreError;

    fn try_from(text: String) -> Result<Self, CoreError> {
        text.parse()
    }
}

impl From<Cut> for String {
    fn from(cut: Cut) -> Self {
        cut.to_string()
    }
}

/// The events that pass every one of some cuts: a signal region, a control region, an analysis selection.
///
/// ```
/// use hepsys_core::{Feature, Region, Sample};
/// let sample = Sample::from_columns([(Feature::new("m12", "GeV"), vec![91.2, 110.0, 300.0])])?;
/// let high_mass = Region::new("high mass", ["m12 > 100"])?;
/// assert_eq!(sample.select(&high_mass)?.column("m12")?, [110.0, 300.0]);
/// # Ok::<(), hepsys_core::CoreError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Region {
    name: String,
    cuts: Vec<Cut>,
}

impl Region {
    /// The region called `name` with these cuts; without any it holds every event.
    ///
    /// # Errors
    ///
    /// [`CoreError::BadCut`] with the cut that is not understood.
    pub fn new<S: AsRef<str>>(
        name: impl Into<String>,
        cuts: impl IntoIterator<Item = S>,
    ) -> Result<Self, CoreError> {
        let cuts = cuts.into_iter().map(|c| c.as_ref().parse()).collect::<Result<_, _>>()?;
        Ok(Self { name: name.into(), cuts })
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its cuts.
    #[must_use]
    pub fn cuts(&self) -> &[Cut] {
        &self.cuts
    }

    /// The events inside, by index.
    ///
    /// # Errors
    ///
    /// [`CoreError::UnknownFeature`] if a cut looks at a feature that the sample lacks.
    pub fn indices(&self, sample: &Sample) -> Result<Vec<usize>, CoreError> {
        let columns = self
            .cuts
            .iter()
            .map(|cut| Ok((cut, sample.column(cut.feature())?)))
            .collect::<Result<Vec<_>, CoreError>>()?;
        Ok((0..sample.n_events())
            .filter(|&event| columns.iter().all(|(cut, column)| cut.accepts(column[event])))
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn cuts_survive_their_text() {
        for text in ["m12 > 100", "pt >= 20.5", "abs(eta1) < 2.4", "eta <= -1"] {
            assert_eq!(text.parse::<Cut>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_wrong_with_a_cut_is_said() {
        for (text, reason) in [
            ("m12 = 100", "it has none of <, <=, >, >="),
            ("> 100", "there is no feature on its left"),
            ("m12 > heavy", NO_NUMBER),
            ("100 < m12 < 500", NO_NUMBER),
            ("m12 > inf", "the number on its right is not finite"),
        ] {
            let error = text.parse::<Cut>().unwrap_err();
            assert_eq!(error.to_string(), format!("cut \"{text}\" is not understood: {reason}"));
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_cut_or_an_error(text in ".{0,40}") {
            if let Ok(cut) = text.parse::<Cut>() {
                prop_assert_eq!(cut.to_string().parse::<Cut>().unwrap(), cut);
            }
        }
    }
}
