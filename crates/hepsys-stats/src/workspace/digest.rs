//! The digest of a JSON document, which does not depend on spaces and the order of keys.

use std::fmt::Write;

use serde_json::{Number, Value};
use sha2::{Digest, Sha256};

/// The SHA-256 of a document in pyhf's canonical form: keys sorted, numbers as Python prints them, nothing escaped that need
/// not be.
///
/// A number counts as it is written: `5` and `5.0` give different digests.
/// Integers beyond 64 bits and the number `-0` are the two for which Python's form is not reproduced.
///
/// ```
/// let document = serde_json::from_str(r#"{"b": 3.0, "c": 1.0, "a": 2.0}"#)?;
/// assert_eq!(
///     hepsys_stats::workspace::digest(&document),
///     "a38f6093800189b79bc22ef677baf90c75705af2cfc7ff594159eca54eaa7928"
/// );
/// # Ok::<(), serde_json::Error>(())
/// ```
///
/// # References
///
/// `pyhf.utils.digest`, whose example this is.
#[must_use]
pub fn digest(document: &Value) -> String {
    let mut text = String::new();
    write_value(document, &mut text);
    Sha256::digest(text.as_bytes()).iter().fold(String::with_capacity(64), |mut hex, byte| {
        // A string can always be written to.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// What Python's `json.dumps(…, sort_keys=True, ensure_ascii=False)` writes.
fn write_value(value: &Value, text: &mut String) {
    match value {
        Value::Null => text.push_str("null"),
        Value::Bool(true) => text.push_str("true"),
        Value::Bool(false) => text.push_str("false"),
        Value::Number(number) => write_number(number, text),
        // The escapes are the same in both: quotes, backslashes and control characters.
        Value::String(string) => text.push_str(&Value::from(string.as_str()).to_string()),
        Value::Array(items) => {
            text.push('[');
            for (i, item) in items.iter().enumerate() {
                text.push_str(if i == 0 { "" } else { ", " });
                write_value(item, text);
            }
            text.push(']');
        }
        Value::Object(map) => {
            // A feature of serde_json that another crate turns on may keep keys in the order of the document.
            let mut keys: Vec<&String> = map.keys().collect();
            keys.sort_unstable();
            text.push('{');
            for (i, key) in keys.into_iter().enumerate() {
                text.push_str(if i == 0 { "" } else { ", " });
                text.push_str(&Value::from(key.as_str()).to_string());
                text.push_str(": ");
                write_value(&map[key], text);
            }
            text.push('}');
        }
    }
}

/// A number as Python's `repr` has it: the shortest digits, with an exponent below 1e-4 and from 1e16 on.
fn write_number(number: &Number, text: &mut String) {
    let float = match number.as_f64() {
        Some(float) if number.is_f64() => float,
        _ => {
            text.push_str(&number.to_string());
            return;
        }
    };
    let scientific = format!("{float:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let power: i32 = exponent.parse().unwrap_or(0);
    // A string can always be written to.
    let _ = if (-4..16).contains(&power) {
        write!(text, "{float:?}")
    } else {
        write!(text, "{digits}e{}{:02}", if power < 0 { '-' } else { '+' }, power.abs())
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_python_writes_them() {
        let table = [
            ("5", "5"),
            ("5.0", "5.0"),
            ("-3", "-3"),
            ("18446744073709551615", "18446744073709551615"),
            ("0.0", "0.0"),
            ("1e-4", "0.0001"),
            ("0.00001", "1e-05"),
            ("1.5e-7", "1.5e-07"),
            ("1e15", "1000000000000000.0"),
            ("1e16", "1e+16"),
            ("123456789012345678.0", "1.2345678901234568e+17"),
            ("1E2", "100.0"),
            ("0.1", "0.1"),
            ("2.2250738585072014e-308", "2.2250738585072014e-308"),
            ("-1.25e300", "-1.25e+300"),
        ];
        for (json, python) in table {
            let mut text = String::new();
            write_value(&serde_json::from_str(json).unwrap(), &mut text);
            assert_eq!(text, python);
        }
    }

    #[test]
    fn keys_are_sorted_and_letters_stay() {
        let mut text = String::new();
        let value = serde_json::from_str(r#"{"é":[],"b":{},"a":[true,null,"\u00e9\n\u0001/"]}"#).unwrap();
        write_value(&value, &mut text);
        assert_eq!(text, "{\"a\": [true, null, \"é\\n\\u0001/\"], \"b\": {}, \"é\": []}");
    }
}
