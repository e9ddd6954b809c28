//! Tests of values of a parameter of interest, and limits on it.

mod asymptotic;
mod limit;
mod statistic;
mod toy_levels;
mod toy_limit;
mod toys;

pub use asymptotic::{Asymptotic, Cls};
pub use limit::{Limit, LimitError};
pub use statistic::{Statistic, TestStatistics};
pub use toy_levels::{ToyCls, ToyPValue};
pub use toy_limit::ToyLimit;
pub use toys::{StatisticToy, ToyBased};
