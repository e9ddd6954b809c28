//! What was reached, and what better measurements would bring, in rows.

use hepsys_core::summary::Table;

use super::case::Answer;

/// What each method reached beside the bound, a row each.
pub(super) fn reached<'a>(
    caption: impl Into<String>,
    what: &str,
    answers: impl IntoIterator<Item = &'a Answer>,
) -> Table {
    let columns = [
        what,
        "direction",
        "bound",
        "bound, axes",
        "method",
        "bias on test events",
        "over bound",
        "error of simulation",
        "largest violation",
        "gradient of 99.9 %",
        "bound at it",
        "updates kept",
    ];
    let mut table = Table::new(caption, columns);
    for answer in answers {
        for reached in answer.reached() {
            let axes = answer.along_axes.map(|axes| axes[usize::from(reached.direction.sign() < 0.0)]);
            let kept =
                answer.worst.found(reached.direction, reached.method).filter(|f| !f.kept_start).count();
            table = table.row([
                answer.case.label.clone(),
                reached.direction.to_string(),
                percent(reached.bound),
                axes.map_or("–".to_owned(), |axes| percent(100.0 * axes)),
                reached.method.name().to_owned(),
                format!("{:+.2} ± {:.2} %", reached.mean, reached.spread),
                format!("{:.2}", reached.part()),
                format!("{:.2} %", reached.simulation_error),
                format!("{:+.3} %", reached.violation),
                format!("{:.3}", reached.gradient),
                reached.at_realised.map_or("–".to_owned(), percent),
                format!("{kept} of {}", reached.n_seeds),
            ]);
        }
    }
    table
}

/// The price of each limit, and of the smoothness, a row for each answer and direction.
pub(super) fn prices<'a>(
    caption: impl Into<String>,
    what: &str,
    answers: impl IntoIterator<Item = &'a Answer>,
) -> Table {
    let columns = [
        what,
        "direction",
        "limit",
        "bias",
        "price",
        "narrower limit",
        "bias with it",
        "as the price predicts",
    ];
    let mut table = Table::new(caption, columns);
    for answer in answers {
        for solved in &answer.bounds {
            let row = |limit: &str, price: String, to: &str, after: String, predicted: String| {
                [
                    answer.case.label.clone(),
                    solved.bound.direction.to_string(),
                    limit.to_owned(),
                    percent(100.0 * solved.bound.bias),
                    price,
                    to.to_owned(),
                    after,
                    predicted,
                ]
            };
            for price in &solved.prices {
                table = table.row(row(
                    &format!("{} {}", price.what, price.from),
                    format!("{:.3}", price.price),
                    &price.to,
                    price.bias_after.map_or("none is possible".to_owned(), |bias| percent(100.0 * bias)),
                    percent(100.0 * price.predicted),
                ));
            }
            if let Some((price, lipschitz)) =
                solved.bound.lipschitz_price.zip(answer.case.params.smoothness())
            {
                let limit = format!("gradient {lipschitz}");
                table = table.row(row(&limit, format!("{price:.3}"), "–", "–".into(), "–".into()));
            }
        }
    }
    table
}

/// What the prices say, in sentences.
pub(super) fn sentences(answer: &Answer) -> String {
    let mut text = String::new();
    for price in answer.bounds.iter().flat_map(|solved| &solved.prices) {
        text += &format!(" At {}, {price}.", answer.case.label);
    }
    text.trim_start().to_owned()
}

pub(super) fn percent(percent: f64) -> String {
    format!("{percent:+.2} %")
}
