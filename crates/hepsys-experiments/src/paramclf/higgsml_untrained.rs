//! Nuisance parameters that no classifier was trained with: those of the FAIR universe challenge beside the tau energy scale.

use hepsys_core::{Sample, Variation};
use hepsys_io::HiggsMl;
use hepsys_paramclf::{Morphing, TemplateMorph, TrainedClassifier, Untrained as Uncertainty};
use hepsys_sim::fair::{FairNuisance, FairNuisances};

use super::counts::AsimovCounts;
use super::higgsml::Bench;
use super::higgsml_pool::{Pool, shifted};
use crate::ExperimentError;

/// The upper error of μ at nominal data, with one untrained nuisance parameter more in each row; all are profiled, the scale too.
pub(super) struct Untrained {
    /// Name, and the upper error of μ with it and all before it.
    pub(super) rows: Vec<(String, Option<f64>)>,
    /// Why others are left out, and what the likelihood has instead of a prior.
    pub(super) remarks: Vec<String>,
}

/// Signal and background in bins.
type Yields = [Vec<f64>; 2];

impl Untrained {
    /// The aware classifier, data at the nominal scale.
    pub(super) fn of(
        bench: &Bench<'_>,
        classifier: &TrainedClassifier,
        events: &HiggsMl,
        scale: &dyn Variation,
        pool: &Pool,
    ) -> Result<Self, ExperimentError> {
        let templates = bench.templates(classifier, pool)?;
        let counts = AsimovCounts::new(&bench.discriminant(classifier), pool.at(1.0)?, &pool.scales())?;
        let observed = counts.observed(1.0);
        let nuisances = FairNuisances::for_processes(events.processes());
        let mut remarks: Vec<String> =
            nuisances.dropped().iter().map(|dropped| format!("Left out: {dropped}.")).collect();
        remarks.push(
            "The width of soft_met is log-normal: its logarithm is the parameter, normal about zero, and what it adds is measured from \
             the width of 1 GeV that this centre is."
                .into(),
        );
        let at_nominal = [templates.signal().at(1.0)?.yields, templates.background().at(1.0)?.yields];
        let mut params = Bench::params();
        let error = |params: &hepsys_paramclf::MeasurementParams| -> Result<Option<f64>, ExperimentError> {
            let found = params.clone().check(&templates)?.fit(&observed)?;
            Ok(found.mu_high.map(|high| high - found.mu))
        };
        let mut rows = vec![("tes alone".to_owned(), error(&params)?)];
        for &nuisance in nuisances.kept().iter().filter(|n| **n != FairNuisance::Tes) {
            let thetas: &[f64] = match nuisance {
                // From no noise to speak of to the 5 GeV at which the challenge clips it.
                FairNuisance::SoftMet => &[-3.0, -1.0, 0.0, 1.0, 1.6],
                _ => &[-3.0, 0.0, 3.0],
            };
            let at = |theta: f64| yields(bench, classifier, events, scale, nuisance, theta);
            let centre = at(0.0)?;
            let mut shapes: [Vec<Vec<f64>>; 2] = Default::default();
            for &theta in thetas {
                for ((shape, there), (centre, nominal)) in
                    shapes.iter_mut().zip(at(theta)?).zip(centre.iter().zip(&at_nominal))
                {
                    shape.push(
                        there.iter().zip(centre).zip(nominal).map(|((t, c), n)| n * ratio(*t, *c)).collect(),
                    );
                }
            }
            let name = nuisance.to_string();
            let [signal, background] = shapes.map(|rows| {
                let zeros = vec![vec![0.0; bench.n_bins()]; rows.len()];
                TemplateMorph::new(&name, thetas, &rows, &zeros, Morphing::default())
            });
            let acts_on_signal = events
                .processes()
                .iter()
                .any(|p| nuisance.acts_on(p) && !FairNuisance::Background.acts_on(p));
            let signal = if acts_on_signal { Some(Box::new(signal?)) } else { None };
            params = params.untrained(Uncertainty::Shape {
                name: name.clone(),
                signal,
                background: Some(Box::new(background?)),
            });
            rows.push((name, error(&params)?));
        }
        Ok(Self { rows, remarks })
    }
}

/// The factor of a bin; where nothing is expected nothing changes.
fn ratio(there: f64, centre: f64) -> f64 {
    if centre > 0.0 { there / centre } else { 1.0 }
}

/// The events that make templates, at the nominal scale, with a nuisance parameter at θ standard deviations.
fn yields(
    bench: &Bench<'_>,
    classifier: &TrainedClassifier,
    events: &HiggsMl,
    scale: &dyn Variation,
    nuisance: FairNuisance,
    theta: f64,
) -> Result<Yields, ExperimentError> {
    let score = bench.discriminant(classifier);
    let value = match nuisance {
        FairNuisance::SoftMet => theta.exp(),
        _ => theta * nuisance.sigma(),
    };
    let mut yields: Yields = [vec![0.0; bench.n_bins()], vec![0.0; bench.n_bins()]];
    for process in events.processes() {
        let sample = of_templates(events, process)?;
        let varied = if nuisance.acts_on(process) {
            let seed = bench.seed.named("soft met").named(process);
            nuisance.variation(0.0, seed)?.vary(&sample, value)?
        } else {
            sample
        };
        // The scale recomputes what derives from momenta, as for all other templates.
        let selected = shifted(&varied, scale, 1.0, bench.spec.tau_cut)?;
        let class = usize::from(FairNuisance::Background.acts_on(process));
        let counts = score.counter(&selected)?.count(1.0).0;
        yields[class].iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
    }
    Ok(yields)
}

/// The events of a process in the half that makes templates.
fn of_templates(events: &HiggsMl, process: &str) -> Result<Sample, ExperimentError> {
    let processes: Vec<&str> = events.process_of_events().into_iter().flatten().collect();
    let places = (0..processes.len()).filter(|&i| processes[i] == process && events.event_ids()[i] % 2 == 1);
    Ok(events.events().take(&places.collect::<Vec<_>>())?)
}
