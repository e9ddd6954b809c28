//! The page of a one-dimensional study.

use hepsys_core::summary::{Axis, Figure, Layer, Role, Summary, Table};
use hepsys_nplm::{ClipScan, MlpShape, TrainingPercentiles, Validation};
use hepsys_report::JudgedQuantity;
use hepsys_stats::{ChiSquared, KolmogorovSmirnov, mean, median};

use super::learnt_scale::LearntScale;
use super::{CaseResult, ExponentialSpec, ideal};
use crate::expected::p_value;
use crate::figures::{ratio_band, t_distribution};
use crate::significance::MedianSignificance;
use crate::study::Outcome;
use crate::{Context, ExperimentError, selection};

/// All that the study made.
pub(super) struct Results<'a> {
    pub(super) cases: &'a [CaseResult<'a>],
    pub(super) learnt: LearntScale,
    pub(super) validation: Option<Validation>,
    pub(super) training: Option<TrainingPercentiles>,
    pub(super) clips: Option<ClipScan>,
}

pub(super) fn outcome(
    spec: &ExponentialSpec,
    context: &Context,
    n_reference: usize,
    results: &Results<'_>,
) -> Result<Outcome, ExperimentError> {
    let Results { cases, learnt, validation, training, clips } = results;
    let shape = cases.first().map(|result| result.search.nplm.shape(1)).transpose()?;
    let target = Target {
        dof: shape.as_ref().map_or(1, MlpShape::n_parameters),
        // Toys of the reference with nominal nuisance parameters are what signals are compared with.
        null: cases.iter().find(|r| r.case.is_nominal()).map(CaseResult::statistics).unwrap_or_default(),
    };
    let mut summary = Summary::new(&spec.title).text(&spec.about).text(format!(
        "Each toy generates its own reference of {n_reference} events for N(R₀) = {} and draws its auxiliary measurements \
         around the true nuisance parameters. The network is {}; {}, weight clip {}.",
        spec.expected_events,
        shape.map_or_else(String::new, |s| s.to_string()),
        spec.network.optimizer_in_words(),
        spec.network.weight_clip.map_or("none".to_owned(), |c| c.to_string()),
    ));
    let mut record = context.record(&spec.study, spec.seed);
    let mut table = Table::new(
        "The toys in numbers: medians of τ and Δ, mean and median of t.",
        ["toys", "number", "median τ", "median Δ", "mean t", "median t"],
    );
    for result in *cases {
        let cells = result.in_numbers(spec, &mut record.quantities)?;
        table = table.row(cells);
        summary = summary.heading(&result.case.label);
        summary = match result.case.signal {
            None => result.without_signal(&target, summary, &mut record.quantities)?,
            Some(_) => result.with_signal(&target, spec, summary, &mut record.quantities)?,
        };
    }
    for (worst, name) in learnt.worst.iter().zip(["δ₁", "δ₂"]) {
        let name = format!("largest error of the learnt {name} up to x = 3");
        record.quantities.push(spec.expected.judge(&name, "1", *worst, 0.0));
    }
    summary = summary.heading("All toys").table(table);
    if clips.is_some() || validation.is_some() {
        summary = summary.text(format!(
            "The toys that follow, which choose the clip and validate the test, have references of {} events.",
            spec.calibration_reference_events
        ));
    }
    summary = selection::on_page(summary, clips.as_ref(), spec.network.weight_clip);
    record.quantities.extend(clips.iter().flat_map(selection::reported));
    if let Some(validation) = validation {
        summary = summary
            .heading("Is it calibrated at other nuisance parameters?")
            .figure(validation.figure())
            .table(validation.table());
        record.quantities.extend(crate::validation::judged(validation));
    }
    if let Some(training) = training {
        summary = summary
            .heading("The training of the papers")
            .text(format!(
                "In the mode of the papers t grows with the number of epochs, and the weight clip is chosen for a training of a \
                 given length. In the last tenth of this one the median of t rose by {:.2}.",
                training.late_rise()
            ))
            .figure(training.figure());
        let name = "rise of the median t in the last tenth of the training of the papers";
        record.quantities.push(JudgedQuantity::reported(name, "1", training.late_rise()));
    }
    if let Some(ideal) = ideal::table(spec, &mut record.quantities)? {
        summary = summary.heading("What could be seen at best").table(ideal);
    }
    summary = summary.heading("Learning the nuisance parameter").figure(learnt.figure.clone());
    Ok(Outcome { paper: spec.paper.clone(), summary, record })
}

/// What the toys of every benchmark are compared with.
struct Target {
    /// The number of parameters of the network.
    dof: usize,
    /// The statistics of toys of the nominal reference.
    null: Vec<f64>,
}

impl CaseResult<'_> {
    fn statistics(&self) -> Vec<f64> {
        self.toys.iter().map(|toy| toy.t).collect()
    }

    fn name(&self, what: &str) -> String {
        format!("{}: {what}", self.case.name)
    }

    /// The row of the table, and the quantities it stands for.
    fn in_numbers(
        &self,
        spec: &ExponentialSpec,
        quantities: &mut Vec<JudgedQuantity>,
    ) -> Result<Vec<String>, ExperimentError> {
        let t = self.statistics();
        let tau: Vec<f64> = self.toys.iter().map(|toy| toy.tau).collect();
        let delta: Vec<f64> = self.toys.iter().map(|toy| toy.delta).collect();
        let mut cells = vec![self.case.label.clone(), self.toys.len().to_string()];
        for (what, estimate) in [
            ("median τ", median(&tau)?),
            ("median Δ", median(&delta)?),
            ("mean t", mean(&t)?),
            ("median t", median(&t)?),
        ] {
            cells.push(format!("{:.2} ± {:.2}", estimate.value, estimate.uncertainty()));
            quantities.push(spec.expected.judge_estimate(&self.name(what), "1", estimate));
        }
        let unconverged = self.toys.iter().filter(|toy| !toy.has_converged).count();
        quantities.push(JudgedQuantity::reported(self.name("toys"), "1", t.len() as f64));
        let name = self.name("toys whose search did not converge");
        quantities.push(JudgedQuantity::reported(name, "1", unconverged as f64));
        Ok(cells)
    }

    fn without_signal(
        &self,
        target: &Target,
        summary: Summary,
        quantities: &mut Vec<JudgedQuantity>,
    ) -> Result<Summary, ExperimentError> {
        let (dof, t) = (target.dof, self.statistics());
        let chi_squared = ChiSquared::new(dof as f64)?;
        let ks = KolmogorovSmirnov::one_sample(&t, |t| chi_squared.cdf(t))?;
        let name = self.name(&format!("KS p-value of t against χ² with {dof} degrees of freedom"));
        quantities.push(p_value(&name, ks.p_value().value(), "the target distribution of the test"));
        let caption = format!(
            "The test statistic t = τ − Δ of toys (points; {}) and the target χ² with {dof} degrees of freedom.",
            self.case.label
        );
        let name = format!("t-{}", self.case.name);
        Ok(summary.figure(t_distribution(&name, &caption, dof, &t, &[], None)?))
    }

    fn with_signal(
        &self,
        target: &Target,
        spec: &ExponentialSpec,
        summary: Summary,
        quantities: &mut Vec<JudgedQuantity>,
    ) -> Result<Summary, ExperimentError> {
        let (dof, t, case) = (target.dof, self.statistics(), self.case);
        let z = MedianSignificance::new(&t, &target.null, &ChiSquared::new(dof as f64)?)?;
        quantities.push(spec.expected.judge(&self.name("median Z"), "σ", z.asymptotic, z.uncertainty));
        let caption = format!(
            "The test statistic of toys with the signal (line), of toys without (points) and the target χ² with {dof} \
             degrees of freedom."
        );
        let name = format!("t-{}", case.name);
        let distribution = t_distribution(&name, &caption, dof, &target.null, &[(&case.label, &t)], None)?;
        let mut band = Figure::new(
            format!("learnt-{}", case.name),
            "What the network learnt: the expected yield of the alternative over that of the best reference, median and \
             central 68 % over toys.",
            Axis::new("x", "").range(0.0, 12.0),
            Axis::new("n(x|H) / n(x|R)", "").log(),
        )
        .layer(Layer::HorizontalLine { label: String::new(), role: Role::Expectation, y: 1.0 });
        for layer in ratio_band(&case.label, Role::Signal, &self.search.binning, &self.toys) {
            band = band.layer(layer);
        }
        let in_words = format!(
            "Median Z: {:.2} ± {:.2} from the χ² ({}).",
            z.asymptotic,
            z.uncertainty,
            z.empirical_in_words()
        );
        Ok(summary.figure(distribution).text(in_words).figure(band))
    }
}
