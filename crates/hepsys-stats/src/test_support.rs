//! What tests of likelihoods share.

use crate::Likelihood;
use crate::hessian::Hessian;

/// Whether two numbers agree relative to the larger of the second and one.
pub(crate) fn close(a: f64, b: f64, tolerance: f64) -> bool {
    (a - b).abs() <= tolerance * b.abs().max(1.0)
}

/// Compares gradient and Hessian with central differences, relative to the curvatures of the parameters.
///
/// # Panics
///
/// If they differ by more than `tolerance`, or the three functions give different values.
pub(crate) fn check_derivatives(likelihood: &impl Likelihood, x: &[f64], tolerance: f64) {
    let n = x.len();
    let name = |i: usize| &likelihood.parameters()[i].name;
    let (mut gradient, mut hessian) = (vec![0.0; n], Hessian::new(likelihood.couplings()));
    let value = likelihood.hessian(x, &mut gradient, &mut hessian);
    let hessian = hessian.to_dense();
    let mut same = vec![0.0; n];
    assert!(close(likelihood.gradient(x, &mut same), value, 1e-13) && close(likelihood.nll(x), value, 1e-13));
    for i in 0..n {
        assert!(close(same[i], gradient[i], 1e-12), "{}: {} {}", name(i), same[i], gradient[i]);
        let scale = hessian[i * (n + 1)].abs().max(1e-12).sqrt();
        // A part of the parameter's error, so that rounding and higher derivatives both stay small; of the parameter where
        // it has no error.
        let step = (1e-4 / scale).min(1e-4 * x[i].abs().max(0.1));
        let at = |by: f64| {
            let mut y = x.to_vec();
            y[i] += by;
            let mut gradient = vec![0.0; n];
            (likelihood.gradient(&y, &mut gradient), gradient)
        };
        let ((above, above_gradient), (below, below_gradient)) = (at(step), at(-step));
        let slope = (above - below) / (2.0 * step);
        let rounding = f64::EPSILON * value.abs() / step;
        assert!(
            (slope - gradient[i]).abs() <= tolerance * (gradient[i].abs() + scale) + 4.0 * rounding,
            "{}: {slope} {}",
            name(i),
            gradient[i]
        );
        for k in 0..n {
            let bend = (above_gradient[k] - below_gradient[k]) / (2.0 * step);
            let other = hessian[k * (n + 1)].abs().max(1e-12).sqrt();
            let exact = hessian[i * n + k];
            assert!(
                (bend - exact).abs() <= tolerance * (exact.abs() + scale * other),
                "{} {}: {bend} {exact}",
                name(i),
                name(k)
            );
            assert!(close(hessian[k * n + i], exact, 1e-12), "not symmetric: {} {}", name(i), name(k));
        }
    }
}
