//! The one file in which programs become good_lp's.

use good_lp::variable::UnsolvedProblem;
use good_lp::{
    Expression, ProblemVariables, ResolutionError, Solution, SolverModel, constraint::ConstraintReference,
    variable,
};
use serde::{Deserialize, Serialize};

use crate::AdvocateError;
use crate::program::LinearProgram;

/// Who solves linear programs. Each is a feature of the crate, except the first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Solver {
    /// Simplex method in Rust: the fastest on programs of a few rows.
    #[default]
    Microlp,
    /// Interior-point method in Rust: the fastest on Lipschitz constraints in many directions. Feature `clarabel`.
    Clarabel,
    /// Simplex method in C++; its build needs cmake and libclang. Feature `highs`.
    Highs,
}

impl Solver {
    /// Those that are compiled in.
    #[must_use]
    pub fn available() -> Vec<Self> {
        [Self::Microlp, Self::Clarabel, Self::Highs]
            .into_iter()
            .filter(|solver| solver.is_available())
            .collect()
    }

    /// Whether it is compiled in.
    #[must_use]
    pub fn is_available(self) -> bool {
        match self {
            Self::Microlp => true,
            Self::Clarabel => cfg!(feature = "clarabel"),
            Self::Highs => cfg!(feature = "highs"),
        }
    }

    /// That it is compiled in.
    ///
    /// # Errors
    ///
    /// [`AdvocateError::Solver`] with the feature that is missing.
    pub fn check(self) -> Result<(), AdvocateError> {
        if self.is_available() {
            return Ok(());
        }
        Err(self.failed(format!("it is not compiled in; turn on the feature `{self}` of hepsys-advocate")))
    }

    /// A point, and the prices of the rows if the solver gives them; neither is checked.
    pub(crate) fn solve(self, program: &LinearProgram) -> Result<Found, AdvocateError> {
        self.check()?;
        if !program.bounds().iter().all(|(low, high)| low <= high) {
            return Err(AdvocateError::Contradiction);
        }
        let found = match self {
            Self::Microlp => run(good_lp::microlp, program, |_, _| Ok(None)),
            #[cfg(feature = "clarabel")]
            Self::Clarabel => run(exactly, program, |solution, rows| {
                // good_lp takes the direction in which the value grows without limit for a solution.
                match format!("{:?}", solution.inner().status).ends_with("DualInfeasible") {
                    true => Err(Failure::Unbounded),
                    false => Ok(Some(duals(solution, rows))),
                }
            }),
            #[cfg(feature = "highs")]
            Self::Highs => run(good_lp::highs, program, |solution, rows| Ok(Some(duals(solution, rows)))),
            #[cfg(not(all(feature = "clarabel", feature = "highs")))]
            _ => Err(Failure::Other("it is not compiled in".to_owned())),
        };
        found.map_err(|failure| match failure {
            Failure::Infeasible => AdvocateError::Contradiction,
            Failure::Unbounded => AdvocateError::Unbounded,
            Failure::Other(reason) => self.failed(reason),
        })
    }

    pub(crate) fn failed(self, reason: impl Into<String>) -> AdvocateError {
        AdvocateError::Solver { solver: self.to_string(), reason: reason.into() }
    }
}

impl std::fmt::Display for Solver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Microlp => "microlp",
            Self::Clarabel => "clarabel",
            Self::Highs => "highs",
        })
    }
}

/// The variables, and perhaps the prices of the rows.
type Found = (Vec<f64>, Option<Vec<f64>>);

/// Why there is no optimum.
enum Failure {
    Infeasible,
    Unbounded,
    Other(String),
}

fn run<S, P>(solver: S, program: &LinearProgram, prices: P) -> Result<Found, Failure>
where
    S: good_lp::Solver<Model: SolverModel<Error = ResolutionError>>,
    P: FnOnce(
        &mut <S::Model as SolverModel>::Solution,
        Vec<ConstraintReference>,
    ) -> Result<Option<Vec<f64>>, Failure>,
{
    let mut problem = ProblemVariables::new();
    let bounded = program.bounds().iter().map(|&(low, high)| variable().min(low).max(high));
    let variables: Vec<good_lp::Variable> = problem.add_all(bounded);
    let sum = |terms: &mut dyn Iterator<Item = (usize, f64)>| {
        let mut sum = Expression::with_capacity(terms.size_hint().0);
        terms.for_each(|(j, a)| sum.add_mul(a, variables[j]));
        sum
    };
    let unsolved: UnsolvedProblem =
        problem.maximise(sum(&mut program.objective().iter().copied().enumerate()));
    let mut model = unsolved.using(solver);
    let mut references = Vec::with_capacity(program.n_rows());
    for row in program.rows() {
        let left = sum(&mut row.terms.iter().copied());
        references.push(model.add_constraint(left.leq(row.at_most)));
    }
    let mut solution = model.solve().map_err(|error| match error {
        ResolutionError::Infeasible => Failure::Infeasible,
        ResolutionError::Unbounded => Failure::Unbounded,
        other => Failure::Other(other.to_string()),
    })?;
    let x: Vec<f64> = variables.iter().map(|&variable| solution.value(variable)).collect();
    let prices = prices(&mut solution, references)?;
    if x.iter().any(|x| !x.is_finite()) {
        return Err(Failure::Other("it gave a number that is not finite".to_owned()));
    }
    Ok((x, prices))
}

/// clarabel, asked for as many digits as it has.
#[cfg(feature = "clarabel")]
fn exactly(unsolved: UnsolvedProblem) -> good_lp::solvers::clarabel::ClarabelProblem {
    let mut problem = good_lp::clarabel(unsolved);
    problem.settings().tol_gap_abs(1e-10).tol_gap_rel(1e-10);
    problem
}

/// Solvers differ in the sign of their dual values; a row that limits from above what is maximized has one sign only.
#[cfg(any(feature = "clarabel", feature = "highs"))]
fn duals<'a, S: good_lp::SolutionWithDual<'a>>(
    solution: &'a mut S,
    rows: Vec<ConstraintReference>,
) -> Vec<f64> {
    use good_lp::DualValues;
    let dual = solution.compute_dual();
    rows.into_iter().map(|row| dual.dual(row).abs()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_solver_that_is_not_compiled_in_names_its_feature() {
        for solver in [Solver::Clarabel, Solver::Highs].into_iter().filter(|solver| !solver.is_available()) {
            let error = LinearProgram::new().maximize(solver).unwrap_err().to_string();
            assert!(error.contains(&format!("feature `{solver}`")), "{error}");
        }
        assert_eq!(serde_json::to_string(&Solver::Microlp).unwrap(), "\"microlp\"");
    }
}
