//! Does the statistic of the kernel method follow one χ², whatever the nuisance parameters are? Toys of e^{-x} whose normalisation
//! or scale is off by a standard deviation, with the nuisance parameters in the test and without.
//!
//! `cargo run --release -p hepsys-nplm --example kernel -- 400 0.15` makes 400 toys of each kind with σ = 0.15, and a quarter of that without
//! nuisance parameters; a third number is that of reference events, 20 000 unless given.

use std::error::Error;
use std::time::Instant;

use hepsys_nplm::{
    Auxiliary, ChiSquared, Device, ExactCoefficients, Kernel, KernelValidParams, KolmogorovSmirnov,
    NuisanceParameter, Nuisances, PseudoExperiments, Run, Sample, Seed,
};
use hepsys_sim::Exponential;
use rand_distr::{Distribution, Normal};

const N_EXPECTED: f64 = 2000.0;

type Failure = Box<dyn Error + Send + Sync>;

/// Normalisation and scale, each with this σ.
fn nuisances(sigma: f64) -> Result<Nuisances, Failure> {
    let scale = ExactCoefficients::new(2, |sample: &Sample| {
        let x = sample.column("x")?;
        let power = |k| x.iter().map(|&x| Exponential::taylor_coefficient(k, x)).collect();
        Ok(vec![power(1), power(2)])
    });
    Ok(Nuisances::none()
        .normalisation(NuisanceParameter::gaussian("normalisation", sigma)?)
        .shape(NuisanceParameter::gaussian("scale", sigma)?, scale))
}

/// $t$ of toys whose data have these nuisance parameters, in units of σ.
fn toys(
    test: &KernelValidParams,
    name: &str,
    n_toys: usize,
    n_reference: usize,
    truth: [f64; 2],
    sigma: f64,
) -> Result<Vec<f64>, Failure> {
    let begun = Instant::now();
    let truth = truth.map(|nu| nu * sigma);
    let toys = PseudoExperiments::new(format!("{name} at {truth:?}"))
        .toys(n_toys)
        .seed(Seed::new(1))
        .run(|toy| -> Result<(f64, f64, usize), Failure> {
            let nominal = Exponential::new(N_EXPECTED)?;
            let shifted = nominal.with_normalization(truth[0])?.with_scale(truth[1])?;
            let reference = nominal.reference(n_reference, &mut toy.stream("reference"))?;
            let data = shifted.data(&mut toy.stream("data"))?;
            let mut auxiliary = Auxiliary::nominal();
            for (parameter, truth) in test.nuisances().parameters().zip(truth) {
                let measured = Normal::new(truth, sigma)?.sample(&mut toy.stream(parameter.name()));
                auxiliary = auxiliary.measured(parameter.name(), measured);
            }
            let run = Run::on(Device::default()).seeded(toy.seed());
            let fit = test.fit(&reference, &data, &auxiliary, &run)?;
            let is_converged = usize::from(fit.convergence().is_converged());
            Ok((fit.test_statistic().value(), fit.tau(), is_converged))
        })?
        .into_values();
    let mean =
        |value: &dyn Fn(&(f64, f64, usize)) -> f64| toys.iter().map(value).sum::<f64>() / n_toys as f64;
    let t = mean(&|toy| toy.0);
    let deviation = mean(&|toy| (toy.0 - t).powi(2)).sqrt();
    println!(
        "{name} at {truth:?}: t = {t:.2} ± {:.2}, standard deviation {deviation:.2}, τ {:.1}, converged {:.3}, {:.0} ms a toy",
        deviation / (n_toys as f64).sqrt(),
        mean(&|toy| toy.1),
        mean(&|toy| toy.2 as f64),
        begun.elapsed().as_secs_f64() * 1e3 / n_toys as f64,
    );
    Ok(toys.into_iter().map(|toy| toy.0).collect())
}

fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let n_toys: usize = arguments.next().map_or(Ok(100), |n| n.parse())?;
    let sigma: f64 = arguments.next().map_or(Ok(0.15), |sigma| sigma.parse())?;
    let n_reference: usize = arguments.next().map_or(Ok(20_000), |n| n.parse())?;

    // Hyper-parameters come from a toy of its own.
    let nominal = Exponential::new(N_EXPECTED)?;
    let stream = |name: &str| Seed::new(0).named(name).stream();
    let reference = nominal.reference(n_reference, &mut stream("reference"))?;
    let data = nominal.data(&mut stream("data"))?;
    let aware = Kernel::params().nuisances(nuisances(sigma)?);
    let suggestion = aware.suggest(&reference, &data, &Auxiliary::nominal(), &Run::on(Device::default()))?;
    println!("{suggestion:#?}");
    let (aware, unaware) =
        (aware.suggested(&suggestion).check()?, Kernel::params().suggested(&suggestion).check()?);

    let shifts = [[0.0, 1.0], [0.0, -1.0], [1.0, 0.0], [-1.0, 0.0]];
    let cases = [("with nuisance parameters", &aware, n_toys), ("without", &unaware, n_toys / 4)];
    for (name, test, n_toys) in cases {
        let null = toys(test, name, n_toys, n_reference, [0.0, 0.0], sigma)?;
        let (first, second) = null.split_at(n_toys / 2);
        let half = ChiSquared::fit(first)?;
        let compatible = KolmogorovSmirnov::one_sample(second, |t| half.cdf(t))?.p_value();
        let degrees = |t: &[f64]| -> Result<String, Failure> {
            let fitted = ChiSquared::fit(t)?;
            Ok(format!("{:.2} ± {:.2}", fitted.dof(), fitted.dof_uncertainty().unwrap_or(f64::NAN)))
        };
        println!("  χ² of the first half: {}; second half against it: p = {compatible:.3}", degrees(first)?);
        println!("  χ² of all: {}", degrees(&null)?);
        for truth in shifts {
            let t = toys(test, name, n_toys, n_reference, truth, sigma)?;
            let same = KolmogorovSmirnov::two_sample(&t, &null)?.p_value();
            println!("  χ²: {}; against the toys at zero: p = {same:.3}", degrees(&t)?);
        }
    }
    Ok(())
}
