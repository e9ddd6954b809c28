use std::ops::Range;

use hepsys_core::{Feature, Sample, Weights};

use crate::{AdversarialError, Scores};

/// The features of an event itself that it is judged by: the number of jets, $H_T$ in GeV, and missing $H_T$ over $H_T$. None
/// of them is a time.
pub const EVENT_COLUMNS: [&str; 3] = ["n_jet", "ht", "ht_miss_over_ht"];

/// Their units.
pub(crate) const EVENT_UNITS: [&str; 3] = ["1", "GeV", "1"];

/// How many of the most signal-like jets of an event count, and of those most like another class.
const N_LEADING: usize = 2;

/// Events with the scores of their jets.
///
/// ```
/// use hepsys_adversarial::{Feature, Sample, ScoredEvents, Scores};
/// // Three jets: two of the first event, one of the second.
/// let classes = ["signal", "multijet", "beam-induced"].map(String::from).to_vec();
/// let scores = Scores::new(classes, vec![vec![0.2, 0.7, 0.1], vec![0.7, 0.2, 0.1], vec![0.1, 0.1, 0.8]])?;
/// let columns = [("n_jet", [2.0, 1.0]), ("ht", [120.0, 80.0]), ("ht_miss_over_ht", [0.1, 1.0])];
/// let events = Sample::from_columns(columns.map(|(name, column)| (Feature::new(name, "1"), column.to_vec())))?;
///
/// let features = ScoredEvents::new(scores, vec![0..2, 2..3], events)?.features("beam-induced")?;
/// assert_eq!(features.n_features(), 11);
/// assert_eq!(features.column("jet_1_signal")?, [0.7, 0.1]);
/// assert_eq!(features.column("jet_2_multijet")?, [0.7, 0.0]);
/// assert_eq!(features.column("largest_1_beam-induced")?, [0.1, 0.8]);
/// # Ok::<(), hepsys_adversarial::AdversarialError>(())
/// ```
#[derive(Debug, Clone)]
pub struct ScoredEvents {
    scores: Scores,
    jets: Vec<Range<usize>>,
    events: Sample,
}

impl ScoredEvents {
    /// Events with [`EVENT_COLUMNS`] and weights, the scores of all their jets, and which of these are those of each event.
    ///
    /// The first class of the scores is the signal.
    ///
    /// # Shapes
    ///
    /// `scores`: `[n_classes][n_jets]`; `jets`: `[n_events]`; `events`: `[n_events, 3]` or more columns
    ///
    /// # Errors
    ///
    /// [`AdversarialError::BadParameter`] unless there is a range for each event with one jet or more, all of which have scores,
    /// or for a score that is not a number; [`AdversarialError::Core`] with the column that `events` lacks.
    pub fn new(scores: Scores, jets: Vec<Range<usize>>, events: Sample) -> Result<Self, AdversarialError> {
        if jets.len() != events.n_events() {
            let expected = format!("as many as events, {}", events.n_events());
            return Err(AdversarialError::bad("the number of ranges of jets", expected, jets.len()));
        }
        let n_jets = scores.n_events();
        if let Some(event) = jets.iter().position(|range| range.is_empty() || range.end > n_jets) {
            let expected = format!("not empty and within the {n_jets} jets with scores");
            let found = format!("{:?}", jets[event]);
            return Err(AdversarialError::bad(format!("the jets of event {event}"), expected, found));
        }
        for (class, column) in scores.classes().iter().zip(scores.columns()) {
            if let Some(jet) = column.iter().position(|score| !score.is_finite()) {
                let name = format!("the score {class} of jet {jet}");
                return Err(AdversarialError::bad(name, "finite", column[jet]));
            }
        }
        for name in EVENT_COLUMNS {
            events.column(name)?;
        }
        Ok(Self { scores, jets, events })
    }

    /// How many events there are.
    #[must_use]
    pub fn n_events(&self) -> usize {
        self.jets.len()
    }

    /// The weights of the events.
    #[must_use]
    pub fn weights(&self) -> &Weights {
        self.events.weights()
    }

    /// The scores of the jets.
    #[must_use]
    pub fn scores(&self) -> &Scores {
        &self.scores
    }

    /// What an event is judged by: every score of the two jets with the largest score of signal, the two largest scores of the
    /// class `veto`, such as beam-induced background, and [`EVENT_COLUMNS`]. Times of clusters are not among them.
    ///
    /// The features are called `jet_1_<class>`, `jet_2_<class>`, `largest_1_<veto>` and `largest_2_<veto>`; those of a second jet
    /// are zero for an event with one, as no scores are.
    ///
    /// # Shapes
    ///
    /// `[n_events, 2 n_classes + 5]`
    ///
    /// # Errors
    ///
    /// [`AdversarialError::NoClass`] if the scores have no class `veto`.
    pub fn features(&self, veto: &str) -> Result<Sample, AdversarialError> {
        let classes = self.scores.classes();
        let against = self.scores.of(veto)?;
        let mut columns = vec![Vec::with_capacity(self.n_events()); N_LEADING * (classes.len() + 1)];
        let signal = &self.scores.columns()[0];
        for jets in &self.jets {
            let leading = largest(signal, jets.clone());
            let vetoing = largest(against, jets.clone());
            let of_jets = leading
                .iter()
                .flat_map(|jet| self.scores.columns().iter().map(move |c| jet.map_or(0.0, |jet| c[jet])));
            let values = of_jets.chain(vetoing.iter().map(|jet| jet.map_or(0.0, |jet| against[jet])));
            columns.iter_mut().zip(values).for_each(|(column, value)| column.push(value));
        }
        let of_jets =
            (1..=N_LEADING).flat_map(|n| classes.iter().map(move |class| format!("jet_{n}_{class}")));
        let names = of_jets.chain((1..=N_LEADING).map(|n| format!("largest_{n}_{veto}")));
        let features = names.map(|name| Feature::new(name, "1")).zip(columns);
        let own = EVENT_COLUMNS
            .iter()
            .zip(EVENT_UNITS)
            .map(|(&name, unit)| Ok((Feature::new(name, unit), self.events.column(name)?.to_vec())));
        let columns = features.map(Ok).chain(own).collect::<Result<Vec<_>, AdversarialError>>()?;
        Ok(Sample::from_columns(columns)?.with_weights(self.weights().clone())?)
    }
}

/// The jets with the largest scores, the first of those with equal ones.
fn largest(scores: &[f64], jets: Range<usize>) -> [Option<usize>; N_LEADING] {
    let mut found = [None; N_LEADING];
    for jet in jets {
        let is_larger = |other: &Option<usize>| other.is_none_or(|other| scores[jet] > scores[other]);
        if let Some(place) = found.iter().position(is_larger) {
            found[place..].rotate_right(1);
            found[place] = Some(jet);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The jets of a single event.
    fn one(jets: Range<usize>) -> Vec<Range<usize>> {
        std::iter::once(jets).collect()
    }

    fn events(n: usize) -> Sample {
        let column = |name: &str| (Feature::new(name, "1"), vec![1.0; n]);
        Sample::from_columns(EVENT_COLUMNS.map(column)).unwrap()
    }

    fn scores(signal: &[f64]) -> Scores {
        let other = signal.iter().map(|s| 1.0 - s).collect();
        Scores::new(vec!["signal".into(), "rest".into()], vec![signal.to_vec(), other]).unwrap()
    }

    proptest! {
        #[test]
        fn the_two_largest_are_those_of_a_sorted_list(signal in prop::collection::vec(0.0..1.0_f64, 1..6)) {
            let n = signal.len();
            let features = ScoredEvents::new(scores(&signal), one(0..n), events(1)).unwrap().features("rest").unwrap();
            let mut sorted = signal.clone();
            sorted.sort_by(|a, b| b.total_cmp(a));
            let at = |name: &str| features.column(name).unwrap()[0];
            prop_assert_eq!(at("jet_1_signal"), sorted[0]);
            prop_assert_eq!(at("jet_2_signal"), sorted.get(1).copied().unwrap_or(0.0));
            prop_assert_eq!(at("largest_1_rest"), 1.0 - sorted[n - 1]);
            prop_assert_eq!(at("jet_1_rest"), 1.0 - sorted[0]);
        }
    }

    #[test]
    fn bad_input_is_told() {
        let error = |jets: Vec<Range<usize>>, n: usize| {
            ScoredEvents::new(scores(&[0.1, 0.2]), jets, events(n)).unwrap_err().to_string()
        };
        assert!(error(vec![0..1, 1..2], 1).contains("ranges of jets"));
        assert!(error(vec![0..2, 2..2], 2).contains("the jets of event 1"));
        assert!(error(one(0..3), 1).contains("0..3"));
        let narrow = events(1).select_features(&["n_jet"]).unwrap();
        assert!(ScoredEvents::new(scores(&[0.1]), one(0..1), narrow).unwrap_err().to_string().contains("ht"));
        let error = ScoredEvents::new(scores(&[f64::NAN]), one(0..1), events(1)).unwrap_err().to_string();
        assert!(error.contains("the score signal of jet 0"), "{error}");
        let scored = ScoredEvents::new(scores(&[0.1]), one(0..1), events(1)).unwrap();
        assert!(scored.features("beam-induced").unwrap_err().to_string().contains("beam-induced"));
    }
}
