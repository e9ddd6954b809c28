//! Where a function of one variable crosses zero.

/// The zero of `f` between `a` and `b`, whose values have opposite signs, by Brent's method.
///
/// `None` if the signs do not differ, or the function is not a number on the way.
/// The result is off by at most `tolerance`.
///
/// # Errors
///
/// The first of `f`.
pub(crate) fn brent<E>(
    mut f: impl FnMut(f64) -> Result<f64, E>,
    a: f64,
    b: f64,
    tolerance: f64,
) -> Result<Option<f64>, E> {
    const MOST_STEPS: usize = 200;
    let (mut a, mut b) = (a, b);
    let (mut fa, mut fb) = (f(a)?, f(b)?);
    if fa == 0.0 {
        return Ok(Some(a));
    }
    if !(fa.is_finite() && fb.is_finite()) || fa.signum() == fb.signum() && fb != 0.0 {
        return Ok(None);
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
            return Ok(Some(b));
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
        fb = f(b)?;
        if fb.is_nan() {
            return Ok(None);
        }
        if fb.signum() == fc.signum() {
            (c, fc) = (a, fa);
            step = b - a;
            before = step;
        }
    }
    Ok(Some(b))
}

/// How often the steps outwards grow.
const MOST_STEPS_OUTWARDS: usize = 60;

/// Where `f`, which is negative at `from`, becomes positive on the way to `end`; `None` if it does not.
///
/// The first step has the length `step`, and each further one is half as long again.
///
/// # Errors
///
/// The first of `f`.
pub(crate) fn first_crossing<E>(
    mut f: impl FnMut(f64) -> Result<f64, E>,
    from: f64,
    end: f64,
    step: f64,
    tolerance: f64,
) -> Result<Option<f64>, E> {
    let (mut inner, mut step) = (from, step.copysign(end - from));
    for _ in 0..MOST_STEPS_OUTWARDS {
        let outer = if (end - inner).abs() <= step.abs() { end } else { inner + step };
        let value = f(outer)?;
        if value >= 0.0 {
            return brent(f, inner, outer, tolerance);
        }
        if outer == end || value.is_nan() {
            break;
        }
        (inner, step) = (outer, 1.5 * step);
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    fn zero(mut f: impl FnMut(f64) -> f64, a: f64, b: f64, tolerance: f64) -> Option<f64> {
        let Ok(zero) = brent(|x| Ok::<f64, Infallible>(f(x)), a, b, tolerance);
        zero
    }

    #[test]
    fn a_zero_is_found_to_its_tolerance() {
        let mut n = 0;
        let found = zero(
            |x| {
                n += 1;
                x.exp() - 2.0
            },
            0.0,
            5.0,
            1e-12,
        );
        assert!((found.unwrap() - 2.0_f64.ln()).abs() < 1e-12);
        assert!(n < 15, "{n}");
        assert_eq!(zero(|x| x * x + 1.0, -1.0, 1.0, 1e-9), None);
        assert_eq!(zero(|x| x, 0.0, 1.0, 1e-9), Some(0.0));
        // A step has no zero, but a place.
        let step = zero(|x| if x < 0.3 { -1.0 } else { 1.0 }, 0.0, 1.0, 1e-9).unwrap();
        assert!((step - 0.3).abs() < 1e-9);
    }

    #[test]
    fn an_error_on_the_way_is_the_result() {
        assert_eq!(brent(|x| if x < 0.9 { Ok(x - 0.3) } else { Err(x) }, 0.0, 1.0, 1e-9), Err(1.0));
    }

    #[test]
    fn a_crossing_is_found_on_either_side_and_not_beyond_the_end() {
        let crossing = |end: f64| {
            let Ok(found) = first_crossing(|x| Ok::<f64, Infallible>(x * x - 4.0), 0.0, end, 0.3, 1e-12);
            found
        };
        assert!((crossing(f64::INFINITY).unwrap() - 2.0).abs() < 1e-12);
        assert!((crossing(-10.0).unwrap() + 2.0).abs() < 1e-12);
        assert_eq!(crossing(2.0), Some(2.0));
        assert_eq!((crossing(1.9), crossing(0.0)), (None, None));
    }
}
