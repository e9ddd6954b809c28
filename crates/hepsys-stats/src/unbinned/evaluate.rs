//! The extended negative log-likelihood of events with its exact gradient and Hessian.

use super::model::{Placed, UnbinnedModel};
use super::{Density, Events};

/// A component at given parameters, before any event.
struct Prepared<'a> {
    placed: &'a Placed,
    density: &'a dyn Density,
    /// The density's parameters, and its normalisation with derivatives.
    x: Vec<f64>,
    ln_integral: f64,
    integral_gradient: Vec<f64>,
    integral_hessian: Vec<f64>,
    /// The yield, and its derivatives by each of its factors and by pairs of them.
    expected: f64,
    by_factor: Vec<f64>,
    by_pair: Vec<(usize, usize, f64)>,
    /// $\ln f$ at each event, where the density has no parameters.
    cached: Option<&'a [f64]>,
    gradient: Vec<f64>,
    hessian: Vec<f64>,
}

impl<'a> Prepared<'a> {
    fn new(placed: &'a Placed, cached: Option<&'a [f64]>, parameters: &[f64]) -> Self {
        let density = &*placed.component.density;
        let x = placed.shape_parameters(parameters);
        let n = x.len();
        let (mut integral_gradient, mut integral_hessian) = (vec![0.0; n], vec![0.0; n * n]);
        let ln_integral = density.ln_integral(&x, &mut integral_gradient, &mut integral_hessian);
        let factors = &placed.factors;
        let without = |left_out: &[usize]| -> f64 {
            let others = (0..factors.len()).filter(|i| !left_out.contains(i));
            placed.component.expected * others.map(|i| parameters[factors[i]]).product::<f64>()
        };
        let by_factor = (0..factors.len()).map(|i| without(&[i])).collect();
        let pairs = (0..factors.len()).flat_map(|i| (i + 1..factors.len()).map(move |k| (i, k)));
        let by_pair = pairs.map(|(i, k)| (factors[i], factors[k], without(&[i, k]))).collect();
        Self {
            density,
            ln_integral,
            integral_gradient,
            integral_hessian,
            expected: without(&[]),
            by_factor,
            by_pair,
            cached,
            gradient: vec![0.0; n],
            hessian: vec![0.0; n * n],
            placed,
            x,
        }
    }

    /// The density at event number `event`; leaves the derivatives of its logarithm behind.
    fn density(&mut self, event: usize, x: f64) -> f64 {
        let ln_shape = match self.cached {
            Some(values) => values[event],
            None => self.density.ln_shape(x, &self.x, &mut self.gradient, &mut self.hessian),
        };
        (ln_shape - self.ln_integral).exp()
    }

    /// Adds the derivatives of this component's $N p$.
    fn add(&self, density: f64, first: &mut [f64], second: Option<&mut [f64]>) {
        let (n, own) = (first.len(), self.x.len());
        let Placed { shape, factors, .. } = self.placed;
        let slope = |i: usize| self.gradient[i] - self.integral_gradient[i];
        let here = self.expected * density;
        for (i, &p) in shape.iter().enumerate() {
            first[p] += here * slope(i);
        }
        for (&p, by) in factors.iter().zip(&self.by_factor) {
            first[p] += by * density;
        }
        let Some(second) = second else { return };
        for (i, &p) in shape.iter().enumerate() {
            for (k, &q) in shape.iter().enumerate() {
                let bend = self.hessian[i * own + k] - self.integral_hessian[i * own + k];
                second[p * n + q] += here * (bend + slope(i) * slope(k));
            }
        }
        // A mixed term has two places; if both parameters are the same one, that place gets it twice.
        let mut mixed = |p: usize, q: usize, value: f64| {
            second[p * n + q] += value;
            second[q * n + p] += value;
        };
        for (&p, by) in factors.iter().zip(&self.by_factor) {
            shape.iter().enumerate().for_each(|(i, &q)| mixed(p, q, by * density * slope(i)));
        }
        self.by_pair.iter().for_each(|&(p, q, value)| mixed(p, q, value * density));
    }
}

impl UnbinnedModel {
    /// $\sum_c N_c - \sum_i w_i \ln \sum_c N_c\\,p_c(x_i)$; derivatives replace what stands there.
    pub(super) fn value(
        &self,
        events: &Events,
        cached: &[Option<Vec<f64>>],
        parameters: &[f64],
        mut derivatives: Option<(&mut [f64], Option<&mut [f64]>)>,
    ) -> f64 {
        let n = parameters.len();
        let components = self.components.iter().zip(cached);
        let mut prepared: Vec<Prepared<'_>> =
            components.map(|(placed, cache)| Prepared::new(placed, cache.as_deref(), parameters)).collect();
        let mut value: f64 = prepared.iter().map(|c| c.expected).sum();
        if let Some((gradient, hessian)) = &mut derivatives {
            gradient.fill(0.0);
            if let Some(hessian) = hessian {
                hessian.fill(0.0);
            }
            for component in &prepared {
                component.add_yield(gradient, hessian.as_deref_mut());
            }
        }
        let mut densities = vec![0.0; prepared.len()];
        let (mut first, mut second) = (vec![0.0; n], vec![0.0; n * n]);
        for (event, (x, weight)) in events.iter().enumerate() {
            let mut sum = 0.0;
            for (component, density) in prepared.iter_mut().zip(&mut densities) {
                *density = component.density(event, x);
                sum += component.expected * *density;
            }
            value -= weight * sum.ln();
            let Some((gradient, hessian)) = &mut derivatives else { continue };
            first.fill(0.0);
            second.fill(0.0);
            for (component, density) in prepared.iter().zip(&densities) {
                component.add(*density, &mut first, hessian.is_some().then_some(&mut second[..]));
            }
            first.iter_mut().for_each(|f| *f /= sum);
            gradient.iter_mut().zip(&first).for_each(|(g, f)| *g -= weight * f);
            let Some(hessian) = hessian else { continue };
            for (i, f) in first.iter().enumerate() {
                for (k, g) in first.iter().enumerate() {
                    hessian[i * n + k] -= weight * (second[i * n + k] / sum - f * g);
                }
            }
        }
        // The logarithm of a sum that is not positive is NaN.
        if value.is_nan() { f64::INFINITY } else { value }
    }
}

impl Prepared<'_> {
    /// Adds the derivatives of the yield.
    fn add_yield(&self, gradient: &mut [f64], hessian: Option<&mut [f64]>) {
        let n = gradient.len();
        for (&p, by) in self.placed.factors.iter().zip(&self.by_factor) {
            gradient[p] += by;
        }
        let Some(hessian) = hessian else { return };
        for &(p, q, value) in &self.by_pair {
            hessian[p * n + q] += value;
            hessian[q * n + p] += value;
        }
    }
}
