use hepsys_nn::MlpShape;
use hepsys_nn::dense::{Columns, CurvedLoss, Dense, Derivatives, EventLoss, LANES, LossSums, Real};
use hepsys_stats::hessian::Hessian;
use hepsys_stats::minimize::{Objective, TwiceDifferentiable};

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
            network: Dense::new(shape),
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
        let value = self
            .network
            .loss_and_gradient(w, &self.inputs, &self.loss(theta), gradient)
            // Lengths were fixed when the columns were made.
            .unwrap_or(f64::NAN);
        value + self.nuisances.constraint(theta, &mut gradient[w.len()..])
    }
}

impl<T: Real> DenseObjective<T> {
    fn loss(&self, theta: &[f64]) -> ExtendedLoss<'_, T> {
        ExtendedLoss {
            terms: &self.terms,
            orders: &self.orders,
            normalisation: self.nuisances.normalisation.map(T::from_f64),
            theta: theta.iter().map(|&t| T::from_f64(t)).collect(),
        }
    }

    /// Its exact Hessian, to the precision of single events.
    fn hessian(&self, parameters: &[f64], hessian: &mut Hessian) {
        let n = parameters.len();
        let (w, theta) = parameters.split_at(self.network.n_parameters());
        let full = self.network.hessian(w, &self.inputs, &self.loss(theta));
        // One network with one output, and lengths that were fixed when the columns were made.
        let full = full.unwrap_or_else(|_| vec![f64::NAN; n * n]);
        hessian.clear();
        for row in 0..n {
            for column in 0..=row {
                hessian.add(row, column, full[row * n + column]);
            }
        }
        for (j, centre) in self.nuisances.centres.iter().enumerate() {
            if centre.is_some() {
                hessian.add(w.len() + j, w.len() + j, 1.0);
            }
        }
    }
}

/// The objective for Newton's method: value and gradient of double precision, a Hessian of single precision.
///
/// A step's error from the Hessian's rounding is a millionth of the step, which the next one takes away.
pub(crate) struct NewtonObjective<'a> {
    pub(crate) exact: &'a DenseObjective<f64>,
    pub(crate) single: &'a DenseObjective<f32>,
}

impl TwiceDifferentiable for NewtonObjective<'_> {
    fn n_parameters(&self) -> usize {
        Objective::n_parameters(self.exact)
    }

    fn value(&self, parameters: &[f64]) -> f64 {
        self.exact.evaluate(parameters, &mut vec![0.0; parameters.len()])
    }

    fn hessian(&self, parameters: &[f64], gradient: &mut [f64], hessian: &mut Hessian) -> f64 {
        self.single.hessian(parameters, hessian);
        self.exact.evaluate(parameters, gradient)
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

impl<T: Real> CurvedLoss<T> for ExtendedLoss<'_, T> {
    #[inline(always)]
    fn curvature(&self, block: usize, output: &[T; LANES], derivatives: &mut Derivatives<T>) {
        let terms = self.terms.block(block);
        let (a, b) = (&terms[0], &terms[1]);
        let first_shape = usize::from(self.normalisation.is_some());
        let mut f = *output;
        if let Some(sigma) = self.normalisation {
            derivatives.slopes[0] = [sigma; LANES];
            derivatives.bends[0] = [T::ZERO; LANES];
            for f in &mut f {
                *f = sigma.fma(self.theta[0], *f);
            }
        }
        let mut column = 2;
        for (j, &order) in self.orders.iter().enumerate() {
            let theta = self.theta[first_shape + j];
            let (slope, bend) =
                (&mut derivatives.slopes[first_shape + j], &mut derivatives.bends[first_shape + j]);
            // δ₁θ + δ₂θ² + …, its first and its second derivative, by Horner's rule.
            for l in 0..LANES {
                let (mut p, mut dp, mut ddp) = (T::ZERO, T::ZERO, T::ZERO);
                for delta in terms[column..column + order].iter().rev() {
                    ddp = ddp.fma(theta, dp + dp);
                    dp = dp.fma(theta, p);
                    p = p.fma(theta, delta[l]);
                }
                ddp = ddp.fma(theta, dp + dp);
                dp = dp.fma(theta, p);
                p = p * theta;
                (f[l], slope[l], bend[l]) = (f[l] + p, dp, ddp);
            }
            column += order;
        }
        for l in 0..LANES {
            let e = a[l] * f[l].exp();
            derivatives.first[l] = e - b[l];
            derivatives.second[l] = e;
        }
    }
}
