//! How long it takes to read events from a file, format by format.
//!
//! Events are those of the di-body samples: five columns, read whole, and one of the five.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use hepsys_core::{Feature, Sample, Seed};
use hepsys_io::{Format, ReadOptions, read_sample, write_sample};
use rand::Rng;
use tempfile::TempDir;

/// Five columns of values that hardly compress, as momenta and angles do not.
fn muons(n_events: usize) -> Sample {
    let column = |name: &str| {
        let mut stream = Seed::new(1).named(name).stream();
        (0..n_events).map(|_| 20.0 + f64::from(stream.next_u32()) * 1e-7).collect::<Vec<_>>()
    };
    let columns =
        ["pt1", "pt2", "eta1", "eta2", "dphi"].map(|name| (Feature::new(name, "GeV"), column(name)));
    Sample::from_columns(columns).expect("the columns are finite and equally long")
}

fn read(criterion: &mut Criterion) {
    let folder = TempDir::new().expect("a folder for the files");
    for rows in [10_000, 100_000] {
        let sample = muons(rows);
        for (what, options) in [("5", ReadOptions::new()), ("1", ReadOptions::new().column("eta2"))] {
            let mut group = criterion.benchmark_group(format!("read/rows={rows},columns={what}"));
            group.throughput(Throughput::Elements(rows as u64)).sample_size(20);
            for format in Format::ALL {
                let path = folder.path().join(format!("{rows}.{}", format.extensions()[0]));
                write_sample(&path, &sample).expect("the file can be written");
                group.bench_function(BenchmarkId::from_parameter(format), |bench| {
                    bench.iter(|| read_sample(&path, &options).expect("the file can be read"));
                });
            }
            group.finish();
        }
    }
}

/// The largest sample of the workspace, where it is there: 1,060,000 events in single precision.
fn read_dibody(criterion: &mut Criterion) {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../datasets/dibody/sm.parquet");
    if !std::path::Path::new(path).exists() {
        return;
    }
    let mut group = criterion.benchmark_group("read_dibody/rows=1060000,columns=5");
    group.throughput(Throughput::Elements(1_060_000)).sample_size(10);
    group.bench_function("Parquet", |bench| {
        bench.iter(|| read_sample(path, &ReadOptions::new()).expect("the file can be read"));
    });
    group.finish();
}

criterion_group!(benches, read, read_dibody);
criterion_main!(benches);
