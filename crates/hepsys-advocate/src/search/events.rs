//! Simulated events of all channels, and batches of them that hold every channel.

use hepsys_core::{Sample, Stream};
use hepsys_nn::{Batch, NnError};
use rand::seq::SliceRandom;

use super::function::{Function, Table};
use super::head::Head;

/// Events of each channel, in the order of the question's channels.
#[derive(Debug, Clone)]
pub(crate) struct Events {
    channels: Vec<Channel>,
    /// Whether a batch is always all of it, as for events to validate on.
    is_whole: bool,
}

#[derive(Debug, Clone)]
struct Channel {
    /// `[n_features][n_events]`
    points: Table,
    weights: Vec<f64>,
}

impl Events {
    pub(crate) fn of(samples: &[Sample]) -> Self {
        // An event without weight is none: a part of the simulation could hold nothing else.
        let channel = |sample: &Sample| {
            let all = Channel {
                points: sample.columns().map(<[f64]>::to_vec).collect(),
                weights: sample.weights().iter().collect(),
            };
            let counts: Vec<usize> =
                (0..all.weights.len()).filter(|&event| all.weights[event] > 0.0).collect();
            if counts.len() == all.weights.len() { all } else { all.take(&counts) }
        };
        Self { channels: samples.iter().map(channel).collect(), is_whole: false }
    }

    /// The same events, which no batch divides.
    pub(crate) fn whole(mut self) -> Self {
        self.is_whole = true;
        self
    }

    pub(crate) fn is_whole(&self) -> bool {
        self.is_whole
    }

    pub(crate) fn n_channels(&self) -> usize {
        self.channels.len()
    }

    pub(crate) fn n_features(&self) -> usize {
        self.channels.first().map_or(0, |channel| channel.points.len())
    }

    /// At most so many events of each channel, from the first.
    pub(crate) fn at_most(&self, n_events: usize) -> Self {
        let head = |values: &Vec<f64>| values[..values.len().min(n_events)].to_vec();
        let channel = |channel: &Channel| Channel {
            points: channel.points.iter().map(head).collect(),
            weights: head(&channel.weights),
        };
        Self { channels: self.channels.iter().map(channel).collect(), is_whole: self.is_whole }
    }

    /// Events for training, validation and test, channel by channel, with these parts for the first two.
    pub(crate) fn split(&self, fractions: (f64, f64), stream: &mut Stream) -> [Self; 3] {
        let mut parts = [(); 3].map(|()| Self { channels: Vec::new(), is_whole: false });
        for channel in &self.channels {
            let n_events = channel.weights.len();
            let mut order: Vec<usize> = (0..n_events).collect();
            order.shuffle(stream);
            let part = |fraction: f64| (fraction * n_events as f64).round() as usize;
            let first = part(fractions.0).clamp(1, n_events - 2);
            let second = (first + part(fractions.1)).clamp(first + 1, n_events - 1);
            for (part, range) in parts.iter_mut().zip([0..first, first..second, second..n_events]) {
                part.channels.push(channel.take(&order[range]));
            }
        }
        parts
    }

    /// All points, channel after channel.
    pub(crate) fn points(&self) -> Table {
        (0..self.n_features())
            .map(|feature| self.channels.iter().flat_map(|c| c.points[feature].iter().copied()).collect())
            .collect()
    }

    /// For each event, its channel and its part in the mean of the channel.
    pub(crate) fn parts(&self) -> impl Iterator<Item = (usize, f64)> {
        self.channels.iter().enumerate().flat_map(|(index, channel)| {
            let total: f64 = channel.weights.iter().sum();
            channel.weights.iter().map(move |weight| (index, weight / total))
        })
    }

    /// The means of some functions over each channel: `[n_channels][n_functions]`.
    pub(crate) fn means(&self, functions: &Table) -> Vec<Vec<f64>> {
        let mut means = vec![vec![0.0; functions.len()]; self.n_channels()];
        for (event, (channel, part)) in self.parts().enumerate() {
            for (mean, function) in means[channel].iter_mut().zip(functions) {
                *mean += part * function[event];
            }
        }
        means
    }

    /// $\partial L/\partial h$ of each event of a loss of the means.
    pub(crate) fn by_functions(&self, by_means: &[Vec<f64>]) -> Table {
        let n_functions = by_means.first().map_or(0, Vec::len);
        (0..n_functions)
            .map(|j| self.parts().map(|(channel, part)| part * by_means[channel][j]).collect())
            .collect()
    }

    /// $H_{cj} = \langle h_j \rangle_c$
    pub(crate) fn mean_functions(
        &self,
        function: &dyn Function,
        head: Head,
    ) -> Result<Vec<Vec<f64>>, NnError> {
        Ok(self.means(&head.functions(&function.outputs(&self.points())?)))
    }
}

impl Channel {
    fn take(&self, events: &[usize]) -> Self {
        let take = |values: &Vec<f64>| events.iter().map(|&event| values[event]).collect();
        Self { points: self.points.iter().map(take).collect(), weights: take(&self.weights) }
    }
}

/// A place holds one event of each channel; channels that are shorter than the longest come round again.
impl Batch for Events {
    fn n_events(&self) -> usize {
        if self.is_whole { 1 } else { self.channels.iter().map(|c| c.weights.len()).max().unwrap_or(0) }
    }

    fn take(&self, places: &[usize]) -> Self {
        if self.is_whole {
            return self.clone();
        }
        let n_places = self.n_events();
        let channel = |channel: &Channel| {
            let n_events = channel.weights.len();
            let events: Vec<usize> = places.iter().map(|place| place % n_events).collect();
            let mut taken = channel.take(&events);
            // An event that comes round more often counts less each time.
            for (weight, event) in taken.weights.iter_mut().zip(&events) {
                *weight /= (n_places / n_events + usize::from(*event < n_places % n_events)) as f64;
            }
            taken
        };
        Self { channels: self.channels.iter().map(channel).collect(), is_whole: false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hepsys_core::{Feature, Seed, Weights};

    fn events(n: &[usize]) -> Events {
        let sample = |n: &usize| {
            let x: Vec<f64> = (0..*n).map(|i| i as f64).collect();
            let weights = Weights::new((0..*n).map(|i| 1.0 + i as f64).collect::<Vec<_>>()).unwrap();
            Sample::from_columns([(Feature::new("x", "1"), x)]).unwrap().with_weights(weights).unwrap()
        };
        Events::of(&n.iter().map(sample).collect::<Vec<_>>())
    }

    #[test]
    fn an_epoch_holds_every_channel_with_its_mean() {
        let events = events(&[10, 4, 7]);
        let places: Vec<usize> = (0..events.n_events()).rev().collect();
        let epoch = events.take(&places);
        let (all, epoch) = (events.means(&events.points()), epoch.means(&epoch.points()));
        for (a, b) in all.iter().zip(&epoch) {
            assert!((a[0] - b[0]).abs() < 1e-12, "{a:?} {b:?}");
        }
    }

    #[test]
    fn the_three_parts_share_no_event_and_lose_none() {
        let events = events(&[20, 9]);
        let parts = events.split((0.5, 0.25), &mut Seed::new(3).stream());
        let mut points: Vec<f64> = parts.iter().flat_map(|part| part.channels[0].points[0].clone()).collect();
        points.sort_by(f64::total_cmp);
        assert_eq!(points, (0..20).map(f64::from).collect::<Vec<_>>());
        assert_eq!(parts.map(|part| part.channels[0].weights.len()), [10, 5, 5]);
    }
}
