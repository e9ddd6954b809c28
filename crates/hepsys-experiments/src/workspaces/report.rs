//! The page of the study of workspaces.

use hepsys_core::summary::{Axis, Summary, Table};
use hepsys_report::JudgedQuantity;
use hepsys_stats::brazil_band;
use hepsys_stats::histfactory::BinnedLikelihood;
use hepsys_stats::hypothesis::LimitError;

use super::{Found, WorkspacesSpec};
use crate::study::Outcome;
use crate::{Context, ExperimentError};

/// $-2\Delta\ln L$ of one and two standard deviations.
const LEVELS: [f64; 2] = [1.0, 4.0];

/// Models with more parameters than this are not listed parameter by parameter.
const FEW: usize = 10;

pub(super) fn outcome(
    spec: &WorkspacesSpec,
    context: &Context,
    found: &[Found<'_>],
) -> Result<Outcome, ExperimentError> {
    let mut record = context.record(&spec.study, spec.seed);
    let mut summary = Summary::new(&spec.title).text(&spec.about);
    let mut table = Table::new(
        "All workspaces: the parameter of interest with its Hesse error, Z = √q₀, CLs at μ = 1 and the limit at 95 %, observed \
         and (in brackets) expected.",
        ["workspace", "parameters", "best value", "Z", "CLs", "limit"],
    );
    for workspace in found {
        table = table.row(workspace.in_numbers());
        record.quantities.extend(workspace.quantities(spec));
    }
    summary = summary.table(table);
    for workspace in found {
        summary = workspace.show(summary);
    }
    Ok(Outcome { paper: spec.paper.clone(), summary, record })
}

impl Found<'_> {
    fn best(&self) -> f64 {
        self.fit.parameters[self.poi]
    }

    /// The row of the table.
    fn in_numbers(&self) -> [String; 6] {
        let error = self.error.map_or_else(|| " at its bound".to_owned(), |e| format!(" ± {e:.3}"));
        let limit =
            |limit: &Result<f64, LimitError>| limit.as_ref().map_or("–".to_owned(), |v| format!("{v:.3}"));
        [
            self.case.label.clone(),
            self.model.parameters().len().to_string(),
            format!("{:.3}{error}", self.best()),
            format!("{:.2}", self.q0.sqrt()),
            format!("{:.3} ({:.3})", self.cls.observed, self.cls.expected[2]),
            format!("{} ({})", limit(&self.limit.observed), limit(&self.limit.expected[2])),
        ]
    }

    fn quantities(&self, spec: &WorkspacesSpec) -> Vec<JudgedQuantity> {
        let mut quantities = Vec::new();
        let mut add = |what: &str, value: f64| {
            let name = format!("{}: {what}", self.case.name);
            quantities.push(spec.expected.judge(&name, "1", value, 0.0));
        };
        add("twice the negative log-likelihood", 2.0 * self.fit.nll);
        add("best value", self.best());
        if let Some(error) = self.error {
            add("Hesse error", error);
        }
        for (what, minos) in
            [("MINOS error upwards", self.minos.up), ("MINOS error downwards", self.minos.down)]
        {
            if let Some(error) = minos {
                add(what, error);
            }
        }
        add("q0", self.q0);
        add("CLs at 1, observed", self.cls.observed);
        add("CLs at 1, expected", self.cls.expected[2]);
        if let Ok(limit) = self.limit.observed {
            add("limit, observed", limit);
        }
        if let Ok(limit) = self.limit.expected[2] {
            add("limit, expected", limit);
        }
        if let Some(goodness) = &self.goodness {
            add("goodness of fit, p-value", goodness.p_value.value());
        }
        if let Some(toys) = &self.toys {
            let p = &toys.clsb.p_value;
            add("CLs+b at 1, toys", p.value());
            if let Some(cls) = toys.observed {
                let name = format!("{}: CLs at 1, toys", self.case.name);
                quantities.push(spec.expected.judge_estimate(&name, "1", cls));
            }
        }
        quantities
    }

    /// What the page says of it.
    fn show(&self, summary: Summary) -> Summary {
        let likelihood = BinnedLikelihood::new(&self.model, self.data.clone());
        let poi = &self.model.parameters()[self.poi].name;
        let mut own = Summary::new(&self.case.label).text(self.in_words());
        if self.fit.minima.len() > 1 || self.model.parameters().len() <= FEW {
            own = own.append(self.fit.summary(&likelihood));
        }
        for distribution in &self.distributions {
            own = own.figure(distribution.figure(Axis::new("bin", "")));
        }
        own = own.append(self.scan.summary(&LEVELS)).figure(brazil_band(
            "cls",
            format!("CLs against {poi}: what is below the line is excluded at 95 %."),
            (Axis::new(poi, ""), Axis::new("CLs", "").range(0.0, 1.0)),
            Some(0.05),
            &self.band,
        ));
        if let (Some(ranking), Some(shown)) = (&self.ranking, self.case.ranked) {
            own = own.append(ranking.summary(shown));
        }
        if let Some(figure) = self.case.correlated.and_then(|c| self.fit.correlation_figure(&likelihood, c)) {
            own = own.figure(figure);
        }
        if let Some(goodness) = &self.goodness {
            own = own.append(goodness.summary(None));
        }
        if let Some(toys) = &self.toys {
            own = own.append(toys.summary(1.0));
        }
        summary.section(own.prefix_figures(&self.case.name))
    }

    fn in_words(&self) -> String {
        format!(
            "{} in {}, {}; searched from {}, where {} found.",
            counted(self.model.n_bins(), "bin"),
            counted(self.model.channels().len(), "channel"),
            counted(self.model.parameters().len(), "parameter"),
            counted(self.case.starts, "place"),
            if self.fit.minima.len() == 1 {
                "one minimum was".to_owned()
            } else {
                format!("{} minima were", self.fit.minima.len())
            },
        )
    }
}

fn counted(n: usize, what: &str) -> String {
    if n == 1 { format!("one {what}") } else { format!("{n} {what}s") }
}
