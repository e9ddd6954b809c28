//! The distribution of a sum over the events of a Poisson process.

mod lattice;

use self::lattice::Lattice;
use crate::{PValue, StatsError};

/// The exact distribution of $T = \sum_i g(x_i)$ over the events $x_i$ of a Poisson process, without toys.
///
/// The process is given in cells: $g_j$ is the value of $g$ in cell $j$, and $\lambda_j$ the number of events expected there.
/// Cells are the nodes of a quadrature of the intensity, or the events of a weighted sample with their weights.
///
/// $$ \mathrm E\\,e^{i k T} = \exp \sum_j \lambda_j \left(e^{i k g_j} - 1\right), \qquad
///    \mathrm E\\,T = \sum_j \lambda_j g_j, \qquad \mathrm{Var}\\,T = \sum_j \lambda_j g_j^2 $$
///
/// The characteristic function is turned into probabilities on $2^{18}$ equidistant points by a fast Fourier transform.
/// The largest $|g_j|$ and what is in a simple ratio to it stand on points, other values are shared between their two neighbours
/// such that the mean is exact; the width covers all but $10^{-17}$ of the probability (Bennett's inequality), so nothing is folded back.
/// A p-value beyond the mean is computed from the process with intensities $\lambda_j e^{\theta g_j}$ whose mean is the observed
/// value, and is exact relative to itself however small it is.
///
/// ```
/// use hepsys_stats::CompoundPoisson;
///
/// // Two kinds of events: 40 expected that count for 1, and 3 that count for 2.5.
/// let sum = CompoundPoisson::new(&[1.0, 2.5], &[40.0, 3.0])?;
/// assert_eq!(sum.mean(), 47.5);
/// assert_eq!(sum.variance(), 58.75);
/// assert_eq!(format!("{:.4}", sum.p_value(70.0)?), "0.0034");
/// assert_eq!(format!("{:.1}", sum.median()), "47.5");
/// # Ok::<(), hepsys_stats::StatsError>(())
/// ```
///
/// # References
///
/// Moments of sums over Poisson processes are Campbell's theorem; tilted processes: `esscher1932`.
#[derive(Debug, Clone)]
pub struct CompoundPoisson {
    values: Vec<f64>,
    expected: Vec<f64>,
    lattice: Lattice,
}

impl CompoundPoisson {
    /// The distribution for `values` $g_j$ and `expected` numbers of events $\lambda_j$.
    ///
    /// # Shapes
    ///
    /// Both have one number for each cell.
    ///
    /// # Errors
    ///
    /// [`StatsError::BadParameter`] unless there are as many of both, [`StatsError::TooFewValues`] without cells,
    /// [`StatsError::BadValue`] for values that are not finite and expected numbers that are negative or not finite.
    pub fn new(values: &[f64], expected: &[f64]) -> Result<Self, StatsError> {
        if values.len() != expected.len() {
            let wanted = format!("the number of values, {}", values.len());
            return Err(StatsError::bad_parameter("the number of expected numbers", wanted, expected.len()));
        }
        crate::error::check_values("a sum over a Poisson process", values, 1)?;
        check_not_negative("the expected numbers of events", expected)?;
        let lattice = Lattice::new(values, expected);
        Ok(Self { values: values.to_vec(), expected: expected.to_vec(), lattice })
    }

    /// $\mathrm E\\,T$.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.sum(|value, expected| expected * value)
    }

    /// $\mathrm{Var}\\,T$.
    #[must_use]
    pub fn variance(&self) -> f64 {
        self.sum(|value, expected| expected * value * value)
    }

    /// The probability of a sum below or at `t`: to $10^{-12}$ times the expected number of events where the values lie on points of
    /// the lattice, otherwise to what lies within one of its steps.
    #[must_use]
    pub fn cdf(&self, t: f64) -> f64 {
        self.lattice.cdf(t)
    }

    /// The smallest sum below or at which the probability $q$ lies, to a step of the lattice.
    ///
    /// # Errors
    ///
    /// [`StatsError::BadParameter`] unless $0 < q < 1$.
    pub fn quantile(&self, q: f64) -> Result<f64, StatsError> {
        if 0.0 < q && q < 1.0 {
            Ok(self.lattice.quantile(q))
        } else {
            Err(StatsError::bad_parameter("the probability of a quantile", "between 0 and 1", q))
        }
    }

    /// The median.
    #[must_use]
    pub fn median(&self) -> f64 {
        self.lattice.quantile(0.5)
    }

    /// The probability of a sum of `t` or more.
    ///
    /// # Errors
    ///
    /// [`StatsError::BadParameter`] if `t` is not finite.
    pub fn p_value(&self, t: f64) -> Result<PValue, StatsError> {
        if !t.is_finite() {
            return Err(StatsError::bad_parameter("the sum of a p-value", "finite", t));
        }
        if t <= self.mean() {
            return Ok(PValue::clamped(1.0 - self.lattice.below(t)));
        }
        Ok(match self.tilt_with_mean(t) {
            Some(tilt) => {
                let intensities: Vec<f64> =
                    self.values.iter().zip(&self.expected).map(|(g, l)| l * (tilt * g).exp()).collect();
                // Of the tilted law, with weights e^{-θT + κ(θ)}.
                let ln_moment = self.sum(|value, expected| expected * (tilt * value).exp_m1());
                PValue::from_ln(
                    (ln_moment + Lattice::new(&self.values, &intensities).ln_tail(t, tilt)).min(0.0),
                )
            }
            // No event raises the sum: it is zero without events and below with them.
            None if t > 0.0 => PValue::clamped(0.0),
            None => PValue::clamped(1.0 - self.lattice.below(t)),
        })
    }

    /// θ for which $\sum_j \lambda_j g_j e^{\theta g_j} = t$, where `t` is above the mean; `None` if no event raises the sum.
    fn tilt_with_mean(&self, t: f64) -> Option<f64> {
        let mean = |tilt: f64| self.sum(|g, l| if l > 0.0 { l * g * (tilt * g).exp() } else { 0.0 });
        let largest = self.sum_of_cells(
            f64::NEG_INFINITY,
            |largest: f64, g, l| {
                if l > 0.0 { largest.max(g) } else { largest }
            },
        );
        if largest <= 0.0 {
            return None;
        }
        let (mut low, mut high) = (0.0, 1.0 / largest);
        while mean(high) < t {
            (low, high) = (high, 2.0 * high);
        }
        for _ in 0..60 {
            let middle = 0.5 * (low + high);
            if mean(middle) < t { low = middle } else { high = middle }
        }
        Some(0.5 * (low + high))
    }

    fn sum(&self, term: impl Fn(f64, f64) -> f64) -> f64 {
        self.sum_of_cells(0.0, |sum, value, expected| sum + term(value, expected))
    }

    fn sum_of_cells(&self, start: f64, fold: impl Fn(f64, f64, f64) -> f64) -> f64 {
        self.values.iter().zip(&self.expected).fold(start, |sum, (g, l)| fold(sum, *g, *l))
    }
}

/// Refuses numbers that are negative, NaN or infinite.
pub(crate) fn check_not_negative(what: &str, numbers: &[f64]) -> Result<(), StatsError> {
    match numbers.iter().position(|n| !(n.is_finite() && *n >= 0.0)) {
        None => Ok(()),
        Some(index) => Err(StatsError::BadValue {
            what: what.into(),
            expected: "finite and not negative".into(),
            index,
            value: numbers[index],
        }),
    }
}

#[cfg(test)]
mod tests;
