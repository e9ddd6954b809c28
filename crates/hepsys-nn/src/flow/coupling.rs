use burn::tensor::{Int, Tensor, TensorData};

use super::Coupling;
use crate::Mlp;

/// The bound of $|\ln|$ of what a coupling scales a feature by.
///
/// Six couplings then cover a factor of $e^{12}$ either way, and no step of a training makes the scale of a feature overflow.
pub const LARGEST_LOG_SCALE: f64 = 2.0;

/// Events on their way through a flow: columns in the order in which the last coupling left them.
pub(super) struct Columns {
    values: Tensor<2>,
    order: Vec<usize>,
}

impl Columns {
    pub(super) fn new(values: Tensor<2>) -> Self {
        let order = (0..values.dims()[1]).collect();
        Self { values, order }
    }

    /// The columns of these features, or nothing for none.
    pub(super) fn of(&self, features: &[usize]) -> Option<Tensor<2>> {
        if features.is_empty() {
            return None;
        }
        // Each feature has its place in the order.
        let places: Vec<usize> =
            features.iter().filter_map(|f| self.order.iter().position(|o| o == f)).collect();
        let first = places[0];
        if places.iter().enumerate().all(|(i, &place)| place == first + i) {
            return Some(self.values.clone().narrow(1, first, places.len()));
        }
        let n_places = places.len();
        let places: Vec<i32> = places.into_iter().map(|place| place as i32).collect();
        let places = Tensor::<1, Int>::from_data(TensorData::new(places, [n_places]), &self.values.device());
        Some(self.values.clone().select(1, places))
    }

    /// The columns that a coupling moves; there is always one.
    pub(super) fn moved(&self, coupling: &Coupling) -> Tensor<2> {
        self.of(&coupling.moved).expect("every coupling moves a feature")
    }

    /// The columns of a coupling, with new values for those that it moves.
    pub(super) fn joined(kept: Option<Tensor<2>>, moved: Tensor<2>, coupling: Coupling) -> Self {
        let values = match kept {
            Some(kept) => Tensor::cat(vec![kept, moved], 1),
            None => moved,
        };
        Self { values, order: [coupling.kept, coupling.moved].concat() }
    }

    /// The values in any order of the features.
    pub(super) fn unordered(self) -> Tensor<2> {
        self.values
    }
}

/// The logarithm of the scale, and the shift, of each moved feature.
///
/// $$ s = S \tanh(o/S), \qquad t = o' $$ for outputs $o, o'$ of the network, with $S$ the [`LARGEST_LOG_SCALE`].
pub(super) fn scale_and_shift(
    network: &Mlp,
    kept: Option<Tensor<2>>,
    conditions: Option<Tensor<2>>,
) -> (Tensor<2>, Tensor<2>) {
    let seen: Vec<Tensor<2>> = kept.into_iter().chain(conditions).collect();
    let outputs = network.forward(Tensor::cat(seen, 1));
    let n_moved = outputs.dims()[1] / 2;
    let log_scale = (outputs.clone().narrow(1, 0, n_moved) / LARGEST_LOG_SCALE).tanh() * LARGEST_LOG_SCALE;
    (log_scale, outputs.narrow(1, n_moved, n_moved))
}
