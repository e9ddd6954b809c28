/// The p-values of several tests, corrected by Holm's method so that testing them all at level α is wrong once with probability
/// α at most, whatever their dependence.
///
/// The smallest of $m$ p-values is multiplied by $m$, the next by $m - 1$, and so on; none falls below one before it, and none
/// exceeds one.
///
/// ```
/// let corrected = hepsys_stats::holm(&[0.01, 0.04, 0.03]);
/// let expected = [0.03, 0.06, 0.06];
/// assert!(corrected.iter().zip(expected).all(|(c, e)| (c - e).abs() < 1e-15));
/// ```
///
/// # Shapes
///
/// As many as there are tests, in their order.
///
/// # References
///
/// S. Holm, *A simple sequentially rejective multiple test procedure*, Scand. J. Statist. 6 (1979) 65.
#[must_use]
pub fn holm(p_values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|&a, &b| p_values[a].total_cmp(&p_values[b]));
    let mut corrected = vec![f64::NAN; p_values.len()];
    let mut largest: f64 = 0.0;
    for (rank, &test) in order.iter().enumerate() {
        let scaled = (p_values.len() - rank) as f64 * p_values[test];
        // A p-value that is not a number stays none; the largest so far does not hide it.
        corrected[test] = if scaled.is_nan() { scaled } else { scaled.max(largest).min(1.0) };
        largest = largest.max(corrected[test]);
    }
    corrected
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn corrected_p_values_keep_their_order_and_stay_below_one() {
        assert_eq!(holm(&[]), [0.0; 0]);
        assert_eq!(holm(&[0.2]), [0.2]);
        assert_eq!(holm(&[0.5, 0.9, 0.01]), [1.0, 1.0, 0.03]);
    }

    #[test]
    fn what_is_not_a_number_is_not_hidden() {
        let corrected = holm(&[f64::NAN, 0.1]);
        assert!(corrected[0].is_nan());
        assert_eq!(corrected[1], 0.2);
    }
}
