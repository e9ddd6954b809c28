use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use hepsys_core::Seed;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{Fingerprint, Shard, StatsError};

/// The version of the format that this crate reads and writes.
pub const FORMAT_VERSION: u32 = 1;

/// The first line of a toy file: what its toys are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    #[serde(rename = "hepsys_toys")]
    version: u32,
    name: String,
    n_toys: usize,
    shard: Shard,
    seed: Fingerprint,
    fingerprint: Fingerprint,
}

impl Header {
    pub(crate) fn new(
        name: &str,
        n_toys: usize,
        shard: Shard,
        seed: Seed,
        fingerprint: Fingerprint,
    ) -> Result<Self, StatsError> {
        let seed = Fingerprint::of(&seed)?;
        Ok(Self { version: FORMAT_VERSION, name: name.to_owned(), n_toys, shard, seed, fingerprint })
    }

    /// The name of the toys' random stream.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many toys all shards have together.
    #[must_use]
    pub fn n_toys(&self) -> usize {
        self.n_toys
    }

    /// The part of them that the file holds.
    #[must_use]
    pub fn shard(&self) -> Shard {
        self.shard
    }

    /// The fingerprint of the configuration and of the inputs.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    pub(crate) fn line(&self) -> String {
        // Strings and integers always have a JSON form.
        serde_json::to_string(self).unwrap_or_default() + "\n"
    }

    /// What keeps toys with this header from being mixed with toys of `expected`, apart from the shard.
    pub(crate) fn difference(&self, expected: &Self) -> Option<String> {
        let differ = |what: &str, found: &dyn std::fmt::Display, expected: &dyn std::fmt::Display| {
            Some(format!("{what} is {found}, expected {expected}"))
        };
        if self.name != expected.name {
            differ("the name", &self.name, &expected.name)
        } else if self.n_toys != expected.n_toys {
            differ("the number of toys", &self.n_toys, &expected.n_toys)
        } else if self.seed != expected.seed {
            differ("the hash of the seed", &self.seed, &expected.seed)
        } else if self.fingerprint != expected.fingerprint {
            differ("the fingerprint of configuration and inputs", &self.fingerprint, &expected.fingerprint)
        } else {
            None
        }
    }
}

/// What a toy file holds: its header, and the JSON text of each finished toy by index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contents {
    header: Header,
    texts: BTreeMap<usize, String>,
    n_intact_bytes: usize,
}

impl Contents {
    /// The header.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The finished toys in the order of their indices, each as JSON text.
    pub fn texts(&self) -> impl ExactSizeIterator<Item = (usize, &str)> {
        self.texts.iter().map(|(&i, t)| (i, t.as_str()))
    }

    /// How many bytes stand before a torn last line; the length of the file if there is none.
    #[must_use]
    pub fn n_intact_bytes(&self) -> usize {
        self.n_intact_bytes
    }

    pub(crate) fn into_texts(self) -> BTreeMap<usize, String> {
        self.texts
    }
}

/// A line that is not what it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct BadLine {
    /// The line, counted from one.
    pub line: usize,
    /// What is wrong with it.
    pub problem: String,
}

/// Reads the bytes of a toy file; a last line without its end is left out.
///
/// # Errors
///
/// [`BadLine`] for the first line that is no header, has a wrong checksum, a toy of another shard,
/// or a toy that stands there already with another value.
pub fn parse(bytes: &[u8]) -> Result<Contents, BadLine> {
    let n_intact_bytes = bytes.iter().rposition(|&b| b == b'\n').map_or(0, |at| at + 1);
    let mut lines = bytes[..n_intact_bytes].split_inclusive(|&b| b == b'\n');
    let first = lines.next().ok_or_else(|| bad(1, "the header is missing or torn"))?;
    let header = parse_header(first).map_err(|problem| BadLine { line: 1, problem })?;
    let mut texts = BTreeMap::new();
    for (line, bytes) in (2..).zip(lines) {
        let (index, text) = parse_toy(bytes).map_err(|problem| bad(line, problem))?;
        if header.n_toys <= index || !header.shard.contains(index) {
            return Err(bad(
                line,
                &format!("toy {index} is none of shard {} of {} toys", header.shard, header.n_toys),
            ));
        }
        match texts.entry(index) {
            Entry::Vacant(entry) => {
                entry.insert(text.to_owned());
            }
            Entry::Occupied(entry) if is_same_value(entry.get(), text) => {}
            Entry::Occupied(_) => {
                return Err(bad(line, &format!("toy {index} stands there twice, with different values")));
            }
        }
    }
    Ok(Contents { header, texts, n_intact_bytes })
}

/// One finished toy as a line, its end included.
pub(crate) fn toy_line(index: usize, text: &str) -> String {
    let record = format!("{{\"index\":{index},\"value\":{text}");
    format!("{record},\"checksum\":\"{}\"}}\n", checksum(&record))
}

/// Whether two JSON texts say the same, whatever the order of their keys.
pub(crate) fn is_same_value(a: &str, b: &str) -> bool {
    let value = |text| serde_json::from_str::<serde_json::Value>(text).ok();
    a == b || value(a).is_some_and(|a| Some(a) == value(b))
}

pub(crate) fn from_text<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_str(text).map_err(|e| e.to_string())
}

fn parse_header(line: &[u8]) -> Result<Header, String> {
    #[derive(Deserialize)]
    struct Version {
        hepsys_toys: u32,
    }
    let version: Version =
        serde_json::from_slice(line).map_err(|_| "this is no header of a toy file".to_owned())?;
    if version.hepsys_toys != FORMAT_VERSION {
        return Err(format!("the format has version {}, expected {FORMAT_VERSION}", version.hepsys_toys));
    }
    serde_json::from_slice(line).map_err(|e| format!("this is no header of a toy file: {e}"))
}

/// The index and the JSON text of a toy's line.
fn parse_toy(line: &[u8]) -> Result<(usize, &str), &'static str> {
    const NO_TOY: &str = "this is no toy: expected {\"index\":…,\"value\":…,\"checksum\":\"…\"}";
    let line = std::str::from_utf8(line).map_err(|_| NO_TOY)?;
    let (record, found) =
        line.strip_suffix("\"}\n").and_then(|l| l.rsplit_once(",\"checksum\":\"")).ok_or(NO_TOY)?;
    if found != checksum(record) {
        return Err("the checksum is wrong");
    }
    let (index, text) =
        record.strip_prefix("{\"index\":").and_then(|r| r.split_once(",\"value\":")).ok_or(NO_TOY)?;
    serde_json::from_str::<IgnoredAny>(text).map_err(|_| NO_TOY)?;
    Ok((index.parse().map_err(|_| NO_TOY)?, text))
}

/// The first 64 bits of the SHA-256 of a line up to its checksum.
fn checksum(record: &str) -> String {
    Sha256::digest(record.as_bytes())[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bad(line: usize, problem: &str) -> BadLine {
    BadLine { line, problem: problem.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn header(shard: &str) -> Header {
        Header::new("null", 10, shard.parse().unwrap(), Seed::new(1), Fingerprint::of("c").unwrap()).unwrap()
    }

    fn file(toys: &[(usize, &str)]) -> String {
        header("1/1").line() + &toys.iter().map(|(i, t)| toy_line(*i, t)).collect::<String>()
    }

    fn texts(contents: &Contents) -> Vec<(usize, &str)> {
        contents.texts().collect()
    }

    #[test]
    fn toys_come_back_in_the_order_of_their_indices() {
        let contents = parse(file(&[(7, "1.5"), (2, "[1,2]")]).as_bytes()).unwrap();
        assert_eq!(texts(&contents), [(2, "[1,2]"), (7, "1.5")]);
        assert_eq!(contents.header(), &header("1/1"));
    }

    #[test]
    fn a_last_line_without_its_end_is_left_out() {
        let whole = file(&[(0, "1.5"), (1, "2.5")]);
        let intact = file(&[(0, "1.5")]).len();
        for length in intact..whole.len() {
            let contents = parse(&whole.as_bytes()[..length]).unwrap();
            assert_eq!(texts(&contents), [(0, "1.5")]);
            assert_eq!(contents.n_intact_bytes(), intact);
        }
    }

    #[test]
    fn a_changed_byte_is_found() {
        let whole = file(&[(0, "1.5"), (1, "2.5")]);
        let (start, end) = (header("1/1").line().len(), file(&[(0, "1.5")]).len());
        for at in start..end - 1 {
            let mut bytes = whole.clone().into_bytes();
            bytes[at] ^= 1;
            assert_eq!(parse(&bytes).unwrap_err().line, 2, "byte {at}");
        }
    }

    #[test]
    fn a_toy_stands_there_twice_only_with_one_value() {
        let same = parse(file(&[(0, r#"{"a":1,"b":2}"#), (0, r#"{"b":2,"a":1}"#)]).as_bytes()).unwrap();
        assert_eq!(texts(&same), [(0, r#"{"a":1,"b":2}"#)]);
        let error = parse(file(&[(0, "1.5"), (0, "2.5")]).as_bytes()).unwrap_err();
        assert_eq!(error.to_string(), "line 3: toy 0 stands there twice, with different values");
    }

    #[test]
    fn a_toy_of_another_shard_is_refused() {
        let text = header("2/3").line() + &toy_line(0, "1.5");
        let error = parse(text.as_bytes()).unwrap_err();
        assert_eq!(error.to_string(), "line 2: toy 0 is none of shard 2/3 of 10 toys");
        assert!(parse(file(&[(10, "1.5")]).as_bytes()).is_err());
    }

    #[test]
    fn another_version_is_refused() {
        let text = header("1/1").line().replace("\"hepsys_toys\":1", "\"hepsys_toys\":2");
        let error = parse(text.as_bytes()).unwrap_err();
        assert_eq!(error.to_string(), "line 1: the format has version 2, expected 1");
    }

    #[test]
    fn what_differs_between_headers_is_said() {
        let other =
            Header::new("signal", 10, Shard::ALL, Seed::new(1), Fingerprint::of("c").unwrap()).unwrap();
        assert_eq!(other.difference(&header("1/1")).unwrap(), "the name is signal, expected null");
        let other = Header::new("null", 20, Shard::ALL, Seed::new(1), Fingerprint::of("c").unwrap()).unwrap();
        assert_eq!(other.difference(&header("1/1")).unwrap(), "the number of toys is 20, expected 10");
        assert_eq!(header("1/2").difference(&header("2/2")), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_toy_file_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(contents) = parse(&bytes) {
                prop_assert!(contents.n_intact_bytes() <= bytes.len());
            }
        }

        #[test]
        fn every_number_survives_its_line(index in 0_usize..10, value in prop::num::f64::NORMAL | prop::num::f64::SUBNORMAL) {
            let text = serde_json::to_string(&value).unwrap();
            let contents = parse(file(&[(index, &text)]).as_bytes()).unwrap();
            let back: f64 = from_text(texts(&contents)[0].1).unwrap();
            prop_assert_eq!(back.to_bits(), value.to_bits());
        }
    }
}
