//! What agents learn: a bandit, a point to reach, a corridor with forbidden steps; and that a stop in between changes nothing.

use hepsys_rl::{
    Action, BoxSpace, Device, Environment, Interrupt, Observation, Observer, Ppo, PpoParams, PpoState,
    PpoStop, RlError, Run, Seed, Space, Step,
};
use rand::RngExt;

fn run(seed: u64) -> Run {
    Run::on(Device::flex()).seed(seed)
}

/// Five arms; the fourth pays best on average.
struct Bandit(Option<Seed>);

const PAYS: [f64; 5] = [0.1, 0.5, 0.4, 0.8, 0.2];

impl Environment for Bandit {
    fn space(&self) -> Space {
        Space::Discrete(PAYS.len())
    }

    fn n_observations(&self) -> usize {
        1
    }

    fn max_steps(&self) -> usize {
        1
    }

    fn reset(&mut self, seed: Seed) -> Result<Observation, RlError> {
        self.0 = Some(seed);
        Ok(Observation::new([0.0]))
    }

    fn step(&mut self, action: &Action) -> Result<Step, RlError> {
        let seed = self.0.take().ok_or_else(|| RlError::environment("a step", "the episode is over"))?;
        let noise = seed.stream().random::<f64>() - 0.5;
        Ok(Step::new([0.0], PAYS[self.space().choice(action)?] + noise).ending(true))
    }
}

fn small() -> PpoParams {
    Ppo::params().hidden_layers([16]).rollout(256).learning_rate(3e-3)
}

#[test]
fn an_agent_finds_the_arm_that_pays_best() -> Result<(), RlError> {
    let ppo = small().budget(8_000).entropy_weight(0.01).check()?;
    let mut state = ppo.begin(&Bandit(None), &run(1))?;
    assert_eq!(ppo.run(&mut state, &mut Bandit(None), &run(1))?, PpoStop::Budget);
    let observation = Observation::new([0.0]);
    assert_eq!(state.agent.act_greedily(&observation)?, Action::Discrete(3));
    let mut stream = Seed::new(7).stream();
    let hits =
        (0..200).filter(|_| state.agent.act(&observation, &mut stream).unwrap() == Action::Discrete(3));
    assert!(hits.count() > 170);
    Ok(())
}

/// A point in a plane that has to go to the origin, at most 0.3 a step and coordinate; the reward is minus the distance.
struct Reach([f64; 2]);

impl Environment for Reach {
    fn space(&self) -> Space {
        Space::Box(BoxSpace::uniform(2, -0.3, 0.3).expect("ordered bounds"))
    }

    fn n_observations(&self) -> usize {
        2
    }

    fn max_steps(&self) -> usize {
        15
    }

    fn reset(&mut self, seed: Seed) -> Result<Observation, RlError> {
        let mut stream = seed.stream();
        self.0 = [2.0 * stream.random::<f64>() - 1.0, 2.0 * stream.random::<f64>() - 1.0];
        Ok(Observation::new(self.0))
    }

    fn step(&mut self, action: &Action) -> Result<Step, RlError> {
        let space = self.space();
        let by = space.point(action)?;
        self.0 = [self.0[0] + by[0], self.0[1] + by[1]];
        Ok(Step::new(self.0, -self.0[0].hypot(self.0[1])))
    }
}

fn reaching() -> PpoParams {
    small().rollout(512).initial_deviation(0.5).discount(0.9)
}

#[test]
fn an_agent_reaches_a_point() -> Result<(), RlError> {
    let ppo = reaching().budget(40_000).check()?;
    let mut state = ppo.begin(&Reach([0.0; 2]), &run(1))?;
    ppo.run(&mut state, &mut Reach([0.0; 2]), &run(1))?;
    let mut reach = Reach([0.0; 2]);
    for episode in 0..20 {
        let mut observation = reach.reset(Seed::new(100).index(episode))?;
        for _ in 0..reach.max_steps() {
            observation = reach.step(&state.agent.act_greedily(&observation)?)?.observation;
        }
        let [x, y] = reach.0;
        assert!(x.hypot(y) < 0.15, "episode {episode} ends at {x} {y}");
    }
    let (first, last) = (state.updates[0], state.updates[state.updates.len() - 1]);
    assert!(last.mean_return > 0.5 * first.mean_return, "{first:?} {last:?}");
    Ok(())
}

/// Six rooms in a row, from the first to the last; a third action is forbidden in the odd rooms, ends the episode without reward
/// in the even ones.
struct Corridor(usize);

impl Corridor {
    fn observation(&self) -> Observation {
        let room: Vec<f64> = (0..6).map(|r| f64::from(u8::from(r == self.0))).collect();
        Observation::new(room).allowing([self.0 > 0, true, self.0.is_multiple_of(2)])
    }
}

impl Environment for Corridor {
    fn space(&self) -> Space {
        Space::Discrete(3)
    }

    fn n_observations(&self) -> usize {
        6
    }

    fn max_steps(&self) -> usize {
        30
    }

    fn reset(&mut self, _seed: Seed) -> Result<Observation, RlError> {
        self.0 = 0;
        Ok(self.observation())
    }

    fn step(&mut self, action: &Action) -> Result<Step, RlError> {
        let choice = self.space().choice(action)?;
        let allowed = self.observation().allowed.unwrap_or_default();
        assert!(allowed[choice], "choice {choice} is forbidden in room {}", self.0);
        let is_trap = choice == 2;
        self.0 = if choice == 0 { self.0 - 1 } else { self.0 + usize::from(!is_trap) };
        let is_there = self.0 == 5;
        Ok(Step::to(self.observation(), f64::from(u8::from(is_there))).ending(is_there || is_trap))
    }
}

#[test]
fn an_agent_walks_through_a_corridor_and_never_where_it_is_forbidden() -> Result<(), RlError> {
    let ppo = small().budget(30_000).target(0.97).entropy_weight(0.005).check()?;
    let mut state = ppo.begin(&Corridor(0), &run(2))?;
    let stop = ppo.run(&mut state, &mut Corridor(0), &run(2))?;
    assert_eq!(stop, PpoStop::Target, "{:?}", state.updates.last());
    Ok(())
}

/// Asks for an interrupt when it hears of the third update.
struct AfterThree(Interrupt);

impl Observer for AfterThree {
    fn started(&self, _task: &str, _total: u64) {}

    fn advanced(&self, _task: &str, done: u64, _message: &str) {
        if done > 3 * 512 {
            self.0.request();
        }
    }

    fn finished(&self, _task: &str) {}
}

#[test]
fn an_agent_that_was_killed_learns_on_as_if_nothing_had_happened() -> Result<(), RlError> {
    let ppo = reaching().budget(4_000).check()?;
    let learn = |state: &mut PpoState, run: &Run| ppo.run(state, &mut Reach([0.0; 2]), run);
    let mut whole = ppo.begin(&Reach([0.0; 2]), &run(5))?;
    assert_eq!(learn(&mut whole, &run(5))?, PpoStop::Budget);

    let interrupt = Interrupt::new();
    let observed =
        run(5).interrupted_by(interrupt.clone()).observed_by(std::sync::Arc::new(AfterThree(interrupt)));
    let mut first = ppo.begin(&Reach([0.0; 2]), &run(5))?;
    assert_eq!(learn(&mut first, &observed)?, PpoStop::Interrupted);
    let json = serde_json::to_string(&first).unwrap();
    drop(first);
    let mut second: PpoState = serde_json::from_str(&json).unwrap();
    assert!(second.n_steps() < 4_000);
    learn(&mut second, &run(9))?;
    assert_eq!(second, whole);
    Ok(())
}

#[test]
fn what_an_environment_says_comes_with_its_episode() -> Result<(), RlError> {
    struct Broken;

    impl Environment for Broken {
        fn space(&self) -> Space {
            Space::Discrete(2)
        }

        fn n_observations(&self) -> usize {
            1
        }

        fn max_steps(&self) -> usize {
            5
        }

        fn reset(&mut self, _seed: Seed) -> Result<Observation, RlError> {
            Ok(Observation::new([1.0]))
        }

        fn step(&mut self, _action: &Action) -> Result<Step, RlError> {
            Err(RlError::environment("the detector", "is switched off"))
        }
    }

    let ppo = small().check()?;
    let mut state = ppo.begin(&Broken, &run(1))?;
    let before = state.clone();
    let error = ppo.update(&mut state, &mut Broken, &run(1)).unwrap_err().to_string();
    assert_eq!(error, "episode 0, the detector: is switched off");
    assert_eq!(state, before);
    assert!(matches!(ppo.update(&mut state, &mut Bandit(None), &run(1)), Err(RlError::BadState(_))));
    Ok(())
}

#[test]
fn parameters_outside_their_range_are_named() {
    let of = |params: PpoParams| params.check().unwrap_err().to_string();
    assert_eq!(of(Ppo::params().clip(1.0)), "clip must be above 0 and below 1, got 1");
    assert_eq!(of(Ppo::params().trace(1.5)), "trace must be within 0 and 1, got 1.5");
    assert_eq!(of(Ppo::params().batch_size(1)), "batch_size must be 2 or more, got 1");
    assert!(of(Ppo::params().hidden_layers([0])).contains("every layer of a network needs a unit"));
}
