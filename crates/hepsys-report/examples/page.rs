//! A page with the plots of a search, from made-up numbers: `cargo run -p hepsys-report --example page -- OUT_DIR`.

use hepsys_core::Binning;
use hepsys_report::summary::{Axis, Figure, Layer, Quantity, Role, Summary, Table};
use hepsys_report::{IndexEntry, JudgedQuantity, Page, StudyRecord, write_index, write_report};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let directory = std::env::args().nth(1).ok_or("usage: page OUT_DIR")?;
    let directory = std::path::Path::new(&directory);
    let record = record();
    let summary = summary()?;
    let page = Page::new(&summary)
        .record(&record)
        .meta("Device", "CPU")
        .meta("Wall time", "71 s")
        .index_at("../index.html");
    write_report(directory.join(&record.study), &page)?;
    let quick = StudyRecord::new("nplm-1d", "quick", 42, "0.1.0").quantity(JudgedQuantity::judged(
        "mean of t",
        "1",
        9.6,
        10.0,
        1.2,
    ));
    let entries = [
        IndexEntry::new(&record, &summary.title, "nplm-dibody-electron/index.html"),
        IndexEntry::new(&quick, "One-dimensional exponential with a peak in the tail", "nplm-1d/index.html"),
    ];
    write_index(directory, &entries)?;
    Ok(())
}

fn record() -> StudyRecord {
    let paper = "made up for this page";
    StudyRecord::new("nplm-dibody-electron", "quick", 42, "0.1.0")
        .quantity(
            JudgedQuantity::judged("mean of t, background only", "1", 105.62, 106.0, 4.0)
                .with_uncertainty(1.43)
                .from_source(paper),
        )
        .quantity(
            JudgedQuantity::judged("p-value of a KS test against χ²₁₀₆", "1", 0.54, 0.505, 0.495)
                .from_source(paper),
        )
        .quantity(
            JudgedQuantity::judged("median Z, Z′ of 300 GeV", "1", 1.65, 2.2, 0.3)
                .with_uncertainty(0.21)
                .from_source(paper),
        )
        .quantity(JudgedQuantity::reported("Z̄ / Z̄_ref", "1", 0.41).beside(0.48).from_source(paper))
        .quantity(JudgedQuantity::reported("toys, background only", "s", 55.2))
        .quantity(JudgedQuantity::reported("toys, Z′", "s", 12.84))
}

fn summary() -> Result<Summary, hepsys_core::CoreError> {
    Ok(Summary::new("A search for a Z′ in di-muon events at 13 TeV")
        .text(
            "The test compares data with a reference sample through a network that learns the logarithm of \
             the ratio of their densities. It is told neither the mass nor where to look.",
        )
        .heading("The test statistic")
        .text("Toys drawn from the reference give its distribution under the null hypothesis.")
        .figure(test_statistic()?)
        .quantity(Quantity::new("toys, background only", 100.0, "1"))
        .quantity(Quantity::new("mean of t", 105.62, "1").with_uncertainty(1.43))
        .quantity(Quantity::new("median p-value of the Z′ toys", 0.0497, "1").with_uncertainty(0.013))
        .heading("What the network saw")
        .figure(mass()?)
        .figure(weights())
        .table(
            Table::new("Events by region", ["region", "reference", "data", "data − reference"])
                .row(["100 – 250 GeV", "7 941 ± 89", "7 903", "−38"])
                .row(["250 – 350 GeV", "388 ± 20", "471", "83"])
                .row(["350 – 1000 GeV", "171 ± 13", "166", "−5"]),
        )
        .heading("Sensitivity")
        .figure(scan())
        .figure(efficiency())
        .heading("The nuisance parameters")
        .figure(impacts())
        .figure(correlations()))
}

/// Toys against the χ² that they should follow, and toys with a signal.
fn test_statistic() -> Result<Figure, hepsys_core::CoreError> {
    let binning = Binning::uniform(16, 60.0, 180.0)?;
    let count = |values: &[f64]| -> Result<_, hepsys_core::CoreError> {
        let weights = hepsys_core::Weights::unit(values.len());
        binning.fill("toys", values, &weights)
    };
    let null: Vec<f64> = (0..100).map(|i| chi_squared_draw(106.0, i)).collect();
    let signal: Vec<f64> = (0..40).map(|i| chi_squared_draw(106.0, i + 500) + 24.0).collect();
    let signal = count(&signal)?;
    // As many as there are null toys, for the eye.
    let scaled: Vec<f64> = signal.yields().iter().map(|n| n * 2.5).collect();
    let density = |t: f64| 100.0 * 7.5 * chi_squared_density(106, t);
    let curve = (0..=240).map(|i| 60.0 + 0.5 * f64::from(i)).map(|t| (t, density(t)));
    Ok(Figure::new(
        "t-null",
        "Test statistic of 100 background-only toys (points) against χ² with 106 degrees of freedom (line), and \
         of 40 toys with 120 events of a Z′ of 300 GeV (dashed, scaled to 100 toys).",
        Axis::new("t", ""),
        Axis::new("toys / 7.5", ""),
    )
    .layer(Layer::Histogram {
        label: "Z′ toys".to_owned(),
        role: Role::Signal,
        edges: binning.edges().to_vec(),
        values: scaled,
        errors: Vec::new(),
        is_filled: false,
    })
    .layer(Layer::curve("χ²₁₀₆", Role::Expectation, curve))
    .layer(Layer::points("background-only toys", Role::Data, &count(&null)?))
    .layer(Layer::VerticalLine { label: "median of Z′ toys".to_owned(), role: Role::Signal, x: 129.1 }))
}

/// Data over a filled reference, with the ratio and what the network learnt below.
fn mass() -> Result<Figure, hepsys_core::CoreError> {
    let binning = Binning::logarithmic(24, 100.0, 1000.0)?;
    let reference: Vec<f64> = binning
        .edges()
        .windows(2)
        .map(|e| 8.2e8 * (e[0].powi(-3) - e[1].powi(-3)) * (1.0 + 100.0 / e[0]) * 6.0)
        .collect();
    let peak = |m: f64| 95.0 * (-0.5 * ((m - 300.0) / 18.0).powi(2)).exp();
    let centers = binning.centers();
    let data: Vec<f64> = reference
        .iter()
        .zip(&centers)
        .enumerate()
        .map(|(i, (r, m))| (r + peak(*m) + (r + peak(*m)).sqrt() * normal_draw(i + 31)).round().max(0.0))
        .collect();
    let poisson = |n: f64| ((n + 0.25).sqrt() - 0.5, (n + 0.75).sqrt() + 0.5);
    let half: Vec<f64> = binning.widths().iter().map(|w| 0.5 * w).collect();
    let filled: Vec<usize> = (0..data.len()).filter(|&i| data[i] > 0.0).collect();
    let pick = |f: &dyn Fn(usize) -> f64| filled.iter().map(|&i| f(i)).collect::<Vec<f64>>();
    let relative: Vec<f64> = reference.iter().map(|r| 0.03 + 0.35 / r.sqrt()).collect();
    let learned =
        |m: f64| 1.0 + 0.34 * (-0.5 * ((m - 304.0) / 34.0).powi(2)).exp() - 0.015 * (m / 180.0).ln();
    Ok(Figure::new(
        "m12",
        "Invariant mass, which the network never sees as an input. Below, data and the learned ratio over the \
         reference; the hatched band is the statistical uncertainty of the reference.",
        Axis::new("m₁₂", "GeV").log().range(100.0, 1000.0),
        Axis::new("events / bin", "").log(),
    )
    .layer(Layer::Histogram {
        label: "reference".to_owned(),
        role: Role::Reference,
        edges: binning.edges().to_vec(),
        values: reference.clone(),
        errors: reference.iter().zip(&relative).map(|(r, e)| r * e).collect(),
        is_filled: true,
    })
    .layer(Layer::Histogram {
        label: "Z′ (300 GeV)".to_owned(),
        role: Role::Signal,
        edges: binning.edges().to_vec(),
        values: centers.iter().map(|m| peak(*m)).collect(),
        errors: Vec::new(),
        is_filled: false,
    })
    .layer(Layer::Points {
        label: "data".to_owned(),
        role: Role::Data,
        x: pick(&|i| centers[i]),
        y: pick(&|i| data[i]),
        y_errors: filled.iter().map(|&i| poisson(data[i])).collect(),
        x_errors: pick(&|i| half[i]),
    })
    .lower(
        Axis::new("ratio", "").range(0.4, 1.9),
        [
            Layer::Histogram {
                label: String::new(),
                role: Role::Reference,
                edges: binning.edges().to_vec(),
                values: vec![1.0; relative.len()],
                errors: relative,
                is_filled: false,
            },
            Layer::Points {
                label: String::new(),
                role: Role::Data,
                x: pick(&|i| centers[i]),
                y: pick(&|i| data[i] / reference[i]),
                y_errors: filled
                    .iter()
                    .map(|&i| (poisson(data[i]).0 / reference[i], poisson(data[i]).1 / reference[i]))
                    .collect(),
                x_errors: pick(&|i| half[i]),
            },
            Layer::curve(
                "learned",
                Role::Fit,
                (0..=180).map(|i| 100.0 * 10f64.powf(f64::from(i) / 180.0)).map(|m| (m, learned(m))),
            ),
        ],
    ))
}

/// The learned ratio as a function of two quantities, with the region of the signal drawn over it.
fn weights() -> Figure {
    let n = 30;
    let (mass, angle) = ((200.0, 400.0), (-1.0, 1.0));
    let center = |i: usize, (low, high): (f64, f64)| low + (i as f64 + 0.5) / n as f64 * (high - low);
    let ratio = |m: f64, cos: f64| {
        let peak = (-0.5 * (((m - 304.0) / 24.0).powi(2) + ((cos - 0.25) / 0.45).powi(2))).exp();
        // Where the detector sees nothing there is no reference.
        if cos.abs() > 0.7 + 0.002 * (m - 200.0) {
            f64::NAN
        } else {
            0.97 + 0.21 * peak - 0.13 * cos * (m - 200.0) / 200.0
        }
    };
    let ellipse = |size: f64| {
        let turn = (0..=120).map(|i| std::f64::consts::TAU * f64::from(i) / 120.0);
        turn.map(move |t| (300.0 + size * 18.0 * t.cos(), 0.2 + size * 0.4 * t.sin()))
    };
    Figure::new(
        "weights",
        "The learned ratio of data to reference in mass and angle, where the reference has events. The lines hold \
         39 % and 86 % of the signal.",
        Axis::new("m₁₂", "GeV"),
        Axis::new("cos θ*", ""),
    )
    .layer(Layer::map(
        "data / reference",
        mass,
        angle,
        n,
        (0..n * n).map(|at| ratio(center(at % n, mass), center(at / n, angle))).collect(),
        (1.0, 0.2),
    ))
    .layer(Layer::curve("Z′, 39 %", Role::Data, ellipse(1.0)))
    .layer(Layer::curve("Z′, 86 %", Role::Data, ellipse(2.0)))
}

/// An expected limit with its bands.
fn scan() -> Figure {
    let masses: Vec<f64> = (0..=30).map(|i| 200.0 + 20.0 * f64::from(i)).collect();
    let expected = |m: f64| 55.0 * (-(m - 200.0) / 210.0).exp() + 3.2;
    let scaled = |factor: f64| masses.iter().map(|m| factor * expected(*m)).collect::<Vec<f64>>();
    let band = |label: &str, role, low, high| Layer::Band {
        label: label.to_owned(),
        role,
        x: masses.clone(),
        lower: scaled(low),
        upper: scaled(high),
    };
    let observed = masses.iter().enumerate().map(|(i, m)| {
        (
            *m,
            expected(*m)
                * (1.0 + 0.9 * (-0.5 * ((m - 300.0) / 25.0).powi(2)).exp() + 0.12 * normal_draw(i + 7)),
        )
    });
    Figure::new(
        "limit",
        "Upper limit at 95 % confidence level on the number of signal events, observed and expected, with the \
         bands of one and two standard deviations.",
        Axis::new("m(Z′)", "GeV"),
        Axis::new("upper limit on N(S)", "").log(),
    )
    .layer(band("expected ± 2σ", Role::Reference, 0.52, 1.9))
    .layer(band("expected ± 1σ", Role::Fit, 0.72, 1.38))
    .layer(Layer::Curve {
        label: "expected".to_owned(),
        role: Role::Expectation,
        x: masses.clone(),
        y: scaled(1.0),
        is_dashed: true,
    })
    .layer(Layer::curve("observed", Role::Data, observed))
}

/// Few points with unequal errors, and one that cannot be placed.
fn efficiency() -> Figure {
    Figure::new(
        "power",
        "Power at a false-positive rate of 5 % against the number of signal events.",
        Axis::new("N(S)", ""),
        Axis::new("power", "").range(0.0, 1.15),
    )
    .layer(Layer::HorizontalLine { label: "no sensitivity".to_owned(), role: Role::Reference, y: 0.05 })
    .layer(Layer::Points {
        label: "learned alternative".to_owned(),
        role: Role::Data,
        x: vec![30.0, 60.0, 90.0, 120.0, 180.0, 240.0],
        y: vec![0.07, 0.13, 0.29, 0.5, f64::NAN, 0.97],
        y_errors: vec![(0.03, 0.05), (0.04, 0.06), (0.07, 0.08), (0.09, 0.09), (0.0, 0.0), (0.05, 0.02)],
        x_errors: Vec::new(),
    })
    .layer(Layer::Points {
        label: "known signal".to_owned(),
        role: Role::Fit,
        x: vec![30.0, 60.0, 90.0, 120.0, 180.0, 240.0],
        y: vec![0.21, 0.48, 0.74, 0.91, 0.99, 1.0],
        y_errors: vec![(0.06, 0.07), (0.09, 0.09), (0.08, 0.07), (0.07, 0.04), (0.03, 0.01), (0.02, 0.0)],
        x_errors: Vec::new(),
    })
}

const PARAMETERS: [&str; 5] = [
    "momentum scale, barrel",
    "momentum scale, endcaps",
    "resolution",
    "luminosity",
    "Drell–Yan, QCD scales",
];

/// What each parameter does to the signal.
fn impacts() -> Figure {
    let places: Vec<f64> = (0..5).map(f64::from).collect();
    let sizes = [0.21, 0.16, -0.09, 0.05, -0.02];
    let bars = |label: &str, role, factor: f64, is_filled| Layer::Bars {
        label: label.to_owned(),
        role,
        y: places.clone(),
        from: vec![0.0; 5],
        to: sizes.iter().map(|size| factor * size).collect(),
        is_filled,
    };
    Figure::new(
        "impacts",
        "How far the signal moves with each parameter, after the fit (filled) and before it.",
        Axis::new("impact on μ", "").range(-0.3, 0.3),
        Axis::categories("", PARAMETERS),
    )
    .layer(bars("+1σ post-fit", Role::Fit, 0.9, true))
    .layer(bars("−1σ post-fit", Role::Other, -0.95, true))
    .layer(bars("+1σ pre-fit", Role::Fit, 1.1, false))
    .layer(bars("−1σ pre-fit", Role::Other, -1.2, false))
}

/// A matrix with one value that is missing.
fn correlations() -> Figure {
    let value = |i: usize, k: usize| match i.abs_diff(k) {
        0 => 1.0,
        4 => f64::NAN,
        n => 0.9 * normal_draw(i + k).tanh() / n as f64,
    };
    Figure::new(
        "correlations",
        "The correlations of the parameters.",
        Axis::categories("", PARAMETERS),
        Axis::categories("", PARAMETERS),
    )
    .layer(Layer::heat_map("correlation", 5, (0..25).map(|at| value(at / 5, at % 5)).collect(), 1.0))
}

/// Made-up numbers that spread as a standard normal, the same in every run.
fn normal_draw(i: usize) -> f64 {
    let n = i as f64 + 1.0;
    let (u, v) = ((n * 0.618_033_988_749_895).fract(), (n * 0.754_877_666_246_693).fract());
    (-2.0 * u.max(1e-12).ln()).sqrt() * (std::f64::consts::TAU * v).cos()
}

/// Wilson and Hilferty's approximation.
fn chi_squared_draw(dof: f64, i: usize) -> f64 {
    let spread = 2.0 / (9.0 * dof);
    dof * (1.0 - spread + normal_draw(i) * spread.sqrt()).powi(3)
}

/// The density of χ² with an even number of degrees of freedom.
fn chi_squared_density(dof: u32, t: f64) -> f64 {
    let half = f64::from(dof / 2);
    let ln_gamma: f64 = (1..dof / 2).map(|i| f64::from(i).ln()).sum();
    ((half - 1.0) * t.ln() - t / 2.0 - half * 2f64.ln() - ln_gamma).exp()
}
