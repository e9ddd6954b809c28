//! A step length that fulfils the strong Wolfe conditions (Nocedal & Wright, algorithms 3.5 and 3.6).

/// Sufficient decrease.
const ARMIJO: f64 = 1e-4;
/// How much the slope has to fall; the usual value for quasi-Newton directions.
const CURVATURE: f64 = 0.9;
const MAX_EVALUATIONS: usize = 20;

/// A point along the line.
#[derive(Debug, Clone, Copy)]
pub(super) struct Point {
    pub(super) step: f64,
    pub(super) value: f64,
    pub(super) slope: f64,
}

/// The minimum of the cubic through two points and their slopes, kept away from both ends.
fn cubic(a: Point, b: Point) -> f64 {
    let d1 = a.slope + b.slope - 3.0 * (a.value - b.value) / (a.step - b.step);
    let d2 = (d1 * d1 - a.slope * b.slope).sqrt().copysign(b.step - a.step);
    let step = b.step - (b.step - a.step) * (b.slope + d2 - d1) / (b.slope - a.slope + 2.0 * d2);
    let (low, high) = (a.step.min(b.step), a.step.max(b.step));
    let margin = 0.1 * (high - low);
    if step.is_finite() { step.clamp(low + margin, high - margin) } else { 0.5 * (low + high) }
}

/// Searches from `start` (step 0, negative slope) for a step of at most `longest`, in at most `budget` evaluations.
///
/// `evaluate` gives value and slope at a step; values within `rounding` of each other are taken as equal, and slopes decide
/// (the approximate Wolfe conditions of Hager & Zhang, SIAM J. Optim. 16 (2005) 170).
/// Returns the last point evaluated, whose value is lower than that of the start but for rounding, or `None`.
pub(super) fn strong_wolfe(
    start: Point,
    first: f64,
    longest: f64,
    budget: usize,
    rounding: f64,
    mut evaluate: impl FnMut(f64) -> Point,
) -> Option<Point> {
    let is_sufficient = |p: Point| p.value <= start.value + ARMIJO * p.step * start.slope + rounding;
    let is_flat = |p: Point| p.slope.abs() <= -CURVATURE * start.slope;
    // The last one may be needed to return to the best point.
    let allowed = MAX_EVALUATIONS.min(budget.saturating_sub(1)).max(1);
    let mut before = start;
    let mut step = first.min(longest);
    let mut evaluations = 0;
    // Walk outwards until a minimum is bracketed between `low`, the best point, and `high`.
    let (mut low, mut high) = loop {
        let point = evaluate(step);
        evaluations += 1;
        if !point.value.is_finite() {
            step = 0.5 * (before.step + step);
            if evaluations == allowed {
                return None;
            }
            continue;
        }
        if !is_sufficient(point) || (point.value >= before.value + rounding && evaluations > 1) {
            break (before, point);
        }
        if is_flat(point) || point.step >= longest {
            return Some(point);
        }
        if point.slope >= 0.0 {
            break (point, before);
        }
        if evaluations == allowed {
            return Some(point);
        }
        before = point;
        step = (2.5 * step).min(longest);
    };
    // Close in.
    let mut last = high;
    while evaluations < allowed && (high.step - low.step).abs() > 1e-12 * low.step.max(high.step) {
        let point = evaluate(cubic(low, high));
        evaluations += 1;
        last = point;
        if !is_sufficient(point) || point.value >= low.value + rounding {
            high = point;
        } else {
            if is_flat(point) {
                return Some(point);
            }
            if point.slope * (high.step - low.step) >= 0.0 {
                high = low;
            }
            low = point;
        }
    }
    // The caller keeps the gradient of the last evaluation, so the best point has to be that one.
    if low.step > 0.0 && low.value < start.value + rounding {
        return Some(if last.step == low.step { low } else { evaluate(low.step) });
    }
    None
}
