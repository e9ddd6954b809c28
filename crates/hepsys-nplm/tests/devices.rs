//! Sixteen toys on every device of the build: trained in one tensor, and by the fused kernel.

mod common;

use std::time::Instant;

use common::{exact_scale, exponential, gaussian, run, weighted};
use hepsys_nn::{NnError, available_devices, device_by_name};
use hepsys_nplm::{
    Auxiliary, Experiment, Nplm, NplmFit, NplmValidParams, Nuisances, Optimizer, Paper, Precision, Run, Seed,
    Truth,
};

/// The largest difference of a τ, which is a few units by then.
///
/// The statistic at the end is in double precision; what differs are parameters, whose last digits a hundred steps of Adam take apart.
/// A software Vulkan driver was off by less than 1e-6.
const TOLERANCE: f64 = 1e-4;

const EPOCHS: usize = 100;

fn test(nuisances: &Nuisances) -> NplmValidParams {
    let paper = Paper { epochs: EPOCHS, learning_rate: 1e-2, precision: Precision::Single };
    let params = Nplm::params().weight_clip(3.0).nuisances(nuisances.clone());
    params.optimizer(Optimizer::Paper(paper)).check().unwrap()
}

fn experiment(index: usize, nuisances: &Nuisances) -> Experiment {
    Experiment {
        reference: weighted(&exponential(600, &format!("reference {index}")), 0.2),
        data: exponential(100 + 3 * index, &format!("data {index}")),
        auxiliary: Truth::nominal()
            .measure(nuisances, &mut Seed::new(index as u64).stream())
            .unwrap_or_else(|_| Auxiliary::nominal()),
    }
}

#[test]
fn every_device_finds_what_the_fused_kernel_finds() {
    let nuisances =
        Nuisances::none().normalisation(gaussian("norm", 0.1)).shape(gaussian("scale", 0.1), exact_scale());
    let (test, n) = (test(&nuisances), 16);
    let experiments: Vec<Experiment> = (0..n).map(|index| experiment(index, &nuisances)).collect();
    let fused: Vec<NplmFit> = experiments
        .iter()
        .enumerate()
        .map(|(i, e)| test.fit(&e.reference, &e.data, &e.auxiliary, &run().index(i)).unwrap())
        .collect();
    assert!(fused.iter().any(|fit| fit.tau() > 1.0), "nothing was learnt");

    // `cpu` is another name of `flex`.
    for name in available_devices().into_iter().filter(|name| *name != "cpu") {
        let device = match device_by_name(name) {
            Ok(device) => device,
            Err(NnError::NoAdapter(_)) => {
                println!("{name}: no adapter on this machine, nothing to compare");
                continue;
            }
            Err(error) => panic!("{name}: {error}"),
        };
        let run = Run::on(device).seed(1);
        let together = test.fit_together(&experiments, &run).unwrap();
        let differences = together.iter().zip(&fused).map(|(a, b)| (a.tau() - b.tau()).abs());
        let largest = differences.fold(0.0, f64::max);
        let milliseconds = |size: usize| {
            let begun = Instant::now();
            test.fit_together(&experiments[..size], &run).unwrap();
            1e3 * begun.elapsed().as_secs_f64() / (size * EPOCHS) as f64
        };
        println!(
            "{name}: largest difference of τ {largest:.1e}; a toy's step takes {:.3} ms alone, {:.3} ms among {n}",
            milliseconds(1),
            milliseconds(n)
        );
        assert!(largest < TOLERANCE, "{name} differs from the fused kernel");
    }
}
