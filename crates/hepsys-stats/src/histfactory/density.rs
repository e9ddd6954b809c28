//! Negative logarithms of densities, without their constants, with two derivatives.

use super::AuxiliaryDensity;
use super::interpolation::Jet;

/// $\nu - n \ln\nu$ with its first two derivatives by ν; infinite where ν cannot have given n.
pub(crate) fn poisson(n: f64, nu: f64) -> Jet {
    if n == 0.0 && nu >= 0.0 {
        return Jet { value: nu, slope: 1.0, curvature: 0.0 };
    }
    if nu > 0.0 {
        let ratio = n / nu;
        Jet { value: nu - n * nu.ln(), slope: 1.0 - ratio, curvature: ratio / nu }
    } else {
        Jet { value: f64::INFINITY, slope: f64::NAN, curvature: f64::NAN }
    }
}

impl AuxiliaryDensity {
    /// The negative logarithm of the density of the measurement `a`, without its constants.
    pub(crate) fn jet(self, a: f64, theta: f64) -> Jet {
        match self {
            Self::Gaussian { sigma } => {
                let pull = (theta - a) / sigma;
                Jet { value: 0.5 * pull * pull, slope: pull / sigma, curvature: 1.0 / (sigma * sigma) }
            }
            Self::Poisson { tau } => {
                let jet = poisson(a, tau * theta);
                Jet { value: jet.value, slope: tau * jet.slope, curvature: tau * tau * jet.curvature }
            }
            Self::LogNormal { sigma } if theta > 0.0 => {
                let pull = (theta.ln() - a.ln()) / sigma;
                Jet {
                    value: 0.5 * pull * pull,
                    slope: pull / (sigma * theta),
                    curvature: (1.0 / sigma - pull) / (sigma * theta * theta),
                }
            }
            Self::LogNormal { .. } => Jet { value: f64::INFINITY, slope: f64::NAN, curvature: f64::NAN },
        }
    }
}
