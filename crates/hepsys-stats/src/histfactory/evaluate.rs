//! The negative log-likelihood with its exact gradient and Hessian.

use super::derivatives::Scratch;
use super::{Data, Model};
use crate::hessian::Hessian;
use crate::special::minus_ln_poisson_peak;

/// What of the likelihood does not depend on the parameters: the counts' where each is expected, and the Gaussians' norms.
pub(super) fn constant(model: &Model, data: &Data) -> f64 {
    let counts: f64 = data.counts.iter().map(|n| minus_ln_poisson_peak(*n)).sum();
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

    /// The same, with its gradient and its Hessian.
    pub(super) fn value_and_hessian(
        &self,
        data: &Data,
        x: &[f64],
        gradient: &mut [f64],
        hessian: &mut Hessian,
        scratch: &mut Scratch,
    ) -> f64 {
        gradient.fill(0.0);
        hessian.clear();
        let mut value = 0.0;
        for channel in &self.channels {
            channel.expect(x, scratch);
            value += channel.compare(&data.counts[channel.bins.clone()], scratch);
            let second = channel.second(scratch);
            for (&p, g) in channel.active.iter().zip(second.gradient) {
                gradient[p] += g;
            }
            hessian.add_to_border(&channel.active[..channel.n_shared], second.shared);
            let n = channel.n_columns();
            let n_own = n - channel.n_shared;
            for (at, row) in second.own.chunks_exact(n.max(1)).enumerate() {
                let (bin, column) = (at / n_own, channel.n_shared + at % n_own);
                let p = channel.parameter(column, bin);
                (0..=column).for_each(|k| hessian.add(p, channel.parameter(k, bin), row[k]));
            }
        }
        for (term, &a) in self.auxiliaries.iter().zip(&data.auxiliary) {
            let jet = term.density.jet(a, x[term.parameter]);
            value += jet.value;
            gradient[term.parameter] += jet.slope;
            hessian.add(term.parameter, term.parameter, jet.curvature);
        }
        value
    }
}
