//! Negative logarithms of densities, without their constants, with two derivatives.

use super::AuxiliaryDensity;
use super::interpolation::Jet;

/// $\nu - n + n \ln(n/\nu)$ with its first two derivatives by ν; infinite where ν cannot have given n.
///
/// It is zero at its minimum, so that what bins add is of the size of their deviations and not of $n \ln n$, whose rounding
/// would hide small ones.
pub(crate) fn poisson(n: f64, nu: f64) -> Jet {
    if n == 0.0 {
        return empty(nu);
    }
    if nu > 0.0 {
        let ratio = n / nu;
        let excess = nu - n;
        // Far below n the first form would lose its digits, near n the second.
        let value = if ratio < 2.0 { excess - n * (excess / n).ln_1p() } else { excess + n * ratio.ln() };
        Jet { value, slope: excess / nu, curvature: ratio / nu }
    } else {
        Jet { value: f64::INFINITY, slope: f64::NAN, curvature: f64::NAN }
    }
}

/// Below this expectation a wall begins in bins without counts, and it is as high as so many counts would make it.
const WALL: (f64, f64) = (1e-6, 1e-9);

/// The same where nothing was counted: ν, which leads straight to negative expectations.
///
/// There is no likelihood, and a search that the slope drives there would stand before a precipice at which no step is small
/// enough.
/// So the last 10⁻⁶ of an event are a slope of their own, with two continuous derivatives, which grows like −10⁻⁹ ln ν and ends
/// searches at some 10⁻⁹ of an event: what it adds is far below what a fit can tell.
/// Zero itself, where a bin has no sample or a signal strength is at its bound, is as good an expectation as any.
fn empty(nu: f64) -> Jet {
    let (begin, height) = WALL;
    if nu >= begin || nu == 0.0 {
        return Jet { value: nu, slope: 1.0, curvature: 0.0 };
    }
    if nu < 0.0 || nu.is_nan() {
        return Jet { value: f64::INFINITY, slope: f64::NAN, curvature: f64::NAN };
    }
    // −ln r + (r − 1) − (r − 1)²/2 vanishes at r = 1 with its first two derivatives.
    let r = nu / begin;
    let below = r - 1.0;
    let scaled = height / begin;
    Jet {
        value: nu + height * (below - 0.5 * below * below - r.ln()),
        slope: 1.0 + scaled * (1.0 - below - 1.0 / r),
        curvature: scaled / begin * (1.0 / (r * r) - 1.0),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_deviance_is_exact_far_from_its_minimum() {
        for nu in [1e-300_f64, 1e-20, 1e-15, 0.3, 4.9, 5.1] {
            let exact = nu - 10.0 + 10.0 * (10.0_f64.ln() - nu.ln());
            let found = poisson(10.0, nu).value;
            assert!((found - exact).abs() < 1e-13 * exact, "{nu}: {found} {exact}");
        }
    }

    #[test]
    fn the_wall_of_an_empty_bin_is_smooth() {
        for nu in [1e-12, 1e-9, 3e-8, 5e-7, 9e-7, 1e-3] {
            let h = 1e-4 * nu;
            let (above, at, below) = (empty(nu + h), empty(nu), empty(nu - h));
            let slope = (above.value - below.value) / (2.0 * h);
            assert!((slope - at.slope).abs() < 1e-6 * at.slope.abs().max(1.0), "{nu}: {slope} {}", at.slope);
            let curvature = (above.slope - below.slope) / (2.0 * h);
            assert!((curvature - at.curvature).abs() < 1e-5 * at.curvature.abs().max(1.0), "{nu}");
        }
        let (inside, outside) = (empty(1e-6 * (1.0 - 1e-9)), empty(1e-6 * (1.0 + 1e-9)));
        assert!((inside.slope - outside.slope).abs() < 1e-9 && inside.curvature.abs() < 1e-3);
        assert!(empty(-1e-300).value.is_infinite() && empty(0.0).value == 0.0 && empty(1e-9).value < 1e-8);
    }
}
