//! HS3 documents that others write: what is understood, and what is refused with the place where it stands.

use hepsys_stats::Likelihood;
use hepsys_stats::histfactory::{AuxiliaryDensity, BinnedLikelihood};
use hepsys_stats::workspace::{Hs3, ShapeSysValues, Value, WorkspaceError};
use serde_json::json;

/// A document in the manner of ROOT: named constraints, relative shapesys, Poisson staterror, axes with edges.
fn root() -> Value {
    json!({
        "metadata": {"hs3_version": "0.2", "packages": [{"name": "ROOT", "version": "6.36.00"}]},
        "distributions": [
            {"name": "model_SR", "type": "histfactory_dist",
             "axes": [{"name": "obs_x", "edges": [0.0, 1.0, 4.0]}],
             "samples": [
                {"name": "signal", "data": {"contents": [5.0, 10.0], "errors": [0.5, 1.0]}, "modifiers": [
                    {"name": "mu", "type": "normfactor"},
                    {"name": "JES", "type": "normsys", "constraint": "Gauss", "data": {"hi": 1.1, "lo": 0.9}},
                    {"name": "mcstat", "type": "staterror", "constraint": "Poisson"}]},
                {"name": "background", "data": {"contents": [50.0, 60.0], "errors": [0.0, 3.0]}, "modifiers": [
                    {"name": "Lumi", "type": "normfactor", "constraint_name": "lumiConstraint"},
                    {"name": "shape", "type": "histosys", "parameter": "alpha_JES",
                     "data": {"hi": {"contents": [51.0, 58.0]}, "lo": {"contents": [48.0, 61.0]}}},
                    {"name": "uncorr", "type": "shapesys", "constraint": "Poisson", "data": {"vals": [0.1, 0.2]},
                     "parameters": ["gamma_uncorr_bin_0", "gamma_uncorr_bin_1"]},
                    {"name": "mcstat", "type": "staterror", "constraint": "Poisson"}]}]},
            {"name": "lumiConstraint", "type": "gaussian_dist", "x": "Lumi", "mean": "nominalLumi", "sigma": 0.02},
            {"name": "unused", "type": "exponential_dist", "x": "obs_x", "c": "slope"}],
        "data": [{"name": "obsData_SR", "type": "binned", "contents": [53.0, 71.0],
                  "axes": [{"name": "obs_x", "edges": [0.0, 1.0, 4.0]}]}],
        "likelihoods": [{"name": "all", "distributions": ["model_SR"], "data": ["obsData_SR"]}],
        "domains": [{"name": "default_domain", "type": "product_domain", "axes": [
            {"name": "mu", "min": -3.0, "max": 5.0}, {"name": "alpha_JES", "min": -4.0, "max": 4.0},
            {"name": "Lumi", "min": 0.5, "max": 1.5}]}],
        "parameter_points": [{"name": "default_values", "parameters": [
            {"name": "nominalLumi", "value": 1.0, "const": true}, {"name": "mu", "value": 2.0},
            {"name": "Lumi", "value": 1.0}, {"name": "gamma_uncorr_bin_0", "value": 1.0, "const": true},
            {"name": "gamma_uncorr_bin_1", "value": 1.0, "const": true}]}],
        "analyses": [{"name": "fit", "likelihood": "all", "parameters_of_interest": ["mu"],
                      "domains": ["default_domain"]}]
    })
}

/// The same without what pyhf's documents cannot say.
fn plain() -> Value {
    let mut document = root();
    for sample in [0, 1] {
        document["distributions"][0]["samples"][sample]["modifiers"]
            .as_array_mut()
            .unwrap()
            .last_mut()
            .unwrap()["constraint"] = "Gauss".into();
    }
    document
}

fn parse(document: &Value) -> Result<Hs3, WorkspaceError> {
    Hs3::parse(&document.to_string())
}

#[test]
fn a_document_of_root_is_understood() {
    let hs3 = parse(&root()).unwrap();
    assert_eq!(hs3.shape_sys_values(), ShapeSysValues::Relative);
    let (model, data) = hs3.model(Some("fit")).unwrap();
    let names: Vec<&str> = model.parameters().iter().map(|p| p.name.as_str()).collect();
    let expected =
        ["alpha_JES", "Lumi", "mu", "uncorr[0]", "uncorr[1]", "stat_model_SR[0]", "stat_model_SR[1]"];
    assert_eq!(names, expected);
    assert_eq!(model.poi(), Some(2));
    assert_eq!(data.counts, [53.0, 71.0]);
    let densities: Vec<AuxiliaryDensity> = model.auxiliaries().iter().map(|a| a.density).collect();
    let taus = [100.0, 25.0, (55.0_f64 / 0.5).powi(2), 70.0_f64.powi(2) / 10.0];
    assert_eq!(densities[0], AuxiliaryDensity::Gaussian { sigma: 1.0 });
    assert_eq!(densities[1], AuxiliaryDensity::Gaussian { sigma: 0.02 });
    for (density, expected) in densities[2..].iter().zip(taus) {
        let AuxiliaryDensity::Poisson { tau } = density else { panic!("{density:?}") };
        assert!((tau - expected).abs() < 1e-10 * expected, "{tau} {expected}");
    }
    let mu = &model.parameters()[2];
    assert_eq!((mu.init, mu.bounds), (2.0, (-3.0, 5.0)));
    let is_fixed: Vec<bool> = model.parameters().iter().map(|p| p.is_fixed).collect();
    assert_eq!(is_fixed, [false, false, false, true, true, false, false]);
    // At α = 1 the factor is 1.1 and the histogram the high one.
    let yields = model.yields(&[1.0, 1.0, 2.0, 1.0, 1.0, 1.0, 0.5]);
    assert!((yields[0] - (5.0 * 2.0 * 1.1 + 51.0)).abs() < 1e-12);
    assert!((yields[1] - 0.5 * (10.0 * 2.0 * 1.1 + 58.0)).abs() < 1e-12);
}

#[test]
fn a_gaussian_shapesys_is_understood() {
    let mut document = plain();
    document["distributions"][0]["samples"][1]["modifiers"][2]["constraint"] = "Gauss".into();
    let hs3 = parse(&document).unwrap();
    let (model, data) = hs3.model(None).unwrap();
    assert_eq!(model.auxiliaries()[2].density, AuxiliaryDensity::Gaussian { sigma: 0.1 });
    let at = model.inits();
    assert!(BinnedLikelihood::new(&model, data).nll(&at).is_finite());
    let error = hs3.to_workspace(None).unwrap_err().to_string();
    assert!(error.contains("a Gaussian constraint of the shapesys \"uncorr\""), "{error}");
}

#[test]
fn shapesys_is_relative_or_absolute_as_the_document_or_the_caller_says() {
    let tau = |hs3: &Hs3| match hs3.model(None).unwrap().0.auxiliaries()[2].density {
        AuxiliaryDensity::Poisson { tau } => tau,
        other => panic!("{other:?}"),
    };
    let mut document = plain();
    let relative = parse(&document).unwrap();
    assert!((tau(&relative) - 100.0).abs() < 1e-10);
    let absolute = relative.with_shape_sys_values(ShapeSysValues::Absolute);
    assert!((tau(&absolute) - (50.0_f64 / 0.1).powi(2)).abs() < 1e-6);
    document["metadata"]["packages"] = json!([]);
    assert_eq!(parse(&document).unwrap().shape_sys_values(), ShapeSysValues::Absolute);
    document["misc"] = json!({"hepsys": {"shapesys_vals": "relative"}});
    assert_eq!(parse(&document).unwrap().shape_sys_values(), ShapeSysValues::Relative);
}

#[test]
fn names_of_interpolations_are_those_of_all_dialects() {
    let of = |value: Value, data: Value| {
        let mut document = plain();
        let modifier = &mut document["distributions"][0]["samples"][1]["modifiers"][1];
        modifier["interpolation"] = value;
        modifier["data"]["interpolation"] = data;
        parse(&document).and_then(|hs3| hs3.to_workspace(None)).map(|(_, interpolation)| interpolation.shape)
    };
    use hepsys_stats::histfactory::ShapeInterpolation::{
        Linear, PolynomialLinear, Quadratic, QuadraticOfPyhf,
    };
    let table = [
        (json!("lin"), Value::Null, Linear),
        (Value::Null, json!("code0"), Linear),
        (json!("parabolic"), Value::Null, Quadratic),
        (json!(2), Value::Null, Quadratic),
        (json!("code2"), json!("code2"), QuadraticOfPyhf),
        (json!("poly6"), json!("code4p"), PolynomialLinear),
        (json!(4), Value::Null, PolynomialLinear),
        (json!({"type": "add", "in": "poly6", "out": "poly1"}), Value::Null, PolynomialLinear),
        (json!({"type": "add", "in": "poly1", "out": null}), Value::Null, Linear),
    ];
    for (value, data, expected) in table {
        assert_eq!(of(value.clone(), data).unwrap(), expected, "{value}");
    }
    let refused = of(json!("log"), Value::Null).unwrap_err().to_string();
    assert!(
        refused.contains("modifiers[1].interpolation: \"log\" is no interpolation that a histosys"),
        "{refused}"
    );
    let refused = of(json!("lin"), json!("code4p")).unwrap_err().to_string();
    assert!(refused.contains("data.interpolation: is not that of the modifier"), "{refused}");
}

/// A change of a document, and what its error has to say.
type Case = (&'static str, Value, &'static str);

#[test]
fn what_is_wrong_is_refused_where_it_stands() {
    let modifier =
        |s: usize, m: usize, key: &str| format!("/distributions/0/samples/{s}/modifiers/{m}/{key}");
    let leak = |path: String| -> &'static str { path.leak() };
    let cases: Vec<Case> = vec![
        ("/metadata/hs3_version", json!("1.0"), "metadata.hs3_version: expected 0.1 or 0.2, found \"1.0\""),
        ("/metadata", json!({}), "metadata: missing field `hs3_version`"),
        ("/likelihoods", Value::Null, "likelihoods: invalid type: null"),
        (
            "/distributions/1/name",
            json!("model_SR"),
            "distributions[1]: has the name \"model_SR\" of distributions[0]",
        ),
        ("/data/0/name", json!(""), "data[0]: has no name"),
        ("/misc", json!({"hepsys": {"shapesys_vals": 3}}), "misc.hepsys.shapesys_vals: expected"),
        (
            "/analyses/0/likelihood",
            json!("none"),
            "analyses[0] (\"fit\").likelihood: no likelihood is called \"none\"",
        ),
        ("/analyses/0/init", json!("snapshot"), "analyses[0] (\"fit\").init: no parameter point is called"),
        ("/analyses/0/domains", json!(["d"]), "analyses[0] (\"fit\").domains: no domain is called \"d\""),
        ("/analyses", json!([]), "analyses: is empty"),
        (
            "/analyses/0/parameters_of_interest",
            json!(["mu", "alpha_JES"]),
            "a pyhf document cannot have several",
        ),
        ("/analyses/0/parameters_of_interest", json!(["nu"]), "no scalar parameter is called \"nu\""),
        (
            "/likelihoods/0/distributions",
            json!(["SR"]),
            "likelihoods[0] (\"all\").distributions[0]: no distribution is",
        ),
        (
            "/likelihoods/0/distributions",
            json!(["unused"]),
            "expected \"histfactory_dist\", found \"exponential_dist\"",
        ),
        ("/likelihoods/0/data", json!([]), "likelihoods[0] (\"all\").data: has 0 entries, expected 1"),
        (
            "/likelihoods/0/data",
            json!([3.0]),
            "likelihoods[0] (\"all\").data[0]: expected the name of binned data, found 3.0",
        ),
        ("/likelihoods/0/data", json!(["d"]), "likelihoods[0] (\"all\").data[0]: no data are called \"d\""),
        ("/likelihoods/0/aux_distributions", json!(["unused"]), "only gaussian_dist can constrain"),
        ("/likelihoods/0/aux_distributions", json!(["g"]), "no distribution is called \"g\""),
        ("/data/0/type", json!("unbinned"), "data[0] (\"obsData_SR\").type: expected \"binned\""),
        (
            "/data/0/contents",
            json!([1.0]),
            "data[0] (\"obsData_SR\").contents: has 1 bins, expected 2 by its axes",
        ),
        ("/data/0/contents", json!([1.0, -1.0]), "is -1, expected a count"),
        (
            "/domains/0/type",
            json!("simplex"),
            "domains[0] (\"default_domain\").type: expected \"product_domain\"",
        ),
        (
            "/domains/0/axes/0",
            json!({"name": "mu", "min": 0.0}),
            "a pyhf document cannot have \"mu\" without bounds",
        ),
        ("/domains/0/axes/0/min", json!(3.0), "begins at 2 outside its bounds 3 to 5"),
        (
            "/parameter_points/0/parameters/4/const",
            json!(false),
            "some bins of \"uncorr\" are const and others are not",
        ),
        (
            "/parameter_points/0/parameters/0/name",
            json!("mu"),
            "parameters[1]: \"mu\" is that of parameters[0] already",
        ),
        (
            "/parameter_points/0/parameters/0/name",
            json!("n"),
            "(\"lumiConstraint\").mean: no parameter point of the analysis",
        ),
        ("/distributions/1/mean", json!("mu"), "relates two parameters of the model"),
        ("/distributions/1/x", json!("other"), "neither x nor mean is a parameter of the likelihood"),
        ("/distributions/1/x", json!("mu"), "\"lumiConstraint\" constrains \"mu\", not \"Lumi\""),
        (
            "/distributions/1/sigma",
            json!("mu"),
            "(\"lumiConstraint\").sigma: \"mu\" is a parameter of the model",
        ),
        ("/distributions/1/sigma", json!(0.0), "σ of \"Lumi\" must be positive"),
        ("/distributions/0/barlow_beeston_method", json!("full"), "barlow_beeston_method: expected \"lite\""),
        (
            "/distributions/0/staterror",
            json!({"relThreshold": 0.05}),
            "staterror.relThreshold: expected 0, found 0.05",
        ),
        ("/distributions/0/colour", json!("red"), "distributions[0] (\"model_SR\").colour: unknown field"),
        (
            "/distributions/0/samples/0/data/contents",
            json!([1.0, "a"]),
            "samples[0].data.contents[1]: invalid type: string",
        ),
        ("/distributions/0/samples/0/data/contents", json!([1.0]), "has 1 bins, expected 2 by its axes"),
        (
            "/distributions/0/samples/0/data",
            json!({"contents": [5.0, 10.0]}),
            "modifiers[2]: the sample has no data.errors",
        ),
        (leak(modifier(0, 0, "type")), json!("norm"), "modifiers[0].type: \"norm\" is none of normfactor"),
        (
            leak(modifier(0, 0, "constraint")),
            json!("LogNormal"),
            "modifiers[0].constraint: \"LogNormal\" is not understood",
        ),
        (
            leak(modifier(0, 1, "constraint")),
            json!("Poisson"),
            "modifiers[1].constraint: a normsys cannot have a Poisson",
        ),
        (
            leak(modifier(0, 1, "constraint")),
            json!("JESConstraint"),
            "no distribution is called \"JESConstraint\"",
        ),
        (
            leak(modifier(0, 1, "constraint_name")),
            json!("lumiConstraint"),
            "constrains \"Lumi\", not \"alpha_JES\"",
        ),
        (leak(modifier(0, 1, "data")), json!({"hi": 1.1}), "modifiers[1].data: missing field `lo`"),
        (
            leak(modifier(0, 2, "constraint")),
            Value::Null,
            "modifiers[2].constraint: expected Gauss or Poisson",
        ),
        (
            leak(modifier(0, 2, "data")),
            json!({"uncertainties": [1.0]}),
            "modifiers[2].data: the uncertainties are the errors",
        ),
        (leak(modifier(0, 2, "parameters")), json!(["g_0", "g_1"]), "has other parameters than"),
        (
            leak(modifier(1, 1, "data/hi/contents")),
            json!([1.0]),
            "modifiers[1].data.hi.contents: has 1 values, expected 2",
        ),
        (leak(modifier(1, 2, "data/vals")), json!([1.0]), "modifiers[2].data.vals: has 1 values, expected 2"),
        (
            leak(modifier(1, 2, "parameters")),
            json!(["a"]),
            "modifiers[2].parameters: has 1 names, expected 2",
        ),
        (leak(modifier(1, 2, "parameters")), json!(["mu", "b"]), "\"mu\" stands elsewhere too"),
        (
            leak(modifier(1, 2, "constraint")),
            json!("theirs"),
            "\"theirs\" cannot constrain the bins of a shapesys",
        ),
        (
            leak(modifier(1, 2, "type")),
            json!("shapefactor"),
            "modifiers[2].constraint: a shapefactor is free",
        ),
    ];
    assert!(parse(&plain()).unwrap().to_workspace(None).is_ok());
    for (path, value, expected) in cases {
        let mut document = plain();
        match document.pointer_mut(path) {
            Some(place) => *place = value,
            None => {
                let (parent, key) = path.rsplit_once('/').unwrap();
                document.pointer_mut(parent).unwrap()[key] = value;
            }
        }
        let found = parse(&document).and_then(|hs3| hs3.to_workspace(None));
        let error = found.expect_err(path).to_string();
        assert!(error.contains(expected), "{path}: {error}");
    }
}

#[test]
fn constraints_are_refused_if_they_count_twice() {
    let mut document = plain();
    document["distributions"]
        .as_array_mut()
        .unwrap()
        .push(json!({"name": "again", "type": "gaussian_dist", "x": "alpha_JES", "mean": 0.0, "sigma": 2.0}));
    document["likelihoods"][0]["aux_distributions"] = json!(["again"]);
    let error = parse(&document).unwrap().model(None).unwrap_err().to_string();
    assert!(error.contains("\"alpha_JES\" has two constraints, a modifier's own and \"again\""), "{error}");
    // The same distribution by two ways is one constraint.
    document["likelihoods"][0]["aux_distributions"] = json!(["lumiConstraint"]);
    assert_eq!(parse(&document).unwrap().model(None).unwrap().0.auxiliaries().len(), 6);
}
