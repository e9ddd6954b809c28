//! How the columns of a file say what they are: the keys of their metadata, the same in every format that has metadata.

/// The key under which a column keeps its unit.
pub const UNIT: &str = "unit";

/// The key that marks the column of the weights, whose value is [`WEIGHT`].
pub const ROLE: &str = "hepsys.role";

/// The value of [`ROLE`] for the weights, and the name that their column is given.
pub const WEIGHT: &str = "weight";
