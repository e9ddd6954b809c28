//! The figures that studies share.

use hepsys_core::summary::{Axis, Figure, Layer, Role};
use hepsys_core::{Binning, CoreError, Template, Weights};
use hepsys_nplm::{Experiment, NplmFit};
use hepsys_stats::ChiSquared;

use crate::ExperimentError;
use crate::search::{Search, ToyResult};

/// The distribution of t: toys of the reference as points, the target χ² as a curve, toys with a signal as a line.
///
/// # Errors
///
/// If there is no toy.
pub fn t_distribution(
    name: &str,
    caption: &str,
    dof: usize,
    null: &[f64],
    signals: &[(&str, &[f64])],
    observed: Option<f64>,
) -> Result<Figure, ExperimentError> {
    let chi_squared = ChiSquared::new(dof as f64)?;
    let spread = (2.0 * dof as f64).sqrt();
    let all = || null.iter().chain(signals.iter().flat_map(|(_, t)| t.iter())).chain(&observed).copied();
    let low = all().fold(dof as f64 - 3.5 * spread, f64::min).max(0.0).floor();
    let high = all().fold(dof as f64 + 4.5 * spread, f64::max).ceil();
    // Bins of half a standard deviation of the target.
    let n_bins = (((high - low) / (0.5 * spread)).ceil() as usize).clamp(8, 80);
    let binning = Binning::uniform(n_bins, low, high)?;
    let width = binning.widths()[0];
    let fill = |t: &[f64]| binning.fill("toys", t, &Weights::unit(t.len()));
    let density = (0..=300).map(|i| {
        let t = low + (high - low) * f64::from(i) / 300.0;
        (t, chi_squared.density(t) * width * null.len() as f64)
    });
    let mut figure = Figure::new(name, caption, Axis::new("t", ""), Axis::new("toys per bin", ""))
        .layer(Layer::curve(format!("χ², {dof} d.o.f."), Role::Expectation, density));
    let roles = [Role::Signal, Role::Other];
    for ((label, t), role) in signals.iter().zip(roles) {
        // Fewer toys with a signal are drawn at the scale of those without.
        let scale = null.len() as f64 / t.len().max(1) as f64;
        let label = format!(
            "{label}, {} toys{}",
            t.len(),
            if scale == 1.0 { String::new() } else { format!(" (×\u{a0}{scale:.1})") }
        );
        figure = figure.layer(Layer::line(label, role, &scaled(&fill(t)?, scale)?));
    }
    if let Some(x) = observed {
        figure = figure.layer(Layer::VerticalLine { label: "observed".into(), role: Role::Fit, x });
    }
    Ok(figure.layer(Layer::points(format!("reference, {} toys", null.len()), Role::Data, &fill(null)?)))
}

/// Data, the reference with its best nuisance parameters, and what was learnt, in the variable of the search,
/// with the ratio to the reference below.
///
/// # Errors
///
/// If a sample lacks the variable.
pub fn learnt(
    search: &Search,
    events: &Experiment,
    fit: &NplmFit,
    caption: &str,
    x: Axis,
) -> Result<Figure, ExperimentError> {
    let learnt = fit.reconstruct(&events.reference, &search.variable, &search.binning)?;
    let reference = &learnt.reference;
    let data = search.binning.fill("data", events.data.column(&search.variable)?, events.data.weights())?;
    let bins: Vec<usize> = (0..search.binning.n_bins()).filter(|&i| reference.yields()[i] > 0.0).collect();
    let over =
        |values: &[f64]| -> Vec<f64> { bins.iter().map(|&i| values[i] / reference.yields()[i]).collect() };
    let choose = |values: &[f64]| -> Vec<f64> { bins.iter().map(|&i| values[i]).collect() };
    let points = Layer::Points {
        label: String::new(),
        role: Role::Data,
        x: choose(&search.binning.centers()),
        y: over(data.yields()),
        y_errors: over(&data.uncertainties()).into_iter().map(|e| (e, e)).collect(),
        x_errors: choose(&search.binning.widths()).into_iter().map(|w| 0.5 * w).collect(),
    };
    // Where nothing is expected nothing can be learnt.
    let ratio = |(learnt, expected): (&f64, &f64)| if *expected > 0.0 { learnt / expected } else { 0.0 };
    let line = Layer::Histogram {
        label: String::new(),
        role: Role::Fit,
        edges: search.binning.edges().to_vec(),
        values: learnt.alternative.yields().iter().zip(reference.yields()).map(ratio).collect(),
        errors: Vec::new(),
        is_filled: false,
    };
    let one = Layer::HorizontalLine { label: String::new(), role: Role::Reference, y: 1.0 };
    Ok(Figure::new(format!("learnt-{}", search.variable), caption, x, Axis::new("events per bin", "").log())
        .layer(Layer::filled("reference", Role::Reference, reference))
        .layer(Layer::line("learnt", Role::Fit, &learnt.alternative))
        .layer(Layer::points("data", Role::Data, &data))
        .lower(Axis::new("over reference", "").range(0.0, 4.0), [one, line, points]))
}

/// A template times a number.
///
/// # Errors
///
/// If a product is not finite.
pub fn scaled(template: &Template, factor: f64) -> Result<Template, CoreError> {
    Template::new(
        template.name(),
        template.binning().clone(),
        template.yields().iter().map(|y| y * factor).collect(),
        template.variances().iter().map(|v| v * factor * factor).collect(),
    )
}

/// The median and the central 68 % of what toys learnt in each bin; bins where nothing is expected are left out.
#[must_use]
pub fn ratio_band(label: &str, role: Role, binning: &Binning, toys: &[ToyResult]) -> [Layer; 2] {
    let (mut x, mut middle, mut lower, mut upper) = (vec![], vec![], vec![], vec![]);
    for (bin, center) in binning.centers().into_iter().enumerate() {
        let mut ratios: Vec<f64> = toys.iter().map(|t| t.ratio[bin]).filter(|r| *r > 0.0).collect();
        if ratios.len() < toys.len().max(3) / 2 {
            continue;
        }
        ratios.sort_by(f64::total_cmp);
        let at = |q: f64| ratios[((ratios.len() - 1) as f64 * q).round() as usize];
        x.push(center);
        lower.push(at(0.16));
        middle.push(at(0.5));
        upper.push(at(0.84));
    }
    [
        Layer::Band { label: format!("{label}, 68 %"), role, x: x.clone(), lower, upper },
        Layer::Curve { label: format!("{label}, median"), role, x, y: middle, is_dashed: false },
    ]
}
