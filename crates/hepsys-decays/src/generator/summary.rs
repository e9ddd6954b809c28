use hepsys_core::Summary;
use hepsys_core::summary::{Quantity, Table};

use super::GeneratorValidation;

impl GeneratorValidation {
    /// The distances as numbers and a table.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let (mode, feature, largest) = self.largest();
        Summary::new("Generator and simulation")
            .quantity(Quantity::new("mean KS distance", self.mean(), "1"))
            .quantity(Quantity::new("largest KS distance", largest, "1"))
            .quantity(Quantity::new("mean KS distance of two samples of one distribution", self.noise(), "1"))
            .text(format!("The largest distance is that of {feature} in {mode}."))
            .table(self.table("Kolmogorov–Smirnov distances between generated and simulated events"))
    }

    /// The distances of each mode.
    fn table(&self, caption: &str) -> Table {
        let head = ["mode"].into_iter().chain(self.features().iter().map(String::as_str)).chain(["mean"]);
        let rows = self.modes().iter().zip(self.distances()).zip(self.mean_of_modes());
        let table = rows.fold(Table::new(caption, head), |table, ((mode, distances), mean)| {
            table.row(line(mode, distances.into_iter().chain([mean])))
        });
        table.row(line("mean", self.mean_of_features().into_iter().chain([self.mean()])))
    }
}

/// Several generators beside each other, such as before and after a transport, each with its name and its comparison
/// with the same simulation.
///
/// ```
/// # use hepsys_core::{Feature, Sample};
/// use hepsys_decays::generator::{GeneratorValidation, ModeSample, compare};
/// # let sample = |x: [f64; 3]| Sample::from_columns([(Feature::new("m", "GeV"), x.to_vec())]).unwrap();
/// let fast = [ModeSample::new("D0 → K π", sample([1.80, 1.86, 1.90]))?];
/// let detailed = [ModeSample::new("D0 → K π", sample([1.82, 1.87, 1.88]))?];
/// let apart = GeneratorValidation::between(&detailed, &fast)?;
/// let summary = compare("Fast and detailed simulation", &[("fast simulation", &apart)]);
/// assert_eq!(summary.title, "Fast and detailed simulation");
/// # Ok::<(), hepsys_decays::DecaysError>(())
/// ```
#[must_use]
pub fn compare(title: &str, generators: &[(&str, &GeneratorValidation)]) -> Summary {
    let Some((_, first)) = generators.first() else { return Summary::new(title) };
    let columns = first.features().iter().map(|feature| format!("{feature}, mean"));
    let head = ["generator".to_owned()].into_iter().chain(columns);
    let head = head.chain(["mean".to_owned(), "largest".to_owned(), "where".to_owned()]);
    let mut overview = Table::new("Kolmogorov–Smirnov distances to the simulation, over all modes", head);
    for (name, validation) in generators {
        let (mode, feature, largest) = validation.largest();
        // A generator of other features would have other columns.
        let features = first.features().iter().map(|feature| {
            let place = validation.features().iter().position(|own| own == feature);
            place.map_or(f64::NAN, |place| validation.mean_of_features()[place])
        });
        let mut cells = line(name, features.chain([validation.mean(), largest]));
        cells.push(format!("{feature} in {mode}"));
        overview = overview.row(cells);
    }
    let noise = Quantity::new("mean KS distance of two samples of one distribution", first.noise(), "1");
    let summary = Summary::new(title).quantity(noise).table(overview);
    generators.iter().fold(summary, |summary, (name, validation)| summary.table(validation.table(name)))
}

/// A name and its numbers.
fn line(name: &str, numbers: impl IntoIterator<Item = f64>) -> Vec<String> {
    let numbers = numbers.into_iter().map(|number| format!("{number:.3}"));
    [name.to_owned()].into_iter().chain(numbers).collect()
}
