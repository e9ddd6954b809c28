use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use hepsys_core::Sample;
use hepsys_stats::morph::{Morphing, NegativeYields, TemplateMorph};

use crate::{Discriminant, ParamclfError};

/// Counts as a function of z.
type Counts<'a> = Box<dyn Fn(f64) -> Vec<f64> + Send + Sync + 'a>;

/// What was observed: counts in the bins of a discriminant, which change with z if the discriminant does.
pub struct Observed<'a> {
    pub(crate) counts: Counts<'a>,
    pub(crate) kind: Kind,
    /// The auxiliary measurement of z, if it is not the nominal one.
    pub(crate) measured: Option<f64>,
    /// The counts of an auxiliary histogram, if they are not the expected ones.
    pub(crate) auxiliary: Option<Vec<f64>>,
}

/// How counts depend on z.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Kind {
    /// Not at all.
    Fixed,
    /// Smoothly.
    Smooth,
    /// In steps, as events cross edges.
    Steps,
}

/// The count below which splines are lifted.
const SMALLEST_COUNT: f64 = 1e-3;

impl<'a> Observed<'a> {
    /// The events of a sample, counted anew for each z that is tried; weighted events are Asimov data.
    ///
    /// # Errors
    ///
    /// [`ParamclfError::Core`] if the sample lacks a feature.
    pub fn of(discriminant: &Discriminant<'a>, data: &'a Sample) -> Result<Self, ParamclfError> {
        let counter = discriminant.counter(data)?;
        if !discriminant.moves() {
            // z does not matter.
            return Ok(Self::fixed(counter.count(0.0).0));
        }
        Ok(Self {
            counts: Box::new(move |z| counter.count(z).0),
            kind: Kind::Steps,
            ..Self::fixed(Vec::new())
        })
    }

    /// Counts that do not depend on z.
    #[must_use]
    pub fn fixed(counts: Vec<f64>) -> Self {
        Self { counts: Box::new(move |_| counts.clone()), kind: Kind::Fixed, measured: None, auxiliary: None }
    }

    /// Counts that are a smooth function of z, as those of exact expectations.
    #[must_use]
    pub fn moving(counts: impl Fn(f64) -> Vec<f64> + Send + Sync + 'a) -> Self {
        Self { counts: Box::new(counts), kind: Kind::Smooth, ..Self::fixed(Vec::new()) }
    }

    /// The same, with splines through the counts at these values of z: for large samples, whose counts are smooth and take long.
    ///
    /// # Errors
    ///
    /// [`ParamclfError::Stats`] unless there are two values or more and they increase.
    pub fn splined(self, values: &[f64]) -> Result<Self, ParamclfError> {
        if self.kind == Kind::Fixed {
            return Ok(self);
        }
        let rows: Vec<Vec<f64>> = values.iter().map(|&z| (self.counts)(z)).collect();
        let variances: Vec<Vec<f64>> = rows.iter().map(|row| vec![0.0; row.len()]).collect();
        let morphing =
            Morphing { negative: NegativeYields::Lift { below: SMALLEST_COUNT }, ..Morphing::default() };
        let spline = TemplateMorph::new("observed counts", values, &rows, &variances, morphing)?;
        let ends = (values[0], values[values.len() - 1]);
        let counts = move |z: f64| {
            // A search may ask beyond the ends by rounding; no number gives counts that are none, which a fit refuses.
            let there = spline.at(z.clamp(ends.0, ends.1));
            there.map_or_else(|_| vec![f64::NAN; spline.n_bins()], |there| there.yields)
        };
        Ok(Self { counts: Box::new(counts), kind: Kind::Smooth, ..self })
    }

    /// The same with z rounded to multiples of `step` before events are counted, each multiple once: for fits with many trial values.
    ///
    /// The counts of events are steps anyhow; a tenth of the statistical error of z loses nothing.
    ///
    /// # Errors
    ///
    /// [`ParamclfError::BadParameter`] unless `step` is positive and finite.
    pub fn in_steps_of(self, step: f64) -> Result<Self, ParamclfError> {
        if !(step > 0.0 && step.is_finite()) {
            return Err(ParamclfError::bad("the step of z", "positive and finite", step));
        }
        if self.kind == Kind::Fixed {
            return Ok(self);
        }
        let known: Mutex<BTreeMap<u64, Vec<f64>>> = Mutex::default();
        let inner = self.counts;
        let counts = move |z: f64| {
            let place = (z / step).round() * step;
            let lock = || known.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(counts) = lock().get(&place.to_bits()) {
                return counts.clone();
            }
            let counts = inner(place);
            lock().insert(place.to_bits(), counts.clone());
            counts
        };
        Ok(Self { counts: Box::new(counts), kind: Kind::Steps, ..self })
    }

    /// The same with this result of the auxiliary measurement of z.
    #[must_use]
    pub fn measured(mut self, z: f64) -> Self {
        self.measured = Some(z);
        self
    }

    /// The same with these counts in the auxiliary histogram.
    #[must_use]
    pub fn auxiliary(mut self, counts: Vec<f64>) -> Self {
        self.auxiliary = Some(counts);
        self
    }

    /// The counts with z as the discriminant assumes it.
    #[must_use]
    pub fn counts(&self, z: f64) -> Vec<f64> {
        (self.counts)(z)
    }

    /// Whether the counts change with z.
    #[must_use]
    pub fn moves(&self) -> bool {
        self.kind != Kind::Fixed
    }
}
