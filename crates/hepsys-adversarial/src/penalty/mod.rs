//! Numbers that say how different scores are in simulation and data, with their derivatives by the scores.

mod adversary;
mod disco;
mod mode;

pub(crate) use adversary::ScoreAdversary;
pub use disco::distance_correlation;
pub use mode::area_between;

/// Events of a control region, for a penalty: whether they are data, and their weights.
#[derive(Debug, Clone, Copy)]
pub struct Origins<'a> {
    /// 0 for simulation, 1 for data.
    pub is_data: &'a [usize],
    /// Their weights, of at least zero.
    pub weights: &'a [f64],
}

#[cfg(test)]
pub(crate) mod tests {
    use super::Origins;

    /// Three scores of twelve events that differ between simulation and data.
    pub(crate) fn example() -> (Vec<Vec<f64>>, Vec<usize>, Vec<f64>) {
        let n = 12;
        let is_data: Vec<usize> = (0..n).map(|i| i % 2).collect();
        let column = |k: usize| -> Vec<f64> {
            (0..n).map(|i| (1.7 * i as f64 + k as f64).sin() + 0.4 * (is_data[i] * (k + 1)) as f64).collect()
        };
        let weights = (0..n).map(|i| 0.5 + 0.1 * i as f64).collect();
        ((0..3).map(column).collect(), is_data, weights)
    }

    /// The largest difference between derivatives and finite differences of a function of the example's scores.
    pub(crate) fn worst(
        function: impl Fn(&[Vec<f64>], Origins<'_>) -> (f64, Vec<Vec<f64>>),
        step: f64,
    ) -> f64 {
        let (scores, is_data, weights) = example();
        let origins = Origins { is_data: &is_data, weights: &weights };
        let derivatives = function(&scores, origins).1;
        let mut worst = 0.0_f64;
        for k in 0..scores.len() {
            for event in 0..scores[k].len() {
                let shifted = |h: f64| {
                    let mut moved = scores.clone();
                    moved[k][event] += h;
                    function(&moved, origins).0
                };
                let difference = (shifted(step) - shifted(-step)) / (2.0 * step);
                worst = worst.max((difference - derivatives[k][event]).abs());
            }
        }
        worst
    }
}
