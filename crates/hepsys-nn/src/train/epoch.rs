//! One epoch of the loop: what happens to every batch.

use super::batch::shuffled;
use super::fit::State;
use super::learner::Learner;
use super::{Batch, Epoch, Trainer};
use crate::{NnError, Run};

impl<M: Learner, B: Batch> Trainer<'_, M, B> {
    /// Takes the state through one epoch; an interrupt leaves it as it was, and returns false.
    pub(super) fn epoch(&self, state: &mut State<M>, data: &B, run: &Run) -> Result<bool, NnError> {
        let epoch = state.history.n_epochs();
        let n_events = data.n_events();
        let size = self.params.batch_size.map_or(n_events, |size| size.min(n_events));
        let order = (size < n_events).then(|| shuffled(n_events, run.streams(), epoch));
        let n_batches = n_events.div_ceil(size);

        let mut model = state.model.clone();
        let mut steppers = state.steppers.clone();
        let mut losses: Vec<_> = self.phases.iter().map(|_| Vec::new()).collect();
        for index in 0..n_batches {
            if run.interrupt().is_requested() {
                return Ok(false);
            }
            let part =
                order.as_ref().map(|o| data.take(&o[index * size..((index + 1) * size).min(n_events)]));
            let batch = part.as_ref().unwrap_or(data);
            for ((phase, stepper), losses) in self.phases.iter().zip(&mut steppers).zip(&mut losses) {
                let count = epoch * n_batches + index;
                if !phase.acts_on(epoch, count) {
                    continue;
                }
                for repetition in 0..phase.times {
                    let slope = phase.slope_of(&model, batch, &phase.step(epoch, count, repetition, run))?;
                    losses.push((M::value(&slope), batch.n_events()));
                    let rate = phase.rate(&self.params, epoch);
                    model = model.step(stepper, rate, slope, phase.clipped(), &|path| phase.trains(path));
                    if let Some(projection) = &self.projection {
                        model = projection(model);
                    }
                }
            }
        }

        let losses = losses.into_iter().map(average::<M>).collect::<Result<Vec<_>, _>>()?;
        let validation =
            self.validation.map(|events| self.validation_loss(&model, events, epoch, run)).transpose()?;
        // The validation loss is one of the last phase.
        for (phase, loss) in self.phases.iter().zip(&losses).chain(self.phases.last().zip(Some(&validation)))
        {
            if let Some(loss) = *loss
                && !loss.is_finite()
            {
                return Err(NnError::Diverged { phase: phase.name.clone(), epoch: epoch + 1, loss });
            }
        }
        state.model = model;
        state.steppers = steppers;
        state.history.epochs.push(Epoch { losses, validation });
        Ok(true)
    }

    /// The loss of the last phase on events that are not trained on.
    fn validation_loss(&self, model: &M, events: &B, epoch: usize, run: &Run) -> Result<f64, NnError> {
        let model = model.clone().into_trained();
        let n_events = events.n_events();
        let size = self.params.batch_size.map_or(n_events, |size| size.min(n_events));
        let phase = self.phases.last();
        let mut losses = Vec::new();
        for start in (0..n_events).step_by(size) {
            let part = (size < n_events).then(|| {
                let positions: Vec<usize> = (start..(start + size).min(n_events)).collect();
                events.take(&positions)
            });
            let batch = part.as_ref().unwrap_or(events);
            if let Some(phase) = phase {
                let step = phase.step(epoch, start / size, 0, run).validating();
                losses.push((M::value_alone((phase.loss)(&model, batch, &step))?, batch.n_events()));
            }
        }
        // `check` has seen a phase and an event.
        Ok(average::<M>(losses)?.unwrap_or(f64::NAN))
    }
}

/// The mean of losses, each of which stands for a number of events; summed on the host, in the order of the batches.
fn average<M: Learner>(losses: Vec<(M::Value, usize)>) -> Result<Option<f64>, NnError> {
    let (losses, events): (Vec<_>, Vec<_>) = losses.into_iter().unzip();
    if losses.is_empty() {
        return Ok(None);
    }
    let total: usize = events.iter().sum();
    let losses = M::to_host(losses)?;
    Ok(Some(losses.iter().zip(&events).map(|(loss, n)| loss * *n as f64).sum::<f64>() / total as f64))
}
