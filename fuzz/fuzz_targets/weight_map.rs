#![no_main]

use hepsys_advocate::{Sample, WeightMap};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(map) = serde_json::from_str::<WeightMap>(text) else { return };
    // What is written is read back as the same map.
    let written = serde_json::to_string(&map).expect("a map is plain data");
    assert_eq!(serde_json::from_str::<WeightMap>(&written).ok().as_ref(), Some(&map));

    let columns =
        map.features().iter().cloned().zip([[0.0, 1.5, -2.0], [1e3, -1e-3, 0.5]].into_iter().cycle());
    let sample = Sample::from_columns(columns.map(|(feature, values)| (feature, values.to_vec())))
        .expect("a map has each feature once");
    let (low, high) = map.range();
    if let Ok(weights) = map.weights(&sample) {
        // A mean of the coefficients, but for rounding.
        let room = 1e-9 * (low.abs() + high.abs());
        assert!(weights.iter().all(|w| (low - room..=high + room).contains(w)), "{weights:?} {low} {high}");
        assert_eq!(weights.len(), sample.n_events());
    }
    let _ = map.contamination(&sample);
    let _ = map.steepness(&sample);
    if let Ok(model) = map.onnx() {
        assert!(!model.to_bytes().is_empty());
    }
});
