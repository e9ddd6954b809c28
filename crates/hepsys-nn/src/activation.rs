use burn::tensor::{Tensor, activation};
use serde::{Deserialize, Serialize};

/// The activation function of hidden layers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Activation {
    /// $\tanh z$
    Tanh,
    /// $1 / (1 + e^{-z})$
    #[default]
    Sigmoid,
    /// $\max(0, z)$
    Relu,
}

impl Activation {
    /// The function, element by element.
    ///
    /// # Shapes
    ///
    /// Any, and the result has the same.
    #[must_use]
    pub fn of<const R: usize>(self, z: Tensor<R>) -> Tensor<R> {
        match self {
            Self::Tanh => activation::tanh(z),
            Self::Sigmoid => activation::sigmoid(z),
            Self::Relu => activation::relu(z),
        }
    }
}
