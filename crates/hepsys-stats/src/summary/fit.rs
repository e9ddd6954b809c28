use hepsys_core::summary::{Quantity, Summary, Table};

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
            .text(format!("The fit {status}: {:?} after {} Hessians.", self.status, self.n_steps))
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
        let parameters = likelihood.parameters();
        assert_eq!(parameters.len(), self.parameters.len(), "the likelihood of this fit");
        let n = parameters.len();
        let correlations = self.correlations()?;
        let free: Vec<usize> = (0..n).filter(|&i| self.is_free[i]).collect();
        let is_shown = |i: usize| {
            at_least <= 0.0 || free.iter().any(|&k| k != i && correlations[i * n + k].abs() >= at_least)
        };
        let shown: Vec<usize> = free.iter().copied().filter(|&i| is_shown(i)).collect();
        let names = shown.iter().map(|&i| parameters[i].name.clone());
        let caption = if at_least <= 0.0 {
            "The correlations of the free parameters.".to_owned()
        } else {
            format!("The correlations of the parameters that have one of at least {at_least}.")
        };
        let mut table = Table::new(caption, std::iter::once(String::new()).chain(names));
        for &i in &shown {
            let cells = shown.iter().map(|&k| format!("{:.3}", correlations[i * n + k]));
            table = table.row(std::iter::once(parameters[i].name.clone()).chain(cells));
        }
        Some(table)
    }
}
