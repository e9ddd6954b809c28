use hepsys_core::{Seed, Stream};

/// One simulated data set: its number and its random numbers.
#[derive(Debug, Clone, Copy)]
pub struct Toy {
    pub(crate) index: usize,
    pub(crate) seed: Seed,
}

impl Toy {
    /// Its number, counted from zero over all shards.
    #[must_use]
    pub fn index(&self) -> usize {
        self.index
    }

    /// The seed of everything in this toy.
    #[must_use]
    pub fn seed(&self) -> Seed {
        self.seed
    }

    /// The random numbers of this toy for one purpose, such as "data" or "auxiliary".
    #[must_use]
    pub fn stream(&self, purpose: &str) -> Stream {
        self.seed.named(purpose).stream()
    }
}

/// The values of finished toys, in the order of their indices.
#[derive(Debug, Clone, PartialEq)]
pub struct Toys<T> {
    name: String,
    indices: Vec<usize>,
    values: Vec<T>,
}

impl<T> Toys<T> {
    /// One index for each value, in increasing order.
    pub(crate) fn new(name: &str, indices: Vec<usize>, values: Vec<T>) -> Self {
        Self { name: name.to_owned(), indices, values }
    }

    /// The name of their random stream.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many there are.
    #[must_use]
    pub fn n_toys(&self) -> usize {
        self.values.len()
    }

    /// Their values.
    #[must_use]
    pub fn values(&self) -> &[T] {
        &self.values
    }

    /// Their values, given away.
    #[must_use]
    pub fn into_values(self) -> Vec<T> {
        self.values
    }

    /// Each index with its value.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (usize, &T)> {
        self.indices.iter().copied().zip(&self.values)
    }

    /// The same toys with something made of each value, such as its test statistic.
    #[must_use]
    pub fn map<U>(&self, f: impl FnMut(&T) -> U) -> Toys<U> {
        Toys {
            name: self.name.clone(),
            indices: self.indices.clone(),
            values: self.values.iter().map(f).collect(),
        }
    }
}
