//! Samples cross the bridge in both directions without loss.

use arrow2::array::{Float32Array, Float64Array, Int32Array, Utf8Array};
use arrow2::chunk::Chunk;
use arrow2_bridge::{field, numbers, read_ipc, write_ipc};
use hepsys_core::{Feature, Sample, Unit, Weights};
use hepsys_io::{ReadOptions, read_sample, write_sample};

#[test]
fn hepsys_reads_what_arrow2_writes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.arrow");
    let label = Utf8Array::<i32>::from_slice(["signal", "background"]).boxed();
    let pt = Float32Array::from_vec(vec![0.1, 27.0]).boxed();
    let charge = Int32Array::from_vec(vec![-1, 1]).boxed();
    let fields = vec![
        field("label", label.as_ref(), ""),
        field("pt", pt.as_ref(), "MeV"),
        field("charge", charge.as_ref(), "1"),
    ];
    write_ipc(&path, fields, &Chunk::new(vec![label, pt, charge])).unwrap();

    let sample = read_sample(&path, &ReadOptions::new()).unwrap();
    assert_eq!(sample.schema().names().collect::<Vec<_>>(), ["pt", "charge"]);
    assert_eq!(sample.schema().features()[0].unit(), &Unit::MeV);
    assert_eq!(sample.column("pt").unwrap(), [f64::from(0.1_f32), 27.0]);
    assert_eq!(sample.column("charge").unwrap(), [-1.0, 1.0]);
}

#[test]
fn a_null_of_arrow2_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.arrow");
    let pt = Float64Array::from([Some(1.0), None, Some(3.0)]).boxed();
    let mut nullable = field("pt", pt.as_ref(), "GeV");
    nullable.is_nullable = true;
    write_ipc(&path, vec![nullable], &Chunk::new(vec![pt])).unwrap();
    let error = read_sample(&path, &ReadOptions::new()).unwrap_err().to_string();
    assert!(error.ends_with("column \"pt\" has no value for event 1"), "{error}");
}

#[test]
fn arrow2_reads_what_hepsys_writes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sample.arrow");
    // More than one record batch.
    let n_events = 100_000;
    let pt: Vec<f64> = (0..n_events).map(|i| f64::from(i).sqrt()).collect();
    let weights = vec![0.5; n_events as usize];
    let sample = Sample::from_columns([(Feature::new("pt", "GeV"), pt.clone())]).unwrap();
    let sample = sample.with_weights(Weights::new(weights.clone()).unwrap()).unwrap();
    write_sample(&path, &sample).unwrap();

    let (schema, batches) = read_ipc(&path).unwrap();
    let fields: Vec<_> = schema.fields.iter().map(|f| f.name.as_str()).collect();
    assert_eq!(fields, ["pt", "weight"]);
    assert_eq!(schema.fields[0].metadata.get("unit").map(String::as_str), Some("GeV"));
    let column = |i: usize| -> Vec<f64> {
        batches.iter().flat_map(|b| numbers(b.arrays()[i].as_ref()).unwrap().to_vec()).collect()
    };
    assert_eq!(column(0), pt);
    assert_eq!(column(1), weights);
}
