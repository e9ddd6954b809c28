#![doc = include_str!("../README.md")]

mod cem;
mod cmaes;
mod environment;
mod error;
mod ppo;
mod search;
mod space;

pub use cem::{Cem, CemParams, CemState, CemValidParams};
pub use cmaes::{
    Cmaes, CmaesParams, CmaesState, CmaesValidParams, DEFAULT_STEP_SIZE, LARGEST_CONDITION, Recombination,
};
pub use environment::{Environment, Observation, Step};
pub use error::RlError;
pub use ppo::{
    DEFAULT_HIDDEN_LAYERS, DEFAULT_LEARNING_RATE, Ppo, PpoAgent, PpoParams, PpoState, PpoStop, PpoUpdate,
    PpoValidParams, RewardScale, generalized_advantages,
};
pub use search::{
    DEFAULT_BUDGET, Found, Objective, Search, SearchHistory, SearchParams, SearchPoint, SearchState,
    SearchStop, SearchValidParams, Searcher,
};
pub use space::{Action, BoxSpace, Space};

pub use hepsys_core::{Interrupt, Observer, Seed, Stream};
pub use hepsys_nn::{Activation, Device, Run};
