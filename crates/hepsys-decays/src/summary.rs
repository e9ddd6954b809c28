//! What a search found, in words, tables and figures.

use hepsys_core::summary::{Axis, Figure, Layer, Quantity, Role, Table};
use hepsys_core::{Binning, Summary, Template};

use crate::{Candidate, DecaysError, Finder, Ranked, Ranking};

/// Spectra that a figure shows beside the signal's: more cannot be told apart.
const SHOWN: [Role; 4] = [Role::Data, Role::Fit, Role::Expectation, Role::Other];

impl Finder {
    /// The leaders of a ranking as a table, and the masses of the first of them over that of the signal.
    ///
    /// # Errors
    ///
    /// Those of [`Finder::simulate`].
    pub fn summary(&self, ranking: &Ranking, n_leaders: usize) -> Result<Summary, DecaysError> {
        let mut summary = Summary::new(format!("Decays that could fake {}", self.analysis().name));
        let sum: f64 = ranking.ranked.iter().map(|found| found.relevance.value).sum();
        let n_undecided = ranking.undecided(n_leaders).len();
        summary = summary
            .text(format!(
                "Of {} chains that could reach the least relevance {} were simulated. All of them together come to {sum:.3} of the signal. {}",
                ranking.n_candidates,
                ranking.ranked.len(),
                match n_undecided {
                    0 => format!("No other of those can be one of the first {n_leaders}."),
                    n => format!("{n} others could still be among the first {n_leaders}: more events would tell."),
                }
            ))
            .quantity(Quantity::new("chains that could matter", ranking.n_candidates as f64, "1"))
            .quantity(Quantity::new("chains simulated", ranking.ranked.len() as f64, "1"))
            .quantity(Quantity::new("relevance of all of them", sum, "1"));
        let without = self.without_decays();
        if !without.is_empty() {
            let names = without.join(", ");
            summary = summary
                .text(format!("The table has no decays of {names}: their backgrounds are not looked at."));
        }
        let unknown: Vec<&str> = self.table().unknown().collect();
        if !unknown.is_empty() {
            let some = unknown[..unknown.len().min(5)].join(", ");
            let and_more = if unknown.len() > 5 { " and others" } else { "" };
            summary = summary.text(format!(
                "The particle table does not know {} names of the decay table, {some}{and_more}: modes with them are not followed.",
                unknown.len()
            ));
        }
        if ranking.ranked.len() < ranking.n_candidates {
            let n = ranking.n_candidates - ranking.ranked.len();
            summary =
                summary.text(format!("The {n} others were not looked at: the search did not ask for them."));
        }
        Ok(summary.table(self.table_of(ranking, n_leaders)).figure(self.masses(ranking)?))
    }

    /// One row for each leader.
    #[must_use]
    pub fn table_of(&self, ranking: &Ranking, n_leaders: usize) -> Table {
        let caption = "R is what is selected of a decay for one selected signal event, with the error of the simulation, and the factor by which \
                       the branching fractions may be wrong. What is taken for what, and κ, the part of such events that is selected, are those of the \
                       assignment that contributes most. At most: if all events were selected. Predicted: a fraction of the chain was never measured.";
        let columns =
            ["", "decay", "R", "×/÷", "branching fraction", "taken for", "κ", "R at most", "fraction"];
        let mut table = Table::new(caption, columns);
        for (rank, found) in ranking.leaders(n_leaders).iter().enumerate() {
            let candidate = &self.candidates()[found.candidate];
            let kappas = found.overlap.kappas();
            let (taken_for, kappa) = self.main_assignment(candidate, &kappas);
            let relevance = &found.relevance;
            table = table.row([
                (rank + 1).to_string(),
                candidate.name.replace("->", "→"),
                value_with_error(relevance.value, relevance.statistical_error),
                if relevance.relative_error > 0.0 {
                    format!("{:.2}", relevance.relative_error.exp())
                } else {
                    "–".to_owned()
                },
                format!("{:.2e}", candidate.fraction.value),
                taken_for,
                format!("{kappa:.1e}"),
                format!("{:.3}", candidate.upper_bound()),
                if candidate.fraction.predicted { "predicted".to_owned() } else { "listed".to_owned() },
            ]);
        }
        table
    }

    /// The assignment that most selected events have, such as `π⁺ as K⁺`, and its κ.
    fn main_assignment(&self, candidate: &Candidate, kappas: &[f64]) -> (String, f64) {
        let leaves = candidate.chain.leaves();
        let part =
            |i: usize| candidate.assignments[i].probability * kappas.get(i).copied().unwrap_or_default();
        let best =
            (0..candidate.assignments.len()).max_by(|&a, &b| part(a).total_cmp(&part(b)).then(b.cmp(&a)));
        let Some(best) = best else { return (String::new(), 0.0) };
        let swaps = candidate.assignments[best].leaves.iter().zip(&self.analysis().hypotheses);
        let words: Vec<String> = swaps
            .filter(|(leaf, (track, _))| {
                self.table().track(leaves[**leaf]).is_some_and(|(truth, _)| truth != *track)
            })
            .map(|(leaf, (track, charge))| {
                format!(
                    "{} as {track}{}",
                    self.table().name(leaves[*leaf]),
                    if *charge > 0 { "+" } else { "-" }
                )
            })
            .collect();
        let words = if words.is_empty() { "all as they are".to_owned() } else { words.join(", ") };
        (words, kappas.get(best).copied().unwrap_or_default())
    }

    /// The mass of the whole candidate for the first leaders and for the signal, with all other cuts.
    ///
    /// # Errors
    ///
    /// Those of [`Finder::simulate`].
    pub fn masses(&self, ranking: &Ranking) -> Result<Figure, DecaysError> {
        let (binning, window) = self.mass_binning()?;
        let leaders = ranking.leaders(SHOWN.len());
        let caption = "The mass of the candidate under its hypotheses, with all cuts but the one on it, for one selected signal event: areas within \
                       the window are relevances. Ranks are those of the table; the band is the statistical error of the signal.";
        let largest = |histogram: &Template| histogram.yields().iter().copied().fold(0.0, f64::max);
        let signal = self.histogram(self.signal(), &binning, 200_000)?;
        let highest = largest(&signal);
        let mut lowest = highest;
        let mut layers = vec![Layer::filled("signal", Role::Signal, &signal)];
        for (rank, (found, role)) in leaders.iter().zip(SHOWN).enumerate() {
            let candidate = &self.candidates()[found.candidate];
            // As many events as the relevance was found with, within reason.
            let n_events = found.overlap.n_events.clamp(100_000, 1_000_000);
            let histogram = self.histogram(candidate, &binning, n_events)?;
            lowest = lowest.min(largest(&histogram)).max(1e-6 * highest);
            layers.push(Layer::line(format!("rank {}", rank + 1), role, &histogram));
        }
        let y = Axis::new("events per signal event and bin", "").log().range(0.02 * lowest, 300.0 * highest);
        let mut figure = Figure::new("masses", caption, Axis::new("mass of the candidate", "GeV"), y);
        for layer in layers {
            figure = figure.layer(layer);
        }
        for x in window.into_iter().flatten() {
            figure = figure.layer(Layer::VerticalLine { label: String::new(), role: Role::Reference, x });
        }
        Ok(figure)
    }

    /// Bins around the window of the whole candidate, and that window.
    fn mass_binning(&self) -> Result<(Binning, Option<[f64; 2]>), DecaysError> {
        let n = self.analysis().hypotheses.len();
        let of_all = |cut: &&crate::MassCut| cut.keep && cut.of.len() == n;
        let window = self.analysis().cuts.iter().find(of_all).map(|cut| cut.window);
        let mass =
            self.table().properties(self.signal().chain.particle()).map_or(1.0, |properties| properties.mass);
        let [low, high] = window.unwrap_or([0.9 * mass, 1.1 * mass]);
        let margin = 1.5 * (high - low);
        Ok((Binning::uniform(40, low - margin, high + margin)?, window))
    }

    fn histogram(
        &self,
        candidate: &Candidate,
        binning: &Binning,
        n_events: usize,
    ) -> Result<Template, DecaysError> {
        let (values, errors) = self.mass_spectrum(candidate, binning, n_events)?;
        let variances = errors.iter().map(|error| error * error).collect::<Vec<_>>();
        Ok(Template::new(&candidate.name, binning.clone(), values, variances)?)
    }
}

/// A value with its error, both to two digits of the error.
fn value_with_error(value: f64, error: f64) -> String {
    if error.is_nan() || error <= 0.0 {
        return format!("{value:.3}");
    }
    let digits = (1.0 - error.log10().floor()).clamp(0.0, 9.0) as usize;
    format!("{value:.digits$} ± {error:.digits$}")
}

impl Ranked {
    /// The relevance in words: `0.0162 ± 0.0003`.
    #[must_use]
    pub fn in_words(&self) -> String {
        value_with_error(self.relevance.value, self.relevance.statistical_error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_have_two_digits() {
        assert_eq!(value_with_error(0.016_249, 0.000_31), "0.01625 ± 0.00031");
        assert_eq!(value_with_error(2.27, 0.114), "2.27 ± 0.11");
        assert_eq!(value_with_error(123.4, 12.0), "123 ± 12");
        assert_eq!(value_with_error(1.0, 0.0), "1.000");
    }
}
