use hepsys_stats::morph::{Morphing, NegativeYields, TemplateMorph};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::discriminant::Counter;
use crate::{Discriminant, ParamclfError, Simulation, TrainedNuisance, kernel_density};

/// How simulated events become the yields of bins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Density {
    /// They are counted.
    #[default]
    Histogram,
    /// They are spread by Gaussians of Silverman's width first. For one observable.
    Kernel,
}

/// The yields of signal and background in the bins of a discriminant, for any value of the nuisance parameter.
///
/// Between the values that were simulated they are interpolated by cubic splines ([`TemplateMorph`]).
/// A discriminant that moves is evaluated at the value that its events are simulated at.
#[derive(Debug, Clone, PartialEq)]
pub struct Templates {
    pub(crate) nuisance: TrainedNuisance,
    pub(crate) discriminant: String,
    pub(crate) moves: bool,
    pub(crate) signal: TemplateMorph,
    pub(crate) background: TemplateMorph,
}

/// The yield of a process, in expected events, below which a bin is lifted unless told otherwise.
///
/// Where the simulation has no event and the data have one the likelihood would be zero, and splines swing below zero beside
/// such bins.
pub const SMALLEST_YIELD: f64 = 1e-3;

/// How templates are made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TemplateOptions {
    /// How events become yields. Defaults to [`Density::Histogram`].
    pub density: Density,
    /// How yields are interpolated in z. Defaults to [`Morphing::default`] with yields below [`SMALLEST_YIELD`] lifted.
    pub morphing: Morphing,
}

impl Default for TemplateOptions {
    fn default() -> Self {
        let negative = NegativeYields::Lift { below: SMALLEST_YIELD };
        Self { density: Density::Histogram, morphing: Morphing { negative, ..Morphing::default() } }
    }
}

/// Yields and their variances in bins.
type Filled = (Vec<f64>, Vec<f64>);

impl Templates {
    /// The templates of a discriminant from simulations at these values of z, in increasing order.
    ///
    /// Weights of the simulated events sum to the expected numbers of events. Values are simulated in parallel.
    ///
    /// # Errors
    ///
    /// [`ParamclfError::Stats`] unless there are two values or more and they increase, [`ParamclfError::Empty`] for a sample without
    /// events, [`ParamclfError::BadParameter`] for kernel densities of two observables, and the errors of the simulation.
    pub fn new(
        nuisance: &TrainedNuisance,
        discriminant: &Discriminant<'_>,
        simulation: &(impl Simulation + Sync + ?Sized),
        values: &[f64],
        options: TemplateOptions,
    ) -> Result<Self, ParamclfError> {
        if options.density == Density::Kernel && discriminant.binning().is_none() {
            let what = "the observables of a kernel density";
            return Err(ParamclfError::bad(what, "one", "several"));
        }
        let at = |&z: &f64| -> Result<[Filled; 2], ParamclfError> {
            let simulated = simulation.at(z)?;
            let filled = |name: &str, sample: &hepsys_core::Sample| -> Result<Filled, ParamclfError> {
                if sample.n_events() == 0 || sample.weights().total() <= 0.0 {
                    let z = format!("{} = {z}", nuisance.name());
                    return Err(ParamclfError::Empty { sample: name.into(), z });
                }
                Ok(fill(&discriminant.counter(sample)?, z, options.density))
            };
            Ok([filled("signal", &simulated.signal)?, filled("background", &simulated.background)?])
        };
        let rows: Vec<[Filled; 2]> = values.par_iter().map(at).collect::<Result<_, _>>()?;
        let process = |index: usize| {
            let yields = rows.iter().map(|row| row[index].0.clone()).collect::<Vec<_>>();
            let variances = rows.iter().map(|row| row[index].1.clone()).collect::<Vec<_>>();
            (yields, variances)
        };
        let (signal, background) = (process(0), process(1));
        let name = discriminant.name();
        Self::from_yields(
            nuisance,
            name,
            discriminant.moves(),
            values,
            &signal,
            &background,
            options.morphing,
        )
    }

    /// Templates of yields and variances that are known, one row a value of z; `moves` says whether the discriminant depends on z.
    ///
    /// # Errors
    ///
    /// [`ParamclfError::Stats`] unless values increase and there is a row of each for every value, all of one length.
    pub fn from_yields(
        nuisance: &TrainedNuisance,
        discriminant: impl Into<String>,
        moves: bool,
        values: &[f64],
        signal: &(Vec<Vec<f64>>, Vec<Vec<f64>>),
        background: &(Vec<Vec<f64>>, Vec<Vec<f64>>),
        morphing: Morphing,
    ) -> Result<Self, ParamclfError> {
        let morph = |name: &str, (yields, variances): &(Vec<Vec<f64>>, Vec<Vec<f64>>)| {
            TemplateMorph::new(name, values, yields, variances, morphing)
        };
        Ok(Self {
            nuisance: nuisance.clone(),
            discriminant: discriminant.into(),
            moves,
            signal: morph("signal", signal)?,
            background: morph("background", background)?,
        })
    }

    /// The signal for μ = 1.
    #[must_use]
    pub fn signal(&self) -> &TemplateMorph {
        &self.signal
    }

    /// The background.
    #[must_use]
    pub fn background(&self) -> &TemplateMorph {
        &self.background
    }

    /// The nuisance parameter.
    #[must_use]
    pub fn nuisance(&self) -> &TrainedNuisance {
        &self.nuisance
    }

    /// How many bins there are.
    #[must_use]
    pub fn n_bins(&self) -> usize {
        self.signal.n_bins()
    }

    /// The precision of μ at a fixed z with Asimov data of μ = `mu`: $\big(\sum_b S_b^2/(\mu S_b + B_b)\big)^{-1/2}$.
    ///
    /// # Errors
    ///
    /// [`ParamclfError::Stats`] beyond the values that were simulated.
    pub fn fixed_z_width(&self, z: f64, mu: f64) -> Result<f64, ParamclfError> {
        let (signal, background) = (self.signal.at(z)?.yields, self.background.at(z)?.yields);
        let terms = signal.iter().zip(&background).filter(|(s, b)| mu * *s + *b > 0.0);
        Ok(terms.map(|(s, b)| s * s / (mu * s + b)).sum::<f64>().powf(-0.5))
    }
}

fn fill(counter: &Counter<'_>, z: f64, density: Density) -> Filled {
    match (density, counter.values(z)) {
        (Density::Kernel, Some((values, weights, binning))) => {
            kernel_density::smoothed(&values, weights, binning)
        }
        _ => counter.count(z),
    }
}
