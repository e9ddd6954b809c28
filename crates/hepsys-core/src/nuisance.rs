use serde::Serialize;

use crate::CoreError;

/// What is known about a nuisance parameter before the data are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Constraint {
    /// An auxiliary measurement with a Gaussian uncertainty.
    Gaussian {
        /// The standard deviation σ of the measurement.
        sigma: f64,
    },
    /// Nothing is known.
    Free,
}

/// Whether values between the simulated ones have a meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NuisanceKind {
    /// A quantity that can take any value, such as an energy scale.
    #[default]
    Continuous,
    /// Two models that stand side by side, such as two generators; nothing lies between them.
    TwoPoint,
}

/// A quantity that the result depends on and that is not what is being measured.
///
/// Its nominal value is zero: a nuisance parameter ν measures the distance from the reference.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NuisanceParameter {
    name: String,
    constraint: Constraint,
    kind: NuisanceKind,
}

impl NuisanceParameter {
    /// A continuous nuisance parameter that an auxiliary measurement constrains with uncertainty `sigma`.
    ///
    /// ```
    /// use hepsys_core::NuisanceParameter;
    /// let scale = NuisanceParameter::gaussian("momentum scale", 0.003)?;
    /// assert_eq!(scale.sigma(), Some(0.003));
    /// # Ok::<(), hepsys_core::CoreError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`CoreError::BadParameter`] unless `sigma` is positive and finite.
    pub fn gaussian(name: impl Into<String>, sigma: f64) -> Result<Self, CoreError> {
        let name = name.into();
        if !(sigma > 0.0 && sigma.is_finite()) {
            return Err(CoreError::BadParameter {
                name: format!("the uncertainty of \"{name}\""),
                expected: "positive and finite".into(),
                value: sigma,
            });
        }
        Ok(Self { name, constraint: Constraint::Gaussian { sigma }, kind: NuisanceKind::Continuous })
    }

    /// A continuous nuisance parameter that only the data constrain.
    pub fn free(name: impl Into<String>) -> Self {
        Self { name: name.into(), constraint: Constraint::Free, kind: NuisanceKind::Continuous }
    }

    /// The same parameter, known to have no values between its two.
    #[must_use]
    pub fn two_point(mut self) -> Self {
        self.kind = NuisanceKind::TwoPoint;
        self
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What is known about it beforehand.
    #[must_use]
    pub fn constraint(&self) -> Constraint {
        self.constraint
    }

    /// Whether values in between have a meaning.
    #[must_use]
    pub fn kind(&self) -> NuisanceKind {
        self.kind
    }

    /// The standard deviation of its auxiliary measurement, if it has one.
    #[must_use]
    pub fn sigma(&self) -> Option<f64> {
        match self.constraint {
            Constraint::Gaussian { sigma } => Some(sigma),
            Constraint::Free => None,
        }
    }
}
