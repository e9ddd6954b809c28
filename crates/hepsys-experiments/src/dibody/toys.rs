use hepsys_core::Seed;
use hepsys_nn::Run;
use hepsys_nplm::{Auxiliary, Experiment, LearnedTest, NplmValidParams};
use hepsys_stats::Toy;
use serde::{Deserialize, Serialize};

use super::mass::MassAnalysis;
use super::samples::{Background, Samples};
use super::signal::Signal;
use super::spec::DibodySpec;
use crate::mass_fit::Freedom;
use crate::search::{Search, ToyResult};
use crate::toys::StudyToys;
use crate::{ExperimentError, Profile};

/// What every toy of the study needs.
pub(super) struct DibodyToys<'a> {
    pub(super) spec: &'a DibodySpec,
    pub(super) samples: &'a Samples,
    pub(super) search: &'a Search,
    /// The same test with nuisance parameters that are known.
    pub(super) known: NplmValidParams,
    pub(super) run: &'a Run,
    pub(super) toys: StudyToys<'a>,
    pub(super) profile: Profile,
}

/// A toy with a signal, in the eyes of both tests.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct SignalToy {
    pub(super) test: ToyResult,
    /// The statistic of the network's test if nuisance parameters are known.
    pub(super) t_known: f64,
    /// The statistic of the mass fit.
    pub(super) q0: f64,
    /// The same if nuisance parameters are known.
    pub(super) q0_known: f64,
}

/// A toy of a signal of another strength.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct CurveToy {
    pub(super) t: f64,
    pub(super) q0: f64,
}

/// A strength of a signal and its toys.
pub(super) struct CurvePoint {
    /// The significance that the mass fit was to have.
    pub(super) target: f64,
    /// N(S) for it.
    pub(super) events: f64,
    pub(super) toys: Vec<CurveToy>,
}

/// A signal and its toys.
pub(super) struct SignalResult<'a> {
    pub(super) signal: &'a Signal<'a>,
    pub(super) mass: MassAnalysis,
    pub(super) toys: Vec<SignalToy>,
    pub(super) curve: Vec<CurvePoint>,
}

impl DibodyToys<'_> {
    /// The events of one toy, with so many times a signal.
    fn draw(
        &self,
        background: &Background,
        signal: Option<(&Signal<'_>, f64)>,
        toy: &Toy,
    ) -> Result<Experiment, ExperimentError> {
        self.samples.draw(self.spec, self.search.nplm.nuisances(), background, signal, toy.seed())
    }

    /// Toys without a signal.
    pub(super) fn background(
        &self,
        name: &str,
        n_toys: usize,
        background: &Background,
    ) -> Result<Vec<ToyResult>, ExperimentError> {
        if n_toys == 0 {
            return Ok(Vec::new());
        }
        self.toys.run(name, n_toys, |toy| {
            let events = self.draw(background, None, toy)?;
            self.search.toy(&events, toy.seed(), self.run)
        })
    }

    /// The statistic of one toy without a signal, by a test without nuisance parameters.
    pub(super) fn without_nuisances(
        &self,
        test: &NplmValidParams,
        background: &Background,
        seed: Seed,
    ) -> Result<f64, ExperimentError> {
        let events = self.samples.draw(self.spec, test.nuisances(), background, None, seed)?;
        Ok(test.evaluate(&events, &self.run.clone().seeded(seed))?.t)
    }

    /// Toys with a signal, at its own strength and at those of its curve.
    pub(super) fn signal<'a>(
        &self,
        signal: &'a Signal<'a>,
        mass: MassAnalysis,
        background: &Background,
    ) -> Result<SignalResult<'a>, ExperimentError> {
        let mut result = SignalResult { signal, mass, toys: Vec::new(), curve: Vec::new() };
        let n_toys = signal.spec.toys.of(self.profile);
        if n_toys > 0 {
            result.toys = self.toys.run(&result.name_of_toys(), n_toys, |toy| {
                let events = self.draw(background, Some((signal, 1.0)), toy)?;
                let run = self.run.clone().seeded(toy.seed());
                let known = self.known.fit(&events.reference, &events.data, &Auxiliary::nominal(), &run)?;
                Ok(SignalToy {
                    test: self.search.toy(&events, toy.seed(), self.run)?,
                    t_known: known.test_statistic().value(),
                    q0: result.mass.q0(&events, Freedom::Profiled)?,
                    q0_known: result.mass.q0(&events, Freedom::Known)?,
                })
            })?;
        }
        let Some(curve) = &signal.spec.curve else { return Ok(result) };
        let n_toys = curve.toys.of(self.profile);
        for &target in curve.significances.iter().filter(|_| n_toys > 0) {
            let Some(strength) = result.mass.fit().strength_for(target)? else {
                let problem =
                    format!("no number of events of signal \"{}\" reaches Z = {target}", signal.spec.name);
                return Err(ExperimentError::Spec { path: self.spec.study.clone().into(), problem });
            };
            let toys = self.toys.run(&format!("{}-z{target}", result.name_of_toys()), n_toys, |toy| {
                let events = self.draw(background, Some((signal, strength)), toy)?;
                let fit = self.search.fit(&events, &self.run.clone().seeded(toy.seed()))?;
                let q0 = result.mass.q0(&events, Freedom::Profiled)?;
                Ok(CurveToy { t: fit.test_statistic().value(), q0 })
            })?;
            result.curve.push(CurvePoint { target, events: strength * signal.expected(), toys });
        }
        Ok(result)
    }
}

impl SignalResult<'_> {
    pub(super) fn name_of_toys(&self) -> String {
        format!("signal-{}", self.signal.spec.name)
    }

    pub(super) fn label(&self) -> &str {
        &self.signal.spec.label
    }

    /// The results of the network's test.
    pub(super) fn tests(&self) -> Vec<ToyResult> {
        self.toys.iter().map(|toy| toy.test.clone()).collect()
    }

    /// The toy whose statistic is in the middle.
    pub(super) fn index_of_median(&self) -> usize {
        let mut order: Vec<usize> = (0..self.toys.len()).collect();
        order.sort_by(|&a, &b| self.toys[a].test.t.total_cmp(&self.toys[b].test.t));
        order.get(self.toys.len() / 2).copied().unwrap_or(0)
    }
}
