use std::collections::HashSet;

use hepsys_core::{Sample, Stream};
use rand::seq::index;

use crate::StatsError;

/// A finite file of events from which toys draw their data and their reference.
///
/// Within a toy both are drawn without replacement and share no event of the file (no *raw* event).
/// Different toys draw from the same file, so they do share events: [`overlap`](Self::overlap) says how many.
///
/// The data may come from another version of the events than the reference, for instance shifted by a nuisance parameter
/// and selected after the shift. Each version lists the raw index of each of its events, so that a raw event never
/// enters a toy twice.
///
/// ```
/// use hepsys_core::{Feature, Sample, Seed};
/// use hepsys_stats::EventPool;
///
/// let file = Sample::from_columns([(Feature::new("x", "1"), (0..1000).map(f64::from).collect::<Vec<_>>())])?;
/// let pool = EventPool::new(file);
/// let (data, reference) = pool.draw(20, 100, &mut Seed::new(1).named("toy").stream())?;
/// assert_eq!((data.n_events(), reference.n_events()), (20, 100));
/// assert!(data.column("x")?.iter().all(|x| !reference.column("x").unwrap().contains(x)));
/// assert_eq!(pool.overlap(20).disjoint_data_sets, 50);
/// # Ok::<(), hepsys_stats::StatsError>(())
/// ```
#[derive(Debug, Clone)]
pub struct EventPool {
    reference: RawEvents,
    data: Option<RawEvents>,
}

impl EventPool {
    /// A pool of all events of a sample, whose indices are the raw indices.
    #[must_use]
    pub fn new(reference: Sample) -> Self {
        let raw_indices = (0..reference.n_events()).collect();
        Self { reference: RawEvents { sample: reference, raw_indices }, data: None }
    }

    /// A pool of events that were selected from a file, with the index of each in the file.
    ///
    /// # Errors
    ///
    /// [`StatsError::BadParameter`] unless there is an index for each event, [`StatsError::DuplicateEvent`] if two agree.
    pub fn of_raw_events(reference: Sample, raw_indices: Vec<usize>) -> Result<Self, StatsError> {
        Ok(Self { reference: RawEvents::new(reference, raw_indices)?, data: None })
    }

    /// The same pool, with data drawn from another version of its raw events.
    ///
    /// # Errors
    ///
    /// As [`of_raw_events`](Self::of_raw_events).
    pub fn with_data(mut self, data: Sample, raw_indices: Vec<usize>) -> Result<Self, StatsError> {
        self.data = Some(RawEvents::new(data, raw_indices)?);
        Ok(self)
    }

    /// The events from which the reference is drawn.
    #[must_use]
    pub fn reference(&self) -> &Sample {
        &self.reference.sample
    }

    /// The events from which the data are drawn.
    #[must_use]
    pub fn data(&self) -> &Sample {
        &self.data_events().sample
    }

    /// The data and the reference of a toy, with the weights that their events have in the pool.
    ///
    /// The pool is not shuffled: most of the time goes into copying the events that are drawn.
    ///
    /// # Errors
    ///
    /// [`StatsError::PoolTooSmall`] if there are not that many events, or not that many once the data are drawn.
    pub fn draw(
        &self,
        n_data: usize,
        n_reference: usize,
        stream: &mut Stream,
    ) -> Result<(Sample, Sample), StatsError> {
        let from = self.data_events();
        let data = from.draw("the data", n_data, stream)?;
        let taken: HashSet<usize> = data.iter().map(|&i| from.raw_indices[i]).collect();
        // A random order of the reference pool without the taken events begins like a random order of all of it
        // that is long enough to lose every taken event.
        let enough = n_reference.saturating_add(n_data).min(self.reference.sample.n_events());
        let drawn = self.reference.draw("the reference", enough, stream)?;
        let reference: Vec<usize> = drawn
            .into_iter()
            .filter(|&i| !taken.contains(&self.reference.raw_indices[i]))
            .take(n_reference)
            .collect();
        if reference.len() < n_reference {
            return Err(StatsError::PoolTooSmall {
                what: "the reference besides the data".into(),
                asked: n_reference,
                available: reference.len(),
            });
        }
        Ok((from.sample.take(&data)?, self.reference.sample.take(&reference)?))
    }

    /// How far toys with `n_data` events of data are from being independent.
    #[must_use]
    pub fn overlap(&self, n_data: usize) -> PoolOverlap {
        let n_events = self.data().n_events();
        PoolOverlap {
            disjoint_data_sets: n_events.checked_div(n_data).unwrap_or(usize::MAX),
            shared_fraction: if n_events == 0 { 0.0 } else { (n_data as f64 / n_events as f64).min(1.0) },
        }
    }

    fn data_events(&self) -> &RawEvents {
        self.data.as_ref().unwrap_or(&self.reference)
    }
}

/// How many events toys from one pool have in common.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct PoolOverlap {
    /// How many data sets without a common event the pool holds.
    pub disjoint_data_sets: usize,
    /// The expected fraction of the data of one toy that are also among the data of another one.
    pub shared_fraction: f64,
}

#[derive(Debug, Clone)]
struct RawEvents {
    sample: Sample,
    raw_indices: Vec<usize>,
}

impl RawEvents {
    fn new(sample: Sample, raw_indices: Vec<usize>) -> Result<Self, StatsError> {
        if raw_indices.len() != sample.n_events() {
            return Err(StatsError::bad_parameter(
                "the number of raw indices",
                format!("the number of events, {}", sample.n_events()),
                raw_indices.len(),
            ));
        }
        let mut seen = HashSet::with_capacity(raw_indices.len());
        match raw_indices.iter().find(|&&i| !seen.insert(i)) {
            Some(&twice) => Err(StatsError::DuplicateEvent(twice)),
            None => Ok(Self { sample, raw_indices }),
        }
    }

    /// Different positions in the sample, in random order.
    fn draw(&self, what: &str, n: usize, stream: &mut Stream) -> Result<Vec<usize>, StatsError> {
        let available = self.sample.n_events();
        if available < n {
            return Err(StatsError::PoolTooSmall { what: what.into(), asked: n, available });
        }
        Ok(index::sample(stream, available, n).into_vec())
    }
}

#[cfg(test)]
mod tests {
    use hepsys_core::{Feature, Seed};
    use proptest::prelude::*;

    use super::*;

    fn numbered(values: impl Iterator<Item = usize>) -> Sample {
        Sample::from_columns([(Feature::new("x", "1"), values.map(|i| i as f64).collect::<Vec<_>>())])
            .unwrap()
    }

    fn raw(sample: &Sample) -> HashSet<usize> {
        sample.column("x").unwrap().iter().map(|&x| x as usize).collect()
    }

    proptest! {
        #[test]
        fn a_toy_holds_no_raw_event_twice(n_data in 0_usize..30, n_reference in 0_usize..40, seed in 0_u64..1000) {
            // The data pool lacks the raw events 0 to 19, the reference pool 80 to 99.
            let pool = EventPool::of_raw_events(numbered(0..80), (0..80).collect()).unwrap();
            let pool = pool.with_data(numbered(20..100), (20..100).collect()).unwrap();
            let (data, reference) = pool.draw(n_data, n_reference, &mut Seed::new(seed).stream()).unwrap();
            prop_assert_eq!(raw(&data).len(), n_data);
            prop_assert_eq!(raw(&reference).len(), n_reference);
            prop_assert!(raw(&data).is_disjoint(&raw(&reference)));
        }
    }

    #[test]
    fn a_pool_can_be_emptied_but_not_overdrawn() {
        let pool = EventPool::new(numbered(0..50));
        let mut stream = Seed::new(1).stream();
        let (data, reference) = pool.draw(20, 30, &mut stream).unwrap();
        assert_eq!(raw(&data).union(&raw(&reference)).count(), 50);
        let error = pool.draw(20, 31, &mut stream).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the pool has 30 events for the reference besides the data, but a toy asks for 31"
        );
        let error = pool.draw(51, 0, &mut stream).unwrap_err();
        assert_eq!(error.to_string(), "the pool has 50 events for the data, but a toy asks for 51");
    }

    #[test]
    fn every_event_is_drawn_equally_often() {
        let pool = EventPool::new(numbered(0..10));
        let mut counts = [[0_u32; 10]; 2];
        let n_toys = 4000;
        for toy in 0..n_toys {
            let (data, reference) = pool.draw(2, 4, &mut Seed::new(7).index(toy).stream()).unwrap();
            raw(&data).iter().for_each(|&i| counts[0][i] += 1);
            raw(&reference).iter().for_each(|&i| counts[1][i] += 1);
        }
        for (counts, probability) in counts.iter().zip([0.2, 0.4]) {
            let sigma = (f64::from(n_toys as u32) * probability * (1.0 - probability)).sqrt();
            for &count in counts {
                // Five standard deviations of a binomial count; the seed is fixed.
                assert!((f64::from(count) - n_toys as f64 * probability).abs() < 5.0 * sigma);
            }
        }
    }

    #[test]
    fn raw_indices_belong_to_the_events() {
        let error = EventPool::of_raw_events(numbered(0..3), vec![0, 1]).unwrap_err();
        assert_eq!(error.to_string(), "the number of raw indices must be the number of events, 3, got 2");
        let error = EventPool::of_raw_events(numbered(0..3), vec![0, 1, 0]).unwrap_err();
        assert_eq!(error.to_string(), "raw event 0 appears twice in the pool");
    }
}
