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
        if !self.theta_reference.is_empty() {
            let mut table = Table::new(
                "Best nuisance parameters of the alternative and of the reference alone, and the latter over its σ.",
                ["parameter", "σ", "alternative", "reference", "reference over σ"],
            );
            for ((parameter, (name, alternative)), (_, reference)) in self
                .params
                .nuisances
                .parameters()
                .zip(self.nuisances_of_the_alternative())
                .zip(self.nuisances_of_the_reference())
            {
                let sigma = parameter.sigma();
                table = table.row([
                    name.to_owned(),
                    sigma.map_or("free".to_owned(), |sigma| sigma.to_string()),
                    format!("{alternative:.5}"),
                    format!("{reference:.5}"),
                    sigma.map_or_else(String::new, |sigma| format!("{:+.2}", reference / sigma)),
                ]);
            }
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
        summary.table(starts)
    }
}
