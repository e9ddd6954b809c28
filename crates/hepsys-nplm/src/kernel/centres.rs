use hepsys_core::Seed;
use rand::seq::index;

use std::cmp::Ordering;

/// The events around which the Gaussians stand, drawn uniformly and without replacement from reference and data together.
///
/// They are drawn from the events in the order of their inputs, so the order in which a sample holds them makes no difference.
pub(super) fn draw(inputs: &[Vec<f64>], n_centres: usize, seed: Seed) -> Vec<usize> {
    let order = in_order(inputs);
    let mut chosen = index::sample(&mut seed.stream(), order.len(), n_centres).into_vec();
    chosen.sort_unstable();
    chosen.into_iter().map(|rank| order[rank]).collect()
}

/// Events sorted by their first input, those of equal first input by the second, and so on.
pub(super) fn in_order(inputs: &[Vec<f64>]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..inputs[0].len()).collect();
    order.sort_by(|&i, &j| {
        let compared = inputs.iter().map(|x| x[i].total_cmp(&x[j]));
        compared.fold(Ordering::Equal, Ordering::then)
    });
    order
}

/// The columns of some events.
pub(super) fn take(inputs: &[Vec<f64>], events: &[usize]) -> Vec<Vec<f64>> {
    inputs.iter().map(|column| events.iter().map(|&event| column[event]).collect()).collect()
}
