//! What searches find, after how many evaluations, and that a stop in between changes nothing.

use hepsys_rl::{
    BoxSpace, Cem, Cmaes, CmaesState, Device, Interrupt, Objective, Recombination, RlError, Run, Search,
    SearchState, SearchStop, Searcher, Seed,
};

/// The negative of a function.
struct Landscape<F> {
    space: BoxSpace,
    cost: F,
}

impl<F: Fn(&[f64]) -> f64> Landscape<F> {
    fn new(n: usize, cost: F) -> Self {
        Self { space: BoxSpace::unbounded(n).unwrap(), cost }
    }
}

impl<F: Fn(&[f64]) -> f64> Objective for Landscape<F> {
    fn space(&self) -> &BoxSpace {
        &self.space
    }

    fn evaluate(&self, point: &[f64], _seed: Seed) -> Result<f64, RlError> {
        Ok(-(self.cost)(point))
    }
}

fn run(seed: u64) -> Run {
    Run::on(Device::flex()).seed(seed)
}

fn sphere(x: &[f64]) -> f64 {
    x.iter().map(|x| x * x).sum()
}

fn ellipsoid(x: &[f64]) -> f64 {
    let last = (x.len() - 1) as f64;
    x.iter().enumerate().map(|(i, x)| 1e6_f64.powf(i as f64 / last) * x * x).sum()
}

fn rosenbrock(x: &[f64]) -> f64 {
    x.windows(2).map(|x| 100.0 * (x[0] * x[0] - x[1]).powi(2) + (1.0 - x[0]).powi(2)).sum()
}

/// A rotation of ten coordinates: that of a fixed angle in each pair of neighbours, one after the other.
fn rotated(x: &[f64]) -> Vec<f64> {
    let mut x = x.to_vec();
    for round in 0..3 {
        for i in 0..x.len() {
            let j = (i + 1 + round) % x.len();
            let (s, c) = (0.7 + 0.3 * i as f64).sin_cos();
            (x[i], x[j]) = (c * x[i] - s * x[j], s * x[i] + c * x[j]);
        }
    }
    x
}

/// The evaluations to 1e-10, median of five seeds.
fn evaluations(cost: impl Fn(&[f64]) -> f64, start: &[f64], step_size: f64, weights: Recombination) -> usize {
    let landscape = Landscape::new(start.len(), cost);
    let search = Search::params().budget(60_000).target(-1e-10).check().unwrap();
    let mut found: Vec<usize> = (0..5)
        .map(|seed| {
            let run = run(seed);
            let params = Cmaes::params().step_size(step_size).recombination(weights).check().unwrap();
            let mut state = SearchState::new(params.begin(start, &landscape.space, &run).unwrap(), &run);
            let stop = search.run(&mut state, &landscape, &run).unwrap();
            assert_eq!(stop, SearchStop::Hit, "seed {seed}: {:?}", state.best);
            state.hit.unwrap().evaluation
        })
        .collect();
    found.sort_unstable();
    found[2]
}

#[test]
fn cma_es_needs_the_evaluations_that_are_published() {
    let start = [0.5; 10];
    let step = rotated(&start);
    // The order of Fig. 3 of Hansen's tutorial of 2005 and of the BBOB-2009 tables for ten dimensions; half as much again is allowed.
    let active =
        |cost: fn(&[f64]) -> f64, start: &[f64]| evaluations(cost, start, 0.3, Recombination::Active);
    let found = [active(sphere, &start), active(ellipsoid, &start), active(rosenbrock, &[0.0; 10])];
    println!("sphere, ellipsoid, Rosenbrock: {found:?}");
    for (found, most) in found.into_iter().zip([2300, 6500, 8500]) {
        assert!(found < most, "{found} evaluations, expected less than {most}");
    }
    let positive = evaluations(ellipsoid, &start, 0.3, Recombination::Positive);
    assert!((3000..9000).contains(&positive), "{positive}");
    // Invariance under rotation: other random numbers, so the medians agree within their spread.
    let turned = evaluations(|x| ellipsoid(&rotated(x)), &step, 0.3, Recombination::Active);
    assert!((turned as f64 / found[1] as f64 - 1.0).abs() < 0.3, "{turned} and {}", found[1]);
}

#[test]
fn cma_es_is_invariant_under_increasing_functions() {
    let run = run(3);
    let begin = || Cmaes::params().check().unwrap().begin(&[0.4; 4], &BoxSpace::unbounded(4).unwrap(), &run);
    let (mut plain, mut bent) = (begin().unwrap(), begin().unwrap());
    for _ in 0..60 {
        let points = plain.ask();
        assert_eq!(points, bent.ask());
        let rewards: Vec<f64> = points.iter().map(|x| -rosenbrock(x)).collect();
        plain.tell(&rewards).unwrap();
        let rewards: Vec<f64> = rewards.iter().map(|r| 1.0 - (-r).powf(0.25)).collect();
        bent.tell(&rewards).unwrap();
    }
}

#[test]
fn an_optimum_at_a_bound_is_found_within_them() {
    let space = BoxSpace::uniform(5, 0.0, 1.0).unwrap();
    let cost = |x: &[f64]| x.iter().map(|x| (x + 0.5).powi(2)).sum::<f64>() - 1.25;
    let landscape = Landscape { space: space.clone(), cost };
    let run = run(1);
    let searcher = Cmaes::params().check().unwrap().begin(&[0.5; 5], &space, &run).unwrap();
    let mut state = SearchState::new(searcher, &run);
    let search = Search::params().budget(4000).target(-1e-8).check().unwrap();
    assert_eq!(search.run(&mut state, &landscape, &run).unwrap(), SearchStop::Hit);
    assert!(space.contains(&state.best.unwrap().point));
}

#[test]
fn a_search_with_nothing_to_find_ends() {
    let landscape = Landscape::new(3, |_: &[f64]| 1.0);
    let run = run(1);
    let searcher = Cmaes::params().check().unwrap().begin(&[0.5; 3], &landscape.space, &run).unwrap();
    let mut state = SearchState::new(searcher, &run);
    let stop = Search::params().check().unwrap().run(&mut state, &landscape, &run).unwrap();
    assert!(matches!(&stop, SearchStop::Converged(why) if why.contains("rewards")), "{stop:?}");
    let n = state.history.n_evaluations();
    assert!(n < 500, "{n}");
}

/// A sphere that asks for an interrupt at an evaluation, and whose confirmation depends on its seed.
struct Interrupting(Landscape<fn(&[f64]) -> f64>, Interrupt, std::cell::Cell<usize>);

impl Objective for Interrupting {
    fn space(&self) -> &BoxSpace {
        &self.0.space
    }

    fn evaluate(&self, point: &[f64], seed: Seed) -> Result<f64, RlError> {
        self.2.set(self.2.get() + 1);
        if self.2.get() == 100 {
            self.1.request();
        }
        // Noise that belongs to the evaluation.
        Ok(self.0.evaluate(point, seed)? - 1e-3 * (seed.as_u64() as f64 / u64::MAX as f64))
    }

    fn confirms(&self, _point: &[f64], seed: Seed) -> Result<bool, RlError> {
        Ok(seed.as_u64() % 16 == 3)
    }
}

fn killed_and_resumed<S>(searcher: S)
where
    S: Searcher + Clone + PartialEq + std::fmt::Debug + serde::Serialize + serde::de::DeserializeOwned,
{
    let objective = |interrupt: &Interrupt| {
        let landscape = Landscape::new(4, sphere as fn(&[f64]) -> f64);
        Interrupting(landscape, interrupt.clone(), std::cell::Cell::new(0))
    };
    let search = Search::params().budget(3000).target(-3e-3).check().unwrap();
    let never = Interrupt::new();
    let mut whole = SearchState::new(searcher.clone(), &run(5));
    assert_eq!(search.run(&mut whole, &objective(&never), &run(5)).unwrap(), SearchStop::Hit);
    assert!(whole.n_unconfirmed > 0);

    let interrupt = Interrupt::new();
    let mut first = SearchState::new(searcher, &run(5));
    let stopped =
        search.run(&mut first, &objective(&interrupt), &run(5).interrupted_by(interrupt.clone())).unwrap();
    assert_eq!(stopped, SearchStop::Interrupted);
    let json = serde_json::to_string(&first).unwrap();
    drop(first);
    let mut second: SearchState<S> = serde_json::from_str(&json).unwrap();
    assert_eq!(search.run(&mut second, &objective(&never), &run(9)).unwrap(), SearchStop::Hit);
    assert_eq!(second, whole);
}

#[test]
fn a_search_that_was_killed_goes_on_as_if_nothing_had_happened() {
    let space = BoxSpace::unbounded(4).unwrap();
    killed_and_resumed(Cmaes::params().check().unwrap().begin(&[1.0; 4], &space, &run(5)).unwrap());
    killed_and_resumed(Cem::params().check().unwrap().begin(&[1.0; 4], &space, &run(5)).unwrap());
}

#[test]
fn the_cross_entropy_method_finds_a_sphere() {
    let landscape = Landscape::new(5, |x: &[f64]| x.iter().map(|x| (x - 0.3).powi(2)).sum());
    let run = run(1);
    let searcher =
        Cem::params().deviation(0.2).check().unwrap().begin(&[0.0; 5], &landscape.space, &run).unwrap();
    let mut state = SearchState::new(searcher, &run);
    let search = Search::params().budget(4000).target(-1e-4).check().unwrap();
    assert_eq!(search.run(&mut state, &landscape, &run).unwrap(), SearchStop::Hit);
    let so_far: Vec<f64> = state.history.generations.iter().filter_map(|g| g.best_so_far).collect();
    assert!(so_far.is_sorted());
}

#[test]
fn a_budget_is_never_exceeded() {
    let landscape = Landscape::new(2, sphere);
    let run = run(1);
    let searcher = Cmaes::params().check().unwrap().begin(&[1.0; 2], &landscape.space, &run).unwrap();
    let mut state: SearchState<CmaesState> = SearchState::new(searcher, &run);
    let search = Search::params().budget(20).check().unwrap();
    assert_eq!(search.run(&mut state, &landscape, &run).unwrap(), SearchStop::Budget);
    // Generations of six.
    assert_eq!(state.history.n_evaluations(), 18);
}

#[test]
fn parameters_outside_their_range_are_named() {
    let of = |error: RlError| error.to_string();
    assert_eq!(
        of(Cmaes::params().step_size(0.0).check().unwrap_err()),
        "step_size must be positive and finite, got 0"
    );
    assert_eq!(
        of(Cmaes::params().population(3).check().unwrap_err()),
        "population must be four or more, got 3"
    );
    assert_eq!(
        of(Cem::params().population(8).check().unwrap_err()),
        "population must be above the number of elites, 8, got 8"
    );
    assert_eq!(of(Search::params().budget(0).check().unwrap_err()), "budget must be positive, got 0");
}
