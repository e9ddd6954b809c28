//! Levels from toys, beside exact and asymptotic ones.

use hepsys_core::{Seed, Stream};
use hepsys_stats::fit::Fitter;
use hepsys_stats::hessian::Hessian;
use hepsys_stats::histfactory::{BinnedLikelihood, Data, Model};
use hepsys_stats::hypothesis::{Asymptotic, Statistic, StatisticToy, ToyBased};
use hepsys_stats::workspace::{Channel, Interpolation, Modifier, ParameterConfig, Sample, Workspace};
use hepsys_stats::{
    Fingerprint, Likelihood, PValue, Parameter, PseudoExperiments, Shard, Simulator, Toys, poisson,
};

fn search(signal: &[f64], background: Sample, observed: &[f64]) -> (Model, Data) {
    let signal = Sample::new("signal", signal).modifier(Modifier::normfactor("mu"));
    let region = Channel::new("region").sample(signal).sample(background);
    Workspace::new("search", "mu").channel(region, observed).model(None, Interpolation::default()).unwrap()
}

fn run(name: &str, n_toys: usize) -> PseudoExperiments {
    PseudoExperiments::new(name).toys(n_toys).seed(Seed::new(17))
}

/// $P(n \le k)$
fn poisson_cdf(k: u32, mean: f64) -> f64 {
    let (mut term, mut sum) = ((-mean).exp(), 0.0);
    for n in 0..=k {
        sum += term;
        term *= mean / f64::from(n + 1);
    }
    sum
}

/// Three standard deviations of the binomial count.
fn assert_counted(what: &str, p: &PValue, exact: f64) {
    let (_, n) = p.counts().unwrap();
    let sigma = (exact * (1.0 - exact) / n as f64).sqrt();
    assert!((p.value() - exact).abs() < 3.0 * sigma, "{what}: {} ± {sigma}, exactly {exact}", p.value());
}

#[test]
fn counting_experiments_match_their_exact_probabilities() {
    for (s, b, n) in [(5.0, 4.0, 3), (8.0, 3.0, 5), (20.0, 50.0, 48)] {
        let (model, data) = search(&[s], Sample::new("background", [b]), &[f64::from(n)]);
        let likelihood = BinnedLikelihood::new(&model, data);
        let toys = ToyBased::new(&model, &likelihood, Fitter::default(), 0).unwrap();
        let with = toys.with_signal(1.0, &run("with", 20_000)).unwrap();
        let without = toys.without_signal(1.0, &run("without", 20_000)).unwrap();
        let levels = toys.cls(1.0, &with, &without).unwrap();
        let (exact_with, exact_without) = (poisson_cdf(n, s + b), poisson_cdf(n, b));
        assert_counted("CLs+b", &levels.clsb.p_value, exact_with);
        assert_counted("CLb", &levels.clb.p_value, exact_without);
        let cls = levels.observed.unwrap();
        let exact = exact_with / exact_without;
        println!("s {s}, b {b}, n {n}: CLs {cls:?}, exactly {exact}");
        assert!((cls.value - exact).abs() < 3.0 * cls.uncertainty());
        assert!(levels.expected.windows(2).all(|pair| pair[0].value <= pair[1].value));
    }
}

#[test]
fn discoveries_match_their_exact_probabilities() {
    for (s, b, n) in [(10.0, 5.0, 11), (3.0, 2.0, 5)] {
        let (model, data) = search(&[s], Sample::new("background", [b]), &[f64::from(n)]);
        let likelihood = BinnedLikelihood::new(&model, data);
        let toys = ToyBased::new(&model, &likelihood, Fitter::default(), 0).unwrap();
        let p = toys.discovery(&toys.discovery_toys(&run("background", 20_000)).unwrap()).unwrap();
        assert_eq!(p.n_failed, 0);
        assert_counted("p0", &p.p_value, 1.0 - poisson_cdf(n - 1, b));
    }
}

fn two_bins() -> (Model, Data) {
    let background =
        Sample::new("background", [50.0, 60.0]).modifier(Modifier::shapesys("uncorr", [5.0, 12.0]));
    search(&[5.0, 10.0], background, &[50.0, 60.0])
}

#[test]
fn two_bins_match_the_asymptotic_levels() {
    let (model, data) = two_bins();
    let likelihood = BinnedLikelihood::new(&model, data);
    let poi = model.poi().unwrap();
    let toys = ToyBased::new(&model, &likelihood, Fitter::default(), poi).unwrap();
    let asymptotic = Asymptotic::new(&likelihood, Fitter::default(), poi).unwrap();
    for mu in [1.0, 2.0] {
        let start = std::time::Instant::now();
        let with = toys.with_signal(mu, &run("with", 5000)).unwrap();
        let without = toys.without_signal(mu, &run("without", 5000)).unwrap();
        let elapsed = start.elapsed().as_secs_f64();
        let (levels, formulas) = (toys.cls(mu, &with, &without).unwrap(), asymptotic.cls(mu).unwrap());
        println!("mu {mu}: 10000 toys in {elapsed:.3} s\n  toys {levels:?}\n  formulas {formulas:?}");
        assert_eq!((levels.clsb.n_failed, levels.clb.n_failed), (0, 0));
        let cls = levels.observed.unwrap();
        // What the formulas leave out at sixty events is of the order of a hundredth.
        assert!((cls.value - formulas.observed).abs() < 3.0 * cls.uncertainty() + 0.02);
        for ((toys, formula), below) in
            levels.expected.iter().zip(formulas.expected).zip([2.0, 1.0, 0.0, -1.0, -2.0])
        {
            if below + formulas.asimov_statistic.sqrt() > 0.1 {
                assert!((toys.value - formula).abs() < 3.0 * toys.uncertainty() + 0.02, "{toys:?} {formula}");
            } else {
                // The best value is above μ, where the statistic is zero and no toy is below it.
                assert_eq!(toys.value, 1.0);
            }
        }
    }
}

#[test]
fn toys_do_not_depend_on_threads_and_shards_join() {
    let (model, data) = two_bins();
    let folder = tempfile::tempdir().unwrap();
    let with = |n_threads: usize, experiments: &PseudoExperiments| -> Toys<StatisticToy> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
        let data = data.clone();
        pool.install(|| {
            let likelihood = BinnedLikelihood::new(&model, data);
            let toys = ToyBased::new(&model, &likelihood, Fitter::default(), 0).unwrap();
            toys.with_signal(1.0, experiments).unwrap()
        })
    };
    let whole = with(1, &run("with", 60));
    assert_eq!(whole, with(3, &run("with", 60)));
    let fingerprint = Fingerprint::of(&("two bins", 1.0)).unwrap();
    let paths = [1, 2].map(|part| folder.path().join(format!("{part}.jsonl")));
    for (part, path) in [1, 2].into_iter().zip(&paths) {
        let shard = Shard::new(part, 2).unwrap();
        let done = with(2, &run("with", 60).shard(shard).resume_from(path, &fingerprint));
        assert_eq!(done.n_toys(), 30);
    }
    let test = (Statistic::UpperLimit, 1.0, 1.0);
    let merged =
        ToyBased::<Model, BinnedLikelihood<'_>>::merge(test, &run("with", 60), &paths, &fingerprint).unwrap();
    assert_eq!(merged, whole);
    // The same file with another μ is another test.
    let likelihood = BinnedLikelihood::new(&model, data);
    let toys = ToyBased::new(&model, &likelihood, Fitter::default(), 0).unwrap();
    let first = run("with", 60).shard(Shard::new(1, 2).unwrap()).resume_from(&paths[0], &fingerprint);
    let error = toys.with_signal(2.0, &first).unwrap_err();
    let error = error.to_string();
    assert!(error.contains("with: upper_limit of 2, drawn at 2"), "{error}");
    assert!(error.contains("with: upper_limit of 1, drawn at 1"), "{error}");
    // Toys of another test are refused where they are used, too.
    let without = toys.without_signal(2.0, &run("without", 60)).unwrap();
    let error = toys.cls(2.0, &merged, &without).unwrap_err().to_string();
    assert_eq!(
        error,
        "what the toys are of must be upper_limit of 2, drawn at 2, got \"with: upper_limit of 1, drawn at 1\""
    );
}

/// Counts of a known background; those of a multiple of five have no likelihood.
struct Sick([Parameter; 1]);

struct SickData<'a>(&'a Sick, f64);

impl Likelihood for SickData<'_> {
    fn parameters(&self) -> &[Parameter] {
        &self.0.0
    }

    fn nll(&self, x: &[f64]) -> f64 {
        let nu = x[0] + 5.0;
        if self.1 % 5.0 == 0.0 { f64::NAN } else { nu - self.1 * nu.ln() }
    }

    fn gradient(&self, x: &[f64], gradient: &mut [f64]) -> f64 {
        gradient[0] = 1.0 - self.1 / (x[0] + 5.0);
        self.nll(x)
    }

    fn hessian(&self, x: &[f64], gradient: &mut [f64], hessian: &mut Hessian) -> f64 {
        hessian.as_dense_mut()[0] = self.1 / (x[0] + 5.0).powi(2);
        self.gradient(x, gradient)
    }
}

impl Simulator for Sick {
    type Likelihood<'a> = SickData<'a>;

    fn simulate(&self, parameters: &[f64], stream: &mut Stream) -> SickData<'_> {
        SickData(self, poisson(parameters[0] + 5.0, stream).unwrap() as f64)
    }
}

#[test]
fn toys_that_cannot_be_fitted_are_counted() {
    let sick = Sick([Parameter::free("s", 1.0).within(0.0, 100.0)]);
    let observed = SickData(&sick, 9.0);
    let toys = ToyBased::new(&sick, &observed, Fitter::default(), 0).unwrap();
    let drawn = toys.discovery_toys(&run("background", 1000)).unwrap();
    let p = toys.discovery(&drawn).unwrap();
    // P(0) + P(5) + P(10) + … = 0.2005 for a mean of five.
    assert!((p.n_failed as f64 / 1000.0 - 0.2005).abs() < 0.04, "{p:?}");
    assert_eq!(p.p_value.counts().unwrap().1 + p.n_failed, 1000);
    assert!((p.range.1 - p.range.0 - p.n_failed as f64 / 1000.0).abs() < 1e-12);
    let summary = serde_json::to_string(&p.summary()).unwrap();
    assert!(summary.contains(&format!("{} toys without signal have no statistic", p.n_failed)), "{summary}");
    let failed = drawn.values().iter().find(|t| t.statistic.is_none()).unwrap();
    assert!(failed.problem.as_ref().unwrap().contains("did not converge: the function was not finite"));
    let error = ToyBased::new(&sick, &SickData(&sick, 10.0), Fitter::default(), 0).map(drop).unwrap_err();
    assert!(error.to_string().starts_with("the fit of the data did not converge"));
}

/// A signal strength that may be negative drives empty bins to where no expectation can be; toys without counts are no failures.
#[test]
fn few_counts_and_a_negative_signal_match_their_exact_probabilities() {
    let below = |n: usize, nu: f64| -> f64 {
        let mut term = (-nu).exp();
        (0..=n)
            .map(|k| {
                let now = term;
                term *= nu / (k + 1) as f64;
                now
            })
            .sum()
    };
    for (b, n) in [(1.0, 3_usize), (0.5, 2), (2.0, 1), (1.0, 1), (0.5, 1)] {
        let signal = Sample::new("signal", [2.0]).modifier(Modifier::normfactor("mu"));
        let region = Channel::new("region").sample(signal).sample(Sample::new("background", [b]));
        let (model, data) = Workspace::new("count", "mu")
            .channel(region, [n as f64])
            .parameter(&ParameterConfig::new("mu").within(-10.0, 10.0))
            .model(None, Interpolation::default())
            .unwrap();
        let likelihood = BinnedLikelihood::new(&model, data);
        let calculator = ToyBased::new(&model, &likelihood, Fitter::default(), 0).unwrap();
        let with = calculator.with_signal(1.0, &run("with", 4000)).unwrap();
        let without = calculator.without_signal(1.0, &run("without", 4000)).unwrap();
        let levels = calculator.cls(1.0, &with, &without).unwrap();
        assert_eq!((levels.clsb.n_failed, levels.clb.n_failed), (0, 0), "{b} {n}");
        // Where the best value is one or more the statistic sees nothing.
        if (n as f64) < 2.0 + b {
            let cls = levels.observed.unwrap();
            let exact = below(n, 2.0 + b) / below(n, b);
            assert!((cls.value - exact).abs() < 3.0 * cls.uncertainty(), "{b} {n}: {cls:?} {exact}");
        }
        let discovery =
            calculator.discovery(&calculator.discovery_toys(&run("null", 4000)).unwrap()).unwrap();
        let exact = if n as f64 > b { 1.0 - below(n - 1, b) } else { 1.0 };
        let (low, high) = discovery.p_value.interval();
        let p = discovery.p_value.value();
        assert!(
            discovery.n_failed == 0 && (p - exact).abs() < 3.0 * (0.5 * (high - low)).max(1e-3),
            "{b} {n}: {p} {exact}"
        );
    }
}
