use hepsys_core::{Feature, Sample};

use crate::DecaysError;

/// The simulated events of one decay mode: its name, and a sample of features and weights that are not negative.
#[derive(Debug, Clone, PartialEq)]
pub struct ModeSample {
    name: String,
    sample: Sample,
}

impl ModeSample {
    /// The events of the mode called `name`.
    ///
    /// # Errors
    ///
    /// [`DecaysError::BadMode`] for a sample without features, without events, of a total weight of zero, or with a
    /// negative weight: the logarithm of a density has no bound where weights are negative.
    pub fn new(name: impl Into<String>, sample: Sample) -> Result<Self, DecaysError> {
        let mode = Self { name: name.into(), sample };
        if mode.sample.n_features() == 0 {
            return Err(mode.bad("has no features"));
        }
        if let Some((event, weight)) =
            mode.sample.weights().iter().enumerate().find(|(_, weight)| *weight < 0.0)
        {
            return Err(mode.bad(format!("must have no negative weights, but event {event} has {weight}")));
        }
        if mode.sample.weights().total() <= 0.0 {
            return Err(mode.bad("must have events of a positive total weight"));
        }
        Ok(mode)
    }

    /// The name of the mode.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its events.
    #[must_use]
    pub fn sample(&self) -> &Sample {
        &self.sample
    }

    /// The events with these features in this order; `whose` says whose features they are.
    pub(super) fn with_features(&self, features: &[Feature], whose: &str) -> Result<Sample, DecaysError> {
        with_features(&self.name, &self.sample, features, whose)
    }

    fn bad(&self, reason: impl Into<String>) -> DecaysError {
        bad(&self.name, reason)
    }
}

fn bad(mode: &str, reason: impl Into<String>) -> DecaysError {
    DecaysError::BadMode { mode: mode.to_owned(), reason: reason.into() }
}

/// The events of a mode with these features in this order; `whose` says whose features they are.
///
/// # Errors
///
/// [`DecaysError::BadMode`] with a feature that is missing, has another unit, or is not among them.
pub(super) fn with_features(
    mode: &str,
    sample: &Sample,
    features: &[Feature],
    whose: &str,
) -> Result<Sample, DecaysError> {
    let own = sample.schema().features();
    for feature in features {
        let name = feature.name();
        match own.iter().find(|own| own.name() == name) {
            None => return Err(bad(mode, format!("lacks the feature \"{name}\" of {whose}"))),
            Some(own) if own.unit() != feature.unit() => {
                let (found, expected) = (own.unit(), feature.unit());
                return Err(bad(
                    mode,
                    format!(
                        "has the feature \"{name}\" in the unit {found}, but {whose} has it in {expected}"
                    ),
                ));
            }
            Some(_) => {}
        }
    }
    if let Some(extra) = own.iter().find(|own| features.iter().all(|f| f.name() != own.name())) {
        return Err(bad(mode, format!("has the feature \"{}\", which {whose} has not", extra.name())));
    }
    let names: Vec<&str> = features.iter().map(Feature::name).collect();
    Ok(sample.select_features(&names)?)
}

/// Checks that there is a mode, and none twice.
pub(super) fn check_names(modes: &[ModeSample]) -> Result<(), DecaysError> {
    if modes.is_empty() {
        return Err(DecaysError::bad("the modes", "one or more", "none"));
    }
    for (index, mode) in modes.iter().enumerate() {
        if modes[..index].iter().any(|other| other.name == mode.name) {
            return Err(mode.bad("is there twice"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use hepsys_core::Weights;

    use super::*;

    fn sample(columns: &[(&str, &str)]) -> Sample {
        Sample::from_columns(columns.iter().map(|(name, unit)| (Feature::new(*name, *unit), vec![1.0, 2.0])))
            .unwrap()
    }

    fn weighted(weights: [f64; 2]) -> Result<ModeSample, DecaysError> {
        ModeSample::new(
            "D → K",
            sample(&[("m", "GeV")]).with_weights(Weights::new(weights.to_vec()).unwrap()).unwrap(),
        )
    }

    #[test]
    fn a_sample_that_cannot_be_learnt_is_named() {
        assert_eq!(
            weighted([1.0, -0.5]).unwrap_err().to_string(),
            "the sample of mode \"D → K\" must have no negative weights, but event 1 has -0.5"
        );
        assert_eq!(
            weighted([0.0, 0.0]).unwrap_err().to_string(),
            "the sample of mode \"D → K\" must have events of a positive total weight"
        );
        assert!(weighted([0.0, 3.0]).is_ok());
        assert!(ModeSample::new("none", sample(&[])).is_err());
    }

    #[test]
    fn features_that_differ_are_named_and_another_order_is_none() {
        let first = sample(&[("m", "GeV"), ("eta", "1")]);
        let features = first.schema().features();
        let error = |columns: &[(&str, &str)]| {
            let mode = ModeSample::new("second", sample(columns)).unwrap();
            mode.with_features(features, "mode \"first\"").unwrap_err().to_string()
        };
        assert_eq!(
            error(&[("m", "GeV")]),
            "the sample of mode \"second\" lacks the feature \"eta\" of mode \"first\""
        );
        assert_eq!(
            error(&[("m", "MeV"), ("eta", "1")]),
            "the sample of mode \"second\" has the feature \"m\" in the unit MeV, but mode \"first\" has it in GeV"
        );
        assert_eq!(
            error(&[("m", "GeV"), ("eta", "1"), ("pt", "GeV")]),
            "the sample of mode \"second\" has the feature \"pt\", which mode \"first\" has not"
        );
        let turned = ModeSample::new("second", sample(&[("eta", "1"), ("m", "GeV")])).unwrap();
        assert_eq!(turned.with_features(features, "mode \"first\"").unwrap().schema(), first.schema());
    }

    #[test]
    fn a_mode_is_there_once() {
        let mode = ModeSample::new("twice", sample(&[("m", "GeV")])).unwrap();
        let error = check_names(&[mode.clone(), mode]).unwrap_err().to_string();
        assert_eq!(error, "the sample of mode \"twice\" is there twice");
        assert_eq!(check_names(&[]).unwrap_err().to_string(), "the modes must be one or more, got none");
    }
}
