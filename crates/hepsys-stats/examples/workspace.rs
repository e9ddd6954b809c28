//! Fits a workspace and says what it tells about its parameter of interest, as JSON.
//!
//! `cargo run --release -p hepsys-stats --example workspace -- FILE.json`

use std::error::Error;
use std::process::ExitCode;

use hepsys_stats::Likelihood;
use hepsys_stats::fit::Fitter;
use hepsys_stats::histfactory::BinnedLikelihood;
use hepsys_stats::hypothesis::{Asymptotic, LimitError};
use hepsys_stats::workspace::{Interpolation, Workspace};
use serde_json::{Value, json};

/// How many places fits start from; one finds the minimum that a local search can reach, more tell whether it is the lowest.
const STARTS: usize = 10;

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        // What was found is printed, and a fit that did not converge is no success.
        Ok(false) => ExitCode::from(2),
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Prints what a workspace says; gives whether its fit converged.
fn run() -> Result<bool, Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("usage: workspace FILE.json")?;
    let text = std::fs::read_to_string(&path).map_err(|e| format!("{path}: {e}"))?;
    let (model, data) = Workspace::parse(&text)
        .and_then(|workspace| workspace.model(None, Interpolation::default()))
        .map_err(|e| format!("{path}: {e}"))?;
    let likelihood = BinnedLikelihood::new(&model, data);
    let fitter = Fitter::default().starts(STARTS);
    let mut notes = Vec::new();

    let best = fitter.fit(&likelihood);
    if !best.is_converged() {
        let why = best.problem.as_ref().map_or_else(String::new, |problem| format!(": {problem}"));
        notes.push(format!("the fit did not converge: {}, EDM {:.1e}{why}", best.status, best.edm));
    }
    if best.minima.len() > 1 {
        notes.push(format!(
            "{} minima; the lowest counts, also at fixed values of the parameter of interest",
            best.minima.len()
        ));
    }
    let hesse = best.hesse_errors();
    if hesse.is_none() {
        notes.push("hesse: the Hessian is not positive definite at the minimum".to_owned());
    }
    let mut out = json!({
        "par_names": model.parameters().iter().map(|p| p.name.as_str()).collect::<Vec<_>>(),
        "mle": if best.is_converged() { json!(best.parameters) } else { Value::Null },
        "hesse": hesse,
        "twice_nll": 2.0 * best.nll,
        "status": if best.is_converged() { "converged".to_owned() } else { format!("{:?}", best.status) },
        "minima": best.minima.iter().map(|m| json!({
            "twice_nll": 2.0 * m.nll, "parameters": m.parameters, "starts": m.n_starts
        })).collect::<Vec<_>>(),
        "q0": null, "cls_obs": null, "cls_exp": [null, null, null, null, null],
        "limit_obs": null, "limit_exp": [null, null, null, null, null],
    });
    match model.poi() {
        None => notes.push("q0, CLs and limits: the measurement has no parameter of interest".to_owned()),
        Some(poi) => match Asymptotic::new(&likelihood, fitter, poi) {
            Err(reason) => notes.push(format!("q0, CLs and limits: {reason}")),
            Ok(calculator) => {
                let highest = 10.0 * likelihood.parameters()[poi].bounds.1.max(1.0);
                add_tests(&mut out, &mut notes, &calculator, highest);
            }
        },
    }
    out["notes"] = json!(notes);
    println!("{}", serde_json::to_string_pretty(&out)?);
    Ok(best.is_converged())
}

/// What tests of the parameter of interest find, or why they find nothing.
fn add_tests(
    out: &mut Value,
    notes: &mut Vec<String>,
    calculator: &Asymptotic<'_, BinnedLikelihood<'_>>,
    highest: f64,
) {
    match calculator.q0() {
        Ok(q0) => out["q0"] = json!(q0),
        Err(reason) => notes.push(format!("q0: {reason}")),
    }
    match calculator.cls(1.0) {
        Ok(cls) => (out["cls_obs"], out["cls_exp"]) = (json!(cls.observed), json!(cls.expected)),
        Err(reason) => notes.push(format!("cls: {reason}")),
    }
    let limit = calculator.limit(0.95, highest);
    let mut number = |name: &str, limit: &Result<f64, LimitError>| match limit {
        Ok(value) => json!(value),
        Err(reason) => {
            notes.push(format!("{name}: {reason}"));
            Value::Null
        }
    };
    out["limit_obs"] = number("limit_obs", &limit.observed);
    out["limit_exp"] = (0..5).map(|i| number(&format!("limit_exp[{i}]"), &limit.expected[i])).collect();
}
