#![no_main]

use hepsys_decays::{AnalysisFile, Track};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(file) = AnalysisFile::parse("fuzz.toml", text) else { return };
    for truth in Track::ALL {
        for hypothesis in Track::ALL {
            assert!((0.0..=1.0).contains(&file.detector.probability(truth, hypothesis)));
        }
    }
    assert!(file.detector.production.values().all(|f| 0.0 < *f && f.is_finite()));
    for analysis in &file.analyses {
        assert!(file.analysis(&analysis.name).is_ok());
        assert!(analysis.hypotheses.iter().all(|(_, charge)| [-1, 1].contains(charge)));
        assert!(analysis.cuts.iter().all(|cut| cut.window[0] < cut.window[1]));
        assert!(analysis.cuts.iter().flat_map(|cut| &cut.of).all(|&track| track < analysis.hypotheses.len()));
        assert!(analysis.reach.iter().all(|reach| 0.0 < reach.min_relevance));
    }
});
