use serde::{Deserialize, Serialize};

/// Beyond so many deviations a standardised number is cut off.
const MOST_DEVIATIONS: f64 = 10.0;

/// Keeps a constant from being divided by zero.
const SMALLEST_VARIANCE: f64 = 1e-8;

/// The mean and variance of numbers that come one by one (Welford's recursion).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Running {
    n: u64,
    mean: Vec<f64>,
    /// The sum of squared distances from the mean.
    squares: Vec<f64>,
}

impl Running {
    pub(super) fn new(n_values: usize) -> Self {
        Self { n: 0, mean: vec![0.0; n_values], squares: vec![0.0; n_values] }
    }

    pub(super) fn n_values(&self) -> usize {
        self.mean.len().min(self.squares.len())
    }

    pub(super) fn see(&mut self, values: &[f64]) {
        self.n += 1;
        for ((mean, squares), x) in self.mean.iter_mut().zip(&mut self.squares).zip(values) {
            let before = x - *mean;
            *mean += before / self.n as f64;
            *squares += before * (x - *mean);
        }
    }

    /// The standard deviations; one while fewer than two numbers were seen.
    fn deviations(&self) -> impl Iterator<Item = f64> + '_ {
        let n = self.n;
        let of = move |s: &f64| if n < 2 { 1.0 } else { (s / n as f64 + SMALLEST_VARIANCE).sqrt() };
        self.squares.iter().map(of)
    }

    /// $(x - \mu)/\sigma$, cut off.
    pub(super) fn standardized(&self, values: &[f64]) -> Vec<f64> {
        let scaled = values.iter().zip(&self.mean).zip(self.deviations()).map(|((x, m), d)| (x - m) / d);
        scaled.map(|x| x.clamp(-MOST_DEVIATIONS, MOST_DEVIATIONS)).collect()
    }

    /// $x/\sigma$ of the first number, cut off.
    pub(super) fn scaled(&self, x: f64) -> f64 {
        let deviation = self.deviations().next().unwrap_or(1.0);
        (x / deviation).clamp(-MOST_DEVIATIONS, MOST_DEVIATIONS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn running_moments_are_those_of_the_list() {
        let values = [3.0, -1.0, 4.0, 1.5, 9.0];
        let mut running = Running::new(1);
        values.iter().for_each(|x| running.see(&[*x]));
        let mean = values.iter().sum::<f64>() / 5.0;
        let variance = values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 5.0;
        let found = running.standardized(&[7.0])[0];
        // The smallest variance is part of it.
        assert!((found - (7.0 - mean) / variance.sqrt()).abs() < 1e-8);
        assert_eq!(running.standardized(&[1e9])[0], MOST_DEVIATIONS);
    }
}
