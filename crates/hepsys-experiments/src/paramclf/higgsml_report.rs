//! The page of H → ττ.

use hepsys_core::summary::{Axis, Figure, Layer, Role, Summary, Table};
use hepsys_paramclf::{profile_curve, score_figure};

use super::higgsml::Results;
use super::higgsml_pool::STORED_CUT;
use crate::study::Outcome;
use crate::{Context, ExperimentError};

/// How far a ratio may be from one whatever its error.
const ALLOWANCE: f64 = 0.05;

impl Results<'_> {
    pub(super) fn outcome(&self, context: &Context) -> Result<Outcome, ExperimentError> {
        let mut record = context.record(&self.spec.study, self.spec.seed);
        for truth in &self.truths {
            for found in &truth.found {
                let name = format!("{}, z = {}, μ = {}: ratio", found.label, truth.z, truth.mu);
                if self.spec.expected.has(&name) {
                    // Within the allowance or two standard deviations; the verdict adds three of them to the allowance.
                    let error = if found.error.is_finite() { found.error } else { 0.0 };
                    let beyond = ((2.0 * error - ALLOWANCE) / 3.0).max(0.0);
                    let judged = self.spec.expected.judge(&name, "1", found.ratio, beyond);
                    record.quantities.push(judged.with_uncertainty(error));
                }
            }
        }
        let summary = Summary::new(&self.spec.title)
            .text(&self.spec.about)
            .text(format!(
                "Half of the events train the classifiers, the other half makes templates and data. Background weights are coarse, \
                 {:.0} effective events, so the yields are set to {:.0} background and {:.1} signal events: statistical errors \
                 of the data then exceed those of the simulation. The tau has more than {} GeV after the shift of the scale; the file begins at \
                 {} GeV, so that scales up to {:.2} are covered, and the templates end there. The data are what the template half \
                 expects, so that a ratio compares classifiers and not fluctuations.",
                self.effective,
                self.yields[1],
                self.yields[0],
                self.spec.tau_cut,
                STORED_CUT,
                self.spec.tau_cut / STORED_CUT
            ))
            .heading("What each strategy keeps of the likelihood")
            .table(self.ratios())
            .heading("Profiles");
        let summary = self.profiles(summary).heading("What the scores make of the scale");
        let summary = self.scores(summary)?.heading("Uncertainties that no classifier was trained with");
        Ok(Outcome { paper: self.spec.paper.clone(), summary: self.untrained(summary), record })
    }

    fn ratios(&self) -> Table {
        let caption = "−Δ ln L, profiled over the scale, two standard deviations from the true μ, over that of a classifier trained at the true \
                       scale; errors from resampled events. Then the same with data of other events than the templates': there \
                       both halves fluctuate as much as the data would, and a ratio is that of two fluctuating numbers. Then the same \
                       classifiers with a lower cut, where the file covers scales beyond; last μ with its upper error.";
        let columns = ["data", "strategy", "ratio", "other events", "lower cut", "μ", "upper error"];
        let mut table = Table::new(caption, columns);
        for truth in &self.truths {
            for found in &truth.found {
                let error =
                    if found.error.is_finite() { format!(" ± {:.3}", found.error) } else { String::new() };
                table = table.row([
                    format!("z = {}, μ = {}", truth.z, truth.mu),
                    found.label.clone(),
                    format!("{:.3}{error}", found.ratio),
                    format!("{:.3}", found.independent),
                    found.lower_cut.map_or("not covered".to_owned(), |ratio| format!("{ratio:.3}")),
                    format!("{:.3}", found.measured.mu),
                    found
                        .measured
                        .mu_high
                        .map_or("–".to_owned(), |v| format!("{:.3}", v - found.measured.mu)),
                ]);
            }
        }
        table
    }

    fn profiles(&self, mut summary: Summary) -> Summary {
        const ROLES: [Role; 5] = [Role::Fit, Role::Reference, Role::Other, Role::Signal, Role::Data];
        for truth in self.truths.iter().filter(|truth| truth.mu == 1.0) {
            let caption = format!(
                "Twice the negative log-likelihood above its minimum along μ, with the scale profiled, for data of μ = {} at z = {}.",
                truth.mu, truth.z
            );
            let last = truth.found.last().map(|f| &f.measured);
            let up = last.and_then(|m| Some(m.mu_high? - m.mu)).unwrap_or(1.0);
            let x = Axis::new("μ", "").range(0.0, truth.mu + 2.5 * up);
            let y = Axis::new("−2 Δ ln L", "").range(0.0, 6.0);
            let mut figure = Figure::new(format!("profile-{}", truth.z), caption, x, y);
            for (found, role) in truth.found.iter().zip(ROLES) {
                let mut curve = profile_curve(&found.label, role, &found.profile);
                if let (Role::Data, Layer::Curve { is_dashed, .. }) = (role, &mut curve) {
                    *is_dashed = true;
                }
                figure = figure.layer(curve);
            }
            let one = Layer::HorizontalLine { label: String::new(), role: Role::Reference, y: 1.0 };
            summary = summary.figure(figure.layer(one));
        }
        summary
    }

    fn scores(&self, mut summary: Summary) -> Result<Summary, ExperimentError> {
        for (label, templates) in &self.templates {
            let caption = format!(
                "The logit of the strategy \"{label}\" at three scales, signal (solid) and background (dashed), each normalised to one."
            );
            let axis = Axis::new("logit of the score", "");
            let mut figure = score_figure(
                format!("score-{label}"),
                caption,
                axis,
                &self.edges,
                templates,
                &self.spec.truths,
            )?;
            figure.y = figure.y.log();
            summary = summary.figure(figure);
        }
        Ok(summary)
    }

    fn untrained(&self, mut summary: Summary) -> Summary {
        let caption = "The upper error of μ of the aware classifier for nominal data, with the nuisance parameters of the FAIR universe \
                       challenge that it was not trained with, one more in each row; all of them and the scale are profiled.";
        let mut table = Table::new(caption, ["one more", "upper error of μ"]);
        for (name, error) in &self.untrained.rows {
            table = table.row([name.clone(), error.map_or("–".to_owned(), |error| format!("{error:.4}"))]);
        }
        summary = summary.table(table);
        for remark in &self.untrained.remarks {
            summary = summary.text(remark);
        }
        summary
    }
}
