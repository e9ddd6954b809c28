use hepsys_core::CoreError;
use thiserror::Error;

/// What can be wrong with a generator or a variation.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum SimError {
    /// A parameter is outside its range.
    #[error("{name} must be {expected}, got {value}")]
    BadParameter {
        /// The parameter.
        name: String,
        /// What would be right.
        expected: String,
        /// What was given.
        value: f64,
    },
    /// A particle is lighter than what it should decay into.
    #[error("a particle of mass {parent} GeV cannot decay into particles of masses {} GeV, which are {} GeV",
        .daughters.iter().map(f64::to_string).collect::<Vec<_>>().join(", "), .daughters.iter().sum::<f64>())]
    BelowThreshold {
        /// The mass of the particle in GeV.
        parent: f64,
        /// The masses of its daughters in GeV.
        daughters: Vec<f64>,
    },
    /// Coefficients of an angular distribution belong to no density.
    #[error(
        "the angular density must be negative nowhere, but at cos theta_l = {cos_l:.4} {what} is {value:.4} in units of 9/(32 pi)"
    )]
    NegativeDensity {
        /// What is negative there.
        what: String,
        /// Where.
        cos_l: f64,
        /// How much, at the worst azimuth.
        value: f64,
    },
    /// A selection is too tight to make a sample with.
    #[error("the selection accepts none of {n_produced} decays")]
    NothingAccepted {
        /// How many decays were tried.
        n_produced: usize,
    },
    /// A region of jets is too tight to make a sample with.
    #[error("the {region} region accepts none of {n_tried} jets")]
    NoJetPasses {
        /// The region.
        region: String,
        /// How many jets were tried.
        n_tried: usize,
    },
    /// There is no regime of this name.
    #[error("no regime \"{0}\"; there are muon-like, electron-like and tau-like")]
    UnknownRegime(String),
    /// Something is wrong with the nouns themselves.
    #[error(transparent)]
    Core(#[from] CoreError),
}
