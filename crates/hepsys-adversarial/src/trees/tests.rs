use super::columns::Columns;
use super::library::{self, Training};
use super::{BoostedTrees, BoostedTreesParams, Node, OneVsRest, TreeEnsemble, TreesError};

/// Numbers that look random, the same on every machine (xorshift64*).
struct Numbers(u64);

impl Numbers {
    fn uniform(&mut self) -> f64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// With mean 0 and variance 1, from the sum of twelve.
    fn gaussian(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }
}

struct Toy {
    columns: Vec<Vec<f64>>,
    is_signal: Vec<bool>,
    weights: Vec<f64>,
}

/// Signal differs by 1.5 in the first feature, by its distance from zero in the second and third, and not in the fourth.
fn toy(n_events: usize, seed: u64) -> Toy {
    let mut numbers = Numbers(seed);
    let mut toy = Toy { columns: vec![Vec::new(); 4], is_signal: Vec::new(), weights: Vec::new() };
    for _ in 0..n_events {
        let is_signal = numbers.uniform() < 0.4;
        let (shift, spread) = if is_signal { (1.5, 1.6) } else { (0.0, 1.0) };
        let common = numbers.gaussian();
        let row = [
            shift + 0.8 * numbers.gaussian() + 0.6 * common,
            spread * numbers.gaussian(),
            spread * numbers.gaussian(),
            100.0 * common,
        ];
        toy.columns.iter_mut().zip(row).for_each(|(column, value)| column.push(value));
        toy.is_signal.push(is_signal);
        toy.weights.push(0.5 + numbers.uniform());
    }
    toy
}

fn params() -> BoostedTreesParams {
    BoostedTrees::params().features(["shifted", "wide_1", "wide_2", "common"]).n_trees(30)
}

fn grown(toy: &Toy) -> BoostedTrees {
    params().check().unwrap().fit(&toy.columns, &toy.is_signal, &toy.weights).unwrap()
}

fn auc(scores: &[f64], toy: &Toy) -> f64 {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|&a, &b| scores[a].total_cmp(&scores[b]));
    let (mut background, mut signal, mut pairs) = (0.0, 0.0, 0.0);
    for event in order {
        let weight = toy.weights[event];
        if toy.is_signal[event] {
            signal += weight;
            pairs += weight * background;
        } else {
            background += weight;
        }
    }
    pairs / (signal * background)
}

#[test]
fn logits_are_those_of_the_library_to_the_last_bit() {
    let (toy, other) = (toy(3000, 1), toy(2000, 2));
    let trees = grown(&toy);
    let wide = |columns: &Columns| columns.values.iter().copied().map(f64::from).collect::<Vec<f64>>();
    let mean = toy.weights.iter().sum::<f64>() / 3000.0;
    let largest = toy.weights.iter().copied().fold(0.0, f64::max);
    let relative: Vec<f64> = toy.weights.iter().map(|weight| weight / largest).collect();
    let relative_mean = relative.iter().sum::<f64>() / 3000.0;
    assert!((relative_mean * largest - mean).abs() < 1e-12);
    let names = params().features;
    let training = Training {
        values: wide(&Columns::new(&names, &toy.columns, 3000).unwrap()),
        targets: toy.is_signal.iter().map(|&is_signal| f64::from(u8::from(is_signal))).collect(),
        weights: relative.iter().map(|weight| weight / relative_mean).collect(),
    };
    let booster = library::train(&params(), &training).unwrap();
    let values = wide(&Columns::new(&names, &other.columns, 2000).unwrap());
    let theirs = booster.predict(&forust_ml::Matrix::new(&values, 2000, 4), false);
    assert_eq!(trees.logits(&other.columns).unwrap(), theirs);
}

#[test]
fn trees_are_the_same_on_any_number_of_threads() {
    let toy = toy(40_000, 3);
    let on = |n_threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
        pool.install(|| grown(&toy))
    };
    let one = on(1);
    for n_threads in [1, 2, 3, 8] {
        assert_eq!(on(n_threads), one, "{n_threads} threads");
    }
}

#[test]
fn trees_find_shifts_widths_and_nothing_in_noise() {
    let (toy, other) = (toy(20_000, 4), toy(20_000, 5));
    let trees = grown(&toy);
    let by_trees = auc(&trees.scores(&other.columns).unwrap(), &other);
    // The likelihood ratio of the two densities, which no classifier beats.
    let (x, y, z, common) = (&other.columns[0], &other.columns[1], &other.columns[2], &other.columns[3]);
    let best = |i: usize| {
        let rest = x[i] - 0.6 * common[i] / 100.0;
        1.5 * rest / 0.64 + (y[i] * y[i] + z[i] * z[i]) * (1.0 - 1.0 / 2.56) / 2.0
    };
    let at_best = auc(&(0..20_000).map(best).collect::<Vec<_>>(), &other);
    assert!(by_trees < at_best && by_trees > at_best - 0.02, "{by_trees} of {at_best}");
    let cuts = |feature: u32| {
        let nodes = trees.trees().iter().flat_map(|tree| tree.nodes());
        nodes.filter(|node| matches!(node, Node::Cut { feature: f, .. } if *f == feature)).count()
    };
    assert!(cuts(0) > 50 && cuts(1) > 50 && cuts(2) > 50, "{} {} {}", cuts(0), cuts(1), cuts(2));
}

#[test]
fn scores_are_probabilities() {
    let (toy, other) = (toy(20_000, 6), toy(20_000, 7));
    let scores = grown(&toy).scores(&other.columns).unwrap();
    let total: f64 = other.weights.iter().sum();
    let expected: f64 = scores.iter().zip(&other.weights).map(|(score, weight)| score * weight).sum();
    let signal: f64 =
        other.weights.iter().zip(&other.is_signal).filter(|(_, s)| **s).map(|(weight, _)| weight).sum();
    // Both parts have statistical uncertainties of 0.003.
    assert!(((expected - signal) / total).abs() < 0.013, "{} and {}", expected / total, signal / total);
}

#[test]
fn a_feature_that_never_changes_changes_nothing() {
    let toy = toy(2000, 8);
    let mut columns = toy.columns.clone();
    columns.insert(1, vec![7.0; 2000]);
    let valid = params().features(["shifted", "dead", "wide_1", "wide_2", "common"]).check().unwrap();
    let trees = valid.fit(&columns, &toy.is_signal, &toy.weights).unwrap();
    assert_eq!(trees.logits(&columns).unwrap(), grown(&toy).logits(&toy.columns).unwrap());
    let dead = valid.fit(&vec![vec![1.0; 2000]; 5], &toy.is_signal, &[1.0; 2000]).unwrap();
    let n_signal = toy.is_signal.iter().filter(|is_signal| **is_signal).count() as f64;
    assert!((dead.score(&[0.0; 5]).unwrap() - n_signal / 2000.0).abs() < 1e-12);
    assert_eq!(dead.classifier().nodes_modes, ["LEAF"]);
}

#[test]
fn events_of_weight_zero_and_the_scale_of_weights_change_nothing() {
    let toy = toy(2000, 9);
    let mut more =
        Toy { columns: toy.columns.clone(), is_signal: toy.is_signal.clone(), weights: Vec::new() };
    // A power of two, so that no weight is rounded.
    more.weights.extend(toy.weights.iter().map(|weight| 1024.0 * weight));
    for i in 0..500 {
        more.columns.iter_mut().for_each(|column| column.push(f64::from(i)));
        more.is_signal.push(i % 2 == 0);
        more.weights.push(0.0);
    }
    assert_eq!(grown(&more), grown(&toy));
}

#[test]
fn trees_read_back_give_the_same_scores() {
    let toy = toy(3000, 10);
    let trees = grown(&toy);
    let text = serde_json::to_string(&trees).unwrap();
    let back: BoostedTrees = serde_json::from_str(&text).unwrap();
    assert_eq!(back, trees);
    let class_of: Vec<usize> = toy.columns[3].iter().map(|&x| usize::from(x > 0.0)).collect();
    let fit = params().n_trees(3).check().unwrap();
    let classes = fit.fit_classes(["a", "b"], &toy.columns, &class_of, &toy.weights).unwrap();
    let back: OneVsRest = serde_json::from_str(&serde_json::to_string(&classes).unwrap()).unwrap();
    assert_eq!(back, classes);
}

#[test]
fn trees_that_do_not_fit_together_are_refused() {
    let cut = |rest: &str| format!(r#"{{"cut": {{"below": 1.0, "missing_left": true, {rest}}}}}"#);
    let leaf = r#"{"leaf": 1.0}"#;
    for (nodes, reason) in [
        (vec![], "it has no node"),
        (vec![cut(r#""feature": 2, "left": 1, "right": 2"#)], "node 0 cuts on feature 2 of 2"),
        (
            vec![cut(r#""feature": 0, "left": 1, "right": 2"#), leaf.into()],
            "node 2 cannot be a child of node 0",
        ),
        (
            vec![cut(r#""feature": 0, "left": 0, "right": 1"#), leaf.into()],
            "node 0 cannot be a child of node 0",
        ),
        (
            vec![cut(r#""feature": 0, "left": 1, "right": 1"#), leaf.into()],
            "node 1 cannot be a child of node 0",
        ),
        (vec![leaf.into(), leaf.into()], "node 1 is nobody's child"),
        (vec![r#"{"leaf": 1e39}"#.into()], "number out of range"),
    ] {
        let text = format!(r#"{{"features": ["a", "b"], "base": 0.0, "trees": [[{}]]}}"#, nodes.join(","));
        let error = serde_json::from_str::<BoostedTrees>(&text).unwrap_err().to_string();
        assert!(error.contains(reason), "{error} instead of {reason}");
    }
    // JSON has no infinity, but other formats have.
    let infinite = super::Tree { nodes: vec![Node::Leaf(f32::INFINITY)] };
    assert_eq!(infinite.flaw(2).unwrap(), "leaf 0 must be finite, got inf");
}

/// What a runtime does with the attributes: branches and sums in single precision.
fn run(ensemble: &TreeEnsemble, row: &[f32]) -> Vec<f32> {
    let n_outputs = ensemble.leaf_ids.iter().max().unwrap() + 1;
    let mut outputs = vec![0.0; n_outputs as usize];
    for tree in 0..ensemble.n_trees() as i64 {
        let at = |node| {
            let is_it = |i: &usize| ensemble.nodes_treeids[*i] == tree && ensemble.nodes_nodeids[*i] == node;
            (0..ensemble.nodes_treeids.len()).find(is_it).unwrap()
        };
        let mut i = at(0);
        while ensemble.nodes_modes[i] == "BRANCH_LT" {
            let is_true = row[ensemble.nodes_featureids[i] as usize] < ensemble.nodes_values[i];
            i = at(if is_true { ensemble.nodes_truenodeids[i] } else { ensemble.nodes_falsenodeids[i] });
        }
        let node = ensemble.nodes_nodeids[i];
        for leaf in 0..ensemble.leaf_ids.len() {
            if (ensemble.leaf_treeids[leaf], ensemble.leaf_nodeids[leaf]) == (tree, node) {
                outputs[ensemble.leaf_ids[leaf] as usize] += ensemble.leaf_weights[leaf];
            }
        }
    }
    outputs
}

#[test]
fn the_attributes_say_what_the_trees_say() {
    let (toy, other) = (toy(2000, 11), toy(50, 12));
    let trees = grown(&toy);
    let logits = trees.logits(&other.columns).unwrap();
    let (regressor, classifier) = (trees.regressor(), trees.classifier());
    for (event, &logit) in logits.iter().enumerate() {
        let row: Vec<f32> = other.columns.iter().map(|column| column[event] as f32).collect();
        let (one, two) = (run(&regressor, &row), run(&classifier, &row));
        // 31 sums in single precision.
        assert!((f64::from(one[0]) - logit).abs() < 1e-5, "{one:?} and {logit}");
        assert_eq!(two, [-one[0], one[0]]);
    }
}

#[test]
fn an_event_that_rounds_across_a_threshold_does_so_everywhere() {
    let text = r#"{"features": ["x"], "base": 0.0, "trees": [[
        {"cut": {"feature": 0, "below": 0.1, "left": 1, "right": 2, "missing_left": true}},
        {"leaf": -1.0}, {"leaf": 1.0}
    ]]}"#;
    let trees: BoostedTrees = serde_json::from_str(text).unwrap();
    // 0.1 in single precision is 0.100000001490116; 0.100000001 is below it, and rounds to it.
    let x = 0.100000001;
    assert!(x < f64::from(0.1_f32));
    assert_eq!(trees.logits(&[[x]]).unwrap(), [1.0]);
    assert_eq!(run(&trees.regressor(), &[x as f32]), [1.0]);
    // In training, too: both classes round to the same number, so that nothing is learnt.
    let valid = BoostedTrees::params().features(["x"]).min_leaf_weight(0.0).check().unwrap();
    let same = valid.fit(&[[x, x, 0.1, 0.1]], &[true, true, false, false], &[1.0; 4]).unwrap();
    assert!(same.trees().is_empty());
}

#[test]
fn complaints_name_feature_event_and_parameter() {
    let valid = params().check().unwrap();
    let fit = |change: &dyn Fn(&mut Toy)| {
        let mut toy = toy(100, 13);
        change(&mut toy);
        valid.fit(&toy.columns, &toy.is_signal, &toy.weights).unwrap_err().to_string()
    };
    assert_eq!(
        fit(&|toy| toy.columns[2][17] = f64::NAN),
        "\"wide_2\" must be finite in single precision, but event 17 has NaN"
    );
    assert_eq!(
        fit(&|toy| toy.columns[0][3] = 1e39),
        "\"shifted\" must be finite in single precision, but event 3 has 1000000000000000000000000000000000000000"
    );
    assert_eq!(fit(&|toy| toy.columns.truncate(3)), "columns: expected 4, found 3");
    assert_eq!(fit(&|toy| toy.columns[1].truncate(99)), "events in \"wide_1\": expected 100, found 99");
    assert_eq!(fit(&|toy| toy.weights.push(1.0)), "weights: expected 100, found 101");
    let negative = fit(&|toy| toy.weights[5] = -0.5);
    assert!(
        negative.starts_with("weights must be finite and not negative, but event 5 has -0.5"),
        "{negative}"
    );
    assert!(fit(&|toy| toy.weights[6] = f64::INFINITY).contains("event 6 has inf"));
    assert_eq!(fit(&|toy| toy.weights.fill(0.0)), "all 100 events have weight zero");
    assert!(fit(&|toy| toy.is_signal.fill(true)).starts_with("there are no background events"));
    assert!(
        fit(&|toy| {
            let is_signal = toy.is_signal.clone();
            toy.weights
                .iter_mut()
                .zip(is_signal)
                .for_each(|(weight, is_signal)| *weight *= f64::from(!is_signal));
        })
        .starts_with("there are no signal events")
    );

    // Background is so rare that scores are one before the first tree, whose leaf would divide by nothing.
    let greedy = BoostedTrees::params().features(["x"]).l2(0.0).min_leaf_weight(0.0).check().unwrap();
    let diverged = greedy.fit(&[[0.0, 1.0]], &[true, false], &[1.0, 1e-20]).unwrap_err();
    assert_eq!(diverged, TreesError::Diverged { tree: 0 });

    let check = |params: BoostedTreesParams| params.check().unwrap_err().to_string();
    assert_eq!(check(BoostedTrees::params()), "features must be one or more names, got none");
    assert_eq!(check(params().features(["a", "a"])), "features must be all different, got \"a\" twice");
    assert_eq!(check(params().n_trees(0)), "n_trees must be at least one, got 0");
    assert_eq!(check(params().learning_rate(1.5)), "learning_rate must be positive and at most one, got 1.5");
    assert_eq!(check(params().depth(13)), "depth must be between 1 and 12, got 13");
    assert_eq!(check(params().l2(f64::NAN)), "l2 must be finite and not negative, got NaN");
    assert_eq!(
        check(params().min_leaf_weight(-1.0)),
        "min_leaf_weight must be finite and not negative, got -1"
    );
    assert_eq!(check(params().bins(1)), "bins must be between 2 and 4096, got 1");

    let trees = grown(&toy(1000, 14));
    let short = TreesError::LengthMismatch { what: "features of the event".into(), expected: 4, found: 1 };
    assert_eq!(trees.score(&[0.0]).unwrap_err(), short);
    assert!(trees.score(&[0.0, 0.0, f64::NAN, 0.0]).unwrap_err().to_string().starts_with("\"wide_2\""));
    assert!(trees.scores(&[[0.0]; 3]).is_err());
}

#[test]
fn classes_are_told_apart_one_against_the_others() {
    let toy = toy(6000, 15);
    let class_of: Vec<usize> = (0..6000)
        .map(|i| if toy.columns[3][i] > 50.0 { 2 } else { usize::from(toy.columns[0][i] > 1.0) })
        .collect();
    let fit = params().check().unwrap();
    let classes = fit.fit_classes(["low", "high", "common"], &toy.columns, &class_of, &toy.weights).unwrap();
    let scores = classes.scores(&toy.columns).unwrap();
    let is_right =
        |&event: &usize| (0..3).all(|class| scores[class][event] <= scores[class_of[event]][event]);
    assert!((0..6000).filter(is_right).count() > 5900);
    for event in [0, 17, 5999] {
        let row: Vec<f64> = toy.columns.iter().map(|column| column[event]).collect();
        let of_event: Vec<f64> = scores.iter().map(|of_class| of_class[event]).collect();
        assert_eq!(classes.score(&row).unwrap(), of_event);
    }
    assert_eq!(classes.classifier().n_trees(), 90);
    let error = fit.fit_classes(["a", "b"], &toy.columns, &class_of, &toy.weights).unwrap_err().to_string();
    assert!(error.starts_with("the class of event ") && error.ends_with("must be below 2, got 2"), "{error}");
    let empty = fit.fit_classes(["a", "b", "c", "d"], &toy.columns, &class_of, &toy.weights);
    assert_eq!(
        empty.unwrap_err().to_string(),
        "there are no d events of positive weight: trees tell two classes apart"
    );
}
