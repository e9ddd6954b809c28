//! What fits, scans, rankings and levels say of themselves.

use hepsys_core::Binning;
use hepsys_core::summary::{Axis, Block, Layer, Summary};
use hepsys_stats::fit::{CONTOUR_LEVELS, Fitter};
use hepsys_stats::histfactory::{BinnedLikelihood, Data, Model};
use hepsys_stats::hypothesis::Asymptotic;
use hepsys_stats::workspace::{Channel, Interpolation, Modifier, Sample, Workspace};
use hepsys_stats::{BandPoint, Distribution, brazil_band};

fn search() -> (Model, Data) {
    let signal = Sample::new("signal", [2.0, 20.0]).modifier(Modifier::normfactor("mu"));
    let background = Sample::new("background", [50.0, 60.0])
        .modifier(Modifier::staterror("stat", [3.0, 4.0]))
        .modifier(Modifier::normsys("scale", 0.9, 1.1));
    let region = Channel::new("region").sample(signal).sample(background);
    Workspace::new("search", "mu")
        .channel(region, [52.0, 75.0])
        .model(None, Interpolation::default())
        .unwrap()
}

fn tables(summary: &Summary) -> Vec<&hepsys_core::summary::Table> {
    let mut tables = Vec::new();
    for block in &summary.blocks {
        if let Block::Table(table) = block {
            tables.push(table);
        }
    }
    tables
}

/// JSON has no NaN: a number that is none would not come back.
fn assert_survives_json(summary: &Summary) {
    let text = serde_json::to_string(summary).unwrap();
    assert_eq!(&serde_json::from_str::<Summary>(&text).unwrap(), summary);
}

#[test]
fn a_fit_lists_its_parameters_and_correlations() {
    let (model, data) = search();
    let likelihood = BinnedLikelihood::new(&model, data);
    let fit = Fitter::default().fit(&likelihood);
    let summary = fit.summary(&likelihood);
    assert_survives_json(&summary);
    assert!(matches!(&summary.blocks[0], Block::Text(text) if text.starts_with("The fit converged")));
    assert_eq!(tables(&summary)[0].rows.len(), 4);
    let all = fit.correlation_table(&likelihood, 0.0).unwrap();
    assert_eq!((all.rows.len(), all.columns.len()), (4, 5));
    assert_eq!(all.rows[0][1], "1.000");
    assert!(fit.correlation_table(&likelihood, 0.999).unwrap().rows.is_empty());
    assert_eq!(fit.correlation_figure(&likelihood, 0.999), None);
    let figure = fit.correlation_figure(&likelihood, 0.0).unwrap();
    assert_eq!(figure.x.names, all.columns[1..]);
    assert_eq!(figure.caption, all.caption);
    let Layer::HeatMap { n_columns: 4, values, .. } = &figure.layers[0] else { panic!("{figure:?}") };
    assert!((0..4).all(|i| (values[i * 5] - 1.0).abs() < 1e-12), "to rounding: {values:?}");
    assert_eq!(all.rows[0][2], format!("{:.3}", values[1]));
    assert_survives_json(&Summary::new("Correlations").figure(figure));
}

#[test]
fn scans_draw_their_profiles_and_contours() {
    let (model, data) = search();
    let likelihood = BinnedLikelihood::new(&model, data);
    let fitter = Fitter::default();
    let fit = fitter.fit(&likelihood);
    let mu = model.poi().unwrap();
    let values: Vec<f64> = (0..13).map(|i| 0.25 * f64::from(i)).collect();
    let scan = fitter.scan(&likelihood, &fit, mu, &values).unwrap().summary(&[1.0, 3.84]);
    assert_survives_json(&scan);
    assert_eq!(tables(&scan)[0].rows.len(), 2);
    let scale = model.index_of("scale").unwrap();
    let heights: Vec<f64> = (0..13).map(|i| -3.0 + 0.5 * f64::from(i)).collect();
    let plane = fitter.scan_plane(&likelihood, &fit, [mu, scale], &values, &heights).unwrap();
    let summary = plane.summary(&CONTOUR_LEVELS);
    assert_survives_json(&summary);
    assert!(summary.figures().next().unwrap().layers.len() >= 3);
}

#[test]
fn a_ranking_names_and_draws_its_parameters() {
    let (model, data) = search();
    let likelihood = BinnedLikelihood::new(&model, data);
    let fitter = Fitter::default();
    let ranking = fitter.ranking(&likelihood, &fitter.fit(&likelihood), model.poi().unwrap()).unwrap();
    let summary = ranking.summary(2);
    assert_survives_json(&summary);
    assert_eq!(tables(&summary)[0].rows.len(), 2);
    let figures: Vec<_> = summary.figures().collect();
    assert_eq!(figures.iter().map(|f| f.name.as_str()).collect::<Vec<_>>(), ["pulls", "impacts"]);
    let ranked: Vec<&str> = ranking.by_impact().into_iter().take(2).map(|p| p.name.as_str()).collect();
    for figure in &figures {
        assert_eq!(figure.y.names, ranked);
    }
    let Layer::Bars { to, is_filled: true, .. } = &figures[1].layers[0] else { panic!("{:?}", figures[1]) };
    assert_eq!(to[0], *ranking.by_impact()[0].postfit.up.as_ref().unwrap());
    let Layer::Points { x, x_errors, .. } = &figures[0].layers[2] else { panic!("{:?}", figures[0]) };
    let constraint = ranking.by_impact()[0].constraint.unwrap();
    assert_eq!((x[0], x_errors[0]), (constraint.pull, constraint.reduction));
}

#[test]
fn levels_make_a_brazil_band() {
    let (model, data) = search();
    let likelihood = BinnedLikelihood::new(&model, data);
    let asymptotic = Asymptotic::new(&likelihood, Fitter::default(), model.poi().unwrap()).unwrap();
    let points: Vec<BandPoint> = (1..8)
        .map(|i| 0.5 * f64::from(i))
        .map(|mu| BandPoint::of_cls(mu, &asymptotic.cls(mu).unwrap()))
        .collect();
    let axes = (Axis::new("μ", ""), Axis::new("CLs", "").log());
    let figure = brazil_band("cls", "Levels of μ.", axes, Some(0.05), &points);
    assert_survives_json(&Summary::new("Levels").figure(figure));
    let limit = asymptotic.limit(0.95, 10.0);
    let point = BandPoint::of_limit(500.0, &limit).unwrap();
    assert!(point.expected.windows(2).all(|pair| pair[0] < pair[1]));
}

#[test]
fn distributions_know_their_uncertainty_before_and_after_the_fit() {
    let (model, data) = search();
    let likelihood = BinnedLikelihood::new(&model, data);
    let fit = Fitter::default().fit(&likelihood);
    let before = Distribution::before_fit(&likelihood, "region", None).unwrap();
    // μ is one, without uncertainty: 3 and 5 events from staterror and normsys, whose polynomial has the slope ln(1.1/0.9)/2 or so.
    assert_eq!(before.total(), [52.0, 80.0]);
    assert_eq!(before.samples.iter().map(|s| s.0.as_str()).collect::<Vec<_>>(), ["background", "signal"]);
    assert_eq!(before.is_signal, [false, true]);
    assert!((before.uncertainties[0] - 3.0_f64.hypot(5.0)).abs() < 0.1, "{:?}", before.uncertainties);
    let binning = Binning::uniform(2, 100.0, 200.0).unwrap();
    let after = Distribution::after_fit(&likelihood, &fit, "region", Some(binning)).unwrap();
    assert!(after.uncertainties[0] < before.uncertainties[0]);
    // The fit of μ makes the second bin as uncertain as its count.
    assert!((after.uncertainties[1] - 75.0_f64.sqrt()).abs() < 0.5, "{:?}", after.uncertainties);
    let figure = after.figure(Axis::new("m", "GeV"));
    assert_eq!((figure.layers.len(), figure.lower.as_ref().unwrap().layers.len()), (4, 2));
    assert!(matches!(&figure.layers[3], Layer::Points { y, .. } if y == &[52.0, 75.0]));
    assert_survives_json(&Summary::new("Region").figure(figure));
    let error = Distribution::before_fit(&likelihood, "elsewhere", None).unwrap_err();
    assert_eq!(error.to_string(), "a channel must be one of the model, got \"elsewhere\"");
    let three = Some(Binning::uniform(3, 0.0, 1.0).unwrap());
    let error = Distribution::before_fit(&likelihood, "region", three).unwrap_err();
    assert_eq!(error.to_string(), "the number of bins of channel \"region\" must be 2, got 3");
}
