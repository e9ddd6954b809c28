#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(read) = hepsys_io::read_higgsml_csv_from(bytes) else { return };
    let n_events = read.events().n_events();
    assert!(read.events().columns().flatten().all(|v| v.is_finite()));
    assert_eq!(read.event_ids().len(), n_events);
    assert_eq!(read.is_signal().len(), n_events);
    assert_eq!(read.signal().n_events() + read.background().n_events(), n_events);
    assert!(read.kaggle_sets().is_none_or(|sets| sets.len() == n_events));
    assert!(read.kaggle_weights().is_none_or(|weights| weights.len() == n_events));
    if let Some(processes) = read.process_of_events() {
        assert_eq!(processes.len(), n_events);
        let of = |name: &String| read.of_process(name).expect("it is listed").n_events();
        assert_eq!(read.processes().iter().map(of).sum::<usize>(), n_events);
    }
});
