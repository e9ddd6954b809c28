//! A model of branching fractions.

use nalgebra::DVector;

use super::decay::Decay;
use super::features::Features;
use super::training::{Example, examples};
use crate::gaussian_process::{GaussianProcess, Kernel};
use crate::{BranchingFraction, DecayTable, DecaysError, ParticleId};

/// The weakly decaying hadrons with beauty or charm that the model learns from unless it is told others.
const PARENTS: [&str; 11] =
    ["B+", "B0", "B_s0", "B_c+", "Lambda_b0", "D+", "D0", "D_s+", "Lambda_c+", "Xi_c+", "Xi_c0"];

/// The least number of modes from which anything can be learnt.
const MIN_MODES: usize = 10;

/// What a [`FractionModel`] learns from; [`check`](Self::check) makes it ready to fit.
#[derive(Debug, Clone, PartialEq)]
pub struct FractionModelParams {
    parents: Option<Vec<String>>,
    search_modes: usize,
}

/// What a [`FractionModel`] learns from, checked.
#[derive(Debug, Clone, PartialEq)]
pub struct FractionModelValidParams(FractionModelParams);

/// Branching fractions of modes that nobody measured, predicted from those of a table.
///
/// The decimal logarithm of the branching fraction is a Gaussian process over features of the mode ([`Kernel`]):
/// the parent, the number and the kinds of daughters, the energy release, the change of flavour and its Cabibbo suppression.
/// The numbers of the kernel are those of the largest marginal likelihood.
/// A mode and its charge conjugate are the same to it, and so are orders of the daughters.
///
/// It cannot know which fractions of a table were measured and which are guesses of a generator's authors: it learns from both alike.
///
/// ```
/// use hepsys_decays::{DecayTable, FractionModel, ParticleTable};
/// # let particles = "name,antiparticle,pdg_id,mass,width,charge\nD0,anti-D0,421,1.86484,1.6e-12,0\nanti-D0,D0,-421,1.86484,1.6e-12,0\n\
/// #     K+,K-,321,0.49368,0,1\nK-,K+,-321,0.49368,0,-1\npi+,pi-,211,0.13957,0,1\npi-,pi+,-211,0.13957,0,-1\n\
/// #     pi0,pi0,111,0.13498,0,0\nK0,anti-K0,311,0.49761,0,0\nanti-K0,K0,-311,0.49761,0,0\n";
/// # let particles = ParticleTable::from_csv("particles.csv", particles)?;
/// let text = "Decay D0
///   0.0395 K- pi+ PHSP;
///   0.144 K- pi+ pi0 PHSP;
///   0.0822 K- pi+ pi+ pi- PHSP;
///   0.0430 K- pi+ pi+ pi- pi0 PHSP;
///   0.0248 anti-K0 pi0 PHSP;
///   0.0560 anti-K0 pi+ pi- PHSP;
///   0.00145 pi+ pi- PHSP;
///   0.0149 pi+ pi- pi0 PHSP;
///   0.00756 pi+ pi+ pi- pi- PHSP;
///   0.00408 K+ K- PHSP;
/// Enddecay
/// ";
/// let table = DecayTable::parse("my.dec", text, &particles)?;
/// let model = FractionModel::params().check()?.fit(&table)?;
///
/// let [d0, kaon, pion] = ["D0", "K+", "pi-"].map(|name| table.find(name).unwrap());
/// let fraction = model.predict(&table, d0, &[kaon, pion])?;
/// assert!(fraction.predicted && 0.0 < fraction.value && fraction.value < 1.0);
/// assert!(fraction.relative_error > 0.0);
///
/// let error = model.predict(&table, d0, &[kaon, kaon]).unwrap_err();
/// assert_eq!(error.to_string(), "the decay D0 -> K+ K+ must be one that conserves charge, got a change by 2");
/// # Ok::<(), hepsys_decays::DecaysError>(())
/// ```
#[derive(Debug, Clone)]
pub struct FractionModel {
    features: Features,
    process: GaussianProcess,
    parents: Vec<String>,
}

impl FractionModelParams {
    /// The particles whose modes are learnt from, each with its antiparticle.
    ///
    /// Unless they are given, all of these that the table has: B⁺, B⁰, $B_s^0$, $B_c^+$, $\Lambda_b^0$, D⁺, D⁰, $D_s^+$, $\Lambda_c^+$,
    /// $\Xi_c^+$, $\Xi_c^0$.
    #[must_use]
    pub fn parents<S: Into<String>>(mut self, parents: impl IntoIterator<Item = S>) -> Self {
        self.parents = Some(parents.into_iter().map(Into::into).collect());
        self
    }

    /// With how many modes the kernel is looked for, evenly spaced among all; with the kernel found, all are learnt from.
    ///
    /// Defaults to 800, for which the search takes seconds; must be 10 or more.
    #[must_use]
    pub fn search_modes(mut self, n_modes: usize) -> Self {
        self.search_modes = n_modes;
        self
    }

    /// Checks the numbers.
    ///
    /// # Errors
    ///
    /// [`DecaysError::BadParameter`] without parents, or for less than 10 modes to look for the kernel with.
    pub fn check(self) -> Result<FractionModelValidParams, DecaysError> {
        let has_parents = self.parents.as_ref().is_none_or(|parents| !parents.is_empty());
        DecaysError::check(has_parents, "the number of parents", "positive", 0)?;
        let (name, n) = ("the number of modes for the kernel", self.search_modes);
        DecaysError::check(MIN_MODES <= n, name, &format!("{MIN_MODES} or more"), n)?;
        Ok(FractionModelValidParams(self))
    }
}

impl FractionModelValidParams {
    /// Learns the fractions of a table: those of modes with two daughters or more, all of which the particle table knows.
    ///
    /// # Errors
    ///
    /// [`DecaysError::UnknownParticle`] for a parent that was asked for and is not there, [`DecaysError::BadParameter`] if the table has less than
    /// ten such modes, or all with the same fraction.
    pub fn fit(&self, table: &DecayTable) -> Result<FractionModel, DecaysError> {
        let examples = self.examples(table)?;
        self.learn(&examples.iter().collect::<Vec<_>>())
    }

    pub(super) fn examples(&self, table: &DecayTable) -> Result<Vec<Example>, DecaysError> {
        let parents: Vec<ParticleId> = match &self.0.parents {
            Some(names) => {
                let ids = names.iter().map(|name| table.require(name, "the parents to learn from"));
                ids.collect::<Result<_, _>>()?
            }
            None => PARENTS.iter().filter_map(|name| table.find(name)).collect(),
        };
        Ok(examples(table, &parents))
    }

    pub(super) fn learn(&self, examples: &[&Example]) -> Result<FractionModel, DecaysError> {
        let (name, n) = ("the number of modes to learn from", examples.len());
        DecaysError::check(MIN_MODES <= n, name, &format!("{MIN_MODES} or more"), n)?;
        let decays: Vec<&Decay> = examples.iter().map(|example| &example.decay).collect();
        let features = Features::new(&decays);
        let targets = DVector::from_iterator(n, examples.iter().map(|example| example.log_fraction));
        let process = GaussianProcess::fit(&features.matrix(&decays), &targets, self.0.search_modes);
        let mut parents: Vec<String> = examples.iter().map(|example| example.mother.clone()).collect();
        parents.dedup();
        let Some(process) = process else {
            let name = "the fractions to learn from".to_owned();
            let (expected, found) = ("different from each other".to_owned(), format!("{n} equal ones"));
            return Err(DecaysError::BadParameter { name, expected, found });
        };
        Ok(FractionModel { features, process, parents })
    }
}

impl FractionModel {
    /// What is learnt from, with its defaults.
    #[must_use]
    pub fn params() -> FractionModelParams {
        FractionModelParams { parents: None, search_modes: 800 }
    }

    /// The branching fraction of a mother to these daughters: the median, and as its error a standard deviation in powers of ten.
    ///
    /// # Errors
    ///
    /// [`DecaysError::UnknownParticle`] for names that the particle table does not know, [`DecaysError::BadParameter`] for less than two daughters,
    /// and for modes that do not conserve charge or have no phase space.
    pub fn predict(
        &self,
        table: &DecayTable,
        mother: ParticleId,
        daughters: &[ParticleId],
    ) -> Result<BranchingFraction, DecaysError> {
        let decay = Decay::new(table, mother, daughters)?;
        Ok(BranchingFraction::predicted(
            fraction(self.log_fractions(&[&decay])[0]),
            self.errors(&[&decay])[0],
        ))
    }

    /// The kernel that was found.
    #[must_use]
    pub fn kernel(&self) -> Kernel {
        self.process.kernel()
    }

    /// The particles whose modes were learnt from.
    #[must_use]
    pub fn parents(&self) -> &[String] {
        &self.parents
    }

    /// Expected decimal logarithms.
    pub(super) fn log_fractions(&self, decays: &[&Decay]) -> Vec<f64> {
        self.process.means(&self.features.matrix(decays)).as_slice().to_vec()
    }

    /// Their standard deviations.
    pub(super) fn errors(&self, decays: &[&Decay]) -> Vec<f64> {
        self.process.deviations(&self.features.matrix(decays))
    }
}

/// No fraction exceeds one.
pub(super) fn fraction(log_fraction: f64) -> f64 {
    10_f64.powf(log_fraction).min(1.0)
}
