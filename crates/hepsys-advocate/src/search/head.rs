//! What becomes of the outputs of a network: functions $h_j(x) \ge 0$ that sum to one.

use serde::{Deserialize, Serialize};

use super::function::Table;

/// How outputs become a partition of unity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Head {
    /// $h_j = e^{f_j} / \sum_k e^{f_k}$, one function an output.
    Softmax,
    /// $h = (1 - \sigma(f), \sigma(f))$, two functions of one output.
    Sigmoid,
}

impl Head {
    /// How many functions so many outputs make.
    pub(crate) fn n_functions(self, n_outputs: usize) -> usize {
        match self {
            Self::Softmax => n_outputs,
            Self::Sigmoid => 2,
        }
    }

    /// $h_j$ of each event.
    pub(crate) fn functions(self, outputs: &Table) -> Table {
        match self {
            Self::Softmax => {
                let n_events = outputs.first().map_or(0, Vec::len);
                let mut functions = outputs.clone();
                for event in 0..n_events {
                    let highest = outputs.iter().map(|f| f[event]).fold(f64::NEG_INFINITY, f64::max);
                    let mut sum = 0.0;
                    for f in &mut functions {
                        f[event] = (f[event] - highest).exp();
                        sum += f[event];
                    }
                    functions.iter_mut().for_each(|f| f[event] /= sum);
                }
                functions
            }
            Self::Sigmoid => {
                let sigmoid = |f: f64| 1.0 / (1.0 + (-f).exp());
                vec![
                    outputs[0].iter().map(|&f| sigmoid(-f)).collect(),
                    outputs[0].iter().map(|&f| sigmoid(f)).collect(),
                ]
            }
        }
    }

    /// From $\partial L/\partial h$ to $\partial L/\partial f$.
    pub(crate) fn pull_back(self, functions: &Table, by_functions: &Table) -> Table {
        let n_events = functions[0].len();
        match self {
            Self::Softmax => {
                let mut by_outputs = by_functions.clone();
                for event in 0..n_events {
                    let mean: f64 =
                        functions.iter().zip(by_functions).map(|(h, d)| h[event] * d[event]).sum();
                    for (d, h) in by_outputs.iter_mut().zip(functions) {
                        d[event] = h[event] * (d[event] - mean);
                    }
                }
                by_outputs
            }
            Self::Sigmoid => {
                let by_output = |event: usize| {
                    let difference = by_functions[1][event] - by_functions[0][event];
                    functions[0][event] * functions[1][event] * difference
                };
                vec![(0..n_events).map(by_output).collect()]
            }
        }
    }
}

/// The largest $|\nabla \sum_j \alpha_j h_j|$ over $(w_{hi} - w_{lo})\\, \lVert J_h \rVert_F$, for n functions that sum to one and
/// $\alpha_j \in [w_{lo}, w_{hi}]$: $\sqrt{\lfloor n/2 \rfloor \lceil n/2 \rceil / n}$.
///
/// The gradients of the $h_j$ sum to zero, so α counts by what it deviates from its mean, which is longest with half of it at either end.
pub(crate) fn steepest(n_functions: usize) -> f64 {
    let (below, above) = (n_functions / 2, n_functions.div_ceil(2));
    ((below * above) as f64 / n_functions as f64).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_sum_to_one_however_large_the_outputs_are() {
        let outputs = vec![vec![0.3, 900.0, -900.0], vec![-1.0, 0.0, 0.0], vec![2.0, 1.0, 900.0]];
        for event in 0..3 {
            let sum: f64 = Head::Softmax.functions(&outputs).iter().map(|h| h[event]).sum();
            assert!((sum - 1.0).abs() < 1e-15);
        }
        let two = Head::Sigmoid.functions(&vec![vec![-800.0, 0.0, 800.0]]);
        assert_eq!(two, [[1.0, 0.5, 0.0], [0.0, 0.5, 1.0]]);
    }

    #[test]
    fn derivatives_are_those_of_finite_differences() {
        for (head, outputs) in [(Head::Softmax, vec![0.3, -1.0, 0.8]), (Head::Sigmoid, vec![0.7])] {
            let table = |values: &[f64]| values.iter().map(|&value| vec![value]).collect::<Table>();
            let slopes = [1.3, -0.4, 2.0];
            let loss = |outputs: &[f64]| {
                let functions = head.functions(&table(outputs));
                functions.iter().zip(slopes).map(|(h, slope)| slope * h[0]).sum::<f64>()
            };
            let functions = head.functions(&table(&outputs));
            let by_outputs = head.pull_back(&functions, &table(&slopes[..functions.len()]));
            for (k, exact) in by_outputs.iter().enumerate() {
                let moved = |by: f64| {
                    let mut outputs = outputs.clone();
                    outputs[k] += by;
                    loss(&outputs)
                };
                let difference = (moved(1e-6) - moved(-1e-6)) / 2e-6;
                assert!((exact[0] - difference).abs() < 1e-9, "{head:?}");
            }
        }
    }

    #[test]
    fn the_steepest_combination_has_half_of_its_coefficients_at_either_end() {
        assert!((steepest(2) - 0.5_f64.sqrt()).abs() < 1e-15);
        assert!((steepest(3) - (2.0_f64 / 3.0).sqrt()).abs() < 1e-15);
        assert!((steepest(4) - 1.0).abs() < 1e-15);
    }
}
