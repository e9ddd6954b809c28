//! Distributions of the largest distance between cumulative distributions.

use statrs::function::gamma::ln_gamma;

/// The largest sample for which the bulk is computed exactly: the matrices below have up to 180 rows there.
const MAX_EXACT: usize = 2000;

/// The largest product of two sizes for which paths are counted.
const MAX_PATHS: usize = 10_000_000;

/// $P(D_n \ge d)$ for one sample.
pub(super) fn one_sample(n: usize, d: f64) -> f64 {
    let size = n as f64;
    if d <= 0.5 / size {
        return 1.0;
    }
    if 1.0 <= d {
        return 0.0;
    }
    // Both one-sided distances exceed d together with a relative probability of exp(-6 n d²), 4e-11 here.
    if 4.0 <= size * d * d {
        2.0 * one_sided(n, d)
    } else if n <= MAX_EXACT {
        1.0 - below(n, d)
    } else {
        asymptotic(corrected(size, d))
    }
}

/// $P(D_{n,m} \ge d)$ for two samples, with `distance` $= d\\,n\\,m$.
pub(super) fn two_sample(n: usize, m: usize, distance: usize) -> f64 {
    if distance == 0 {
        return 1.0;
    }
    let (size, d) = (n as f64 * m as f64 / (n + m) as f64, distance as f64 / (n as f64 * m as f64));
    if MAX_PATHS < n.saturating_mul(m) { asymptotic(size.sqrt() * d) } else { first_exit(n, m, distance) }
}

/// $P(D \ge d)$ in the limit of large samples that are worth `size` values together, $n m / (n + m)$.
pub(super) fn limit(size: f64, d: f64) -> f64 {
    asymptotic(size.sqrt() * d)
}

/// $P(D_n^+ \ge d) = d \sum_{j=0}^{\lfloor n(1-d) \rfloor} \binom{n}{j} (d + j/n)^{j-1} (1 - d - j/n)^{n-j}$.
///
/// Birnbaum and Tingey's formula: all terms are positive, so it keeps its relative precision in the tail.
fn one_sided(n: usize, d: f64) -> f64 {
    let size = n as f64;
    let ln_n_factorial = ln_gamma(size + 1.0);
    let mut sum = 0.0;
    for j in 0..=(size * (1.0 - d)).floor() as usize {
        let j = j as f64;
        let inside = 1.0 - d - j / size;
        // The last term can be zero to the power of n - j.
        if 0.0 < inside {
            let ln_choose = ln_n_factorial - ln_gamma(j + 1.0) - ln_gamma(size - j + 1.0);
            sum += (ln_choose + (j - 1.0) * (d + j / size).ln() + (size - j) * inside.ln()).exp();
        }
    }
    (d * sum).min(0.5)
}

/// $P(D_n < d)$, an element of the n-th power of a matrix.
///
/// Marsaglia, Tsang and Wang, <https://doi.org/10.18637/jss.v008.i18>: with $d = (k - h)/n$ the probability is
/// $n!/n^n$ times the middle element of $H^n$, where $H$ has $2k - 1$ rows.
fn below(n: usize, d: f64) -> f64 {
    let size = n as f64;
    let k = (size * d).floor() as usize + 1;
    let h = k as f64 - size * d;
    let rows = 2 * k - 1;
    let mut matrix = Matrix::new(rows, |i, j| {
        if i + 1 < j {
            return 0.0;
        }
        let power = |exponent: usize| h.powi(exponent as i32);
        let mut element = 1.0;
        if j == 0 {
            element -= power(i + 1);
        }
        if i == rows - 1 {
            element -= power(rows - j);
        }
        if j == 0 && i == rows - 1 {
            element += (2.0 * h - 1.0).max(0.0).powi(rows as i32);
        }
        element / (1..=(i + 1 - j)).map(|f| f as f64).product::<f64>()
    });
    matrix = matrix.power(n);
    let ln_scale = ln_gamma(size + 1.0) - size * size.ln() + matrix.ln_scale;
    (matrix.at(k - 1, k - 1).ln() + ln_scale).exp().min(1.0)
}

/// Kolmogorov's limit for large samples, $2 \sum_{k \ge 1} (-1)^{k-1} e^{-2 k^2 \lambda^2}$ at $\lambda = \sqrt n\\,d$.
fn asymptotic(lambda: f64) -> f64 {
    // The alternating series needs many terms for small λ, where the probability is one to 1e-16.
    if lambda < 0.18 {
        return 1.0;
    }
    let terms = (1..=100).map(|k: i32| {
        let sign = if k % 2 == 1 { 2.0 } else { -2.0 };
        sign * (-2.0 * f64::from(k * k) * lambda * lambda).exp()
    });
    terms.sum::<f64>().clamp(0.0, 1.0)
}

/// The λ at which the limit is right for `size` values to second order, by Vrbik, <https://doi.org/10.4236/am.2020.113018>.
fn corrected(size: f64, d: f64) -> f64 {
    let lambda = size.sqrt() * d;
    lambda + 1.0 / (6.0 * size.sqrt()) + (lambda - 1.0) / (4.0 * size)
}

/// The probability that a random order of `n` and `m` values ever has the distance: a sum over the first time it has.
fn first_exit(n: usize, m: usize, distance: usize) -> f64 {
    // inside[j] is the probability to reach i values of the first set and j of the second without that distance.
    let mut inside = vec![0.0; m + 1];
    inside[0] = 1.0;
    let mut outside = 0.0;
    for i in 0..=n {
        for j in 0..=m {
            if i + j == 0 {
                continue;
            }
            let left = (n + m + 1 - i - j) as f64;
            let from_first = if i == 0 { 0.0 } else { inside[j] * (n + 1 - i) as f64 / left };
            let from_second = if j == 0 { 0.0 } else { inside[j - 1] * (m + 1 - j) as f64 / left };
            let reached = from_first + from_second;
            let is_outside = distance <= (i * m).abs_diff(j * n);
            outside += if is_outside { reached } else { 0.0 };
            inside[j] = if is_outside { 0.0 } else { reached };
        }
    }
    outside
}

/// A square matrix times the exponential of `ln_scale`.
#[derive(Clone)]
struct Matrix {
    rows: usize,
    elements: Vec<f64>,
    ln_scale: f64,
}

impl Matrix {
    fn new(rows: usize, element: impl Fn(usize, usize) -> f64) -> Self {
        let elements = (0..rows * rows).map(|at| element(at / rows, at % rows)).collect();
        Self { rows, elements, ln_scale: 0.0 }
    }

    fn at(&self, i: usize, j: usize) -> f64 {
        self.elements[i * self.rows + j]
    }

    fn power(self, exponent: usize) -> Self {
        let mut result = Self::new(self.rows, |i, j| if i == j { 1.0 } else { 0.0 });
        let (mut square, mut exponent) = (self, exponent);
        while 0 < exponent {
            if exponent % 2 == 1 {
                result = result.times(&square);
            }
            exponent /= 2;
            if 0 < exponent {
                square = square.times(&square);
            }
        }
        result
    }

    fn times(&self, other: &Self) -> Self {
        let n = self.rows;
        let mut elements = vec![0.0; n * n];
        for i in 0..n {
            let row = &mut elements[i * n..(i + 1) * n];
            for k in 0..n {
                let factor = self.elements[i * n + k];
                for (sum, b) in row.iter_mut().zip(&other.elements[k * n..(k + 1) * n]) {
                    *sum += factor * b;
                }
            }
        }
        // Powers would leave the range of a double.
        let largest = elements.iter().copied().fold(0.0, f64::max);
        elements.iter_mut().for_each(|e| *e /= largest);
        Self { rows: n, elements, ln_scale: self.ln_scale + other.ln_scale + largest.ln() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_agree_where_they_meet() {
        for n in [20, 200, 1000] {
            let size = n as f64;
            let d = (4.0 / size).sqrt();
            let (tail, bulk) = (2.0 * one_sided(n, d), 1.0 - below(n, d));
            // 4e-11 of twice counting, and 1e-13 of rounding in the bulk over a tail of 6e-4.
            assert!((tail / bulk - 1.0).abs() < 1e-8, "{n}: {tail} {bulk}");
        }
        for s in [0.1, 0.5, 1.0, 2.0] {
            let d = (s / 2000.0_f64).sqrt();
            // The correction leaves terms of the order n^{-3/2}, 1e-5 here.
            assert!((asymptotic(corrected(2000.0, d)) - (1.0 - below(2000, d))).abs() < 2e-5, "{s}");
        }
    }
}
