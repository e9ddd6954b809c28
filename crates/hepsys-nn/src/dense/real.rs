use std::fmt::Debug;
use std::ops::{Add, Div, Mul, Sub};

use super::matrix::{self, Matrix};

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

    /// $C \gets A B + \beta C$, with $C$ column by column.
    #[doc(hidden)]
    fn multiply(a: Matrix<'_, Self>, b: Matrix<'_, Self>, beta: Self, c: &mut [Self]);

    /// $1/(1+e^{-x})$
    fn sigmoid(self) -> Self;

    /// $\ln(1+e^x)$, without overflow
    #[inline(always)]
    fn softplus(self) -> Self {
        // ln(1 + e) = 2 artanh(u) with u = e/(2 + e), which is at most 1/3: seventeen terms leave less than 1e-17.
        let e = (Self::ZERO - self.max(Self::ZERO - self)).exp();
        let u = e / (Self::ONE + Self::ONE + e);
        let square = u * u;
        let mut sum = Self::from_f64(1.0 / 33.0);
        let mut odd = 31.0;
        for _ in 0..16 {
            sum = sum.fma(square, Self::from_f64(1.0 / odd));
            odd -= 2.0;
        }
        (u + u).fma(sum, self.max(Self::ZERO))
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

/// $2^t$ for what is then divided by one plus it, which forgives a relative error of one unit in the last place and
/// that of a large `t`; beyond ±100 the quotient is 0 or 1.
#[inline(always)]
fn short_exp2(t: f32) -> f32 {
    // As in `exp`, with the polynomial of degree 5 that is 1 at 0 and comes closest to 2^r for |r| <= 1/2: within 9.2e-8.
    const ROUND: f32 = 12_582_912.0;
    let t = t.clamp(-100.0, 100.0);
    let shifted = t + ROUND;
    let r = t - (shifted - ROUND);
    let p = polynomial(
        r,
        [0.001_326_465_9, 0.009_671_566, 0.055_507_343, 0.240_222_41, std::f32::consts::LN_2, 1.0],
    );
    f32::from_bits(p.to_bits().wrapping_add(shifted.to_bits() << 23))
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
        // 1 + r c(r), with the c of degree 5 that comes closest to e^r for |r| <= ln 2 / 2: within 2.6e-9.
        let p = polynomial(
            r,
            [0.001_406_142_1, 0.008_379_059, 0.041_664_77, 0.166_663_65, 0.500_000_06, 1.0, 1.0],
        );
        // p is between 0.7 and 1.5, so that adding n to its exponent multiplies it by 2^n.
        Self::from_bits(p.to_bits().wrapping_add(shifted.to_bits() << 23))
    }

    #[inline(always)]
    fn tanh(self) -> Self {
        // 1 - 2/(e^{2x} + 1) loses nothing that matters here: its absolute error is that of one rounding of 1.
        1.0 - 2.0 / (short_exp2(self * (2.0 * std::f32::consts::LOG2_E)) + 1.0)
    }

    #[inline(always)]
    fn sigmoid(self) -> Self {
        1.0 / (short_exp2(self * -std::f32::consts::LOG2_E) + 1.0)
    }

    fn multiply(a: Matrix<'_, Self>, b: Matrix<'_, Self>, beta: Self, c: &mut [Self]) {
        matrix::multiply(a, b, beta, c);
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
        // As for f32, with c of degree 10: within 1.8e-17.
        let p = polynomial(
            r,
            [
                2.298_132_762_980_385_4e-8,
                2.762_636_549_679_541e-7,
                2.756_426_191_046_454e-6,
                2.480_150_434_559_931_6e-5,
                1.984_126_147_460_782_3e-4,
                1.388_888_893_247_099e-3,
                8.333_333_337_728_656e-3,
                4.166_666_666_657_327e-2,
                1.666_666_666_665_726_5e-1,
                5.000_000_000_000_006e-1,
                1.000_000_000_000_000_7,
                1.0,
            ],
        );
        Self::from_bits(p.to_bits().wrapping_add(shifted.to_bits() << 52))
    }

    #[inline(always)]
    fn tanh(self) -> Self {
        1.0 - 2.0 / (Real::exp(self + self) + 1.0)
    }

    #[inline(always)]
    fn sigmoid(self) -> Self {
        1.0 / (Real::exp(-self) + 1.0)
    }

    fn multiply(a: Matrix<'_, Self>, b: Matrix<'_, Self>, beta: Self, c: &mut [Self]) {
        matrix::multiply(a, b, beta, c);
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
    fn what_is_not_a_number_stays_so() {
        for x in [f64::NAN, -f64::NAN, f64::INFINITY - f64::INFINITY] {
            assert!(Real::exp(x).is_nan() && Real::exp(x as f32).is_nan());
            assert!(Real::sigmoid(x).is_nan() && Real::tanh(x as f32).is_nan());
        }
        assert_eq!((Real::exp(0.0_f32), Real::exp(0.0_f64)), (1.0, 1.0));
    }

    #[test]
    fn exp_stays_finite_beyond_its_range() {
        for x in [-1e4_f64, 1e4] {
            assert!(Real::exp(x).is_finite() && Real::exp(x as f32).is_finite());
        }
    }
}
