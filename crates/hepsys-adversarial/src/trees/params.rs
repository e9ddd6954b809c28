use serde::{Deserialize, Serialize};

use super::{BoostedTrees, TreesError};

/// How many trees are grown unless told otherwise.
pub const DEFAULT_TREES: usize = 200;

/// The learning rate unless told otherwise.
pub const DEFAULT_LEARNING_RATE: f64 = 0.1;

/// How many cuts may follow each other in a tree unless told otherwise.
pub const DEFAULT_DEPTH: usize = 5;

/// The least weight of a leaf unless told otherwise, in mean weights.
pub const DEFAULT_MIN_LEAF_WEIGHT: f64 = 5.0;

/// The penalty on large leaves unless told otherwise, in mean weights.
pub const DEFAULT_L2: f64 = 1.0;

/// How many candidate cuts a feature has unless told otherwise.
pub const DEFAULT_BINS: u16 = 256;

/// The deepest trees: 4096 leaves.
pub const MOST_DEPTH: usize = 12;

/// The most candidate cuts of a feature.
pub const MOST_BINS: u16 = 4096;

/// Parameters of boosted trees that nobody has checked yet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BoostedTreesParams {
    pub(super) features: Vec<String>,
    pub(super) n_trees: usize,
    pub(super) learning_rate: f64,
    pub(super) depth: usize,
    pub(super) min_leaf_weight: f64,
    pub(super) l2: f64,
    pub(super) bins: u16,
}

impl Default for BoostedTreesParams {
    fn default() -> Self {
        Self {
            features: Vec::new(),
            n_trees: DEFAULT_TREES,
            learning_rate: DEFAULT_LEARNING_RATE,
            depth: DEFAULT_DEPTH,
            min_leaf_weight: DEFAULT_MIN_LEAF_WEIGHT,
            l2: DEFAULT_L2,
            bins: DEFAULT_BINS,
        }
    }
}

impl BoostedTrees {
    /// The parameters of boosted trees, with their defaults.
    #[must_use]
    pub fn params() -> BoostedTreesParams {
        BoostedTreesParams::default()
    }
}

impl BoostedTreesParams {
    /// The names of the features, in the order of the columns. One or more, all different; there is no default.
    #[must_use]
    pub fn features<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.features = names.into_iter().map(Into::into).collect();
        self
    }

    /// How many trees are grown, each on what those before it left over.
    ///
    /// Defaults to [`DEFAULT_TREES`], which at the default learning rate is where a dozen features and some 10⁵ events
    /// stop gaining and do not overtrain yet; must be at least one.
    #[must_use]
    pub fn n_trees(mut self, n_trees: usize) -> Self {
        self.n_trees = n_trees;
        self
    }

    /// The part of each tree's correction that is applied.
    ///
    /// Defaults to [`DEFAULT_LEARNING_RATE`], the default of other libraries; half of it wants twice the trees. Must be
    /// positive and at most one.
    #[must_use]
    pub fn learning_rate(mut self, learning_rate: f64) -> Self {
        self.learning_rate = learning_rate;
        self
    }

    /// How many cuts may follow each other: a tree has at most $2^\text{depth}$ leaves, and correlates at most so many
    /// features.
    ///
    /// Defaults to [`DEFAULT_DEPTH`], whose 32 leaves are what other libraries have by default. From one to
    /// [`MOST_DEPTH`].
    #[must_use]
    pub fn depth(mut self, depth: usize) -> Self {
        self.depth = depth;
        self
    }

    /// The least $\sum_i w_i\\,p_i (1-p_i)$ of a leaf, where $p$ is the score so far and weights are scaled to a mean of
    /// one: an undecided event counts as a quarter, one that is surely of a class as nothing.
    ///
    /// Defaults to [`DEFAULT_MIN_LEAF_WEIGHT`], or 20 undecided events. Must be finite and not negative.
    #[must_use]
    pub fn min_leaf_weight(mut self, weight: f64) -> Self {
        self.min_leaf_weight = weight;
        self
    }

    /// λ, which is added to the same sum in the value of a leaf,
    /// $-\sum_i w_i (p_i-y_i) \\,/\\, (\lambda + \sum_i w_i\\,p_i (1-p_i))$: a leaf with little in it says little.
    ///
    /// Defaults to [`DEFAULT_L2`]. Must be finite and not negative.
    #[must_use]
    pub fn l2(mut self, l2: f64) -> Self {
        self.l2 = l2;
        self
    }

    /// How many cuts are tried on a feature: quantiles of the weighted events, or all values of a feature with fewer.
    ///
    /// Defaults to [`DEFAULT_BINS`]. From two to [`MOST_BINS`].
    #[must_use]
    pub fn bins(mut self, bins: u16) -> Self {
        self.bins = bins;
        self
    }

    /// Checks the parameters; only checked ones can be used.
    ///
    /// # Errors
    ///
    /// [`TreesError::BadParameter`] with the first that is outside its range.
    pub fn check(self) -> Result<BoostedTreesValidParams, TreesError> {
        if self.features.is_empty() {
            return Err(TreesError::bad("features", "one or more names", "none"));
        }
        for (i, name) in self.features.iter().enumerate() {
            if self.features[..i].contains(name) {
                return Err(TreesError::bad("features", "all different", format!("\"{name}\" twice")));
            }
        }
        if self.n_trees == 0 {
            return Err(TreesError::bad("n_trees", "at least one", 0));
        }
        // Compared in single precision, in which the library computes: what rounds to zero would teach nothing.
        if !(self.learning_rate as f32 > 0.0 && self.learning_rate <= 1.0) {
            return Err(TreesError::bad("learning_rate", "positive and at most one", self.learning_rate));
        }
        if !(1..=MOST_DEPTH).contains(&self.depth) {
            return Err(TreesError::bad("depth", format!("between 1 and {MOST_DEPTH}"), self.depth));
        }
        for (name, value) in [("min_leaf_weight", self.min_leaf_weight), ("l2", self.l2)] {
            if !(value >= 0.0 && (value as f32).is_finite()) {
                return Err(TreesError::bad(name, "finite and not negative", value));
            }
        }
        if !(2..=MOST_BINS).contains(&self.bins) {
            return Err(TreesError::bad("bins", format!("between 2 and {MOST_BINS}"), self.bins));
        }
        Ok(BoostedTreesValidParams(self))
    }
}

/// Boosted trees that are ready to be grown; see [`BoostedTreesValidParams::fit`].
#[derive(Debug, Clone, PartialEq)]
pub struct BoostedTreesValidParams(pub(super) BoostedTreesParams);
