use hepsys_core::Summary;

use crate::ReportError;

/// A summary as JSON, ending in a new line.
///
/// The fields are those of [`Summary`] and stand in `docs/schema/report.schema.json`.
/// JSON has no number for what is not finite; it becomes `null`.
///
/// # Errors
///
/// If the serialiser refuses, which no summary makes it do.
///
/// # Examples
///
/// ```
/// use hepsys_report::summary::{Quantity, Summary};
/// let json = hepsys_report::json(&Summary::new("Test").quantity(Quantity::new("t", 1.5, "1")))?;
/// assert!(json.contains(r#""title": "Test""#));
/// # Ok::<(), hepsys_report::ReportError>(())
/// ```
pub fn json(summary: &Summary) -> Result<String, ReportError> {
    Ok(serde_json::to_string_pretty(summary)? + "\n")
}
