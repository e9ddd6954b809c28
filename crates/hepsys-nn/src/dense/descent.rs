//! The optimisers of the training loop on lists of parameters.

use std::collections::BTreeMap;

use crate::Optimizer;

/// An optimiser at work on some networks, with what it remembers of each.
#[derive(Debug, Clone, PartialEq)]
pub struct Descent {
    optimizer: Optimizer,
    memory: BTreeMap<usize, Moments>,
}

/// How many steps were taken, and for each parameter the moments of its gradient: two for Adam, a velocity for momentum.
#[derive(Debug, Clone, Default, PartialEq)]
struct Moments {
    steps: u64,
    of_gradient: Vec<Vec<f64>>,
}

impl Descent {
    pub(super) fn new(optimizer: Optimizer) -> Self {
        Self { optimizer, memory: BTreeMap::new() }
    }

    /// One step of the network at `position`.
    pub(super) fn step(&mut self, position: usize, rate: f64, gradient: &[f64], parameters: &mut [f64]) {
        let n_moments = n_moments(self.optimizer);
        let moments = self.memory.entry(position).or_insert_with(|| Moments {
            steps: 0,
            of_gradient: vec![vec![0.0; parameters.len()]; n_moments],
        });
        moments.steps += 1;
        match (self.optimizer, moments.of_gradient.as_mut_slice()) {
            (Optimizer::Adam { beta_1, beta_2, epsilon }, [first, second]) => {
                // Beyond this many steps both powers have long vanished.
                let steps = i32::try_from(moments.steps).unwrap_or(i32::MAX);
                let (bias_1, bias_2) = (1.0 - beta_1.powi(steps), 1.0 - beta_2.powi(steps));
                for (((p, &g), m), v) in parameters.iter_mut().zip(gradient).zip(first).zip(second) {
                    *m += (1.0 - beta_1) * (g - *m);
                    *v += (1.0 - beta_2) * (g * g - *v);
                    *p -= rate * (*m / bias_1) / ((*v / bias_2).sqrt() + epsilon);
                }
            }
            (Optimizer::Sgd { momentum }, [velocity]) => {
                for ((p, &g), v) in parameters.iter_mut().zip(gradient).zip(velocity) {
                    *v = momentum * *v + g;
                    *p -= rate * *v;
                }
            }
            _ => parameters.iter_mut().zip(gradient).for_each(|(p, g)| *p -= rate * g),
        }
    }

    /// The position, the number of steps and the moments of every network that was stepped.
    pub(super) fn memory(&self) -> impl Iterator<Item = (usize, u64, &[Vec<f64>])> {
        self.memory.iter().map(|(position, moments)| (*position, moments.steps, &*moments.of_gradient))
    }

    pub(super) fn recall(
        &mut self,
        position: usize,
        steps: u64,
        of_gradient: Vec<Vec<f64>>,
    ) -> Result<(), String> {
        if of_gradient.len() != n_moments(self.optimizer) {
            return Err(format!("the optimiser's memory of network {position} is of another optimiser"));
        }
        self.memory.insert(position, Moments { steps, of_gradient });
        Ok(())
    }
}

fn n_moments(optimizer: Optimizer) -> usize {
    match optimizer {
        Optimizer::Adam { .. } => 2,
        Optimizer::Sgd { momentum } if momentum > 0.0 => 1,
        Optimizer::Sgd { .. } => 0,
    }
}
