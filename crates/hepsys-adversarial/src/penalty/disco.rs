//! The distance correlation (`szekely2007`, `kasieczka2020`).

use super::Origins;

/// $\mathrm{dCorr}^2$ of the scores of events, as points in space, with what is simulation and what data; zero if and only if
/// they are independent. Also its derivatives by the scores.
///
/// $$ \mathrm{dCov}^2(u, y) = \sum_{ij} w_i w_j A_{ij} B_{ij}, \quad \mathrm{dCorr}^2 =
/// \frac{\mathrm{dCov}^2(u, y)}{\sqrt{\mathrm{dCov}^2(u, u)\,\mathrm{dCov}^2(y, y)}} $$
/// with distances $a_{ij} = |u_i - u_j|$ and $b_{ij} = |y_i - y_j|$, from which the means of rows and columns are taken away
/// ($A$, $B$).
///
/// # Shapes
///
/// `[n_scores][n_events]`, and the same for the derivatives.
///
/// # Panics
///
/// If a score has fewer events than there are origins, or an origin is neither 0 nor 1.
#[must_use]
pub fn distance_correlation(scores: &[Vec<f64>], origins: Origins<'_>) -> (f64, Vec<Vec<f64>>) {
    let n = origins.is_data.len();
    let nothing = || (0.0, vec![vec![0.0; n]; scores.len()]);
    let total: f64 = origins.weights.iter().sum();
    if total <= 0.0 {
        return nothing();
    }
    let weights: Vec<f64> = origins.weights.iter().map(|w| w / total).collect();
    let distances = |distance: &dyn Fn(usize, usize) -> f64| -> Vec<f64> {
        (0..n * n).map(|ij| distance(ij / n, ij % n)).collect()
    };
    let between = distances(&|i, j| scores.iter().map(|u| (u[i] - u[j]).powi(2)).sum::<f64>().sqrt());
    let of_scores = centred(&between, &weights);
    let kinds = distances(&|i, j| f64::from(u8::from(origins.is_data[i] != origins.is_data[j])));
    let of_kinds = centred(&kinds, &weights);
    let both = covariance(&of_scores, &of_kinds, &weights);
    let own = covariance(&of_scores, &of_scores, &weights);
    let other = covariance(&of_kinds, &of_kinds, &weights);
    if own <= 0.0 || other <= 0.0 {
        // All scores are the same, or all events are of one kind.
        return nothing();
    }
    let scale = 1.0 / (own * other).sqrt();
    let mut derivatives = vec![vec![0.0; n]; scores.len()];
    for i in 0..n {
        for j in 0..n {
            let (ij, distance) = (i * n + j, between[i * n + j]);
            if distance > 0.0 {
                // ∂dCorr²/∂a_ij, twice, for a_ji is the same distance.
                let slope = of_kinds[ij] - both / own * of_scores[ij];
                let slope = 2.0 * weights[i] * weights[j] * scale * slope / distance;
                for (derivative, u) in derivatives.iter_mut().zip(scores) {
                    derivative[i] += slope * (u[i] - u[j]);
                }
            }
        }
    }
    (both * scale, derivatives)
}

/// Distances without the weighted means of their rows and columns.
fn centred(distances: &[f64], weights: &[f64]) -> Vec<f64> {
    let n = weights.len();
    let means: Vec<f64> =
        distances.chunks(n).map(|row| row.iter().zip(weights).map(|(d, w)| d * w).sum()).collect();
    let mean: f64 = means.iter().zip(weights).map(|(m, w)| m * w).sum();
    (0..n * n).map(|ij| distances[ij] - means[ij / n] - means[ij % n] + mean).collect()
}

/// $\sum_{ij} w_i w_j a_{ij} b_{ij}$
fn covariance(a: &[f64], b: &[f64], weights: &[f64]) -> f64 {
    let n = weights.len();
    let rows = a.chunks(n).zip(b.chunks(n)).zip(weights);
    rows.map(|((a, b), w)| w * a.iter().zip(b).zip(weights).map(|((a, b), w)| a * b * w).sum::<f64>()).sum()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{example, worst};
    use super::*;

    #[test]
    fn derivatives_are_those_of_finite_differences() {
        assert!(worst(distance_correlation, 1e-6) < 1e-8);
    }

    #[test]
    fn a_number_that_shows_the_kind_is_fully_correlated() {
        let is_data = [0, 1, 1, 0, 1];
        let scores = vec![is_data.iter().map(|&d| 3.0 - 2.0 * d as f64).collect()];
        let origins = Origins { is_data: &is_data, weights: &[1.0, 2.0, 0.5, 1.0, 1.0] };
        assert!((distance_correlation(&scores, origins).0 - 1.0).abs() < 1e-12);
    }

    #[test]
    fn equal_scores_in_simulation_and_data_are_independent() {
        let column = vec![0.1, 0.1, 0.7, 0.7, 0.3, 0.3];
        let origins = Origins { is_data: &[0, 1, 0, 1, 0, 1], weights: &[1.0; 6] };
        assert!(distance_correlation(&[column], origins).0.abs() < 1e-15);
    }

    #[test]
    fn weights_are_numbers_of_events() {
        let (scores, is_data, _) = example();
        let twice: Vec<usize> = (0..12).chain([3, 4]).collect();
        let repeated: Vec<Vec<f64>> = scores.iter().map(|u| twice.iter().map(|&i| u[i]).collect()).collect();
        let of_repeated: Vec<usize> = twice.iter().map(|&i| is_data[i]).collect();
        let mut weights = vec![1.0; 12];
        (weights[3], weights[4]) = (2.0, 2.0);
        let a = distance_correlation(&scores, Origins { is_data: &is_data, weights: &weights }).0;
        let b = distance_correlation(&repeated, Origins { is_data: &of_repeated, weights: &[1.0; 14] }).0;
        assert!((a - b).abs() < 1e-14);
    }
}
