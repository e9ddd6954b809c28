use hepsys_core::summary::{Quantity, Summary};

use crate::fit::{Goodness, GoodnessToys};

impl Goodness {
    /// The statistic and its p-value, from the asymptotic distribution and from toys if there are any.
    #[must_use]
    pub fn summary(&self, toys: Option<&GoodnessToys>) -> Summary {
        let mut summary = Summary::new("Goodness of fit")
            .quantity(Quantity::new("saturated statistic", self.statistic, "1"))
            .quantity(Quantity::new("degrees of freedom", self.dof as f64, "1"))
            .quantity(Quantity::new("p-value, asymptotic", self.p_value.value(), "1"));
        if let Some(toys) = toys {
            let (low, high) = toys.p_value.interval();
            let p = Quantity::new("p-value, toys", toys.p_value.value(), "1");
            summary = summary.quantity(p.with_uncertainty(0.5 * (high - low))).quantity(Quantity::new(
                "toys whose fit failed",
                toys.n_failed as f64,
                "toys",
            ));
        }
        summary
    }
}
