//! The everyday losses. Each is the mean over events by weight, $\sum w \ell / \sum w$.

use burn::tensor::Tensor;

/// The mean square of what predictions miss: $\ell = (f - y)^2$.
///
/// # Shapes
///
/// All `[n_events, 1]`.
#[must_use]
pub fn mean_squared_error(predictions: Tensor<2>, targets: Tensor<2>, weights: Tensor<2>) -> Tensor<1> {
    mean((predictions - targets).powi_scalar(2), weights)
}

/// The cross entropy of two classes: $\ell = \ln(1 + e^f) - y f$, for outputs $f = \ln \frac{p}{1-p}$ and targets $y$ of 0 or 1.
///
/// Written so that no exponential overflows.
///
/// # Shapes
///
/// All `[n_events, 1]`.
#[must_use]
pub fn binary_cross_entropy(outputs: Tensor<2>, targets: Tensor<2>, weights: Tensor<2>) -> Tensor<1> {
    // (f + |f|)/2 rather than a ReLU, whose slope of zero at f = 0 would be that of the whole there.
    let magnitude = outputs.clone().abs();
    let softplus = (outputs.clone() + magnitude.clone()) * 0.5 + magnitude.neg().exp().log1p();
    mean(softplus - outputs * targets, weights)
}

fn mean(losses: Tensor<2>, weights: Tensor<2>) -> Tensor<1> {
    (losses * weights.clone()).sum() / weights.sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Device;
    use crate::mlp::read;

    fn column(values: &[f32]) -> Tensor<2> {
        Tensor::<1>::from_floats(values, &Device::flex()).reshape([-1, 1])
    }

    #[test]
    fn losses_are_means_by_weight() {
        let loss = mean_squared_error(column(&[1.0, 3.0]), column(&[0.0, 1.0]), column(&[3.0, 1.0]));
        // (3 * 1 + 1 * 4) / 4, exact in single precision.
        assert_eq!(read(loss).unwrap(), [1.75]);
    }

    #[test]
    fn cross_entropy_follows_its_formula_and_does_not_overflow() {
        for (output, target) in [(0.7_f64, 1.0), (-1.3, 0.0), (2.0, 0.0), (200.0, 0.0), (-200.0, 1.0)] {
            let loss =
                binary_cross_entropy(column(&[output as f32]), column(&[target as f32]), column(&[1.0]));
            let expected = output.max(0.0) + (-output.abs()).exp().ln_1p() - output * target;
            // Single precision.
            assert!((read(loss).unwrap()[0] / expected - 1.0).abs() < 1e-6);
        }
    }

    #[test]
    fn the_slope_of_cross_entropy_at_zero_is_half_minus_the_target() {
        let device = Device::flex().autodiff();
        let output = Tensor::<2>::zeros([1, 1], &device).require_grad();
        let ones = Tensor::<2>::ones([1, 1], &device);
        let loss = binary_cross_entropy(output.clone(), ones.clone(), ones);
        let gradients = loss.backward();
        assert_eq!(read(output.grad(&gradients).unwrap()).unwrap(), [-0.5]);
    }
}
