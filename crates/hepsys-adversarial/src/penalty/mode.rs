//! Moment decomposition with a zeroth moment (`kitouni2021`).

use super::Origins;

/// $\tfrac12 \sum_k \int (F_k^\mathrm{data}(u) - F_k^\mathrm{sim}(u))^2\\, \mathrm{d}u$ of the cumulative distributions of each
/// score, and its derivatives by the scores.
///
/// That is the loss of `kitouni2021` for two bins and no slope: each distribution against the mean of both.
///
/// # Shapes
///
/// `[n_scores][n_events]`, and the same for the derivatives.
///
/// # Panics
///
/// If a score has fewer events than there are origins, or an origin is neither 0 nor 1.
#[must_use]
pub fn area_between(scores: &[Vec<f64>], origins: Origins<'_>) -> (f64, Vec<Vec<f64>>) {
    let n = origins.is_data.len();
    let mut totals = [0.0; 2];
    for (&origin, weight) in origins.is_data.iter().zip(origins.weights) {
        totals[origin] += weight;
    }
    let mut derivatives = vec![vec![0.0; n]; scores.len()];
    if totals.iter().any(|total| *total <= 0.0) {
        return (0.0, derivatives);
    }
    // What an event adds to the difference of the distributions from its score on.
    let kinds = origins.is_data.iter().zip(origins.weights);
    let share: Vec<f64> =
        kinds.map(|(&origin, w)| if origin == 1 { w / totals[1] } else { -w / totals[0] }).collect();
    let mut value = 0.0;
    let mut order: Vec<usize> = (0..n).collect();
    for (u, derivative) in scores.iter().zip(&mut derivatives) {
        order.sort_by(|&a, &b| u[a].total_cmp(&u[b]));
        let mut difference = 0.0;
        let mut begin = 0;
        while begin < n {
            // Events of one score step together; each feels the middle of the step.
            let at = u[order[begin]];
            let end = begin + order[begin..].iter().take_while(|&&event| u[event] == at).count();
            let step: f64 = order[begin..end].iter().map(|&event| share[event]).sum();
            for &event in &order[begin..end] {
                derivative[event] = -share[event] * (difference + 0.5 * step);
            }
            difference += step;
            if let Some(&next) = order.get(end) {
                value += 0.5 * difference * difference * (u[next] - at);
            }
            begin = end.max(begin + 1);
        }
    }
    (value, derivatives)
}

#[cfg(test)]
mod tests {
    use super::super::tests::worst;
    use super::*;

    #[test]
    fn derivatives_are_those_of_finite_differences() {
        // Linear between two scores, so that only rounding is left.
        assert!(worst(area_between, 1e-5) < 1e-9);
    }

    #[test]
    fn two_points_have_the_area_between_them() {
        let origins = Origins { is_data: &[0, 1], weights: &[3.0, 0.2] };
        let (value, derivatives) = area_between(&[vec![0.1, 0.6]], origins);
        assert!((value - 0.25).abs() < 1e-15);
        // Towards each other: one half for each unit of length.
        assert_eq!(derivatives, [[-0.5, 0.5]]);
    }

    #[test]
    fn equal_scores_have_no_area_and_no_derivative() {
        let origins = Origins { is_data: &[0, 1, 0, 1], weights: &[1.0; 4] };
        let (value, derivatives) = area_between(&[vec![0.2, 0.2, 0.9, 0.9]], origins);
        assert_eq!(value, 0.0);
        assert!(derivatives[0].iter().all(|d| d.abs() < 1e-16));
    }
}
