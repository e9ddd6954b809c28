//! The test of somebody who knows the signal: a binned profile likelihood in the invariant mass.
//!
//! It is the yardstick that a model-independent test is compared with, $\bar Z_\text{ref}$.

use hepsys_stats::fit::Fitter;
use hepsys_stats::histfactory::{AuxiliaryDensity, Data};
use hepsys_stats::hypothesis::{Statistic, TestStatistics};
use hepsys_stats::morph::{
    Beyond, MorphLikelihood, MorphModel, MorphProcess, Morphing, NegativeYields, SplineEnds, TemplateMorph,
};
use hepsys_stats::{Parameter, StatsError};

use crate::ExperimentError;

/// What splines between knots are lifted to where they swing below, in events a bin.
const LOWEST_YIELD: f64 = 1e-4;

/// The largest signal strength that a fit may reach.
const LARGEST_STRENGTH: f64 = 1000.0;

/// The places of the parameters.
const STRENGTH: usize = 0;
const NORMALISATION: usize = 1;
const SCALE: usize = 2;

/// The likelihood of counts $n_i$ in bins of the mass, with a normalisation $\nu_n$ and a scale $\nu_s$:
/// $$ n_i \sim \mathrm{Poisson}\big(e^{\nu_n} [b_i(\nu_s) + \mu\\, s_i(\nu_s)]\big), \qquad
///    \nu_{n,0} \sim \mathcal N(\nu_n, \sigma_n), \quad \nu_{s,0} \sim \mathcal N(\nu_s, \sigma_s) $$
///
/// The yields $b_i$ and $s_i$ at several values of $\nu_s$ are joined by natural splines, and by straight lines beyond.
/// Templates are taken to be exact: toys are drawn from the same files.
#[derive(Debug, Clone)]
pub struct MassFit {
    model: MorphModel,
    /// The bins that the model has: those in which background is expected.
    bins: Vec<usize>,
}

/// The yields of a process at values of the scale.
#[derive(Debug, Clone)]
pub struct Knots {
    /// The values, in units of σ; zero is one of them.
    pub values: Vec<f64>,
    /// The yields in all bins, for each value.
    pub yields: Vec<Vec<f64>>,
}

/// The two ways to test the same counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freedom {
    /// Normalisation and scale are fitted, held by their auxiliary measurements.
    Profiled,
    /// Both are known exactly.
    Known,
}

impl MassFit {
    /// The fit with these yields and the σ of the normalisation; the yields of the signal are those of strength one.
    ///
    /// Bins in which no background is expected are left out.
    ///
    /// # Errors
    ///
    /// If knots do not increase, or rows of yields differ in length.
    pub fn new(background: &Knots, signal: &Knots, normalisation: f64) -> Result<Self, ExperimentError> {
        let n_bins = background.yields.first().map_or(0, Vec::len);
        for row in background.yields.iter().chain(&signal.yields) {
            if row.len() != n_bins {
                let what = "the bins of a template".into();
                return Err(StatsError::TooFewValues { what, needed: n_bins, found: row.len() }.into());
            }
        }
        let bins: Vec<usize> =
            (0..n_bins).filter(|&i| background.yields.iter().all(|row| row[i] > 0.0)).collect();
        let morphing = Morphing {
            ends: SplineEnds::Natural,
            beyond: Beyond::Linear,
            negative: NegativeYields::Lift { below: LOWEST_YIELD },
            ..Morphing::default()
        };
        let process = |name: &str, knots: &Knots, morphing| -> Result<MorphProcess, StatsError> {
            let rows: Vec<Vec<f64>> =
                knots.yields.iter().map(|row| bins.iter().map(|&i| row[i]).collect()).collect();
            let exact = vec![vec![0.0; bins.len()]; rows.len()];
            let morph = TemplateMorph::new(name, &knots.values, &rows, &exact, morphing)?;
            Ok(MorphProcess::morphing(name, "momentum scale", morph).times("normalisation"))
        };
        // An interference may well be negative.
        let kept = Morphing { negative: NegativeYields::Keep, ..morphing };
        let model = MorphModel::params()
            .parameter(Parameter::free("signal strength", 0.0).within(0.0, LARGEST_STRENGTH))
            .parameter(Parameter::free("normalisation", 1.0).within(0.01, 100.0))
            .parameter(Parameter::free("momentum scale", 0.0))
            .measured("normalisation", AuxiliaryDensity::LogNormal { sigma: normalisation }, 1.0)
            .measured("momentum scale", AuxiliaryDensity::Gaussian { sigma: 1.0 }, 0.0)
            .channel(
                "mass",
                [
                    process("background", background, morphing)?,
                    process("signal", signal, kept)?.times("signal strength"),
                ],
            )
            .check()?;
        Ok(Self { model, bins })
    }

    /// $q_0$ of observed counts: twice the gain in log-likelihood of the best signal strength $\hat\mu \ge 0$ over none
    /// ([Cowan et al. 2011](https://arxiv.org/abs/1007.1727), Eq. 12).
    ///
    /// The auxiliary measurements are $\nu_{n,0}$ and $\nu_{s,0}/\sigma_s$.
    ///
    /// # Shapes
    ///
    /// `observed` has a count for each bin of the yields.
    ///
    /// # Errors
    ///
    /// If a fit does not converge.
    pub fn q0(
        &self,
        observed: &[f64],
        auxiliary: [f64; 2],
        freedom: Freedom,
    ) -> Result<f64, ExperimentError> {
        let counts = self.bins.iter().map(|&i| observed[i]).collect();
        let data = Data { counts, auxiliary: vec![auxiliary[0].exp(), auxiliary[1]] };
        Ok(self.q0_of(data, freedom)?)
    }

    /// The significance that the median experiment with `strength` times the signal would see, from its Asimov data.
    ///
    /// # Errors
    ///
    /// If a fit does not converge.
    pub fn asimov(&self, strength: f64, freedom: Freedom) -> Result<f64, ExperimentError> {
        let expected = self.model.expected(&[strength, 1.0, 0.0]);
        Ok(self.q0_of(expected, freedom)?.sqrt())
    }

    /// The strength at which the median experiment sees a significance of `target`; `None` if none does.
    ///
    /// # Errors
    ///
    /// If a fit does not converge.
    pub fn strength_for(&self, target: f64) -> Result<Option<f64>, ExperimentError> {
        let (mut low, mut high) = (0.0, 1.0);
        while self.asimov(high, Freedom::Profiled)? < target {
            if high > 0.1 * LARGEST_STRENGTH {
                return Ok(None);
            }
            (low, high) = (high, 2.0 * high);
        }
        // The bisection ends at 10⁻⁶ of the strength; toys know it to no more than a few per cent.
        for _ in 0..20 {
            let middle = 0.5 * (low + high);
            if self.asimov(middle, Freedom::Profiled)? < target { low = middle } else { high = middle }
        }
        Ok(Some(0.5 * (low + high)))
    }

    fn q0_of(&self, data: Data, freedom: Freedom) -> Result<f64, StatsError> {
        let fitter = match freedom {
            Freedom::Profiled => Fitter::default(),
            Freedom::Known => Fitter::default().fix(NORMALISATION, 1.0).fix(SCALE, 0.0),
        };
        let likelihood = MorphLikelihood::new(&self.model, data);
        let start = [1.0, 1.0, 0.0];
        Ok(TestStatistics::starting_from(&likelihood, fitter, STRENGTH, &start)
            .at(Statistic::Discovery, 0.0)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn knots(rows: [&[f64]; 3]) -> Knots {
        Knots { values: vec![-1.0, 0.0, 1.0], yields: rows.map(<[f64]>::to_vec).to_vec() }
    }

    fn constant(row: &[f64]) -> Knots {
        knots([row, row, row])
    }

    #[test]
    fn one_bin_without_freedom_has_its_closed_form() {
        // q0 = 2 [n ln(n/b) - n + b], and zero for fewer events than background.
        let fit = MassFit::new(&constant(&[100.0]), &constant(&[20.0]), 0.1).unwrap();
        let expected = 2.0 * (130.0 * 1.3_f64.ln() - 30.0);
        let q0 = |n: f64| fit.q0(&[n], [0.0, 0.0], Freedom::Known).unwrap();
        assert!((q0(130.0) - expected).abs() < 1e-9);
        assert_eq!(q0(90.0), 0.0);
        // A normalisation known to 1e-6 is as good as known.
        let fit = MassFit::new(&constant(&[100.0]), &constant(&[20.0]), 1e-6).unwrap();
        assert!((fit.q0(&[130.0], [0.0, 0.0], Freedom::Profiled).unwrap() - expected).abs() < 1e-4);
    }

    #[test]
    fn the_asimov_significance_is_that_of_the_closed_form() {
        let fit = MassFit::new(&constant(&[100.0, 0.0, 50.0]), &constant(&[20.0, 3.0, 1.0]), 0.1).unwrap();
        let term = |b: f64, s: f64| (s + b) * (s / b).ln_1p() - s;
        let expected = (2.0 * (term(100.0, 20.0) + term(50.0, 1.0))).sqrt();
        assert!((fit.asimov(1.0, Freedom::Known).unwrap() - expected).abs() < 1e-8);
        assert!(fit.asimov(1.0, Freedom::Profiled).unwrap() < expected);
    }

    #[test]
    fn a_shift_within_the_uncertainty_is_no_signal() {
        // Data are the background at the scale's +1σ, which its auxiliary measurement knows.
        let background = knots([&[110.0, 40.0], &[100.0, 50.0], &[90.0, 60.0]]);
        let fit = MassFit::new(&background, &constant(&[0.0, 20.0]), 0.02).unwrap();
        assert!(fit.q0(&[90.0, 60.0], [0.0, 1.0], Freedom::Profiled).unwrap() < 1e-9);
        assert!(fit.q0(&[90.0, 60.0], [0.0, 1.0], Freedom::Known).unwrap() > 1.0);
        // The same for a normalisation at +2σ.
        let q0 = |ln: f64| {
            let counts = [100.0, 50.0].map(|b: f64| b * ln.exp());
            fit.q0(&counts, [ln, 0.0], Freedom::Profiled).unwrap()
        };
        assert!(q0(0.04) < 1e-9);
    }

    #[test]
    fn the_strength_for_a_significance_gives_it() {
        let fit = MassFit::new(&constant(&[1000.0, 100.0]), &constant(&[1.0, 10.0]), 0.025).unwrap();
        for target in [3.0, 8.0] {
            let strength = fit.strength_for(target).unwrap().unwrap();
            assert!((fit.asimov(strength, Freedom::Profiled).unwrap() - target).abs() < 1e-4);
        }
        let hopeless = MassFit::new(&constant(&[1e9]), &constant(&[1e-3]), 0.025).unwrap();
        assert!(hopeless.strength_for(5.0).unwrap().is_none());
    }
}
