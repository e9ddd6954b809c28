#![no_main]

use hepsys_adversarial::EfficiencyMap;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(map) = EfficiencyMap::from_csv(text) else { return };
    assert!(map.n_filled() <= map.n_cells());
    // What is written is read back as the same map.
    let written = map.to_csv();
    assert_eq!(EfficiencyMap::from_csv(&written).ok().as_ref(), Some(&map), "{written}");

    // Places inside and outside of the axes, and no number at all.
    for value in [0.0, 1.0, 2.0, 0.5, -1e9, f64::NAN] {
        let point = vec![value; map.axes().len()];
        let found = map.efficiency(&point).expect("as many numbers as axes");
        let Some(found) = found else { continue };
        let [low, high] = found.interval;
        assert!((0.0..=1.0).contains(&found.value) && found.sigma >= 0.0, "{found:?}");
        assert!(0.0 <= low && low <= high && high <= 1.0, "{found:?}");
    }
});
