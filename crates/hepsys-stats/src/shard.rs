use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::StatsError;

/// One of several parts into which a set of toys is divided, written `i/n` with `i` from 1 to `n`.
///
/// Part `i` of `n` holds the toys whose index leaves the remainder `i - 1` when divided by `n`,
/// so parts stay the same when the number of toys grows.
///
/// ```
/// use hepsys_stats::Shard;
/// let shard: Shard = "2/4".parse()?;
/// assert!(shard.contains(5));
/// assert!(!shard.contains(6));
/// # Ok::<(), hepsys_stats::StatsError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Shard {
    part: usize,
    of: usize,
}

impl Shard {
    /// Every toy: `1/1`.
    pub const ALL: Self = Self { part: 1, of: 1 };

    /// Part `part` of `of`, counted from one.
    ///
    /// # Errors
    ///
    /// [`StatsError::BadParameter`] unless `1 <= part <= of`.
    pub fn new(part: usize, of: usize) -> Result<Self, StatsError> {
        if 1 <= part && part <= of { Ok(Self { part, of }) } else { Err(bad(&format!("{part}/{of}"))) }
    }

    /// Whether the toy with this index belongs to the part.
    #[must_use]
    pub fn contains(&self, index: usize) -> bool {
        index % self.of == self.part - 1
    }

    /// The toy at a place among those of the part.
    pub(crate) fn index(self, place: usize) -> usize {
        self.part - 1 + place * self.of
    }

    /// The toys of this part among the first `n_toys`, in order.
    pub(crate) fn indices(self, n_toys: usize) -> impl Iterator<Item = usize> {
        (self.part - 1..n_toys).step_by(self.of)
    }
}

impl Default for Shard {
    fn default() -> Self {
        Self::ALL
    }
}

impl FromStr for Shard {
    type Err = StatsError;

    fn from_str(text: &str) -> Result<Self, StatsError> {
        let (part, of) = text.split_once('/').ok_or_else(|| bad(text))?;
        let number = |digits: &str| digits.parse().map_err(|_| bad(text));
        Self::new(number(part)?, number(of)?)
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.part, self.of)
    }
}

impl TryFrom<String> for Shard {
    type Error = StatsError;

    fn try_from(text: String) -> Result<Self, StatsError> {
        text.parse()
    }
}

impl From<Shard> for String {
    fn from(shard: Shard) -> Self {
        shard.to_string()
    }
}

fn bad(text: &str) -> StatsError {
    StatsError::bad_parameter("a shard", "written i/n with 1 <= i <= n", format!("\"{text}\""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_no_shard_is_refused() {
        for text in ["", "1", "0/4", "5/4", "1/0", "-1/4", "a/b", "1/2/3", "99999999999999999999/2"] {
            let error = text.parse::<Shard>().unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("a shard must be written i/n with 1 <= i <= n, got \"{text}\"")
            );
        }
    }

    proptest! {
        #[test]
        fn every_toy_is_in_exactly_one_shard(index in 0_usize..1000, of in 1_usize..20) {
            let parts = (1..=of).filter(|&i| Shard::new(i, of).unwrap().contains(index)).count();
            prop_assert_eq!(parts, 1);
        }

        #[test]
        fn listed_toys_are_the_contained_ones(part in 1_usize..10, more in 0_usize..10, n_toys in 0_usize..50) {
            let shard = Shard::new(part, part + more).unwrap();
            let contained: Vec<_> = (0..n_toys).filter(|&i| shard.contains(i)).collect();
            prop_assert_eq!(shard.indices(n_toys).collect::<Vec<_>>(), contained);
        }
    }
}
