use hepsys_core::summary::{Axis, Figure, Layer, Quantity, Summary, Table};

use super::{number, number_or_dash};
use crate::Likelihood;
use crate::fit::Fit;

impl Fit {
    /// The fit as numbers and tables: its status first, then the parameters, and the further minima if there are any.
    ///
    /// # Panics
    ///
    /// Unless the likelihood has as many parameters as the fit.
    #[must_use]
    pub fn summary<L: Likelihood + ?Sized>(&self, likelihood: &L) -> Summary {
        let parameters = likelihood.parameters();
        assert_eq!(parameters.len(), self.parameters.len(), "the likelihood of this fit");
        let status = if self.is_converged() { "converged" } else { "did NOT converge" };
        let mut summary = Summary::new("Fit")
            .text(format!("The fit {status}: {} after {} Hessians.", self.status, self.n_steps))
            .quantity(Quantity::new("twice the negative log-likelihood", 2.0 * self.nll, "1"));
        if self.edm.is_finite() {
            summary = summary.quantity(Quantity::new("estimated distance to the minimum", self.edm, "1"));
        }
        let errors = self.hesse_errors();
        if errors.is_none() {
            summary = summary.text("The Hessian is not positive definite: there are no uncertainties.");
        }
        let mut table = Table::new("The parameters.", ["parameter", "value", "uncertainty", "state"]);
        for (i, parameter) in parameters.iter().enumerate() {
            let value = self.parameters[i];
            let state = if self.is_free[i] {
                "free"
            } else if !parameter.is_fixed && (value <= parameter.bounds.0 || value >= parameter.bounds.1) {
                "at a bound"
            } else {
                "fixed"
            };
            let error = errors.as_ref().map(|e| e[i]).filter(|_| self.is_free[i]);
            table = table.row([parameter.name.clone(), number(value), number_or_dash(error), state.into()]);
        }
        summary = summary.table(table);
        if self.minima.len() > 1 {
            let columns = ["minimum", "above the best in -2 ln L", "starts that reached it"];
            let mut minima = Table::new("Several minima were found.", columns);
            for (i, minimum) in self.minima.iter().enumerate() {
                let rise = 2.0 * (minimum.nll - self.minima[0].nll);
                minima = minima.row([(i + 1).to_string(), number(rise), minimum.n_starts.to_string()]);
            }
            summary = summary.table(minima);
        }
        summary
    }

    /// The correlations as a table of the parameters that correlate with another one by at least `at_least`, in size; zero shows
    /// all free parameters.
    ///
    /// `None` if the Hessian is not positive definite.
    ///
    /// # Panics
    ///
    /// Unless the likelihood has as many parameters as the fit.
    #[must_use]
    pub fn correlation_table<L: Likelihood + ?Sized>(&self, likelihood: &L, at_least: f64) -> Option<Table> {
        let shown = self.correlated(likelihood, at_least)?;
        let head = std::iter::once(String::new()).chain(shown.names.iter().cloned());
        let mut table = Table::new(shown.caption.clone(), head);
        for (name, row) in shown.names.iter().zip(shown.rows()) {
            let cells = row.iter().map(|value| format!("{value:.3}"));
            table = table.row(std::iter::once(name.clone()).chain(cells));
        }
        Some(table)
    }

    /// The same correlations as [`correlation_table`](Self::correlation_table) shows, as coloured cells.
    ///
    /// `None` if the Hessian is not positive definite, or if there is no such parameter.
    ///
    /// # Panics
    ///
    /// Unless the likelihood has as many parameters as the fit.
    #[must_use]
    pub fn correlation_figure<L: Likelihood + ?Sized>(
        &self,
        likelihood: &L,
        at_least: f64,
    ) -> Option<Figure> {
        let shown = self.correlated(likelihood, at_least).filter(|shown| !shown.names.is_empty())?;
        let axis = || Axis::categories("", &shown.names);
        let values = shown.rows().flatten().copied().collect();
        let matrix = Layer::heat_map("correlation", shown.names.len(), values, 1.0);
        Some(Figure::new("correlations", &shown.caption, axis(), axis()).layer(matrix))
    }

    fn correlated<L: Likelihood + ?Sized>(&self, likelihood: &L, at_least: f64) -> Option<Correlated> {
        let parameters = likelihood.parameters();
        assert_eq!(parameters.len(), self.parameters.len(), "the likelihood of this fit");
        let n = parameters.len();
        let correlations = self.correlations()?;
        let free: Vec<usize> = (0..n).filter(|&i| self.is_free[i]).collect();
        let is_shown = |i: usize| {
            at_least <= 0.0 || free.iter().any(|&k| k != i && correlations[i * n + k].abs() >= at_least)
        };
        let shown: Vec<usize> = free.iter().copied().filter(|&i| is_shown(i)).collect();
        let caption = if at_least <= 0.0 {
            "The correlations of the free parameters.".to_owned()
        } else {
            format!("The correlations of the parameters that have one of at least {at_least}.")
        };
        Some(Correlated {
            caption,
            names: shown.iter().map(|&i| parameters[i].name.clone()).collect(),
            values: shown
                .iter()
                .flat_map(|&i| shown.iter().map(move |&k| i * n + k))
                .map(|at| correlations[at])
                .collect(),
        })
    }
}

/// The parameters whose correlations are shown.
struct Correlated {
    caption: String,
    names: Vec<String>,
    /// Row by row.
    values: Vec<f64>,
}

impl Correlated {
    fn rows(&self) -> impl Iterator<Item = &[f64]> {
        self.values.chunks(self.names.len().max(1))
    }
}
