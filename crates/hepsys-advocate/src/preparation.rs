//! What a question asks of a simulation before any network is trained: its channels, scaled, and the bound.

use hepsys_core::{Feature, Sample};
use hepsys_nn::Standardizer;

use crate::{
    AdvocateError, AdvocateValidParams, BinnedBound, BinnedBoundValidParams, BinnedChannels, Bound,
    DEFAULT_TIGHTENING, Direction, Grid, Question, ShadowPrice, Simulation, shadow_prices,
};

impl AdvocateValidParams {
    /// The binned bound in one direction: what no weight function of this range and smoothness exceeds, but for the width of bins and
    /// the fluctuations of the simulation.
    ///
    /// Its bins cut the features in the units that the smoothness is given in, with [`BinnedBound`]'s defaults.
    ///
    /// # Errors
    ///
    /// Those of [`BinnedBoundValidParams::of`](crate::BinnedBoundValidParams::of).
    pub fn bound(&self, simulation: &Simulation, direction: Direction) -> Result<Bound, AdvocateError> {
        self.bound_at(self.smoothness(), simulation, direction)
    }

    /// The same at another smoothness, such as one that a network realised.
    ///
    /// # Errors
    ///
    /// Those of [`bound`](Self::bound).
    pub fn bound_at(
        &self,
        lipschitz: Option<f64>,
        simulation: &Simulation,
        direction: Direction,
    ) -> Result<Bound, AdvocateError> {
        self.binned(lipschitz)?.of(self.question(), &self.scaled(simulation)?, direction)
    }

    /// What better control measurements would bring: each limit that binds is made narrower by a third, and the bound solved again.
    ///
    /// # Errors
    ///
    /// Those of [`bound`](Self::bound).
    pub fn shadow_prices(
        &self,
        simulation: &Simulation,
        bound: &Bound,
    ) -> Result<Vec<ShadowPrice>, AdvocateError> {
        let scaled = self.scaled(simulation)?;
        let params = self.binned(self.smoothness())?;
        let again = |question: &Question| Ok(params.of(question, &scaled, bound.direction)?.bias);
        shadow_prices(
            self.question(),
            (bound.bias, bound.direction),
            &bound.prices,
            DEFAULT_TIGHTENING,
            again,
        )
    }

    /// The parameters of the binned bound.
    fn binned(&self, lipschitz: Option<f64>) -> Result<BinnedBoundValidParams, AdvocateError> {
        let (low, high) = self.weight_range();
        let bound = BinnedBound::params().weight_range(low..=high).solver(self.solver());
        match lipschitz {
            Some(lipschitz) => bound.lipschitz(lipschitz).check(),
            None => bound.check(),
        }
    }

    /// The simulation of the question's channels with the features that weights may depend on, in the units that the smoothness is
    /// given in.
    ///
    /// # Errors
    ///
    /// [`AdvocateError::NoChannel`] for a channel without simulation, [`AdvocateError::Core`] for one without a feature.
    pub fn scaled(&self, simulation: &Simulation) -> Result<Simulation, AdvocateError> {
        let samples = self.prepared(simulation)?.samples;
        Simulation::new(self.question().channels().into_iter().zip(samples))
    }

    /// That the limits do not contradict each other or the range of weights, even if no two channels had an event in common.
    pub(crate) fn explain_contradictions(&self) -> Result<(), AdvocateError> {
        let question = self.question();
        let channels = question.channels();
        let apart = channels.iter().enumerate().map(|(own, channel)| {
            (*channel, (0..channels.len()).map(|bin| f64::from(u8::from(bin == own))).collect())
        });
        let grid = Grid::uniform(["channel"], channels.len(), 0.0, 1.0)?;
        self.binned(None)?
            .of_channels(question, &BinnedChannels::new(grid, apart)?, Direction::Up)
            .map(|_| ())
    }

    /// The samples of the channels with the features that weights may depend on, scaled.
    pub(crate) fn prepared(&self, simulation: &Simulation) -> Result<Prepared, AdvocateError> {
        let question = self.question();
        let channels = question.channels();
        let mut samples = Vec::new();
        for channel in &channels {
            let sample = simulation.of(channel)?;
            samples.push(match self.features() {
                Some(features) => sample.select_features(features)?,
                None => sample.clone(),
            });
        }
        let features = samples[0].schema().features().to_vec();
        let mut standardizer = None;
        if self.is_scaled() {
            // Without controls, what is pushed sets the scale itself.
            let is_target = |channel: &str| question.targets().any(|target| target == channel);
            let all_targets = channels.iter().all(|channel| is_target(channel));
            let mut pooled: Option<Sample> = None;
            for (channel, sample) in channels.iter().zip(&samples) {
                if all_targets || !is_target(channel) {
                    pooled = Some(match pooled {
                        Some(pooled) => pooled.concat(sample)?,
                        None => sample.clone(),
                    });
                }
            }
            if let Some(pooled) = pooled {
                let scaling = Standardizer::fit(&pooled)?;
                samples = samples.iter().map(|sample| scaling.apply(sample)).collect::<Result<_, _>>()?;
                standardizer = Some(scaling);
            }
        }
        Ok(Prepared { samples, features, standardizer })
    }
}

/// The channels of a question, ready for networks.
pub(crate) struct Prepared {
    /// In the order of [`Question::channels`].
    pub(crate) samples: Vec<Sample>,
    /// As the user has them.
    pub(crate) features: Vec<Feature>,
    pub(crate) standardizer: Option<Standardizer>,
}
