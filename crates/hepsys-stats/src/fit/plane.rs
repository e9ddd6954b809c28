use super::scan::{DEEPER, check_increasing, parameter_name};
use super::{Fit, Fitter};
use crate::minimize::Status;
use crate::{Likelihood, StatsError};

/// The profile of $-2\ln L$ over two parameters, at the points of a grid.
///
/// [`contours`](Self::contours) follow its levels.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct PlaneScan {
    /// The names of the two parameters.
    pub names: [String; 2],
    /// Their best values.
    pub best: [f64; 2],
    /// The values of the first, increasing.
    pub x: Vec<f64>,
    /// The values of the second, increasing.
    pub y: Vec<f64>,
    /// The points, all values of x for the lowest y first: `[n_y, n_x]`.
    pub points: Vec<PlanePoint>,
}

/// One point of a scan of two parameters.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct PlanePoint {
    /// $-2\Delta\ln L$, the distance to the best fit.
    pub rise: f64,
    /// Its exact slopes by the two parameters.
    pub slopes: [f64; 2],
    /// Why the fit ended.
    pub status: Status,
    /// What the fit left to gain in $-\ln L$.
    pub edm: f64,
    /// Whether the fit is at a minimum.
    pub is_converged: bool,
}

impl PlaneScan {
    /// The points whose fits did not converge, with the values of both parameters.
    pub fn failed(&self) -> impl Iterator<Item = ([f64; 2], &PlanePoint)> {
        self.places().filter(|(_, p)| !p.is_converged)
    }

    /// The deepest point with the values of both parameters, if it is deeper than the fit: the fit was not at the global minimum.
    #[must_use]
    pub fn deeper(&self) -> Option<([f64; 2], &PlanePoint)> {
        let converged = self.places().filter(|(_, p)| p.is_converged);
        converged.min_by(|(_, a), (_, b)| a.rise.total_cmp(&b.rise)).filter(|(_, p)| p.rise < -DEEPER)
    }

    fn places(&self) -> impl Iterator<Item = ([f64; 2], &PlanePoint)> {
        let place = |at: usize| [self.x[at % self.x.len()], self.y[at / self.x.len()]];
        self.points.iter().enumerate().map(move |(at, p)| (place(at), p))
    }

    /// The point at the value number `i` of x and number `k` of y.
    pub(super) fn at(&self, i: usize, k: usize) -> &PlanePoint {
        &self.points[k * self.x.len() + i]
    }
}

impl Fitter {
    /// Fits all other parameters with two of them, by their places, at each point of a grid.
    ///
    /// Each fit starts where its neighbour on the side of the best fit ended.
    ///
    /// # Errors
    ///
    /// [`StatsError::BadParameter`] for indices or values that make no sense, and [`StatsError::Fit`] if `fit` is not converged.
    /// Points that do not converge are no error: they say so.
    ///
    /// # References
    ///
    /// The profile likelihood and its contours are those of `james1975`.
    pub fn scan_plane<L: Likelihood + ?Sized>(
        &self,
        likelihood: &L,
        fit: &Fit,
        indices: [usize; 2],
        x: &[f64],
        y: &[f64],
    ) -> Result<PlaneScan, StatsError> {
        let names = [parameter_name(likelihood, indices[0])?, parameter_name(likelihood, indices[1])?];
        if indices[0] == indices[1] {
            let expected = "another one than the first";
            return Err(StatsError::bad_parameter("the second parameter of a scan", expected, &names[1]));
        }
        check_increasing(&names[0], x)?;
        check_increasing(&names[1], y)?;
        fit.check("the best fit")?;
        let best = indices.map(|index| fit.parameters[index]);
        let (i0, k0) = (nearest(x, best[0]), nearest(y, best[1]));
        let mut order: Vec<(usize, usize)> =
            (0..y.len()).flat_map(|k| (0..x.len()).map(move |i| (i, k))).collect();
        order.sort_by_key(|&(i, k)| (k.abs_diff(k0), i.abs_diff(i0), k, i));
        let mut ends: Vec<Option<Vec<f64>>> = vec![None; x.len() * y.len()];
        let mut points: Vec<Option<PlanePoint>> = vec![None; ends.len()];
        let mut gradient = vec![0.0; fit.parameters.len()];
        for (i, k) in order {
            // One step towards the best fit: along the row, and at its middle along the column.
            let neighbour = if i == i0 { toward(k, k0) * x.len() + i } else { k * x.len() + toward(i, i0) };
            let start = ends[neighbour].as_ref().unwrap_or(&fit.parameters);
            let profile =
                self.clone().fix(indices[0], x[i]).fix(indices[1], y[k]).fit_from(likelihood, start);
            likelihood.gradient(&profile.parameters, &mut gradient);
            let at = k * x.len() + i;
            points[at] = Some(PlanePoint {
                rise: 2.0 * (profile.nll - fit.nll),
                slopes: indices.map(|index| 2.0 * gradient[index]),
                is_converged: profile.is_converged(),
                status: profile.status,
                edm: profile.edm,
            });
            ends[at] = profile.is_converged().then_some(profile.parameters);
        }
        // The order visits each point once.
        let points = points.into_iter().flatten().collect();
        Ok(PlaneScan { names, best, x: x.to_vec(), y: y.to_vec(), points })
    }
}

fn nearest(values: &[f64], best: f64) -> usize {
    let distance = |i: &usize| (values[*i] - best).abs();
    (0..values.len()).min_by(|a, b| distance(a).total_cmp(&distance(b))).unwrap_or(0)
}

/// One step from `from` to `to`.
fn toward(from: usize, to: usize) -> usize {
    match from.cmp(&to) {
        std::cmp::Ordering::Less => from + 1,
        std::cmp::Ordering::Equal => from,
        std::cmp::Ordering::Greater => from - 1,
    }
}
