//! The page of the toy.

use std::f64::consts::PI;

use hepsys_core::summary::{Summary, Table};
use hepsys_paramclf::{Knowledge, Measured, Measurement, Morphing, TemplateMorph, Untrained};
use hepsys_report::JudgedQuantity;
use hepsys_sim::GaussianPair;
use hepsys_stats::fit::CONTOUR_LEVELS;
use statrs::distribution::{ContinuousCDF, Normal};

use super::counts::AsimovCounts;
use super::toy::{Contender, Found, Results};
use super::toy_figures;
use crate::expected::ExpectedValues;
use crate::study::Outcome;
use crate::{Context, ExperimentError};

/// The half widths of the first two contenders with a histogram of other events in the place of the prior.
pub(super) struct Auxiliary {
    /// Truth in units of π, and the half width of each contender.
    pub(super) widths: Vec<(f64, Vec<Measured>)>,
}

impl Auxiliary {
    /// 10⁵ events of weight 0.1 of N(z, 0.5), in four bins from −1 to 2.5.
    pub(super) fn of(
        toy: &GaussianPair,
        knots: &[f64],
        contenders: &[Contender],
        data: impl Fn(&Contender, f64) -> Result<AsimovCounts, hepsys_paramclf::ParamclfError>,
    ) -> Result<Self, ExperimentError> {
        let edges = [-1.0, -0.125, 0.75, 1.625, 2.5];
        let yields = |z: f64| -> Vec<f64> {
            let below = |x: f64| Normal::standard().cdf((x - z) / toy.uncertainty());
            edges.windows(2).map(|pair| 1e4 * (below(pair[1]) - below(pair[0]))).collect()
        };
        let rows: Vec<Vec<f64>> = knots.iter().map(|&z| yields(z)).collect();
        let variances: Vec<Vec<f64>> = rows.iter().map(|row| row.iter().map(|y| 0.1 * y).collect()).collect();
        let expected = TemplateMorph::new("auxiliary", knots, &rows, &variances, Morphing::default())?;
        let mut widths = Vec::new();
        for turn in [0.25, 0.5] {
            let mut measured = Vec::new();
            for contender in contenders {
                let params =
                    Measurement::params().knowledge(Knowledge::Histogram { expected: expected.clone() });
                let counts = data(contender, turn)?;
                let observed = counts.observed(1.0).auxiliary(yields(turn * PI));
                measured.push(params.check(&contender.templates)?.fit(&observed)?);
            }
            widths.push((turn, measured));
        }
        Ok(Self { widths })
    }
}

impl Contender {
    /// What it finds in the data of a truth and a strength, if it was asked.
    pub(super) fn found(&self, turn: f64, mu: f64) -> Option<&Found> {
        self.results.iter().find(|found| found.turn == turn && found.mu == mu)
    }
}

impl Found {
    fn half_width(&self) -> f64 {
        self.measured.half_width().unwrap_or(f64::NAN)
    }
}

impl Results<'_> {
    pub(super) fn outcome(&self, context: &Context) -> Result<Outcome, ExperimentError> {
        let mut record = context.record(&self.spec.study, self.spec.seed);
        record.quantities = self.quantities()?;
        let summary = Summary::new(&self.spec.title)
            .text(&self.spec.about)
            .heading("What the data look like, and what the scores make of them")
            .figure(toy_figures::clouds(self)?);
        let summary = toy_figures::scores(self, summary)?
            .heading("What a profile over z costs each strategy")
            .table(self.widths())
            .table(self.constraints());
        let summary = toy_figures::profiles(self, summary)
            .text(self.why_the_baseline_is_wide())
            .heading("The likelihood over μ and z");
        let mut summary = toy_figures::planes(self, summary);
        if self.strengths.iter().any(|(_, widths)| !widths.is_empty()) {
            summary = summary.heading("An adversary that is made stronger").table(self.adversaries());
        }
        let summary = summary
            .heading("Other knowledge of z, other uncertainties")
            .table(self.auxiliary_table())
            .table(self.untrained()?)
            .text(self.two_points())
            .heading("What the intervals are worth")
            .table(self.coverage_table()?)
            .figure(toy_figures::coverage(self)?);
        Ok(Outcome { paper: self.spec.paper.clone(), summary, record })
    }

    fn quantities(&self) -> Result<Vec<JudgedQuantity>, ExperimentError> {
        let expected = &self.spec.expected;
        let mut quantities = Vec::new();
        for contender in &self.contenders {
            for found in &contender.results {
                let of = format!("{}, z = {:.3} π", contender.label, found.turn);
                // The tables have all of them; the record has those that something is expected of.
                let fixed = (format!("{of}: half width at fixed z"), found.fixed);
                let profiled = (format!("{of}, μ = {}: half width, profiled", found.mu), found.half_width());
                for (name, width) in [fixed, profiled] {
                    if expected.has(&name) && found.mu == self.spec.strengths[0] {
                        quantities.push(expected.judge(&name, "1", width, 0.0));
                    }
                }
            }
        }
        let at_fixed =
            |index: usize, turn| self.contenders[index].found(turn, 1.0).map_or(f64::NAN, |f| f.fixed);
        let ratio = at_fixed(1, self.spec.truths[2]) / at_fixed(0, self.spec.truths[2]);
        let name = format!("baseline over aware, z = {:.3} π: half widths at fixed z", self.spec.truths[2]);
        quantities.push(expected.judge(&name, "1", ratio, 0.0));
        for (turn, coverage) in &self.coverage {
            let (part, (low, high)) = coverage.coverage()?;
            let name = format!("coverage at z = {turn:.3} π");
            quantities.push(judged(expected, &name, part, 0.5 * (high - low), COVERAGE));
            let name = format!("bias of μ at z = {turn:.3} π");
            let bias = coverage.bias()?;
            quantities.push(judged(expected, &name, bias.value, bias.uncertainty(), BIAS));
        }
        Ok(quantities)
    }

    fn widths(&self) -> Table {
        let mut columns = vec!["strategy".to_owned()];
        for &turn in &self.spec.truths {
            columns.push(format!("z = {turn} π, fixed"));
            columns.extend(self.spec.strengths.iter().map(|mu| format!("profiled, μ = {mu}")));
        }
        let caption = "Half the length of the 68 % interval of μ: at a fixed z for μ = 1, and profiled over z, for data of two strengths. \
                       No classifier can do better than 0.0676 at fixed z, or 0.449 by counting alone.";
        let mut table = Table::new(caption, columns);
        // Classifiers trained at one true z each make one row.
        let mut labels: Vec<&str> = Vec::new();
        for contender in &self.contenders {
            if !labels.contains(&contender.label.as_str()) {
                labels.push(&contender.label);
            }
        }
        for label in labels {
            let mut row = vec![label.to_owned()];
            for &turn in &self.spec.truths {
                let of = |mu: f64| {
                    let same = self.contenders.iter().filter(|c| c.label == label);
                    same.filter_map(move |c| c.found(turn, mu)).next()
                };
                let number = |value: Option<f64>| value.map_or("–".to_owned(), |v| format!("{v:.4}"));
                row.push(number(of(1.0).map(|f| f.fixed)));
                row.extend(self.spec.strengths.iter().map(|&mu| number(of(mu).map(Found::half_width))));
            }
            table = table.row(row);
        }
        table
    }

    /// How much better than the prior the data know z.
    fn constraints(&self) -> Table {
        let caption = "What data of μ = 1 say of z itself: its error over that of the prior, and its pull. Templates of the aware score hardly move \
                       with z, so it says least of z, and its likelihood is no parabola: its pull is none of a normal distribution.";
        let mut table = Table::new(caption, ["strategy", "data at", "z / π", "error over prior", "pull"]);
        for contender in &self.contenders[..2] {
            for found in contender.results.iter().filter(|found| found.mu == 1.0) {
                let number = |v: Option<f64>| v.map_or("–".to_owned(), |v| format!("{v:.3}"));
                table = table.row([
                    contender.label.clone(),
                    format!("z = {} π", found.turn),
                    format!("{:.4}", found.measured.z / PI),
                    number(found.measured.z_constraint()),
                    number(found.measured.z_pull()),
                ]);
            }
        }
        table
    }

    fn why_the_baseline_is_wide(&self) -> String {
        let turn = self.spec.truths[2];
        let of = |index: usize| self.contenders[index].found(turn, 1.0);
        let (Some(aware), Some(baseline)) = (of(0), of(1)) else { return String::new() };
        format!(
            "At z = {turn} π the aware score has turned with the data, and separates them as well as at the nominal angle: {:.4}. The \
             baseline still looks along the nominal line, {:.0}° off, where signal and background overlap more: {:.4} even if z were known, \
             and {:.4} with z profiled. That is no fault of the profile: the information is not in its score any more.",
            aware.fixed,
            180.0 * (turn - self.spec.truths[0]),
            baseline.fixed,
            baseline.half_width()
        )
    }

    fn adversaries(&self) -> Table {
        let [near, far] = [self.spec.truths[0], self.spec.truths[2]];
        let caption = "The half width of μ at fixed z for classifiers that are kept from showing z, one number a training: what the adversary \
                       takes away is what tells signal from background. The last strength is that of the other tables.";
        let columns = ["λ".to_owned(), format!("z = {near} π"), format!("z = {far} π")];
        let mut table = Table::new(caption, columns);
        for (strength, widths) in &self.strengths {
            let list =
                |i: usize| widths.iter().map(|w| format!("{:.4}", w[i])).collect::<Vec<_>>().join(", ");
            table = table.row([strength.to_string(), list(0), list(1)]);
        }
        let adversarial = &self.contenders[3];
        let cell =
            |turn| adversarial.found(turn, 1.0).map_or("–".to_owned(), |f| format!("{:.4}", f.fixed));
        table.row([self.spec.adversary.strength.to_string(), cell(near), cell(far)])
    }

    fn auxiliary_table(&self) -> Table {
        let caption = "The half width of μ for μ = 1, with z measured by a histogram of other events in the place of the prior: no network is \
                       trained again.";
        let columns = ["data at", "aware", "its error of z", "baseline", "its error of z"];
        let mut table = Table::new(caption, columns);
        for (turn, measured) in &self.auxiliary.widths {
            let number = |v: Option<f64>| v.map_or("–".to_owned(), |v| format!("{v:.4}"));
            let cells = measured.iter().flat_map(|m| [number(m.half_width()), number(m.z_error())]);
            table = table.row(std::iter::once(format!("z = {turn} π")).chain(cells));
        }
        table
    }

    fn untrained(&self) -> Result<Table, ExperimentError> {
        let caption = "The half width of μ at fixed z = 0.5 π with an uncertainty of the background's normalisation that no network was \
                       trained with.";
        let mut table = Table::new(caption, ["uncertainty", "aware", "baseline"]);
        let turn = self.spec.truths[2];
        for uncertainty in [0.005, 0.02, 0.1] {
            let mut row = vec![format!("{} %", 100.0 * uncertainty)];
            for contender in &self.contenders[..2] {
                let params = Measurement::params().untrained(Untrained::Normalisation {
                    name: "background normalisation".into(),
                    process: hepsys_paramclf::Process::Background,
                    uncertainty,
                });
                let yields = |morph: &TemplateMorph| morph.at(turn * PI).map(|there| there.yields);
                let (signal, background) =
                    (yields(contender.templates.signal())?, yields(contender.templates.background())?);
                let sum = signal.iter().zip(background).map(|(s, b)| s + b).collect();
                let observed = hepsys_paramclf::Observed::fixed(sum);
                let found = params.check(&contender.templates)?.fit_at(&observed, turn * PI)?;
                row.push(found.half_width().map_or("–".to_owned(), |v| format!("{v:.4}")));
            }
            table = table.row(row);
        }
        Ok(table)
    }

    fn two_points(&self) -> String {
        format!(
            "Without a profile, the baseline at nominal data would quote μ = {:.3} ± {:.3} (statistical), with shifts of {:+.2} and {:+.2} for z one \
             standard deviation lower and higher: the profile is what turns z from an excuse into a measurement.",
            self.shifted.mu,
            self.shifted.half_width.unwrap_or(f64::NAN),
            self.shifted.down,
            self.shifted.up
        )
    }

    fn coverage_table(&self) -> Result<Table, ExperimentError> {
        let caption = "Toys of events with the aware classifier, each with its own measurement of z, which scatters by its uncertainty of 0.5: \
                       how often the 68 % interval of μ holds the true value, and how far the best value is off on average.";
        let columns = ["data at", "toys", "coverage", "bias of μ", "spread of μ", "mean half width"];
        let mut table = Table::new(caption, columns);
        for (turn, coverage) in &self.coverage {
            let (part, (low, high)) = coverage.coverage()?;
            let bias = coverage.bias()?;
            table = table.row([
                format!("z = {turn} π"),
                coverage.toys.len().to_string(),
                format!("{part:.3} ({low:.3} to {high:.3})"),
                format!("{:+.4} ± {:.4}", bias.value, bias.uncertainty()),
                format!("{:.4}", coverage.spread()?),
                format!("{:.4}", coverage.mean_half_width()?.value),
            ]);
        }
        Ok(table)
    }
}

/// How far coverage and bias may be off with any number of toys; with few, three standard deviations are allowed instead.
const COVERAGE: f64 = 0.05;
const BIAS: f64 = 0.02;

/// The verdict within the allowance or three standard deviations, whichever is larger.
fn judged(
    expected: &ExpectedValues,
    name: &str,
    measured: f64,
    uncertainty: f64,
    allowance: f64,
) -> JudgedQuantity {
    let beyond = (uncertainty - allowance / 3.0).max(0.0);
    expected.judge(name, "1", measured, beyond).with_uncertainty(uncertainty)
}

/// The levels of contours that hold 68 % and 95 % of two parameters.
pub(super) const LEVELS: [f64; 2] = [CONTOUR_LEVELS[0], CONTOUR_LEVELS[1]];
