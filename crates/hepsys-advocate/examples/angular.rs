//! Can an efficiency explain the anomaly? Evaluations to a confirmed hit for each agent and seed, and the verdicts.
//!
//!     cargo run --release -p hepsys-advocate --features rl --example angular -- [cmaes|cem|ppo|verdict]...

use std::time::Instant;

use hepsys_advocate::angular::{
    Agent, AngularAnalysis, AngularEnvironment, AngularError, AngularProblem, Control, Device, Efficiency,
    Investigation, PPO_INCREMENT, Run, ppo_for, reward,
};
use hepsys_rl::{Cem, Cmaes, Search, SearchState, Searcher};

const SEEDS: u64 = 5;

fn main() -> Result<(), AngularError> {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let wants = |name: &str| wanted.is_empty() || wanted.iter().any(|w| w == name);
    if wants("cmaes") || wants("cem") || wants("ppo") {
        let problem = AngularAnalysis::params(Efficiency::Angles).check()?.simulate(&run(0))?;
        let start = vec![0.0; problem.n_coefficients()];
        println!("efficiency of angles, start χ²/N = {:.3}", problem.agreement(&start)?.signal);
        for seed in 0..SEEDS {
            let space = hepsys_rl::Objective::space(&problem).clone();
            if wants("cmaes") {
                let searcher = Cmaes::params().step_size(0.05).check()?.begin(&start, &space, &run(seed))?;
                searched(&problem, searcher, seed)?;
            }
            if wants("cem") {
                let searcher = Cem::params().deviation(0.08).check()?.begin(&start, &space, &run(seed))?;
                searched(&problem, searcher, seed)?;
            }
            if wants("ppo") {
                learnt(&problem, seed)?;
            }
        }
    }
    if wants("verdict") {
        for (low, high, control) in [(0.8, 1.2, Control::JpsiKstar), (0.5, 1.5, Control::Free)] {
            let clock = Instant::now();
            let params =
                AngularAnalysis::params(Efficiency::Particles).weight_range(low, high).control(control);
            let problem = params.check()?.simulate(&run(0))?;
            let agents = [Agent::GaussNewton, Agent::Cmaes, Agent::Cem];
            let verdict = problem.investigate(&Investigation::params().agents(agents).check()?, &run(1))?;
            println!(
                "efficiency of particles, w from {low} to {high}, {control:?}: {verdict}, {:.1?}",
                clock.elapsed()
            );
            if let hepsys_advocate::angular::Verdict::NotExplained { tried, .. } = &verdict {
                for attempt in tried {
                    let on_pool = problem.agreement(&attempt.coefficients)?;
                    println!(
                        "    {} seed {}: pool {:.3} + {:.3}, new events {:.3} + {:.3}",
                        attempt.agent.name(),
                        attempt.seed,
                        on_pool.signal,
                        on_pool.control,
                        attempt.confirmation.agreement.signal,
                        attempt.confirmation.agreement.control
                    );
                }
            }
        }
    }
    Ok(())
}

fn run(seed: u64) -> Run {
    Run::on(Device::default()).seed(seed)
}

fn searched<S: Searcher>(problem: &AngularProblem, searcher: S, seed: u64) -> Result<(), AngularError> {
    let clock = Instant::now();
    let mut state = SearchState::new(searcher, &run(seed));
    let stop =
        Search::params().budget(6000).target(reward(0.0)).check()?.run(&mut state, problem, &run(seed))?;
    let Some(hit) = &state.hit else {
        println!("{} seed {seed}: {stop:?}", state.searcher.name());
        return Ok(());
    };
    let confirmed = problem.confirm(&hit.point, run(seed).named("look").streams())?;
    println!(
        "{} seed {seed}: {} evaluations, {} not confirmed before, new events {:.3} ± {:.3}, {:.2?}",
        state.searcher.name(),
        hit.evaluation,
        state.n_unconfirmed,
        confirmed.agreement.signal,
        confirmed.error,
        clock.elapsed()
    );
    Ok(())
}

fn learnt(problem: &AngularProblem, seed: u64) -> Result<(), AngularError> {
    let clock = Instant::now();
    let budget = 20_000;
    let ppo = ppo_for(budget).check()?;
    let mut environment = AngularEnvironment::new(problem, PPO_INCREMENT)?;
    let mut state = ppo.begin(&environment, &run(seed))?;
    while environment.confirmed().is_none() && environment.n_evaluations() < budget {
        ppo.update(&mut state, &mut environment, &run(seed))?;
        if environment.confirmed().is_none() {
            let seed = run(seed).streams().named("greedy").index(state.updates.len());
            environment.greedy_episode(&state.agent, seed)?;
        }
    }
    let returns: Vec<String> =
        state.updates.iter().step_by(5).map(|u| format!("{:.2}", u.mean_return)).collect();
    println!(
        "PPO seed {seed}: {:?} after {} hits and {} evaluations, {:.2?}, mean returns {}",
        environment.confirmed().map(|hit| (hit.evaluation, hit.chi_squared_per_n)),
        environment.hits().len(),
        environment.n_evaluations(),
        clock.elapsed(),
        returns.join(" ")
    );
    Ok(())
}
