use hepsys_core::Seed;
use hepsys_rl::BoxSpace;
use hepsys_sim::AngularObservables;
use serde::{Deserialize, Serialize};

use super::kernel::SUMS;
use super::params::CONTROL_TOLERANCES;
use super::sample::{AngularSample, Linear, added, observables};
use super::source::Source;
use super::verdict::Confirmation;
use super::{AngularError, Efficiency};

/// How many measurements there are, N.
pub(super) const N_MEASUREMENTS: usize = 8;

/// In how many groups the events of a confirmation are for their errors.
const GROUPS: usize = 100;

/// An anomaly, and simulated events to explain it with; made by [`AngularValidParams::simulate`](super::AngularValidParams::simulate).
#[derive(Debug, Clone)]
pub struct AngularProblem {
    pub(super) space: BoxSpace,
    pub(super) efficiency: Efficiency,
    pub(super) weight_range: (f64, f64),
    pub(super) n_evaluation: usize,
    pub(super) n_confirmation: usize,
    pub(super) confirmed_below: f64,
    pub(super) signal: Channel,
    pub(super) control: Option<Channel>,
}

/// A decay with simulated events of it.
#[derive(Debug, Clone)]
pub(super) struct Channel {
    pub(super) source: Source,
    pub(super) pool: AngularSample,
    pub(super) name: String,
}

/// How well an efficiency explains the data.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Agreement {
    /// The coefficients of the angular distribution as the analysis would measure them.
    pub observables: [f64; 8],
    /// Their χ² against the data, over N = 8.
    pub signal: f64,
    /// How far the control channel moves, each coefficient over its tolerance.
    pub control_pulls: Option<[f64; 8]>,
    /// The χ² of these, over N = 8; zero without a control channel.
    pub control: f64,
}

/// The sums of both channels over the same draw of events.
pub(super) struct Sums {
    signal: Vec<[f64; SUMS]>,
    signal_plain: Vec<[f64; SUMS]>,
    control: Option<[Vec<[f64; SUMS]>; 2]>,
}

impl Agreement {
    /// χ²/N: that of the signal, and what the control channel objects.
    #[must_use]
    pub fn chi_squared_per_n(&self) -> f64 {
        self.signal + self.control
    }

    /// The differences of the coefficients to the data, over their uncertainties, followed by those of the control channel.
    #[must_use]
    pub fn pulls(&self) -> Vec<f64> {
        let measured = AngularObservables::ANOMALY.to_array();
        let sigma = AngularObservables::UNCERTAINTIES.to_array();
        let signal = (0..N_MEASUREMENTS).map(|i| (self.observables[i] - measured[i]) / sigma[i]);
        signal.chain(self.control_pulls.into_iter().flatten()).collect()
    }
}

impl AngularProblem {
    /// How many coefficients the efficiency has.
    #[must_use]
    pub fn n_coefficients(&self) -> usize {
        self.efficiency.n_coefficients()
    }

    /// The agreement on all events of the pool.
    ///
    /// # Errors
    ///
    /// [`AngularError::BadCoefficients`] unless there are as many as the efficiency has.
    pub fn agreement(&self, coefficients: &[f64]) -> Result<Agreement, AngularError> {
        self.check(coefficients)?;
        let blocks = |channel: &Channel| channel.pool.all();
        Ok(self.of(&self.sums(coefficients, |_| None, blocks)))
    }

    /// The agreement on a draw of events from the pool, which belongs to the seed.
    ///
    /// # Errors
    ///
    /// [`AngularError::BadCoefficients`] unless there are as many as the efficiency has.
    pub fn drawn_agreement(&self, coefficients: &[f64], seed: Seed) -> Result<Agreement, AngularError> {
        self.check(coefficients)?;
        let blocks = |channel: &Channel| channel.pool.drawn(self.n_evaluation, seed.named(&channel.name));
        Ok(self.of(&self.sums(coefficients, |_| None, blocks)))
    }

    /// The agreement on events that nobody searched on, with its error from the jackknife of 100 groups.
    ///
    /// # Errors
    ///
    /// [`AngularError::BadCoefficients`] unless there are as many as the efficiency has.
    pub fn confirm(&self, coefficients: &[f64], seed: Seed) -> Result<Confirmation, AngularError> {
        self.check(coefficients)?;
        let fresh = |channel: &Channel| {
            Some(channel.source.sample(self.n_confirmation, seed.named("fresh").named(&channel.name)))
        };
        let sums = self.sums(coefficients, fresh, |_| Vec::new());
        let whole = self.of(&sums);
        let n_blocks = sums.signal.len();
        let left: Vec<Agreement> = (0..GROUPS).map(|group| self.of(&sums.without(group))).collect();
        let error = |of: &dyn Fn(&Agreement) -> f64| {
            let mean = left.iter().map(of).sum::<f64>() / GROUPS as f64;
            let squares: f64 = left.iter().map(|a| (of(a) - mean).powi(2)).sum();
            (squares * (GROUPS - 1) as f64 / GROUPS as f64).sqrt()
        };
        Ok(Confirmation {
            agreement: whole,
            error: error(&Agreement::chi_squared_per_n),
            signal_error: error(&|agreement| agreement.signal),
            observable_errors: std::array::from_fn(|i| error(&|agreement| agreement.observables[i])),
            n_events: n_blocks * super::kernel::LANES,
            is_confirmed: whole.chi_squared_per_n() < self.confirmed_below,
        })
    }

    pub(super) fn check(&self, coefficients: &[f64]) -> Result<(), AngularError> {
        let expected = self.n_coefficients();
        if coefficients.len() != expected {
            return Err(AngularError::BadCoefficients { expected, found: coefficients.len() });
        }
        let is_finite = coefficients.iter().all(|a| a.is_finite());
        AngularError::check(is_finite, "the coefficients", "finite", "one that is not")
    }

    /// The sums of each channel: over all events of another sample, or over blocks of the pool.
    fn sums(
        &self,
        coefficients: &[f64],
        other: impl Fn(&Channel) -> Option<AngularSample>,
        blocks: impl Fn(&Channel) -> Vec<usize>,
    ) -> Sums {
        let efficiency = Linear::new(coefficients, self.weight_range);
        let of = |channel: &Channel| {
            let other = other(channel);
            let (sample, blocks) = match &other {
                Some(sample) => (sample, sample.all()),
                None => (&channel.pool, blocks(channel)),
            };
            [sample.sums(&efficiency, &blocks), sample.plain_sums(&blocks)]
        };
        let [signal, signal_plain] = of(&self.signal);
        Sums { signal, signal_plain, control: self.control.as_ref().map(of) }
    }

    fn of(&self, sums: &Sums) -> Agreement {
        let weighted = observables(&added(&sums.signal)).to_array();
        let expected = match self.efficiency {
            Efficiency::Angles => weighted,
            // The detector shapes the moments too, which the analysis corrects for: what counts is by how much they move.
            Efficiency::Particles => {
                let plain = observables(&added(&sums.signal_plain)).to_array();
                let truth = AngularObservables::STANDARD_MODEL.to_array();
                std::array::from_fn(|i| truth[i] + weighted[i] - plain[i])
            }
        };
        let control_pulls = sums.control.as_ref().map(|[weighted, plain]| {
            let [weighted, plain] = [weighted, plain].map(|sums| observables(&added(sums)).to_array());
            let tolerance = CONTROL_TOLERANCES.to_array();
            std::array::from_fn(|i| (weighted[i] - plain[i]) / tolerance[i])
        });
        let signal = AngularObservables::from_array(expected)
            .chi_squared(&AngularObservables::ANOMALY, &AngularObservables::UNCERTAINTIES);
        let control = control_pulls.map_or(0.0, |pulls: [f64; 8]| pulls.iter().map(|p| p * p).sum());
        let n = N_MEASUREMENTS as f64;
        Agreement { observables: expected, signal: signal / n, control_pulls, control: control / n }
    }
}

impl Sums {
    /// The sums without those blocks that belong to a group.
    fn without(&self, group: usize) -> Self {
        let left = |sums: &Vec<[f64; SUMS]>| {
            let others = sums.iter().enumerate().filter(|(block, _)| block % GROUPS != group);
            others.map(|(_, sums)| *sums).collect()
        };
        Self {
            signal: left(&self.signal),
            signal_plain: left(&self.signal_plain),
            control: self.control.as_ref().map(|[weighted, plain]| [left(weighted), left(plain)]),
        }
    }
}
