use hepsys_rl::BoxSpace;
use hepsys_sim::{AngularDensity, AngularObservables, KstarMuMu, mass};
use serde::{Deserialize, Serialize};

use super::problem::{AngularProblem, Channel};
use super::source::Source;
use super::{AngularError, Efficiency, Run};

/// How much the moments of $B^0 \to J/\psi K^{*0}$ may move before the control channel objects: $F_L$, $S_3$ to $S_5$, $A_{FB}$,
/// $S_7$ to $S_9$.
pub const CONTROL_TOLERANCES: AngularObservables =
    AngularObservables::from_array([0.005, 0.005, 0.007, 0.005, 0.004, 0.005, 0.006, 0.005]);

/// The squared mass of the muons of the signal, in GeV².
const SIGNAL_Q2: f64 = 5.0;

/// The angular analysis of $B^0 \to K^{*0}\mu\mu$; [`AngularAnalysis::params`] begins one.
#[derive(Debug, Clone, Copy)]
pub struct AngularAnalysis;

/// A channel in which nothing new is expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Control {
    /// None.
    Free,
    /// $B^0 \to J/\psi K^{*0}$: the same efficiency may move its moments by the [`CONTROL_TOLERANCES`] only.
    JpsiKstar,
}

/// Parameters of an analysis that nobody has checked yet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AngularParams {
    efficiency: Efficiency,
    #[serde(default = "half")]
    weight_range: (f64, f64),
    #[serde(default = "free")]
    control: Control,
    #[serde(default = "pool")]
    n_pool: usize,
    #[serde(default = "evaluation")]
    n_evaluation: usize,
    #[serde(default = "confirmation")]
    n_confirmation: usize,
    #[serde(default = "confirmed")]
    confirmed_below: f64,
}

fn half() -> (f64, f64) {
    (0.5, 1.5)
}

fn free() -> Control {
    Control::Free
}

fn pool() -> usize {
    60_000
}

fn evaluation() -> usize {
    20_000
}

fn confirmation() -> usize {
    200_000
}

fn confirmed() -> f64 {
    0.15
}

/// An analysis that is ready; see [`simulate`](AngularValidParams::simulate).
#[derive(Debug, Clone, PartialEq)]
pub struct AngularValidParams(AngularParams);

impl AngularAnalysis {
    /// Parameters with their defaults, for an efficiency that depends on this.
    #[must_use]
    pub fn params(efficiency: Efficiency) -> AngularParams {
        AngularParams {
            efficiency,
            weight_range: half(),
            control: free(),
            n_pool: pool(),
            n_evaluation: evaluation(),
            n_confirmation: confirmation(),
            confirmed_below: confirmed(),
        }
    }
}

impl AngularParams {
    /// The least and the largest weight. Defaults to 0.5 and 1.5; must be around one, and the least not negative.
    #[must_use]
    pub fn weight_range(mut self, low: f64, high: f64) -> Self {
        self.weight_range = (low, high);
        self
    }

    /// The control channel. Defaults to none; an efficiency of the angles admits none, for it is not one of a detector.
    #[must_use]
    pub fn control(mut self, control: Control) -> Self {
        self.control = control;
        self
    }

    /// How many events are simulated in each channel. Defaults to 60 000; must be 1000 or more.
    #[must_use]
    pub fn n_pool(mut self, n_events: usize) -> Self {
        self.n_pool = n_events;
        self
    }

    /// How many of them an evaluation draws, with replacement. Defaults to 20 000; must be 1000 or more. Events come in blocks of 32.
    #[must_use]
    pub fn n_evaluation(mut self, n_events: usize) -> Self {
        self.n_evaluation = n_events;
        self
    }

    /// How many new events confirm a hit. Defaults to 200 000; must be 10 000 or more.
    #[must_use]
    pub fn n_confirmation(mut self, n_events: usize) -> Self {
        self.n_confirmation = n_events;
        self
    }

    /// The χ²/N on the new events below which a hit is confirmed. Defaults to 0.15, for a hit below 0.1 is a lucky one; must be positive.
    #[must_use]
    pub fn confirmed_below(mut self, chi_squared_per_n: f64) -> Self {
        self.confirmed_below = chi_squared_per_n;
        self
    }

    /// Checks the parameters.
    ///
    /// # Errors
    ///
    /// [`AngularError::BadParameter`] with the first that is outside its range.
    pub fn check(self) -> Result<AngularValidParams, AngularError> {
        let (low, high) = self.weight_range;
        AngularError::check((0.0..1.0).contains(&low), "the least weight", "from 0 to below 1", low)?;
        AngularError::check(
            high > 1.0 && high.is_finite(),
            "the largest weight",
            "above 1 and finite",
            high,
        )?;
        for (name, n, least) in [
            ("n_pool", self.n_pool, 1000),
            ("n_evaluation", self.n_evaluation, 1000),
            ("n_confirmation", self.n_confirmation, 10_000),
        ] {
            AngularError::check(n >= least, name, &format!("{least} or more"), n)?;
        }
        AngularError::check(self.confirmed_below > 0.0, "confirmed_below", "positive", self.confirmed_below)?;
        let holds = self.control == Control::Free || self.efficiency == Efficiency::Particles;
        AngularError::check(holds, "the control", "none where the efficiency depends on angles", "J/ψK*")?;
        Ok(AngularValidParams(self))
    }
}

impl AngularValidParams {
    /// Simulates the channels. Events are from the streams `signal` and `control` of the run.
    ///
    /// # Errors
    ///
    /// [`AngularError::Sim`] with what cannot be simulated.
    pub fn simulate(&self, run: &Run) -> Result<AngularProblem, AngularError> {
        let params = &self.0;
        let density = AngularDensity::new(AngularObservables::STANDARD_MODEL)?;
        let seed = run.streams();
        let channel = |source: Source, name: &str| {
            let pool = source.sample(params.n_pool, seed.named(name).named("pool"));
            Channel { source, pool, name: name.to_owned() }
        };
        let signal = match params.efficiency {
            Efficiency::Angles => Source::Angles(density),
            Efficiency::Particles => Source::Laboratory(density, KstarMuMu::new(SIGNAL_Q2.sqrt())?),
        };
        let control = match params.control {
            Control::Free => None,
            Control::JpsiKstar => {
                let density = AngularDensity::new(AngularObservables::J_PSI_K_STAR)?;
                Some(channel(Source::Laboratory(density, KstarMuMu::new(mass::J_PSI)?), "control"))
            }
        };
        Ok(AngularProblem {
            space: BoxSpace::uniform(params.efficiency.n_coefficients(), -1.0, 1.0)?,
            efficiency: params.efficiency,
            weight_range: params.weight_range,
            n_evaluation: params.n_evaluation,
            n_confirmation: params.n_confirmation,
            confirmed_below: params.confirmed_below,
            signal: channel(signal, "signal"),
            control,
        })
    }
}
