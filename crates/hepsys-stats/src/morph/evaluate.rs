//! The expectation of each bin, and the negative log-likelihood of counts, with exact derivatives.

use super::CountTerm;
use super::expansion::{Expansion, Order, Prefactor};
use super::model::{BinStatistics, Channel, MorphModel, Term};
use super::process::Base;
use crate::histfactory::interpolation::Jet;

/// The sum of the processes in each bin, and its variance where that is wanted.
pub(super) struct Expanded {
    totals: Expansion,
    variances: Option<Expansion>,
}

/// The expectation of a bin, with derivatives by the channel's parameters and then by that of the template statistics.
pub(super) struct Bin {
    pub(super) value: f64,
    pub(super) first: Vec<f64>,
    pub(super) second: Vec<f64>,
}

/// Counts that change with a parameter.
pub(super) struct MovingCounts<'a> {
    pub(super) parameter: usize,
    pub(super) jets: &'a [Jet],
}

/// Where derivatives go.
pub(super) struct Derivatives<'a> {
    pub(super) gradient: &'a mut [f64],
    pub(super) hessian: Option<&'a mut [f64]>,
}

impl Term {
    /// Adds the process at the channel's parameters; `None` where a template refuses.
    fn add_to(&self, x: &[f64], totals: &mut Expansion, variances: Option<&mut Expansion>) -> Option<()> {
        let factor = Prefactor::product(&self.factors, x);
        let morphed: Vec<(usize, Vec<Jet>)> = self
            .morphs()
            .map(|(place, morph)| Some((place, morph.yield_jets(x[place])?)))
            .collect::<Option<_>>()?;
        let mut parts = Vec::with_capacity(morphed.len());
        for bin in 0..totals.value.len() {
            parts.clear();
            parts.extend(morphed.iter().map(|(place, jets)| (*place, jets[bin])));
            let fixed = match &self.process.base {
                Base::Fixed { yields, .. } => yields[bin],
                Base::Morphing { .. } => 0.0,
            };
            let shape = fixed + parts.iter().map(|(_, jet)| jet.value).sum::<f64>() - self.reference[bin];
            totals.add(bin, &factor, shape, &parts);
        }
        let Some(variances) = variances else { return Some(()) };
        let factor = factor.squared();
        match (&self.process.base, self.base) {
            (Base::Morphing { morph, .. }, Some(place)) => {
                for (bin, jet) in morph.variance_jets(x[place])?.into_iter().enumerate() {
                    variances.add(bin, &factor, jet.value, &[(place, jet)]);
                }
            }
            (Base::Fixed { variances: fixed, .. }, _) => {
                fixed.iter().enumerate().for_each(|(bin, v)| variances.add(bin, &factor, *v, &[]));
            }
            (Base::Morphing { .. }, None) => {}
        }
        Some(())
    }
}

impl Channel {
    /// The sums of the processes at these parameters; `None` where a template refuses.
    pub(super) fn expand(&self, parameters: &[f64], order: Order) -> Option<Expanded> {
        let needs_variances = self.statistics.iter().any(|s| matches!(s, Some(BinStatistics::Shift(_))));
        self.expand_with(parameters, order, needs_variances)
    }

    fn expand_with(&self, parameters: &[f64], order: Order, needs_variances: bool) -> Option<Expanded> {
        let x: Vec<f64> = self.active.iter().map(|&p| parameters[p]).collect();
        let mut totals = Expansion::new(self.bins.len(), x.len(), order);
        let mut variances = needs_variances.then(|| totals.clone());
        for term in &self.terms {
            term.add_to(&x, &mut totals, variances.as_mut())?;
        }
        Some(Expanded { totals, variances })
    }

    /// Yields and variances at the starting values.
    pub(super) fn nominal(&self, inits: &[f64]) -> Option<(Vec<f64>, Vec<f64>)> {
        let expanded = self.expand_with(inits, Order::Value, true)?;
        Some((expanded.totals.value, expanded.variances?.value))
    }

    /// The expectation of a bin from the sums of the processes.
    pub(super) fn bin(&self, bin: usize, expanded: &Expanded, parameters: &[f64]) -> Bin {
        let n = self.active.len();
        let Expanded { totals, variances } = expanded;
        let total = totals.value[bin];
        let (order, size) = (totals.order(), n + 1);
        let mut first = if order >= Order::Gradient { vec![0.0; size] } else { Vec::new() };
        let mut second = if order >= Order::Hessian { vec![0.0; size * size] } else { Vec::new() };
        // The bin is scale · total + shift · σ.
        let (scale, shift) = match self.statistics[bin] {
            None => (1.0, None),
            Some(BinStatistics::Factor(p)) => (parameters[p], None),
            Some(BinStatistics::Shift(p)) => (1.0, variances.as_ref().map(|v| (parameters[p], v))),
        };
        let is_factor = matches!(self.statistics[bin], Some(BinStatistics::Factor(_)));
        let mut value = scale * total;
        if order >= Order::Gradient {
            first.iter_mut().zip(totals.first(bin)).for_each(|(f, t)| *f = scale * t);
            if is_factor {
                first[n] = total;
            }
        }
        if order >= Order::Hessian {
            for i in 0..n {
                for k in 0..n {
                    second[i * size + k] = scale * totals.second(bin)[i * n + k];
                }
                if is_factor {
                    (second[i * size + n], second[n * size + i]) =
                        (totals.first(bin)[i], totals.first(bin)[i]);
                }
            }
        }
        let Some((x, variances)) = shift else { return Bin { value, first, second } };
        let sigma = variances.value[bin].sqrt();
        value += x * sigma;
        // Where the variance vanishes its root has no slope; there the shift does nothing.
        let inverse = if sigma > 0.0 { 0.5 / sigma } else { 0.0 };
        if order >= Order::Gradient {
            first.iter_mut().zip(variances.first(bin)).for_each(|(f, v)| *f += x * inverse * v);
            first[n] = sigma;
        }
        if order >= Order::Hessian {
            let (slopes, bends) = (variances.first(bin), variances.second(bin));
            for i in 0..n {
                for k in 0..n {
                    let bend = bends[i * n + k] - 2.0 * inverse * inverse * slopes[i] * slopes[k];
                    second[i * size + k] += x * inverse * bend;
                }
                second[i * size + n] = inverse * slopes[i];
                second[n * size + i] = inverse * slopes[i];
            }
        }
        Bin { value, first, second }
    }
}

impl MorphModel {
    /// The counts' negative log-likelihood without what depends on counts alone, unless these move.
    ///
    /// Derivatives are added to what stands there.
    pub(super) fn value_of_counts(
        &self,
        counts: &[f64],
        moving: Option<&(CountTerm, MovingCounts<'_>)>,
        parameters: &[f64],
        mut derivatives: Option<Derivatives<'_>>,
    ) -> f64 {
        let order = match &derivatives {
            None => Order::Value,
            Some(Derivatives { hessian: None, .. }) => Order::Gradient,
            Some(_) => Order::Hessian,
        };
        let mut value = 0.0;
        for channel in &self.channels {
            let Some(expanded) = channel.expand(parameters, order) else { return refused(derivatives) };
            for (bin, at) in channel.bins.clone().enumerate() {
                let nu = channel.bin(bin, &expanded, parameters);
                let jet = CountTerm::of_yield(counts[at], nu.value);
                value += jet.value;
                let statistic = channel.statistics[bin].map(|s| match s {
                    BinStatistics::Factor(p) | BinStatistics::Shift(p) => p,
                });
                let places = || channel.active.iter().copied().chain(statistic);
                if let Some(derivatives) = &mut derivatives {
                    derivatives.add(&nu, jet, places);
                }
                let Some((term, moving)) = moving else { continue };
                value += term.constant(counts[at]);
                if let Some(derivatives) = &mut derivatives {
                    let by_count = term.by_count(counts[at], nu.value);
                    derivatives.add_moving(&nu, by_count, moving.parameter, moving.jets[at], places);
                }
            }
        }
        value
    }
}

fn refused(derivatives: Option<Derivatives<'_>>) -> f64 {
    if let Some(Derivatives { gradient, hessian }) = derivatives {
        gradient.fill(f64::NAN);
        if let Some(hessian) = hessian {
            hessian.fill(f64::NAN);
        }
    }
    f64::INFINITY
}

impl Derivatives<'_> {
    /// Adds a bin's $\phi(\nu)$.
    fn add<I: Iterator<Item = usize>>(&mut self, nu: &Bin, jet: Jet, places: impl Fn() -> I) {
        let (n, size) = (self.gradient.len(), nu.first.len());
        for (i, p) in places().enumerate() {
            self.gradient[p] += jet.slope * nu.first[i];
        }
        let Some(hessian) = &mut self.hessian else { return };
        for (i, p) in places().enumerate() {
            for (k, q) in places().enumerate() {
                hessian[p * n + q] +=
                    jet.curvature * nu.first[i] * nu.first[k] + jet.slope * nu.second[i * size + k];
            }
        }
    }

    /// Adds what a bin's count adds by moving with parameter `z`, from the derivatives of the bin's term by its count.
    fn add_moving<I: Iterator<Item = usize>>(
        &mut self,
        nu: &Bin,
        [slope, curvature]: [f64; 2],
        z: usize,
        count: Jet,
        places: impl Fn() -> I,
    ) {
        let n = self.gradient.len();
        self.gradient[z] += slope * count.slope;
        let Some(hessian) = &mut self.hessian else { return };
        hessian[z * (n + 1)] += curvature * count.slope * count.slope + slope * count.curvature;
        for (i, p) in places().enumerate() {
            let mixed = -count.slope * nu.first[i] / nu.value;
            hessian[z * n + p] += mixed;
            hessian[p * n + z] += mixed;
        }
    }
}
