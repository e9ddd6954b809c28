//! Integrals over a range by Gauss and Legendre's rule in panels of equal width.

use std::f64::consts::PI;

use super::Range;

/// Points in each panel.
const ORDER: usize = 16;

/// Panels in a range.
const PANELS: usize = 256;

/// Points of a range and their weights.
pub(super) fn nodes(range: Range) -> Vec<(f64, f64)> {
    let half = 0.5 * range.width() / PANELS as f64;
    let rule = legendre();
    let panel = |k: usize| {
        let centre = range.low() + half * (2 * k + 1) as f64;
        rule.iter().map(move |(t, w)| (centre + half * t, half * w))
    };
    (0..PANELS).flat_map(panel).collect()
}

/// Points and weights on −1 to 1, from Newton's iteration on the polynomial of degree `ORDER`.
fn legendre() -> Vec<(f64, f64)> {
    let n = ORDER as f64;
    (0..ORDER)
        .map(|i| {
            let mut t = (PI * (i as f64 + 0.75) / (n + 0.5)).cos();
            let mut slope = 1.0;
            for _ in 0..20 {
                let (mut before, mut current) = (1.0, t);
                for k in 1..ORDER {
                    let k = k as f64;
                    (before, current) = (current, ((2.0 * k + 1.0) * t * current - k * before) / (k + 1.0));
                }
                slope = n * (t * current - before) / (t * t - 1.0);
                t -= current / slope;
            }
            (t, 2.0 / ((1.0 - t * t) * slope * slope))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_and_narrow_peaks_are_integrated() {
        let range = Range::new(0.0, 2.0).unwrap();
        let integral = |f: &dyn Fn(f64) -> f64| nodes(range).iter().map(|(x, w)| w * f(*x)).sum::<f64>();
        assert!((integral(&|x| x.powi(9)) - 102.4).abs() < 1e-11);
        let sigma = 0.003;
        let peak = integral(&|x| (-0.5 * ((x - 1.1) / sigma).powi(2)).exp());
        assert!((peak / (sigma * (2.0 * PI).sqrt()) - 1.0).abs() < 1e-12);
    }
}
