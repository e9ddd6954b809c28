//! The page of a scan, and its numbers.

use hepsys_advocate::{Direction, Method};
use hepsys_core::summary::Summary;
use hepsys_report::JudgedQuantity;

use super::case::Answer;
use super::figures::{self, ScanAxis};
use super::numbers::{Reached, above_zero, largest, smallest};
use super::tables;
use crate::expected::ExpectedValues;

/// The answers at one smoothness, along what is scanned.
pub(super) struct Scan {
    pub(super) lipschitz: f64,
    pub(super) answers: Vec<Answer>,
}

/// The figures and tables of a scan.
pub(super) fn on_page(
    mut page: Summary,
    scan: &Scan,
    what: &str,
    axis: &ScanAxis,
    sentences_at: &[f64],
) -> Summary {
    let Scan { lipschitz, answers } = scan;
    let n_seeds = answers.first().map_or(0, |answer| answer.case.params.n_seeds());
    page = page.heading(format!("Gradients of at most {lipschitz}"));
    if answers.len() > 1 {
        let caption = format!(
            "How far the efficiency of the signal can be off while every control measurement stays within its limits, for |∇w| ≤ \
             {lipschitz}: mean and standard deviation over {n_seeds} searches, each with a split of the simulation of its own, on events \
             that had no say. No weight function leaves the shaded region."
        );
        page = page.figure(figures::bias(&format!("bias-{lipschitz}"), caption, axis, answers));
        let caption = "The part of the bound that each method reaches. The bound knows all simulated events, fluctuations included: where \
                       signal and control look alike, it is above what is possible.";
        page = page.figure(figures::parts(&format!("parts-{lipschitz}"), caption.into(), axis, answers));
    }
    let caption = format!(
        "|∇w| ≤ {lipschitz}, features in standard deviations of the controls. The bound holds in sixteen directions of the plane, beside it that along \
         the axes only. A limit that is not exhausted has a negative violation; both violations and gradients are those of test events. The bound \
         at the realised gradient is what a search should be compared with; the profile quick takes it from the price of the gradient, from which it \
         is never far below."
    );
    page = page.table(tables::reached(caption, what, answers));
    let caption = "What each limit costs: the price is the change of the bias for each unit of the limit, both sides together, and the limit \
                   is then made a third narrower. The price of the gradient is that of one unit of L.";
    page = page.table(tables::prices(caption, what, answers));
    for answer in answers.iter().filter(|answer| sentences_at.contains(&answer.case.x)) {
        page = page.text(tables::sentences(answer));
    }
    page
}

/// The numbers of a scan; what is expected of single points is judged too.
pub(super) fn quantities(scan: &Scan, expected: &ExpectedValues) -> Vec<JudgedQuantity> {
    let Scan { lipschitz, answers } = scan;
    let all: Vec<Reached<'_>> = answers.iter().flat_map(Answer::reached).collect();
    let mut quantities = Vec::new();
    for answer in answers {
        for direction in Direction::BOTH {
            let of = format!("at {}, {direction}, L = {lipschitz}", answer.case.label);
            let bound = 100.0 * answer.bound(direction).bound.bias;
            quantities.push(expected.judge(&format!("bound {of}"), "%", bound, 0.0));
            if let Some(direct) = answer.reached_by(direction, Method::Direct) {
                quantities.push(
                    expected
                        .judge(&format!("direct {of}"), "%", direct.mean, 0.0)
                        .with_uncertainty(direct.error()),
                );
            }
        }
    }
    let of = |method| all.iter().filter(move |reached| reached.method == method);
    let mut tell = |name: &str, unit: &str, value: f64| {
        quantities.push(expected.judge(&format!("{name}, L = {lipschitz}"), unit, value, 0.0));
    };
    if of(Method::Direct).next().is_some() {
        let part = |r: &Reached<'_>| r.part();
        tell("direct over the bound, the least", "1", smallest(of(Method::Direct).map(part)));
        let part = |r: &Reached<'_>| r.mean / r.at_realised.unwrap_or(r.bound);
        tell("direct over the bound at its gradient, the least", "1", smallest(of(Method::Direct).map(part)));
    }
    tell(
        "excess over the bound at the realised gradient, the largest",
        "%",
        above_zero(largest(all.iter().map(Reached::excess))),
    );
    let violation = above_zero(largest(all.iter().map(|r| r.mean_violation)));
    tell("violation of a limit on test events, mean over seeds, the largest", "%", violation);
    let violation = above_zero(largest(all.iter().map(|r| r.violation)));
    tell("violation of a limit on test events by any seed, the largest", "%", violation);
    let loss = |r: &Reached<'_>| {
        let before = r.answer.reached_by(r.direction, Method::Pretrained)?;
        Some(r.direction.sign() * (before.mean - r.mean))
    };
    let updates = [Method::Lagrangian, Method::Alternating];
    let losses: Vec<f64> = updates.into_iter().flat_map(of).filter_map(loss).collect();
    if !losses.is_empty() {
        let name = "lost by an update against the pretrained classifier, the most";
        tell(name, "%", above_zero(largest(losses.into_iter())));
    }
    let no_numbers =
        all.iter().filter(|r| !(r.mean.is_finite() && r.spread.is_finite() && r.gradient.is_finite()));
    tell("biases that are no numbers", "1", no_numbers.count() as f64);
    if let Some(least) = answers.iter().min_by(|a, b| {
        let height = |answer: &Answer| answer.bound(Direction::Up).bound.bias;
        height(a).total_cmp(&height(b))
    }) {
        tell("where the bound is least, up", "GeV", least.case.x);
    }
    quantities
}
