use hepsys_core::{NuisanceParameter, Region, Sample, Variation};

use crate::ParamclfError;

/// Simulated signal and background at one value of the nuisance parameter.
///
/// Weights sum to the expected numbers of events.
#[derive(Debug, Clone, PartialEq)]
pub struct Simulated {
    /// The signal for μ = 1.
    pub signal: Sample,
    /// The background.
    pub background: Sample,
}

/// What can be simulated at values of a nuisance parameter z.
///
/// Any function of z is one, so is a [`VariedSimulation`], and so are [`SimulatedPoints`].
pub trait Simulation {
    /// Signal and background at `z`.
    ///
    /// # Errors
    ///
    /// [`ParamclfError`] where there is no simulation.
    fn at(&self, z: f64) -> Result<Simulated, ParamclfError>;
}

impl<F: Fn(f64) -> Result<Simulated, ParamclfError>> Simulation for F {
    fn at(&self, z: f64) -> Result<Simulated, ParamclfError> {
        self(z)
    }
}

/// Nominal samples that a [`Variation`] takes to any z, and the selection after it.
///
/// A variation is told the distance $\nu = z - z_0$ from the nominal value.
/// All values of z have the same events, so statistical errors of templates move together.
///
/// ```
/// use hepsys_core::{CoreError, Feature, NuisanceParameter, Region, Sample, Variation};
/// use hepsys_paramclf::{Simulation, VariedSimulation};
///
/// /// x → x + ν
/// struct Shift(NuisanceParameter);
/// impl Variation for Shift {
///     fn nuisance(&self) -> &NuisanceParameter {
///         &self.0
///     }
///     fn vary(&self, sample: &Sample, value: f64) -> Result<Sample, CoreError> {
///         let x: Vec<f64> = sample.column("x")?.iter().map(|x| x + value).collect();
///         sample.clone().with_column(Feature::new("x", "1"), x)
///     }
/// }
///
/// let sample = |x: [f64; 2]| Sample::from_columns([(Feature::new("x", "1"), x.to_vec())]);
/// let shift = Shift(NuisanceParameter::gaussian("shift", 0.1)?);
/// let simulation = VariedSimulation::new(sample([1.0, 2.0])?, sample([0.0, 0.5])?, &shift)
///     .nominal(10.0)
///     .selecting(Region::new("positive", ["x > 0.2"])?);
/// // At z = 10.3 both events of the background pass the cut, at the nominal value one does.
/// assert_eq!(simulation.at(10.3)?.background.n_events(), 2);
/// assert_eq!(simulation.at(10.0)?.background.n_events(), 1);
/// # Ok::<(), hepsys_paramclf::ParamclfError>(())
/// ```
#[derive(Clone)]
pub struct VariedSimulation<'a> {
    signal: Sample,
    background: Sample,
    variation: &'a dyn Variation,
    nominal: f64,
    selection: Option<Region>,
}

impl<'a> VariedSimulation<'a> {
    /// These nominal samples, and how they change.
    #[must_use]
    pub fn new(signal: Sample, background: Sample, variation: &'a dyn Variation) -> Self {
        Self { signal, background, variation, nominal: 0.0, selection: None }
    }

    /// The value z₀ of the nominal samples. Defaults to zero.
    #[must_use]
    pub fn nominal(mut self, z: f64) -> Self {
        self.nominal = z;
        self
    }

    /// The events that count, chosen after the variation. Defaults to all.
    #[must_use]
    pub fn selecting(mut self, region: Region) -> Self {
        self.selection = Some(region);
        self
    }

    fn varied(&self, sample: &Sample, z: f64) -> Result<Sample, ParamclfError> {
        let varied = self.variation.vary(sample, z - self.nominal)?;
        match &self.selection {
            Some(region) => Ok(varied.select(region)?),
            None => Ok(varied),
        }
    }
}

impl Simulation for VariedSimulation<'_> {
    fn at(&self, z: f64) -> Result<Simulated, ParamclfError> {
        Ok(Simulated { signal: self.varied(&self.signal, z)?, background: self.varied(&self.background, z)? })
    }
}

/// Samples that were simulated at some values of the nuisance parameter, and at no others.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SimulatedPoints {
    nuisance: String,
    points: Vec<(f64, Simulated)>,
}

impl SimulatedPoints {
    /// No point yet, of the nuisance parameter of this name.
    #[must_use]
    pub fn new(nuisance: impl Into<String>) -> Self {
        Self { nuisance: nuisance.into(), points: Vec::new() }
    }

    /// Adds the samples at `z`.
    #[must_use]
    pub fn point(mut self, z: f64, signal: Sample, background: Sample) -> Self {
        self.points.push((z, Simulated { signal, background }));
        self
    }

    /// The values of z, in the order in which they were added.
    pub fn values(&self) -> impl Iterator<Item = f64> + '_ {
        self.points.iter().map(|(z, _)| *z)
    }
}

impl Simulation for SimulatedPoints {
    fn at(&self, z: f64) -> Result<Simulated, ParamclfError> {
        let found = self.points.iter().find(|(there, _)| same(*there, z));
        found.map(|(_, samples)| samples.clone()).ok_or_else(|| ParamclfError::NotSimulated {
            what: "signal and background".into(),
            nuisance: self.nuisance.clone(),
            z,
            reason: format!("there are samples at {:?}", self.values().collect::<Vec<_>>()),
        })
    }
}

/// A nuisance parameter z of a classifier: what it is called, where it is nominal, and how well it is known.
///
/// Hepsys measures nuisance parameters from their nominal value; a classifier takes them as physicists quote them, such as an
/// energy scale of 1.03.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct TrainedNuisance {
    name: String,
    nominal: f64,
    uncertainty: f64,
}

impl TrainedNuisance {
    /// The nuisance parameter `parameter`, which is `nominal` in the nominal simulation.
    ///
    /// # Errors
    ///
    /// [`ParamclfError::TwoPoint`] for a two-point systematic uncertainty: nothing lies between its two models, so there is nothing
    /// that a classifier could learn to interpolate, and being blind to their difference is not being blind to its cause.
    /// [`ParamclfError::BadParameter`] without an uncertainty, or if `nominal` is not finite.
    pub fn new(parameter: &NuisanceParameter, nominal: f64) -> Result<Self, ParamclfError> {
        if parameter.kind() == hepsys_core::NuisanceKind::TwoPoint {
            return Err(ParamclfError::TwoPoint(parameter.name().to_owned()));
        }
        Self::train_on_two_points(parameter, nominal)
    }

    /// The same for any parameter: for those who know why the two models of a two-point uncertainty may be trained on.
    ///
    /// # Errors
    ///
    /// [`ParamclfError::BadParameter`] without an uncertainty, or if `nominal` is not finite.
    pub fn train_on_two_points(parameter: &NuisanceParameter, nominal: f64) -> Result<Self, ParamclfError> {
        let name = parameter.name();
        let Some(uncertainty) = parameter.sigma() else {
            return Err(ParamclfError::bad(format!("\"{name}\""), "constrained by a measurement", "free"));
        };
        if !nominal.is_finite() {
            return Err(ParamclfError::bad(format!("the nominal \"{name}\""), "finite", nominal));
        }
        Ok(Self { name: name.to_owned(), nominal, uncertainty })
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// z₀
    #[must_use]
    pub fn nominal(&self) -> f64 {
        self.nominal
    }

    /// $\sigma_z$
    #[must_use]
    pub fn uncertainty(&self) -> f64 {
        self.uncertainty
    }
}

/// Whether two values are the same but for rounding: grids that were computed in two ways rarely agree to the last bit.
pub(crate) fn same(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * (1.0 + a.abs())
}
