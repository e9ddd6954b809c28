//! The page of the study.

use hepsys_core::summary::Summary;

use super::arm::{COMPARED, DECORRELATED, NAIVE, TREES, Trained};
use super::preserved::{BUNDLE, MAP};
use super::{Found, figures, tables};
use crate::expected::spread;
use crate::study::Outcome;
use crate::{Context, ExperimentError};

pub(super) fn outcome(found: &Found<'_>, context: &Context) -> Result<Outcome, ExperimentError> {
    let spec = found.spec;
    let mut record = context.record(&spec.study, spec.seed);
    record.quantities = found.quantities();
    let parts = [
        comparison(found, context),
        Summary::new("The cause: the times of clusters").figure(figures::times(spec, context)?),
        scores(found)?,
        region(found, context),
        costs(found),
        search(found)?,
        untargeted(found),
        strength(found),
        grid(found),
        courses(found),
        preserved(found),
    ];
    let page = Summary::new(&spec.title).text(&spec.about);
    let summary = parts
        .into_iter()
        .fold(page, |page, part| if part.blocks.is_empty() { page } else { page.section(part) });
    Ok(Outcome { paper: spec.paper.clone(), summary, record })
}

fn comparison(found: &Found<'_>, context: &Context) -> Summary {
    let sigma = found.of(NAIVE).first().map_or(f64::NAN, |trained| trained.closures[0].fresh.null_sigma);
    Summary::new("All ways side by side")
        .text(format!(
            "The control region has jets of the same kind in simulation and data, and no signal; the second one is selected differently, and nothing \
             has learned there. Fresh AUC: a classifier that was trained on the scores of half of these jets to tell simulation from data, \
             tested on the other half; 0.5 is perfect closure, around which it has a standard deviation of {sigma:.4}. Largest KS: of the three \
             scores, the distance between the distributions of simulation and data. Leakage: the part of a background that passes where 80 % of the \
             signal does.{}",
            if found.of(NAIVE).len() > 1 { " Medians of the trainings, and their range." } else { "" }
        ))
        .text(
            "Naive: no decorrelation. Adversary: a second network that tells simulation from data by the scores, or by their logarithms. \
             DisCo and MoDe: a distance correlation, and the area between distributions, as a term of the loss. Variable removed: the times of \
             clusters are not seen. Block correction: simulated times are shifted and smeared until they look like data. Boosted trees: thirty \
             numbers of each jet, times among them, as the search before had it.",
        )
        .table(tables::setup(found, context.profile))
        .table(tables::closure(found))
        .table(tables::separation(found))
}

fn scores(found: &Found<'_>) -> Result<Summary, ExperimentError> {
    let mut part = Summary::new("The scores in the control region, before and after");
    for arm in COMPARED {
        part = figures::scores(found, arm)?.into_iter().fold(part, Summary::figure);
    }
    Ok(part)
}

/// The first trainings before and after.
fn before_and_after<'a>(found: &'a Found<'_>) -> Option<[&'a Trained; 2]> {
    Some([found.of(NAIVE).first()?, found.of(DECORRELATED).first()?])
}

/// The distance that one in twenty exceeds, of a third of so many jets from as many others.
fn by_chance(n_jets: usize) -> f64 {
    (-0.5 * 0.025_f64.ln() * 2.0 / (n_jets as f64 / 3.0)).sqrt()
}

fn region(found: &Found<'_>, context: &Context) -> Summary {
    let part = Summary::new("Is the control region one?");
    let Some(trained) = before_and_after(found) else { return part };
    let part = part
        .text(
            "An adversary learns something useful only in a region without signal, with the scores of the main sample, in which everything but \
             what is to be unlearnt is well modelled.",
        )
        .table(tables::conditions(found))
        .text(format!(
            "In thirds of the score of signal the inputs of simulation and data are compared once more: what a network made of a wrong input \
             shows there. One distance in twenty is larger than {:.3} by chance.",
            by_chance(found.spec.sizes.of(context.profile).test_control)
        ))
        .table(tables::slices(trained));
    [0, 1].into_iter().fold(part, |part, which| slices(part, which, trained))
}

/// A feature in slices of a score, before and after.
fn slices(part: Summary, which: usize, trained: [&Trained; 2]) -> Summary {
    let figures = COMPARED.into_iter().zip(trained);
    let figures = figures.filter_map(|(arm, trained)| figures::slices(which, arm, trained));
    figures.fold(part, Summary::figure)
}

fn costs(found: &Found<'_>) -> Summary {
    Summary::new("What it costs, and what is left in the tails")
        .figure(figures::curves(found))
        .text(
            "A fresh AUC is about the bulk of jets. Few of them are where a search cuts, and what closes in the bulk need not close there: \
             efficiencies of cuts say how far simulation is off.",
        )
        .table(tables::efficiencies(found))
}

fn search(found: &Found<'_>) -> Result<Summary, ExperimentError> {
    let part = Summary::new("From jets to events and to a limit");
    if found.searches(DECORRELATED).next().is_none() {
        return Ok(part);
    }
    let [signal, multijet, beam] = found.spec.search.expected;
    let gain = |other: &str| {
        let [median, low, high] =
            spread(found.gains_over(other)).map(|gain| format!("{:+.0} %", 100.0 * gain).replace('-', "−"));
        if found.of(DECORRELATED).len() > 1 { format!("{median} ({low} to {high})") } else { median }
    };
    let mut part = part
        .text(format!(
            "Boosted trees of events judge them by the scores of their jets, and never see a time. {signal} events of signal, {multijet} of multijet \
             and {beam} of beam-induced background are expected. What data and simulation differ by in a bin of the event score, in the control \
             region, is the uncertainty of simulation in that bin, of the signal too.",
        ))
        .text(format!(
            "By its limit the search with the decorrelated network gains {} over the one with boosted trees of jets, and {} over the naive \
             network. The search of the talk gained some 35 % over its predecessor, whose jets were judged by trees, by all that had changed. Limits \
             hang on the ratio in the last bin, which few events measure.",
            gain(TREES),
            gain(NAIVE)
        ))
        .table(tables::event_scores(found))
        .table(tables::limits(found))
        .table(tables::bins(found));
    for arm in [TREES, NAIVE, DECORRELATED] {
        part = figures::event_score(found, arm)?.into_iter().fold(part, Summary::figure);
    }
    Ok(part)
}

fn untargeted(found: &Found<'_>) -> Summary {
    let part = Summary::new("A second error that nobody aims at");
    let [before, after] = found.untargeted.as_slice() else { return part };
    let part = part
        .text(format!(
            "Momenta of clusters in data are {} times those of simulation, besides their times. The adversary sees scores alone: what it does to \
             this error, it does unasked.",
            found.spec.untargeted_sample().cluster_pt_scale
        ))
        .table(tables::untargeted([before, after]));
    slices(part, 2, [before, after])
}

fn strength(found: &Found<'_>) -> Summary {
    let part = Summary::new("How strong should it be?");
    if found.scan.is_empty() {
        return part;
    }
    part.figure(figures::scan(found)).table(tables::scan(found))
}

fn grid(found: &Found<'_>) -> Summary {
    let part = Summary::new("Which network?");
    if found.grid.is_empty() { part } else { part.table(tables::grid(found)) }
}

fn courses(found: &Found<'_>) -> Summary {
    COMPARED
        .iter()
        .filter_map(|arm| figures::history(found, arm))
        .fold(Summary::new("The course of the trainings"), Summary::figure)
}

fn preserved(found: &Found<'_>) -> Summary {
    let part = Summary::new("For others to use");
    let Some(kept) = found.kept() else { return part };
    part.text(format!(
        "The folder {BUNDLE} beside this page has the network of jets and the trees of events as ONNX files, what is done to inputs before, \
         and events to check both by; {MAP} in it has the efficiency of the cut ln [p/(1−p)] > {:.2} on the event score of the decorrelated network, which 70 % of the signal pass, by momentum, \
         pseudorapidity and decay mode of both long-lived particles.",
        kept.cut
    ))
}
