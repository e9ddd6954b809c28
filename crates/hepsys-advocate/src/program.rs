use crate::AdvocateError;
use crate::solver::Solver;

/// Largest difference of the primal and the dual value of an optimum, and largest violation of a row, relative to
/// 1 + |value|: an interior-point solver leaves 1e-9, and a bias is quoted to 1e-4.
pub const CERTIFIED_TO: f64 = 1e-7;

/// Reduced costs of variables without a bound that count as zero.
const NO_COST: f64 = 1e-7;

/// A linear program: $\max_x \sum_j c_j x_j$ with $\sum_j a_{ij} x_j \le b_i$ and $l_j \le x_j \le u_j$.
///
/// ```
/// use hepsys_advocate::{LinearProgram, Solver};
///
/// let mut program = LinearProgram::new();
/// let x = program.variable(0.0, f64::INFINITY, 3.0);
/// let y = program.variable(0.0, 6.0, 5.0);
/// program.at_most([(x, 1.0)], 4.0);
/// program.at_most([(x, 3.0), (y, 2.0)], 18.0);
/// let optimum = program.maximize(Solver::default())?;
/// assert!((optimum.value - 36.0).abs() < 1e-9); // x = 2, y = 6
/// assert!((optimum.prices[1] - 1.0).abs() < 1e-9); // 19 instead of 18 gives 37
/// # Ok::<(), hepsys_advocate::AdvocateError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LinearProgram {
    bounds: Vec<(f64, f64)>,
    objective: Vec<f64>,
    rows: Vec<Inequality>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Inequality {
    pub(crate) terms: Vec<(usize, f64)>,
    pub(crate) at_most: f64,
}

impl Inequality {
    fn of(&self, x: &[f64]) -> f64 {
        self.terms.iter().map(|&(j, a)| a * x[j]).sum()
    }
}

/// The optimum of a [`LinearProgram`], with its certificate: prices are admissible for the dual program, whose value is an
/// upper limit of the primal one, and both values agree to [`CERTIFIED_TO`].
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Optimum {
    /// $\sum_j c_j x_j$
    pub value: f64,
    /// $x_j$
    pub variables: Vec<f64>,
    /// Dual values $y_i \ge 0$ of the rows: what the value would gain if the right side of row $i$ grew by one.
    pub prices: Vec<f64>,
    /// What the prices prove that no admissible $x$ exceeds.
    pub at_most: f64,
}

impl LinearProgram {
    /// A program without variables.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// One more variable between two bounds, which may be infinite, and its coefficient in what is maximized. Returns its index.
    pub fn variable(&mut self, low: f64, high: f64, objective: f64) -> usize {
        self.bounds.push((low, high));
        self.objective.push(objective);
        self.bounds.len() - 1
    }

    /// One more row: a sum of variables times coefficients, and what it may reach. Returns its index.
    pub fn at_most(&mut self, terms: impl IntoIterator<Item = (usize, f64)>, at_most: f64) -> usize {
        let terms = terms.into_iter().filter(|(_, coefficient)| *coefficient != 0.0).collect();
        self.rows.push(Inequality { terms, at_most });
        self.rows.len() - 1
    }

    pub(crate) fn bounds(&self) -> &[(f64, f64)] {
        &self.bounds
    }

    pub(crate) fn objective(&self) -> &[f64] {
        &self.objective
    }

    pub(crate) fn rows(&self) -> &[Inequality] {
        &self.rows
    }

    /// How many variables there are.
    #[must_use]
    pub fn n_variables(&self) -> usize {
        self.bounds.len()
    }

    /// How many rows there are.
    #[must_use]
    pub fn n_rows(&self) -> usize {
        self.rows.len()
    }

    /// The optimum with prices and certificate. Where the solver gives no prices (microlp), the dual program is solved too.
    ///
    /// # Errors
    ///
    /// [`AdvocateError::Contradiction`] if no $x$ respects all rows and bounds, [`AdvocateError::Unbounded`] if the value has no
    /// limit, [`AdvocateError::Solver`] if the solver fails, is not compiled in, or gives prices that do not prove its value.
    pub fn maximize(&self, solver: Solver) -> Result<Optimum, AdvocateError> {
        let (variables, prices) = self.solve(solver)?;
        let prices = match prices {
            Some(prices) => prices,
            None => self.prices_of(&variables, solver)?,
        };
        let value = self.value_of(&variables);
        let at_most = self.dual_value(&prices);
        let scale = CERTIFIED_TO * (1.0 + value.abs());
        if (at_most - value).abs() <= scale {
            return Ok(Optimum { value, variables, prices, at_most });
        }
        let reason = format!("its prices prove {at_most:.9} for a value of {value:.9}");
        Err(solver.failed(reason))
    }

    /// The value and where it is reached, without prices and certificate, at a third of the cost for small programs.
    ///
    /// # Errors
    ///
    /// Those of [`LinearProgram::maximize`].
    pub fn maximum(&self, solver: Solver) -> Result<(f64, Vec<f64>), AdvocateError> {
        let (variables, _) = self.solve(solver)?;
        Ok((self.value_of(&variables), variables))
    }

    /// Whether some $x$ respects all rows and bounds.
    ///
    /// # Errors
    ///
    /// [`AdvocateError::Solver`] if the solver cannot tell.
    pub fn is_feasible(&self, solver: Solver) -> Result<bool, AdvocateError> {
        let any = Self { objective: vec![0.0; self.n_variables()], ..self.clone() };
        match any.solve(solver) {
            Ok(_) => Ok(true),
            Err(AdvocateError::Contradiction) => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn value_of(&self, x: &[f64]) -> f64 {
        self.objective.iter().zip(x).map(|(c, x)| c * x).sum()
    }

    /// A point that respects all rows and bounds, and the prices if the solver gives them.
    fn solve(&self, solver: Solver) -> Result<(Vec<f64>, Option<Vec<f64>>), AdvocateError> {
        let (mut x, prices) = solver.solve(self)?;
        let mut worst: f64 = 0.0;
        for (x, &(low, high)) in x.iter_mut().zip(&self.bounds) {
            let inside = x.clamp(low, high);
            worst = worst.max((*x - inside).abs());
            *x = inside;
        }
        worst = self.rows.iter().map(|row| row.of(&x) - row.at_most).fold(worst, f64::max);
        if worst <= CERTIFIED_TO * (1.0 + self.value_of(&x).abs()) {
            return Ok((x, prices));
        }
        Err(solver.failed(format!("a row or bound is violated by {worst:.3e}")))
    }

    /// Prices from the dual program, in which only rows that bind at the optimum can have one.
    fn prices_of(&self, x: &[f64], solver: Solver) -> Result<Vec<f64>, AdvocateError> {
        let binds = |row: &Inequality| row.of(x) > row.at_most - CERTIFIED_TO * (1.0 + row.at_most.abs());
        let binding: Vec<usize> = (0..self.rows.len()).filter(|&i| binds(&self.rows[i])).collect();
        // The columns of the rows that bind, and the right sides counted from one finite bound of each variable.
        let mut columns: Vec<Vec<(usize, f64)>> = vec![Vec::new(); self.n_variables()];
        let origin: Vec<f64> = self.bounds.iter().map(|&(low, high)| finite(low, high)).collect();
        let mut dual = Self::new();
        for &i in &binding {
            let row = &self.rows[i];
            let price = dual.variable(0.0, f64::INFINITY, row.of(&origin) - row.at_most);
            row.terms.iter().for_each(|&(j, a)| columns[j].push((price, a)));
        }
        for ((column, &(low, high)), &cost) in columns.into_iter().zip(&self.bounds).zip(&self.objective) {
            // x = low + x', or high − x', or free; x' ≥ 0 asks for a reduced cost ≤ 0 up to what its upper bound pays.
            let above = low.is_finite() || high.is_infinite();
            let below = low.is_infinite();
            let paid = (low.is_finite() && high.is_finite())
                .then(|| (dual.variable(0.0, f64::INFINITY, low - high), -1.0));
            if above && !(column.is_empty() && paid.is_none() && cost <= 0.0) {
                let terms = column.iter().map(|&(i, a)| (i, -a)).chain(paid);
                dual.at_most(terms.collect::<Vec<_>>(), -cost);
            }
            if below && !(column.is_empty() && cost >= 0.0) {
                dual.at_most(column, cost);
            }
        }
        let (_, found) = dual.maximum(solver).map_err(|error| solver.failed(format!("its dual: {error}")))?;
        let mut prices = vec![0.0; self.rows.len()];
        binding.iter().zip(found).for_each(|(&i, price)| prices[i] = price);
        Ok(prices)
    }

    /// $\sum_i b_i y_i + \sum_j \max_{l_j \le x_j \le u_j} r_j x_j$ with the reduced costs $r = c - A^T y$: no admissible x exceeds it,
    /// whatever the prices are, as long as they are not negative.
    fn dual_value(&self, prices: &[f64]) -> f64 {
        let mut reduced = self.objective.clone();
        let mut value = 0.0;
        for (row, price) in self.rows.iter().zip(prices) {
            row.terms.iter().for_each(|&(j, a)| reduced[j] -= a * price);
            value += row.at_most * price;
        }
        let most = |(cost, &(low, high)): (f64, &(f64, f64))| match if cost > 0.0 { high } else { low } {
            bound if bound.is_finite() => cost * bound,
            _ if cost.abs() <= NO_COST => 0.0,
            _ => f64::INFINITY,
        };
        value + reduced.into_iter().zip(&self.bounds).map(most).sum::<f64>()
    }
}

fn finite(low: f64, high: f64) -> f64 {
    match (low.is_finite(), high.is_finite()) {
        (true, _) => low,
        (false, true) => high,
        (false, false) => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const INFINITY: f64 = f64::INFINITY;

    fn program(bounds: &[(f64, f64)], objective: &[f64], rows: &[(&[f64], f64)]) -> LinearProgram {
        let mut program = LinearProgram::new();
        bounds.iter().zip(objective).for_each(|(&(low, high), &c)| {
            program.variable(low, high, c);
        });
        for (row, at_most) in rows {
            program.at_most(row.iter().copied().enumerate(), *at_most);
        }
        program
    }

    #[test]
    fn programs_solved_by_hand_have_their_values_and_prices() {
        let positive = (0.0, INFINITY);
        let cases = [
            // Both rows bind: x = 8/5, y = 6/5.
            (
                program(&[positive; 2], &[1.0, 1.0], &[(&[1.0, 2.0], 4.0), (&[3.0, 1.0], 6.0)]),
                2.8,
                vec![0.4, 0.2],
            ),
            // A row that does not bind has no price; a bound does the work.
            (program(&[(0.8, 1.2)], &[2.0], &[(&[1.0], 5.0)]), 2.4, vec![0.0]),
            // Free, and limited from above only.
            (
                program(&[(-INFINITY, INFINITY), (-INFINITY, 2.0)], &[1.0, 1.0], &[(&[1.0, 0.0], 3.0)]),
                5.0,
                vec![1.0],
            ),
            (program(&[(-INFINITY, 2.0)], &[-1.0], &[(&[-1.0], 4.0)]), 4.0, vec![1.0]),
            // Of two channels alike but for a tenth: .9 × 1.03 + .1 × 1.2.
            (program(&[(0.8, 1.2); 2], &[0.9, 0.1], &[(&[1.0, 0.0], 1.03)]), 1.047, vec![0.9]),
        ];
        for solver in Solver::available() {
            for (program, value, prices) in &cases {
                let optimum = program.maximize(solver).unwrap();
                assert!((optimum.value - value).abs() < 1e-8, "{solver}: {optimum:?} and not {value}");
                for (found, expected) in optimum.prices.iter().zip(prices) {
                    assert!((found - expected).abs() < 1e-7, "{solver}: {optimum:?} and not {prices:?}");
                }
            }
        }
    }

    #[test]
    fn what_has_no_optimum_is_told_apart() {
        let contradictory = program(&[(0.0, 1.0)], &[1.0], &[(&[-1.0], -2.0)]);
        let unlimited = program(&[(0.0, INFINITY), (0.0, 1.0)], &[1.0, 1.0], &[(&[-1.0, 1.0], 1.0)]);
        for solver in Solver::available() {
            let error = contradictory.maximize(solver).unwrap_err();
            assert!(matches!(error, AdvocateError::Contradiction), "{solver}: {error}");
            let error = unlimited.maximum(solver).unwrap_err();
            assert!(matches!(error, AdvocateError::Unbounded), "{solver}: {error}");
            assert!(unlimited.is_feasible(solver).unwrap() && !contradictory.is_feasible(solver).unwrap());
        }
    }

    #[test]
    fn prices_of_the_wrong_rows_prove_nothing() {
        let program = program(&[(0.0, 1.0)], &[1.0], &[(&[1.0], 0.5)]);
        assert_eq!(program.dual_value(&[1.0]), 0.5);
        assert_eq!(program.dual_value(&[0.0]), 1.0);
    }

    proptest! {
        /// The prices certify each optimum, so that agreement of solvers is checked besides and not instead.
        #[test]
        fn solvers_agree_on_random_programs(
            (n, m) in (1_usize..12, 0_usize..10),
            numbers in proptest::collection::vec(-1.0_f64..1.0, 300),
        ) {
            let mut numbers = numbers.into_iter().cycle();
            let mut next = || numbers.next().unwrap();
            let mut random = LinearProgram::new();
            for _ in 0..n {
                let low = next();
                random.variable(low, low + 1.0 + next(), next());
            }
            for _ in 0..m {
                // The middle of the box is admissible, so that there is an optimum.
                let row: Vec<f64> = (0..n).map(|_| if next() > 0.3 { 0.0 } else { next() }).collect();
                let middle: f64 = row.iter().zip(&random.bounds).map(|(a, (l, h))| a * (l + h) / 2.0).sum();
                random.at_most(row.into_iter().enumerate(), middle + 0.1 * next().abs());
            }
            let optima: Vec<Optimum> =
                Solver::available().into_iter().map(|solver| random.maximize(solver).unwrap()).collect();
            for optimum in &optima {
                prop_assert!((optimum.value - optima[0].value).abs() < 1e-7);
                prop_assert!(optimum.prices.iter().all(|price| *price >= 0.0));
            }
        }
    }
}
