//! A magnet has to bend a beam onto a target: a search finds the currents at once, an agent learns to turn the knobs.

use hepsys_rl::{
    Action, BoxSpace, Cmaes, Device, Environment, Objective, Observation, Ppo, RlError, Run, Search, SearchState,
    SearchStop, Seed, Space, Step,
};

/// Three magnets along a line; the beam's offset and angle at the end, in mm and mrad.
fn beam(currents: &[f64]) -> [f64; 2] {
    let mut beam = [4.0, -1.0];
    for current in currents {
        beam[1] += 2.0 * current;
        beam[0] += beam[1];
    }
    beam
}

fn quality(currents: &[f64]) -> f64 {
    let [offset, angle] = beam(currents);
    -(offset * offset + angle * angle)
}

struct Currents(BoxSpace);

impl Objective for Currents {
    fn space(&self) -> &BoxSpace {
        &self.0
    }

    fn evaluate(&self, currents: &[f64], _seed: Seed) -> Result<f64, RlError> {
        Ok(quality(currents))
    }
}

/// The same, a little at a time: an action changes each current by at most 0.2.
struct Knobs(Vec<f64>);

impl Knobs {
    fn observation(&self) -> Observation {
        Observation::new(beam(&self.0).into_iter().chain(self.0.iter().copied()).collect::<Vec<_>>())
    }
}

impl Environment for Knobs {
    fn space(&self) -> Space {
        Space::Box(BoxSpace::uniform(3, -0.2, 0.2).expect("ordered bounds"))
    }

    fn n_observations(&self) -> usize {
        5
    }

    fn max_steps(&self) -> usize {
        20
    }

    fn reset(&mut self, _seed: Seed) -> Result<Observation, RlError> {
        self.0 = vec![0.0; 3];
        Ok(self.observation())
    }

    fn step(&mut self, action: &Action) -> Result<Step, RlError> {
        let space = self.space();
        for (current, by) in self.0.iter_mut().zip(space.point(action)?) {
            *current += by;
        }
        Ok(Step::to(self.observation(), 0.1 * quality(&self.0)))
    }
}

fn main() -> Result<(), RlError> {
    let run = Run::on(Device::default()).seed(1);
    let currents = Currents(BoxSpace::uniform(3, -3.0, 3.0)?);
    let searcher = Cmaes::params().check()?.begin(&[0.0; 3], currents.space(), &run)?;
    let mut state = SearchState::new(searcher, &run);
    let search = Search::params().budget(2000).target(-1e-3).check()?;
    assert_eq!(search.run(&mut state, &currents, &run)?, SearchStop::Hit);
    println!("CMA-ES: {} evaluations", state.history.n_evaluations());

    let mut knobs = Knobs(vec![0.0; 3]);
    let ppo = Ppo::params().hidden_layers([32]).rollout(500).learning_rate(3e-3).discount(0.9);
    let ppo = ppo.initial_deviation(0.5).budget(30_000).check()?;
    let mut agent = ppo.begin(&knobs, &run)?;
    ppo.run(&mut agent, &mut knobs, &run)?;
    let mut observation = knobs.reset(Seed::new(2))?;
    for _ in 0..knobs.max_steps() {
        observation = knobs.step(&agent.agent.act_greedily(&observation)?)?.observation;
    }
    println!("PPO: {:.3} after {} steps", quality(&knobs.0), agent.n_steps());
    assert!(quality(&knobs.0) > -1.0 && quality(&[0.0; 3]) < -1.9);
    Ok(())
}
