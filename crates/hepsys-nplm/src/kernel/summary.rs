use hepsys_core::summary::{Quantity, Summary, Table};

use super::KernelFit;

impl KernelFit {
    /// The result as numbers and tables.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let mut summary = Summary::new("Likelihood-ratio test with an alternative of Gaussians")
            .quantity(Quantity::new("t", self.test_statistic().value(), "1"))
            .quantity(Quantity::new("tau", self.tau(), "1"))
            .quantity(Quantity::new("Delta", self.delta(), "1"))
            .quantity(Quantity::new("centres", self.coefficients().len() as f64, "1"))
            .quantity(Quantity::new("width", self.width(), "1"))
            .quantity(Quantity::new("penalty", self.penalty(), "1"));
        if let Some(table) = self.nuisances.table() {
            summary = summary.table(table);
        }
        let convergence = self.convergence();
        let table = Table::new(
            "How the search for the coefficients ended.",
            ["status", "gradient", "Newton steps", "conjugate gradients"],
        );
        summary.table(table.row([
            format!("{:?}", convergence.status),
            format!("{:.1e}", convergence.gradient_norm),
            convergence.n_newton.to_string(),
            convergence.n_conjugate.to_string(),
        ]))
    }
}
