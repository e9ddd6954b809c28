use hepsys_nn::Run;
use hepsys_stats::{PseudoExperiments, Toy};
use serde::{Deserialize, Serialize};

use crate::effect::Effect;
use crate::preparation::Prepared;
use crate::search::{Events, Member, Way};
use crate::{AdvocateError, AdvocateValidParams, Direction, Method, Question, Simulation, WeightMap};

/// A weight function that a search found, and what it does to the channels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Found {
    /// How it was searched for.
    pub method: Method,
    /// Which way.
    pub direction: Direction,
    /// What it does to the events that it was found with.
    pub training: Effect,
    /// What it does to the events that decided when to stop.
    pub validation: Effect,
    /// What it does to events that had no say: the result.
    pub test: Effect,
    /// The bias on validation events in this direction, less what violations of limits there are worth at their prices: by this,
    /// searches are compared.
    pub reached: f64,
    /// The gradient $|\nabla w|$ that 99.9 % of the test events do not exceed, in the units of the smoothness.
    pub steepness: f64,
    /// Whether progress stayed below the tolerance for as long as the patience lasts. A gap to the bound asks for more steps all the same.
    pub has_converged: bool,
    /// Whether the pretrained classifier did better on validation events than its update, and stands in for it.
    pub kept_start: bool,
    /// The bias on validation events after each epoch.
    pub curve: Vec<f64>,
    /// The function.
    pub map: WeightMap,
}

/// The worst weight functions that the limits admit; made by [`AdvocateValidParams::search`].
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct WorstCase {
    /// What was asked.
    pub question: Question,
    /// The weights that an event may have.
    pub weight_range: (f64, f64),
    /// The largest gradient allowed.
    pub smoothness: Option<f64>,
    /// What each search found, seed by seed.
    pub seeds: Vec<Vec<Found>>,
}

/// A bias over the seeds of a search.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Spread {
    /// The mean.
    pub mean: f64,
    /// The standard deviation; zero for a single seed.
    pub deviation: f64,
    /// The lowest.
    pub lowest: f64,
    /// The highest.
    pub highest: f64,
}

impl AdvocateValidParams {
    /// Searches for the worst weight functions, once for each seed.
    ///
    /// Each seed divides the simulation anew, into events to train, to validate and to test on.
    ///
    /// ```
    /// use hepsys_advocate::{Advocate, Device, Direction, Limit, Method, Run, Seed, Simulation, Steps};
    /// # use hepsys_advocate::{Feature, Sample};
    /// # fn events(mean: f64) -> Sample {
    /// #     let x = (0..2000).map(|i| mean + 0.02 * (f64::from(i % 200) - 100.0));
    /// #     Sample::from_columns([(Feature::new("x", "1"), x.collect::<Vec<f64>>())]).unwrap()
    /// # }
    ///
    /// let simulation = Simulation::new([("signal", events(1.0)), ("control", events(0.0))])?;
    /// let worst = Advocate::params()
    ///     .signal("signal")
    ///     .control("control", Limit::within(0.03))
    ///     .weight_range(0.8..=1.2)
    ///     .smoothness(0.1)
    ///     .methods([Method::Pretrained])
    ///     .steps(Steps { pretraining: 20, ..Steps::default() })
    ///     .seeds(2)
    ///     .check()?
    ///     .search(&simulation, &Run::on(Device::flex()).seed(1))?;
    /// let up = worst.spread(Direction::Up, Method::Pretrained).ok_or("one method was asked for")?;
    /// assert!(up.mean > 0.03 && up.highest < 0.2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`AdvocateError::NoChannel`] for a channel without simulation, [`AdvocateError::Infeasible`] if no weights respect the
    /// limits, [`AdvocateError::Seeds`] with the seed and the reason of a search that failed.
    pub fn search(&self, simulation: &Simulation, run: &Run) -> Result<WorstCase, AdvocateError> {
        let seeds = PseudoExperiments::new("search")
            .toys(self.n_seeds())
            .seed(run.streams())
            .interrupted_by(run.interrupt().clone());
        self.search_with(simulation, &seeds, run)
    }

    /// The same with the seeds of these pseudo-experiments, whose file makes the search resumable; the number of toys counts, not
    /// that of the parameters.
    ///
    /// # Errors
    ///
    /// Those of [`search`](Self::search).
    pub fn search_with(
        &self,
        simulation: &Simulation,
        seeds: &PseudoExperiments,
        run: &Run,
    ) -> Result<WorstCase, AdvocateError> {
        self.search_in(Way::of(run), simulation, seeds, run)
    }

    /// The search through tensors on any device, also where the dense kernel would do it: for comparisons.
    ///
    /// # Errors
    ///
    /// Those of [`search`](Self::search).
    pub fn search_by_tensors(
        &self,
        simulation: &Simulation,
        seeds: &PseudoExperiments,
        run: &Run,
    ) -> Result<WorstCase, AdvocateError> {
        self.search_in(Way::Tensors, simulation, seeds, run)
    }

    fn search_in(
        &self,
        way: Way,
        simulation: &Simulation,
        seeds: &PseudoExperiments,
        run: &Run,
    ) -> Result<WorstCase, AdvocateError> {
        let Prepared { samples, features, standardizer } = self.prepared(simulation)?;
        self.explain_contradictions()?;
        let events = Events::of(&samples);
        let found = seeds.run(|toy: &Toy| -> Result<Vec<Found>, AdvocateError> {
            let run =
                Run::on(run.device().clone()).seeded(toy.seed()).interrupted_by(run.interrupt().clone());
            Member::new(self, (&features, standardizer.as_ref()), &events, way, &run).search(&run)
        })?;
        Ok(WorstCase {
            question: self.question().clone(),
            weight_range: self.weight_range(),
            smoothness: self.smoothness(),
            seeds: found.into_values(),
        })
    }
}

impl WorstCase {
    /// The directions that were searched, up first.
    pub fn directions(&self) -> impl Iterator<Item = Direction> {
        Direction::BOTH.into_iter().filter(|d| self.seeds.iter().flatten().any(|f| f.direction == *d))
    }

    /// The methods that were used, in the order of [`Method::ALL`].
    pub fn methods(&self) -> impl Iterator<Item = Method> {
        Method::ALL.into_iter().filter(|m| self.seeds.iter().flatten().any(|f| f.method == *m))
    }

    /// What the seeds found with one method in one direction.
    pub fn found(&self, direction: Direction, method: Method) -> impl Iterator<Item = &Found> {
        let wanted = move |found: &&Found| found.direction == direction && found.method == method;
        self.seeds.iter().flatten().filter(wanted)
    }

    /// The weight function that goes furthest on validation events, violations of limits deducted ([`Found::reached`]), of all seeds and
    /// methods.
    ///
    /// Its bias on test events had no say in the choice. Seeds divide the same events, though: where one is lucky with its
    /// validation events, others hold fewer of them to test on.
    #[must_use]
    pub fn furthest(&self, direction: Direction) -> Option<&Found> {
        self.seeds
            .iter()
            .flatten()
            .filter(|found| found.direction == direction)
            .max_by(|a, b| a.reached.total_cmp(&b.reached))
    }

    /// The bias on test events over the seeds, or nothing if there was no such search.
    #[must_use]
    pub fn spread(&self, direction: Direction, method: Method) -> Option<Spread> {
        let biases: Vec<f64> = self.found(direction, method).map(|found| found.test.bias).collect();
        let n = biases.len() as f64;
        let mean = biases.iter().sum::<f64>() / n;
        let squares: f64 = biases.iter().map(|bias| (bias - mean).powi(2)).sum();
        (!biases.is_empty()).then(|| Spread {
            mean,
            deviation: if biases.len() > 1 { (squares / (n - 1.0)).sqrt() } else { 0.0 },
            lowest: biases.iter().fold(f64::INFINITY, |low, bias| low.min(*bias)),
            highest: biases.iter().fold(f64::NEG_INFINITY, |high, bias| high.max(*bias)),
        })
    }
}
