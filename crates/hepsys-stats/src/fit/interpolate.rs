//! Where an interpolated function crosses zero.

use std::convert::Infallible;

use crate::root::brent;

/// A place, the value of a function there, and its slope.
#[derive(Debug, Clone, Copy)]
pub(super) struct Knot {
    pub(super) at: f64,
    pub(super) value: f64,
    pub(super) slope: f64,
}

/// The zero between two knots whose values differ in sign, of the cubic with their values and slopes.
///
/// A straight line takes over if the cubic has no zero because a slope is not finite.
pub(super) fn crossing(a: Knot, b: Knot) -> f64 {
    let width = b.at - a.at;
    let cubic = |t: f64| {
        let s = 1.0 - t;
        s * s * ((1.0 + 2.0 * t) * a.value + t * width * a.slope)
            + t * t * ((1.0 + 2.0 * s) * b.value - s * width * b.slope)
    };
    let straight = a.value / (a.value - b.value);
    let Ok(zero) = brent(|t| Ok::<f64, Infallible>(cubic(t)), 0.0, 1.0, 1e-14);
    a.at + width * zero.unwrap_or(straight)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parabola_is_crossed_where_it_is_zero() {
        let knot = |x: f64| Knot { at: x, value: x * x - 2.0, slope: 2.0 * x };
        assert!((crossing(knot(0.0), knot(3.0)) - 2.0_f64.sqrt()).abs() < 1e-13);
        assert!((crossing(knot(-3.0), knot(0.5)) + 2.0_f64.sqrt()).abs() < 1e-13);
        let rough = |x: f64| Knot { slope: f64::NAN, ..knot(x) };
        assert!((crossing(rough(0.0), rough(2.0)) - 1.0).abs() < 1e-13);
    }
}
