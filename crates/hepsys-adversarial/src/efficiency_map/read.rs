use hepsys_core::Binning;

use super::axis::Places;
use super::write::{AXIS, FIRST_LINE, NUMBERS};
use super::{Efficiency, EfficiencyMap, MapAxis};
use crate::AdversarialError;
use crate::fraction::Tally;

/// How far what a line says of its efficiency may be from what follows from its sums.
const ROUNDING: f64 = 1e-9;

impl EfficiencyMap {
    /// Reads a map from comma-separated values, as [`to_csv`](Self::to_csv) writes them.
    ///
    /// # Errors
    ///
    /// [`AdversarialError::BadTable`] with the line that does not make sense: another version, an axis that is none, a column
    /// that is not that of the axes, a bin or a category that no axis has, sums that no weights have, an efficiency that does not
    /// follow from them, or a cell that was there before.
    pub fn from_csv(text: &str) -> Result<Self, AdversarialError> {
        let mut lines = (1..).zip(text.lines());
        if lines.next().is_none_or(|(_, line)| line != FIRST_LINE) {
            return Err(bad(1, format!("expected \"{FIRST_LINE}\"")));
        }
        let mut axes = Vec::new();
        let (mut map, mut n_last) = (None, 1);
        for (number, line) in lines.by_ref() {
            n_last = number;
            let Some(rest) = line.strip_prefix(AXIS) else {
                let found = Self::new(axes.drain(..)).map_err(|error| bad(number, error))?;
                let headers = found.headers().join(",");
                if line != headers {
                    return Err(bad(number, format!("expected the columns {headers}")));
                }
                map = Some(found);
                break;
            };
            axes.push(axis(rest).map_err(|problem| bad(number, problem))?);
        }
        let mut map = map.ok_or_else(|| bad(n_last, "the names of the columns are missing after it"))?;
        for (number, line) in lines.filter(|(_, line)| !line.is_empty()) {
            let (cell, tally) = map.line(line).map_err(|problem| bad(number, problem))?;
            if map.cells.insert(cell, tally).is_some() {
                return Err(bad(number, "the cell stands in a line before"));
            }
        }
        Ok(map)
    }

    /// The cell of a line, and its sums.
    fn line(&self, line: &str) -> Result<(usize, Tally), String> {
        let words: Vec<&str> = line.split(',').collect();
        let n_words = self.axes.iter().map(|axis| axis.headers().len()).sum::<usize>() + NUMBERS.len();
        if words.len() != n_words {
            return Err(format!("expected {n_words} values, found {}", words.len()));
        }
        let (mut cell, mut rest) = (0, words.as_slice());
        for axis in &self.axes {
            let (of_axis, others) = rest.split_at(axis.headers().len());
            let place = place(axis, of_axis)?;
            (cell, rest) = (cell * axis.n_places() + place, others);
        }
        let mut numbers = [0.0; NUMBERS.len()];
        for ((to, word), name) in numbers.iter_mut().zip(rest).zip(NUMBERS) {
            *to = number(word).map_err(|problem| format!("{name}: {problem}"))?;
        }
        let [value, sigma, passed, passed_squares, failed, failed_squares] = numbers;
        let tally = Tally { passed, passed_squares, failed, failed_squares };
        for (name, sum, squares) in [("passed", passed, passed_squares), ("failed", failed, failed_squares)] {
            // Squares of weights add up to the square of their sum at most.
            let is_right = sum >= 0.0 && squares >= 0.0 && squares <= sum * sum * (1.0 + ROUNDING);
            if !is_right || (sum > 0.0) != (squares > 0.0) {
                return Err(format!("no weights have the sums {sum} and {squares}, as {name} ones would"));
            }
        }
        let follows = Efficiency::of(&tally);
        let all = [follows.value, follows.sigma, follows.n_effective];
        if !(tally.total() > 0.0 && all.iter().all(|number| number.is_finite()) && follows.n_effective > 0.0)
        {
            return Err("no efficiency follows from the sums".to_owned());
        }
        if (value - follows.value).abs() > ROUNDING || (sigma - follows.sigma).abs() > ROUNDING {
            let [value_of_sums, sigma_of_sums, _] = all;
            return Err(format!(
                "{value} ± {sigma} is not {value_of_sums} ± {sigma_of_sums}, as the sums say"
            ));
        }
        Ok((cell, tally))
    }
}

fn bad(line: usize, problem: impl std::fmt::Display) -> AdversarialError {
    AdversarialError::BadTable { line, problem: problem.to_string() }
}

fn number(word: &str) -> Result<f64, String> {
    match word.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(number),
        _ => Err(format!("{word:?} is no finite number")),
    }
}

/// An axis from what follows the mark of its line.
fn axis(rest: &str) -> Result<MapAxis, String> {
    let words: Vec<&str> = rest.split(',').collect();
    let ["", name, unit, kind, places @ ..] = words.as_slice() else {
        return Err(format!("expected \"{AXIS},name,unit,kind,…\""));
    };
    let axis = match *kind {
        "bins" => {
            let edges = places.iter().map(|word| number(word)).collect::<Result<Vec<f64>, _>>()?;
            let bins = Binning::new(edges).map_err(|error| error.to_string())?;
            MapAxis::bins(*name, *unit, bins)
        }
        "categories" if unit.is_empty() => MapAxis::categories(*name, places.iter().copied()),
        "categories" => return Err("categories have no unit".to_owned()),
        other => return Err(format!("an axis has bins or categories, not {other:?}")),
    };
    axis.map_err(|error| error.to_string())
}

/// Which bin or category of an axis the words of a line say.
fn place(axis: &MapAxis, words: &[&str]) -> Result<usize, String> {
    let found = match &axis.places {
        Places::Categories(categories) => categories.iter().position(|category| category == words[0]),
        Places::Bins(bins) => {
            let (low, high) = (number(words[0])?, number(words[1])?);
            let is_it = |place: &usize| bins.edges()[*place] == low && bins.edges()[place + 1] == high;
            bins.index_of(low).filter(is_it)
        }
    };
    found.ok_or_else(|| format!("the axis {} has no {}", axis.name, words.join(" to ")))
}
