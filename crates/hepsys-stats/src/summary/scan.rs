use hepsys_core::summary::{Axis, Figure, Layer, Role, Summary, Table};

use super::{level_line, number, number_or_dash};
use crate::fit::{PlaneScan, Scan};

/// The name of the vertical axis of a profile.
const RISE: &str = "−2 Δ ln L";

impl Scan {
    /// The profile with its intervals at these levels, such as 1 and 3.84.
    ///
    /// Points that did not converge are named and not drawn.
    #[must_use]
    pub fn summary(&self, levels: &[f64]) -> Summary {
        let mut summary = Summary::new(format!("Profile of {}", self.name));
        for failed in self.failed() {
            let place = format!("{} = {}", self.name, number(failed.value));
            summary = summary.text(format!("The fit at {place} did NOT converge: {}.", failed.status));
        }
        if let Some(deeper) = self.deeper() {
            let (value, depth) = (number(deeper.value), number(-deeper.rise));
            summary = summary.text(format!(
                "At {} = {value} the profile is {depth} below the best fit, which is not the global minimum.",
                self.name
            ));
        }
        let caption = format!("Where the profile of {} is below a level.", self.name);
        let mut table = Table::new(caption, ["level", "from", "to"]);
        for &level in levels {
            match self.intervals(level) {
                Ok(intervals) => {
                    for interval in intervals {
                        let ends = [interval.low, interval.high].map(number_or_dash);
                        table = table.row([number(level), ends[0].clone(), ends[1].clone()]);
                    }
                }
                Err(error) => table = table.row([number(level), error.to_string(), String::new()]),
            }
        }
        summary.table(table).figure(self.figure(levels))
    }

    fn figure(&self, levels: &[f64]) -> Figure {
        let mut caption = format!(
            "Twice the negative log-likelihood above its minimum along {}, all other parameters at their best.",
            self.name
        );
        if !levels.is_empty() {
            caption.push_str(&format!(" The horizontal lines are at {}.", list(levels)));
        }
        let (x, y) = (Axis::new(&self.name, ""), Axis::new(RISE, ""));
        let points = self.points.iter().filter(|p| p.is_converged).map(|p| (p.value, p.rise));
        let mut figure = Figure::new(format!("scan-{}", slug(&self.name)), caption, x, y)
            .layer(Layer::curve("profile", Role::Data, points))
            .layer(Layer::VerticalLine { label: "best fit".into(), role: Role::Fit, x: self.best });
        for &level in levels {
            figure = figure.layer(level_line(String::new(), level));
        }
        figure
    }
}

impl PlaneScan {
    /// The contours of these levels, such as [`CONTOUR_LEVELS`](crate::fit::CONTOUR_LEVELS), and the best fit.
    ///
    /// Points that did not converge are named.
    #[must_use]
    pub fn summary(&self, levels: &[f64]) -> Summary {
        let [first, second] = &self.names;
        let mut summary = Summary::new(format!("Profile of {first} and {second}"));
        for ([x, y], failed) in self.failed() {
            let place = format!("{first} = {}, {second} = {}", number(x), number(y));
            summary = summary.text(format!("The fit at {place} did NOT converge: {}.", failed.status));
        }
        if let Some(([x, y], deeper)) = self.deeper() {
            let place = format!("{first} = {}, {second} = {}", number(x), number(y));
            summary = summary.text(format!(
                "At {place} the profile is {} below the best fit, which is not the global minimum.",
                number(-deeper.rise)
            ));
        }
        let caption =
            format!("Where twice the negative log-likelihood is above its minimum by {}.", list(levels));
        let name = format!("contours-{}-{}", slug(first), slug(second));
        let mut figure = Figure::new(name, caption, Axis::new(first, ""), Axis::new(second, ""));
        for (i, &level) in levels.iter().enumerate() {
            for (k, contour) in self.contours(level).into_iter().enumerate() {
                let (x, y) = contour.points.into_iter().unzip();
                let label = if k == 0 { format!("{RISE} = {level}") } else { String::new() };
                figure = figure.layer(Layer::Curve { label, role: Role::Data, x, y, is_dashed: i > 0 });
            }
        }
        let best = Layer::Points {
            label: "best fit".into(),
            role: Role::Fit,
            x: vec![self.best[0]],
            y: vec![self.best[1]],
            y_errors: Vec::new(),
            x_errors: Vec::new(),
        };
        summary.figure(figure.layer(best))
    }
}

fn list(levels: &[f64]) -> String {
    levels.iter().map(f64::to_string).collect::<Vec<_>>().join(", ")
}

/// A name that files and links can have.
pub(super) fn slug(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect()
}
