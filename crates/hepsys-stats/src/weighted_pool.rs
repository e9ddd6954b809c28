use hepsys_core::{Sample, Stream, Weights};
use rand::seq::index;
use rand_distr::{Distribution, StandardUniform};

use crate::StatsError;

/// A finite file of weighted events from which toys draw unweighted ones.
///
/// Events are visited in random order and accepted with probability $w_i / \max_j w_j$ until there are enough.
/// So they follow the weighted distribution, and no event of the file enters a toy twice, as happens where events are drawn
/// with replacement: a test that sees both copies takes them for a peak.
///
/// ```
/// use hepsys_core::{Feature, Sample, Seed, Weights};
/// use hepsys_stats::WeightedPool;
///
/// let x: Vec<f64> = (0..1000).map(|i| f64::from(i % 2)).collect();
/// let weights = x.iter().map(|x| 1.0 + 3.0 * x).collect::<Vec<_>>();
/// let file = Sample::from_columns([(Feature::new("x", "1"), x)])?.with_weights(Weights::new(weights)?)?;
/// let pool = WeightedPool::new(file)?;
/// assert_eq!(pool.n_unweighted(), 625.0);
/// let toy = pool.draw(400, &mut Seed::new(1).stream())?;
/// // Four of five events are of the heavier kind.
/// let heavy: f64 = toy.column("x")?.iter().sum();
/// assert!((heavy / 400.0 - 0.8).abs() < 0.05);
/// # Ok::<(), hepsys_stats::StatsError>(())
/// ```
#[derive(Debug, Clone)]
pub struct WeightedPool {
    /// With unit weights.
    events: Sample,
    /// The probability to accept each.
    acceptance: Vec<f64>,
}

impl WeightedPool {
    /// The pool of a sample and its weights.
    ///
    /// # Errors
    ///
    /// [`StatsError::BadValue`] for a negative weight, which no probability can stand for, [`StatsError::BadParameter`] if all
    /// weights are zero.
    pub fn new(sample: Sample) -> Result<Self, StatsError> {
        let weights: Vec<f64> = sample.weights().iter().collect();
        crate::compound_poisson::check_not_negative("the weights of a pool", &weights)?;
        let largest = weights.iter().copied().fold(0.0, f64::max);
        if largest == 0.0 {
            return Err(StatsError::bad_parameter("the largest weight of a pool", "positive", largest));
        }
        let events = sample.with_weights(Weights::unit(weights.len()))?;
        Ok(Self { events, acceptance: weights.into_iter().map(|w| w / largest).collect() })
    }

    /// How many unweighted events the file is worth on average, $\sum_i w_i / \max_j w_j$.
    #[must_use]
    pub fn n_unweighted(&self) -> f64 {
        self.acceptance.iter().sum()
    }

    /// The events of a toy, with unit weights and in random order.
    ///
    /// # Errors
    ///
    /// [`StatsError::PoolTooSmall`] if fewer are accepted; [`n_unweighted`](Self::n_unweighted) says how many to expect.
    pub fn draw(&self, n_events: usize, stream: &mut Stream) -> Result<Sample, StatsError> {
        let n = self.events.n_events();
        let order = index::sample(stream, n, n);
        let mut accepted = Vec::with_capacity(n_events);
        for i in order {
            if accepted.len() == n_events {
                break;
            }
            let uniform: f64 = StandardUniform.sample(stream);
            if uniform < self.acceptance[i] {
                accepted.push(i);
            }
        }
        if accepted.len() < n_events {
            let what = "a toy of unweighted events".to_owned();
            return Err(StatsError::PoolTooSmall { what, asked: n_events, available: accepted.len() });
        }
        Ok(self.events.take(&accepted)?)
    }
}

#[cfg(test)]
mod tests {
    use hepsys_core::{Feature, Seed};

    use super::*;

    fn numbered(weights: &[f64]) -> Sample {
        let x: Vec<f64> = (0..weights.len()).map(|i| i as f64).collect();
        let sample = Sample::from_columns([(Feature::new("x", "1"), x)]).unwrap();
        sample.with_weights(Weights::new(weights.to_vec()).unwrap()).unwrap()
    }

    #[test]
    fn no_event_is_drawn_twice_and_none_without_weight() {
        let weights: Vec<f64> = (0..200).map(|i| f64::from(i % 4)).collect();
        let pool = WeightedPool::new(numbered(&weights)).unwrap();
        for seed in 0..20 {
            let toy = pool.draw(60, &mut Seed::new(seed).stream()).unwrap();
            let mut drawn: Vec<f64> = toy.column("x").unwrap().to_vec();
            assert!(toy.weights().are_unit() && drawn.iter().all(|x| !(*x as usize).is_multiple_of(4)));
            drawn.sort_by(f64::total_cmp);
            drawn.dedup();
            assert_eq!(drawn.len(), 60);
        }
    }

    #[test]
    fn events_are_drawn_in_proportion_to_their_weights() {
        // The first event of a toy is a draw from the weights; so many events that some are always accepted.
        let kinds = [0.1, 0.4, 1.0, 2.5];
        let weights: Vec<f64> = (0..400).map(|i| kinds[i % 4]).collect();
        let pool = WeightedPool::new(numbered(&weights)).unwrap();
        assert!((pool.n_unweighted() - 160.0).abs() < 1e-9);
        let n_toys = 4000;
        let mut counts = [0.0; 4];
        for seed in 0..n_toys {
            let toy = pool.draw(1, &mut Seed::new(seed).stream()).unwrap();
            counts[toy.column("x").unwrap()[0] as usize % 4] += 1.0;
        }
        for (count, weight) in counts.into_iter().zip(kinds) {
            let p = weight / 4.0;
            // Four standard deviations of a binomial count; the seeds are fixed.
            let tolerance = 4.0 * (n_toys as f64 * p * (1.0 - p)).sqrt();
            assert!((count - n_toys as f64 * p).abs() < tolerance, "{count} of weight {weight}");
        }
    }

    #[test]
    fn what_cannot_be_drawn_is_an_error() {
        let error = WeightedPool::new(numbered(&[1.0, -0.5])).unwrap_err().to_string();
        assert_eq!(error, "the weights of a pool must be finite and not negative, but value 1 is -0.5");
        assert!(WeightedPool::new(numbered(&[0.0])).is_err());
        let pool = WeightedPool::new(numbered(&[1.0; 5])).unwrap();
        let error = pool.draw(6, &mut Seed::new(1).stream()).unwrap_err().to_string();
        assert_eq!(error, "the pool has 5 events for a toy of unweighted events, but a toy asks for 6");
    }
}
