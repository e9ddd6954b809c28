use hepsys_core::{Binning, Feature, Sample, Seed, Weights};
use proptest::prelude::*;
use rand::RngExt;

use super::*;

fn bins(name: &str, edges: &[f64]) -> MapAxis {
    MapAxis::bins(name, "GeV", Binning::new(edges.to_vec()).unwrap()).unwrap()
}

fn events(columns: &[(&str, Vec<f64>)], weights: Vec<f64>) -> Sample {
    let columns = columns.iter().map(|(name, column)| (Feature::new(*name, "1"), column.clone()));
    Sample::from_columns(columns).unwrap().with_weights(Weights::new(weights).unwrap()).unwrap()
}

/// Momentum and mode of two particles each: four dimensions, 36 cells.
fn of_two() -> EfficiencyMap {
    let mode = MapAxis::categories("mode", ["bb", "cc", "tautau"]).unwrap();
    EfficiencyMap::of_two([bins("pt", &[40.0, 100.0, 500.0]), mode]).unwrap()
}

#[test]
fn known_probabilities_are_found_within_their_errors() {
    // ε = 0.1 + 0.3 (pt above 100) + 0.2 mode, of the first particle; weights depend on nothing that matters.
    let mut random = Seed::new(1).stream();
    let n = 60_000;
    let mut column = |f: &dyn Fn(f64) -> f64| (0..n).map(|_| f(random.random::<f64>())).collect::<Vec<f64>>();
    let (pt, mode) = (column(&|u| 40.0 + 460.0 * u * u), column(&|u| (3.0 * u).floor()));
    let (weights, uniform) = (column(&|u| 0.5 + u), column(&|u| u));
    let probability = |event: usize| 0.1 + if pt[event] >= 100.0 { 0.3 } else { 0.0 } + 0.2 * mode[event];
    let passes: Vec<bool> = (0..n).map(|event| uniform[event] < probability(event)).collect();
    let columns = [
        ("llp_1_pt", pt.clone()),
        ("llp_1_mode", mode.clone()),
        ("llp_2_pt", pt.iter().rev().copied().collect()),
        ("llp_2_mode", vec![1.0; n]),
    ];
    let events = events(&columns, weights);
    let mut map = of_two();
    assert_eq!(map.fill(&events, &passes).unwrap(), 0.0);
    assert_eq!((map.n_cells(), map.n_filled()), (36, 12));
    let mut worst = 0.0_f64;
    for (pt, high) in [(50.0, 0.0), (200.0, 0.3)] {
        for mode in 0..3 {
            let found = map.efficiency(&[pt, f64::from(mode), 450.0, 1.0]).unwrap().unwrap();
            let expected = 0.1 + high + 0.2 * f64::from(mode);
            let binomial = (expected * (1.0 - expected) / found.n_effective).sqrt();
            assert!((found.sigma / binomial - 1.0).abs() < 0.1, "{found:?}");
            assert!(found.interval[0] < found.value && found.value < found.interval[1]);
            worst = worst.max((found.value - expected).abs() / found.sigma);
        }
    }
    assert!(worst < 4.0, "{worst} standard deviations");
    assert!(map.efficiency(&[50.0, 0.0, 450.0, 2.0]).unwrap().is_none(), "a cell without events");
    // Of the events it was made of, the map keeps what passed.
    let kept: f64 = events.weights().iter().zip(&passes).filter(|(_, passes)| **passes).map(|(w, _)| w).sum();
    let found = map.expected_yield(&events).unwrap();
    assert!((found.value / kept - 1.0).abs() < 1e-12 && found.unknown == 0.0);
    let expected: f64 = events.weights().iter().enumerate().map(|(event, w)| w * probability(event)).sum();
    assert!((found.value - expected).abs() < 4.0 * found.sigma, "{found:?}, expected {expected}");
}

#[test]
fn what_is_outside_is_counted_and_has_no_efficiency() {
    let mut map = EfficiencyMap::new([bins("pt", &[0.0, 1.0, 2.0])]).unwrap();
    let sample = events(&[("pt", vec![0.5, 1.5, 2.0, 2.5, -1.0])], vec![1.0, 2.0, 4.0, 8.0, 16.0]);
    assert_eq!(map.fill(&sample, &[true, true, false, true, true]).unwrap(), 24.0);
    let at = |pt: f64| map.efficiency(&[pt]).unwrap();
    assert_eq!((at(2.5), at(-0.1), at(f64::NAN)), (None, None, None));
    let found = at(1.0).unwrap();
    assert_eq!(found.value, 1.0 / 3.0);
    // (2/3)² 4 + (1/3)² 16, over 36.
    assert!((found.sigma.powi(2) - (16.0 / 9.0 + 16.0 / 9.0) / 36.0).abs() < 1e-15);
    let all = at(0.5).unwrap();
    assert_eq!((all.value, all.sigma, all.interval), (1.0, 0.0, [0.5, 1.0]));
    let expected = map.expected_yield(&sample).unwrap();
    assert_eq!((expected.value, expected.unknown), (3.0, 24.0));
}

#[test]
fn bad_input_is_told() {
    let message = |found: Result<EfficiencyMap, AdversarialError>| found.unwrap_err().to_string();
    assert!(message(EfficiencyMap::new([])).contains("axes"));
    assert!(message(EfficiencyMap::new([bins("x", &[0.0, 1.0]), bins("x", &[0.0, 1.0])])).contains("x_high"));
    let low = MapAxis::categories("x_low", ["a"]).unwrap();
    assert!(message(EfficiencyMap::new([bins("x", &[0.0, 1.0]), low])).contains("x_low"));
    let many: Vec<String> = (0..100_000).map(|i| i.to_string()).collect();
    let wide = |i: usize| MapAxis::categories(format!("x{i}"), many.clone()).unwrap();
    assert!(message(EfficiencyMap::new((0..5).map(wide))).contains("cells"));
    for name in ["", " x", "a,b", "a\"b", "#a", "a\nb"] {
        assert!(MapAxis::categories(name, ["a"]).is_err() && MapAxis::categories("x", [name]).is_err());
    }
    assert!(MapAxis::categories("x", ["a", "a"]).unwrap_err().to_string().contains("different"));
    assert!(MapAxis::categories("x", Vec::<String>::new()).unwrap_err().to_string().contains("one or more"));

    let mut map = EfficiencyMap::new([bins("pt", &[0.0, 1.0])]).unwrap();
    let sample = |weight: f64| events(&[("pt", vec![0.5])], vec![weight]);
    assert!(map.fill(&sample(1.0), &[]).unwrap_err().to_string().contains("decisions"));
    assert!(map.fill(&sample(1e-200), &[true]).unwrap_err().to_string().contains("event 0"));
    assert!(matches!(map.fill(&sample(-1.0), &[true]), Err(AdversarialError::NegativeWeight { .. })));
    let other = events(&[("eta", vec![0.5])], vec![1.0]);
    assert!(map.fill(&other, &[true]).unwrap_err().to_string().contains("pt"));
    assert!(map.efficiency(&[]).unwrap_err().to_string().contains("dimensions"));
    assert_eq!(map.n_filled(), 0);
}

#[test]
fn a_table_that_makes_no_sense_is_refused_with_its_line() {
    let good = "# hepsys efficiency map, version 1\n# axis,pt,GeV,bins,0,50,100\n# axis,mode,,categories,bb,cc\n\
                pt_low,pt_high,mode,efficiency,uncertainty,passed,passed_squares,failed,failed_squares\n\
                50,100,cc,0.5,0.25,2,2,2,2\n0,50,bb,1,0,2,4,0,0\n";
    let map = EfficiencyMap::from_csv(good).unwrap();
    assert_eq!(map.efficiency(&[70.0, 1.0]).unwrap().unwrap().sigma, 0.25);
    assert_eq!(EfficiencyMap::from_csv(&good.replace('\n', "\r\n")).unwrap(), map);
    for (from, to, expected) in [
        ("version 1", "version 2", "line 1: expected"),
        ("pt,GeV,bins,0,50,100", "pt,GeV,bins,0,50,50", "line 2: bin edges"),
        ("pt,GeV,bins,0,50,100", "pt,GeV,bins,0,fifty,100", "line 2: \"fifty\""),
        ("pt,GeV,bins", "pt,GeV,lines", "line 2: an axis has bins or categories"),
        ("axis,mode,,categories,bb,cc", "axis,mode", "line 3: expected"),
        ("axis,mode,,", "axis,mode,GeV,", "line 3: categories have no unit"),
        ("categories,bb,cc", "categories,bb,bb", "line 3: the categories of mode"),
        ("# axis,mode,,categories,bb,cc\n", "", "line 3: expected the columns"),
        ("uncertainty,", "error,", "line 4: expected the columns"),
        ("50,100,cc", "50,90,cc", "line 5: the axis pt has no 50 to 90"),
        ("50,100,cc", "50,100,ss", "line 5: the axis mode has no ss"),
        ("2,2,2,2", "2,2,2", "line 5: expected 9 values, found 8"),
        ("2,2,2,2", "2,2,2,inf", "line 5: failed_squares"),
        ("2,2,2,2", "2,0,2,2", "line 5: no weights"),
        ("2,2,2,2", "-2,2,2,2", "line 5: no weights"),
        ("2,2,2,2", "2,5,2,2", "line 5: no weights"),
        ("0.5,0.25,2,2,2,2", "0.5,0.25,0,0,0,0", "line 5: no efficiency"),
        ("0.5,0.25", "0.6,0.25", "line 5: 0.6 ± 0.25 is not 0.5 ± 0.25"),
        ("0,50,bb,1,0,2,4,0,0", "50,100,cc,1,0,2,4,0,0", "line 6: the cell stands in a line before"),
    ] {
        assert!(good.contains(from), "{from}");
        let error = EfficiencyMap::from_csv(&good.replace(from, to)).unwrap_err().to_string();
        assert!(error.contains(expected), "{from} → {to}: {error}");
    }
    assert!(EfficiencyMap::from_csv("").is_err());
    let cut = &good[..good.find("pt_low").unwrap()];
    assert!(EfficiencyMap::from_csv(cut).unwrap_err().to_string().contains("line 3: the names"));
}

/// Momentum and mode of one particle, momentum of the other, whether the event passes, its weight.
type Drawn = (f64, u8, f64, bool, f64);

proptest! {
    #[test]
    fn whatever_is_read_is_written_back(
        at in 0..200_usize, n in 0..4_usize, new in "[-0-9a-z,.#\n]{0,4}",
    ) {
        let good = "# hepsys efficiency map, version 1\n# axis,x,,bins,0,1,2\n# axis,m,,categories,a,b\n\
                    x_low,x_high,m,efficiency,uncertainty,passed,passed_squares,failed,failed_squares\n\
                    0,1,b,0.5,0.25,2,2,2,2\n";
        let at = at.min(good.len() - n);
        let text = [&good[..at], &new, &good[at + n..]].concat();
        if let Ok(map) = EfficiencyMap::from_csv(&text) {
            prop_assert_eq!(EfficiencyMap::from_csv(&map.to_csv()).unwrap(), map);
        }
    }

    #[test]
    fn a_map_is_read_back_as_it_was(
        filled in prop::collection::vec((30.0..600.0_f64, 0..4_u8, 30.0..600.0_f64, any::<bool>(), 1e-3..1e3_f64), 1..40),
    ) {
        let column = |f: &dyn Fn(&Drawn) -> f64| filled.iter().map(f).collect::<Vec<f64>>();
        let columns = [
            ("llp_1_pt", column(&|e| e.0)),
            ("llp_1_mode", column(&|e| f64::from(e.1))),
            ("llp_2_pt", column(&|e| e.2)),
            ("llp_2_mode", column(&|e| f64::from(3 - e.1))),
        ];
        let passes: Vec<bool> = filled.iter().map(|e| e.3).collect();
        let sample = events(&columns, column(&|e| e.4));
        let mut map = of_two();
        map.fill(&sample, &passes).unwrap();
        let read = EfficiencyMap::from_csv(&map.to_csv()).unwrap();
        prop_assert_eq!(&read, &map);
        let found = map.expected_yield(&sample).unwrap();
        prop_assert_eq!(read.expected_yield(&sample).unwrap(), found);
        prop_assert!(found.value + found.unknown <= sample.weights().total() * (1.0 + 1e-12));
    }
}
