use hepsys_core::Summary;
use hepsys_core::summary::{Axis, Figure, Layer, Quantity, Role, Table};

use crate::{Bound, Found, Method, ShadowPrice, WorstCase};

impl WorstCase {
    /// What each method found in each direction beside the bound of that direction, if there is one among `bounds`.
    #[must_use]
    pub fn summary(&self, bounds: &[Bound]) -> Summary {
        let mut summary = Summary::new("The worst efficiency that the limits admit");
        for direction in self.directions() {
            let bound = bounds.iter().find(|bound| bound.direction == direction);
            if let Some(bound) = bound {
                let name = format!("bias {direction}, binned bound");
                summary = summary.quantity(Quantity::new(name, bound.bias, "1"));
            }
            for method in self.methods() {
                let Some(spread) = self.spread(direction, method) else { continue };
                let name = format!("bias {direction}, {}", method.name());
                let mut quantity = Quantity::new(name, spread.mean, "1");
                if self.seeds.len() > 1 {
                    quantity = quantity.with_uncertainty(spread.deviation);
                }
                summary = summary.quantity(quantity);
            }
        }
        summary.table(self.table(bounds)).table(self.efficiencies())
    }

    /// One row for each direction and method: the bias over the seeds, and what has to hold.
    #[must_use]
    pub fn table(&self, bounds: &[Bound]) -> Table {
        let caption = format!(
            "Bias of what is pushed, on simulated events that had no say, over {}. The violation is by how much the worst seed exceeds \
             a limit there; the gradient is what 99.9 % of the events do not exceed.",
            count(self.seeds.len(), "seed")
        );
        let columns = [
            "direction",
            "method",
            "bias",
            "lowest to highest",
            "of the bound",
            "violation",
            "gradient",
            "converged",
        ];
        let mut table = Table::new(caption, columns);
        for direction in self.directions() {
            let bound = bounds.iter().find(|bound| bound.direction == direction);
            if let Some(bound) = bound {
                let row = [direction.to_string(), "binned bound".into(), percent(bound.bias)];
                table = table.row(row.into_iter().chain((0..5).map(|_| "–".to_owned())));
            }
            for method in self.methods() {
                let Some(spread) = self.spread(direction, method) else { continue };
                let found: Vec<&Found> = self.found(direction, method).collect();
                let largest = |of: &dyn Fn(&Found) -> f64| {
                    found.iter().map(|f| of(f)).fold(f64::MIN, |a, b| if b > a || b.is_nan() { b } else { a })
                };
                let converged = found.iter().filter(|found| found.has_converged).count();
                // A classifier is not trained for the bias: it has nothing to converge to.
                let converged = if method == Method::Pretrained {
                    "–".into()
                } else {
                    format!("{converged} of {}", found.len())
                };
                table = table.row([
                    direction.to_string(),
                    method.name().to_owned(),
                    format!("{} ± {:.2}", percent(spread.mean), 100.0 * spread.deviation),
                    format!("{} to {}", percent(spread.lowest), percent(spread.highest)),
                    bound.map_or("–".into(), |bound| format!("{:.0} %", 100.0 * spread.mean / bound.bias)),
                    format!("{:.3} %", 100.0 * largest(&|f| f.test.violation).clamp(0.0, f64::INFINITY)),
                    format!("{:.3}", largest(&|f| f.steepness)),
                    converged,
                ]);
            }
        }
        table
    }

    /// What the weight functions that go furthest do to each channel.
    fn efficiencies(&self) -> Table {
        let channels = self.question.channels();
        let columns = ["direction", "method"].into_iter().chain(channels.iter().copied());
        let caption = "Efficiencies of the channels relative to the simulation, minus one, under the weights that go furthest; \
                       errors are those of the simulated events.";
        let mut table = Table::new(caption, columns);
        for direction in self.directions() {
            let Some(found) = self.furthest(direction) else { continue };
            let cells = found.test.efficiencies.iter();
            let cells = cells.map(|e| format!("{} ± {:.2}", percent(e.value - 1.0), 100.0 * e.error));
            table =
                table.row([direction.to_string(), found.method.name().to_owned()].into_iter().chain(cells));
        }
        table
    }

    /// The bias on validation events after each epoch: whether the searches have converged.
    #[must_use]
    pub fn convergence(&self, name: impl Into<String>) -> Figure {
        let caption = "Bias on validation events after each epoch, for each seed: pretrained networks, where they are updated, begin at \
                       the left.";
        let mut figure = Figure::new(name, caption, Axis::new("epoch", ""), Axis::new("bias", "%"));
        let roles = [Role::Reference, Role::Other, Role::Signal, Role::Fit];
        for (method, role) in Method::ALL.into_iter().zip(roles) {
            let mut label = method.name().to_owned();
            for direction in self.directions() {
                for found in self.found(direction, method).filter(|found| !found.curve.is_empty()) {
                    let points = found.curve.iter().enumerate();
                    let points = points.map(|(epoch, bias)| (epoch as f64 + 1.0, 100.0 * bias));
                    figure = figure.layer(Layer::curve(std::mem::take(&mut label), role, points));
                }
            }
        }
        figure
    }
}

/// The statements that shadow prices allow, those that would cut the bias most first.
#[must_use]
pub fn price_table(prices: &[ShadowPrice]) -> Table {
    let caption = "What better control measurements would bring: the price is the derivative of the bias by the limit, and the bias \
                   after was searched again.";
    let columns = ["limit", "now", "improved", "price", "bias", "predicted", "searched again"];
    prices.iter().fold(Table::new(caption, columns), |table, price| {
        table.row([
            price.what.clone(),
            price.from.clone(),
            price.to.clone(),
            format!("{:.2}", price.price),
            percent(price.bias),
            percent(price.predicted),
            price.bias_after.map_or("no efficiency is left".to_owned(), percent),
        ])
    })
}

fn percent(value: f64) -> String {
    format!("{:+.2} %", 100.0 * value)
}

fn count(n: usize, what: &str) -> String {
    if n == 1 { format!("one {what}") } else { format!("{n} {what}s") }
}
