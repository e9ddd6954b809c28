use crate::compound_poisson::check_not_negative;
use crate::{CompoundPoisson, PValue, Significance, StatsError};

/// The most powerful test of a known signal on top of a known background, and its exact distributions.
///
/// $$ t_\mathrm{id}(\mathcal D) = 2\Big[-N(S) + \sum_{x \in \mathcal D} \ln\Big(1 + \frac{s(x)}{b(x)}\Big)\Big] $$
///
/// is twice the logarithm of the likelihood ratio of both hypotheses, with intensities $b(x)$ and $b(x) + s(x)$ and no uncertainty
/// (Neyman and Pearson): no test of the same data finds this signal with a higher power.
/// So its significance, that of the median experiment with the signal, is what a test that does not know the signal is compared
/// with.
///
/// Intensities are given as the expected events in cells fine enough that $s/b$ is constant in each.
///
/// ```
/// use hepsys_stats::IdealTest;
///
/// // One cell is a counting experiment: 100 background events, 30 of signal.
/// let counting = IdealTest::new(&[100.0], &[30.0])?;
/// assert_eq!(format!("{:.2}", counting.significance()?), "2.84");
/// # Ok::<(), hepsys_stats::StatsError>(())
/// ```
///
/// # References
///
/// `dagnolo2018`, Section 3.
#[derive(Debug, Clone)]
pub struct IdealTest {
    log_ratio: Vec<f64>,
    n_signal: f64,
    background: CompoundPoisson,
    with_signal: CompoundPoisson,
}

impl IdealTest {
    /// The test for these expected numbers of background and signal events in cells.
    ///
    /// # Shapes
    ///
    /// Both have one number for each cell.
    ///
    /// # Errors
    ///
    /// [`StatsError::BadParameter`] unless there are as many of both, [`StatsError::TooFewValues`] without cells,
    /// [`StatsError::BadValue`] for numbers that are negative or not finite, and for a cell with signal but no background, where
    /// one event would decide everything.
    pub fn new(background: &[f64], signal: &[f64]) -> Result<Self, StatsError> {
        if background.len() != signal.len() {
            let wanted = format!("the number of cells of the background, {}", background.len());
            return Err(StatsError::bad_parameter("the number of cells of the signal", wanted, signal.len()));
        }
        check_not_negative("the expected background", background)?;
        check_not_negative("the expected signal", signal)?;
        let log_ratio: Vec<f64> = background
            .iter()
            .zip(signal)
            .map(|(b, s)| if *s > 0.0 { (s / b).ln_1p() } else { 0.0 })
            .collect();
        if let Some(index) = log_ratio.iter().position(|g| !g.is_finite()) {
            return Err(StatsError::BadValue {
                what: "the expected background".into(),
                expected: "positive where signal is expected".into(),
                index,
                value: background[index],
            });
        }
        let sum: Vec<f64> = background.iter().zip(signal).map(|(b, s)| b + s).collect();
        Ok(Self {
            background: CompoundPoisson::new(&log_ratio, background)?,
            with_signal: CompoundPoisson::new(&log_ratio, &sum)?,
            n_signal: signal.iter().sum(),
            log_ratio,
        })
    }

    /// $t_\mathrm{id}$ of observed numbers of events in the cells.
    ///
    /// # Errors
    ///
    /// [`StatsError::BadParameter`] unless there is a number for each cell.
    pub fn statistic(&self, observed: &[f64]) -> Result<f64, StatsError> {
        if observed.len() != self.log_ratio.len() {
            let wanted = format!("the number of cells, {}", self.log_ratio.len());
            return Err(StatsError::bad_parameter("the number of observed numbers", wanted, observed.len()));
        }
        Ok(self.of_sum(self.log_ratio.iter().zip(observed).map(|(g, n)| g * n).sum()))
    }

    /// The p-value of a statistic: the probability of as much or more without signal.
    ///
    /// # Errors
    ///
    /// [`StatsError::BadParameter`] if it is not finite.
    pub fn p_value(&self, statistic: f64) -> Result<PValue, StatsError> {
        self.background.p_value(0.5 * statistic + self.n_signal)
    }

    /// The median of $t_\mathrm{id}$ with the signal.
    #[must_use]
    pub fn median_with_signal(&self) -> f64 {
        self.of_sum(self.with_signal.median())
    }

    /// $Z_\mathrm{id}$, the significance of the median experiment with the signal.
    ///
    /// # Errors
    ///
    /// None for intensities that passed [`new`](Self::new), except where the median overflows a double.
    pub fn significance(&self) -> Result<Significance, StatsError> {
        Ok(self.p_value(self.median_with_signal())?.significance())
    }

    /// The distribution of $\sum \ln(1 + s/b)$ without signal; $t_\mathrm{id}$ is twice that less $2 N(S)$.
    #[must_use]
    pub fn without_signal(&self) -> &CompoundPoisson {
        &self.background
    }

    /// The same with signal.
    #[must_use]
    pub fn with_signal(&self) -> &CompoundPoisson {
        &self.with_signal
    }

    fn of_sum(&self, sum: f64) -> f64 {
        2.0 * (sum - self.n_signal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Expected events in 40 000 cells of $x$ from 0 to 40, in units where the background is $e^{-x}$.
    fn cells(number: f64, density: impl Fn(f64) -> f64) -> Vec<f64> {
        (0..40_000).map(|i| number * 1e-3 * density((f64::from(i) + 0.5) * 1e-3)).collect()
    }

    fn background() -> Vec<f64> {
        cells(2000.0, |x| (-x).exp())
    }

    #[test]
    fn the_signals_of_the_papers_have_their_significances() {
        // 8 e^{-8x} with ten events at 0.8 ± 0.02, and with 90 of 256 x² e^{-8x}; both were computed for this project.
        let normal = |u: f64| (-0.5 * u * u).exp() / std::f64::consts::TAU.sqrt();
        let peak = cells(10.0, |x| normal((x - 6.4) / 0.16) / 0.16);
        let excess = cells(90.0, |x| 0.5 * x * x * (-x).exp());
        for (signal, expected) in [(peak, 4.77), (excess, 4.54)] {
            let z = IdealTest::new(&background(), &signal).unwrap().significance().unwrap().value();
            println!("{z:.4}, expected {expected}");
            assert!((z - expected).abs() < 0.03, "{z} {expected}");
        }
    }

    #[test]
    fn the_expected_ratio_without_signal_is_one() {
        // E[e^{t/2}] over the background is one: the signal's law is the background's times the ratio.
        let test = IdealTest::new(&[40.0, 3.0, 0.5], &[0.5, 2.0, 1.0]).unwrap();
        let t = test.median_with_signal();
        let with = test.with_signal().p_value(0.5 * t + 3.5).unwrap().value();
        let without = test.p_value(t).unwrap().value();
        // The ratio is at least e^{t/2} where the statistic is at least t.
        assert!(without <= with * (-0.5 * t).exp() * (1.0 + 1e-9));
        assert!((0.5..0.75).contains(&with));
    }

    #[test]
    fn the_statistic_is_that_of_the_formula() {
        let test = IdealTest::new(&[10.0, 5.0], &[1.0, 0.0]).unwrap();
        let t = test.statistic(&[12.0, 9.0]).unwrap();
        assert!((t - 2.0 * (12.0 * 1.1_f64.ln() - 1.0)).abs() < 1e-12);
        assert!(test.statistic(&[12.0]).is_err());
    }

    #[test]
    fn signal_without_background_is_refused() {
        let error = IdealTest::new(&[1.0, 0.0], &[1.0, 0.1]).unwrap_err().to_string();
        assert_eq!(
            error,
            "the expected background must be positive where signal is expected, but value 1 is 0"
        );
        assert!(IdealTest::new(&[1.0], &[1.0, 0.1]).is_err());
        assert!(IdealTest::new(&[1.0], &[f64::INFINITY]).is_err());
    }
}
