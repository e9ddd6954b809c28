use hepsys_advocate::{Direction, Found, Method, Spread};

use super::case::Answer;

/// What one method reached in one direction, over its seeds. Biases are in per cent.
pub(super) struct Reached<'a> {
    pub(super) answer: &'a Answer,
    pub(super) direction: Direction,
    pub(super) method: Method,
    /// The bias on test events.
    pub(super) mean: f64,
    /// Its standard deviation over the seeds.
    pub(super) spread: f64,
    /// The error of one seed that the finite simulation leaves.
    pub(super) simulation_error: f64,
    /// By how much a limit is exceeded on test events, in the worst seed; negative if there is room left.
    pub(super) violation: f64,
    /// The same of the limit that is exceeded the most, as the mean over the seeds.
    pub(super) mean_violation: f64,
    /// The gradient that 99.9 % of test events do not exceed, the mean over the seeds.
    pub(super) gradient: f64,
    pub(super) bound: f64,
    /// The bound at that gradient.
    pub(super) at_realised: Option<f64>,
    pub(super) n_seeds: usize,
}

impl Answer {
    /// In the order of directions and methods.
    pub(super) fn reached(&self) -> Vec<Reached<'_>> {
        let mut all = Vec::new();
        for &direction in self.case.params.directions() {
            for &method in self.case.params.methods() {
                all.extend(self.reached_by(direction, method));
            }
        }
        all
    }

    pub(super) fn reached_by(&self, direction: Direction, method: Method) -> Option<Reached<'_>> {
        let Spread { mean, deviation, .. } = self.worst.spread(direction, method)?;
        let found: Vec<&Found> = self.worst.found(direction, method).collect();
        let average = |of: fn(&Found) -> f64| found.iter().map(|f| of(f)).sum::<f64>() / found.len() as f64;
        let realised = self.realised.iter().find(|r| r.direction == direction && r.method == method);
        Some(Reached {
            answer: self,
            direction,
            method,
            mean: 100.0 * mean,
            spread: 100.0 * deviation,
            simulation_error: 100.0 * average(|found| found.test.error),
            violation: 100.0 * found.iter().map(|f| f.test.violation).fold(f64::NEG_INFINITY, f64::max),
            mean_violation: 100.0 * average(|found| found.test.violation),
            gradient: average(|found| found.steepness),
            bound: 100.0 * self.bound(direction).bound.bias,
            at_realised: realised.map(|realised| 100.0 * realised.bias),
            n_seeds: found.len(),
        })
    }
}

impl Reached<'_> {
    /// The part of the bound that was reached.
    pub(super) fn part(&self) -> f64 {
        self.mean / self.bound
    }

    /// By how much the bound at the realised gradient is exceeded; without one, that of any gradient.
    pub(super) fn excess(&self) -> f64 {
        self.direction.sign() * (self.mean - self.at_realised.unwrap_or(self.bound))
    }

    /// The statistical error of the mean: of the seeds, which share the simulation, or of the simulation, whichever is larger.
    pub(super) fn error(&self) -> f64 {
        (self.spread / (self.n_seeds as f64).sqrt()).max(self.simulation_error)
    }
}

/// The largest of some numbers; NaN if one of them is none.
pub(super) fn largest(values: impl Iterator<Item = f64>) -> f64 {
    values.fold(f64::NEG_INFINITY, |high, x| if x.is_nan() || high.is_nan() { f64::NAN } else { high.max(x) })
}

/// A number, or zero for a negative one; NaN stays NaN, which no judgement passes.
pub(super) fn above_zero(x: f64) -> f64 {
    if x < 0.0 { 0.0 } else { x }
}

/// The smallest of some numbers; NaN if one of them is none.
pub(super) fn smallest(values: impl Iterator<Item = f64>) -> f64 {
    -largest(values.map(|x| -x))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_number_is_not_passed_over() {
        assert_eq!(largest([1.0, 3.0, 2.0].into_iter()), 3.0);
        assert_eq!(smallest([1.0, 3.0, 2.0].into_iter()), 1.0);
        assert!(largest([1.0, f64::NAN, 2.0].into_iter()).is_nan());
        assert!(smallest([f64::NAN, 2.0].into_iter()).is_nan());
    }
}
