//! Where channels, samples and bins of a document stand in the model.

use std::ops::Range;

use super::WorkspaceError;
use super::document::{Channel, Modifier, Sample};
use super::registry::Registry;

/// The channels and samples of a document in the order of their names, and the bins of each channel.
pub(super) struct Layout<'a> {
    /// With their places in the document.
    pub(super) channels: Vec<(usize, &'a Channel)>,
    pub(super) samples: Vec<Vec<(usize, &'a Sample)>>,
    pub(super) bins: Vec<Range<usize>>,
    pub(super) n_bins: usize,
}

impl<'a> Layout<'a> {
    pub(super) fn of(channels: &'a [Channel]) -> Result<Self, WorkspaceError> {
        let channels = sorted(channels, "channels", |c| &c.name)?;
        let samples: Vec<Vec<(usize, &Sample)>> = channels
            .iter()
            .map(|(i, c)| sorted(&c.samples, &format!("channels[{i}].samples"), |s| &s.name))
            .collect::<Result<_, _>>()?;
        let mut bins = Vec::new();
        let mut n_bins = 0;
        for (c, channel) in &channels {
            let Some(first) = channel.samples.first() else {
                return Err(WorkspaceError::at(format!("channels[{c}]"), "has no samples"));
            };
            if first.data.is_empty() {
                let at = format!("channels[{c}] (\"{}\")", channel.name);
                return Err(WorkspaceError::at(at, "has no bins"));
            }
            for (s, sample) in channel.samples.iter().enumerate() {
                Place::new(*c, channel, s, sample).check_lengths(first.data.len())?;
            }
            bins.push(n_bins..n_bins + first.data.len());
            n_bins += first.data.len();
        }
        Ok(Self { channels, samples, bins, n_bins })
    }

    /// All modifiers, in the order in which pyhf meets them.
    pub(super) fn registry(&self) -> Result<Registry, WorkspaceError> {
        let mut registry = Registry::default();
        for (((c, channel), samples), bins) in self.channels.iter().zip(&self.samples).zip(&self.bins) {
            for (s, sample) in samples {
                let place = Place::new(*c, channel, *s, sample);
                let mut modifiers: Vec<(usize, &Modifier)> = sample.modifiers.iter().enumerate().collect();
                modifiers.sort_by(|(_, a), (_, b)| (&a.name, &a.kind).cmp(&(&b.name, &b.kind)));
                for (m, modifier) in modifiers {
                    registry.see(modifier, &place.modifier(m, modifier), *c, bins.len(), sample)?;
                }
            }
        }
        Ok(registry)
    }
}

/// The items with their places in the document, by name; a name may stand only once.
pub(super) fn sorted<'a, T>(
    items: &'a [T],
    at: &str,
    name: impl Fn(&T) -> &String,
) -> Result<Vec<(usize, &'a T)>, WorkspaceError> {
    let mut sorted: Vec<(usize, &T)> = items.iter().enumerate().collect();
    sorted.sort_by(|(_, a), (_, b)| name(a).cmp(name(b)));
    match sorted.windows(2).find(|pair| name(pair[0].1) == name(pair[1].1)) {
        Some(pair) => {
            let (first, second) = (pair[0].0, pair[1].0);
            let problem = format!("has the name \"{}\" of {at}[{first}]", name(pair[0].1));
            Err(WorkspaceError::at(format!("{at}[{second}]"), problem))
        }
        None => Ok(sorted),
    }
}

/// Where a sample stands in the document.
pub(super) struct Place {
    path: String,
    nominal: usize,
    has_bad_value: Option<usize>,
}

impl Place {
    pub(super) fn new(c: usize, channel: &Channel, s: usize, sample: &Sample) -> Self {
        Self {
            path: format!("channels[{c}] (\"{}\").samples[{s}] (\"{}\")", channel.name, sample.name),
            nominal: sample.data.len(),
            has_bad_value: sample.data.iter().position(|v| !v.is_finite()),
        }
    }

    pub(super) fn check_lengths(&self, n_bins: usize) -> Result<(), WorkspaceError> {
        let at = format!("{}.data", self.path);
        if self.nominal != n_bins {
            let problem =
                format!("has {} bins, expected {n_bins} as the channel's first sample", self.nominal);
            return Err(WorkspaceError::at(at, problem));
        }
        match self.has_bad_value {
            Some(bin) => Err(WorkspaceError::at(format!("{at}[{bin}]"), "is not finite")),
            None => Ok(()),
        }
    }

    pub(super) fn modifier(&self, m: usize, modifier: &Modifier) -> String {
        format!("{}.modifiers[{m}] (\"{}\", {})", self.path, modifier.name, modifier.kind)
    }
}
