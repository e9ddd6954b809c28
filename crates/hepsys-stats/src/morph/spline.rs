//! Cubic splines of many functions over the same knots.

use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};

use crate::StatsError;
use crate::histfactory::interpolation::Jet;

/// The two conditions that a cubic spline needs besides its knots.
///
/// With two knots either is the straight line; with three, [`NotAKnot`](Self::NotAKnot) is the parabola through them.
///
/// # References
///
/// `deboor1978`, chapter IV.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SplineEnds {
    /// The third derivative is continuous at the second and at the last but one knot: cubic polynomials are reproduced.
    #[default]
    NotAKnot,
    /// The second derivative is zero at both ends.
    Natural,
}

/// The knots, and the second derivatives there as linear functions of the values there.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Spline {
    knots: Vec<f64>,
    second: DMatrix<f64>,
}

/// What a spline is at one place: coefficients of the values and of the second derivatives at the two knots around it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Local {
    /// The knot below.
    pub(crate) below: usize,
    value: [f64; 4],
    slope: [f64; 4],
    curvature: [f64; 4],
}

impl Spline {
    pub(crate) fn new(knots: Vec<f64>, ends: SplineEnds) -> Result<Self, StatsError> {
        if knots.len() < 2 {
            return Err(StatsError::TooFewValues { what: "a spline".into(), needed: 2, found: knots.len() });
        }
        let increases = |k: usize| knots[k].is_finite() && (k == 0 || knots[k] > knots[k - 1]);
        if let Some(index) = (0..knots.len()).find(|&k| !increases(k)) {
            return Err(StatsError::BadValue {
                what: "the knots of a spline".into(),
                expected: "finite and increasing".into(),
                index,
                value: knots[index],
            });
        }
        let second = second_derivatives(&knots, ends);
        Ok(Self { knots, second })
    }

    pub(crate) fn knots(&self) -> &[f64] {
        &self.knots
    }

    pub(crate) fn ends(&self) -> (f64, f64) {
        (self.knots[0], self.knots[self.knots.len() - 1])
    }

    /// The second derivatives at the knots of the function with these values there.
    pub(crate) fn second(&self, values: &[f64]) -> Vec<f64> {
        let n = self.knots.len();
        (0..n).map(|i| (0..n).map(|k| self.second[(i, k)] * values[k]).sum()).collect()
    }

    /// The place `z`; beyond the ends, the straight line that joins there with the same slope.
    pub(crate) fn local(&self, z: f64) -> Local {
        let (low, high) = self.ends();
        let inside = z.clamp(low, high);
        let above = self.knots.partition_point(|&k| k <= inside).clamp(1, self.knots.len() - 1);
        let below = above - 1;
        let width = self.knots[above] - self.knots[below];
        let (a, b) = ((self.knots[above] - inside) / width, (inside - self.knots[below]) / width);
        let sixth = width / 6.0;
        let slope = [-1.0 / width, 1.0 / width, sixth * (1.0 - 3.0 * a * a), sixth * (3.0 * b * b - 1.0)];
        let value = [a, b, sixth * width * (a * a * a - a), sixth * width * (b * b * b - b)];
        let beyond = z - inside;
        if beyond == 0.0 {
            return Local { below, value, slope, curvature: [0.0, 0.0, a, b] };
        }
        let value = std::array::from_fn(|i| value[i] + beyond * slope[i]);
        Local { below, value, slope, curvature: [0.0; 4] }
    }

    /// The weight of each knot's value at a place, with derivatives.
    pub(crate) fn weights(&self, local: &Local) -> Vec<Jet> {
        (0..self.knots.len())
            .map(|k| {
                let values = [local.below, local.below + 1].map(|i| f64::from(u8::from(i == k)));
                let second = [local.below, local.below + 1].map(|i| self.second[(i, k)]);
                local.of(values, second)
            })
            .collect()
    }
}

impl Local {
    /// The function with these values and second derivatives at the two knots.
    pub(crate) fn of(&self, values: [f64; 2], second: [f64; 2]) -> Jet {
        let sum = |c: &[f64; 4]| c[0] * values[0] + c[1] * values[1] + c[2] * second[0] + c[3] * second[1];
        Jet { value: sum(&self.value), slope: sum(&self.slope), curvature: sum(&self.curvature) }
    }
}

/// The matrix from values to second derivatives, from the continuity of the first ones and the conditions at the ends.
fn second_derivatives(knots: &[f64], ends: SplineEnds) -> DMatrix<f64> {
    let n = knots.len();
    let width = |i: usize| knots[i + 1] - knots[i];
    let mut left = DMatrix::zeros(n, n);
    let mut right = DMatrix::zeros(n, n);
    for i in 1..n - 1 {
        let (before, after) = (width(i - 1), width(i));
        left[(i, i - 1)] = before;
        left[(i, i)] = 2.0 * (before + after);
        left[(i, i + 1)] = after;
        right[(i, i - 1)] = 6.0 / before;
        right[(i, i)] = -6.0 / before - 6.0 / after;
        right[(i, i + 1)] = 6.0 / after;
    }
    match ends {
        SplineEnds::NotAKnot if n > 3 => {
            for (row, [near, middle, far]) in [(0, [0, 1, 2]), (n - 1, [n - 1, n - 2, n - 3])] {
                let first = (knots[middle] - knots[near]).abs();
                let second = (knots[far] - knots[middle]).abs();
                left[(row, near)] = second;
                left[(row, middle)] = -(first + second);
                left[(row, far)] = first;
            }
        }
        SplineEnds::NotAKnot if n == 3 => {
            for row in [0, 2] {
                left[(row, row)] = 1.0;
                left[(row, 1)] = -1.0;
            }
        }
        SplineEnds::NotAKnot | SplineEnds::Natural => {
            left[(0, 0)] = 1.0;
            left[(n - 1, n - 1)] = 1.0;
        }
    }
    left.lu().solve(&right).expect("a spline over increasing knots exists")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(spline: &Spline, values: &[f64], z: f64) -> Jet {
        let second = spline.second(values);
        let local = spline.local(z);
        let i = local.below;
        let jet = local.of([values[i], values[i + 1]], [second[i], second[i + 1]]);
        let weights = spline.weights(&local);
        let summed: f64 = weights.iter().zip(values).map(|(w, v)| w.value * v).sum();
        assert!((summed - jet.value).abs() < 1e-12 * jet.value.abs().max(1.0));
        jet
    }

    #[test]
    fn cubic_polynomials_are_reproduced_without_a_knot_at_the_ends() {
        let knots = vec![-1.0, -0.3, 0.1, 0.8, 1.1, 2.0];
        let f = |z: f64| 1.0 - 2.0 * z + 0.5 * z * z + 0.7 * z * z * z;
        let values: Vec<f64> = knots.iter().map(|&z| f(z)).collect();
        let spline = Spline::new(knots, SplineEnds::NotAKnot).unwrap();
        for z in [-1.0, -0.9, -0.2, 0.5, 1.05, 1.9, 2.0] {
            let jet = at(&spline, &values, z);
            assert!((jet.value - f(z)).abs() < 1e-13, "{z}");
            assert!((jet.slope - (-2.0 + z + 2.1 * z * z)).abs() < 1e-12, "{z}");
            assert!((jet.curvature - (1.0 + 4.2 * z)).abs() < 1e-11, "{z}");
        }
    }

    #[test]
    fn a_natural_spline_has_the_values_worked_out_by_hand() {
        // Knots 0, 1, 2 with values 0, 1, 0: M₁ = −3, so s(½) = ½ + (½³ − ½)(−3)/6 = 0.6875.
        let spline = Spline::new(vec![0.0, 1.0, 2.0], SplineEnds::Natural).unwrap();
        let jet = at(&spline, &[0.0, 1.0, 0.0], 0.5);
        assert!((jet.value - 0.6875).abs() < 1e-15 && (jet.curvature + 1.5).abs() < 1e-14);
        assert_eq!(at(&spline, &[0.0, 1.0, 0.0], 0.0).curvature, 0.0);
    }

    #[test]
    fn two_knots_are_a_line_and_three_a_parabola() {
        for ends in [SplineEnds::NotAKnot, SplineEnds::Natural] {
            let spline = Spline::new(vec![1.0, 3.0], ends).unwrap();
            assert_eq!(at(&spline, &[2.0, 6.0], 2.0), Jet { value: 4.0, slope: 2.0, curvature: 0.0 });
        }
        let spline = Spline::new(vec![0.0, 1.0, 3.0], SplineEnds::NotAKnot).unwrap();
        let jet = at(&spline, &[0.0, 1.0, 9.0], 2.0);
        assert!((jet.value - 4.0).abs() < 1e-14 && (jet.slope - 4.0).abs() < 1e-14);
    }

    #[test]
    fn two_derivatives_are_continuous_at_knots_and_one_at_the_ends() {
        let knots = vec![0.0, 0.5, 0.9, 1.7, 2.0];
        let values = [3.0, 1.0, 2.0, 8.0, 4.0];
        for ends in [SplineEnds::NotAKnot, SplineEnds::Natural] {
            let spline = Spline::new(knots.clone(), ends).unwrap();
            for (k, &z) in knots.iter().enumerate() {
                assert_eq!(at(&spline, &values, z).value, values[k]);
                let (below, above) = (at(&spline, &values, z - 1e-11), at(&spline, &values, z + 1e-11));
                assert!((below.slope - above.slope).abs() < 1e-8);
                if 0 < k && k + 1 < knots.len() || ends == SplineEnds::Natural {
                    assert!((below.curvature - above.curvature).abs() < 1e-8);
                }
            }
        }
    }

    #[test]
    fn knots_have_to_increase() {
        let error = Spline::new(vec![0.0, 1.0, 1.0], SplineEnds::Natural).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the knots of a spline must be finite and increasing, but value 2 is 1"
        );
        assert!(Spline::new(vec![0.0], SplineEnds::Natural).is_err());
    }
}
