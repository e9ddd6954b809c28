use super::limit::{SMALLEST, check};
use super::{LimitError, ToyBased, ToyCls};
use crate::{Estimate, Likelihood, PseudoExperiments, Simulator, StatsError};

/// The upper limit from toys at some values of μ.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ToyLimit {
    /// The values of μ that were tested, with their levels.
    pub levels: Vec<(f64, ToyCls)>,
    /// From the data, with what the number of toys leaves open.
    pub observed: Result<Estimate, LimitError>,
    /// What toys without signal give, from −2 to +2 standard deviations.
    pub expected: [Result<Estimate, LimitError>; 5],
}

impl<S: Simulator, L: Likelihood> ToyBased<'_, S, L> {
    /// The upper limits with this confidence, such as 0.95: where CLs falls to one minus it, along straight lines in ln CLs
    /// between values of μ, which have to increase.
    /// Values should stand close enough that CLs changes by less than a factor of ten between those beside a limit.
    ///
    /// `run` says how the toys of a value of μ are made: how many, from which seed, and whether they go to a file; it is asked
    /// twice for each, for toys with and without signal, and what distinguishes them comes with their name.
    /// A resumed run needs a file for each.
    ///
    /// # Errors
    ///
    /// As [`with_signal`](Self::with_signal) and [`cls`](Self::cls), and [`StatsError::BadParameter`] for values that do not
    /// increase.
    pub fn limit(
        &self,
        confidence: f64,
        values: &[f64],
        run: impl Fn(f64, &str) -> PseudoExperiments,
    ) -> Result<ToyLimit, StatsError> {
        let is_increasing =
            values.windows(2).all(|pair| pair[0] < pair[1]) && values.iter().all(|v| v.is_finite());
        if values.len() < 2 || !is_increasing {
            return Err(StatsError::bad_parameter(
                "the tested values of μ",
                "two or more that increase",
                format!("{values:?}"),
            ));
        }
        if let Err(LimitError::BadArgument { what, expected, value }) =
            check(confidence, values[values.len() - 1])
        {
            return Err(StatsError::bad_parameter(what, expected, value));
        }
        let level = |&mu: &f64| -> Result<(f64, ToyCls), StatsError> {
            let with = self.with_signal(mu, &run(mu, "with"))?;
            let without = self.without_signal(mu, &run(mu, "without"))?;
            Ok((mu, self.cls(mu, &with, &without)?))
        };
        let levels = values.iter().map(level).collect::<Result<Vec<_>, _>>()?;
        let wanted = 1.0 - confidence;
        Ok(ToyLimit {
            observed: crossings(wanted, &levels, |cls| cls.observed),
            expected: std::array::from_fn(|i| crossings(wanted, &levels, |cls| Some(cls.expected[i]))),
            levels,
        })
    }
}

/// Where a level and the ends of its interval fall to `wanted`.
fn crossings(
    wanted: f64,
    levels: &[(f64, ToyCls)],
    choose: impl Fn(&ToyCls) -> Option<Estimate>,
) -> Result<Estimate, LimitError> {
    let along = |end: &dyn Fn(Estimate) -> f64| {
        let values: Vec<(f64, f64)> =
            levels.iter().map(|(mu, cls)| (*mu, choose(cls).map_or(f64::NAN, end))).collect();
        crossing(wanted, &values)
    };
    // Where no toy is left their number says how small the level is at most: a limit below the one that more toys would give
    // excludes too much.
    let value = along(&|e| if e.value > 0.0 { e.value } else { e.upper })?;
    // An end that is not reached leaves the interval open to that side.
    let (lower, upper) = (along(&|e| e.lower), along(&|e| e.upper));
    Ok(Estimate { value, lower: lower.unwrap_or(f64::NEG_INFINITY), upper: upper.unwrap_or(f64::INFINITY) })
}

fn crossing(wanted: f64, levels: &[(f64, f64)]) -> Result<f64, LimitError> {
    let below = levels.iter().position(|(_, level)| *level <= wanted);
    let before = &levels[..below.unwrap_or(levels.len())];
    if let Some((mu, _)) = before.iter().find(|(_, level)| level.is_nan()) {
        return Err(LimitError::NotANumber(*mu));
    }
    match (below, levels.last()) {
        (Some(0), _) => Err(LimitError::Below { at: levels[0].0, level: levels[0].1, wanted }),
        (Some(i), _) => {
            let height = |level: f64| (level.max(SMALLEST) / wanted).ln();
            let ((a, above), (b, below)) = (levels[i - 1], levels[i]);
            let (above, below) = (height(above), height(below));
            Ok(a + (b - a) * above / (above - below))
        }
        (None, last) => {
            let (at, level) = last.copied().unwrap_or((f64::NAN, f64::NAN));
            Err(LimitError::NotReached { at, level, wanted })
        }
    }
}

#[cfg(test)]
mod tests {
    use hepsys_core::Seed;

    use super::*;
    use crate::fit::Fitter;
    use crate::histfactory::BinnedLikelihood;
    use crate::workspace::{Channel, Interpolation, Modifier, Sample, Workspace};

    #[test]
    fn the_limit_on_a_count_is_the_exact_one() {
        let signal = Sample::new("signal", [5.0]).modifier(Modifier::normfactor("mu"));
        let region = Channel::new("region").sample(signal).sample(Sample::new("background", [4.0]));
        let workspace = Workspace::new("count", "mu").channel(region, [3.0]);
        let (model, data) = workspace.model(None, Interpolation::default()).unwrap();
        let likelihood = BinnedLikelihood::new(&model, data);
        let calculator = ToyBased::new(&model, &likelihood, Fitter::default(), 0).unwrap();
        let values: Vec<f64> = (0..8).map(|i| 0.4 + 0.2 * f64::from(i)).collect();
        let run = |_: f64, which: &str| PseudoExperiments::new(which).toys(4000).seed(Seed::new(5));
        let limit = calculator.limit(0.95, &values, run).unwrap();
        // Σ_{n ≤ 3} Poisson(n | 5μ + 4) over the same without signal is 0.05.
        let tail = |nu: f64| (-nu).exp() * (1.0 + nu + nu * nu / 2.0 + nu.powi(3) / 6.0);
        let exact = (0..2000)
            .map(|i| 1e-3 * f64::from(i))
            .find(|mu| tail(5.0 * mu + 4.0) <= 0.05 * tail(4.0))
            .unwrap();
        let observed = limit.observed.unwrap();
        assert!((observed.value - exact).abs() < 3.0 * observed.uncertainty(), "{observed:?} {exact}");
        assert!(observed.uncertainty() < 0.05, "{observed:?}");
        // Half of all counts without signal are four or more: P(n ≤ 4 | 5μ + 4) over the same without signal.
        let tail = |nu: f64| tail(nu) + (-nu).exp() * nu.powi(4) / 24.0;
        let exact = (0..2000)
            .map(|i| 1e-3 * f64::from(i))
            .find(|mu| tail(5.0 * mu + 4.0) <= 0.05 * tail(4.0))
            .unwrap();
        let median = limit.expected[2].clone().unwrap();
        assert!((median.value - exact).abs() < 3.0 * median.uncertainty(), "{median:?} {exact}");
        // Values that stand far apart give a limit that is too weak, but none that excludes too much.
        for values in [[0.4, 1.0, 1.6, 2.2], [0.5, 3.0, 4.0, 5.0], [0.9, 4.0, 8.0, 9.0]] {
            let coarse = calculator.limit(0.95, &values, run).unwrap();
            let coarse = [coarse.observed.unwrap().value, coarse.expected[2].clone().unwrap().value];
            for (coarse, fine) in coarse.iter().zip([observed, median]) {
                assert!(*coarse > fine.value - 3.0 * fine.uncertainty(), "{values:?}: {coarse} {fine:?}");
            }
        }
        for values in [&[1.0, 0.5][..], &[0.5, f64::NAN], &[1.0]] {
            assert!(calculator.limit(0.95, values, run).is_err());
        }
        assert!(calculator.limit(95.0, &[0.5, 1.0], run).is_err());
    }

    #[test]
    fn a_level_that_is_not_crossed_is_told() {
        let estimate =
            |levels: [f64; 3]| crossing(0.05, &[(1.0, levels[0]), (2.0, levels[1]), (3.0, levels[2])]);
        assert!((estimate([0.2, 0.05, 0.01]).unwrap() - 2.0).abs() < 1e-12);
        let between = estimate([0.5, 0.1, 0.025]).unwrap();
        assert!((between - 2.5).abs() < 1e-12, "halfway in the logarithm: {between}");
        assert!(estimate([0.5, 0.1, 0.0]).is_ok());
        assert!(matches!(estimate([0.5, 0.4, 0.3]), Err(LimitError::NotReached { at: 3.0, .. })));
        assert!(matches!(estimate([0.04, 0.03, 0.02]), Err(LimitError::Below { at: 1.0, .. })));
        assert!(matches!(estimate([0.5, f64::NAN, 0.02]), Err(LimitError::NotANumber(2.0))));
        assert!(estimate([0.5, 0.02, f64::NAN]).is_ok());
    }
}
