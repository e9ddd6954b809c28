//! Could a wrong efficiency explain the anomaly of B0 → K*0 μμ? Agents look for one.

mod figures;
mod numbers;
mod report;

use std::cmp::Reverse;
use std::path::Path;

use hepsys_advocate::angular::{
    Agent, AngularError, AngularParams, AngularProblem, Attempt, Confirmation, Verdict,
};
use serde::{Deserialize, Serialize};

use crate::expected::ExpectedValues;
use crate::spec::PerProfile;
use crate::study::Outcome;
use crate::toys::{StudyToys, fingerprint};
use crate::{Context, ExperimentError};

/// The specification of the study.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AngularSpec {
    /// The name of the study.
    pub study: String,
    /// Its title.
    pub title: String,
    /// What it shows.
    pub about: String,
    /// The key of the paper in `docs/references.bib`.
    pub paper: String,
    /// The seed unless the user gives one.
    pub seed: u64,
    cases: Vec<CaseSpec>,
    /// What should come out.
    pub expected: ExpectedValues,
}

/// A kind of efficiency, and who looks for one.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseSpec {
    /// Its name in quantities.
    name: String,
    /// Its name in headings.
    title: String,
    /// What the efficiency may do.
    about: String,
    problem: AngularParams,
    agents: Vec<AgentSpec>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct AgentSpec {
    agent: Agent,
    /// Evaluations of each seed.
    budget: usize,
    seeds: PerProfile<usize>,
}

/// What the agents came to.
struct Case<'a> {
    spec: &'a CaseSpec,
    /// The efficiency of the simulation as it is, on events of its own.
    start: Confirmation,
    /// In the order of the agents, and of their seeds.
    attempts: Vec<Attempt>,
    verdict: Verdict,
}

/// One agent with one seed: a toy of the study, so that a study that is killed loses one search at most for each thread.
struct Search<'a> {
    case: usize,
    agent: &'a AgentSpec,
    seed: usize,
}

impl AngularSpec {
    /// All searches, the longest first: the last ones should not be what everybody waits for.
    fn searches(&self, context: &Context) -> Vec<Search<'_>> {
        let mut searches = Vec::new();
        for (case, spec) in self.cases.iter().enumerate() {
            for agent in &spec.agents {
                let seeds = 0..agent.seeds.of(context.profile);
                searches.extend(seeds.map(|seed| Search { case, agent, seed }));
            }
        }
        searches.sort_by_key(|search| Reverse(search.agent.budget));
        searches
    }
}

/// Runs the study.
///
/// # Errors
///
/// If a search fails or the study is interrupted.
pub fn run(spec: &AngularSpec, folder: &Path, context: &Context) -> Result<Outcome, ExperimentError> {
    let run_of = |case: &CaseSpec| context.run(spec.seed).named(&case.name);
    let simulate = |case: &CaseSpec| case.problem.clone().check()?.simulate(&run_of(case));
    let problems: Vec<AngularProblem> =
        spec.cases.iter().map(simulate).collect::<Result<_, AngularError>>()?;
    let asks: Vec<_> = spec.cases.iter().map(|case| (&case.name, &case.problem, &case.agents)).collect();
    let toys = StudyToys::new(context, folder, fingerprint(&asks, context)?, spec.seed)?;
    let searches = spec.searches(context);
    let mut attempts = toys.run("searches", searches.len(), |toy| {
        let Search { case, agent, seed } = searches[toy.index()];
        let run = run_of(&spec.cases[case]);
        Ok((case, problems[case].attempt(agent.agent, seed, agent.budget, &run)?))
    })?;
    if toys.is_partial() {
        return Err(ExperimentError::ShardDone);
    }

    let mut cases = Vec::new();
    for (index, (case, problem)) in spec.cases.iter().zip(&problems).enumerate() {
        let mut own: Vec<Attempt> =
            attempts.extract_if(.., |(of, _)| *of == index).map(|(_, attempt)| attempt).collect();
        let place = |agent: Agent| case.agents.iter().position(|of| of.agent == agent);
        own.sort_by_key(|attempt| (place(attempt.agent), attempt.seed));
        let unchanged = vec![0.0; problem.n_coefficients()];
        cases.push(Case {
            spec: case,
            start: problem.confirm(&unchanged, run_of(case).streams().named("start"))?,
            verdict: Verdict::of(own.clone())?,
            attempts: own,
        });
    }
    report::outcome(spec, context, &cases)
}

impl Case<'_> {
    /// The attempts of each agent, in the order of the specification; none of those that no seed was given.
    fn by_agent(&self) -> impl Iterator<Item = (Agent, &[Attempt])> {
        let groups = self.attempts.chunk_by(|a, b| a.agent == b.agent);
        groups.map(|attempts| (attempts[0].agent, attempts))
    }

    /// Whether there is a control channel.
    fn is_controlled(&self) -> bool {
        self.start.agreement.control_pulls.is_some()
    }
}
