//! Negative logarithms of densities, without their constants, with two derivatives.

use super::AuxiliaryDensity;
use super::interpolation::Jet;

/// $\nu - n + n \ln(n/\nu)$ with its first two derivatives by ν; infinite where ν cannot have given n.
///
/// It is zero at its minimum, so that what bins add is of the size of their deviations and not of $n \ln n$, whose rounding
/// would hide small ones.
pub(crate) fn poisson(n: f64, nu: f64) -> Jet {
    if n == 0.0 && nu >= 0.0 {
        return Jet { value: nu, slope: 1.0, curvature: 0.0 };
    }
    if nu > 0.0 {
        let ratio = n / nu;
        let excess = nu - n;
        let value = excess - n * (excess / n).ln_1p();
        Jet { value, slope: excess / nu, curvature: ratio / nu }
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
