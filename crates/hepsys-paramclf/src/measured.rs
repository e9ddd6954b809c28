use serde::{Deserialize, Serialize};

/// The estimated error of z below which, in units of what is known of it from elsewhere, z counts as over-constrained.
pub const OVER_CONSTRAINED: f64 = 0.5;

/// What a measurement found: μ and z at the maximum of the likelihood, with their intervals.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Measured {
    /// $\hat\mu$
    pub mu: f64,
    /// Where $-2\Delta\ln L$, minimised over z, is one below $\hat\mu$; `None` at the end of the range.
    pub mu_low: Option<f64>,
    /// The same above.
    pub mu_high: Option<f64>,
    /// $\hat z$
    pub z: f64,
    /// Where $-2\Delta\ln L$, minimised over μ, is one below $\hat z$; `None` at the end of the range.
    pub z_low: Option<f64>,
    /// The same above.
    pub z_high: Option<f64>,
    /// $-\ln L$ at the maximum.
    pub nll: f64,
    /// All parameters of the model there.
    pub parameters: Vec<f64>,
    /// What was known of z: the measured value and its uncertainty.
    pub known: Option<(f64, f64)>,
    /// Whether the search ended in a dip inside the range of z.
    pub is_inside: bool,
    /// How many values of z were tried, for all intervals.
    pub n_trials: usize,
}

/// One point of a profile.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ProfilePoint {
    /// μ
    pub mu: f64,
    /// $-2\Delta\ln L$, minimised over all else.
    pub rise: f64,
    /// z there.
    pub z: f64,
}

/// The two treatments of z without a profile: fixed at its nominal value, and one standard deviation away.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Shifted {
    /// $\hat\mu$ at $z_0$.
    pub mu: f64,
    /// The half width of the interval of μ at $z_0$, statistical alone; `None` if it reaches an end of the range of μ.
    pub half_width: Option<f64>,
    /// How far $\hat\mu$ moves if z is taken to be one standard deviation lower.
    pub down: f64,
    /// The same for one standard deviation higher.
    pub up: f64,
}

impl Measured {
    /// Half the length of the interval of μ.
    #[must_use]
    pub fn half_width(&self) -> Option<f64> {
        Some(0.5 * (self.mu_high? - self.mu_low?))
    }

    /// Half the length of the interval of z, $\hat\sigma_z$.
    #[must_use]
    pub fn z_error(&self) -> Option<f64> {
        Some(0.5 * (self.z_high? - self.z_low?))
    }

    /// $\hat\sigma_z/\sigma_z$: how much more precisely these data know z than whoever measured it for them.
    #[must_use]
    pub fn z_constraint(&self) -> Option<f64> {
        Some(self.z_error()? / self.known?.1)
    }

    /// The pull $(\hat z - a)/\sqrt{\sigma_z^2 - \hat\sigma_z^2}$, standard normal where the model is right and the likelihood of z a parabola:
    /// that of an aware score near its best angle is a fourth power.
    #[must_use]
    pub fn z_pull(&self) -> Option<f64> {
        let ((measured, sigma), error) = (self.known?, self.z_error()?);
        let spread = (sigma * sigma - error * error).sqrt();
        (spread > 0.0).then(|| (self.z - measured) / spread)
    }

    /// What a reader has to be warned of: a z that these data constrain far beyond the knowledge of it ([`OVER_CONSTRAINED`]), which rests on
    /// the model being right between its templates, and one at the end of its range.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if let Some(ratio) = self.z_constraint().filter(|ratio| *ratio < OVER_CONSTRAINED) {
            warnings.push(format!(
                "these data constrain z to {ratio:.3} of its prior uncertainty: that is as good as the model of z is, \
                 so ask whether one parameter describes the effect"
            ));
        }
        if !self.is_inside {
            warnings.push(format!(
                "the likelihood is highest at the end of the range of z, {:.4}: widen it",
                self.z
            ));
        }
        warnings
    }
}
