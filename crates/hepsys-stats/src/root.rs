//! Where a function of one variable crosses zero.

/// The zero of `f` between `a` and `b`, whose values have opposite signs, by Brent's method.
///
/// `None` if the signs do not differ, or the function is not a number on the way.
/// The result is off by at most `tolerance`.
pub(crate) fn brent(mut f: impl FnMut(f64) -> f64, a: f64, b: f64, tolerance: f64) -> Option<f64> {
    const MOST_STEPS: usize = 200;
    let (mut a, mut b) = (a, b);
    let (mut fa, mut fb) = (f(a), f(b));
    if fa == 0.0 {
        return Some(a);
    }
    if !(fa.is_finite() && fb.is_finite()) || fa.signum() == fb.signum() && fb != 0.0 {
        return None;
    }
    let (mut c, mut fc) = (a, fa);
    let mut step = b - a;
    let mut before = step;
    for _ in 0..MOST_STEPS {
        if fc.abs() < fb.abs() {
            (a, b, c) = (b, c, b);
            (fa, fb, fc) = (fb, fc, fb);
        }
        let allowed = 2.0 * f64::EPSILON * b.abs() + 0.5 * tolerance;
        let half = 0.5 * (c - b);
        if half.abs() <= allowed || fb == 0.0 {
            return Some(b);
        }
        if before.abs() < allowed || fa.abs() <= fb.abs() {
            (before, step) = (half, half);
        } else {
            // The secant through two points, or the inverse parabola through three.
            let s = fb / fa;
            let (mut p, mut q) = if a == c {
                (2.0 * half * s, 1.0 - s)
            } else {
                let (q, r) = (fa / fc, fb / fc);
                (s * (2.0 * half * q * (q - r) - (b - a) * (r - 1.0)), (q - 1.0) * (r - 1.0) * (s - 1.0))
            };
            if p > 0.0 {
                q = -q;
            }
            p = p.abs();
            if 2.0 * p < (3.0 * half * q - (allowed * q).abs()).min((before * q).abs()) {
                (before, step) = (step, p / q);
            } else {
                (before, step) = (half, half);
            }
        }
        (a, fa) = (b, fb);
        b += if step.abs() > allowed { step } else { allowed.copysign(half) };
        fb = f(b);
        if fb.is_nan() {
            return None;
        }
        if fb.signum() == fc.signum() {
            (c, fc) = (a, fa);
            step = b - a;
            before = step;
        }
    }
    Some(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zero_is_found_to_its_tolerance() {
        let mut n = 0;
        let zero = brent(
            |x| {
                n += 1;
                x.exp() - 2.0
            },
            0.0,
            5.0,
            1e-12,
        );
        assert!((zero.unwrap() - 2.0_f64.ln()).abs() < 1e-12);
        assert!(n < 15, "{n}");
        assert_eq!(brent(|x| x * x + 1.0, -1.0, 1.0, 1e-9), None);
        assert_eq!(brent(|x| x, 0.0, 1.0, 1e-9), Some(0.0));
        // A step has no zero, but a place.
        let step = brent(|x| if x < 0.3 { -1.0 } else { 1.0 }, 0.0, 1.0, 1e-9).unwrap();
        assert!((step - 0.3).abs() < 1e-9);
    }
}
