use serde::{Deserialize, Serialize};

use super::SplineEnds;
use crate::histfactory::interpolation::Jet;

/// How templates are interpolated between their knots.
///
/// ```
/// use hepsys_stats::morph::{Beyond, Morphing, SplineEnds};
/// let morphing = Morphing { ends: SplineEnds::Natural, beyond: Beyond::Linear, ..Morphing::default() };
/// assert_eq!(Morphing::default().beyond, Beyond::Refuse);
/// # let _ = morphing;
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Morphing {
    /// The ends of the spline. Defaults to [`SplineEnds::NotAKnot`].
    pub ends: SplineEnds,
    /// What lies beyond the first and the last knot. Defaults to [`Beyond::Refuse`].
    pub beyond: Beyond,
    /// What becomes of negative yields. Defaults to [`NegativeYields::Keep`].
    pub negative: NegativeYields,
    /// How the statistical errors at different knots belong together. Defaults to [`KnotStatistics::SameEvents`].
    pub statistics: KnotStatistics,
}

/// What a template is beyond its knots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Beyond {
    /// Nothing: there it cannot be evaluated, and a likelihood is infinite.
    #[default]
    Refuse,
    /// The straight line that joins the spline with its slope.
    ///
    /// The second derivative is continuous there for [`SplineEnds::Natural`], and jumps to zero otherwise.
    Linear,
}

/// What becomes of yields below zero, which splines swing to beside steep falls and which negative weights give.
///
/// [`TemplateMorph::negative`](super::TemplateMorph::negative) tells where they are, whatever becomes of them.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NegativeYields {
    /// They stay: other processes in the bin may make up for them, and a total that is not positive has no likelihood.
    #[default]
    Keep,
    /// A yield $y$ below a small positive number $\epsilon$ becomes $\epsilon / (1 + u + u^2)$ with $u = 1 - y/\epsilon$.
    ///
    /// That is positive everywhere and joins $y$ at $\epsilon$ with two continuous derivatives.
    /// Knots with yields of at least $\epsilon$ stay exact; a yield of zero becomes $\epsilon/3$.
    Lift {
        /// ε
        below: f64,
    },
}

/// How the statistical errors of a template at different knots belong together, which says what they are in between.
///
/// With $w_k(z)$ the weight that the spline gives to the yield at knot $k$, which has the variance $\sigma_k^2$.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KnotStatistics {
    /// The same simulated events at every knot: errors move together, $\sigma^2(z) = (\sum_k w_k(z)\,\sigma_k)^2$.
    #[default]
    SameEvents,
    /// Different events at every knot: $\sigma^2(z) = \sum_k w_k^2(z)\,\sigma_k^2$, which is smaller between knots than at them.
    Independent,
}

impl NegativeYields {
    pub(super) fn apply(self, jet: Jet) -> Jet {
        let Self::Lift { below } = self else { return jet };
        if jet.value >= below {
            return jet;
        }
        let u = 1.0 - jet.value / below;
        let denominator = 1.0 + u + u * u;
        let slope = 1.0 + 2.0 * u;
        // Derivatives by y: d/dy = −(1/ε) d/du.
        let first = slope / (denominator * denominator);
        let second = (2.0 * slope * slope / denominator - 2.0) / (denominator * denominator * below);
        Jet {
            value: below / denominator,
            slope: first * jet.slope,
            curvature: second * jet.slope * jet.slope + first * jet.curvature,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lifted_yield_is_positive_and_joins_smoothly() {
        let lift = NegativeYields::Lift { below: 0.1 };
        let at = |y: f64| lift.apply(Jet { value: y, slope: 1.0, curvature: 0.0 });
        assert!((at(0.0).value - 0.1 / 3.0).abs() < 1e-16);
        for y in [-50.0, -1.0, -0.1, 0.0, 0.05, 0.0999] {
            assert!(at(y).value > 0.0);
            let h = 1e-6;
            assert!(((at(y + h).value - at(y - h).value) / (2.0 * h) - at(y).slope).abs() < 1e-8, "{y}");
            assert!(((at(y + h).slope - at(y - h).slope) / (2.0 * h) - at(y).curvature).abs() < 1e-6, "{y}");
        }
        let (below, above) = (at(0.1 - 1e-12), at(0.1));
        assert!((below.slope - above.slope).abs() < 1e-9 && below.curvature.abs() < 1e-8);
    }
}
