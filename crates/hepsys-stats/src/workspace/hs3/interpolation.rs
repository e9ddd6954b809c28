//! The names of interpolations: pyhf's codes, which pyhs3 uses, the standard's words, and ROOT's numbers and structures.

use serde_json::{Value, json};

use crate::histfactory::{NormInterpolation, ShapeInterpolation};
use crate::workspace::WorkspaceError;

/// The interpolation of a `normsys`.
pub(super) fn norm(value: Option<&Value>, at: &str) -> Result<NormInterpolation, WorkspaceError> {
    let Some(value) = value else { return Ok(NormInterpolation::default()) };
    match word(value).as_str() {
        "lin" | "code0" => Ok(NormInterpolation::Linear),
        "log" | "exp" | "code1" | "1" | "mult exp exp" => Ok(NormInterpolation::Exponential),
        "code4" | "4" | "5" | "mult poly6 exp" => Ok(NormInterpolation::PolynomialExponential),
        _ => Err(unknown(value, "normsys", "lin, log, code0, code1, code4", at)),
    }
}

/// The interpolation of a `histosys`.
pub(super) fn shape(value: Option<&Value>, at: &str) -> Result<ShapeInterpolation, WorkspaceError> {
    let Some(value) = value else { return Ok(ShapeInterpolation::default()) };
    match word(value).as_str() {
        "lin" | "code0" | "0" | "add poly1 poly1" => Ok(ShapeInterpolation::Linear),
        "parabolic" | "2" | "3" | "add poly2 poly1" => Ok(ShapeInterpolation::Quadratic),
        "code2" => Ok(ShapeInterpolation::QuadraticOfPyhf),
        "poly6" | "code4p" | "4" | "add poly6 poly1" => Ok(ShapeInterpolation::PolynomialLinear),
        _ => Err(unknown(value, "histosys", "lin, parabolic, poly6, code0, code2, code4p", at)),
    }
}

/// What the modifier, its data or the channel say, in this order; modifier and data may both say the same.
pub(super) fn stated<T: PartialEq>(
    [modifier, data, channel]: [Option<&Value>; 3],
    read: impl Fn(Option<&Value>, &str) -> Result<T, WorkspaceError>,
    at: &str,
) -> Result<T, WorkspaceError> {
    let found = read(modifier.or(data).or(channel), at)?;
    if data.is_some() && read(data, &format!("{at}.data"))? != found {
        return Err(WorkspaceError::at(format!("{at}.data.interpolation"), "is not that of the modifier"));
    }
    Ok(found)
}

/// The names of an interpolation in a modifier, by the standard, and in its data, for pyhs3; nothing for the one that all
/// readers take without being told.
pub(super) type Written = Option<(Value, Value)>;

/// How a `normsys` names its interpolation.
pub(super) fn write_norm(interpolation: NormInterpolation) -> Written {
    match interpolation {
        NormInterpolation::Linear => Some((json!("lin"), json!("code0"))),
        NormInterpolation::Exponential => Some((json!("log"), json!("code1"))),
        NormInterpolation::PolynomialExponential => None,
    }
}

/// How a `histosys` names its interpolation.
pub(super) fn write_shape(interpolation: ShapeInterpolation) -> Written {
    match interpolation {
        ShapeInterpolation::Linear => Some((json!("lin"), json!("code0"))),
        ShapeInterpolation::Quadratic => Some((json!("parabolic"), json!("parabolic"))),
        ShapeInterpolation::QuadraticOfPyhf => Some((json!("code2"), json!("code2"))),
        ShapeInterpolation::PolynomialLinear => None,
    }
}

/// A name as it stands, a number's digits, or the parts of a structure.
fn word(value: &Value) -> String {
    match value {
        Value::String(name) => name.clone(),
        Value::Object(parts) => {
            let text = |key: &str| parts.get(key).and_then(Value::as_str);
            let inside = text("in").unwrap_or("?");
            // Without a function of its own, the inner one goes on.
            let outside =
                if parts.get("out").is_some_and(|out| !out.is_null()) { text("out") } else { Some(inside) };
            format!("{} {inside} {}", text("type").unwrap_or("?"), outside.unwrap_or("?"))
        }
        other => other.to_string(),
    }
}

fn unknown(value: &Value, kind: &str, known: &str, at: &str) -> WorkspaceError {
    let problem = format!("{value} is no interpolation that a {kind} can have here; these are {known}");
    WorkspaceError::at(format!("{at}.interpolation"), problem)
}
