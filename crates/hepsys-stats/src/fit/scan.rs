use super::interpolate::{Knot, crossing};
use super::{Fit, FitError, Fitter};
use crate::minimize::Status;
use crate::root::brent;
use crate::{Likelihood, StatsError};

/// Below the fit by more than this is another, deeper minimum.
pub(super) const DEEPER: f64 = 1e-6;

/// The profile of $-2\ln L$ along one parameter.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Scan {
    /// The place of the parameter.
    pub index: usize,
    /// Its name.
    pub name: String,
    /// Its best value.
    pub best: f64,
    /// The points, by increasing value.
    pub points: Vec<ScanPoint>,
}

/// One point of a scan: the fit of all other parameters.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ScanPoint {
    /// Where the parameter is.
    pub value: f64,
    /// $-2\Delta\ln L$, the distance to the best fit.
    pub rise: f64,
    /// Its exact slope by the parameter: that of the likelihood, for the others are at their best.
    pub slope: f64,
    /// All parameters there.
    pub parameters: Vec<f64>,
    /// Why the fit ended.
    pub status: Status,
    /// What the fit left to gain in $-\ln L$.
    pub edm: f64,
    /// Whether the fit is at a minimum.
    pub is_converged: bool,
}

/// Where a profile stays below a level.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// Its lower end; `None` if the scan ends first.
    pub low: Option<f64>,
    /// Its upper end; `None` if the scan ends first.
    pub high: Option<f64>,
}

impl Scan {
    /// Where the profile is below `level`, such as 1 for one standard deviation or 3.84 for 95 %.
    ///
    /// The ends are zeros of the cubics that share values and slopes with the points;
    /// [`Fitter::refined_intervals`] finds them with further fits.
    /// There are several intervals where the profile has several minima.
    ///
    /// # Errors
    ///
    /// [`FitError::NotConverged`] with the first point that is no minimum.
    pub fn intervals(&self, level: f64) -> Result<Vec<Interval>, FitError> {
        self.intervals_by(level, |a, b| Ok(crossing(a.knot(level), b.knot(level))))
    }

    /// The deepest point, if it is deeper than the fit: the fit was not at the global minimum.
    #[must_use]
    pub fn deeper(&self) -> Option<&ScanPoint> {
        let converged = self.points.iter().filter(|p| p.is_converged);
        let lowest = converged.min_by(|a, b| a.rise.total_cmp(&b.rise))?;
        (lowest.rise < -DEEPER).then_some(lowest)
    }

    /// The points whose fits did not converge.
    pub fn failed(&self) -> impl Iterator<Item = &ScanPoint> {
        self.points.iter().filter(|p| !p.is_converged)
    }

    fn intervals_by(
        &self,
        level: f64,
        mut end: impl FnMut(&ScanPoint, &ScanPoint) -> Result<f64, FitError>,
    ) -> Result<Vec<Interval>, FitError> {
        self.points.iter().try_for_each(|point| point.check(&self.name))?;
        let is_inside = |point: &ScanPoint| point.rise < level;
        let mut intervals = Vec::new();
        let mut open: Option<Interval> = None;
        for (i, point) in self.points.iter().enumerate() {
            let crossed = match i.checked_sub(1).map(|before| &self.points[before]) {
                Some(before) if is_inside(before) != is_inside(point) => Some(end(before, point)?),
                _ => None,
            };
            match (is_inside(point), open) {
                (true, None) => open = Some(Interval { low: crossed, high: None }),
                (false, Some(interval)) => {
                    intervals.push(Interval { high: crossed, ..interval });
                    open = None;
                }
                _ => {}
            }
        }
        intervals.extend(open);
        Ok(intervals)
    }
}

impl ScanPoint {
    fn check(&self, name: &str) -> Result<(), FitError> {
        if self.is_converged { Ok(()) } else { Err(self.not_converged(name)) }
    }

    fn not_converged(&self, name: &str) -> FitError {
        let what = format!("the fit at {name} = {}", self.value);
        FitError::NotConverged { what, status: self.status, edm: self.edm, problem: None }
    }

    fn knot(&self, level: f64) -> Knot {
        Knot { at: self.value, value: self.rise - level, slope: self.slope }
    }
}

impl Fitter {
    /// Fits all other parameters with parameter number `index` at each of `values`, which have to increase.
    ///
    /// `fit` is the best fit; its value becomes a point too where it lies between two others, so that no interval is missed.
    /// Each fit starts where its neighbour on the side of the best fit ended.
    /// Values beyond the bounds of the parameter are tested as they are: bounds are for fits.
    /// A profile with several minima needs several [`starts`](Self::starts): a neighbour's minimum need not be the lowest.
    ///
    /// # Errors
    ///
    /// [`StatsError::BadParameter`] for an index or values that make no sense, and [`StatsError::Fit`] if `fit` is not converged.
    /// Points that do not converge are no error: they say so.
    ///
    /// # References
    ///
    /// $t_\mu$ in Eq. 8 of `cowan2011`; intervals from it are those of `james1975`.
    pub fn scan<L: Likelihood + ?Sized>(
        &self,
        likelihood: &L,
        fit: &Fit,
        index: usize,
        values: &[f64],
    ) -> Result<Scan, StatsError> {
        let name = parameter_name(likelihood, index)?;
        check_increasing(&name, values)?;
        fit.check("the best fit")?;
        let best = fit.parameters[index];
        let n_below = values.partition_point(|v| *v < best);
        let mut points = Vec::with_capacity(values.len() + 1);
        let sweep = |values: &mut dyn Iterator<Item = f64>, points: &mut Vec<ScanPoint>| {
            let mut start = fit.parameters.clone();
            for value in values {
                let point = self.scan_point(likelihood, fit.nll, index, value, &start);
                if point.is_converged {
                    start.clone_from(&point.parameters);
                }
                points.push(point);
            }
        };
        sweep(&mut values[..n_below].iter().rev().copied(), &mut points);
        points.reverse();
        let is_between = n_below > 0 && values.get(n_below).is_some_and(|v| *v > best);
        let above = values[n_below..].iter().copied();
        sweep(&mut is_between.then_some(best).into_iter().chain(above), &mut points);
        Ok(Scan { index, name, best, points })
    }

    /// As [`Scan::intervals`], with ends found by further fits to `1e-9` of the distance of two points.
    ///
    /// # Errors
    ///
    /// [`FitError::NotConverged`] with the first fit that is no minimum.
    pub fn refined_intervals<L: Likelihood + ?Sized>(
        &self,
        likelihood: &L,
        fit: &Fit,
        scan: &Scan,
        level: f64,
    ) -> Result<Vec<Interval>, FitError> {
        scan.intervals_by(level, |a, b| {
            let inner = if a.rise < b.rise { a } else { b };
            let mut start = inner.parameters.clone();
            let excess = |value: f64| {
                let point = self.scan_point(likelihood, fit.nll, scan.index, value, &start);
                point.check(&scan.name)?;
                start.clone_from(&point.parameters);
                Ok(point.rise - level)
            };
            let zero = brent(excess, a.value, b.value, 1e-9 * (b.value - a.value))?;
            // The points lie on both sides, so that there is a zero unless a rise is not a number.
            zero.ok_or_else(|| inner.not_converged(&scan.name))
        })
    }

    fn scan_point<L: Likelihood + ?Sized>(
        &self,
        likelihood: &L,
        best_nll: f64,
        index: usize,
        value: f64,
        start: &[f64],
    ) -> ScanPoint {
        let fit = self.clone().fix(index, value).fit_from(likelihood, start);
        let mut gradient = vec![0.0; fit.parameters.len()];
        likelihood.gradient(&fit.parameters, &mut gradient);
        ScanPoint {
            value,
            rise: 2.0 * (fit.nll - best_nll),
            slope: 2.0 * gradient[index],
            is_converged: fit.is_converged(),
            status: fit.status,
            edm: fit.edm,
            parameters: fit.parameters,
        }
    }
}

pub(super) fn parameter_name<L: Likelihood + ?Sized>(
    likelihood: &L,
    index: usize,
) -> Result<String, StatsError> {
    let parameters = likelihood.parameters();
    parameters.get(index).map(|p| p.name.clone()).ok_or_else(|| {
        let expected = format!("below the number of parameters, {}", parameters.len());
        StatsError::bad_parameter("the index of a parameter", expected, index)
    })
}

/// The values of a scan have to be finite and to increase.
pub(super) fn check_increasing(name: &str, values: &[f64]) -> Result<(), StatsError> {
    let what = format!("a scan of {name}");
    crate::error::check_values(&what, values, 1)?;
    match values.windows(2).position(|pair| pair[1] <= pair[0]) {
        None => Ok(()),
        Some(i) => Err(StatsError::BadValue {
            what: format!("the values of {what}"),
            expected: "increasing".into(),
            index: i + 1,
            value: values[i + 1],
        }),
    }
}
