//! The angular analysis as a problem for agents, small enough for a test; the example `angular` has all seeds.

#![cfg(feature = "rl")]

use hepsys_advocate::angular::{
    Agent, AngularAnalysis, AngularEnvironment, AngularError, AngularProblem, Control, Device, Efficiency,
    Investigation, Run, Verdict, reward,
};
use hepsys_core::Seed;
use hepsys_rl::{Action, Environment, Objective, Ppo};

fn run(seed: u64) -> Run {
    Run::on(Device::flex()).seed(seed)
}

fn angles() -> AngularProblem {
    AngularAnalysis::params(Efficiency::Angles).check().unwrap().simulate(&run(0)).unwrap()
}

fn particles(control: Control) -> AngularProblem {
    let params = AngularAnalysis::params(Efficiency::Particles).weight_range(0.8, 1.2).control(control);
    params.n_pool(30_000).n_confirmation(40_000).check().unwrap().simulate(&run(0)).unwrap()
}

#[test]
fn nothing_is_explained_at_the_start() {
    let problem = angles();
    let agreement = problem.agreement(&[0.0; 44]).unwrap();
    // 4.851 for infinite samples; 60 000 events scatter by 0.09.
    assert!((agreement.chi_squared_per_n() - 4.851).abs() < 0.3, "{agreement:?}");
    let squares: f64 = agreement.pulls().iter().map(|p| p * p).sum();
    assert!((squares / 8.0 - agreement.signal).abs() < 1e-12);
    // With a detector what counts is by how much the moments move: not at all.
    let agreement = particles(Control::JpsiKstar).agreement(&[0.0; 20]).unwrap();
    assert!((agreement.signal - 4.851).abs() < 5e-4, "{agreement:?}");
    assert!(agreement.control < 1e-10);
}

#[test]
fn an_evaluation_belongs_to_its_seed() {
    let problem = angles();
    let coefficients: Vec<f64> = (0..44).map(|i| 0.05 * f64::from(i).sin()).collect();
    let at = |seed| problem.evaluate(&coefficients, Seed::new(seed)).unwrap();
    assert_eq!(at(1), at(1));
    assert_ne!(at(1), at(2));
    // The rewards scatter around that of the pool.
    let x = problem.agreement(&coefficients).unwrap().chi_squared_per_n();
    let drawn: Vec<f64> = (0..50)
        .map(|i| problem.drawn_agreement(&coefficients, Seed::new(i)).unwrap().chi_squared_per_n())
        .collect();
    let mean = drawn.iter().sum::<f64>() / 50.0;
    assert!((mean - x).abs() < 0.1 * x, "{mean} {x}");
    assert!(problem.evaluate(&coefficients[1..], Seed::new(1)).is_err());
}

#[test]
fn an_efficiency_of_angles_explains_the_anomaly() -> Result<(), AngularError> {
    let problem = angles();
    let params = Investigation::params().agents([Agent::Cmaes]).seeds(1).budget(2000).check()?;
    let verdict = problem.investigate(&params, &run(1))?;
    let Verdict::Explained { by, before, .. } = &verdict else { panic!("{verdict}") };
    assert!(before.is_empty());
    assert!(by.confirmation.is_confirmed && by.confirmation.n_events == 200_000);
    let x = by.confirmation.agreement.chi_squared_per_n();
    assert!(x < 0.15 && by.confirmation.error < 0.05, "{x} ± {}", by.confirmation.error);
    assert_eq!(problem.investigate(&params, &run(1))?, verdict);
    let json = serde_json::to_string(&verdict).unwrap();
    assert_eq!(serde_json::from_str::<Verdict>(&json).unwrap(), verdict);
    Ok(())
}

#[test]
fn no_efficiency_of_particles_does_under_the_control_channel() -> Result<(), AngularError> {
    let problem = particles(Control::JpsiKstar);
    let params = Investigation::params().agents([Agent::GaussNewton]).seeds(2).check()?;
    let verdict = problem.investigate(&params, &run(1))?;
    let Verdict::NotExplained { tried, p_value, .. } = &verdict else { panic!("{verdict}") };
    assert_eq!(tried.len(), 2);
    // The prototype's best is 3.70; a pool of 30 000 events and two starts leave some tenths.
    let best = verdict.best().confirmation.agreement;
    assert!((3.3..4.2).contains(&best.signal) && best.control < 0.6, "{best:?}");
    assert!(*p_value < 1e-2 && verdict.to_string().contains("not explained"));
    Ok(())
}

#[test]
fn larger_weights_leave_less_to_explain() -> Result<(), AngularError> {
    let params = AngularAnalysis::params(Efficiency::Particles).n_pool(30_000).check()?;
    let (coefficients, agreement) = params.simulate(&run(0))?.refine(&[0.01; 20], 20)?;
    // The prototype comes to 0.84 with weights within ±50 % and no control channel; one start is worse.
    assert!(agreement.signal < 2.5 && agreement.control_pulls.is_none(), "{agreement:?}");
    assert!(coefficients.iter().all(|a| a.is_finite()));
    Ok(())
}

#[test]
fn an_episode_follows_its_actions_and_ends_after_twenty() -> Result<(), AngularError> {
    let problem = AngularAnalysis::params(Efficiency::Angles).n_pool(2000).n_evaluation(1000).check()?;
    let problem = problem.simulate(&run(0))?;
    let mut environment = AngularEnvironment::new(&problem, 0.05)?;
    let start = environment.reset(Seed::new(1))?;
    assert_eq!(start.values.len(), environment.n_observations());
    let action = Action::Box((0..44).map(|k| if k == 3 { 0.05 } else { 0.0 }).collect());
    let step = environment.step(&action)?;
    assert_eq!(environment.coefficients()[3], 0.05);
    assert_eq!(step.observation.values[8 + 3], 0.05);
    let squares: f64 = step.observation.values[..8].iter().map(|p| p * p).sum();
    assert_eq!(step.reward, reward(squares / 8.0));
    assert!(environment.step(&Action::Box(vec![0.06; 44])).is_err());
    // An agent learns in it: one update of two episodes and more.
    let ppo = Ppo::params().rollout(30).hidden_layers([8]).check()?;
    let mut state = ppo.begin(&environment, &run(2))?;
    let update = ppo.update(&mut state, &mut environment, &run(2))?.expect("nobody interrupts");
    assert!(update.steps == 40 && update.episodes == 2, "{update:?}");
    assert_eq!(environment.n_evaluations(), 41);
    Ok(())
}

#[test]
fn parameters_outside_their_range_are_named() {
    let of = |error: AngularError| error.to_string();
    let params = || AngularAnalysis::params(Efficiency::Angles);
    assert_eq!(
        of(params().weight_range(1.1, 1.2).check().unwrap_err()),
        "the least weight must be from 0 to below 1, got 1.1"
    );
    assert!(of(params().control(Control::JpsiKstar).check().unwrap_err()).contains("the control"));
    assert_eq!(of(params().n_pool(10).check().unwrap_err()), "n_pool must be 1000 or more, got 10");
    assert_eq!(of(Investigation::params().seeds(0).check().unwrap_err()), "seeds must be positive, got 0");
}
