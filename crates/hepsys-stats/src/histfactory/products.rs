//! Products of factors with their derivatives, without divisions, for a signal strength at its bound is a factor of zero.

use super::interpolation::Jet;

/// Appends, for each factor, the derivative of the product by its parameter; gives the product.
pub(super) fn differentiate(factors: &[Jet], firsts: &mut Vec<f64>) -> f64 {
    let start = firsts.len();
    let mut before = 1.0;
    for factor in factors {
        firsts.push(before * factor.slope);
        before *= factor.value;
    }
    let mut after = 1.0;
    for (factor, first) in factors.iter().zip(&mut firsts[start..]).rev() {
        *first *= after;
        after *= factor.value;
    }
    before
}

/// Calls `add` with the second derivative by the parameters of factors `i` and `k`, for `i <= k`.
pub(super) fn seconds(factors: &[Jet], after: &mut Vec<f64>, mut add: impl FnMut(usize, usize, f64)) {
    after.clear();
    after.resize(factors.len() + 1, 1.0);
    for (i, factor) in factors.iter().enumerate().rev() {
        after[i] = after[i + 1] * factor.value;
    }
    let mut before = 1.0;
    for (i, first) in factors.iter().enumerate() {
        add(i, i, before * first.curvature * after[i + 1]);
        let mut between = before * first.slope;
        for (k, second) in factors.iter().enumerate().skip(i + 1) {
            add(i, k, between * second.slope * after[k + 1]);
            between *= second.value;
        }
        before *= first.value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jets(values: &[f64]) -> Vec<Jet> {
        values.iter().map(|&value| Jet { value, slope: 1.0, curvature: 0.5 }).collect()
    }

    #[test]
    fn zeros_leave_the_derivatives_that_they_belong_to() {
        let derivatives = |values: &[f64]| {
            let (factors, mut firsts, mut matrix) = (jets(values), vec![7.0], Vec::new());
            let product = differentiate(&factors, &mut firsts);
            seconds(&factors, &mut vec![9.0], |i, k, value| matrix.push((i, k, value)));
            (product, firsts[1..].to_vec(), matrix.into_iter().map(|(.., value)| value).collect::<Vec<_>>())
        };
        // Second derivatives: 00, 01, 02, 11, 12, 22.
        let (product, firsts, seconds) = derivatives(&[2.0, 3.0, 5.0]);
        assert_eq!((product, firsts), (30.0, vec![15.0, 10.0, 6.0]));
        assert_eq!(seconds, [7.5, 5.0, 3.0, 5.0, 2.0, 3.0]);
        let (product, firsts, seconds) = derivatives(&[2.0, 0.0, 5.0]);
        assert_eq!((product, firsts), (0.0, vec![0.0, 10.0, 0.0]));
        assert_eq!(seconds, [0.0, 5.0, 0.0, 5.0, 2.0, 0.0]);
        let (product, firsts, seconds) = derivatives(&[0.0, 0.0, 5.0]);
        assert_eq!((product, firsts), (0.0, vec![0.0, 0.0, 0.0]));
        assert_eq!(seconds, [0.0, 5.0, 0.0, 0.0, 0.0, 0.0]);
        assert_eq!(derivatives(&[]), (1.0, vec![], vec![]));
    }
}
