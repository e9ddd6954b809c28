//! What is written keeps to the schemas in `docs/schema`.

use std::path::Path;

use hepsys_report::summary::{Axis, Figure, Layer, Quantity, Role, Summary, Table};
use hepsys_report::{JudgedQuantity, Page, StudyRecord, Verdict, json, write_report};
use serde_json::{Value, json as value};

/// What is wrong with a value under a schema, in as much of JSON Schema as ours use.
fn faults(root: &Value, schema: &Value, value: &Value, at: &str) -> Vec<String> {
    if let Some(reference) = schema["$ref"].as_str() {
        let target = root.pointer(reference.trim_start_matches('#')).expect("the reference leads somewhere");
        return faults(root, target, value, at);
    }
    let mut found = Vec::new();
    let kinds: Vec<&str> = match &schema["type"] {
        Value::String(kind) => vec![kind],
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => panic!("{at}: every schema here names a type"),
    };
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(n) if n.is_u64() || n.is_i64() => "integer",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let is_kind = kinds.contains(&kind) || kind == "integer" && kinds.contains(&"number");
    if !is_kind {
        found.push(format!("{at}: expected {kinds:?}, found {kind}"));
    }
    if let Some(choices) = schema["enum"].as_array()
        && !choices.contains(value)
    {
        found.push(format!("{at}: {value} is none of {choices:?}"));
    }
    let n =
        value.as_array().map(Vec::len).or(value.as_object().map(serde_json::Map::len)).unwrap_or(0) as u64;
    for (least, most) in [("minItems", "maxItems"), ("minProperties", "maxProperties")] {
        if !value.is_null()
            && (schema[least].as_u64().is_some_and(|l| n < l) || schema[most].as_u64().is_some_and(|m| n > m))
        {
            found.push(format!("{at}: {n} entries"));
        }
    }
    if let Some(object) = value.as_object() {
        for key in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !object.contains_key(key) {
                found.push(format!("{at}: no {key}"));
            }
        }
        for (key, inner) in object {
            match schema["properties"].get(key) {
                Some(schema) => found.extend(faults(root, schema, inner, &format!("{at}/{key}"))),
                None if key == "x" || key == "y" => {} // a number or a list of them, by kind
                None => found.push(format!("{at}: {key} is not described")),
            }
        }
    }
    for (i, inner) in value.as_array().into_iter().flatten().enumerate() {
        found.extend(faults(root, &schema["items"], inner, &format!("{at}/{i}")));
    }
    found
}

/// A schema of the workspace; `None` where the crate stands alone, as when it is built from its tarball.
fn schema(name: &str) -> Option<Value> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    if !root.join("docs").is_dir() {
        return None;
    }
    let text = std::fs::read_to_string(root.join("docs/schema").join(name)).unwrap();
    Some(serde_json::from_str(&text).unwrap())
}

fn record() -> StudyRecord {
    StudyRecord::new("study", "quick", u64::MAX, "0.1.0")
        .quantity(
            JudgedQuantity::judged("mean", "1", 1.5, 1.0, 1.0).with_uncertainty(0.1).from_source("paper"),
        )
        .quantity(JudgedQuantity::judged("lost", "1", f64::NAN, 1.0, 1.0))
        .quantity(JudgedQuantity::reported("time", "s", 3.0))
}

fn summary() -> Summary {
    let points = Layer::Points {
        label: "points".into(),
        role: Role::Data,
        x: vec![1.0, 2.0],
        y: vec![f64::NAN, 1.0],
        y_errors: vec![(0.1, 0.2); 2],
        x_errors: vec![0.5; 2],
    };
    let figure = Figure::new("f", "Everything.", Axis::new("x", "GeV").range(0.0, 3.0), Axis::new("y", ""))
        .layer(points)
        .layer(Layer::Histogram {
            label: "h".into(),
            role: Role::Reference,
            edges: vec![0.0, 1.0],
            values: vec![2.0],
            errors: vec![0.1],
            is_filled: true,
        })
        .layer(Layer::curve("c", Role::Fit, [(0.0, 1.0)]))
        .lower(
            Axis::new("ratio", ""),
            [
                Layer::Band {
                    label: "b".into(),
                    role: Role::Other,
                    x: vec![0.0],
                    lower: vec![0.0],
                    upper: vec![1.0],
                },
                Layer::VerticalLine { label: String::new(), role: Role::Signal, x: 1.0 },
                Layer::HorizontalLine { label: String::new(), role: Role::Expectation, y: 1.0 },
            ],
        );
    let names = || Axis::categories("", ["a", "b"]);
    let named = Figure::new("n", "Names.", names(), names())
        .layer(Layer::heat_map("m", 2, vec![1.0, f64::NAN, 0.5, 1.0], 1.0))
        .layer(Layer::map("w", (0.0, 1.0), (-1.0, 2.0), 1, vec![1.25, f64::NAN], (1.0, 0.5)))
        .layer(Layer::Bars {
            label: "b".into(),
            role: Role::Fit,
            y: vec![0.0],
            from: vec![0.0],
            to: vec![1.0],
            is_filled: true,
        });
    Summary::new("Title")
        .heading("h")
        .text("t")
        .quantity(Quantity::new("q", 1.0, "1"))
        .table(Table::new("", ["a"]).row(["1"]))
        .figure(figure)
        .figure(named)
}

#[test]
fn a_written_record_keeps_to_its_schema() {
    let directory = tempfile::tempdir().unwrap();
    let (summary, record) = (summary(), record());
    write_report(directory.path(), &Page::new(&summary).record(&record)).unwrap();
    let text = std::fs::read_to_string(directory.path().join("summary.json")).unwrap();
    let written: Value = serde_json::from_str(&text).unwrap();
    let Some(schema) = schema("summary.schema.json") else { return };
    assert_eq!(faults(&schema, &schema, &written, ""), Vec::<String>::new());
}

#[test]
fn the_schema_refuses_what_is_no_record() {
    let Some(schema) = schema("summary.schema.json") else { return };
    let good: Value = serde_json::from_str(&record().to_json().unwrap()).unwrap();
    for (pointer, bad) in [
        ("/seed", value!("42")),
        ("/quantities/0/verdict", value!("perhaps")),
        ("/quantities/0/measured", value!("1.5")),
        ("/quantities/0", value!({})),
    ] {
        let mut record = good.clone();
        *record.pointer_mut(pointer).unwrap() = bad;
        assert!(!faults(&schema, &schema, &record, "").is_empty(), "{pointer}");
    }
}

#[test]
fn a_summary_in_json_keeps_to_its_schema() {
    let Some(schema) = schema("report.schema.json") else { return };
    let written: Value = serde_json::from_str(&json(&summary()).unwrap()).unwrap();
    assert_eq!(faults(&schema, &schema, &written, ""), Vec::<String>::new());
}

#[test]
fn the_fields_of_a_record_have_a_stable_order() {
    let record =
        StudyRecord::new("s", "quick", 1, "0.1.0").quantity(JudgedQuantity::judged("n", "u", 1.5, 1.0, 1.0));
    let compact: String = record.to_json().unwrap().split_whitespace().collect();
    assert_eq!(
        compact,
        r#"{"study":"s","profile":"quick","seed":1,"version":"0.1.0","quantities":[{"name":"n","unit":"u","expected":1.0,"tolerance":1.0,"measured":1.5,"uncertainty":null,"verdict":"pass","source":""}]}"#
    );
}

#[test]
fn a_record_with_numbers_that_are_none_can_be_read_back() {
    let read = StudyRecord::from_json(&record().to_json().unwrap()).unwrap();
    assert!(read.quantities[1].measured.is_nan());
    assert_eq!(read.quantities[1].verdict, Verdict::Fail);
    assert_eq!(read.seed, u64::MAX);
}
