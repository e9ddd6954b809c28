//! Figures that are hard to draw, and what readers find on them.

use hepsys_report::summary::{Axis, Figure, Layer, Role};
use hepsys_report::{ReportError, Style, svg};

fn figure(layers: Vec<Layer>) -> Figure {
    layers
        .into_iter()
        .fold(Figure::new("f", "", Axis::new("m₁₂", "GeV"), Axis::new("events", "")), Figure::layer)
}

fn points(x: Vec<f64>, y: Vec<f64>) -> Layer {
    Layer::Points { label: "data".into(), role: Role::Data, x, y, y_errors: Vec::new(), x_errors: Vec::new() }
}

fn texts(drawing: &str) -> Vec<String> {
    let document = roxmltree::Document::parse(drawing).unwrap();
    document
        .descendants()
        .filter(|n| n.has_tag_name("text"))
        .filter_map(|n| n.text().map(|t| t.trim().to_owned()))
        .collect()
}

fn draw(figure: &Figure) -> Vec<String> {
    texts(&svg(figure, &Style::default()).unwrap())
}

#[test]
fn an_empty_figure_says_so() {
    assert!(draw(&figure(Vec::new())).contains(&"No data.".to_owned()));
    assert!(draw(&figure(vec![points(Vec::new(), Vec::new())])).contains(&"No data.".to_owned()));
}

#[test]
fn a_logarithmic_axis_without_anything_positive_still_has_its_decade() {
    for layers in [Vec::new(), vec![points(vec![1.0, 2.0], vec![0.0, -1.0])]] {
        let mut empty = figure(layers);
        empty.y = empty.y.log();
        let texts = draw(&empty);
        assert!(texts.iter().any(|text| text == "10"), "{texts:?}");
        assert!(!texts.iter().any(|text| text.contains("NaN")), "{texts:?}");
    }
}

#[test]
fn a_single_point_is_drawn_in_the_middle() {
    let drawing = svg(&figure(vec![points(vec![91.2], vec![0.0])]), &Style::default()).unwrap();
    let document = roxmltree::Document::parse(&drawing).unwrap();
    // One disc in the plot, one in the legend.
    assert_eq!(document.descendants().filter(|n| n.has_tag_name("circle")).count(), 2);
}

#[test]
fn titles_carry_their_units_in_brackets() {
    let texts = draw(&figure(vec![points(vec![1.0, 2.0], vec![1.0, 2.0])]));
    assert!(texts.contains(&"m₁₂ [GeV]".to_owned()) && texts.contains(&"events".to_owned()), "{texts:?}");
}

#[test]
fn a_logarithmic_axis_has_decades_and_tells_what_it_cannot_show() {
    let mut figure = figure(vec![points(vec![1.0, 2.0, 3.0, 4.0], vec![0.0, -1.0, 20.0, 4e4])]);
    figure.y.is_log = true;
    let texts = draw(&figure);
    assert!(texts.contains(&"10³".to_owned()), "{texts:?}");
    assert!(texts.contains(&"Not drawn: 2 values ≤ 0 on a logarithmic axis.".to_owned()), "{texts:?}");
}

#[test]
fn values_that_are_not_finite_are_left_out_and_counted() {
    let texts = draw(&figure(vec![points(vec![1.0, 2.0, 3.0], vec![1.0, f64::NAN, f64::INFINITY])]));
    assert!(
        texts.contains(&"Not drawn: 2 values that cannot be placed (not finite).".to_owned()),
        "{texts:?}"
    );
}

#[test]
fn a_line_that_dives_does_not_take_the_logarithmic_axis_with_it() {
    let mut figure = figure(vec![
        points(vec![1.0, 2.0], vec![5.0, 500.0]),
        Layer::curve("signal", Role::Signal, [(1.0, 1e-200), (2.0, 100.0)]),
    ]);
    figure.y.is_log = true;
    let texts = draw(&figure);
    assert!(texts.contains(&"10²".to_owned()) && !texts.iter().any(|t| t.contains('⁻')), "{texts:?}");
}

#[test]
fn the_legend_lists_data_first_and_leaves_out_what_has_no_label() {
    let texts = draw(&figure(vec![
        Layer::curve("expected", Role::Expectation, [(0.0, 1.0), (1.0, 2.0)]),
        Layer::curve("", Role::Fit, [(0.0, 1.0), (1.0, 2.0)]),
        points(vec![0.5], vec![1.5]),
    ]));
    let at = |label: &str| texts.iter().position(|t| t == label).unwrap();
    assert!(at("data") < at("expected"));
    assert!(!texts.iter().any(String::is_empty));
}

#[test]
fn the_legend_gets_headroom_above_data_that_fill_the_frame() {
    let edges: Vec<f64> = (0..=10).map(f64::from).collect();
    let full = |label: &str| {
        let layer = |role| Layer::Histogram {
            label: label.into(),
            role,
            edges: edges.clone(),
            values: vec![10.0; 10],
            errors: Vec::new(),
            is_filled: true,
        };
        figure([Role::Reference, Role::Signal, Role::Other].map(layer).to_vec())
    };
    let top = |figure: &Figure| draw(figure).iter().filter_map(|t| t.parse::<f64>().ok()).fold(0.0, f64::max);
    assert!(top(&full("")) <= 10.0);
    // The horizontal axis ends at 10: a larger label belongs to the vertical one.
    assert!(top(&full("reference")) > 10.0);
}

#[test]
fn the_lower_panel_shares_the_horizontal_axis() {
    let figure = figure(vec![points(vec![100.0, 900.0], vec![1.0, 2.0])]).lower(
        Axis::new("ratio", ""),
        [Layer::HorizontalLine { label: String::new(), role: Role::Reference, y: 1.0 }],
    );
    let texts = draw(&figure);
    assert_eq!(texts.iter().filter(|t| *t == "400").count(), 1, "{texts:?}");
    assert!(texts.contains(&"ratio".to_owned()));
}

#[test]
fn layers_that_do_not_fit_together_are_named() {
    let error = svg(&figure(vec![points(vec![1.0, 2.0], vec![1.0])]), &Style::default()).unwrap_err();
    assert_eq!(error.to_string(), "figure \"f\", layer 0: expected 2 values of y, found 1");
    let falling = Layer::Histogram {
        label: String::new(),
        role: Role::Data,
        edges: vec![0.0, 2.0, 1.0],
        values: vec![1.0, 1.0],
        errors: Vec::new(),
        is_filled: false,
    };
    assert!(matches!(svg(&figure(vec![falling]), &Style::default()), Err(ReportError::BadLayer { .. })));
}

#[test]
fn ranges_and_styles_without_room_are_errors() {
    let mut bad = figure(Vec::new());
    bad.y = bad.y.log().range(0.0, 1.0);
    assert!(svg(&bad, &Style::default()).unwrap_err().to_string().contains("must be positive"));
    let style = Style::default().with_font_pt(f64::NAN);
    assert!(matches!(svg(&figure(Vec::new()), &style), Err(ReportError::BadStyle { name: "font_pt", .. })));
}

#[test]
fn text_on_a_figure_in_a_column_is_at_least_seven_points() {
    let drawing = svg(&figure(vec![points(vec![1.0, 2.0], vec![1.0, 2.0])]), &Style::default()).unwrap();
    let document = roxmltree::Document::parse(&drawing).unwrap();
    // Twenty units of the view box make a point.
    for node in document.descendants().filter(|n| n.has_tag_name("text")) {
        let size: f64 = node.attribute("font-size").unwrap().parse().unwrap();
        assert!(size / 20.0 >= 7.0, "{size}");
    }
}

fn bars(to: Vec<f64>, is_filled: bool) -> Layer {
    let y: Vec<f64> = (0..to.len()).map(|i| i as f64).collect();
    Layer::Bars { label: "up".into(), role: Role::Fit, from: vec![0.0; y.len()], y, to, is_filled }
}

fn matrix(n_columns: usize, values: Vec<f64>) -> Layer {
    Layer::heat_map("correlation", n_columns, values, 1.0)
}

/// Where a text stands, in the units of the view box.
fn place_of(drawing: &str, wanted: &str) -> (f64, f64) {
    let document = roxmltree::Document::parse(drawing).unwrap();
    let node = document
        .descendants()
        .find(|n| n.has_tag_name("text") && n.text().is_some_and(|t| t.trim() == wanted))
        .unwrap_or_else(|| panic!("no \"{wanted}\""));
    let number = |name| node.attribute(name).unwrap().parse().unwrap();
    (number("x"), number("y"))
}

#[test]
fn the_first_name_of_a_vertical_axis_stands_at_the_top_and_its_bar_beside_it() {
    let axis = Axis::categories("", ["first", "second"]);
    let figure = Figure::new("impacts", "", Axis::new("impact", ""), axis).layer(bars(vec![2.0, -1.0], true));
    let drawing = svg(&figure, &Style::default()).unwrap();
    let (first, second) = (place_of(&drawing, "first").1, place_of(&drawing, "second").1);
    assert!(first < second);
    let document = roxmltree::Document::parse(&drawing).unwrap();
    let bar = document
        .descendants()
        .filter(|n| n.has_tag_name("polygon"))
        .map(|n| n.attribute("points").unwrap().split([',', ' ']).map(|n| n.parse().unwrap()).collect())
        .map(|numbers: Vec<f64>| numbers.chunks(2).map(|p| p[1]).sum::<f64>() / (numbers.len() / 2) as f64)
        .nth(1)
        .unwrap();
    // After the card comes the longer bar; a line of text is 160 high.
    assert!((bar - first).abs() < 160.0, "the bar at {bar}, its name at {first}");
}

#[test]
fn long_names_lose_their_middle_and_leave_room_for_the_plot() {
    let name = "Theory_ttbar_PartonShower_Herwig7_vs_Pythia8";
    let axis = Axis::categories("", [name, "short"]);
    let figure =
        Figure::new("impacts", "", Axis::new("impact", ""), axis).layer(bars(vec![2.0, -1.0], false));
    let texts = draw(&figure);
    let shown = texts.iter().find(|t| t.starts_with("Theory")).unwrap();
    assert!(shown.chars().count() <= 28 && shown.contains('…') && shown.ends_with("Pythia8"), "{shown}");
}

#[test]
fn a_figure_grows_with_the_names_beside_it() {
    let height = |n: usize| {
        let axis = Axis::categories("", (0..n).map(|i| format!("parameter {i}")));
        let figure = Figure::new("f", "", Axis::new("x", ""), axis).layer(bars(vec![1.0; n], true));
        let drawing = svg(&figure, &Style::default()).unwrap();
        let document = roxmltree::Document::parse(&drawing).unwrap();
        let view_box = document.root_element().attribute("viewBox").unwrap().to_owned();
        let names = texts(&drawing).iter().filter(|t| t.starts_with("parameter")).count();
        assert_eq!(names, n, "every name is written");
        view_box.split(' ').next_back().unwrap().parse::<f64>().unwrap()
    };
    assert!(height(40) > 1.5 * height(20));
}

#[test]
fn names_below_a_figure_stand_upright_where_they_do_not_fit() {
    let drawn = |names: [&str; 3]| {
        let figure = Figure::new("f", "", Axis::categories("region", names), Axis::new("events", ""))
            .layer(points(vec![0.0, 1.0, 2.0], vec![1.0, 2.0, 3.0]));
        let drawing = svg(&figure, &Style::default()).unwrap();
        let document = roxmltree::Document::parse(&drawing).unwrap();
        let node = document.descendants().find(|n| n.text().is_some_and(|t| t.trim() == names[0])).unwrap();
        node.attribute("transform").is_some()
    };
    assert!(!drawn(["SR", "CR", "VR"]));
    assert!(drawn(["signal region, high mass", "CR", "VR"]));
}

#[test]
fn a_matrix_has_its_values_in_the_cells_and_a_scale_above() {
    let axis = || Axis::categories("", ["a", "b"]);
    let figure = |values| Figure::new("m", "", axis(), axis()).layer(matrix(2, values));
    let drawing = svg(&figure(vec![1.0, -0.254, -0.254, 1.0]), &Style::default()).unwrap();
    let texts = texts(&drawing);
    for (text, n) in [("1.00", 2), ("−0.25", 2), ("correlation", 1), ("−1.0", 1), ("0.5", 1)] {
        assert_eq!(texts.iter().filter(|t| *t == text).count(), n, "{text} in {texts:?}");
    }
    let hatched = draw(&figure(vec![1.0, f64::NAN, 0.0, 1.0]));
    assert!(hatched.contains(&"Hatched: 1 cell without a value.".to_owned()), "{hatched:?}");
}

#[test]
fn a_large_matrix_is_a_picture_that_names_some_of_its_columns() {
    let n = 150;
    let axis = || Axis::categories("", (0..n).map(|i| format!("p{i}")));
    let values = (0..n * n).map(|i| f64::from(u8::from(i / n == i % n))).collect();
    let drawing =
        svg(&Figure::new("m", "", axis(), axis()).layer(matrix(n, values)), &Style::default()).unwrap();
    assert!(drawing.len() < 200_000, "neighbours of one colour are one area: {} bytes", drawing.len());
    let texts = texts(&drawing);
    assert!(texts.iter().any(|t| t.ends_with("columns is named.")), "{texts:?}");
    assert!(!texts.contains(&"1.00".to_owned()));
}

#[test]
fn names_have_no_logarithm() {
    let figure = Figure::new("f", "", Axis::new("x", ""), Axis::categories("", ["a"]).log());
    assert!(matches!(svg(&figure, &Style::default()), Err(ReportError::BadAxis { .. })));
}

/// The areas of a drawing after its card, each as the lowest and highest coordinate along both axes.
fn areas(drawing: &str) -> Vec<[(f64, f64); 2]> {
    let document = roxmltree::Document::parse(drawing).unwrap();
    let polygons = document.descendants().filter(|n| n.has_tag_name("polygon")).skip(1);
    polygons
        .map(|node| {
            let numbers: Vec<f64> =
                node.attribute("points").unwrap().split([',', ' ']).map(|n| n.parse().unwrap()).collect();
            [0, 1].map(|axis| {
                let along = numbers.iter().skip(axis).step_by(2);
                along.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(*v), high.max(*v)))
            })
        })
        .collect()
}

fn map(n_columns: usize, values: Vec<f64>) -> Figure {
    Figure::new("map", "", Axis::new("m₁₂", "GeV"), Axis::new("cos θ", "")).layer(Layer::map(
        "weight",
        (200.0, 400.0),
        (-1.0, 1.0),
        n_columns,
        values,
        (1.0, 0.2),
    ))
}

#[test]
fn a_map_has_axes_with_units_and_a_scale_around_its_middle() {
    let texts = draw(&map(20, (0..400).map(|i| 0.8 + 0.001 * f64::from(i)).collect()));
    for text in ["m₁₂ [GeV]", "cos θ", "200", "400", "−1.0", "weight", "0.8", "1.2"] {
        assert!(texts.iter().any(|t| t == text), "{text} in {texts:?}");
    }
}

#[test]
fn the_first_row_of_a_map_lies_lowest() {
    let drawing = svg(&map(1, vec![0.81, 1.19]), &Style::default()).unwrap();
    assert!(place_of(&drawing, "0.81").1 > place_of(&drawing, "1.19").1);
}

#[test]
fn a_map_ends_at_its_frame_and_its_cells_leave_no_seam() {
    let n = 30;
    // A chequerboard: no two neighbours are one area.
    let values = (0..n * n).map(|at| if (at / n + at % n) % 2 == 0 { 0.8 } else { 1.2 }).collect();
    let areas = areas(&svg(&map(n, values), &Style::default()).unwrap());
    let cells = &areas[..n * n];
    let [right, bottom] = [0, 1].map(|axis| cells.iter().map(|c| c[axis].1).fold(0.0, f64::max));
    for (i, [x, y]) in cells.iter().enumerate() {
        let (column, row) = (i % n, i / n);
        if column + 1 < n {
            let next = cells[i + 1][0];
            assert!(
                x.0 < next.0 && (x.1 >= next.0 + 10.0 || x.1 == right),
                "cell {i} reaches below the next"
            );
        }
        if row + 1 < n {
            let next = cells[i + n][1];
            assert!(y.0 < next.0 && (y.1 >= next.0 + 40.0 || y.1 == bottom), "row {row} from the top");
        }
    }
    assert!(cells[n - 1][0].1 == right && cells[n * n - 1][1].1 == bottom);
}

#[test]
fn what_follows_a_map_is_drawn_over_it_without_moving_its_axes() {
    let labels = |figure: &Figure| draw(figure).into_iter().filter(|t| t != "contour").collect::<Vec<_>>();
    let bare = map(2, vec![1.0; 4]);
    let contour = Layer::curve("contour", Role::Data, [(210.0, -0.9), (390.0, 0.9)]);
    let figure = bare.clone().layer(contour);
    assert_eq!(labels(&bare), labels(&figure));
    let drawing = svg(&figure, &Style::default()).unwrap();
    assert!(drawing.rfind("<polyline").unwrap() > drawing.find("<polygon").unwrap());
}

#[test]
fn a_map_without_a_logarithm_names_its_fault() {
    let mut figure = map(1, vec![1.0]);
    figure.y = figure.y.log();
    let error = svg(&figure, &Style::default()).unwrap_err().to_string();
    assert!(error.contains("rows: a logarithmic range must be positive"), "{error}");
}
