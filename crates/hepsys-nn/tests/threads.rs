//! The number of threads does not change a result.

mod common;

use common::{events, network, params, trainer};
use hepsys_nn::{Device, Run, Stopping};

/// The bits of the weights after training with so many threads.
fn weights(n_threads: usize, n_events: usize, batch_size: usize, epochs: usize) -> Vec<u64> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
    pool.install(|| {
        let run = Run::on(Device::flex()).seed(3);
        let params = params(epochs).batch_size(batch_size).stopping(Stopping::after(epochs));
        let trained = trainer(params).fit(network(&run), &events(n_events, run.device()), &run).unwrap();
        trained.model.to_parameters().unwrap().into_iter().map(f64::to_bits).collect()
    })
}

#[test]
fn the_same_seed_gives_the_same_weights_for_any_number_of_threads() {
    // Mini-batches, and one batch large enough for burn to split among threads.
    for (n_events, batch_size, epochs) in [(1000, 64, 3), (60_000, 60_000, 3)] {
        let alone = weights(1, n_events, batch_size, epochs);
        for n_threads in [2, 8] {
            assert_eq!(
                alone,
                weights(n_threads, n_events, batch_size, epochs),
                "{n_events} events, {n_threads} threads"
            );
        }
    }
}
