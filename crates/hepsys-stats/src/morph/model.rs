use std::ops::Range;

use hepsys_core::Stream;

use super::expansion::Order;
use super::process::Base;
use super::{MorphModelParams, MorphProcess, NegativeYield, TemplateMorph};
use crate::histfactory::Auxiliary;
use crate::histfactory::Data;
use crate::histfactory::auxiliary::leave_out;
use crate::{Parameter, StatsError};

/// A binned model of processes whose templates morph with parameters, with auxiliary measurements.
///
/// The expectation of a bin is the sum of its processes, see [`MorphProcess`], with a further parameter for the statistics of
/// the templates if [`McStatistics`](super::McStatistics) says so.
#[derive(Debug, Clone, PartialEq)]
pub struct MorphModel {
    pub(super) parameters: Vec<Parameter>,
    pub(super) channels: Vec<Channel>,
    pub(super) auxiliaries: Vec<Auxiliary>,
    pub(super) n_bins: usize,
}

/// A histogram.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Channel {
    pub(super) name: String,
    pub(super) bins: Range<usize>,
    pub(super) terms: Vec<Term>,
    /// The parameters that its processes depend on, in increasing order; terms name them by their place here.
    pub(super) active: Vec<usize>,
    pub(super) statistics: Vec<Option<BinStatistics>>,
}

/// The parameter of a bin's template statistics.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum BinStatistics {
    Factor(usize),
    Shift(usize),
}

/// A process with the places of its parameters.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Term {
    pub(super) process: MorphProcess,
    pub(super) factors: Vec<usize>,
    /// Those of the base, if it morphs, and of the shifts.
    pub(super) base: Option<usize>,
    pub(super) shifts: Vec<usize>,
    /// What the shifts are at their references, summed.
    pub(super) reference: Vec<f64>,
}

impl Term {
    pub(super) fn new(
        process: MorphProcess,
        place: impl Fn(&str) -> Result<usize, StatsError>,
    ) -> Result<Self, StatsError> {
        let factors = process.factors.iter().map(|f| place(f)).collect::<Result<_, _>>()?;
        let base = match &process.base {
            Base::Morphing { parameter, .. } => Some(place(parameter)?),
            Base::Fixed { yields, variances } => {
                let is_good = variances.len() == yields.len()
                    && yields.iter().all(|y| y.is_finite())
                    && variances.iter().all(|v| v.is_finite() && *v >= 0.0);
                if !is_good {
                    let what = format!("yields and variances of \"{}\"", process.name);
                    let expected = "finite, one of each a bin, and the variances not negative";
                    return Err(StatsError::bad_parameter(what, expected, "others"));
                }
                None
            }
        };
        let shifts = process.shifts.iter().map(|s| place(&s.parameter)).collect::<Result<_, _>>()?;
        let mut reference = vec![0.0; process.n_bins()];
        for shift in &process.shifts {
            let yields = shift.morph.at(shift.reference)?.yields;
            reference.iter_mut().zip(yields).for_each(|(sum, y)| *sum += y);
        }
        Ok(Self { process, factors, base, shifts, reference })
    }

    pub(super) fn morphs(&self) -> impl Iterator<Item = (usize, &TemplateMorph)> {
        let places = self.base.iter().chain(&self.shifts).copied();
        places.zip(self.process.morphs().map(|(_, morph)| morph))
    }

    pub(super) fn parameters(&self) -> impl Iterator<Item = usize> {
        self.factors.iter().chain(&self.base).chain(&self.shifts).copied()
    }

    /// Replaces places among all parameters by those among the channel's.
    pub(super) fn localise(&mut self, active: &[usize]) {
        for place in self.factors.iter_mut().chain(&mut self.base).chain(&mut self.shifts) {
            *place = active.partition_point(|p| *p < *place);
        }
    }
}

impl MorphModel {
    /// A model without anything in it yet.
    #[must_use]
    pub fn params() -> MorphModelParams {
        MorphModelParams::default()
    }

    /// The parameters, in the order of every vector of parameters: the given ones, then those of template statistics.
    #[must_use]
    pub fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    /// The place of the parameter called `name`.
    #[must_use]
    pub fn index_of(&self, name: &str) -> Option<usize> {
        self.parameters.iter().position(|p| p.name == name)
    }

    /// The names of the channels and their bins.
    pub fn channels(&self) -> impl ExactSizeIterator<Item = (&str, Range<usize>)> {
        self.channels.iter().map(|c| (c.name.as_str(), c.bins.clone()))
    }

    /// How many bins all channels have together.
    #[must_use]
    pub fn n_bins(&self) -> usize {
        self.n_bins
    }

    /// The auxiliary measurements, in the order of [`Data::auxiliary`].
    #[must_use]
    pub fn auxiliaries(&self) -> &[Auxiliary] {
        &self.auxiliaries
    }

    /// These counts with the nominal auxiliary measurements.
    #[must_use]
    pub fn data(&self, counts: Vec<f64>) -> Data {
        Data::nominal(counts, &self.auxiliaries)
    }

    /// The bins of templates that are negative somewhere between their knots, with the names of channel and process.
    pub fn negative(&self) -> impl Iterator<Item = (&str, &str, NegativeYield)> {
        self.channels.iter().flat_map(|channel| {
            channel.terms.iter().flat_map(|term| {
                let lows = term.morphs().flat_map(|(_, morph)| morph.negative());
                lows.map(|low| (channel.name.as_str(), term.process.name(), *low))
            })
        })
    }

    /// The expected yield of each bin; NaN where a template refuses.
    #[must_use]
    pub fn yields(&self, parameters: &[f64]) -> Vec<f64> {
        let channel = |c: &Channel| match c.expand(parameters, Order::Value) {
            Some(expanded) => (0..c.bins.len()).map(|bin| c.bin(bin, &expanded, parameters).value).collect(),
            None => vec![f64::NAN; c.bins.len()],
        };
        self.channels.iter().flat_map(channel).collect()
    }

    /// The Asimov data of these parameters: what is expected, in bins and in auxiliary measurements.
    #[must_use]
    pub fn expected(&self, parameters: &[f64]) -> Data {
        Data::expected(self.yields(parameters), &self.auxiliaries, parameters)
    }

    /// Data drawn from these parameters: Poisson counts, and auxiliary measurements from their densities.
    ///
    /// A negative expectation, which some parameters have, gives zero.
    #[must_use]
    pub fn draw(&self, parameters: &[f64], stream: &mut Stream) -> Data {
        Data::draw(self.yields(parameters), &self.auxiliaries, parameters, stream)
    }

    /// The same model and data without the auxiliary measurements of some parameters, which then count as free.
    ///
    /// For parts of a [`Combined`](crate::Combined) likelihood, as
    /// [`Model::without_auxiliary`](crate::histfactory::Model::without_auxiliary).
    ///
    /// # Errors
    ///
    /// [`StatsError::BadParameter`] if one of the parameters has none here.
    pub fn without_auxiliary(&self, data: &Data, names: &[&str]) -> Result<(Self, Data), StatsError> {
        let mut model = self.clone();
        let data = leave_out(&mut model.parameters, &mut model.auxiliaries, data, names)?;
        Ok((model, data))
    }
}
