use std::fmt::Debug;
use std::ops::{Add, Div, Mul, Sub};

/// The float types of the kernel: `f32` and `f64`.
///
/// Its functions are polynomials without branches, which a compiler turns into vector instructions.
/// They are exact to a few units in the last place of 1 (`tanh` and `sigmoid`, absolutely) or of the result (`exp`).
pub trait Real:
    Copy
    + Debug
    + Default
    + PartialOrd
    + Send
    + Sync
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + private::Sealed
    + 'static
{
    /// Zero.
    const ZERO: Self;
    /// One.
    const ONE: Self;

    /// The nearest value to `x`.
    fn from_f64(x: f64) -> Self;

    /// The same value in double precision.
    fn to_f64(self) -> f64;

    /// `self * a + b`, rounded once.
    fn fma(self, a: Self, b: Self) -> Self;

    /// The larger of the two.
    fn max(self, other: Self) -> Self;

    /// $e^x$; arguments beyond the range of finite results are moved to its edge.
    fn exp(self) -> Self;

    /// $\tanh x$
    fn tanh(self) -> Self;

    /// $1/(1+e^{-x})$
    #[inline(always)]
    fn sigmoid(self) -> Self {
        Self::ONE / (Self::ONE + (Self::ZERO - self).exp())
    }
}

mod private {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
}

/// Horner's rule, from the highest coefficient to the lowest.
#[inline(always)]
fn polynomial<T: Real, const N: usize>(x: T, coefficients: [T; N]) -> T {
    let mut sum = coefficients[0];
    for &c in &coefficients[1..] {
        sum = sum.fma(x, c);
    }
    sum
}

impl Real for f32 {
    const ZERO: Self = 0.0;
    const ONE: Self = 1.0;

    #[inline(always)]
    fn from_f64(x: f64) -> Self {
        x as Self
    }

    #[inline(always)]
    fn to_f64(self) -> f64 {
        f64::from(self)
    }

    #[inline(always)]
    fn fma(self, a: Self, b: Self) -> Self {
        self.mul_add(a, b)
    }

    #[inline(always)]
    fn max(self, other: Self) -> Self {
        Self::max(self, other)
    }

    #[inline(always)]
    fn exp(self) -> Self {
        // x = n ln 2 + r with |r| <= ln 2 / 2; adding and subtracting 1.5 * 2^23 rounds to the
        // nearest integer, and the low bits of the shifted number are n itself.
        const ROUND: f32 = 12_582_912.0;
        let x = self.clamp(-87.0, 88.0);
        let shifted = x.mul_add(std::f32::consts::LOG2_E, ROUND);
        let n = shifted - ROUND;
        // ln 2 in two parts, the first with few enough bits that n times it is exact.
        let r = n.mul_add(-0.693_359_4, x);
        let r = n.mul_add(2.121_944_4e-4, r);
        // The Taylor series: the first term left out is 2e-9 at |r| = ln 2 / 2.
        let p = polynomial(r, [1.0 / 5040.0, 1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0]);
        p * Self::from_bits(shifted.to_bits().wrapping_add(127) << 23)
    }

    #[inline(always)]
    fn tanh(self) -> Self {
        // 1 - 2/(e^{2x} + 1) loses nothing that matters here: its absolute error is that of one rounding of 1.
        1.0 - 2.0 / (Real::exp(self + self) + 1.0)
    }
}

impl Real for f64 {
    const ZERO: Self = 0.0;
    const ONE: Self = 1.0;

    #[inline(always)]
    fn from_f64(x: f64) -> Self {
        x
    }

    #[inline(always)]
    fn to_f64(self) -> f64 {
        self
    }

    #[inline(always)]
    fn fma(self, a: Self, b: Self) -> Self {
        self.mul_add(a, b)
    }

    #[inline(always)]
    fn max(self, other: Self) -> Self {
        Self::max(self, other)
    }

    #[inline(always)]
    fn exp(self) -> Self {
        // As for f32, with 1.5 * 2^52.
        const ROUND: f64 = 6_755_399_441_055_744.0;
        let x = self.clamp(-708.0, 709.0);
        let shifted = x.mul_add(std::f64::consts::LOG2_E, ROUND);
        let n = shifted - ROUND;
        let r = n.mul_add(-6.931_471_803_691_238e-1, x);
        let r = n.mul_add(-1.908_214_929_270_587_7e-10, r);
        // The Taylor series: the first term left out is 4e-18 at |r| = ln 2 / 2.
        let p = polynomial(
            r,
            [
                1.0 / 6_227_020_800.0,
                1.0 / 479_001_600.0,
                1.0 / 39_916_800.0,
                1.0 / 3_628_800.0,
                1.0 / 362_880.0,
                1.0 / 40_320.0,
                1.0 / 5040.0,
                1.0 / 720.0,
                1.0 / 120.0,
                1.0 / 24.0,
                1.0 / 6.0,
                0.5,
                1.0,
                1.0,
            ],
        );
        p * Self::from_bits(shifted.to_bits().wrapping_add(1023) << 52)
    }

    #[inline(always)]
    fn tanh(self) -> Self {
        1.0 - 2.0 / (Real::exp(self + self) + 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(limit: f64) -> impl Iterator<Item = f64> {
        (-4000..=4000).map(move |i| f64::from(i) / 4000.0 * limit)
    }

    #[test]
    fn functions_agree_with_the_standard_library() {
        for x in grid(80.0) {
            // A few units in the last place: 2^-24 and 2^-53.
            let single = x as f32;
            assert!(
                (Real::exp(single) / f64::from(single).exp() as f32 - 1.0).abs() < 4.0 * f32::EPSILON,
                "{x}"
            );
            assert!((Real::exp(x) / x.exp() - 1.0).abs() < 4.0 * f64::EPSILON, "{x}");
            assert!((Real::tanh(single) - single.tanh()).abs() < 4.0 * f32::EPSILON, "{x}");
            assert!((Real::tanh(x) - x.tanh()).abs() < 4.0 * f64::EPSILON, "{x}");
            assert!((Real::sigmoid(x) - 1.0 / (1.0 + (-x).exp())).abs() < 4.0 * f64::EPSILON, "{x}");
        }
    }

    #[test]
    fn exp_stays_finite_beyond_its_range() {
        for x in [-1e4_f64, 1e4] {
            assert!(Real::exp(x).is_finite() && Real::exp(x as f32).is_finite());
        }
    }
}
