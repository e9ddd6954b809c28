//! How yields depend on a nuisance parameter between and beyond the variations at α = ±1.

use serde::{Deserialize, Serialize};

/// The interpolation of a factor (`normsys`), with f(0) = 1, f(1) = high and f(−1) = low.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NormInterpolation {
    /// Linear on either side; HistFactory's code 0.
    Linear,
    /// $\text{high}^\alpha$ above zero and $\text{low}^{-\alpha}$ below; code 1.
    Exponential,
    /// A polynomial of degree six within ±1 that joins the exponentials with two continuous derivatives; code 4.
    #[default]
    PolynomialExponential,
}

/// The interpolation of a histogram (`histosys`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShapeInterpolation {
    /// Linear on either side; HistFactory's code 0.
    Linear,
    /// Quadratic within ±1, its tangents beyond; code 2.
    Quadratic,
    /// What pyhf 0.7 computes for its `code2`: as [`Quadratic`](Self::Quadratic) within ±1, and straight lines with the slopes
    /// of the tangents beyond, which do not join the parabola: the line begins at zero above +1, and at α = 0 below −1.
    /// To compare with pyhf, and for nothing else.
    QuadraticOfPyhf,
    /// A polynomial of degree six within ±1 that joins straight lines with two continuous derivatives; code 4p.
    #[default]
    PolynomialLinear,
}

/// A function's value with its first and second derivative.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Jet {
    pub(crate) value: f64,
    pub(crate) slope: f64,
    pub(crate) curvature: f64,
}

/// A factor between two variations.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct NormSys {
    code: NormInterpolation,
    low: f64,
    high: f64,
    ln_low: f64,
    ln_high: f64,
    /// The coefficients of α to α⁶ within ±1.
    polynomial: [f64; 6],
}

impl NormSys {
    /// The factor with these values at α = −1 and +1; they have to be positive unless the code is linear.
    pub(crate) fn new(code: NormInterpolation, low: f64, high: f64) -> Self {
        let (ln_low, ln_high) = (low.ln(), high.ln());
        Self { code, low, high, ln_low, ln_high, polynomial: joined(low, high, ln_low, ln_high) }
    }

    pub(crate) fn at(&self, alpha: f64) -> Jet {
        match self.code {
            NormInterpolation::Linear => {
                let slope = if alpha >= 0.0 { self.high - 1.0 } else { 1.0 - self.low };
                Jet { value: 1.0 + slope * alpha, slope, curvature: 0.0 }
            }
            NormInterpolation::PolynomialExponential if alpha.abs() < 1.0 => {
                let (mut value, mut slope, mut curvature) = (0.0, 0.0, 0.0);
                for c in self.polynomial.iter().rev() {
                    // Horner's scheme with derivatives of 1 + Σ c_k α^k, one power at a time.
                    curvature = curvature * alpha + 2.0 * slope;
                    slope = slope * alpha + value;
                    value = value * alpha + c;
                }
                curvature = curvature * alpha + 2.0 * slope;
                slope = slope * alpha + value;
                Jet { value: 1.0 + value * alpha, slope, curvature }
            }
            _ => {
                let rate = if alpha >= 0.0 { self.ln_high } else { -self.ln_low };
                let value = (rate * alpha).exp();
                Jet { value, slope: rate * value, curvature: rate * rate * value }
            }
        }
    }
}

/// The polynomial $1 + \sum_{k=1}^6 c_k \alpha^k$ that has value, slope and curvature of the exponentials at α = ±1.
fn joined(low: f64, high: f64, ln_low: f64, ln_high: f64) -> [f64; 6] {
    // At +1 and −1: value less one, slope, curvature; odd and even combinations decouple.
    let (value, slope, curvature) = (
        [high - 1.0, low - 1.0],
        [ln_high * high, -ln_low * low],
        [ln_high * ln_high * high, ln_low * ln_low * low],
    );
    let half_sum = |v: [f64; 2]| 0.5 * (v[0] + v[1]);
    let half_difference = |v: [f64; 2]| 0.5 * (v[0] - v[1]);
    let (odd_value, odd_slope, odd_curvature) =
        (half_difference(value), half_sum(slope), half_difference(curvature));
    let (even_value, even_slope, even_curvature) =
        (half_sum(value), half_difference(slope), half_sum(curvature));
    // c₁ + c₃ + c₅, c₁ + 3c₃ + 5c₅, 6c₃ + 20c₅
    let c5 = (odd_curvature - 3.0 * (odd_slope - odd_value)) / 8.0;
    let c3 = 0.5 * (odd_slope - odd_value) - 2.0 * c5;
    let c1 = odd_value - c3 - c5;
    // c₂ + c₄ + c₆, 2c₂ + 4c₄ + 6c₆, 2c₂ + 12c₄ + 30c₆
    let c6 = (even_curvature - even_slope - 4.0 * (even_slope - 2.0 * even_value)) / 8.0;
    let c4 = 0.5 * (even_slope - 2.0 * even_value) - 2.0 * c6;
    let c2 = even_value - c4 - c6;
    [c1, c2, c3, c4, c5, c6]
}

/// How much of (high − nominal) and of (nominal − low) is added at α, and the first two derivatives of both.
pub(crate) fn shape_weights(code: ShapeInterpolation, alpha: f64) -> [Jet; 2] {
    let flat = |value, slope| Jet { value, slope, curvature: 0.0 };
    match code {
        ShapeInterpolation::Quadratic | ShapeInterpolation::QuadraticOfPyhf if alpha.abs() <= 1.0 => [
            Jet { value: 0.5 * alpha * (alpha + 1.0), slope: alpha + 0.5, curvature: 1.0 },
            Jet { value: 0.5 * alpha * (1.0 - alpha), slope: 0.5 - alpha, curvature: -1.0 },
        ],
        ShapeInterpolation::Quadratic if alpha > 1.0 => {
            [flat(1.0 + 1.5 * (alpha - 1.0), 1.5), flat(-0.5 * (alpha - 1.0), -0.5)]
        }
        ShapeInterpolation::Quadratic => {
            [flat(-0.5 * (alpha + 1.0), -0.5), flat(-1.0 + 1.5 * (alpha + 1.0), 1.5)]
        }
        ShapeInterpolation::QuadraticOfPyhf if alpha > 1.0 => {
            [flat(1.5 * (alpha - 1.0), 1.5), flat(-0.5 * (alpha - 1.0), -0.5)]
        }
        ShapeInterpolation::QuadraticOfPyhf => [flat(-0.5 * alpha, -0.5), flat(1.5 * alpha, 1.5)],
        ShapeInterpolation::PolynomialLinear if alpha.abs() < 1.0 => {
            let a2 = alpha * alpha;
            let even = a2 * (15.0 + a2 * (3.0 * a2 - 10.0)) / 16.0;
            let slope = alpha * (30.0 + a2 * (18.0 * a2 - 40.0)) / 16.0;
            let curvature = (30.0 + a2 * (90.0 * a2 - 120.0)) / 16.0;
            [
                Jet { value: 0.5 * alpha + even, slope: 0.5 + slope, curvature },
                Jet { value: 0.5 * alpha - even, slope: 0.5 - slope, curvature: -curvature },
            ]
        }
        _ if alpha >= 0.0 => [flat(alpha, 1.0), flat(0.0, 0.0)],
        _ => [flat(0.0, 0.0), flat(alpha, 1.0)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NORMS: [NormInterpolation; 3] =
        [NormInterpolation::Linear, NormInterpolation::Exponential, NormInterpolation::PolynomialExponential];

    #[test]
    fn a_factor_goes_through_its_variations() {
        for code in NORMS {
            let factor = NormSys::new(code, 0.8, 1.3);
            for (alpha, value) in [(-1.0, 0.8), (0.0, 1.0), (1.0, 1.3)] {
                assert!((factor.at(alpha).value - value).abs() < 1e-14, "{code:?} at {alpha}");
            }
        }
    }

    #[test]
    fn derivatives_match_finite_differences() {
        let step = 1e-5;
        let check = |name: &str, f: &dyn Fn(f64) -> Jet, alpha: f64| {
            let (above, at, below) = (f(alpha + step), f(alpha), f(alpha - step));
            // A central difference is off by step²/6 times the third derivative, and by rounding over the step.
            assert!(((above.value - below.value) / (2.0 * step) - at.slope).abs() < 1e-8, "{name} {alpha}");
            assert!(
                ((above.slope - below.slope) / (2.0 * step) - at.curvature).abs() < 1e-8,
                "{name} {alpha}"
            );
        };
        for alpha in [-2.3, -0.9, -0.4, 0.3, 0.8, 1.7] {
            for code in NORMS {
                let factor = NormSys::new(code, 0.7, 1.2);
                check(&format!("{code:?}"), &|a| factor.at(a), alpha);
            }
            for code in [
                ShapeInterpolation::Linear,
                ShapeInterpolation::Quadratic,
                ShapeInterpolation::PolynomialLinear,
            ] {
                for side in [0, 1] {
                    check(&format!("{code:?}"), &|a| shape_weights(code, a)[side], alpha);
                }
            }
        }
    }

    #[test]
    fn the_default_codes_are_smooth_at_one() {
        let factor = NormSys::new(NormInterpolation::PolynomialExponential, 0.6, 1.9);
        for end in [-1.0_f64, 1.0] {
            let (inside, outside) = (factor.at(end * (1.0 - 1e-12)), factor.at(end * (1.0 + 1e-12)));
            assert!((inside.value - outside.value).abs() < 1e-10);
            assert!((inside.slope - outside.slope).abs() < 1e-10);
            assert!((inside.curvature - outside.curvature).abs() < 1e-9);
            for side in [0, 1] {
                let at = |alpha| shape_weights(ShapeInterpolation::PolynomialLinear, alpha)[side];
                let (inside, outside) = (at(end * (1.0 - 1e-12)), at(end * (1.0 + 1e-12)));
                assert!((inside.value - outside.value).abs() < 1e-10);
                assert!((inside.slope - outside.slope).abs() < 1e-10);
                assert!((inside.curvature - outside.curvature).abs() < 1e-10);
            }
        }
    }
}
