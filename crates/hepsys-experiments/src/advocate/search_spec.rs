use hepsys_advocate::{Advocate, AdvocateValidParams, Limit, Method, Question, Steps};
use serde::{Deserialize, Serialize};

use crate::spec::PerProfile;
use crate::{ExperimentError, Profile};

/// How weight functions are searched for; what is not given is the default of `hepsys-advocate`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SearchSpec {
    /// What weights may depend on.
    pub(super) features: Vec<String>,
    /// The weights that an event may have.
    pub(super) weights: (f64, f64),
    pub(super) methods: PerProfile<Vec<Method>>,
    pub(super) seeds: PerProfile<usize>,
    #[serde(default)]
    pub(super) steps: Steps,
    pub(super) hidden_layers: Option<Vec<usize>>,
    pub(super) batch_size: Option<usize>,
    pub(super) learning_rate: Option<f64>,
    /// Of the binned bound, along each feature.
    pub(super) bins: Option<usize>,
}

impl SearchSpec {
    /// The search of this question.
    pub(super) fn params(
        &self,
        question: Question,
        lipschitz: Option<f64>,
        profile: Profile,
    ) -> Result<AdvocateValidParams, ExperimentError> {
        let mut params = Advocate::params()
            .question(question)
            .features(self.features.clone())
            .weight_range(self.weights.0..=self.weights.1)
            .methods(self.methods.choice(profile).clone())
            .seeds(self.seeds.of(profile))
            .steps(self.steps.clone());
        if let Some(lipschitz) = lipschitz {
            params = params.smoothness(lipschitz);
        }
        if let Some(widths) = &self.hidden_layers {
            params = params.hidden_layers(widths.clone());
        }
        if let Some(n_events) = self.batch_size {
            params = params.batch_size(n_events);
        }
        if let Some(rate) = self.learning_rate {
            params = params.learning_rate(rate);
        }
        Ok(params.check()?)
    }
}

/// What measurements of control channels allow.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LimitsSpec {
    #[serde(default)]
    pub(super) controls: Vec<ControlSpec>,
    #[serde(default)]
    pub(super) ratios: Vec<RatioSpec>,
}

/// The limit of a channel's efficiency: `within`, or `low` and `high`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ControlSpec {
    pub(super) channel: String,
    within: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
}

/// The limit of a ratio of efficiencies: `within`, or `low` and `high`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RatioSpec {
    pub(super) numerator: String,
    pub(super) denominator: String,
    within: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
}

impl LimitsSpec {
    /// The question with these limits, or what is wrong with them.
    pub(super) fn added_to(&self, mut question: Question) -> Result<Question, String> {
        for ControlSpec { channel, within, low, high } in &self.controls {
            let limit = limit(*within, *low, *high).map_err(|e| format!("the limit of \"{channel}\" {e}"))?;
            question = question.control(channel, limit);
        }
        for RatioSpec { numerator, denominator, within, low, high } in &self.ratios {
            let limit = limit(*within, *low, *high)
                .map_err(|e| format!("the limit of \"{numerator}\" over \"{denominator}\" {e}"))?;
            question = question.control_ratio(numerator, denominator, limit);
        }
        Ok(question)
    }
}

fn limit(within: Option<f64>, low: Option<f64>, high: Option<f64>) -> Result<Limit, String> {
    match (within, low, high) {
        (Some(within), None, None) => Ok(Limit::within(within)),
        (None, Some(low), Some(high)) => Ok(Limit::between(low, high)),
        _ => Err("has to be `within`, or `low` and `high`".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(text: &str) -> Result<Question, String> {
        let limits: LimitsSpec = toml::from_str(text).unwrap();
        limits.added_to(Question::new().target("V", 1.0))
    }

    #[test]
    fn limits_are_symmetric_or_have_two_ends() {
        let found = question(
            "controls = [{ channel = \"X\", low = -0.01, high = 0.05 }]\n\
             ratios = [{ numerator = \"Y\", denominator = \"X\", within = 0.01 }]",
        );
        let expected = Question::new()
            .target("V", 1.0)
            .control("X", Limit::between(-0.01, 0.05))
            .control_ratio("Y", "X", Limit::within(0.01));
        assert_eq!(found, Ok(expected));
        let both = question("controls = [{ channel = \"X\", within = 0.1, high = 0.05 }]");
        assert_eq!(both, Err("the limit of \"X\" has to be `within`, or `low` and `high`".to_owned()));
    }
}
