//! What a figure and a page cost, by the number of points on them.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use hepsys_report::summary::{Axis, Figure, Layer, Role, Summary};
use hepsys_report::{Page, Style, svg};

/// Points with errors, a filled histogram with its band and a curve, each of `n`.
fn figure(n: usize) -> Figure {
    let x: Vec<f64> = (0..n).map(|i| (i as f64 + 0.5) / n as f64).collect();
    let y: Vec<f64> = x.iter().map(|x| 1000.0 * (-3.0 * x).exp() + 10.0).collect();
    let errors: Vec<f64> = y.iter().map(|y| y.sqrt()).collect();
    Figure::new("bench", "", Axis::new("x", ""), Axis::new("events", "").log())
        .layer(Layer::Histogram {
            label: "reference".into(),
            role: Role::Reference,
            edges: (0..=n).map(|i| i as f64 / n as f64).collect(),
            values: y.clone(),
            errors: errors.clone(),
            is_filled: true,
        })
        .layer(Layer::curve("fit", Role::Fit, x.iter().copied().zip(y.iter().copied())))
        .layer(Layer::Points {
            label: "data".into(),
            role: Role::Data,
            x,
            y,
            y_errors: errors.into_iter().map(|e| (e, e)).collect(),
            x_errors: Vec::new(),
        })
}

fn figures(c: &mut Criterion) {
    let mut group = c.benchmark_group("figure");
    for n in [10, 100, 1000, 10_000] {
        let figure = figure(n);
        group.throughput(Throughput::Elements(n as u64));
        group.bench_with_input(BenchmarkId::new("svg", format!("points={n}")), &figure, |b, figure| {
            b.iter(|| svg(figure, &Style::default()));
        });
    }
    group.finish();
}

fn pages(c: &mut Criterion) {
    let summary = (0..10).fold(Summary::new("bench"), |summary, _| summary.figure(figure(100)));
    c.bench_function("page/figures=10,points=100", |b| b.iter(|| Page::new(&summary).html()));
}

criterion_group!(benches, figures, pages);
criterion_main!(benches);
