//! Workspaces divided among two likelihoods and added again.

use std::path::PathBuf;

use hepsys_stats::fit::Fitter;
use hepsys_stats::hessian::Hessian;
use hepsys_stats::histfactory::BinnedLikelihood;
use hepsys_stats::workspace::{Interpolation, Workspace};
use hepsys_stats::{Combined, Likelihood, Parameter};
use serde_json::Value;

/// Workspaces of several channels.
const WORKSPACES: [&str; 3] = ["synth_50ch_201par", "atlas_susy_2018_31_A", "atlas_ttbar_ljets"];

/// The workspace with every second channel from `first` on.
fn part(whole: &Workspace, first: usize) -> Workspace {
    let mut part = whole.clone();
    part.channels = whole.channels.iter().skip(first).step_by(2).cloned().collect();
    let names: Vec<&String> = part.channels.iter().map(|c| &c.name).collect();
    // The parameter of interest need not be in every part.
    part.measurements.iter_mut().for_each(|m| m.config.poi.clear());
    part.observations.retain(|o| names.contains(&&o.name));
    part
}

#[test]
fn channels_divided_and_added_are_the_whole() {
    let Some(root) = std::env::var_os("HEPSYS_STATS_REFERENCE").map(PathBuf::from) else {
        println!(
            "skipped: HEPSYS_STATS_REFERENCE does not name the folder with reference.json and workspaces"
        );
        return;
    };
    let reference: Value =
        serde_json::from_str(&std::fs::read_to_string(root.join("reference.json")).unwrap()).unwrap();
    for name in WORKSPACES {
        let text = std::fs::read_to_string(root.join(format!("workspaces/{name}.json"))).unwrap();
        let whole = Workspace::parse(&text).unwrap();
        let model = |workspace: &Workspace| workspace.model(None, Interpolation::default()).unwrap();
        let ((all, data), (even, even_data), (odd, odd_data)) =
            (model(&whole), model(&part(&whole, 0)), model(&part(&whole, 1)));
        let shared: Vec<&str> = odd.measured().filter(|name| even.measured().any(|n| n == *name)).collect();
        let (odd, odd_data) = odd.without_auxiliary(&odd_data, &shared).unwrap();
        let all = BinnedLikelihood::new(&all, data);
        let parts = vec![BinnedLikelihood::new(&even, even_data), BinnedLikelihood::new(&odd, odd_data)];
        let combined = Combined::new(parts).unwrap();
        let n = all.parameters().len();
        assert_eq!(n, combined.parameters().len());
        let places: Vec<usize> =
            all.parameters().iter().map(|p| combined.index_of(&p.name).unwrap()).collect();
        let moved = |(i, p): (usize, &Parameter)| {
            (p.init + 0.01 * ((i % 7) as f64 - 3.0) * p.width.unwrap_or(1.0)).clamp(p.bounds.0, p.bounds.1)
        };
        let x: Vec<f64> = all.parameters().iter().enumerate().map(moved).collect();
        let mut y = vec![0.0; n];
        places.iter().zip(&x).for_each(|(&place, v)| y[place] = *v);
        let (mut g, mut h) = (vec![0.0; n], Hessian::new(all.couplings()));
        let (mut gc, mut hc) = (g.clone(), Hessian::new(combined.couplings()));
        let values = (all.hessian(&x, &mut g, &mut h), combined.hessian(&y, &mut gc, &mut hc));
        // Sums of many bins in another order, relative to what is summed: n ln n of each bin, and the curvatures.
        let terms: f64 = all.data().counts.iter().filter(|n| **n > 0.0).map(|n| (n * n.ln()).abs()).sum();
        let mut worst = (values.0 - values.1).abs() / terms;
        for i in 0..n {
            worst = worst.max((gc[places[i]] - g[i]).abs() / h.get(i, i).abs().sqrt().max(1.0));
            for k in 0..n {
                let scale = (h.get(i, i) * h.get(k, k)).abs().sqrt().max(1.0);
                worst = worst.max((hc.get(places[i], places[k]) - h.get(i, k)).abs() / scale);
            }
        }
        let (fit, same) = (Fitter::default().fit(&combined), Fitter::default().fit(&all));
        println!(
            "{name}: {n} parameters, {} shared measurements, worst difference {worst:.1e}, 2NLL {:.9} (whole {:.9})",
            shared.len(),
            2.0 * fit.nll,
            2.0 * same.nll
        );
        assert!(worst < 1e-12, "{worst:e}");
        assert!(fit.is_converged());
        let expected = reference[name]["mle"]["twice_nll"].as_f64().unwrap();
        assert!(2.0 * fit.nll < expected + 1e-6, "{} {expected}", 2.0 * fit.nll);
        assert!((fit.nll - same.nll).abs() < 1e-8);
    }
}
