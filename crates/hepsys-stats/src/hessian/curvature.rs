use nalgebra::{DMatrix, SymmetricEigen};

use super::Hessian;

/// With more parameters than this the curvature is not decomposed.
const MANY: usize = 2000;

/// The direction in which a function curves down most, or up least, and the curvature along it.
///
/// Parameters are measured in what their own curvature makes of one, so that no unit decides: a curvature of one is that of a
/// parameter alone. `None` where there is no such direction, or there are too many parameters to look for it.
pub(crate) fn least_curved(hessian: &Hessian, is_free: &[bool]) -> Option<(f64, Vec<f64>)> {
    let free: Vec<usize> = (0..is_free.len()).filter(|&i| is_free[i]).collect();
    if free.is_empty() || free.len() > MANY {
        return None;
    }
    let unit = |i: usize| hessian.get(i, i).abs().max(1e-6).sqrt().recip();
    let scaled = DMatrix::from_fn(free.len(), free.len(), |i, k| {
        hessian.get(free[i], free[k]) * unit(free[i]) * unit(free[k])
    });
    if scaled.iter().any(|h| !h.is_finite()) {
        return None;
    }
    let eigen = SymmetricEigen::new(scaled);
    let (least, curvature) = eigen.eigenvalues.argmin();
    let mut direction = vec![0.0; is_free.len()];
    free.iter().zip(&eigen.eigenvectors.column(least)).for_each(|(&i, v)| direction[i] = v * unit(i));
    Some((curvature, direction))
}
