use hepsys_core::Binning;
use hepsys_stats::Significance;
use proptest::prelude::*;

use super::*;

fn template(name: &str, yields: &[f64], variances: &[f64]) -> Template {
    let bins = Binning::uniform(yields.len(), 0.0, 1.0).unwrap();
    Template::new(name, bins, yields.to_vec(), variances.to_vec()).unwrap()
}

/// Without statistical errors.
fn exact(name: &str, yields: &[f64]) -> Template {
    template(name, yields, &vec![0.0; yields.len()])
}

fn band(model: LimitModel) -> [f64; 5] {
    model.check().unwrap().expected_limit().unwrap().band()
}

/// Where a rising function is zero.
fn root(f: impl Fn(f64) -> f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    while f(high) < 0.0 {
        high *= 2.0;
    }
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if f(middle) < 0.0 { low = middle } else { high = middle }
    }
    low
}

/// P(x > z) of a unit normal.
fn above(z: f64) -> f64 {
    Significance::of_sigmas(z).unwrap().p_value().value()
}

/// √q of the Asimov data at the limit, N standard deviations up: P(x > √q − N) is 5 % of P(x > −N).
fn sigmas(n: f64) -> f64 {
    root(|z| 0.05 * above(-n) - above(z - n))
}

const BANDS: [f64; 5] = [-2.0, -1.0, 0.0, 1.0, 2.0];

fn assert_band(found: [f64; 5], q: impl Fn(f64) -> f64) {
    for (n, found) in BANDS.into_iter().zip(found) {
        let expected = root(|mu| q(mu) - sigmas(n).powi(2));
        assert!((found / expected - 1.0).abs() < 1e-6, "{n} σ: {found}, expected {expected}");
    }
}

/// q of a Poisson number with b expected and counted.
fn counting(s: f64, b: f64) -> f64 {
    2.0 * (s - b * (s / b).ln_1p())
}

#[test]
fn the_median_is_at_the_standard_deviations_of_two_and_a_half_percent() {
    assert!((sigmas(0.0) - 1.959_964).abs() < 1e-6);
}

#[test]
fn without_uncertainties_the_limit_is_the_formula() {
    for (s, b) in [(3.0, 100.0), (0.01, 5.0), (1e3, 2.5), (4.0, 0.02)] {
        let model = LimitModel::new(exact("signal", &[s])).background(exact("b", &[b]), Source::Simulation);
        assert_band(band(model), |mu| counting(mu * s, b));
    }
    let (s, b) = ([1.0, 3.0, 2.0], [90.0, 20.0, 1.5]);
    let model = LimitModel::new(exact("signal", &s)).background(exact("b", &b), Source::Data);
    assert_band(band(model), |mu| s.iter().zip(&b).map(|(s, b)| counting(mu * s, *b)).sum());
}

#[test]
fn with_a_statistical_error_it_is_that_of_a_side_band() {
    // b ± σ is a side band of m = (b/σ)² counts, τ = m/b.
    let (s, b, sigma) = (5.0, 40.0, 6.0);
    let (m, tau) = ((b / sigma) * (b / sigma), b / (sigma * sigma));
    let q = |mu: f64| {
        let signal = mu * s;
        let half = 0.5 * (b + m - (1.0 + tau) * signal);
        let fitted = (half + (half * half + (1.0 + tau) * signal * m).sqrt()) / (1.0 + tau);
        let deviance = |n: f64, expected: f64| expected - n + n * (n / expected).ln();
        2.0 * (deviance(b, signal + fitted) + deviance(m, tau * fitted))
    };
    let background = template("b", &[b], &[sigma * sigma]);
    assert_band(band(LimitModel::new(exact("signal", &[s])).background(background, Source::Data)), q);
}

#[test]
fn a_limit_is_that_of_the_document_it_stands_in() {
    let model = LimitModel::new(template("signal", &[2.0, 5.0], &[0.1, 0.2]))
        .background(template("multijet", &[200.0, 9.0], &[12.0, 0.9]), Source::Simulation)
        .background(template("beam-induced", &[8.0, 3.0], &[8.0, 3.0]), Source::Data)
        .closure([1.1, 0.8].map(|value| ClosureRatio { value, sigma: 0.05 }), ClosureCorrelation::Shape)
        .uncertainty("multijet", 0.2)
        .check()
        .unwrap();
    let workspace = model.workspace();
    let text = workspace.to_json().unwrap();
    let (binned, data) = Workspace::parse(&text).unwrap().model(None, Interpolation::default()).unwrap();
    // The strength; a closure of all bins and of each; a total; a factor for each process and bin.
    assert_eq!(binned.parameters().len(), 1 + 3 + 1 + 6);
    let likelihood = BinnedLikelihood::new(&binned, data);
    let asymptotic = Asymptotic::new(&likelihood, Fitter::default(), binned.poi().unwrap()).unwrap();
    let direct = asymptotic.limit(0.95, 10.0);
    for (found, direct) in model.expected_limit().unwrap().band().into_iter().zip(direct.expected) {
        let direct = direct.unwrap();
        assert!((found / direct - 1.0).abs() < 1e-5, "{found}, directly {direct}");
    }
}

#[test]
fn what_comes_from_data_has_no_closure_difference() {
    let with = |source, ratio: Option<f64>| {
        let model = LimitModel::new(exact("signal", &[1e-3])).background(exact("b", &[100.0]), source);
        let ratio = ratio.map(|value| ClosureRatio { value, sigma: 0.0 });
        let model = if ratio.is_some() { model.closure(ratio, ClosureCorrelation::Bins) } else { model };
        band(model)[2]
    };
    let (none, data, simulated) =
        (with(Source::Data, None), with(Source::Data, Some(1.3)), with(Source::Simulation, Some(1.3)));
    // 30 % of 100 events beside √100 of them; of data only the signal is uncertain.
    assert!(none < data && data < 1.5 * none, "{none} {data}");
    assert!(simulated > 2.5 * none && simulated < 5.0 * none, "{simulated}");
}

#[test]
fn a_search_gains_by_what_the_other_limit_is_above() {
    let limit = |median: f64| ExpectedLimit::of_band(0.95, [0.5, 0.7, 1.0, 1.4, 2.0].map(|x| x * median));
    assert!((limit(1.0).gain_over(&limit(1.35)) - 0.35).abs() < 1e-12);
    assert_eq!(limit(1.0).summary().quantities().count(), 5);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_larger_difference_gives_no_better_limit_and_a_larger_signal_a_smaller_one(
        s in prop::collection::vec(0.1..10.0_f64, 3), b in prop::collection::vec(1.0..300.0_f64, 3),
        shift in 0.0..0.5_f64, more in 0.0..0.5_f64, scale in 0.01..100.0_f64,
    ) {
        let limit = |shift: f64, scale: f64| {
            let signal: Vec<f64> = s.iter().map(|s| scale * s).collect();
            let ratios = [shift, -0.5 * shift, shift].map(|d| ClosureRatio { value: 1.0 + d, sigma: 0.0 });
            band(LimitModel::new(exact("signal", &signal))
                .background(exact("b", &b), Source::Simulation)
                .closure(ratios, ClosureCorrelation::Bins))
        };
        let (less, larger) = (limit(shift, 1.0), limit(shift + more, 1.0));
        prop_assert!(larger[2] >= less[2] * (1.0 - 1e-6), "{:?} {:?}", less, larger);
        prop_assert!(less.is_sorted());
        let scaled = limit(shift, scale);
        prop_assert!((scaled[2] * scale / less[2] - 1.0).abs() < 1e-5, "{:?} {:?}", less, scaled);
    }
}

#[test]
fn bad_input_is_told() {
    let model =
        || LimitModel::new(exact("signal", &[1.0, 2.0])).background(exact("b", &[5.0, 3.0]), Source::Data);
    let error = |model: LimitModel| model.check().unwrap_err().to_string();
    assert!(error(model().background(exact("signal", &[1.0, 1.0]), Source::Data)).contains("names"));
    assert!(error(model().background(exact("c", &[1.0]), Source::Data)).contains("the bins of c"));
    assert!(error(model().background(exact("c", &[1.0, -1.0]), Source::Data)).contains("c in bin 1"));
    assert!(error(LimitModel::new(exact("signal", &[1.0]))).contains("backgrounds in bin 0"));
    let nothing = LimitModel::new(exact("signal", &[0.0])).background(exact("b", &[5.0]), Source::Data);
    assert!(error(nothing).contains("the signal"));
    let ratio = |value, sigma| ClosureRatio { value, sigma };
    let bins = ClosureCorrelation::Bins;
    assert!(error(model().closure([ratio(1.0, 0.1)], bins)).contains("2, one a bin"));
    assert!(error(model().closure([ratio(1.0, 0.1), ratio(-1.0, 0.1)], bins)).contains("ratio of bin 1"));
    assert!(error(model().closure([ratio(1.0, f64::NAN); 2], bins)).contains("error of the closure ratio"));
    assert!(error(model().closure([ratio(0.0, 0.1); 2], ClosureCorrelation::Shape)).contains("positive"));
    assert!(model().closure([ratio(0.0, 0.1); 2], bins).check().is_ok());
    assert!(error(model().uncertainty("c", 0.1)).contains("signal, b"));
    assert!(error(model().uncertainty("b", -0.1)).contains("the relative uncertainty of b"));
    assert!(error(model().uncertainty("b", 0.1).uncertainty("b", 0.2)).contains("different"));
    assert!(error(model().confidence(1.0)).contains("confidence"));
}
