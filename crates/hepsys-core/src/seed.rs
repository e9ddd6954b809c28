use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The random numbers of one named stream: the same on every platform.
pub type Stream = ChaCha8Rng;

/// The one seed of a run, and the root of its named, independent streams.
///
/// Each consumer asks for a stream by name, so that one more toy or epoch leaves all other random numbers as they were,
/// and the result does not depend on the number of threads.
/// Names are hashed (SHA-256), so streams of different names do not collide.
///
/// ```
/// use hepsys_core::Seed;
/// use rand::Rng;
///
/// let seed = Seed::new(42);
/// let toy = |i| seed.named("toys").index(i).stream().next_u64();
/// assert_eq!(toy(7), toy(7));
/// assert_ne!(toy(7), toy(8));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Seed([u8; 32]);

impl Seed {
    /// The seed that a user gives as a number.
    #[must_use]
    pub fn new(number: u64) -> Self {
        Self(digest(&[b"hepsys seed", &number.to_le_bytes()]))
    }

    /// The seed of everything that belongs to `name`.
    #[must_use]
    pub fn named(&self, name: &str) -> Self {
        Self(digest(&[&self.0, b"name", name.as_bytes()]))
    }

    /// The seed of the member with this index: a toy, a start, a fold.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        Self(digest(&[&self.0, b"index", &(index as u64).to_le_bytes()]))
    }

    /// The random numbers of this seed, from their beginning.
    #[must_use]
    pub fn stream(&self) -> Stream {
        Stream::from_seed(self.0)
    }

    /// A number for libraries that take their seed as a `u64`.
    #[must_use]
    pub fn as_u64(&self) -> u64 {
        u64::from_le_bytes(std::array::from_fn(|i| self.0[i]))
    }
}

fn digest(parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for part in parts {
        // The length keeps ("ab", "c") apart from ("a", "bc").
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    hasher.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::Rng;

    #[test]
    fn streams_depend_on_every_part_of_their_name() {
        let seed = Seed::new(1);
        let seeds = [
            seed,
            Seed::new(2),
            seed.named("toys"),
            seed.named("toy").named("s"),
            seed.index(0),
            seed.named("toys").index(0),
            seed.named("toys").index(1),
        ];
        let mut first: Vec<u64> = seeds.iter().map(|s| s.stream().next_u64()).collect();
        first.sort_unstable();
        first.dedup();
        assert_eq!(first.len(), seeds.len());
    }

    #[test]
    fn the_stream_of_a_seed_never_changes() {
        // A changed value here changes every result of every user: the toy file's format version has to go up with it.
        let value = Seed::new(42).named("toys").index(7).stream().next_u64();
        assert_eq!(value, Seed::new(42).named("toys").index(7).stream().next_u64());
        assert_eq!(value, PINNED);
    }

    const PINNED: u64 = 6_503_380_865_059_032_640;
}
