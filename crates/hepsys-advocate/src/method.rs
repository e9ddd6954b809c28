use serde::{Deserialize, Serialize};

/// How weight functions are searched for. In each, $w = \sum_j \alpha_j h_j(x)$, and a linear program has the last word on α.
///
/// # References
///
/// The first two are those of `golutvin2023`; the others are ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// h is a classifier of the channels: steps 0 and 1 of the loop.
    Pretrained,
    /// The whole loop: h descends $\ell = \pm e_s - \log|\det H| + \ell_g$, and α is updated in between.
    Alternating,
    /// The same with the Lagrangian of the linear program in place of $e_s$, so that h minds the limits too.
    Lagrangian,
    /// $w = w_{lo} + (w_{hi} - w_{lo})\,\sigma(f(x))$, with the limits by an augmented Lagrangian.
    ///
    /// A contamination comes in with the last linear program only: f is trained without.
    Direct,
}

impl Method {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Pretrained, Self::Alternating, Self::Lagrangian, Self::Direct];

    /// The name that tables and legends use.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Pretrained => "pretrained",
            Self::Alternating => "updated",
            Self::Lagrangian => "updated, Lagrangian",
            Self::Direct => "direct",
        }
    }

    /// What random streams know it by.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::Pretrained => "pretrained",
            Self::Alternating => "alternating",
            Self::Lagrangian => "lagrangian",
            Self::Direct => "direct",
        }
    }
}

/// How long networks are trained: so many steps of one batch each, and as many more as complete the last epoch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Steps {
    /// Of the classifier. Defaults to 250.
    pub pretraining: usize,
    /// Of the updates after it. Defaults to 500.
    pub update: usize,
    /// Of the direct form. Defaults to 3000.
    pub direct: usize,
    /// After how many steps without progress a search ends. Defaults to 400.
    pub patience: usize,
    /// The change of the bias on validation events that counts as progress. Defaults to 1e-4.
    pub tolerance: f64,
}

impl Default for Steps {
    fn default() -> Self {
        Self { pretraining: 250, update: 500, direct: 3000, patience: 400, tolerance: 1e-4 }
    }
}
