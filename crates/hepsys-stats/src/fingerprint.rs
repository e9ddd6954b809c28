use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{StatsError, finite};

/// The SHA-256 hash of everything that a result depends on: the configuration and the input files.
///
/// Toys of different fingerprints are never mixed.
///
/// ```
/// use hepsys_stats::Fingerprint;
///
/// let fingerprint = Fingerprint::of(&("5-7-7-1", 1.5))?.with_input("sm.parquet", "sha256 of its bytes");
/// assert_ne!(fingerprint, Fingerprint::of(&("5-7-7-1", 1.6))?.with_input("sm.parquet", "sha256 of its bytes"));
/// assert_eq!(fingerprint.to_string().len(), 64);
/// # Ok::<(), hepsys_stats::StatsError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// The fingerprint of a configuration: of its JSON form with sorted keys.
    ///
    /// # Errors
    ///
    /// [`StatsError::BadParameter`] if the configuration holds a number that is NaN or infinite, or has no JSON form.
    pub fn of<C: Serialize + ?Sized>(configuration: &C) -> Result<Self, StatsError> {
        let bad = |problem: String| {
            StatsError::bad_parameter("a configuration", "a JSON value of finite numbers", problem)
        };
        finite::check(configuration).map_err(|e| bad(e.to_string()))?;
        let mut value = serde_json::to_value(configuration).map_err(|e| bad(e.to_string()))?;
        value.sort_all_objects();
        Ok(Self(digest(&[b"hepsys configuration", value.to_string().as_bytes()])))
    }

    /// The fingerprint of the same configuration applied to one more input.
    ///
    /// `name` says which input it is and `sha256` what is in it; the order of the inputs matters.
    #[must_use]
    pub fn with_input(&self, name: &str, sha256: &str) -> Self {
        Self(digest(&[&self.0, b"input", name.as_bytes(), sha256.as_bytes()]))
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

impl FromStr for Fingerprint {
    type Err = StatsError;

    fn from_str(text: &str) -> Result<Self, StatsError> {
        let bad =
            || StatsError::bad_parameter("a fingerprint", "64 hexadecimal digits", format!("\"{text}\""));
        if text.len() != 64 || !text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(bad());
        }
        let mut bytes = [0; 32];
        for (byte, i) in bytes.iter_mut().zip((0..64).step_by(2)) {
            *byte = u8::from_str_radix(&text[i..i + 2], 16).map_err(|_| bad())?;
        }
        Ok(Self(bytes))
    }
}

impl TryFrom<String> for Fingerprint {
    type Error = StatsError;

    fn try_from(text: String) -> Result<Self, StatsError> {
        text.parse()
    }
}

impl From<Fingerprint> for String {
    fn from(fingerprint: Fingerprint) -> Self {
        fingerprint.to_string()
    }
}

fn digest(parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for part in parts {
        // The length keeps ("ab", "c") apart from ("a", "bc").
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    hasher.finalize().into()
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn a_fingerprint_survives_its_text() {
        let fingerprint = Fingerprint::of("anything").unwrap();
        assert_eq!(fingerprint.to_string().parse::<Fingerprint>().unwrap(), fingerprint);
        assert!("0123".parse::<Fingerprint>().is_err());
        assert!("é".repeat(32).parse::<Fingerprint>().is_err());
    }

    #[test]
    fn the_order_of_keys_does_not_matter() {
        // A hash map lists its keys in another order in each process and after each growth.
        let keys = ["clip", "lr", "epochs", "width", "toys", "seed"];
        let forward: HashMap<_, _> = keys.iter().map(|k| (*k, k.len())).collect();
        let mut backward = HashMap::with_capacity(1000);
        backward.extend(keys.iter().rev().map(|k| (*k, k.len())));
        assert_eq!(Fingerprint::of(&forward).unwrap(), Fingerprint::of(&backward).unwrap());
    }

    #[test]
    fn numbers_without_a_json_form_are_refused() {
        let error = Fingerprint::of(&[1.0, f64::NAN]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "a configuration must be a JSON value of finite numbers, got the number NaN"
        );
    }

    #[test]
    fn inputs_are_told_apart_by_name_and_content() {
        let base = Fingerprint::of("c").unwrap();
        let a = base.with_input("data", "1").with_input("reference", "2");
        let b = base.with_input("data", "2").with_input("reference", "1");
        assert_ne!(a, b);
    }
}
