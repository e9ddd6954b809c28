use std::fmt;

use hepsys_core::{CoreError, Sample, Seed, Stream, Variation};
use rand_distr::{Distribution, StandardNormal};

use super::{JetEnergyScale, ProcessNormalization, SoftMet};
use crate::{DEFAULT_TAU_MASS, SimError, TauEnergyScale};

/// A nuisance parameter of the FAIR universe challenge, as the distance ν from its nominal value.
///
/// | nuisance | acts on | prior of ν | range |
/// | --- | --- | --- | --- |
/// | [`Tes`](Self::Tes) | the energy scale of taus | normal, 0.01 | −0.1 to 0.1 |
/// | [`Jes`](Self::Jes) | the energy scale of jets | normal, 0.01 | −0.1 to 0.1 |
/// | [`SoftMet`](Self::SoftMet) | noise on the missing momentum, GeV | $\ln\nu$ normal around 0, 1 | 0 to 5 |
/// | [`Ttbar`](Self::Ttbar) | how many top pairs there are | normal, 0.02 | above −1 |
/// | [`Diboson`](Self::Diboson) | how many pairs of bosons | normal, 0.25 | above −1 |
/// | [`Background`](Self::Background) | how much of all backgrounds | normal, 0.001 | above −1 |
///
/// # References
///
/// `fair2024`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FairNuisance {
    /// The tau energy scale.
    Tes,
    /// The jet energy scale.
    Jes,
    /// The width of the noise on the missing momentum.
    SoftMet,
    /// The normalisation of top pairs.
    Ttbar,
    /// The normalisation of pairs of bosons.
    Diboson,
    /// The normalisation of all backgrounds together.
    Background,
}

impl FairNuisance {
    /// All six.
    pub const ALL: [Self; 6] =
        [Self::Tes, Self::Jes, Self::SoftMet, Self::Ttbar, Self::Diboson, Self::Background];

    /// The width of the prior: of ν itself, or of $\ln\nu$ for the soft missing momentum.
    #[must_use]
    pub fn sigma(self) -> f64 {
        match self {
            Self::Tes | Self::Jes => 0.01,
            Self::SoftMet => 1.0,
            Self::Ttbar => 0.02,
            Self::Diboson => 0.25,
            Self::Background => 0.001,
        }
    }

    /// The smallest and the largest value.
    #[must_use]
    pub fn range(self) -> [f64; 2] {
        match self {
            Self::Tes | Self::Jes => [-0.1, 0.1],
            Self::SoftMet => [0.0, 5.0],
            Self::Ttbar | Self::Diboson | Self::Background => [-1.0, f64::INFINITY],
        }
    }

    /// A value of the prior; what falls out of the range is moved to its end.
    #[must_use]
    pub fn draw(self, stream: &mut Stream) -> f64 {
        let normal: f64 = StandardNormal.sample(stream);
        let [smallest, largest] = self.range();
        let value = match self {
            Self::SoftMet => (self.sigma() * normal).exp(),
            _ => self.sigma() * normal,
        };
        value.clamp(smallest, largest)
    }

    /// Whether it changes the events of a process: a name such as `ttbar_tau` or `diboson`, whatever the case.
    ///
    /// Signals are `ggH`, `VBF` and `htautau`; any other process is a background.
    #[must_use]
    pub fn acts_on(self, process: &str) -> bool {
        let process = process.to_ascii_lowercase();
        match self {
            Self::Tes | Self::Jes | Self::SoftMet => true,
            Self::Ttbar => process.starts_with("ttbar"),
            Self::Diboson => process.starts_with("diboson"),
            Self::Background => !["ggh", "vbf", "htautau"].contains(&process.as_str()),
        }
    }

    /// The variation of events, for taus of a mass in GeV; `seed` is that of the noise.
    ///
    /// # Errors
    ///
    /// [`SimError::BadParameter`] unless the mass is finite and not negative.
    pub fn variation(self, tau_mass: f64, seed: Seed) -> Result<Box<dyn Variation>, SimError> {
        Ok(match self {
            Self::Tes => Box::new(TauEnergyScale::new(self.sigma())?.with_tau_mass(tau_mass)?),
            Self::Jes => Box::new(JetEnergyScale::new(self.sigma())?),
            Self::SoftMet => Box::new(SoftMet::new(seed)),
            Self::Ttbar | Self::Diboson | Self::Background => {
                Box::new(ProcessNormalization::new(&self.to_string(), self.sigma())?)
            }
        })
    }
}

impl fmt::Display for FairNuisance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tes => "tes",
            Self::Jes => "jes",
            Self::SoftMet => "soft_met",
            Self::Ttbar => "ttbar",
            Self::Diboson => "diboson",
            Self::Background => "background",
        })
    }
}

/// The nuisance parameters of the FAIR universe challenge that a set of processes can say something about.
///
/// One that acts on none of the processes would be a flat direction of the likelihood; it is dropped, and
/// [`dropped`](Self::dropped) says why.
///
/// ```
/// use hepsys_sim::fair::FairNuisances;
///
/// let nuisances = FairNuisances::for_processes(&["ggH", "VBF", "Ztautau", "ttbar_tau"]);
/// assert_eq!(nuisances.kept().len(), 5);
/// assert_eq!(
///     nuisances.dropped()[0].to_string(),
///     "diboson is dropped: it acts on none of the processes ggH, VBF, Ztautau, ttbar_tau"
/// );
/// ```
///
/// # References
///
/// `fair2024`
#[derive(Debug, Clone, PartialEq)]
pub struct FairNuisances {
    tau_mass: f64,
    kept: Vec<FairNuisance>,
    dropped: Vec<DroppedNuisance>,
}

/// A nuisance parameter that is left out, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DroppedNuisance {
    nuisance: FairNuisance,
    reason: String,
}

impl DroppedNuisance {
    /// Which one it is.
    #[must_use]
    pub fn nuisance(&self) -> FairNuisance {
        self.nuisance
    }

    /// Why it is left out.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

impl fmt::Display for DroppedNuisance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is dropped: {}", self.nuisance, self.reason)
    }
}

impl FairNuisances {
    /// Those that act on at least one of these processes, in the order of [`FairNuisance::ALL`].
    #[must_use]
    pub fn for_processes<S: AsRef<str>>(processes: &[S]) -> Self {
        let acts = |n: &FairNuisance| processes.iter().any(|process| n.acts_on(process.as_ref()));
        let (kept, others): (Vec<_>, Vec<_>) = FairNuisance::ALL.into_iter().partition(acts);
        let names = processes.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(", ");
        let reason = match names.as_str() {
            "" => "there are no processes".to_owned(),
            names => format!("it acts on none of the processes {names}"),
        };
        let dropped = others.into_iter().map(|nuisance| DroppedNuisance { nuisance, reason: reason.clone() });
        Self { tau_mass: DEFAULT_TAU_MASS, kept, dropped: dropped.collect() }
    }

    /// The same for taus of this mass in GeV; zero for files whose derived columns neglect masses.
    ///
    /// Defaults to [`DEFAULT_TAU_MASS`]; [`vary`](Self::vary) refuses one that is negative or not finite.
    #[must_use]
    pub fn with_tau_mass(self, gev: f64) -> Self {
        Self { tau_mass: gev, ..self }
    }

    /// Those that are used.
    #[must_use]
    pub fn kept(&self) -> &[FairNuisance] {
        &self.kept
    }

    /// Those that are not, with the reason.
    #[must_use]
    pub fn dropped(&self) -> &[DroppedNuisance] {
        &self.dropped
    }

    /// The sample of a process with all of the kept nuisance parameters at `values`, which come in the order of
    /// [`kept`](Self::kept).
    ///
    /// `seed` is that of the noise; every process gets its own.
    ///
    /// # Errors
    ///
    /// [`CoreError::Conversion`] unless there is a value for each, and what the variations refuse.
    pub fn vary(
        &self,
        process: &str,
        sample: &Sample,
        values: &[f64],
        seed: &Seed,
    ) -> Result<Sample, SimError> {
        if values.len() != self.kept.len() {
            return Err(CoreError::Conversion(format!(
                "there are {} nuisance parameters, but {} values",
                self.kept.len(),
                values.len()
            ))
            .into());
        }
        let seed = seed.named(process);
        let mut varied = sample.clone();
        for (nuisance, &value) in self.kept.iter().zip(values).filter(|(n, _)| n.acts_on(process)) {
            varied = nuisance.variation(self.tau_mass, seed)?.vary(&varied, value)?;
        }
        Ok(varied)
    }
}
