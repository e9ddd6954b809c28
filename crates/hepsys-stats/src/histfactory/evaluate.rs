//! The negative log-likelihood with its exact gradient and Hessian.

use statrs::function::gamma::ln_gamma;

use super::derivatives::Scratch;
use super::{Data, Model};

/// What of the likelihood does not depend on the parameters: $\sum \ln\Gamma(n + 1)$ and the Gaussians' norms.
pub(super) fn constant(model: &Model, data: &Data) -> f64 {
    let counts: f64 = data.counts.iter().map(|n| ln_gamma(n + 1.0)).sum();
    let auxiliary = model.auxiliaries.iter().zip(&data.auxiliary).map(|(term, a)| term.density.constant(*a));
    counts + auxiliary.sum::<f64>()
}

impl Model {
    /// The negative log-likelihood without its constant.
    pub(super) fn value(&self, data: &Data, x: &[f64], scratch: &mut Scratch) -> f64 {
        let mut value = 0.0;
        for channel in &self.channels {
            channel.expect(x, scratch);
            value += channel.compare(&data.counts[channel.bins.clone()], scratch);
        }
        for (term, &a) in self.auxiliaries.iter().zip(&data.auxiliary) {
            value += term.density.jet(a, x[term.parameter]).value;
        }
        value
    }

    /// The same, with its gradient.
    pub(super) fn value_and_gradient(
        &self,
        data: &Data,
        x: &[f64],
        gradient: &mut [f64],
        scratch: &mut Scratch,
    ) -> f64 {
        gradient.fill(0.0);
        let mut value = 0.0;
        for channel in &self.channels {
            channel.expect(x, scratch);
            value += channel.compare(&data.counts[channel.bins.clone()], scratch);
            for (&p, g) in channel.active.iter().zip(channel.backward(scratch)) {
                gradient[p] += g;
            }
        }
        for (term, &a) in self.auxiliaries.iter().zip(&data.auxiliary) {
            let jet = term.density.jet(a, x[term.parameter]);
            value += jet.value;
            gradient[term.parameter] += jet.slope;
        }
        value
    }

    /// The same, with its gradient and its Hessian, row by row.
    pub(super) fn value_and_hessian(
        &self,
        data: &Data,
        x: &[f64],
        gradient: &mut [f64],
        hessian: &mut [f64],
        scratch: &mut Scratch,
    ) -> f64 {
        let n = self.parameters.len();
        gradient.fill(0.0);
        hessian.fill(0.0);
        let mut value = 0.0;
        for channel in &self.channels {
            channel.expect(x, scratch);
            value += channel.compare(&data.counts[channel.bins.clone()], scratch);
            for (&p, g) in channel.active.iter().zip(channel.backward(scratch)) {
                gradient[p] += g;
            }
            let rows = channel.second(scratch).chunks_exact(channel.active.len().max(1));
            for (&p, row) in channel.active.iter().zip(rows) {
                for (&q, h) in channel.active.iter().zip(row) {
                    hessian[p * n + q] += h;
                }
            }
        }
        for (term, &a) in self.auxiliaries.iter().zip(&data.auxiliary) {
            let jet = term.density.jet(a, x[term.parameter]);
            value += jet.value;
            gradient[term.parameter] += jet.slope;
            hessian[term.parameter * (n + 1)] += jet.curvature;
        }
        value
    }
}
