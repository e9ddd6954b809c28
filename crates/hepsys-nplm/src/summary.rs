use hepsys_core::summary::{Quantity, Summary, Table};

use crate::NplmFit;

impl NplmFit {
    /// The result as numbers and tables.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let mut summary = Summary::new("Likelihood-ratio test with a learned alternative")
            .quantity(Quantity::new("t", self.test_statistic().value(), "1"))
            .quantity(Quantity::new("tau", self.tau(), "1"))
            .quantity(Quantity::new("Delta", self.delta(), "1"))
            .quantity(Quantity::new("degrees of freedom", self.degrees_of_freedom() as f64, "1"));
        if let Some(table) = self.nuisances.table() {
            summary = summary.table(table);
        }
        let mut starts =
            Table::new("Where each start of the optimiser ended.", ["start", "tau", "evaluations", "status"]);
        for (index, start) in self.starts().iter().enumerate() {
            starts = starts.row([
                (index + 1).to_string(),
                start.tau.map_or("not finite".to_owned(), |tau| format!("{tau:.3}")),
                start.n_evaluations.to_string(),
                format!("{:?}", start.status),
            ]);
        }
        summary = summary.table(starts);
        match self.certificate() {
            None => summary,
            Some(certificate) => summary.text(format!(
                "The best start went on with quasi-Newton and {} Newton steps, by which τ rose by {:.3}: {}.",
                certificate.n_hessians, certificate.gain, certificate.status
            )),
        }
    }
}
