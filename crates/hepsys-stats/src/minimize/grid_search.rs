/// The minima of a function of one variable that need not be continuous: a grid, then golden sections in each dip.
///
/// Values that are not finite count as infinitely high.
/// What is returned are the lowest points that were evaluated, so that steps of the function do no harm.
///
/// ```
/// use hepsys_stats::minimize::GridSearch;
/// // Two valleys with steps of 0.01; the deeper one is at 0.7.
/// let f = |x: f64| {
///     let x = (100.0 * x).round() / 100.0;
///     (20.0 * (x - 0.2).powi(2) + 0.5).min(20.0 * (x - 0.7).powi(2))
/// };
/// let found = GridSearch::default().minimize(f, 0.0, 1.0);
/// assert!((found.minima[0].at - 0.7).abs() < 0.006);
/// assert!((found.minima[1].at - 0.2).abs() < 0.006);
/// ```
///
/// # References
///
/// Kiefer, Proc. Amer. Math. Soc. 4 (1953) 502.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GridSearch {
    /// How many points the grid has, both ends included, at least two. Defaults to 41.
    ///
    /// A dip that is narrower than two of their distances can be missed.
    pub points: usize,
    /// The width of the last section, as a part of the whole range. Defaults to `1e-6`.
    pub tolerance: f64,
    /// Dips of the grid that lie higher than this above its lowest point are left out. Defaults to 50, which is ten
    /// standard deviations of a log-likelihood.
    pub window: f64,
}

impl Default for GridSearch {
    fn default() -> Self {
        Self { points: 41, tolerance: 1e-6, window: 50.0 }
    }
}

/// What a [`GridSearch`] found.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct GridMinima {
    /// The lowest point of each dip, the deepest first; none if the function is finite nowhere on the grid.
    pub minima: Vec<GridMinimum>,
    /// How often the function was evaluated.
    pub n_evaluations: usize,
}

/// The lowest point of a dip.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct GridMinimum {
    /// Where it is.
    pub at: f64,
    /// The function there.
    pub value: f64,
    /// Whether it is an end of the range, as far as the tolerance can tell.
    pub is_at_end: bool,
}

/// $(\sqrt 5 - 1)/2$
const GOLDEN: f64 = 0.618_033_988_749_894_8;

impl GridSearch {
    /// Searches from `low` to `high`.
    ///
    /// # Panics
    ///
    /// Unless the range is finite and not empty, and the grid has two points or more.
    pub fn minimize(&self, mut f: impl FnMut(f64) -> f64, low: f64, high: f64) -> GridMinima {
        assert!(low < high && (high - low).is_finite(), "a range to search has to be finite and not empty");
        assert!(self.points >= 2, "a grid has two points or more");
        let mut n_evaluations = 0;
        let mut value = |x: f64| {
            n_evaluations += 1;
            let value = f(x);
            if value.is_nan() { f64::INFINITY } else { value }
        };
        let last = self.points - 1;
        let place = |i: usize| if i == last { high } else { low + (high - low) * i as f64 / last as f64 };
        let grid: Vec<f64> = (0..self.points).map(|i| value(place(i))).collect();
        let lowest = grid.iter().copied().fold(f64::INFINITY, f64::min);
        let is_dip = |i: usize| {
            grid[i].is_finite()
                && grid[i] - lowest <= self.window
                && (i == 0 || grid[i] < grid[i - 1])
                && (i == last || grid[i] <= grid[i + 1])
        };
        let width = self.tolerance * (high - low);
        let mut minima: Vec<GridMinimum> = (0..self.points)
            .filter(|&i| is_dip(i))
            .map(|i| {
                let (a, b) = (place(i.saturating_sub(1)), place((i + 1).min(last)));
                let (at, value) = golden_section(&mut value, a, b, width, (place(i), grid[i]));
                let is_at_end = at - low <= 2.0 * width || high - at <= 2.0 * width;
                GridMinimum { at, value, is_at_end }
            })
            .collect();
        minima.sort_by(|a, b| a.value.total_cmp(&b.value));
        GridMinima { minima, n_evaluations }
    }
}

/// The lowest point between `a` and `b` that sections find, or the one that is known.
fn golden_section(
    f: &mut impl FnMut(f64) -> f64,
    mut a: f64,
    mut b: f64,
    width: f64,
    known: (f64, f64),
) -> (f64, f64) {
    let mut best = known;
    let mut at = |x: f64| {
        let value = f(x);
        if value < best.1 {
            best = (x, value);
        }
        value
    };
    let (mut left, mut right) = (b - GOLDEN * (b - a), a + GOLDEN * (b - a));
    let (mut f_left, mut f_right) = (at(left), at(right));
    // Rounding keeps a section from shrinking further than this.
    let width = width.max(4.0 * f64::EPSILON * a.abs().max(b.abs()));
    while b - a > width {
        if f_left <= f_right {
            (b, right, f_right) = (right, left, f_left);
            left = b - GOLDEN * (b - a);
            f_left = at(left);
        } else {
            (a, left, f_left) = (left, right, f_right);
            right = a + GOLDEN * (b - a);
            f_right = at(right);
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minimum_is_found_to_its_tolerance_and_at_ends() {
        let search = GridSearch { tolerance: 1e-9, ..GridSearch::default() };
        let found = search.minimize(|x| (x - 0.123).powi(2), -1.0, 2.0);
        // The rounding of the square hides displacements below 1e-8.
        assert!((found.minima[0].at - 0.123).abs() < 1e-7 && !found.minima[0].is_at_end);
        assert_eq!(found.minima.len(), 1);
        let rising = search.minimize(|x| x, 0.0, 1.0);
        assert_eq!((rising.minima[0].at, rising.minima[0].is_at_end), (0.0, true));
        let falling = search.minimize(|x| -x, 0.0, 1.0);
        assert_eq!((falling.minima[0].at, falling.minima[0].is_at_end), (1.0, true));
    }

    #[test]
    fn what_is_not_finite_is_no_minimum() {
        assert!(GridSearch::default().minimize(|_| f64::NAN, 0.0, 1.0).minima.is_empty());
        let found = GridSearch::default().minimize(|x| if x < 0.5 { f64::NAN } else { x }, 0.0, 1.0);
        assert!((found.minima[0].at - 0.5).abs() < 1e-5);
    }

    #[test]
    fn only_dips_within_the_window_are_followed() {
        let f = |x: f64| (10.0 * (x + 1.0).powi(2) + 60.0).min(1e3 * (x - 1.0).powi(2));
        let narrow = GridSearch::default().minimize(f, -2.0, 2.0);
        assert_eq!(narrow.minima.len(), 1);
        let wide = GridSearch { window: 100.0, ..GridSearch::default() }.minimize(f, -2.0, 2.0);
        assert_eq!(wide.minima.len(), 2);
    }
}
