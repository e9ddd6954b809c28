use super::{Bound, Minimum, Objective, Status};

/// Adam with clipping: a fixed number of small steps, after each of which every parameter is moved into its box.
///
/// The optimiser of the papers on learning new physics
/// ([Kingma & Ba 2015](https://arxiv.org/abs/1412.6980), with $\beta_1 = 0.9$, $\beta_2 = 0.999$, $\epsilon = 10^{-7}$).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClippedAdam {
    /// The length of a step. Defaults to `1e-3`.
    pub learning_rate: f64,
    /// How many steps are taken.
    pub steps: usize,
}

impl ClippedAdam {
    const BETA_1: f64 = 0.9;
    const BETA_2: f64 = 0.999;
    /// Keras's default, which the papers used.
    const EPSILON: f64 = 1e-7;

    /// Takes `steps` steps of length `1e-3`.
    #[must_use]
    pub fn steps(steps: usize) -> Self {
        Self { learning_rate: 1e-3, steps }
    }

    /// Walks from `start`; `after_step` sees the number of steps and the value before each, and returns whether to go on.
    ///
    /// The result is the last point, whether or not it is the lowest.
    ///
    /// # Panics
    ///
    /// Unless there is one bound and one starting value for each parameter.
    pub fn minimize<O: Objective + ?Sized>(
        &self,
        objective: &O,
        bounds: &[Bound],
        start: &[f64],
        mut after_step: impl FnMut(usize, f64) -> bool,
    ) -> Minimum {
        let n = objective.n_parameters();
        assert_eq!(
            (bounds.len(), start.len()),
            (n, n),
            "one bound and one starting value for each parameter"
        );
        let mut x: Vec<f64> = start.iter().zip(bounds).map(|(&v, b)| b.clamp(v)).collect();
        let (mut mean, mut square, mut gradient) = (vec![0.0; n], vec![0.0; n], vec![0.0; n]);
        let (mut decay_1, mut decay_2) = (1.0, 1.0);
        let mut n_evaluations = 0;
        let mut status = Status::Exhausted;
        for step in 1..=self.steps {
            let value = objective.evaluate(&x, &mut gradient);
            n_evaluations += 1;
            if !value.is_finite() {
                status = Status::NotFinite;
                break;
            }
            decay_1 *= Self::BETA_1;
            decay_2 *= Self::BETA_2;
            for i in 0..n {
                let g = gradient[i];
                mean[i] = Self::BETA_1 * mean[i] + (1.0 - Self::BETA_1) * g;
                square[i] = Self::BETA_2 * square[i] + (1.0 - Self::BETA_2) * g * g;
                let update =
                    mean[i] / (1.0 - decay_1) / ((square[i] / (1.0 - decay_2)).sqrt() + Self::EPSILON);
                x[i] = bounds[i].clamp(x[i] - self.learning_rate * update);
            }
            if !after_step(step, value) {
                break;
            }
        }
        let value = objective.evaluate(&x, &mut gradient);
        Minimum { parameters: x, value, n_evaluations: n_evaluations + 1, status }
    }
}
