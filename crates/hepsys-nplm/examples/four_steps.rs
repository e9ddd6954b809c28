//! A search from the choice of the weight clip to the data, in four steps, on a page: 500 events expected from e^{-x}, an uncertain
//! normalisation and an uncertain scale.
//!
//! `cargo run --release -p hepsys-nplm --example four_steps -- TOYS FOLDER`; 100 toys of each kind take half a minute.
//!
//! Toys are kept in the folder: killed, it goes on with the rest.

use std::error::Error;
use std::path::PathBuf;

use hepsys_nplm::{
    Binning, Device, Experiment, Fingerprint, Kernel, LearnedTest, ModelSelection, Nplm, NplmParams,
    NuisanceParameter, Nuisances, NullDistribution, Outcome, PseudoExperiments, Region, Run, Seed, Summary,
    TaylorParams, TaylorStudy, Toy, Truth, Validation, Variation,
};
use hepsys_report::{Page, write_report};
use hepsys_sim::{Exponential, Scale, Signal};

/// What can go wrong, in a thread of toys as well.
type AnyError = Box<dyn Error + Send + Sync>;

const EXPECTED: f64 = 500.0;
const N_REFERENCE: usize = 5000;

/// Data of a truth with `n_signal` more events in the tail, a reference, and what the auxiliary measurements give.
fn draw(truth: &Truth, nuisances: &Nuisances, n_signal: f64, seed: Seed) -> Result<Experiment, AnyError> {
    let stream = |purpose: &str| seed.named(purpose).stream();
    let nominal = Exponential::new(EXPECTED)?;
    let shifted =
        nominal.with_scale(truth.value("scale"))?.with_normalization(truth.value("normalisation"))?;
    Ok(Experiment {
        reference: nominal.reference(N_REFERENCE, &mut stream("reference"))?,
        data: shifted.data_with(&Signal::tail_peak(), n_signal, &mut stream("data"))?,
        auxiliary: truth.measure(nuisances, &mut stream("auxiliary"))?,
    })
}

fn network() -> NplmParams {
    Nplm::params().hidden_layers([3])
}

fn main() -> Result<(), AnyError> {
    let mut arguments = std::env::args().skip(1);
    let n_toys: usize = arguments.next().map_or(Ok(100), |n| n.parse())?;
    let folder = PathBuf::from(arguments.next().unwrap_or_else(|| "four-steps".into()));
    std::fs::create_dir_all(&folder)?;
    let run = Run::on(Device::default()).seed(1);
    let asks = Fingerprint::of(&(n_toys, EXPECTED, N_REFERENCE, env!("CARGO_PKG_VERSION")))?;
    let toys = |name: &str, file: String| {
        PseudoExperiments::new(name)
            .toys(n_toys)
            .seed(Seed::new(1))
            .resume_from(folder.join(file + ".jsonl"), &asks)
    };
    let mut page = Summary::new("500 events from an exponential");

    // 1. The weight clip, without nuisance parameters: all clips see the same toys.
    let dof = network().weight_clip(1.0).check()?.shape(1)?.n_parameters();
    let scan = ModelSelection { refinements: 2, ..ModelSelection::new(dof, 6.0) }.run(
        |clip| toys("clip", format!("clip-{clip:.6}")),
        |clip, toy: &Toy| {
            let test = network().weight_clip(clip).check()?;
            let experiment = draw(&Truth::nominal(), test.nuisances(), 0.0, toy.seed())?;
            Ok::<f64, AnyError>(test.evaluate(&experiment, &run.clone().seeded(toy.seed()))?.t)
        },
    )?;
    println!("weight clip {:.2}", scan.weight_clip());
    page = page.section(scan.summary());

    // 2. The nuisance parameters: which order is enough, and was it learnt?
    let scale = Scale::new(0.05)?;
    let everything = Region::new("everything", [""; 0])?;
    let sample = Exponential::new(1.0)?.reference(20_000, &mut Seed::new(1).named("Taylor").stream())?;
    let bins = ("x", &Binning::uniform(12, 0.0, 6.0)?);
    let values = [-2.0, -1.0, 1.0, 2.0];
    let study = TaylorStudy::new(&sample, &scale, &everything, bins, &values, EXPECTED)?;
    let order = study.sufficient_order(0.1, 1.0).unwrap_or(3);
    let learnt = TaylorParams::new().order(order).values(values).learn(&sample, &scale, &everything, &run)?;
    println!("order {order}");
    page = page.section(study.summary()).figure(learnt.quality(&sample, &scale, &everything, bins, 0.05)?);
    let nuisances = Nuisances::none()
        .normalisation(NuisanceParameter::gaussian("normalisation", 0.05)?)
        .shape(scale.nuisance().clone(), learnt);

    // 3. Validation at shifted nuisance parameters, of the network's test and of the kernels'.
    let test = network().weight_clip(scan.weight_clip()).nuisances(nuisances.clone()).check()?;
    let kernels =
        Kernel::params().centres(70).width(2.3).penalty(1e-7).nuisances(nuisances.clone()).check()?;
    let validate = |name: &str, test: &dyn LearnedTest| -> Result<_, AnyError> {
        let mut points = Vec::new();
        for (index, truth) in Truth::validation_points(&nuisances).into_iter().enumerate() {
            let toys = toys(&format!("validation {index}"), format!("{name}-{index}"));
            let outcomes = toys.run(|toy| {
                let experiment = draw(&truth, &nuisances, 0.0, toy.seed())?;
                Ok::<Outcome, AnyError>(test.evaluate(&experiment, &run.clone().seeded(toy.seed()))?)
            })?;
            println!("{name}, {}", truth.label());
            points.push((truth, outcomes.into_values()));
        }
        Ok(points)
    };
    let null = NullDistribution::chi_squared(dof as f64)?;
    let of_network = Validation::new(null.clone(), validate("network", &test)?)?;
    // The degrees of freedom of the kernels' test are fitted, to toys of their own.
    let calibration = toys("calibration", "kernels-calibration".into()).run(|toy| {
        let experiment = draw(&Truth::nominal(), &nuisances, 0.0, toy.seed())?;
        Ok::<f64, AnyError>(kernels.evaluate(&experiment, &run.clone().seeded(toy.seed()))?.t)
    })?;
    let null_of_kernels = NullDistribution::chi_squared_fitted(&calibration.into_values())?;
    let of_kernels = Validation::new(null_of_kernels.clone(), validate("kernels", &kernels)?)?;
    for (name, validation) in [("Network", &of_network), ("Kernels", &of_kernels)] {
        println!("{name}: valid at 1 %: {}", validation.is_valid(0.01));
        page = page.heading(name).append(validation.summary());
    }

    // 4. The data, here with ten events of a signal.
    let observed = draw(&Truth::nominal(), &nuisances, 10.0, Seed::new(2026))?;
    let Experiment { reference, data, auxiliary } = &observed;
    let fit = test.fit(reference, data, auxiliary, &run)?;
    let p = null.p_value(fit.test_statistic());
    println!("t = {:.1}, Z = {:.1}", fit.test_statistic(), p.significance());
    let other = kernels.fit(reference, data, auxiliary, &run)?;
    let p = null_of_kernels.p_value(other.test_statistic());
    println!("with kernels t = {:.1}, Z = {:.1}", other.test_statistic(), p.significance());
    for (bin, ratio) in
        fit.reconstruct(reference, "x", &Binning::uniform(8, 0.0, 8.0)?)?.ratio().iter().enumerate()
    {
        println!(
            "x = {bin}–{}: {}",
            bin + 1,
            ratio.map_or("no event".into(), |r| format!("{r:.2} times the reference"))
        );
    }
    page = page.section(fit.summary());
    write_report(&folder, &Page::new(&page))?;
    println!("the page is {}", folder.join("index.html").display());
    Ok(())
}
