use hepsys_core::Seed;

use super::{Queries, Strategy};
use crate::DecaysError;

/// Candidates that are asked for at once.
pub(super) const BATCH: usize = 64;

/// All candidates, in the order of their names: what every other strategy is compared with.
#[derive(Debug, Clone, Copy, Default)]
pub struct Exhaustive;

impl Strategy for Exhaustive {
    fn name(&self) -> &'static str {
        "exhaustive"
    }

    fn search(&self, queries: &mut Queries<'_>, _seed: Seed) -> Result<(), DecaysError> {
        let candidates = queries.finder().candidates();
        let mut order: Vec<usize> = (0..candidates.len()).collect();
        order.sort_by(|&a, &b| candidates[a].name.cmp(&candidates[b].name));
        for batch in order.chunks(BATCH) {
            if queries.is_over() {
                break;
            }
            queries.ask(batch)?;
        }
        Ok(())
    }
}
