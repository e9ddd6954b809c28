use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

use crate::NnError;

/// Which parameters a [`WeightClip`] bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Clipped {
    /// Kernels: the parameters of two and more dimensions, which multiply.
    Kernels,
    /// Kernels and biases: every parameter.
    KernelsAndBiases,
}

/// Keeps the parameters of a network in a box, $|w| \le W$: the regularisation of likelihood-ratio tests
/// with a learned alternative.
///
/// ```
/// use hepsys_nn::{Activation, Clipped, Device, Mlp, MlpShape, Run, WeightClip};
///
/// let network = Mlp::init(&MlpShape::new(2, &[8], 1, Activation::Tanh)?, &Run::on(Device::flex()));
/// let clipped = WeightClip::new(0.25, Clipped::KernelsAndBiases)?.apply(network);
/// assert!(clipped.to_parameters()?.iter().all(|w| w.abs() <= 0.25));
/// # Ok::<(), hepsys_nn::NnError>(())
/// ```
///
/// # References
///
/// [D'Agnolo and Wulzer 2018](https://arxiv.org/abs/1806.02350)
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct WeightClip {
    bound: f64,
    clipped: Clipped,
}

/// What a file says, before [`WeightClip::new`] has looked at it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Unchecked {
    bound: f64,
    clipped: Clipped,
}

impl TryFrom<Unchecked> for WeightClip {
    type Error = NnError;

    fn try_from(clip: Unchecked) -> Result<Self, NnError> {
        Self::new(clip.bound, clip.clipped)
    }
}

impl WeightClip {
    /// The box of half-width `bound`.
    ///
    /// # Errors
    ///
    /// [`NnError::BadParameter`] unless the bound is positive and finite.
    pub fn new(bound: f64, clipped: Clipped) -> Result<Self, NnError> {
        NnError::check_positive("weight_clip", bound)?;
        Ok(Self { bound, clipped })
    }

    /// The largest absolute value of a parameter, $W$.
    #[must_use]
    pub fn bound(&self) -> f64 {
        self.bound
    }

    /// Which parameters it bounds.
    #[must_use]
    pub fn clipped(&self) -> Clipped {
        self.clipped
    }

    /// The network with its parameters inside the box; on a device in single precision the bound is rounded to it.
    #[must_use]
    pub fn apply<M: Module>(&self, network: M) -> M {
        network.map(&mut Clamp(*self))
    }
}

struct Clamp(WeightClip);

impl ModuleMapper for Clamp {
    fn map_float<const R: usize>(&mut self, parameter: Param<Tensor<R>>) -> Param<Tensor<R>> {
        if R < 2 && self.0.clipped == Clipped::Kernels {
            return parameter;
        }
        let bound = self.0.bound;
        parameter.map(|tensor| {
            if !tensor.is_autodiff() {
                return tensor.clamp(-bound, bound);
            }
            // A parameter stays a leaf of the tape: it is clamped off the tape and put back.
            let requires_gradient = tensor.is_require_grad();
            tensor.without_autodiff().clamp(-bound, bound).autodiff().set_require_grad(requires_gradient)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Activation, Device, Mlp, MlpShape};

    #[test]
    fn kernels_can_be_clipped_without_the_biases() {
        let shape = MlpShape::new(1, &[1], 1, Activation::Tanh).unwrap();
        let network = Mlp::from_parameters(&shape, &[3.0, -3.0, -0.5, 4.0], &Device::flex()).unwrap();
        let clip =
            |clipped| WeightClip::new(1.0, clipped).unwrap().apply(network.clone()).to_parameters().unwrap();
        assert_eq!(clip(Clipped::Kernels), [1.0, -3.0, -0.5, 4.0]);
        assert_eq!(clip(Clipped::KernelsAndBiases), [1.0, -1.0, -0.5, 1.0]);
    }

    #[test]
    fn a_clipped_network_can_be_trained_further() {
        let shape = MlpShape::new(1, &[], 1, Activation::Tanh).unwrap();
        let device = Device::flex().autodiff();
        let network = Mlp::from_parameters(&shape, &[3.0, 0.0], &device).unwrap();
        let network = WeightClip::new(1.0, Clipped::Kernels).unwrap().apply(network);
        let gradients = network.forward(Tensor::from_data([[2.0]], &device)).sum().backward();
        let gradients = burn::optim::GradientsParams::from_grads(gradients, &network);
        assert_eq!(gradients.len(), 2);
    }

    #[test]
    fn a_box_has_a_size() {
        let error = WeightClip::new(0.0, Clipped::Kernels).unwrap_err();
        assert_eq!(error.to_string(), "weight_clip must be positive and finite, got 0");
    }
}
