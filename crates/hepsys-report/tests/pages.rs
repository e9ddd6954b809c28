//! What readers find on a page, and what is left on disk.

use hepsys_report::summary::{Axis, Figure, Layer, Quantity, Role, Summary, Table};
use hepsys_report::{
    IndexEntry, JudgedQuantity, Page, StudyRecord, index, write_file, write_index, write_report,
};

fn figure(name: &str) -> Figure {
    Figure::new(name, "A <line> & more.", Axis::new("x", "GeV"), Axis::new("y", "")).layer(Layer::curve(
        "line",
        Role::Fit,
        [(0.0, 1.0), (1.0, 2.0)],
    ))
}

fn record() -> StudyRecord {
    StudyRecord::new("study", "quick", 42, "0.1.0")
        .quantity(JudgedQuantity::judged("good", "1", 1.0, 1.0, 0.1))
        .quantity(JudgedQuantity::judged("bad", "GeV", 2.0, 1.0, 0.1))
        .quantity(JudgedQuantity::reported("time", "s", 3.0))
}

fn summary() -> Summary {
    Summary::new("<script>alert(1)</script>")
        .heading("First & last")
        .text("a < b")
        .quantity(Quantity::new("m", 91.19, "GeV").with_uncertainty(0.02))
        .table(Table::new("T", ["a"]).row(["<i>"]))
        .figure(figure("t"))
        .figure(figure("t"))
}

fn parse(html: &str) -> roxmltree::Document<'_> {
    let options = roxmltree::ParsingOptions { allow_dtd: true, ..Default::default() };
    roxmltree::Document::parse_with_options(html, options).unwrap()
}

#[test]
fn a_page_begins_with_its_verdicts_in_words() {
    let (summary, record) = (summary(), record());
    let html = Page::new(&summary).record(&record).html();
    let document = parse(&html);
    let first = document.descendants().find(|n| n.has_tag_name("table")).unwrap();
    let words: Vec<String> = first
        .descendants()
        .filter(|n| n.has_tag_name("span"))
        .map(|n| n.text().unwrap().to_owned())
        .collect();
    assert_eq!(words, ["✓ pass", "✗ fail", "– reported"]);
    assert!(html.contains("2 quantities judged, 1 outside tolerance; 1 reported only."));
}

#[test]
fn a_page_asks_for_nothing_from_outside() {
    let (summary, record) = (summary(), record());
    let html = Page::new(&summary).record(&record).html();
    let document = parse(&html);
    for node in document.descendants() {
        for attribute in node.attributes() {
            let is_address = matches!(attribute.name(), "src" | "href");
            assert!(!is_address || attribute.value().starts_with('#'), "{}", attribute.value());
        }
        assert!(!node.has_tag_name("link") && !node.has_tag_name("img"));
        let is_data = node.attribute("type") == Some("application/json");
        assert!(!node.has_tag_name("script") || is_data);
    }
    assert!(!html.contains("url(") && !html.contains("@import"));
}

#[test]
fn figures_are_numbered_described_and_linked() {
    let summary = summary();
    let html = Page::new(&summary).html();
    let document = parse(&html);
    let figures: Vec<_> = document.descendants().filter(|n| n.has_tag_name("figure")).collect();
    assert_eq!(figures.len(), 2);
    for (figure, (id, number)) in figures.iter().zip([("figure-t", "Figure 1."), ("figure-t-2", "Figure 2.")])
    {
        assert_eq!(figure.attribute("id"), Some(id));
        assert!(figure.descendants().any(|n| n.text() == Some(number)));
        let svg = figure.children().find(|n| n.has_tag_name(("http://www.w3.org/2000/svg", "svg"))).unwrap();
        assert_eq!(svg.attribute("role"), Some("img"));
        assert!(
            svg.descendants()
                .any(|n| n.tag_name().name() == "desc" && n.text().unwrap().contains("A <line> & more."))
        );
    }
}

#[test]
fn markup_in_a_summary_is_shown_not_run() {
    let summary = summary();
    let html = Page::new(&summary).html();
    assert!(!html.contains("<script>alert"));
    assert!(html.contains("<h1>&lt;script&gt;alert(1)&lt;/script&gt;</h1>"));
    let document = parse(&html);
    let data = document.descendants().find(|n| n.attribute("id") == Some("summary-data")).unwrap();
    let read: Summary = serde_json::from_str(data.text().unwrap()).unwrap();
    assert_eq!(read, summary);
}

#[test]
fn a_figure_that_cannot_be_drawn_is_replaced_by_the_reason() {
    let mut broken = figure("broken");
    broken.x.range = Some((1.0, 0.0));
    let summary = Summary::new("Title").figure(broken);
    let html = Page::new(&summary).html();
    assert!(html.contains("could not be drawn") && html.contains("must rise"), "{html}");
    let directory = tempfile::tempdir().unwrap();
    write_report(directory.path(), &Page::new(&summary)).unwrap();
    assert!(!directory.path().join("figures/broken.svg").exists());
}

#[test]
fn a_page_says_what_it_is_about_before_it_gives_its_verdict() {
    let summary = Summary::new("T").text("About this page.").heading("Details").text("More.");
    let record = record();
    let page = Page::new(&summary).record(&record);
    for (text, verdict) in [(page.html(), "id=\"verdict\""), (page.markdown(), "✓ pass")] {
        let at = |what: &str| text.find(what).unwrap();
        assert!(at("About this page.") < at(verdict) && at(verdict) < at("More."), "{text}");
        assert_eq!(
            text.matches("<p>About this page.</p>").count(),
            usize::from(text.starts_with("<!DOCTYPE"))
        );
    }
}

#[test]
fn a_report_leaves_whole_files_and_no_remains() {
    let directory = tempfile::tempdir().unwrap();
    let (summary, record) = (summary(), record());
    let page = Page::new(&summary).record(&record);
    write_report(directory.path(), &page).unwrap();
    std::fs::write(directory.path().join("figures/of-an-earlier-page.svg"), "").unwrap();
    write_report(directory.path(), &page).unwrap();
    let names = |path: &std::path::Path| {
        let mut names: Vec<String> = std::fs::read_dir(path)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    };
    assert_eq!(
        names(directory.path()),
        ["figures", "index.html", "report.json", "report.md", "summary.json"]
    );
    assert_eq!(names(&directory.path().join("figures")), ["t-2.svg", "t.svg"]);
}

#[test]
fn a_file_that_cannot_be_written_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let taken = directory.path().join("taken");
    std::fs::write(&taken, "").unwrap();
    let error = write_file(taken.join("page.html"), "text").unwrap_err();
    assert!(error.to_string().contains("taken"), "{error}");
}

#[test]
fn the_index_counts_verdicts_and_links_to_the_pages() {
    let entries = [
        IndexEntry::new(&record(), "A & B", "study/index.html"),
        IndexEntry::new(&StudyRecord::new("empty", "full", 1, "0.1.0"), "Nothing judged", "empty/index.html"),
    ];
    let html = index(&entries);
    let document = parse(&html);
    let rows: Vec<String> = document
        .descendants()
        .filter(|n| n.has_tag_name("span"))
        .map(|n| n.text().unwrap().to_owned())
        .collect();
    assert_eq!(rows, ["✗ fail", "– reported"]);
    assert!(html.contains("2 studies. 2 quantities judged, 1 outside tolerance; 1 reported only."));
    assert!(html.contains("<a href=\"study/index.html\">study</a>"));
    let directory = tempfile::tempdir().unwrap();
    write_index(directory.path(), &entries).unwrap();
    assert_eq!(std::fs::read_to_string(directory.path().join("index.html")).unwrap(), html);
}

#[test]
fn the_data_of_a_figure_have_the_names_of_its_axes() {
    let names = || Axis::categories("", ["scale <A>", "luminosity"]);
    let matrix = Layer::heat_map("correlation", 2, vec![1.0, -0.5, -0.5, 1.0], 1.0);
    let bars = Layer::Bars {
        label: "up".into(),
        role: Role::Fit,
        y: vec![1.0],
        from: vec![0.0],
        to: vec![0.25],
        is_filled: true,
    };
    let figure = Figure::new("f", "", names(), names()).layer(matrix).layer(bars);
    let html = Page::new(&Summary::new("Names").figure(figure)).html();
    assert!(html.contains("<th scope=\"col\">scale &lt;A&gt;</th><th scope=\"col\">luminosity</th>"));
    assert!(html.contains("<td>luminosity</td><td>-0.5</td><td>1</td>"));
    assert!(html.contains("<td>luminosity</td><td>0</td><td>0.25</td>"));
}

#[test]
fn the_data_of_a_map_are_the_centres_of_its_cells_and_their_values() {
    let data = |x: Axis| {
        let map =
            Layer::map("weight", (1.0, 100.0), (-1.0, 1.0), 2, vec![0.9, 1.1, 1.2, f64::NAN], (1.0, 0.2));
        let figure = Figure::new("f", "", x, Axis::new("cos θ", "")).layer(map);
        Page::new(&Summary::new("Map").figure(figure)).html()
    };
    let linear = data(Axis::new("m", "GeV"));
    assert!(linear.contains("<th scope=\"col\">x</th><th scope=\"col\">y</th><th scope=\"col\">value</th>"));
    for row in
        ["25.75</td><td>-0.5</td><td>0.9", "75.25</td><td>-0.5</td><td>1.1", "75.25</td><td>0.5</td><td>NaN"]
    {
        assert!(linear.contains(row), "{row}");
    }
    // The geometric mean of 1 and 10.
    assert!(data(Axis::new("m", "GeV").log()).contains("<td>3.162278</td><td>-0.5</td><td>0.9</td>"));
}
