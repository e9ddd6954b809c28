use serde::{Deserialize, Serialize};

use crate::{AdversarialError, Decorrelator, Inputs};

/// A classifier of jets, or of any events, that is kept from learning what simulation gets wrong; [`JetClassifier::params`] begins
/// one.
#[derive(Debug, Clone, Copy)]
pub struct JetClassifier;

/// Parameters of a classifier that nobody has checked yet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct JetClassifierParams {
    pub(crate) inputs: Inputs,
    pub(crate) hidden_layers: Vec<usize>,
    pub(crate) dropout: f64,
    pub(crate) batch_size: usize,
    pub(crate) pretraining_epochs: usize,
    pub(crate) decorrelation_epochs: usize,
    pub(crate) learning_rate: f64,
    pub(crate) last_learning_rate: f64,
    pub(crate) clip_gradient: f64,
    pub(crate) decorrelator: Decorrelator,
}

/// Checked parameters of a classifier.
#[derive(Debug, Clone, PartialEq)]
pub struct JetClassifierValidParams(JetClassifierParams);

impl Default for JetClassifierParams {
    fn default() -> Self {
        Self {
            inputs: Inputs::calratio(),
            hidden_layers: vec![512, 64],
            dropout: 0.2,
            batch_size: 512,
            pretraining_epochs: 20,
            decorrelation_epochs: 20,
            learning_rate: 2e-3,
            last_learning_rate: 1e-4,
            clip_gradient: 1.0,
            decorrelator: Decorrelator::None,
        }
    }
}

impl JetClassifier {
    /// The parameters of the displaced-jet search's classifier, not decorrelated.
    #[must_use]
    pub fn params() -> JetClassifierParams {
        JetClassifierParams::default()
    }
}

impl JetClassifierParams {
    /// What it sees. Defaults to [`Inputs::calratio`].
    #[must_use]
    pub fn inputs(mut self, inputs: Inputs) -> Self {
        self.inputs = inputs;
        self
    }

    /// The widths of its hidden dense layers. Defaults to 512 and 64.
    #[must_use]
    pub fn hidden_layers(mut self, widths: impl Into<Vec<usize>>) -> Self {
        self.hidden_layers = widths.into();
        self
    }

    /// The fraction of units that each hidden layer leaves out while it learns; at least zero and below one.
    ///
    /// Defaults to 0.2. Events of the control region pass without: there the network is judged as it will be used.
    #[must_use]
    pub fn dropout(mut self, fraction: f64) -> Self {
        self.dropout = fraction;
        self
    }

    /// How many events make a batch, and how many of the control region join it. Defaults to 512.
    #[must_use]
    pub fn batch_size(mut self, n_events: usize) -> Self {
        self.batch_size = n_events;
        self
    }

    /// How many epochs it learns before decorrelation begins, and how many after that. Defaults to 20 and 20.
    ///
    /// Without decorrelation it learns as long, so that both can be compared.
    #[must_use]
    pub fn epochs(mut self, pretraining: usize, decorrelation: usize) -> Self {
        (self.pretraining_epochs, self.decorrelation_epochs) = (pretraining, decorrelation);
        self
    }

    /// The learning rates of Adam at the start and at the end of the first stage, between which they follow a cosine; the second
    /// stage has half of both. Defaults to 2·10⁻³ and 10⁻⁴.
    #[must_use]
    pub fn learning_rate(mut self, first: f64, last: f64) -> Self {
        (self.learning_rate, self.last_learning_rate) = (first, last);
        self
    }

    /// The largest norm of a gradient; longer ones are shortened. Defaults to 1.
    #[must_use]
    pub fn clip_gradient(mut self, norm: f64) -> Self {
        self.clip_gradient = norm;
        self
    }

    /// How it is kept from learning the difference between simulation and data. Defaults to not at all.
    #[must_use]
    pub fn decorrelate(mut self, decorrelator: impl Into<Decorrelator>) -> Self {
        self.decorrelator = decorrelator.into();
        self
    }

    /// Checks the parameters; only checked ones can be used.
    ///
    /// # Errors
    ///
    /// [`AdversarialError::BadParameter`] or [`AdversarialError::Nn`] with the first that is outside its range.
    pub fn check(self) -> Result<JetClassifierValidParams, AdversarialError> {
        let check = AdversarialError::check;
        let (dropout, clip) = (self.dropout, self.clip_gradient);
        check((0.0..1.0).contains(&dropout), "dropout", "at least 0 and below 1", dropout)?;
        check(self.batch_size > 1, "batch_size", "two or more", self.batch_size as f64)?;
        let epochs = self.pretraining_epochs + self.decorrelation_epochs;
        check(epochs > 0, "the number of epochs", "positive", 0.0)?;
        for rate in [self.learning_rate, self.last_learning_rate] {
            check(rate > 0.0 && rate.is_finite(), "learning_rate", "positive", rate)?;
        }
        check(clip > 0.0 && clip.is_finite(), "clip_gradient", "positive", clip)?;
        self.inputs.check()?;
        self.inputs.shape(&self.hidden_layers, 2)?;
        self.decorrelator.check()?;
        Ok(JetClassifierValidParams(self))
    }
}

impl JetClassifierValidParams {
    /// The parameters.
    #[must_use]
    pub fn as_params(&self) -> &JetClassifierParams {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Adversary, Penalty, Reversal};

    #[test]
    fn parameters_outside_their_range_are_named() {
        let error = |params: JetClassifierParams| params.check().unwrap_err().to_string();
        let params = JetClassifier::params;
        assert!(error(params().dropout(1.0)).contains("dropout"));
        assert!(error(params().batch_size(1)).contains("batch_size"));
        assert!(error(params().epochs(0, 0)).contains("epochs"));
        assert!(error(params().learning_rate(0.0, 1e-3)).contains("learning_rate"));
        assert!(error(params().clip_gradient(f64::NAN)).contains("clip_gradient"));
        assert!(error(params().hidden_layers([3, 0])).contains("unit"));
        assert!(error(params().decorrelate(Adversary::default().strength(-1.0))).contains("strength"));
        let reversal = Reversal { ramp_epochs: 0, ..Reversal::default() };
        assert!(error(params().decorrelate(Decorrelator::GradientReversal(reversal))).contains("ramp"));
        assert!(
            error(params().decorrelate(Decorrelator::Disco(Penalty::of_strength(f64::NAN))))
                .contains("strength")
        );
    }

    #[test]
    fn a_file_may_say_only_what_differs() {
        let text = r#"{"decorrelator": {"adversary": {"strength": 5.0}}, "dropout": 0.0}"#;
        let params: JetClassifierParams = serde_json::from_str(text).unwrap();
        let expected = JetClassifier::params().dropout(0.0).decorrelate(Adversary::default().strength(5.0));
        assert_eq!(params, expected);
        assert!(serde_json::from_str::<JetClassifierParams>(r#"{"epochs": 1}"#).is_err());
        let reversal = |text: &str| serde_json::from_str::<Decorrelator>(text);
        let expected = Decorrelator::GradientReversal(Reversal::of_strength(10.0));
        assert_eq!(reversal(r#"{"gradient_reversal": {"strength": 10.0}}"#).unwrap(), expected);
        // It takes no steps of its own, so it has no number of them.
        assert!(reversal(r#"{"gradient_reversal": {"steps": 4}}"#).is_err());
    }
}
