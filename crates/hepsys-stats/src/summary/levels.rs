use hepsys_core::summary::{Quantity, Summary, Table};

use super::number;
use crate::Estimate;
use crate::hypothesis::{ToyCls, ToyPValue};

impl ToyCls {
    /// The levels of μ with their binomial uncertainties, what is expected, and how many toys failed.
    #[must_use]
    pub fn summary(&self, mu: f64) -> Summary {
        let mut summary = Summary::new(format!("Levels of μ = {} from toys", number(mu)))
            .quantity(p_value("CLs+b", &self.clsb))
            .quantity(p_value("CLb", &self.clb));
        summary = match self.observed {
            Some(cls) => summary.quantity(estimate("CLs", cls)),
            None => summary.text("No toy without signal is as far from μ as the data: there is no CLs."),
        };
        for (which, p) in [("with", &self.clsb), ("without", &self.clb)] {
            summary = with_failures(summary, which, p);
        }
        let mut table = Table::new("CLs of toys without signal.", ["quantile", "CLs", "from", "to"]);
        for (sigmas, level) in ["−2σ", "−1σ", "median", "+1σ", "+2σ"].into_iter().zip(self.expected) {
            let [value, lower, upper] = [level.value, level.lower, level.upper].map(number);
            table = table.row([sigmas.to_owned(), value, lower, upper]);
        }
        summary.table(table)
    }
}

impl ToyPValue {
    /// The p-value of a discovery with its binomial uncertainty, its significance, and how many toys failed.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let z = self.p_value.significance();
        let summary = Summary::new("Discovery from toys")
            .quantity(Quantity::new("q0", self.observed_statistic, "1"))
            .quantity(p_value("p-value", self))
            .text(format!(
                "The significance is Z {} {:.2}.",
                if z.is_lower_limit() { ">" } else { "=" },
                z.value()
            ));
        with_failures(summary, "without", self)
    }
}

fn with_failures(summary: Summary, which: &str, p: &ToyPValue) -> Summary {
    if p.n_failed == 0 {
        return summary;
    }
    let (low, high) = (number(p.range.0), number(p.range.1));
    summary.text(format!(
        "{} toys {which} signal have no statistic, for a fit did NOT converge; counted as below or above they give {low} to {high}.",
        p.n_failed
    ))
}

fn p_value(name: &str, p: &ToyPValue) -> Quantity {
    let (lower, upper) = p.p_value.interval();
    estimate(name, Estimate { value: p.p_value.value(), lower, upper })
}

fn estimate(name: &str, estimate: Estimate) -> Quantity {
    Quantity::new(name, estimate.value, "1").with_uncertainty(estimate.uncertainty())
}
