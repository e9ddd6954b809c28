//! Whatever a summary holds, it can be drawn, and what is drawn is well-formed.

use hepsys_report::summary::{Axis, Figure, Layer, Role, Summary};
use hepsys_report::{JudgedQuantity, Page, StudyRecord, Style, json, markdown, svg};
use proptest::collection::vec;
use proptest::prelude::*;

fn role() -> impl Strategy<Value = Role> {
    prop_oneof![
        Just(Role::Data),
        Just(Role::Reference),
        Just(Role::Signal),
        Just(Role::Fit),
        Just(Role::Expectation),
        Just(Role::Other)
    ]
}

/// Ordinary numbers most of the time, and every other `f64` sometimes.
fn number() -> impl Strategy<Value = f64> {
    prop_oneof![6 => -1e3..1e3, 2 => 0.0..1.0, 1 => Just(0.0), 1 => any::<f64>()]
}

fn label() -> impl Strategy<Value = String> {
    prop_oneof![Just(String::new()), "[a-z χ²₁₀]{1,20}", any::<String>()]
}

fn layer() -> impl Strategy<Value = Layer> {
    let points =
        (label(), role(), vec((number(), number(), number(), number(), number()), 0..8), any::<bool>())
            .prop_map(|(label, role, p, has_errors)| Layer::Points {
                label,
                role,
                x: p.iter().map(|p| p.0).collect(),
                y: p.iter().map(|p| p.1).collect(),
                y_errors: if has_errors { p.iter().map(|p| (p.2, p.3)).collect() } else { Vec::new() },
                x_errors: if has_errors { p.iter().map(|p| p.4).collect() } else { Vec::new() },
            });
    let histogram = (label(), role(), vec((number(), number()), 0..8), -1e3..1e3, 1e-3..1e3, any::<bool>())
        .prop_map(|(label, role, bins, low, width, is_filled)| Layer::Histogram {
            label,
            role,
            edges: (0..=bins.len()).map(|i| low + width * i as f64).collect(),
            values: bins.iter().map(|b| b.0).collect(),
            errors: bins.iter().map(|b| b.1).collect(),
            is_filled,
        });
    let curve = (label(), role(), vec((number(), number()), 0..20), any::<bool>()).prop_map(
        |(label, role, p, is_dashed)| Layer::Curve {
            label,
            role,
            x: p.iter().map(|p| p.0).collect(),
            y: p.iter().map(|p| p.1).collect(),
            is_dashed,
        },
    );
    let band = (label(), role(), vec((number(), number(), number()), 0..8)).prop_map(|(label, role, p)| {
        Layer::Band {
            label,
            role,
            x: p.iter().map(|p| p.0).collect(),
            lower: p.iter().map(|p| p.1).collect(),
            upper: p.iter().map(|p| p.2).collect(),
        }
    });
    let vertical =
        (label(), role(), number()).prop_map(|(label, role, x)| Layer::VerticalLine { label, role, x });
    let horizontal =
        (label(), role(), number()).prop_map(|(label, role, y)| Layer::HorizontalLine { label, role, y });
    let bars = (label(), role(), vec((number(), number(), number()), 0..8), any::<bool>()).prop_map(
        |(label, role, b, is_filled)| Layer::Bars {
            label,
            role,
            y: b.iter().map(|b| b.0).collect(),
            from: b.iter().map(|b| b.1).collect(),
            to: b.iter().map(|b| b.2).collect(),
            is_filled,
        },
    );
    let matrix =
        (label(), 1..5_usize, 0..5_usize, vec(number(), 25), 1e-3..1e3, (edges(), edges(), -1e3..1e3))
            .prop_map(|(label, n_columns, n_rows, mut values, limit, (columns, rows, middle))| {
                values.truncate(n_columns * n_rows);
                Layer::HeatMap { label, n_columns, values, limit, columns, rows, middle }
            });
    prop_oneof![points, histogram, curve, band, vertical, horizontal, bars, matrix]
}

/// Outer edges that every axis can show.
fn edges() -> impl Strategy<Value = Option<(f64, f64)>> {
    prop::option::of((1e-3..1e3, 1e-2..1e3).prop_map(|(low, width)| (low, low + width)))
}

fn axis() -> impl Strategy<Value = Axis> {
    let range = prop_oneof![1 => Just(None), 1 => edges()];
    let numbers = (label(), any::<bool>(), range).prop_map(|(label, is_log, range)| {
        let mut axis = Axis::new(label, "GeV");
        axis.is_log = is_log;
        axis.range = range;
        axis
    });
    let names = (label(), vec(label(), 1..30)).prop_map(|(label, names)| Axis::categories(label, names));
    prop_oneof![3 => numbers, 1 => names]
}

fn figure() -> impl Strategy<Value = Figure> {
    (label(), label(), axis(), axis(), vec(layer(), 0..5), prop::option::of((axis(), vec(layer(), 0..3))))
        .prop_map(|(name, caption, x, y, layers, lower)| {
            let figure = layers.into_iter().fold(Figure::new(name, caption, x, y), Figure::layer);
            match lower {
                Some((y, layers)) => figure.lower(y, layers),
                None => figure,
            }
        })
}

/// The numbers in the points of every line and area of a drawing.
fn coordinates(drawing: &str) -> Vec<f64> {
    let document = roxmltree::Document::parse(drawing).unwrap();
    document
        .descendants()
        .filter_map(|node| node.attribute("points"))
        .flat_map(|points| points.split([',', ' ']).map(|n| n.parse().unwrap()).collect::<Vec<f64>>())
        .collect()
}

proptest! {
    #[test]
    fn every_figure_is_drawn_as_well_formed_xml_inside_its_canvas(figure in figure()) {
        let drawing = svg(&figure, &Style::default()).unwrap();
        let document = roxmltree::Document::parse(&drawing).unwrap();
        let view_box: Vec<f64> =
            document.root_element().attribute("viewBox").unwrap().split(' ').map(|n| n.parse().unwrap()).collect();
        let largest = view_box[2].max(view_box[3]);
        prop_assert!(coordinates(&drawing).iter().all(|c| (0.0..=largest).contains(c)));
        prop_assert!(drawing.len() < 2_000_000, "{} bytes", drawing.len());
    }

    #[test]
    fn every_page_is_well_formed(figures in vec(figure(), 0..3), title in any::<String>(), text in any::<String>()) {
        let mut summary = Summary::new(title.clone()).heading(text.clone()).text(text.clone());
        for figure in figures {
            summary = summary.figure(figure);
        }
        let record = StudyRecord::new(title, text.clone(), 1, "0.1.0").quantity(JudgedQuantity::reported(text, "1", 1.0));
        let html = Page::new(&summary).record(&record).html();
        let options = roxmltree::ParsingOptions { allow_dtd: true, ..Default::default() };
        let document = roxmltree::Document::parse_with_options(&html, options).map_err(|e| TestCaseError::fail(e.to_string()))?;
        let mut ids: Vec<&str> = document.descendants().filter_map(|n| n.attribute("id")).collect();
        let n_ids = ids.len();
        ids.sort_unstable();
        ids.dedup();
        prop_assert_eq!(ids.len(), n_ids, "ids repeat");
        prop_assert!(markdown(&summary).starts_with("# "));
        prop_assert!(json(&summary).is_ok());
    }

    #[test]
    fn the_same_figure_gives_the_same_bytes(figure in figure()) {
        prop_assert_eq!(svg(&figure, &Style::page()).unwrap(), svg(&figure.clone(), &Style::page()).unwrap());
    }
}
