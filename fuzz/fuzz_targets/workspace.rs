#![no_main]

use hepsys_stats::Likelihood;
use hepsys_stats::hessian::Hessian;
use hepsys_stats::histfactory::BinnedLikelihood;
use hepsys_stats::workspace::{Interpolation, Workspace};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(workspace) = Workspace::parse(text) else { return };
    let Ok((model, data)) = workspace.model(None, Interpolation::default()) else { return };
    assert_eq!(data.counts.len(), model.n_bins());
    assert_eq!(model.yields(&model.inits()).len(), model.n_bins());
    // What is written is read back as the same model.
    if let Ok(json) = workspace.to_json() {
        let again = Workspace::parse(&json).and_then(|w| w.model(None, Interpolation::default()));
        assert_eq!(again.map(|(model, _)| model).as_ref(), Ok(&model));
    }
    // The likelihood is a number or infinite, and the same with and without derivatives.
    let likelihood = BinnedLikelihood::new(&model, data);
    let x = likelihood.inits();
    let (mut gradient, mut same) = (vec![0.0; x.len()], vec![0.0; x.len()]);
    let mut hessian = Hessian::new(likelihood.couplings());
    let value = likelihood.nll(&x);
    for other in [likelihood.gradient(&x, &mut gradient), likelihood.hessian(&x, &mut same, &mut hessian)] {
        assert!(other == value || other.is_nan() && value.is_nan(), "{value} {other}");
    }
});
