use hepsys_core::Seed;

use super::exhaustive::BATCH;
use super::{Queries, Strategy};
use crate::DecaysError;

/// The candidates that could be most relevant first, until no other can be among the leaders.
///
/// What it leaves out could not have been a leader, whatever its kinematics, as far as ten leaders are known to two standard deviations:
/// it is the one strategy with a guarantee.
#[derive(Debug, Clone, Copy, Default)]
pub struct UpperBound;

impl Strategy for UpperBound {
    fn name(&self) -> &'static str {
        "upper bound"
    }

    fn search(&self, queries: &mut Queries<'_>, _seed: Seed) -> Result<(), DecaysError> {
        let candidates = queries.finder().candidates();
        // The finder has sorted them.
        let order: Vec<usize> = (0..candidates.len()).collect();
        for batch in order.chunks(BATCH) {
            if queries.is_over() || candidates[batch[0]].upper_bound() < queries.sure_leader() {
                break;
            }
            queries.ask(batch)?;
        }
        Ok(())
    }
}
