//! The page of the misidentified backgrounds.

use hepsys_advocate::{Anomaly, Direction, Excess, Method};
use hepsys_core::summary::{Axis, Figure, Layer, Role, Summary, Table};
use hepsys_report::JudgedQuantity;

use super::case::Answer;
use super::figures::role;
use super::misid::MisidSpec;
use super::misid_check::Check;
use super::numbers::{Reached, above_zero, largest};
use super::tables;
use crate::study::Outcome;
use crate::{Context, ExperimentError};

/// All that the page shows.
pub(super) struct Results<'a> {
    pub(super) spec: &'a MisidSpec,
    pub(super) check: Check,
    /// One a smoothness.
    pub(super) anomalies: Vec<Answer>,
    pub(super) claim: Anomaly,
}

/// The anomaly under some weights.
struct Quoted {
    under: String,
    role: Role,
    bias: f64,
    excess: Excess,
    /// Of the significance, over the seeds.
    spread: f64,
}

impl Results<'_> {
    pub(super) fn outcome(&self, context: &Context) -> Result<Outcome, ExperimentError> {
        let spec = self.spec;
        let mut record = context.record(&spec.study, spec.seed);
        let mut page = Summary::new(&spec.title)
            .text(&spec.about)
            .heading("Two Gaussians, where the answer is known")
            .figure(self.check.step(spec.check.separation)?)
            .table(self.check.table());
        record.quantities = self.check.quantities(&spec.expected);
        for answer in &self.anomalies {
            let quoted = self.quoted(answer)?;
            page = page
                .heading(format!("An anomaly, gradients of at most {}", answer.case.x))
                .figure(self.bars(answer, &quoted))
                .table(self.anomaly_table(&quoted))
                .table(tables::reached(
                    "The mean efficiency of the backgrounds, by their yields.",
                    "gradient",
                    [answer],
                ))
                .table(tables::prices("What better measurements would bring.", "gradient", [answer]))
                .text(tables::sentences(answer));
            record.quantities.extend(self.anomaly_quantities(answer, &quoted));
        }
        Ok(Outcome { paper: spec.paper.clone(), summary: page, record })
    }

    /// The anomaly as claimed, under what searches found, and under the bound.
    fn quoted(&self, answer: &Answer) -> Result<Vec<Quoted>, ExperimentError> {
        let mut quoted = vec![Quoted {
            under: "as claimed".into(),
            role: Role::Data,
            bias: 0.0,
            excess: self.claim.expected_alone()?,
            spread: 0.0,
        }];
        for &method in answer.case.params.methods() {
            let Some(reached) = answer.reached_by(Direction::Up, method) else { continue };
            let mut excesses = Vec::new();
            for found in answer.worst.found(Direction::Up, method) {
                excesses.push(self.claim.under(&found.test)?);
            }
            let n = excesses.len() as f64;
            let mean = excesses.iter().map(|e| e.significance).sum::<f64>() / n;
            let squares: f64 = excesses.iter().map(|e| (e.significance - mean).powi(2)).sum();
            // Of the seeds, the one in the middle.
            excesses.sort_by(|a, b| a.significance.total_cmp(&b.significance));
            quoted.push(Quoted {
                under: method.name().into(),
                role: role(method),
                bias: reached.mean,
                excess: excesses[excesses.len() / 2],
                spread: if n > 1.0 { (squares / (n - 1.0)).sqrt() } else { 0.0 },
            });
        }
        let bound = &answer.bound(Direction::Up).bound;
        quoted.push(Quoted {
            under: "bound".into(),
            role: Role::Expectation,
            bias: 100.0 * bound.bias,
            excess: self
                .spec
                .anomaly
                .with(|channel| bound.efficiency_of(channel).unwrap_or(1.0))
                .expected_alone()?,
            spread: 0.0,
        });
        Ok(quoted)
    }

    fn bars(&self, answer: &Answer, quoted: &[Quoted]) -> Figure {
        let caption = format!(
            "The significance of {} events where {} are expected: as claimed, and under weights with |∇w| ≤ {} that the control measurements \
             admit.",
            self.spec.anomaly.observed, quoted[0].excess.expected, answer.case.x
        );
        let names = quoted.iter().map(|q| q.under.clone());
        let high = 1.15 * quoted[0].excess.significance;
        let mut figure = Figure::new(
            format!("anomaly-{}", answer.case.x),
            caption,
            Axis::new("Z", "σ").range(0.0, high),
            Axis::categories("", names),
        );
        for (place, quoted) in quoted.iter().enumerate() {
            figure = figure.layer(Layer::Bars {
                label: String::new(),
                role: quoted.role,
                y: vec![place as f64],
                from: vec![0.0],
                to: vec![quoted.excess.significance],
                is_filled: true,
            });
        }
        figure
    }

    fn anomaly_table(&self, quoted: &[Quoted]) -> Table {
        let caption = format!(
            "{} events are observed. The mean efficiency of the backgrounds moves by the bias; of the seeds of a search, the one in the middle is quoted, with \
             the standard deviation of Z over the seeds.",
            self.spec.anomaly.observed
        );
        let mut table =
            Table::new(caption, ["weights", "bias of the backgrounds", "expected", "excess", "Z"]);
        for Quoted { under, bias, excess, spread, .. } in quoted {
            table = table.row([
                under.clone(),
                tables::percent(*bias),
                format!("{:.1}", excess.expected),
                format!("{:+.1}", excess.excess),
                if *spread > 0.0 {
                    format!("{:.2} ± {spread:.2}", excess.significance)
                } else {
                    format!("{:.2}", excess.significance)
                },
            ]);
        }
        table
    }

    fn anomaly_quantities(&self, answer: &Answer, quoted: &[Quoted]) -> Vec<JudgedQuantity> {
        let expected = &self.spec.expected;
        let of = format!("L = {}", answer.case.x);
        let mut quantities = Vec::new();
        for Quoted { under, excess, spread, .. } in quoted {
            let name = format!("Z, {under}, {of}");
            let quantity = expected.judge(&name, "σ", excess.significance, 0.0);
            quantities.push(if *spread > 0.0 { quantity.with_uncertainty(*spread) } else { quantity });
        }
        let reached = answer.reached();
        let excess = above_zero(largest(reached.iter().map(Reached::excess)));
        quantities.push(expected.judge(
            &format!("excess over the bound at the realised gradient, the largest, {of}"),
            "%",
            excess,
            0.0,
        ));
        let violation = above_zero(largest(reached.iter().map(|r| r.mean_violation)));
        quantities.push(expected.judge(
            &format!("violation of a limit on test events, mean over seeds, the largest, {of}"),
            "%",
            violation,
            0.0,
        ));
        if let Some(direct) = answer.reached_by(Direction::Up, Method::Direct) {
            quantities.push(expected.judge(
                &format!("direct over the bound, up, {of}"),
                "1",
                direct.part(),
                0.0,
            ));
        }
        quantities
    }
}
