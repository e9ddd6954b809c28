use hepsys_core::Seed;
use hepsys_nn::dense::Networks;
use rand::RngExt;

use super::rollout::{Collector, Rollout};
use super::running::Running;
use super::train::Objective;
use super::{Ppo, PpoAgent, PpoParams};
use crate::{Action, BoxSpace, Device, Environment, Observation, RlError, Run, Space, Step};

/// Rewards and observations without sense, for gradients.
struct Noise(Space, Seed, usize);

impl Environment for Noise {
    fn space(&self) -> Space {
        self.0.clone()
    }

    fn n_observations(&self) -> usize {
        2
    }

    fn max_steps(&self) -> usize {
        7
    }

    fn reset(&mut self, seed: Seed) -> Result<Observation, RlError> {
        (self.1, self.2) = (seed, 0);
        Ok(self.observation())
    }

    fn step(&mut self, action: &Action) -> Result<Step, RlError> {
        assert!(self.0.contains(action));
        if let Action::Discrete(choice) = action {
            assert!(self.observation().allowed.unwrap()[*choice], "a masked choice was taken");
        }
        self.2 += 1;
        let mut stream = self.1.named("reward").index(self.2).stream();
        Ok(Step::to(self.observation(), stream.random::<f64>()))
    }
}

impl Noise {
    fn observation(&self) -> Observation {
        let mut stream = self.1.index(self.2).stream();
        let observation = Observation::new([stream.random::<f64>(), stream.random::<f64>() * 3.0]);
        match self.0 {
            Space::Box(_) => observation,
            Space::Discrete(n) => {
                let preferences = (0..n).map(|k| (k * self.2) as f64 * 0.1).collect::<Vec<_>>();
                observation
                    .allowing((0..n).map(|k| k % 2 == self.2 % 2).collect::<Vec<_>>())
                    .preferring(preferences)
            }
        }
    }
}

fn rollout(params: &PpoParams, space: Space) -> Result<(PpoAgent, Rollout), RlError> {
    let run = Run::on(Device::flex()).seed(3);
    let mut noise = Noise(space, Seed::new(0), 0);
    let agent = PpoAgent::new(params, noise.space(), 2, &run)?;
    let mut collector = Collector {
        params,
        agent,
        rewards: Running::new(1),
        seed: Seed::new(4),
        n_episodes: 0,
        returns: Vec::new(),
    };
    let rollout = collector.collect(&mut noise, &|| false)?.expect("nobody interrupts");
    Ok((collector.agent, rollout))
}

/// The same networks with other parameters.
fn moved(agent: &PpoAgent, networks: &Networks, by: impl Fn(usize) -> f64) -> Networks {
    let mut moved = PpoAgent::clone(agent);
    let parameters: Vec<f64> = networks.parameters().iter().enumerate().map(|(i, p)| p + by(i)).collect();
    let json = serde_json::to_value(networks).map(|mut json| {
        json["parameters"] = parameters.into();
        json
    });
    moved.networks = serde_json::from_value(json.unwrap()).unwrap();
    moved.networks
}

#[test]
fn gradients_match_finite_differences() -> Result<(), RlError> {
    for space in [Space::Box(BoxSpace::uniform(3, -0.5, 2.0)?), Space::Discrete(4)] {
        // One block and a part of another; the entropy counts, and a part of the ratios are clipped.
        let params =
            Ppo::params().hidden_layers([5]).rollout(100).entropy_weight(0.03).initial_deviation(0.7);
        let (agent, rollout) = rollout(&params, space)?;
        let objective = Objective::new(&params, &agent)?;
        let networks = moved(&agent, &agent.networks, |i| 0.15 * (i as f64 * 1.7).sin());
        let exact = objective.unclipped(&networks, &rollout)?;
        let norm = exact.gradient.iter().map(|g| g * g).sum::<f64>().sqrt();
        let step = 1e-6;
        for k in 0..exact.gradient.len() {
            let at = |sign: f64| {
                let networks = moved(&agent, &networks, |i| if i == k { sign * step } else { 0.0 });
                Ok::<_, RlError>(objective.unclipped(&networks, &rollout)?.value)
            };
            let difference = (at(1.0)? - at(-1.0)?) / (2.0 * step);
            // Rounding over the step; a kink of the clip is met with a probability below 1e-4.
            assert!(
                (difference - exact.gradient[k]).abs() < 1e-7 * (1.0 + norm),
                "{k}: {difference} {}",
                exact.gradient[k]
            );
        }
    }
    Ok(())
}

#[test]
fn the_first_step_is_along_the_policy_gradient() -> Result<(), RlError> {
    // Where nothing has moved yet, every ratio is one, and the loss of standardised advantages is that of the value alone.
    let params = Ppo::params().hidden_layers([5]).rollout(64).value_weight(0.0);
    let (agent, rollout) = rollout(&params, Space::Discrete(4))?;
    // The inputs are those that were seen, so the agent at the end is that of the beginning.
    let slope = Objective::new(&params, &agent)?.unclipped(&agent.networks, &rollout)?;
    assert!(slope.value.abs() < 1e-12, "{}", slope.value);
    Ok(())
}

#[test]
fn an_observation_that_allows_nothing_is_an_error() -> Result<(), RlError> {
    let run = Run::on(Device::flex());
    let agent = PpoAgent::new(&Ppo::params(), Space::Discrete(2), 1, &run)?;
    let act = |observation: Observation| agent.act(&observation, &mut Seed::new(1).stream());
    assert!(matches!(
        act(Observation::new([0.0]).allowing([false, false])),
        Err(RlError::NothingAllowed { .. })
    ));
    assert!(matches!(act(Observation::new([0.0, 1.0])), Err(RlError::LengthMismatch { .. })));
    assert!(matches!(act(Observation::new([f64::NAN])), Err(RlError::NotFinite { .. })));
    assert_eq!(act(Observation::new([0.0]).allowing([false, true]))?, Action::Discrete(1));
    assert_eq!(agent.act_greedily(&Observation::new([0.0]).allowing([false, true]))?, Action::Discrete(1));
    Ok(())
}

#[test]
fn an_agent_begins_with_the_preferences_of_the_observation() -> Result<(), RlError> {
    let run = Run::on(Device::flex());
    let agent = PpoAgent::new(&Ppo::params(), Space::Discrete(3), 1, &run)?;
    // At zero its networks, whose biases are zero, say nothing.
    let observation = Observation::new([0.0]).allowing([true, false, true]);
    let outlook = agent.outlook(&observation.clone().preferring([3.0_f64.ln(), 9.0, 0.0]), 0)?;
    assert!(
        (outlook.outputs[0].exp() - 0.75).abs() < 1e-12 && (outlook.outputs[2].exp() - 0.25).abs() < 1e-12
    );
    assert_eq!(outlook.outputs[1], f64::NEG_INFINITY);
    assert!(agent.act_greedily(&observation.clone().preferring([0.0])).is_err());
    assert!(agent.act_greedily(&observation.preferring([0.0, f64::NAN, 0.0])).is_err());
    Ok(())
}

#[test]
fn infinite_bounds_are_refused() {
    let run = Run::on(Device::flex());
    let space = Space::Box(BoxSpace::unbounded(1).unwrap());
    let error = PpoAgent::new(&Ppo::params(), space, 1, &run).unwrap_err().to_string();
    assert_eq!(error, "the bounds of an agent's actions must be finite, got infinite ones");
}
