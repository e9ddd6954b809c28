use super::axis::Places;
use super::{Efficiency, EfficiencyMap, MapAxis};

/// The first line of a table.
pub(super) const FIRST_LINE: &str = "# hepsys efficiency map, version 1";

/// What the line of an axis begins with.
pub(super) const AXIS: &str = "# axis";

/// The numbers of a line, after its cell.
pub(super) const NUMBERS: [&str; 6] =
    ["efficiency", "uncertainty", "passed", "passed_squares", "failed", "failed_squares"];

impl EfficiencyMap {
    /// The map as comma-separated values: the axes as comments, then a line for each cell with events.
    ///
    /// A line has the lower and upper edge of each bin or the name of each category, the efficiency with its uncertainty, and the
    /// sums of weights and of their squares of events that pass and of those that fail, from which both follow. Numbers are
    /// written so that they are read back as they were.
    ///
    /// ```
    /// use hepsys_adversarial::{Binning, EfficiencyMap, Feature, MapAxis, Sample};
    /// let mut map = EfficiencyMap::new([MapAxis::bins("pt", "GeV", Binning::new([0.0, 50.0, 100.0])?)?])?;
    /// let events = Sample::from_columns([(Feature::new("pt", "GeV"), vec![60.0, 70.0, 80.0, 90.0])])?;
    /// map.fill(&events, &[true, true, false, false])?;
    /// assert_eq!(map.to_csv(), "\
    /// ## hepsys efficiency map, version 1
    /// ## axis,pt,GeV,bins,0,50,100
    /// pt_low,pt_high,efficiency,uncertainty,passed,passed_squares,failed,failed_squares
    /// 50,100,0.5,0.25,2,2,2,2
    /// ");
    /// # Ok::<(), hepsys_adversarial::AdversarialError>(())
    /// ```
    #[must_use]
    pub fn to_csv(&self) -> String {
        let mut lines = vec![FIRST_LINE.to_owned()];
        lines.extend(self.axes.iter().map(|axis| {
            let (kind, places): (_, Vec<String>) = match &axis.places {
                Places::Bins(bins) => ("bins", bins.edges().iter().map(f64::to_string).collect()),
                Places::Categories(categories) => ("categories", categories.clone()),
            };
            format!("{AXIS},{},{},{kind},{}", axis.name, axis.unit, places.join(","))
        }));
        lines.push(self.headers().join(","));
        for (&cell, tally) in &self.cells {
            let Efficiency { value, sigma, .. } = Efficiency::of(tally);
            let numbers =
                [value, sigma, tally.passed, tally.passed_squares, tally.failed, tally.failed_squares];
            let words = self.words(cell).into_iter().chain(numbers.iter().map(f64::to_string));
            lines.push(words.collect::<Vec<_>>().join(","));
        }
        lines.push(String::new());
        lines.join("\n")
    }

    /// The bins and categories of a cell.
    fn words(&self, mut cell: usize) -> Vec<String> {
        let mut of_axes = Vec::with_capacity(self.axes.len());
        for axis in self.axes.iter().rev() {
            of_axes.push(words(axis, cell % axis.n_places()));
            cell /= axis.n_places();
        }
        of_axes.into_iter().rev().flatten().collect()
    }
}

fn words(axis: &MapAxis, place: usize) -> Vec<String> {
    match &axis.places {
        Places::Bins(bins) => bins.edges()[place..place + 2].iter().map(f64::to_string).collect(),
        Places::Categories(categories) => vec![categories[place].clone()],
    }
}
