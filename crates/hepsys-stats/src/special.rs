//! Tails of distributions in logarithms, where a double would underflow.

use std::f64::consts::LN_2;

use statrs::function::gamma::{digamma, ln_gamma};

/// $\ln Q(a, x)$, the logarithm of the regularised upper incomplete gamma function, for positive `a`.
///
/// Series for $P = 1 - Q$ below the bulk, Lentz's continued fraction for $Q$ above it.
/// Both need of the order of $\sqrt a$ terms at $x \approx a$ and few elsewhere.
pub(crate) fn ln_gamma_q(a: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    let ln_prefactor = a * x.ln() - x - ln_gamma(a);
    if x < a + 1.0 {
        let (mut term, mut sum, mut n) = (1.0 / a, 1.0 / a, a);
        while f64::EPSILON * 0.1 * sum < term {
            n += 1.0;
            term *= x / n;
            sum += term;
        }
        // Rounding can lift P above one where Q is below the precision of a double.
        return (-(ln_prefactor + sum.ln()).exp().min(1.0)).ln_1p();
    }
    // No denominator can vanish: each is a positive sum for x > a.
    let mut b = x + 1.0 - a;
    let mut d = 1.0 / b;
    let mut fraction = d;
    let mut c = f64::INFINITY;
    for i in 1..MAX_TERMS {
        let i = f64::from(i);
        let numerator = -i * (i - a);
        b += 2.0;
        d = 1.0 / (b + numerator * d);
        c = b + numerator / c;
        fraction *= c * d;
        if (c * d - 1.0).abs() < f64::EPSILON {
            break;
        }
    }
    ln_prefactor + fraction.ln()
}

/// $-\ln\mathrm{Poisson}(n \mid n) = \ln\Gamma(n+1) - n\ln n + n$, also for an `n` that is no integer.
pub(crate) fn minus_ln_poisson_peak(n: f64) -> f64 {
    if n == 0.0 {
        return 0.0;
    }
    if n < 15.0 {
        return ln_gamma(n + 1.0) - n * n.ln() + n;
    }
    // Stirling's series, where the differences of large numbers would lose digits; the next term is below 2e-14.
    let square = 1.0 / (n * n);
    let series = (1.0 / 12.0 - square * (1.0 / 360.0 - square * (1.0 / 1260.0 - square / 1680.0))) / n;
    0.5 * (std::f64::consts::TAU * n).ln() + series
}

/// More than $\sqrt a$ needs for any number of degrees of freedom that fits a network of today.
const MAX_TERMS: i32 = 1_000_000;

/// $\ln \Phi(-z)$, the logarithm of the probability above `z` standard deviations.
pub(crate) fn ln_normal_survival(z: f64) -> f64 {
    let one_side = ln_gamma_q(0.5, 0.5 * z * z) - LN_2;
    if z < 0.0 { (-one_side.exp()).ln_1p() } else { one_side }
}

/// The `z` with $\ln \Phi(-z) =$ `ln_p`; infinite for probabilities of zero and one.
pub(crate) fn normal_quantile_of_ln_survival(ln_p: f64) -> f64 {
    if ln_p < -LN_2 {
        upper_quantile(ln_p)
    } else {
        // Above one half the other side's probability is the precise one.
        -upper_quantile((-ln_p.exp_m1()).ln())
    }
}

/// Newton's iteration on $\ln \Phi(-z)$, which is concave, from above: it never overshoots.
fn upper_quantile(ln_p: f64) -> f64 {
    if ln_p == f64::NEG_INFINITY {
        return f64::INFINITY;
    }
    // Φ(-z) ≤ exp(-z²/2)/2, so this is not below the solution.
    let mut z = (-2.0 * (ln_p + LN_2)).max(0.0).sqrt();
    for _ in 0..100 {
        let ln_tail = ln_normal_survival(z);
        // φ(z)/Φ(-z), from logarithms, which do not underflow.
        let hazard = (-0.5 * z * z - LN_SQRT_TWO_PI - ln_tail).exp();
        let step = (ln_tail - ln_p) / hazard;
        z += step;
        if step.abs() <= 4.0 * f64::EPSILON * z.abs().max(1.0) {
            break;
        }
    }
    z
}

const LN_SQRT_TWO_PI: f64 = 0.918_938_533_204_672_8;

/// $\psi'(x)$ for positive `x`: recurrence up to where eight terms of the asymptotic series are exact.
pub(crate) fn trigamma(mut x: f64) -> f64 {
    let mut below = 0.0;
    while x < 15.0 {
        below += 1.0 / (x * x);
        x += 1.0;
    }
    // Bernoulli numbers B_2 to B_12.
    const B: [f64; 6] = [1.0 / 6.0, -1.0 / 30.0, 1.0 / 42.0, -1.0 / 30.0, 5.0 / 66.0, -691.0 / 2730.0];
    let y = 1.0 / (x * x);
    let series = B.iter().rev().fold(0.0, |sum, b| (sum + b) * y);
    below + (1.0 + series) / x + 0.5 * y
}

/// The positive `x` with $\psi(x) =$ `value`, by Newton's iteration.
pub(crate) fn inverse_digamma(value: f64) -> f64 {
    // Minka's start: within the region where Newton's iteration on this concave function converges.
    let mut x = if value < -2.22 { -1.0 / (value - digamma(1.0)) } else { value.exp() + 0.5 };
    for _ in 0..50 {
        let step = (digamma(x) - value) / trigamma(x);
        // A step to zero or below would leave the domain.
        x = (x - step).max(0.1 * x);
        if step.abs() <= 4.0 * f64::EPSILON * x {
            break;
        }
    }
    x
}

#[cfg(test)]
mod tests {
    use std::f64::consts::PI;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_poisson_peak_joins_its_series() {
        for n in [14.999_999, 15.0, 20.5, 100.0] {
            let direct = ln_gamma(n + 1.0) - n * n.ln() + n;
            assert!((minus_ln_poisson_peak(n) - direct).abs() < 1e-13 * n * n.ln(), "{n}");
        }
        // exp(-n) n^n / n! for n = 1, 2
        assert!((minus_ln_poisson_peak(1.0) - 1.0).abs() < 1e-15 && minus_ln_poisson_peak(0.0) == 0.0);
        assert!((minus_ln_poisson_peak(2.0) - (2.0 - LN_2)).abs() < 1e-14);
    }

    #[test]
    fn trigamma_has_its_closed_values() {
        // ψ'(1) = π²/6 and ψ'(1/2) = π²/2; relative rounding of twenty additions.
        assert!((trigamma(1.0) / (PI * PI / 6.0) - 1.0).abs() < 1e-14);
        assert!((trigamma(0.5) / (PI * PI / 2.0) - 1.0).abs() < 1e-14);
    }

    #[test]
    fn the_exponential_is_a_gamma_tail() {
        // Q(1, x) = exp(-x).
        for x in [1e-3, 0.5, 1.999, 2.001, 50.0, 1e4, 1e8] {
            assert!((ln_gamma_q(1.0, x) + x).abs() < 1e-13 * x.max(1.0), "{x}");
        }
    }

    proptest! {
        #[test]
        fn inverse_digamma_inverts(x in 1e-3..1e6_f64) {
            // digamma itself is good to a few 1e-15 of max(1, |ψ|), which its slope turns into an error of x.
            let back = inverse_digamma(digamma(x));
            prop_assert!((back - x).abs() < 1e-13 * (x + (1.0 + digamma(x).abs()) / trigamma(x)));
        }

        #[test]
        fn the_gamma_tail_obeys_its_recurrence(a in 0.1..200.0_f64, x in 0.01..400.0_f64) {
            // Q(a+1, x) = Q(a, x) + x^a e^{-x} / Γ(a+1)
            let step = (a * x.ln() - x - ln_gamma(a + 1.0)).exp();
            let (low, high) = (ln_gamma_q(a, x).exp(), ln_gamma_q(a + 1.0, x).exp());
            prop_assert!((high - low - step).abs() < 1e-12);
        }

        #[test]
        fn normal_quantiles_invert(z in -8.0..1e4_f64) {
            let back = normal_quantile_of_ln_survival(ln_normal_survival(z));
            // Below zero the survival is near one, and its complement near 1e-16 decides.
            let tolerance = if z < 0.0 { 1e-13 * (0.5 * z * z).exp() } else { 1e-11 * z.max(1.0) };
            prop_assert!((back - z).abs() < tolerance, "{back}");
        }
    }
}
