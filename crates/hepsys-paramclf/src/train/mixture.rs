use hepsys_nn::burn::tensor::{Tensor, activation};
use hepsys_nn::dense::{Columns, EventLoss, LANES, LossSums};

use crate::params::MOST_GAUSSIANS as MOST;

/// The negative log-likelihood of z under a mixture of Gaussians, $-\ln\sum_k \pi_k\,\mathcal N(z; m_k, \sigma_k)$, the mean by weight.
///
/// The outputs are, for each Gaussian in turn, the logarithm of $\pi_k$ but for a common constant, $m_k$ and $\ln\sigma_k$.
pub(super) struct MixtureLoss<'a> {
    terms: &'a Columns<f32>,
    inverse: f32,
}

impl<'a> MixtureLoss<'a> {
    /// The loss of events whose first column is z and the second the weight.
    pub(super) fn new(terms: &'a Columns<f32>) -> Self {
        // The classifier's own loss has the same weights, and refuses a batch without any.
        Self { terms, inverse: (1.0 / terms.total(1)) as f32 }
    }
}

/// σ is kept within e^±8: a Gaussian that falls onto one event has no likelihood.
const LIMIT: f32 = 8.0;

impl EventLoss<f32> for MixtureLoss<'_> {
    #[inline(always)]
    fn block(
        &self,
        block: usize,
        outputs: &[[f32; LANES]],
        derivatives: &mut [[f32; LANES]],
        sums: &mut LossSums<'_, f32>,
    ) {
        let terms = self.terms.block(block);
        let (z, w) = (&terms[0], &terms[1]);
        let n = outputs.len() / 3;
        let mut loss = [0.0; LANES];
        for l in 0..LANES {
            // ln of π_k (not normalised) and of π_k N_k, each with its largest value taken out.
            let (mut priors, mut joint) = ([0.0_f32; MOST], [0.0_f32; MOST]);
            let (mut top_prior, mut top_joint) = (f32::MIN, f32::MIN);
            for k in 0..n.min(MOST) {
                let log_width = outputs[3 * k + 2][l].clamp(-LIMIT, LIMIT);
                let pull = (z[l] - outputs[3 * k + 1][l]) * (-log_width).exp();
                priors[k] = outputs[3 * k][l];
                joint[k] = priors[k] - log_width - 0.5 * pull * pull;
                top_prior = top_prior.max(priors[k]);
                top_joint = top_joint.max(joint[k]);
            }
            let (mut of_priors, mut of_joint) = (0.0, 0.0);
            for k in 0..n.min(MOST) {
                priors[k] = (priors[k] - top_prior).exp();
                joint[k] = (joint[k] - top_joint).exp();
                of_priors += priors[k];
                of_joint += joint[k];
            }
            let weight = w[l] * self.inverse;
            loss[l] = weight * (top_prior + of_priors.ln() - top_joint - of_joint.ln());
            for k in 0..n.min(MOST) {
                let log_width = outputs[3 * k + 2][l];
                let inverse = (-log_width.clamp(-LIMIT, LIMIT)).exp();
                let pull = (z[l] - outputs[3 * k + 1][l]) * inverse;
                let (prior, responsibility) = (priors[k] / of_priors, joint[k] / of_joint);
                derivatives[3 * k][l] = weight * (prior - responsibility);
                derivatives[3 * k + 1][l] = -weight * responsibility * pull * inverse;
                let by_width = weight * responsibility * (1.0 - pull * pull);
                derivatives[3 * k + 2][l] = if log_width.abs() < LIMIT { by_width } else { 0.0 };
            }
        }
        sums.add_loss(&loss);
    }
}

/// The same on tensors: outputs `[n_events, 3 n]`, z and weights `[n_events, 1]`.
pub(super) fn mixture_loss(outputs: Tensor<2>, z: Tensor<2>, weights: Tensor<2>) -> Tensor<1> {
    let [n_events, n_outputs] = outputs.dims();
    let n = n_outputs / 3;
    let by_gaussian: Tensor<3> = outputs.reshape([n_events, n, 3]);
    let part = |i: usize| by_gaussian.clone().narrow(2, i, 1).reshape([n_events, n]);
    let (priors, means, log_widths) = (part(0), part(1), part(2).clamp(-LIMIT, LIMIT));
    let pulls = (z - means) * log_widths.clone().neg().exp();
    let joint: Tensor<2> =
        activation::log_softmax(priors, 1) - log_widths - pulls.powi_scalar(2).mul_scalar(0.5);
    let top = joint.clone().detach().max_dim(1);
    let log_likelihood = (joint - top.clone()).exp().sum_dim(1).log() + top;
    (log_likelihood.neg() * weights.clone()).sum() / weights.sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use hepsys_nn::burn::tensor::TensorData;
    use hepsys_nn::dense::Dense;
    use hepsys_nn::{Activation, Device, MlpShape};

    /// x, z and weights of four events.
    const EVENTS: [[f64; 4]; 3] = [[0.1, -0.7, 1.3, 0.4], [0.5, -1.0, 0.2, 2.5], [1.0, 0.5, 2.0, 1.0]];

    /// Outputs that are biases plus x times weights.
    const PARAMETERS: [f64; 12] = [0.3, -0.2, 0.1, 0.5, -0.4, 0.2, 0.1, 0.5, -0.3, -0.2, -0.6, 0.2];

    fn network() -> Dense<f32> {
        Dense::new(MlpShape::new(1, &[], 6, Activation::Relu).unwrap())
    }

    fn columns() -> [Columns<f32>; 2] {
        let [x, z, weights] = &EVENTS;
        [Columns::new([x.as_slice()]).unwrap(), Columns::new([z.as_slice(), weights]).unwrap()]
    }

    #[test]
    fn the_gradient_of_a_mixture_matches_finite_differences() {
        let ([x, terms], network, parameters) = (columns(), network(), PARAMETERS);
        let loss = MixtureLoss::new(&terms);
        let mut gradient = vec![0.0; parameters.len()];
        network.loss_and_gradient(&parameters, &x, &loss, &mut gradient).unwrap();
        for i in 0..parameters.len() {
            let h = 1e-2;
            let value = |shift: f64| {
                let mut moved = parameters;
                moved[i] += shift;
                network.loss_and_gradient(&moved, &x, &loss, &mut vec![0.0; moved.len()]).unwrap()
            };
            let numeric = (value(h) - value(-h)) / (2.0 * h);
            // Single precision over 2h, and the third derivative times h²/6.
            assert!((numeric - gradient[i]).abs() < 3e-4, "{i}: {numeric} {}", gradient[i]);
        }
    }

    #[test]
    fn kernel_and_tensors_have_the_same_mixture() {
        let ([x, terms], network, parameters) = (columns(), network(), PARAMETERS);
        let loss = MixtureLoss::new(&terms);
        let kernel =
            network.loss_and_gradient(&parameters, &x, &loss, &mut vec![0.0; parameters.len()]).unwrap();
        let device = Device::flex();
        let outputs = network.outputs(&parameters, &x).unwrap();
        let rows: Vec<f64> = (0..4).flat_map(|i| outputs.iter().map(move |o| o[i])).collect();
        let column = |v: &[f64]| Tensor::<2>::from_data(TensorData::new(v.to_vec(), [4, 1]), &device);
        let tensors = mixture_loss(
            Tensor::from_data(TensorData::new(rows, [4, 6]), &device),
            column(&EVENTS[1]),
            column(&EVENTS[2]),
        );
        let tensors: Vec<f64> = tensors.try_into_vec_as().unwrap();
        // The kernel leaves out nothing: single precision of numbers of order one.
        assert!((kernel - tensors[0]).abs() < 3e-6, "{kernel} {}", tensors[0]);
    }
}
