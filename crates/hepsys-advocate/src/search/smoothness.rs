//! What keeps a weight function smooth: the seed's penalty $\ell_g = \langle \max(\lVert \nabla h \rVert / p - 1, 0)^2 \rangle$.

use hepsys_nn::NnError;

use super::function::{Function, Pull, Table};
use super::head::Head;

/// Half of the distance, in the features' units, over which the change of a gradient with the parameters is taken as a difference.
///
/// Weight functions bend over distances of order one, so this truncates at $10^{-5}$ of the gradient, as much as single precision rounds.
const HALF_STEP: f64 = 1e-2;

/// The gradients of some functions at some points: `[n_functions][n_features][n_points]`.
pub(crate) fn gradients(function: &dyn Function, head: Head, points: &Table) -> Result<Vec<Table>, NnError> {
    let functions = head.functions(&function.outputs(points)?);
    let n_points = points.first().map_or(0, Vec::len);
    let gradient = |j: usize| {
        let by_functions: Table =
            (0..functions.len()).map(|k| vec![f64::from(u8::from(j == k)); n_points]).collect();
        function.by_inputs(points, &head.pull_back(&functions, &by_functions))
    };
    match head {
        Head::Softmax => (0..functions.len()).map(gradient).collect(),
        // Two functions that sum to one have opposite gradients.
        Head::Sigmoid => {
            let rising = gradient(1)?;
            let falling = rising.iter().map(|along| along.iter().map(|g| -g).collect()).collect();
            Ok(vec![falling, rising])
        }
    }
}

/// $\ell_g$ at some points, times `strength`, and the pulls that make its gradient.
///
/// The gradient needs the change of $\lVert \nabla h \rVert$ with the parameters: that of the derivatives along
/// $u_j = \nabla h_j / \lVert \nabla h \rVert$, each of which is a central difference of $h_j$.
pub(crate) fn penalty(
    function: &dyn Function,
    head: Head,
    points: &Table,
    (p, strength): (f64, f64),
) -> Result<(f64, Vec<Pull>), NnError> {
    let n_points = points.first().map_or(0, Vec::len);
    let gradients = gradients(function, head, points)?;
    let norm = |point: usize| {
        gradients.iter().flatten().map(|along| along[point] * along[point]).sum::<f64>().sqrt()
    };
    let steep: Vec<(usize, f64)> =
        (0..n_points).map(|point| (point, norm(point))).filter(|(_, norm)| *norm > p).collect();
    if steep.is_empty() {
        return Ok((0.0, Vec::new()));
    }
    let scale = strength / n_points as f64;
    let value = scale * steep.iter().map(|(_, norm)| (norm / p - 1.0).powi(2)).sum::<f64>();

    // Each steep point is shifted to and fro along the gradient of each function; one of two that sum to one stands for both.
    let n_functions = gradients.len();
    let (first, copies) = if head == Head::Sigmoid { (1, 2.0) } else { (0, 1.0) };
    let mut shifted: Table = vec![Vec::with_capacity(2 * n_functions * steep.len()); points.len()];
    let mut slopes: Table = vec![Vec::with_capacity(2 * n_functions * steep.len()); n_functions];
    for (j, gradient) in gradients.iter().enumerate().skip(first) {
        for &(point, norm) in &steep {
            let length = gradient.iter().map(|along| along[point] * along[point]).sum::<f64>().sqrt();
            if length == 0.0 {
                continue;
            }
            // ∂ℓ/∂‖∇h‖ · ‖∇h_j‖/‖∇h‖: the derivative is taken along a vector of length one.
            let slope = copies * scale * 2.0 * (norm / p - 1.0) / p * (length / norm);
            for sign in [1.0, -1.0] {
                for (feature, column) in shifted.iter_mut().enumerate() {
                    let along = gradient[feature][point] / length;
                    column.push(points[feature][point] + sign * HALF_STEP * along);
                }
                for (k, column) in slopes.iter_mut().enumerate() {
                    column.push(if j == k { sign * slope / (2.0 * HALF_STEP) } else { 0.0 });
                }
            }
        }
    }
    let functions = head.functions(&function.outputs(&shifted)?);
    let by_outputs = head.pull_back(&functions, &slopes);
    Ok((value, vec![Pull { points: shifted, by_outputs }]))
}

/// $|\nabla w|$ of $w = \sum_j \alpha_j h_j$ at each point.
pub(crate) fn steepness(gradients: &[Table], alpha: &[f64]) -> Vec<f64> {
    let n_features = gradients.first().map_or(0, Vec::len);
    let n_points = gradients.first().and_then(|table| table.first()).map_or(0, Vec::len);
    let squared = |point: usize| {
        (0..n_features)
            .map(|feature| {
                let along: f64 = gradients.iter().zip(alpha).map(|(g, a)| a * g[feature][point]).sum();
                along * along
            })
            .sum::<f64>()
    };
    (0..n_points).map(|point| squared(point).sqrt()).collect()
}

#[cfg(test)]
mod tests {
    use super::super::function::{Kernel, Step};
    use super::*;
    use hepsys_core::Seed;
    use hepsys_nn::dense::Dense;
    use hepsys_nn::{Activation, MlpShape};

    #[test]
    fn the_gradient_of_the_penalty_is_that_of_finite_differences() {
        let points: Table = vec![vec![0.1, -0.7, 1.3, 2.0], vec![-0.3, 0.9, 0.4, -1.1]];
        for (head, n_outputs) in [(Head::Softmax, 3), (Head::Sigmoid, 1)] {
            let shape = MlpShape::new(2, &[5, 4], n_outputs, Activation::Tanh).unwrap();
            let parameters: Vec<f64> = shape.glorot_uniform(Seed::new(4)).iter().map(|w| 1.5 * w).collect();
            let dense = Dense::<f64>::new(shape);
            let value = |parameters: &[f64]| {
                let kernel = Kernel { dense: &dense, parameters };
                penalty(&kernel, head, &points, (0.05, 3.0)).unwrap().0
            };
            let kernel = Kernel { dense: &dense, parameters: &parameters };
            let (at, pulls) = penalty(&kernel, head, &points, (0.05, 3.0)).unwrap();
            assert!(at > 0.1, "{at}");
            let slope = kernel.slope(&Step { value: at, pulls }).unwrap();
            let largest = slope.gradient.iter().fold(0.0, |largest: f64, g| largest.max(g.abs()));
            for (index, gradient) in slope.gradient.iter().enumerate() {
                let moved = |by: f64| {
                    let mut parameters = parameters.clone();
                    parameters[index] += by;
                    value(&parameters)
                };
                let difference = (moved(1e-5) - moved(-1e-5)) / 2e-5;
                // The derivative along the gradient is itself a difference over 0.02.
                assert!((gradient - difference).abs() < 1e-3 * largest, "{head:?} {gradient} {difference}");
            }
        }
    }

    #[test]
    fn a_flat_network_pays_nothing() {
        let shape = MlpShape::new(1, &[2], 1, Activation::Tanh).unwrap();
        let parameters = vec![0.0; shape.n_parameters()];
        let dense = Dense::<f64>::new(shape);
        let kernel = Kernel { dense: &dense, parameters: &parameters };
        let (value, pulls) = penalty(&kernel, Head::Sigmoid, &vec![vec![0.0, 1.0]], (0.1, 1.0)).unwrap();
        assert_eq!((value, pulls.len()), (0.0, 0));
    }
}
