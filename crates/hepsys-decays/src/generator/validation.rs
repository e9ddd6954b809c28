use hepsys_core::Seed;
use hepsys_stats::KolmogorovSmirnov;

use super::mode_sample::check_names;
use super::model::index_of;
use super::{KinematicsGenerator, ModeSample};
use crate::DecaysError;

/// How far the events of a generator are from simulated ones: the Kolmogorov–Smirnov distance of each feature in each
/// mode, with the weights of the events.
#[derive(Debug, Clone, PartialEq)]
pub struct GeneratorValidation {
    modes: Vec<String>,
    features: Vec<String>,
    /// Mode by mode, one for each feature.
    tests: Vec<Vec<KolmogorovSmirnov>>,
    noise: f64,
}

impl GeneratorValidation {
    /// Compares `n_events` events of each mode with simulated ones, which the generator should not have been trained on.
    ///
    /// # Errors
    ///
    /// [`DecaysError::UnknownMode`] for a mode that the generator has not learnt, [`DecaysError::BadMode`] for one that
    /// is there twice or has other features, [`DecaysError::BadParameter`] without events.
    pub fn new(
        generator: &KinematicsGenerator,
        simulated: &[ModeSample],
        n_events: usize,
        seed: Seed,
    ) -> Result<Self, DecaysError> {
        if n_events == 0 {
            return Err(DecaysError::bad("the number of events to compare", "positive", 0));
        }
        let draw = |mode: &ModeSample| {
            let name = mode.name();
            ModeSample::new(name, generator.sample(name, n_events, seed.named(name))?)
        };
        let drawn = simulated.iter().map(draw).collect::<Result<Vec<_>, DecaysError>>()?;
        Self::between(simulated, &drawn)
    }

    /// Compares two simulations: how much a transport has to move, or how small a distance can be.
    ///
    /// # Errors
    ///
    /// [`DecaysError::UnknownMode`] for a mode that `other` lacks, [`DecaysError::BadMode`] for one that is there twice
    /// or has other features, [`DecaysError::BadParameter`] without modes.
    pub fn between(simulated: &[ModeSample], other: &[ModeSample]) -> Result<Self, DecaysError> {
        check_names(simulated)?;
        let others: Vec<String> = other.iter().map(|mode| mode.name().to_owned()).collect();
        let features = simulated[0].sample().schema().features();
        let mut tests = Vec::with_capacity(simulated.len());
        let mut noise = 0.0;
        for mode in simulated {
            let whose = format!("mode \"{}\"", simulated[0].name());
            let first = mode.with_features(features, &whose)?;
            let second = other[index_of(&others, mode.name())?].with_features(features, &whose)?;
            let (n, m) = (first.weights().effective_entries(), second.weights().effective_entries());
            noise += MEAN_OF_KOLMOGOROV / (n * m / (n + m)).sqrt() / simulated.len() as f64;
            let of_mode = first.columns().zip(second.columns()).map(|(a, b)| {
                KolmogorovSmirnov::weighted_two_sample(a, first.weights(), b, second.weights())
            });
            tests.push(of_mode.collect::<Result<_, _>>()?);
        }
        let modes = simulated.iter().map(|mode| mode.name().to_owned()).collect();
        let features = features.iter().map(|feature| feature.name().to_owned()).collect();
        Ok(Self { modes, features, tests, noise })
    }

    /// The modes that were compared.
    #[must_use]
    pub fn modes(&self) -> &[String] {
        &self.modes
    }

    /// The features that were compared.
    #[must_use]
    pub fn features(&self) -> &[String] {
        &self.features
    }

    /// The distances, mode by mode.
    ///
    /// # Shapes
    ///
    /// `[n_modes][n_features]`
    #[must_use]
    pub fn distances(&self) -> Vec<Vec<f64>> {
        self.tests.iter().map(|of_mode| of_mode.iter().map(KolmogorovSmirnov::statistic).collect()).collect()
    }

    /// The test of one feature in one mode, or `None` if it was not compared.
    #[must_use]
    pub fn test(&self, mode: &str, feature: &str) -> Option<&KolmogorovSmirnov> {
        let mode = self.modes.iter().position(|known| known == mode)?;
        let feature = self.features.iter().position(|known| known == feature)?;
        Some(&self.tests[mode][feature])
    }

    /// The mean of all distances.
    #[must_use]
    pub fn mean(&self) -> f64 {
        mean(&self.distances().concat())
    }

    /// The mean distance of each feature over the modes.
    #[must_use]
    pub fn mean_of_features(&self) -> Vec<f64> {
        let distances = self.distances();
        let of = |feature: usize| mean(&distances.iter().map(|mode| mode[feature]).collect::<Vec<_>>());
        (0..self.features.len()).map(of).collect()
    }

    /// The mean distance of each mode over the features.
    #[must_use]
    pub fn mean_of_modes(&self) -> Vec<f64> {
        self.distances().iter().map(|mode| mean(mode)).collect()
    }

    /// The largest distance, with its mode and feature.
    #[must_use]
    pub fn largest(&self) -> (&str, &str, f64) {
        let all = self.modes.iter().zip(&self.tests).flat_map(|(mode, tests)| {
            self.features
                .iter()
                .zip(tests)
                .map(move |(feature, test)| (mode.as_str(), feature.as_str(), test.statistic()))
        });
        all.max_by(|a, b| a.2.total_cmp(&b.2)).unwrap_or(("", "", 0.0))
    }

    /// The mean distance that two samples of these sizes have if their distribution is one and the same.
    ///
    /// $\sqrt{\pi/2}\\, \ln 2 / \sqrt{n m / (n + m)}$ for samples that are worth $n$ and $m$ events; one in twenty is
    /// above 1.56 times that.
    #[must_use]
    pub fn noise(&self) -> f64 {
        self.noise
    }
}

/// $\sqrt{\pi/2} \ln 2$, the mean of Kolmogorov's distribution.
const MEAN_OF_KOLMOGOROV: f64 = 0.868_731_160_636_159_8;

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

#[cfg(test)]
mod tests {
    use hepsys_core::{Feature, Sample, Weights};
    use rand::RngExt;

    use super::*;

    fn mode(name: &str, n: usize, power: i32, seed: u64) -> ModeSample {
        let mut stream = Seed::new(seed).stream();
        let mut column = || (0..n).map(|_| stream.random::<f64>().powi(power)).collect::<Vec<_>>();
        let columns = [(Feature::new("x", "1"), column()), (Feature::new("y", "1"), column())];
        ModeSample::new(name, Sample::from_columns(columns).unwrap()).unwrap()
    }

    #[test]
    fn samples_of_one_distribution_are_apart_by_the_noise() {
        let modes = |seed: u64| (0..10).map(|i| mode(&i.to_string(), 1000, 1, seed + i)).collect::<Vec<_>>();
        let validation = GeneratorValidation::between(&modes(0), &modes(100)).unwrap();
        // Twenty distances, each within 30 % of the mean.
        assert!((validation.mean() / validation.noise() - 1.0).abs() < 0.25, "{validation:?}");
        let (mode, feature, distance) = validation.largest();
        assert_eq!(validation.test(mode, feature).unwrap().statistic(), distance);
        assert_eq!(validation.test("none", "x"), None);
    }

    #[test]
    fn weights_can_turn_one_distribution_into_another() {
        // x² of a uniform x has the density 1/(2√u); weights √u make it uniform.
        let (squared, uniform) = (mode("m", 4000, 2, 1), mode("m", 4000, 1, 2));
        let plain =
            GeneratorValidation::between(std::slice::from_ref(&uniform), std::slice::from_ref(&squared))
                .unwrap();
        let weights: Vec<f64> = squared.sample().column("x").unwrap().iter().map(|u| u.sqrt()).collect();
        let weighted = squared.sample().clone().with_weights(Weights::new(weights).unwrap()).unwrap();
        let weighted = ModeSample::new("m", weighted).unwrap();
        let validation = GeneratorValidation::between(&[uniform], &[weighted]).unwrap();
        // The distance of √u from u is 1/4 at u = 1/4; the noise is .02.
        assert!((plain.test("m", "x").unwrap().statistic() - 0.25).abs() < 0.04);
        assert!(validation.test("m", "x").unwrap().statistic() < 0.04);
    }

    #[test]
    fn a_mode_that_is_missing_is_named() {
        let error = GeneratorValidation::between(&[mode("a", 5, 1, 1)], &[mode("b", 5, 1, 1)]).unwrap_err();
        assert_eq!(error.to_string(), "there is no mode \"a\"; there are b");
    }
}
