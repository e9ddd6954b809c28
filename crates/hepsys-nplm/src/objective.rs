use hepsys_nn::MlpShape;
use hepsys_nn::dense::{Columns, Dense, EventLoss, LANES, LossSums, Real};
use hepsys_stats::minimize::Objective;

use crate::NplmError;
use crate::events::{Events, NuisanceTerms};

/// The objective of the test over the dense kernel,
/// $L = \sum_i a_i (e^{F_i} - 1) - b_i F_i - \log \mathcal L(\nu|A)/\mathcal L(0|A)$
/// with $F = f(x; w) + \log \hat r(x; \nu)$.
///
/// Its parameters are those of the network, followed by the nuisance parameters in units of their σ.
pub(crate) struct DenseObjective<T> {
    network: Dense<T>,
    inputs: Columns<T>,
    /// `a`, `b`, then the Taylor coefficients, shape by shape and power by power.
    terms: Columns<T>,
    orders: Vec<usize>,
    nuisances: NuisanceTerms,
}

impl<T: Real> DenseObjective<T> {
    pub(crate) fn new(shape: MlpShape, events: &Events) -> Result<Self, NplmError> {
        let weights = [events.a.as_slice(), events.b.as_slice()];
        let deltas = events.shapes.iter().flatten().map(Vec::as_slice);
        Ok(Self {
            network: Dense::new(shape)?,
            inputs: Columns::new(events.inputs.iter().map(Vec::as_slice))?,
            terms: Columns::new(weights.into_iter().chain(deltas))?,
            orders: events.shapes.iter().map(Vec::len).collect(),
            nuisances: events.nuisances.clone(),
        })
    }
}

impl<T: Real> Objective for DenseObjective<T> {
    fn n_parameters(&self) -> usize {
        self.network.n_parameters() + self.nuisances.n_parameters()
    }

    fn evaluate(&self, parameters: &[f64], gradient: &mut [f64]) -> f64 {
        let (w, theta) = parameters.split_at(self.network.n_parameters());
        let loss = ExtendedLoss {
            terms: &self.terms,
            orders: &self.orders,
            normalisation: self.nuisances.normalisation.map(T::from_f64),
            theta: theta.iter().map(|&t| T::from_f64(t)).collect(),
        };
        let value = self
            .network
            .loss_and_gradient(w, &self.inputs, &loss, gradient)
            // Lengths were fixed when the columns were made.
            .unwrap_or(f64::NAN);
        value + self.nuisances.constraint(theta, &mut gradient[w.len()..])
    }
}

/// The part of the loss that is a sum over events.
struct ExtendedLoss<'a, T> {
    terms: &'a Columns<T>,
    orders: &'a [usize],
    /// σ of the normalisation, if there is one.
    normalisation: Option<T>,
    theta: Vec<T>,
}

impl<T: Real> EventLoss<T> for ExtendedLoss<'_, T> {
    fn n_extra(&self) -> usize {
        self.theta.len()
    }

    #[inline(always)]
    fn block(
        &self,
        block: usize,
        outputs: &[[T; LANES]],
        derivatives: &mut [[T; LANES]],
        sums: &mut LossSums<'_, T>,
    ) {
        let terms = self.terms.block(block);
        let (a, b) = (&terms[0], &terms[1]);
        let mut f = outputs[0];
        let first_shape = usize::from(self.normalisation.is_some());
        if let Some(sigma) = self.normalisation {
            for f in &mut f {
                *f = sigma.fma(self.theta[0], *f);
            }
        }
        let mut column = 2;
        for (&order, &theta) in self.orders.iter().zip(&self.theta[first_shape..]) {
            let mut power = T::ONE;
            for delta in &terms[column..column + order] {
                power = power * theta;
                for l in 0..LANES {
                    f[l] = delta[l].fma(power, f[l]);
                }
            }
            column += order;
        }
        let d = &mut derivatives[0];
        let mut loss = [T::ZERO; LANES];
        for l in 0..LANES {
            let e = f[l].exp();
            d[l] = a[l] * e - b[l];
            loss[l] = a[l] * (e - T::ONE) - b[l] * f[l];
        }
        sums.add_loss(&loss);
        if let Some(sigma) = self.normalisation {
            sums.add_extra(0, d, &[sigma; LANES]);
        }
        let mut column = 2;
        for (j, &order) in self.orders.iter().enumerate() {
            let theta = self.theta[first_shape + j];
            let mut slope = [T::ZERO; LANES];
            let mut power = T::ONE;
            let mut k = T::ZERO;
            for delta in &terms[column..column + order] {
                k = k + T::ONE;
                for l in 0..LANES {
                    slope[l] = delta[l].fma(k * power, slope[l]);
                }
                power = power * theta;
            }
            sums.add_extra(first_shape + j, d, &slope);
            column += order;
        }
    }
}
