//! Templates from kernel densities: what a smooth estimate of the density puts into each bin.

use hepsys_core::Weights;
use statrs::distribution::{ContinuousCDF, Normal};

use crate::ScoreBinning;

/// How many cells the values are gathered in before they are smoothed.
const CELLS: usize = 4096;

/// The sums of weights and of their squares in each bin, after every event was spread by a Gaussian of Silverman's width,
/// $0.9\,\min(s, \mathrm{IQR}/1.34)\\,n_\mathrm{eff}^{-1/5}$ (`silverman1986`, Eq. 3.31).
///
/// Values are gathered in 4096 cells first, whose width is far below that of the kernels.
pub(crate) fn smoothed(values: &[f64], weights: &Weights, binning: &ScoreBinning) -> (Vec<f64>, Vec<f64>) {
    let n_bins = binning.n_bins();
    let edges: Vec<f64> = binning.inner_edges().collect();
    // Values far beyond the bins are gathered in the end cells, which the end bins hold.
    let shown = binning.inner_edges().fold((f64::MAX, f64::MIN), |(l, h), e| (l.min(e), h.max(e)));
    let margin = 2.0 * (shown.1 - shown.0).max(f64::MIN_POSITIVE);
    let (low, high) = if n_bins > 1 { (shown.0 - margin, shown.1 + margin) } else { (-1.0, 1.0) };
    let width = (high - low) / CELLS as f64;
    let mut cells = vec![(0.0, 0.0); CELLS];
    for (value, weight) in values.iter().zip(weights.iter()) {
        // Below the first cell the quotient is negative, which becomes zero.
        let cell = (((value - low) / width) as usize).min(CELLS - 1);
        cells[cell].0 += weight;
        cells[cell].1 += weight * weight;
    }
    let bandwidth = bandwidth(&cells, low, width);
    let normal = Normal::standard();
    let (mut yields, mut variances) = (vec![0.0; n_bins], vec![0.0; n_bins]);
    for (cell, &(weight, square)) in cells.iter().enumerate().filter(|(_, (_, square))| *square > 0.0) {
        let at = low + (cell as f64 + 0.5) * width;
        let mut below = 0.0;
        for bin in 0..n_bins {
            let upto = match edges.get(bin) {
                Some(edge) if bandwidth > 0.0 => normal.cdf((edge - at) / bandwidth),
                Some(edge) => f64::from(u8::from(at < *edge)),
                None => 1.0,
            };
            let part = upto - below;
            yields[bin] += weight * part;
            variances[bin] += square * part * part;
            below = upto;
            if below >= 1.0 {
                break;
            }
        }
    }
    (yields, variances)
}

fn bandwidth(cells: &[(f64, f64)], low: f64, width: f64) -> f64 {
    let at = |cell: usize| low + (cell as f64 + 0.5) * width;
    let total: f64 = cells.iter().map(|c| c.0).sum();
    let squares: f64 = cells.iter().map(|c| c.1).sum();
    let mean = cells.iter().enumerate().map(|(i, c)| c.0 * at(i)).sum::<f64>() / total;
    let variance = cells.iter().enumerate().map(|(i, c)| c.0 * (at(i) - mean).powi(2)).sum::<f64>() / total;
    let quantile = |q: f64| {
        let mut sum = 0.0;
        let found = cells.iter().position(|c| {
            sum += c.0;
            sum >= q * total
        });
        at(found.unwrap_or(cells.len() - 1))
    };
    let quartiles = (quantile(0.75) - quantile(0.25)) / 1.34;
    let deviation = variance.max(0.0).sqrt();
    let scale = if quartiles > 0.0 { deviation.min(quartiles) } else { deviation };
    0.9 * scale * (total * total / squares).powf(-0.2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn smoothing_loses_no_weight() {
        let values: Vec<f64> = (0..1000).map(|i| (f64::from(i) * 0.618).fract() * 30.0 - 15.0).collect();
        let weights = Weights::uniform(0.3, values.len()).unwrap();
        let (yields, _) = smoothed(&values, &weights, &ScoreBinning::logit(40, 10.0).unwrap());
        // Sums of four thousand parts.
        assert!((yields.iter().sum::<f64>() - 300.0).abs() < 1e-9);
    }

    #[test]
    fn a_smoothed_normal_density_is_a_wider_normal_density() {
        // Quantiles of a normal distribution, every hundredth of a per cent.
        let normal = Normal::standard();
        let values: Vec<f64> = (0..10_000).map(|i| normal.inverse_cdf((f64::from(i) + 0.5) / 1e4)).collect();
        let binning = ScoreBinning::new([-4.0, -1.0, 0.0, 1.0, 4.0]).unwrap();
        let (yields, _) = smoothed(&values, &Weights::unit(10_000), &binning);
        let width = (1.0 + (0.9 * 1e4_f64.powf(-0.2)).powi(2)).sqrt();
        let expected = 1e4 * normal.cdf(-1.0 / width);
        // Cells of 0.002 against a density of 0.24 a unit, times the number of events.
        assert!((yields[0] - expected).abs() < 5.0, "{} {expected}", yields[0]);
        assert!((yields[0] - yields[3]).abs() < 1.0);
    }
}
