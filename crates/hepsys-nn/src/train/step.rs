//! Where a training is when a loss is asked for, and the events that a phase draws beside the batch.

use std::cell::RefCell;

use hepsys_core::Seed;

use super::Batch;
use super::batch::shuffled;

/// Where a training is when it asks a phase for its loss.
///
/// Everything in it follows from the epoch and the batch, so a resumed training sees the same steps.
#[derive(Debug, Clone, Copy)]
pub struct Step {
    epoch: usize,
    first_epoch: usize,
    count: usize,
    stream: Seed,
    is_training: bool,
}

impl Step {
    /// A step of a phase whose random numbers come from `stream`; `count` numbers its steps from zero.
    pub(super) fn new(epoch: usize, first_epoch: usize, count: usize, stream: Seed) -> Self {
        Self { epoch, first_epoch, count, stream, is_training: true }
    }

    /// The first step of an epoch, outside a training, to look at a loss there.
    #[must_use]
    pub fn at(epoch: usize, stream: Seed) -> Self {
        Self::new(epoch, 0, 0, stream)
    }

    /// The same place, asking for a loss only.
    pub(super) fn validating(self) -> Self {
        Self { is_training: false, ..self }
    }

    /// The epoch of the training, counted from zero.
    #[must_use]
    pub fn epoch(&self) -> usize {
        self.epoch
    }

    /// How many epochs the phase has been acting, with this one: one in its first epoch.
    ///
    /// What grows over the first epochs of a phase, such as the strength of an adversary, is a function of it.
    #[must_use]
    pub fn epochs_of_phase(&self) -> usize {
        self.epoch - self.first_epoch + 1
    }

    /// Random numbers of this step alone, such as those that drop units of a network.
    #[must_use]
    pub fn seed(&self) -> Seed {
        self.stream.index(self.count)
    }

    /// Whether a step will be taken along the loss; otherwise only its value on validation events is wanted.
    #[must_use]
    pub fn is_training(&self) -> bool {
        self.is_training
    }
}

/// Batches of a second sample, one for each step of a phase: the sample is shuffled, cut, and shuffled again when it ends.
///
/// What is left at the end and makes no whole batch is passed over, as it will not be in another order.
pub(super) struct Draws<'a, D> {
    events: &'a D,
    size: usize,
    order: RefCell<Option<(Seed, usize, Vec<usize>)>>,
}

impl<'a, D: Batch> Draws<'a, D> {
    pub(super) fn new(events: &'a D, size: usize) -> Self {
        Self { events, size, order: RefCell::new(None) }
    }

    /// The batch of a step; for validation the first events in their order.
    pub(super) fn of(&self, step: &Step) -> D {
        let n_events = self.events.n_events();
        let size = self.size.min(n_events);
        if !step.is_training {
            return self.events.take(&(0..size).collect::<Vec<_>>());
        }
        // `Phase::check` refuses samples without an event and batches of none.
        let per_pass = n_events / size;
        let (pass, place) = (step.count / per_pass, step.count % per_pass);
        let mut order = self.order.borrow_mut();
        let order = match &mut *order {
            Some((stream, known, order)) if *known == pass && *stream == step.stream => order,
            other => &mut other.insert((step.stream, pass, shuffled(n_events, step.stream, pass))).2,
        };
        self.events.take(&order[place * size..(place + 1) * size])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    struct Numbers(Vec<usize>);

    impl Batch for Numbers {
        fn n_events(&self) -> usize {
            self.0.len()
        }

        fn take(&self, events: &[usize]) -> Self {
            Self(events.iter().map(|&e| self.0[e]).collect())
        }
    }

    fn drawn(draws: &Draws<'_, Numbers>, count: usize) -> Vec<usize> {
        draws.of(&Step::new(0, 0, count, Seed::new(4))).0
    }

    #[test]
    fn a_pass_sees_no_event_twice_and_the_next_has_another_order() {
        let numbers = Numbers((0..10).collect());
        let draws = Draws::new(&numbers, 3);
        let pass: Vec<usize> = (0..3).flat_map(|count| drawn(&draws, count)).collect();
        assert_eq!(pass.iter().collect::<BTreeSet<_>>().len(), 9);
        assert_ne!(pass[..3], drawn(&draws, 3));
    }

    #[test]
    fn a_batch_depends_on_the_number_of_its_step_alone() {
        let numbers = Numbers((0..10).collect());
        let inorder = Draws::new(&numbers, 4);
        let expected: Vec<_> = (0..6).map(|count| drawn(&inorder, count)).collect();
        let backwards = Draws::new(&numbers, 4);
        for count in (0..6).rev() {
            assert_eq!(drawn(&backwards, count), expected[count]);
        }
    }

    #[test]
    fn a_sample_smaller_than_a_batch_is_taken_whole() {
        let numbers = Numbers((0..3).collect());
        let mut all = drawn(&Draws::new(&numbers, 8), 5);
        all.sort_unstable();
        assert_eq!(all, [0, 1, 2]);
    }
}
