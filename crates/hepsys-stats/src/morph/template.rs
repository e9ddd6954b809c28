use hepsys_core::Template;

use super::options::{Beyond, KnotStatistics, Morphing};
use super::spline::Spline;
use crate::StatsError;
use crate::histfactory::interpolation::Jet;

/// The yields of a process in bins as functions of a nuisance parameter $z$, from templates at many values of it.
///
/// Each bin has a cubic spline through its yields: exact at the knots, with two continuous derivatives in between.
/// The variances of the yields go along as [`KnotStatistics`] says.
///
/// ```
/// use hepsys_stats::morph::{Morphing, TemplateMorph};
///
/// let (z, yields) = ([0.0, 1.0, 2.0, 3.0], [[1.0], [2.0], [9.0], [28.0]]); // 1 + z³
/// let morph = TemplateMorph::new("signal", &z, &yields, &[[0.1]; 4], Morphing::default())?;
/// let there = morph.at(1.5)?;
/// assert!((there.yields[0] - 4.375).abs() < 1e-12);
/// assert!((there.slopes[0] - 6.75).abs() < 1e-12);
/// assert!(morph.at(3.1).is_err());
/// # Ok::<(), hepsys_stats::StatsError>(())
/// ```
///
/// # References
///
/// Splines: `deboor1978`; templates of a classifier at 21 values of its nuisance parameter: `ghosh2021`.
#[derive(Debug, Clone, PartialEq)]
pub struct TemplateMorph {
    name: String,
    spline: Spline,
    morphing: Morphing,
    n_bins: usize,
    /// Yields and their second derivatives, knot after knot.
    yields: Vec<f64>,
    seconds: Vec<f64>,
    variances: Vec<f64>,
    negative: Vec<NegativeYield>,
}

/// A template between its knots.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Morphed {
    /// The yield of each bin.
    pub yields: Vec<f64>,
    /// Its derivative by $z$.
    pub slopes: Vec<f64>,
    /// Its second derivative by $z$.
    pub curvatures: Vec<f64>,
    /// The statistical variance of each yield.
    pub variances: Vec<f64>,
}

/// Where a bin's spline is lowest, if that is below zero.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct NegativeYield {
    /// The bin.
    pub bin: usize,
    /// The value of the nuisance parameter.
    pub z: f64,
    /// The yield there, before anything becomes of it.
    pub value: f64,
}

impl TemplateMorph {
    /// The process `name` with these yields and variances, one row a knot and one number a bin.
    ///
    /// # Errors
    ///
    /// [`StatsError`] unless there are two or more increasing knots, a row of each for every knot, rows of equal length,
    /// finite yields, variances that are not negative, and a positive limit for lifted yields.
    pub fn new<R: AsRef<[f64]>>(
        name: impl Into<String>,
        knots: &[f64],
        yields: &[R],
        variances: &[R],
        morphing: Morphing,
    ) -> Result<Self, StatsError> {
        let name = name.into();
        let spline = Spline::new(knots.to_vec(), morphing.ends)?;
        if let super::NegativeYields::Lift { below } = morphing.negative
            && !(below > 0.0 && below.is_finite())
        {
            return Err(StatsError::bad_parameter("the yield below which to lift", "positive", below));
        }
        let n_bins = yields.first().map_or(0, |row| row.as_ref().len());
        let flat = |what: &str, rows: &[R], is_good: fn(f64) -> bool, expected: &str| {
            let what = format!("the {what} of \"{name}\"");
            if rows.len() != knots.len() || rows.iter().any(|r| r.as_ref().len() != n_bins) || n_bins == 0 {
                let expected = format!("{} rows of one number a bin", knots.len());
                let found: Vec<usize> = rows.iter().map(|r| r.as_ref().len()).collect();
                return Err(StatsError::bad_parameter(what, expected, format!("rows of {found:?}")));
            }
            let all: Vec<f64> = rows.iter().flat_map(|r| r.as_ref()).copied().collect();
            match all.iter().position(|v| !is_good(*v)) {
                None => Ok(all),
                Some(at) => {
                    let what = format!("{what} at knot {}", at / n_bins);
                    let value = all[at];
                    Err(StatsError::BadValue { what, expected: expected.into(), index: at % n_bins, value })
                }
            }
        };
        let yields = flat("yields", yields, f64::is_finite, "finite")?;
        let variances =
            flat("variances", variances, |v| v.is_finite() && v >= 0.0, "finite and not negative")?;
        let mut seconds = vec![0.0; yields.len()];
        for bin in 0..n_bins {
            let column: Vec<f64> = yields.iter().skip(bin).step_by(n_bins).copied().collect();
            for (knot, second) in spline.second(&column).into_iter().enumerate() {
                seconds[knot * n_bins + bin] = second;
            }
        }
        let mut morph =
            Self { name, spline, morphing, n_bins, yields, seconds, variances, negative: Vec::new() };
        morph.negative = (0..n_bins).map(|bin| morph.lowest(bin)).filter(|low| low.value < 0.0).collect();
        Ok(morph)
    }

    /// The process of these templates, one for each knot.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new), and [`StatsError::BadParameter`] if the templates are in different bins or there are none.
    pub fn from_templates(
        knots: &[f64],
        templates: &[Template],
        morphing: Morphing,
    ) -> Result<Self, StatsError> {
        let Some(first) = templates.first() else {
            return Err(StatsError::TooFewValues { what: "a morph".into(), needed: 2, found: 0 });
        };
        if let Some(knot) = templates.iter().position(|t| t.binning() != first.binning()) {
            let what = format!("the bins of \"{}\" at knot {knot}", first.name());
            return Err(StatsError::bad_parameter(what, "those of knot 0", "other edges"));
        }
        let yields: Vec<&[f64]> = templates.iter().map(Template::yields).collect();
        let variances: Vec<&[f64]> = templates.iter().map(Template::variances).collect();
        Self::new(first.name(), knots, &yields, &variances, morphing)
    }

    /// The yields, their derivatives and their variances at `z`.
    ///
    /// # Errors
    ///
    /// [`StatsError::BadParameter`] beyond the knots, if that is refused, and for NaN.
    pub fn at(&self, z: f64) -> Result<Morphed, StatsError> {
        let (Some(yields), Some(variances)) = (self.yield_jets(z), self.variance_jets(z)) else {
            let (low, high) = self.spline.ends();
            let what = format!("the nuisance parameter of \"{}\"", self.name);
            return Err(StatsError::bad_parameter(what, format!("between {low} and {high}"), z));
        };
        Ok(Morphed {
            yields: yields.iter().map(|j| j.value).collect(),
            slopes: yields.iter().map(|j| j.slope).collect(),
            curvatures: yields.iter().map(|j| j.curvature).collect(),
            variances: variances.iter().map(|j| j.value).collect(),
        })
    }

    /// The bins whose splines are negative somewhere between the knots, each with its lowest point there.
    #[must_use]
    pub fn negative(&self) -> &[NegativeYield] {
        &self.negative
    }

    /// The process.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The values of the nuisance parameter at which there are templates.
    #[must_use]
    pub fn knots(&self) -> &[f64] {
        self.spline.knots()
    }

    /// How many bins there are.
    #[must_use]
    pub fn n_bins(&self) -> usize {
        self.n_bins
    }

    /// The values of the nuisance parameter at which it can be evaluated.
    #[must_use]
    pub fn range(&self) -> (f64, f64) {
        match self.morphing.beyond {
            Beyond::Refuse => self.spline.ends(),
            Beyond::Linear => (f64::NEG_INFINITY, f64::INFINITY),
        }
    }

    fn reaches(&self, z: f64) -> bool {
        let (low, high) = self.range();
        low <= z && z <= high
    }

    /// The yields at `z`; `None` where there are none.
    pub(crate) fn yield_jets(&self, z: f64) -> Option<Vec<Jet>> {
        if !self.reaches(z) {
            return None;
        }
        let local = self.spline.local(z);
        let below = local.below * self.n_bins;
        let above = below + self.n_bins;
        let jet = |bin: usize| {
            let values = [self.yields[below + bin], self.yields[above + bin]];
            let seconds = [self.seconds[below + bin], self.seconds[above + bin]];
            self.morphing.negative.apply(local.of(values, seconds))
        };
        Some((0..self.n_bins).map(jet).collect())
    }

    /// The variances at `z`; `None` where there are none.
    pub(crate) fn variance_jets(&self, z: f64) -> Option<Vec<Jet>> {
        if !self.reaches(z) {
            return None;
        }
        let weights = self.spline.weights(&self.spline.local(z));
        let mut jets = vec![Jet { value: 0.0, slope: 0.0, curvature: 0.0 }; self.n_bins];
        for (row, w) in self.variances.chunks_exact(self.n_bins).zip(&weights) {
            for (jet, &variance) in jets.iter_mut().zip(row) {
                let (factor, w) = match self.morphing.statistics {
                    KnotStatistics::SameEvents => (variance.sqrt(), *w),
                    KnotStatistics::Independent => (variance, squared(*w)),
                };
                jet.value += factor * w.value;
                jet.slope += factor * w.slope;
                jet.curvature += factor * w.curvature;
            }
        }
        if self.morphing.statistics == KnotStatistics::SameEvents {
            jets.iter_mut().for_each(|jet| *jet = squared(*jet));
        }
        Some(jets)
    }

    /// Whether any knot has a statistical error in this bin.
    pub(crate) fn has_variance(&self, bin: usize) -> bool {
        self.variances.iter().skip(bin).step_by(self.n_bins).any(|v| *v > 0.0)
    }

    /// The lowest point of a bin's spline: a knot, or where the slope of a cubic piece vanishes.
    fn lowest(&self, bin: usize) -> NegativeYield {
        let knots = self.spline.knots();
        let value = |z: f64| {
            let local = self.spline.local(z);
            let (i, k) = (local.below * self.n_bins + bin, (local.below + 1) * self.n_bins + bin);
            local.of([self.yields[i], self.yields[k]], [self.seconds[i], self.seconds[k]])
        };
        let mut candidates = knots.to_vec();
        for pair in knots.windows(2) {
            let jet = value(pair[0]);
            let width = pair[1] - pair[0];
            let third = (self.seconds_at(pair[1], bin) - self.seconds_at(pair[0], bin)) / width;
            // slope + curvature t + third t²/2 = 0
            let root = (jet.curvature * jet.curvature - 2.0 * third * jet.slope).sqrt();
            let sum = -(jet.curvature + root.copysign(jet.curvature));
            let places = [sum / third, 2.0 * jet.slope / sum];
            candidates.extend(places.iter().filter(|t| 0.0 < **t && **t < width).map(|t| pair[0] + t));
        }
        let lowest = candidates.into_iter().map(|z| (z, value(z).value)).min_by(|a, b| a.1.total_cmp(&b.1));
        let (z, value) = lowest.expect("a spline has knots");
        NegativeYield { bin, z, value }
    }

    fn seconds_at(&self, knot: f64, bin: usize) -> f64 {
        let place = self.spline.knots().partition_point(|&k| k < knot);
        self.seconds[place * self.n_bins + bin]
    }
}

fn squared(jet: Jet) -> Jet {
    Jet {
        value: jet.value * jet.value,
        slope: 2.0 * jet.value * jet.slope,
        curvature: 2.0 * (jet.slope * jet.slope + jet.value * jet.curvature),
    }
}

#[cfg(test)]
mod tests;
