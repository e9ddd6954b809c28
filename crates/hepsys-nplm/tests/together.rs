//! Many experiments in one tensor, against each of them alone.

mod common;

use common::{exact_scale, exponential, gaussian, run, weighted};
use hepsys_nplm::{
    Auxiliary, Experiment, Nplm, NplmError, Nuisances, Optimizer, Paper, Precision, Seed, Truth,
};

fn experiments(n: usize, nuisances: &Nuisances) -> Vec<Experiment> {
    let truth = Truth::nominal();
    (0..n)
        .map(|i| Experiment {
            reference: weighted(&exponential(600 + 10 * i, &format!("reference {i}")), 0.2),
            // Not as many in each: the tensor is padded.
            data: exponential(100 + 3 * i, &format!("data {i}")),
            auxiliary: truth.measure(nuisances, &mut Seed::new(i as u64).stream()).unwrap(),
        })
        .collect()
}

#[test]
fn sixteen_experiments_in_one_tensor_end_where_each_ends_alone() {
    let nuisances =
        Nuisances::none().normalisation(gaussian("norm", 0.1)).shape(gaussian("scale", 0.1), exact_scale());
    let experiments = experiments(16, &nuisances);
    // In double precision 200 epochs amplify rounding to less than 1e-9; in single precision, to a part in ten thousand.
    for (precision, tolerance) in [(Precision::Double, 1e-8), (Precision::Single, 1e-2)] {
        let paper = Paper { epochs: 200, learning_rate: 1e-2, precision };
        let test = Nplm::params()
            .weight_clip(3.0)
            .nuisances(nuisances.clone())
            .optimizer(Optimizer::Paper(paper))
            .check()
            .unwrap();
        let together = test.fit_together(&experiments, &run()).unwrap();
        assert_eq!(together.len(), 16);
        for (index, (fit, experiment)) in together.iter().zip(&experiments).enumerate() {
            let Experiment { reference, data, auxiliary } = experiment;
            let alone = test.fit(reference, data, auxiliary, &run().index(index)).unwrap();
            assert!(alone.tau() > 0.0);
            let difference = (fit.tau() - alone.tau()).abs();
            assert!(difference < tolerance, "{precision:?} {index}: {} and {}", fit.tau(), alone.tau());
            assert_eq!(fit.delta(), alone.delta());
        }
    }
}

#[test]
fn searches_that_do_not_keep_step_are_refused() {
    let test = Nplm::params().weight_clip(3.0).check().unwrap();
    let error = test.fit_together(&experiments(2, &Nuisances::none()), &run()).unwrap_err();
    assert!(error.to_string().contains("must be that of the papers"), "{error}");
    let paper = Optimizer::Paper(Paper { epochs: 1, ..Paper::default() });
    let test = Nplm::params().weight_clip(3.0).optimizer(paper).check().unwrap();
    assert!(matches!(test.fit_together(&[], &run()), Err(NplmError::Empty(_))));
    // What is wrong with one experiment is said as if it were alone.
    let mut empty = experiments(2, &Nuisances::none());
    empty[1].data = common::sample(Vec::new());
    empty[1].auxiliary = Auxiliary::nominal();
    assert!(test.fit_together(&empty, &run()).is_err());
}
