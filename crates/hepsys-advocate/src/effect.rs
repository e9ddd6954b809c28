use serde::{Deserialize, Serialize};

/// The efficiency of a channel relative to its simulation, $e = \langle w \rangle$, with the error that the finite simulation leaves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Efficiency {
    /// The channel.
    pub channel: String,
    /// $e$
    pub value: f64,
    /// Its standard error, $\sqrt{\sum_i v_i^2 (w_i - e)^2} / \sum_i v_i$ for events of weight v.
    pub error: f64,
}

/// What a weight function does to some events.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Effect {
    /// The bias of what is pushed: the mean of its efficiencies, minus one.
    pub bias: f64,
    /// Its standard error.
    pub error: f64,
    /// By how much the limit is exceeded that is exceeded the most, as an efficiency; negative if there is room left.
    pub violation: f64,
    /// The efficiency of each channel.
    pub efficiencies: Vec<Efficiency>,
}
