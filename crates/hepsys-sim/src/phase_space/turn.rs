//! Sine and cosine of a fraction of a turn, without branches, so that loops over them become vector instructions.

use std::f64::consts::FRAC_PI_2;

/// $(\sin 2\pi u', \cos 2\pi u')$ with $u' = u - \frac12$, for u in [0, 1].
///
/// The Taylor series at a quarter of the angle, at most π/4, where the first terms left out are below 1e-16;
/// then the angle is doubled twice.
#[inline]
pub(super) fn sin_cos_of_turn(u: f64) -> (f64, f64) {
    let x = FRAC_PI_2 * (u - 0.5);
    let y = x * x;
    let sin = x * horner(
        y,
        [
            1.0,
            -1.0 / 6.0,
            1.0 / 120.0,
            -1.0 / 5_040.0,
            1.0 / 362_880.0,
            -1.0 / 39_916_800.0,
            1.0 / 6_227_020_800.0,
            -1.0 / 1_307_674_368_000.0,
        ],
    );
    let cos = horner(
        y,
        [
            1.0,
            -0.5,
            1.0 / 24.0,
            -1.0 / 720.0,
            1.0 / 40_320.0,
            -1.0 / 3_628_800.0,
            1.0 / 479_001_600.0,
            -1.0 / 87_178_291_200.0,
            1.0 / 20_922_789_888_000.0,
        ],
    );
    let (sin, cos) = (2.0 * sin * cos, (cos - sin) * (cos + sin));
    (2.0 * sin * cos, (cos - sin) * (cos + sin))
}

#[inline]
fn horner<const N: usize>(y: f64, coefficients: [f64; N]) -> f64 {
    coefficients.into_iter().rev().fold(0.0, |sum, c| sum * y + c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sine_and_cosine_are_those_of_the_library() {
        for i in 0..=10_000 {
            let u = f64::from(i) / 10_000.0;
            let (sin, cos) = sin_cos_of_turn(u);
            let (expected_sin, expected_cos) = (4.0 * FRAC_PI_2 * (u - 0.5)).sin_cos();
            // Two doublings carry the rounding of the series fourfold.
            assert!((sin - expected_sin).abs() < 2e-15 && (cos - expected_cos).abs() < 2e-15, "at {u}");
        }
    }
}
