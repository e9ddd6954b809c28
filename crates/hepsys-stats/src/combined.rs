use std::cell::RefCell;
use std::sync::Arc;

use hepsys_core::Stream;

use crate::hessian::{Couplings, Hessian};
use crate::{Generative, Likelihood, Parameter, StatsError};

/// The sum of likelihoods whose parameters of the same name are the same parameter.
///
/// $$ -\ln L(\theta) = -\sum_i \ln L_i(\theta_i) $$
/// where $\theta_i$ are those of all parameters θ that part $i$ has.
/// Gradients and Hessians are added in the places of the parts' parameters, so they are as exact as the parts'.
///
/// **An auxiliary measurement counts once.**
/// Parts that were built alone each contain the measurement of a parameter that they share, such as the luminosity, and their
/// sum would count it as often.
/// So all parts but one have to leave it out, by
/// [`Model::without_auxiliary`](crate::histfactory::Model::without_auxiliary) or
/// [`MorphModel::without_auxiliary`](crate::morph::MorphModel::without_auxiliary); or all do, and a
/// [`Measurements`](crate::Measurements) part has it.
/// A part that leaves it out has no [`width`](Parameter::width) for the parameter; two parts with one are refused.
///
/// Parts of one type can be combined as they are, and then have toys and Asimov data; parts of different types are boxed as
/// `Box<dyn Likelihood>`.
///
/// ```
/// use hepsys_stats::histfactory::AuxiliaryDensity::Gaussian;
/// use hepsys_stats::{Combined, Likelihood, Measurements, Parameter, StatsError};
///
/// let mass = || Parameter::free("mass", 91.0);
/// let first = Measurements::new().and(mass(), Gaussian { sigma: 2.0 }, 91.0)?;
/// let second = Measurements::new().and(mass(), Gaussian { sigma: 1.0 }, 92.0)?;
/// assert!(Combined::new(vec![first.clone(), second.clone()]).is_err());
/// // They are two measurements of the mass, not one that stands in two places.
/// let combined = Combined::of_independent(vec![first, second])?;
/// let mut gradient = [0.0];
/// combined.gradient(&[91.8], &mut gradient);
/// assert!(gradient[0].abs() < 1e-12); // (91/4 + 92)/(1/4 + 1) = 91.8
/// # Ok::<(), StatsError>(())
/// ```
///
/// # References
///
/// Combination of searches: [ATLAS, CMS and the LHC Higgs Combination Group 2011](https://cds.cern.ch/record/1379837).
#[derive(Debug)]
pub struct Combined<L> {
    parts: Vec<L>,
    merged: Merged,
    scratch: RefCell<Scratch>,
}

#[derive(Debug, Default)]
struct Scratch {
    parameters: Vec<f64>,
    gradient: Vec<f64>,
    /// Those of the parts, once they were asked for.
    hessians: Vec<Hessian>,
}

/// The parameters of several parts, and where those of each are among them.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Merged {
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) places: Vec<Vec<usize>>,
}

/// Whether two parts may have an auxiliary measurement of the same parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Measured {
    Once,
    Independently,
}

impl<L: Likelihood> Combined<L> {
    /// The sum of these parts; parameters stand in the order in which the parts name them first.
    ///
    /// # Errors
    ///
    /// [`StatsError::Disagreement`] names the parameter of which two parts have different starting values or bounds, fix
    /// only in one of them, or have measurements of different widths; [`StatsError::CountedTwice`] one whose measurement
    /// stands in two parts; [`StatsError::TooFewValues`] if there is no part.
    pub fn new(parts: Vec<L>) -> Result<Self, StatsError> {
        Self::with(parts, Measured::Once)
    }

    /// The same for parts whose auxiliary measurements are different ones, even of the same parameter.
    ///
    /// The width of a parameter is then $(\sum_i \sigma_i^{-2})^{-1/2}$.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new), but for the measurements.
    pub fn of_independent(parts: Vec<L>) -> Result<Self, StatsError> {
        Self::with(parts, Measured::Independently)
    }

    fn with(parts: Vec<L>, measured: Measured) -> Result<Self, StatsError> {
        if parts.is_empty() {
            return Err(StatsError::TooFewValues { what: "a combination".into(), needed: 1, found: 0 });
        }
        let lists: Vec<&[Parameter]> = parts.iter().map(Likelihood::parameters).collect();
        let merged = merge(&lists, measured)?;
        Ok(Self { parts, merged, scratch: RefCell::default() })
    }

    /// The parts.
    #[must_use]
    pub fn parts(&self) -> &[L] {
        &self.parts
    }

    /// Where the parameters of part number `part` are among those of the combination.
    #[must_use]
    pub fn places(&self, part: usize) -> &[usize] {
        &self.merged.places[part]
    }

    fn of_part(&self, part: usize, parameters: &[f64]) -> Vec<f64> {
        self.merged.places[part].iter().map(|&p| parameters[p]).collect()
    }
}

/// Merges the parameters of parts that share no measurement.
pub(crate) fn merge_parameters(lists: &[&[Parameter]]) -> Result<Merged, StatsError> {
    merge(lists, Measured::Once)
}

fn merge(lists: &[&[Parameter]], measured: Measured) -> Result<Merged, StatsError> {
    let mut parameters: Vec<Parameter> = Vec::new();
    // The part that names a parameter first, and the one that has its measurement.
    let mut first_parts: Vec<usize> = Vec::new();
    let mut measuring: Vec<Option<usize>> = Vec::new();
    let mut places = Vec::new();
    for (part, list) in lists.iter().enumerate() {
        let mut of_part = Vec::with_capacity(list.len());
        for parameter in *list {
            let Some(index) = parameters.iter().position(|p| p.name == parameter.name) else {
                of_part.push(parameters.len());
                parameters.push(parameter.clone());
                first_parts.push(part);
                measuring.push(parameter.width.map(|_| part));
                continue;
            };
            of_part.push(index);
            agree(&parameters[index], first_parts[index], parameter, part)?;
            match (parameters[index].width, parameter.width, measured) {
                (_, None, _) => {}
                (None, width, _) => {
                    parameters[index].width = width;
                    measuring[index] = Some(part);
                }
                (Some(a), Some(b), Measured::Independently) => {
                    parameters[index].width = Some(1.0 / (1.0 / (a * a) + 1.0 / (b * b)).sqrt());
                }
                (Some(a), Some(b), Measured::Once) => {
                    let (name, first) = (parameter.name.clone(), measuring[index].unwrap_or_default());
                    return Err(if a == b {
                        StatsError::CountedTwice { name, first, second: part }
                    } else {
                        disagreement(name, "the width", (a.to_string(), first), (b.to_string(), part))
                    });
                }
            }
        }
        places.push(of_part);
    }
    Ok(Merged { parameters, places })
}

fn agree(a: &Parameter, first_part: usize, b: &Parameter, part: usize) -> Result<(), StatsError> {
    let name = a.name.clone();
    if a.init != b.init {
        let [first, second] = [a.init, b.init].map(|init| init.to_string());
        return Err(disagreement(name, "the starting value", (first, first_part), (second, part)));
    }
    if a.bounds != b.bounds {
        let text = |(low, high): (f64, f64)| format!("{low} to {high}");
        return Err(disagreement(name, "bounds", (text(a.bounds), first_part), (text(b.bounds), part)));
    }
    if a.is_fixed != b.is_fixed {
        let text = |is_fixed: bool| if is_fixed { "fixed" } else { "free" };
        return Err(disagreement(
            name,
            "the state",
            (text(a.is_fixed), first_part),
            (text(b.is_fixed), part),
        ));
    }
    Ok(())
}

fn disagreement(
    name: String,
    what: &str,
    first: (impl Into<String>, usize),
    second: (impl Into<String>, usize),
) -> StatsError {
    StatsError::Disagreement {
        name,
        what: what.into(),
        first: first.0.into(),
        first_part: first.1,
        second: second.0.into(),
        second_part: second.1,
    }
}

impl<L: Likelihood> Likelihood for Combined<L> {
    fn parameters(&self) -> &[Parameter] {
        &self.merged.parameters
    }

    fn nll(&self, parameters: &[f64]) -> f64 {
        self.parts.iter().enumerate().map(|(i, part)| part.nll(&self.of_part(i, parameters))).sum()
    }

    fn gradient(&self, parameters: &[f64], gradient: &mut [f64]) -> f64 {
        gradient.fill(0.0);
        let mut scratch = self.scratch.borrow_mut();
        let mut value = 0.0;
        for (part, places) in self.parts.iter().zip(&self.merged.places) {
            let (x, own, _) = scratch.sized(places, parameters);
            value += part.gradient(x, own);
            places.iter().zip(own).for_each(|(&p, g)| gradient[p] += *g);
        }
        value
    }

    fn hessian(&self, parameters: &[f64], gradient: &mut [f64], hessian: &mut Hessian) -> f64 {
        gradient.fill(0.0);
        hessian.clear();
        let mut scratch = self.scratch.borrow_mut();
        if scratch.hessians.is_empty() {
            scratch.hessians.extend(self.parts.iter().map(|part| Hessian::new(part.couplings())));
        }
        let mut value = 0.0;
        for (number, (part, places)) in self.parts.iter().zip(&self.merged.places).enumerate() {
            let (x, own, matrices) = scratch.sized(places, parameters);
            value += part.hessian(x, own, &mut matrices[number]);
            places.iter().zip(own).for_each(|(&p, g)| gradient[p] += *g);
            matrices[number].for_each(|i, k, h| hessian.add(places[i], places[k], h));
        }
        value
    }

    fn diagnose(&self, parameters: &[f64]) -> Option<String> {
        let mut parts = self.parts.iter().enumerate();
        parts.find_map(|(i, part)| {
            part.diagnose(&self.of_part(i, parameters)).map(|why| format!("part {i}: {why}"))
        })
    }

    /// What is in the border of one part is in that of the sum; what shares a block in one part shares one in the sum.
    fn couplings(&self) -> Arc<Couplings> {
        let mut is_shared = vec![false; self.merged.parameters.len()];
        let mut groups = Vec::new();
        for (part, places) in self.parts.iter().zip(&self.merged.places) {
            let couplings = part.couplings();
            for (i, &p) in places.iter().enumerate() {
                is_shared[p] |= couplings.in_border(i).is_some();
            }
            groups.extend(couplings.groups().into_iter().map(|g| g.into_iter().map(|i| places[i]).collect()));
        }
        Arc::new(Couplings::of_groups(&is_shared, groups))
    }
}

impl Scratch {
    /// Memory for a part: its parameters and gradient; and the Hessians of all.
    fn sized(&mut self, places: &[usize], x: &[f64]) -> (&[f64], &mut [f64], &mut [Hessian]) {
        self.parameters.clear();
        self.parameters.extend(places.iter().map(|&p| x[p]));
        self.gradient.resize(places.len(), 0.0);
        (&self.parameters, &mut self.gradient, &mut self.hessians)
    }
}

impl<L: Generative> Generative for Combined<L> {
    fn asimov(&self, parameters: &[f64]) -> Self {
        let part = |(i, part): (usize, &L)| part.asimov(&self.of_part(i, parameters));
        let parts = self.parts.iter().enumerate().map(part).collect();
        Self { parts, merged: self.merged.clone(), scratch: RefCell::default() }
    }

    fn toy(&self, parameters: &[f64], stream: &mut Stream) -> Self {
        let part = |(i, part): (usize, &L)| part.toy(&self.of_part(i, parameters), stream);
        let parts = self.parts.iter().enumerate().map(part).collect();
        Self { parts, merged: self.merged.clone(), scratch: RefCell::default() }
    }
}

impl<L: Likelihood + ?Sized> Likelihood for Box<L> {
    fn parameters(&self) -> &[Parameter] {
        (**self).parameters()
    }

    fn nll(&self, parameters: &[f64]) -> f64 {
        (**self).nll(parameters)
    }

    fn gradient(&self, parameters: &[f64], gradient: &mut [f64]) -> f64 {
        (**self).gradient(parameters, gradient)
    }

    fn hessian(&self, parameters: &[f64], gradient: &mut [f64], hessian: &mut Hessian) -> f64 {
        (**self).hessian(parameters, gradient, hessian)
    }

    fn diagnose(&self, parameters: &[f64]) -> Option<String> {
        (**self).diagnose(parameters)
    }

    fn couplings(&self) -> Arc<Couplings> {
        (**self).couplings()
    }
}

#[cfg(test)]
mod tests;
