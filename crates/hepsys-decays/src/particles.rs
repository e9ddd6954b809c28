//! Particles by their names in EvtGen.

use std::collections::HashMap;

use serde::Deserialize;

use crate::DecaysError;

/// What is known of a particle, whatever it decays to.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ParticleProperties {
    /// Its name in EvtGen, such as `anti-K*0`.
    pub name: String,
    /// The name of its antiparticle; its own if it is its own.
    pub antiparticle: String,
    /// Its number in the scheme of the Particle Data Group.
    pub pdg_id: i64,
    /// Its mass in GeV.
    pub mass: f64,
    /// Its width in GeV.
    pub width: f64,
    /// Its charge in units of the positron's.
    pub charge: i32,
}

/// The particles that decay tables speak of.
///
/// ```
/// use hepsys_decays::ParticleTable;
/// let text = "name,antiparticle,pdg_id,mass,width,charge\n\
///             K+,K-,321,0.493677,5.3e-17,1\n\
///             K-,K+,-321,0.493677,5.3e-17,-1\n";
/// let particles = ParticleTable::from_csv("particles.csv", text)?;
/// assert_eq!(particles.get("K-").unwrap().charge, -1);
///
/// let error = ParticleTable::from_csv("particles.csv", &text.replace(",-1\n", ",minus\n")).unwrap_err();
/// assert!(error.to_string().starts_with("particles.csv, line 3"));
/// # Ok::<(), hepsys_decays::DecaysError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ParticleTable {
    rows: Vec<ParticleProperties>,
    by_name: HashMap<String, usize>,
}

/// A row of a file; its columns may stand in any order.
#[derive(Debug, Deserialize)]
struct Row {
    name: String,
    antiparticle: String,
    pdg_id: i64,
    mass: Option<f64>,
    width: Option<f64>,
    charge: Option<i32>,
}

impl ParticleTable {
    /// Reads comma-separated values with the columns `name`, `antiparticle`, `pdg_id`, `mass`, `width` (both in GeV) and `charge`.
    ///
    /// Other columns are passed over, and so are rows without a mass or a charge, such as quarks. `file` is for errors.
    ///
    /// # Errors
    ///
    /// [`DecaysError::Syntax`] for a row that is none, and for a particle that is there twice.
    pub fn from_csv(file: &str, text: &str) -> Result<Self, DecaysError> {
        let mut reader =
            csv::ReaderBuilder::new().trim(csv::Trim::All).comment(Some(b'#')).from_reader(text.as_bytes());
        let mut table = Self::default();
        let headers = reader.headers().map_err(|error| bad_row(file, &error))?.clone();
        let mut record = csv::StringRecord::new();
        while reader.read_record(&mut record).map_err(|error| bad_row(file, &error))? {
            let line = record.position().map_or(0, csv::Position::line) as usize;
            let row: Row = record.deserialize(Some(&headers)).map_err(|error| bad_row(file, &error))?;
            let (Some(mass), Some(charge)) = (row.mass, row.charge) else { continue };
            let width = row.width.unwrap_or(0.0);
            let properties = ParticleProperties {
                name: row.name,
                antiparticle: row.antiparticle,
                pdg_id: row.pdg_id,
                mass,
                width,
                charge,
            };
            table.insert(file, line, properties)?;
        }
        Ok(table)
    }

    /// Reads the particle list of EvtGen, `evt.pdl`: lines such as `add p Particle K+ 321 0.49368 0 0 3 0 3711 10079`.
    ///
    /// Antiparticles are those of the opposite number; particles without one are their own. `file` is for errors.
    ///
    /// # Errors
    ///
    /// [`DecaysError::Syntax`] for a line that is none, and for a particle that is there twice.
    pub fn from_pdl(file: &str, text: &str) -> Result<Self, DecaysError> {
        let mut rows: Vec<(usize, ParticleProperties)> = Vec::new();
        for (i, line) in text.lines().enumerate() {
            let line_number = i + 1;
            let words: Vec<&str> = line.split_whitespace().collect();
            let fields = match words.as_slice() {
                [] | ["set" | "end" | "alias", ..] => continue,
                [first, ..] if first.starts_with('*') => continue,
                ["add", "p", "Particle", fields @ ..] => fields,
                [first, ..] => {
                    return Err(DecaysError::syntax(file, line_number, first, "`add p Particle`"));
                }
            };
            let [name, id, mass, width, _, charge, ..] = fields else {
                let expected =
                    "a name, a number, mass, width, largest mass difference and three times the charge";
                return Err(DecaysError::syntax(file, line_number, line.trim(), expected));
            };
            let third: i32 = number(file, line_number, charge)?;
            // Quarks and diquarks are no particles that a detector or a decay chain ends with.
            if third % 3 != 0 {
                continue;
            }
            let properties = ParticleProperties {
                name: (*name).to_owned(),
                antiparticle: String::new(),
                pdg_id: number(file, line_number, id)?,
                mass: number(file, line_number, mass)?,
                width: number(file, line_number, width)?,
                charge: third / 3,
            };
            rows.push((line_number, properties));
        }
        let names: HashMap<i64, String> =
            rows.iter().map(|(_, particle)| (particle.pdg_id, particle.name.clone())).collect();
        let mut table = Self::default();
        for (line, mut particle) in rows {
            let opposite = particle.pdg_id.checked_neg().and_then(|id| names.get(&id));
            particle.antiparticle = opposite.unwrap_or(&particle.name).clone();
            table.insert(file, line, particle)?;
        }
        Ok(table)
    }

    /// What is known of the particle of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&ParticleProperties> {
        self.by_name.get(name).map(|&row| &self.rows[row])
    }

    /// All particles, in the order of the file.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &ParticleProperties> {
        self.rows.iter()
    }

    fn insert(&mut self, file: &str, line: usize, row: ParticleProperties) -> Result<(), DecaysError> {
        for (what, value) in [("a mass", row.mass), ("a width", row.width)] {
            if !(0.0 <= value && value.is_finite()) {
                let expected = format!("{what} that is finite and not negative");
                return Err(DecaysError::syntax(file, line, &value.to_string(), &expected));
            }
        }
        if let Some(other) = self.get(&row.antiparticle).filter(|other| other.name != row.name)
            && (other.antiparticle != row.name || other.charge != -row.charge)
        {
            let expected = format!(
                "the antiparticle of {}, with the antiparticle {} and the charge {}",
                row.name, row.name, -row.charge
            );
            return Err(DecaysError::syntax(file, line, &other.name, &expected));
        }
        if self.by_name.insert(row.name.clone(), self.rows.len()).is_some() {
            return Err(DecaysError::syntax(file, line, &row.name, "a particle that is not there yet"));
        }
        self.rows.push(row);
        Ok(())
    }
}

fn number<T: std::str::FromStr>(file: &str, line: usize, word: &str) -> Result<T, DecaysError> {
    word.parse().map_err(|_| DecaysError::syntax(file, line, word, "a number"))
}

fn bad_row(file: &str, error: &csv::Error) -> DecaysError {
    let line = error.position().map_or(1, csv::Position::line) as usize;
    let what = match error.kind() {
        csv::ErrorKind::Deserialize { err, .. } => err.to_string(),
        _ => error.to_string(),
    };
    DecaysError::Syntax { file: file.to_owned(), line, what }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_formats_say_the_same() {
        let csv = "name,antiparticle,pdg_id,mass,width,charge,quarks\n\
                   D*+,D*-,413,2.01027,8.34e-5,1,cD\nD*-,D*+,-413,2.01027,8.34e-5,-1,Cd\n\
                   u,anti-u,2,,0,,\nphi,phi,333,1.01946,0.00425,0,sS\n";
        let pdl = "* name id mass width\nadd  p Particle D*+ 413 2.01027 8.34e-5 0 3 2 0 84\n\
                   add  p Particle D*- -413 2.01027 8.34e-5 0 -3 2 0 0\nadd  p Particle u 2 0.33 0 0 2 1 0 2\n\
                   add  p Particle phi 333 1.01946 0.00425 0.07 0 2 0 91\nset p maxdm phi 0.1\nend\n";
        let from_csv = ParticleTable::from_csv("p.csv", csv).unwrap();
        assert_eq!(from_csv, ParticleTable::from_pdl("evt.pdl", pdl).unwrap());
        assert_eq!(from_csv.iter().len(), 3);
        assert_eq!(from_csv.get("phi").unwrap().antiparticle, "phi");
    }

    #[test]
    fn errors_name_file_line_and_word() {
        let twice = "name,antiparticle,pdg_id,mass,width,charge\na,a,1,1,0,0\na,a,2,1,0,0\n";
        let error = ParticleTable::from_csv("p.csv", twice).unwrap_err().to_string();
        assert_eq!(error, "p.csv, line 3: found `a`, expected a particle that is not there yet");
        let error = ParticleTable::from_csv("p.csv", "name,pdg_id\na,1\n").unwrap_err().to_string();
        assert!(error.starts_with("p.csv, line 2: missing field `antiparticle`"), "{error}");
        let error = ParticleTable::from_pdl("evt.pdl", "add p Particle D+ 411 heavy 0 0 3").unwrap_err();
        assert_eq!(error.to_string(), "evt.pdl, line 1: found `heavy`, expected a number");
        assert!(ParticleTable::from_pdl("evt.pdl", "Decay D+").is_err());
        let smallest = format!("add p Particle D+ {} 1 0 0 3", i64::MIN);
        let particles = ParticleTable::from_pdl("evt.pdl", &smallest).unwrap();
        assert_eq!(particles.get("D+").unwrap().antiparticle, "D+");
        assert!(ParticleTable::from_csv("p.csv", &twice.replace("a,2,1", "b,2,NaN")).is_err());
    }

    #[test]
    fn antiparticles_have_to_agree() {
        let text = "name,antiparticle,pdg_id,mass,width,charge\nB+,B-,521,5.28,0,1\nB-,B+,-521,5.28,0,1\n";
        let error = ParticleTable::from_csv("p.csv", text).unwrap_err().to_string();
        assert!(error.starts_with("p.csv, line 3: found `B+`, expected the antiparticle of B-"), "{error}");
    }
}
