use hepsys_core::{Sample, Seed};
use hepsys_nn::Run;
use rand::seq::index;

use super::{KernelParams, centres};
use crate::{Auxiliary, NplmError};

/// How many events of the reference the distances are taken between.
const EVENTS_FOR_DISTANCES: usize = 1000;

/// The penalties that are tried, from the largest to the smallest.
const PENALTIES: [f64; 7] = [1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10];

/// How many times through the kernel matrix a search may go and still be called stable.
const STABLE_CONJUGATE: usize = 300;

/// Hyper-parameters that suit a reference and the size of its data; [`KernelParams::suggest`] makes it.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[non_exhaustive]
pub struct KernelSuggestion {
    /// $M$
    pub centres: usize,
    /// σ, in units of the scaled inputs.
    pub width: f64,
    /// λ
    pub penalty: f64,
    /// What was tried to find λ, from the largest on.
    pub trials: Vec<PenaltyTrial>,
}

/// One value of the penalty and what became of the search with it.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
#[non_exhaustive]
pub struct PenaltyTrial {
    /// λ
    pub penalty: f64,
    /// Whether the search converged.
    pub is_converged: bool,
    /// How many conjugate gradients it took.
    pub n_conjugate: usize,
    /// The statistic that came out.
    pub t: f64,
}

impl KernelParams {
    /// Hyper-parameters for this reference and a data set of its kind, to be set once and kept for the data and for all toys.
    ///
    /// - σ, unless it is set, is the 90th percentile of the distances between pairs of reference events:
    ///   what varies over less than that takes many centres, what varies over more looks like a constant.
    /// - $M$, unless it is set, is $\lceil\sqrt N\rceil$.
    /// - λ is the smallest of $10^{-4}, 10^{-5}, \dots, 10^{-10}$ at which the search converges within 300 conjugate gradients:
    ///   the less penalty the more may be seen, as long as a fit takes a stable time.
    ///   Iterations are counted rather than seconds, so that the answer is the same everywhere.
    ///
    /// Give it a toy rather than the data: hyper-parameters that have seen the data bias the test.
    ///
    /// # Errors
    ///
    /// As [`KernelValidParams::fit`](crate::KernelValidParams::fit), and [`NplmError::BadParameter`] if no penalty converges.
    ///
    /// # Examples
    ///
    /// ```
    /// use hepsys_nplm::{Auxiliary, Device, Feature, Kernel, NplmError, Run, Sample};
    ///
    /// let quantiles = |n: usize| (0..n).map(|i| -(1.0 - (i as f64 + 0.5) / n as f64).ln()).collect::<Vec<_>>();
    /// let sample = |x: Vec<f64>| Sample::from_columns([(Feature::new("x", "1"), x)]);
    /// let reference = sample(quantiles(2000))?.scaled_to(200.0)?;
    /// let toy = sample(quantiles(210))?;
    ///
    /// let suggestion = Kernel::params().suggest(&reference, &toy, &Auxiliary::nominal(), &Run::on(Device::default()))?;
    /// assert_eq!(suggestion.centres, 48); // √2210 = 47.01
    /// // Distances of e^{-x} follow e^{-x}, whose 90th percentile is ln 10.
    /// assert!((suggestion.width - 10_f64.ln()).abs() < 0.15);
    /// let test = Kernel::params().suggested(&suggestion).check()?;
    /// # Ok::<(), NplmError>(())
    /// ```
    ///
    /// # References
    ///
    /// `letizia2022`, Sec. 3.3
    pub fn suggest(
        &self,
        reference: &Sample,
        toy: &Sample,
        auxiliary: &Auxiliary,
        run: &Run,
    ) -> Result<KernelSuggestion, NplmError> {
        let mut suggested = self.clone();
        let mut trials: Vec<PenaltyTrial> = Vec::new();
        let mut best = None;
        for penalty in PENALTIES {
            let fit = suggested.clone().penalty(penalty).check()?.fit(reference, toy, auxiliary, run)?;
            // Neither depends on the penalty.
            suggested = suggested.width(fit.width()).centres(fit.coefficients().len());
            let convergence = fit.convergence();
            trials.push(PenaltyTrial {
                penalty,
                is_converged: convergence.is_converged(),
                n_conjugate: convergence.n_conjugate,
                t: fit.test_statistic().value(),
            });
            if !convergence.is_converged() || convergence.n_conjugate > STABLE_CONJUGATE {
                break;
            }
            best = Some(KernelSuggestion {
                centres: fit.coefficients().len(),
                width: fit.width(),
                penalty,
                trials: Vec::new(),
            });
        }
        let Some(best) = best else {
            return Err(NplmError::BadParameter {
                name: "width".into(),
                expected: format!("such that the search converges at a penalty of {}", PENALTIES[0]),
                value: suggested.check()?.width.map_or("none".into(), |w| w.to_string()),
            });
        };
        Ok(KernelSuggestion { trials, ..best })
    }
}

/// The 90th percentile of the distances between the first `n_reference` events, or a thousand of them.
pub(super) fn percentile_of_distances(
    inputs: &[Vec<f64>],
    n_reference: usize,
    seed: Seed,
) -> Result<f64, NplmError> {
    let reference: Vec<Vec<f64>> = inputs.iter().map(|x| x[..n_reference].to_vec()).collect();
    let order = centres::in_order(&reference);
    let n = n_reference.min(EVENTS_FOR_DISTANCES);
    let chosen: Vec<usize> =
        index::sample(&mut seed.stream(), n_reference, n).into_iter().map(|rank| order[rank]).collect();
    let mut squares = Vec::with_capacity(n * (n - 1) / 2);
    for (k, &i) in chosen.iter().enumerate() {
        squares.extend(
            chosen[..k].iter().map(|&j| reference.iter().map(|x| (x[i] - x[j]).powi(2)).sum::<f64>()),
        );
    }
    let rank = squares.len() * 9 / 10;
    let width = match squares.get(rank) {
        Some(_) => squares.select_nth_unstable_by(rank, f64::total_cmp).1.sqrt(),
        None => 0.0,
    };
    if width > 0.0 {
        return Ok(width);
    }
    Err(NplmError::BadParameter {
        name: "width".into(),
        expected: "set where nine tenths of the distances between events of the reference are zero".into(),
        value: "none".into(),
    })
}
