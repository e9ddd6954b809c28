use std::fmt::{self, Display};

use super::channel::SampleTerm;
use super::derivatives::Scratch;
use super::{Data, Model};

/// An expectation that no count can have: it is negative, or no number.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct InvalidYield {
    /// The channel.
    pub channel: String,
    /// The sample, or none for the sum of all.
    pub sample: Option<String>,
    /// The bin within the channel, counted from zero.
    pub bin: usize,
    /// What is expected.
    pub value: f64,
}

impl Display for InvalidYield {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { channel, sample, bin, value } = self;
        match sample {
            Some(sample) => {
                write!(f, "sample \"{sample}\" has {value} in bin {bin} of channel \"{channel}\"")
            }
            None => write!(f, "{value} events are expected in bin {bin} of channel \"{channel}\""),
        }
    }
}

/// Not for NaN either.
fn can_be_expected(value: f64) -> bool {
    value >= 0.0
}

impl Model {
    /// The expectations at these parameters that no count can have, bin by bin: of all samples together, then of each.
    ///
    /// A sample may be negative where others outweigh it, as those with negative weights are; their sum may not.
    #[must_use]
    pub fn invalid_yields(&self, parameters: &[f64]) -> Vec<InvalidYield> {
        let mut scratch = Scratch::default();
        let mut invalid = Vec::new();
        for channel in &self.channels {
            let total = channel.expect(parameters, &mut scratch).to_vec();
            let samples = channel.samples(&mut scratch);
            for (bin, value) in total.into_iter().enumerate() {
                let each = samples.iter().map(|(name, yields)| (Some((*name).to_owned()), yields[bin]));
                let bad =
                    std::iter::once((None, value)).chain(each).filter(|(_, value)| !can_be_expected(*value));
                invalid.extend(bad.map(|(sample, value)| {
                    let channel = channel.name.clone();
                    InvalidYield { channel, sample, bin, value }
                }));
            }
        }
        invalid
    }

    /// Why these data are impossible at these parameters, by name; `None` if they are not.
    pub(super) fn diagnose(&self, data: &Data, parameters: &[f64]) -> Option<String> {
        if let Some(parameter) = self.parameters.iter().zip(parameters).find(|(_, v)| !v.is_finite()) {
            return Some(format!("\"{}\" is {}", parameter.0.name, parameter.1));
        }
        let bad = data.counts.iter().position(|n| !can_be_expected(*n) || n.is_infinite());
        if let Some((bin, channel)) =
            bad.and_then(|b| Some((b, self.channels.iter().find(|c| c.bins.contains(&b))?)))
        {
            let (count, bin) = (data.counts[bin], bin - channel.bins.start);
            return Some(format!("the count of bin {bin} of channel \"{}\" is {count}", channel.name));
        }
        let yields = self.yields(parameters);
        let is_impossible =
            |bin: usize| !(yields[bin] > 0.0 || yields[bin] == 0.0 && data.counts[bin] == 0.0);
        if let Some(bin) = (0..self.n_bins).find(|&bin| is_impossible(bin)) {
            return Some(self.describe(bin, yields[bin], data.counts[bin], parameters));
        }
        let terms = self.auxiliaries.iter().zip(&data.auxiliary);
        let mut impossible =
            terms.filter(|(term, a)| !term.density.jet(**a, parameters[term.parameter]).value.is_finite());
        impossible.next().map(|(term, a)| {
            let name = &self.parameters[term.parameter].name;
            format!("\"{name}\" cannot be {} where {a} was measured", parameters[term.parameter])
        })
    }

    /// What is expected in a bin, and which samples make it impossible.
    fn describe(&self, bin: usize, expected: f64, count: f64, parameters: &[f64]) -> String {
        let Some(channel) = self.channels.iter().find(|c| c.bins.contains(&bin)) else {
            return String::new();
        };
        let in_channel = bin - channel.bins.start;
        let mut scratch = Scratch::default();
        channel.expect(parameters, &mut scratch);
        let samples = channel.samples(&mut scratch);
        let bad = samples
            .iter()
            .map(|(name, yields)| (name, yields[in_channel]))
            .filter(|(_, y)| !can_be_expected(*y));
        let named: Vec<String> = bad.map(|(name, value)| format!("\"{name}\" {value}")).collect();
        let mut text = format!(
            "{count} events were observed and {expected} are expected in bin {in_channel} of channel \"{}\"",
            channel.name
        );
        if !named.is_empty() {
            text += &format!(" (of {})", named.join(", "));
        } else if channel.samples.iter().all(SampleTerm::is_fixed) {
            text += ", which no parameter changes";
        }
        text
    }
}
