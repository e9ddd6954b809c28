use std::ops::{Deref, DerefMut};

/// The width of the widest vector register and of a cache line, in bytes.
const CACHE_LINE: usize = 64;

/// Groups of `N` values, of which the first stands at the beginning of a cache line.
///
/// A vector that straddles two lines is loaded twice: without this a step takes a quarter longer.
/// A clone holds the same values, but may stand elsewhere.
#[derive(Debug, Clone)]
pub(crate) struct Aligned<T, const N: usize> {
    storage: Vec<T>,
    /// Where the first group begins.
    start: usize,
    end: usize,
}

impl<T: Copy, const N: usize> Aligned<T, N> {
    /// So many groups of one value.
    pub(crate) fn filled(value: T, n_groups: usize) -> Self {
        let spare = CACHE_LINE / size_of::<T>();
        let storage = vec![value; n_groups * N + spare];
        let start = storage.as_ptr().align_offset(CACHE_LINE).min(spare);
        Self { storage, start, end: start + n_groups * N }
    }
}

impl<T, const N: usize> Deref for Aligned<T, N> {
    type Target = [[T; N]];

    #[inline(always)]
    fn deref(&self) -> &Self::Target {
        self.storage[self.start..self.end].as_chunks().0
    }
}

impl<T, const N: usize> DerefMut for Aligned<T, N> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut Self::Target {
        self.storage[self.start..self.end].as_chunks_mut().0
    }
}

impl<T: PartialEq, const N: usize> PartialEq for Aligned<T, N> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}
