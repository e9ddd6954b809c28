use serde::{Deserialize, Serialize};

use crate::{AdvocateError, Direction, LimitPrice, Question};

/// How much narrower limits are supposed to become unless told otherwise: 3 % would be 2 %.
pub const DEFAULT_TIGHTENING: f64 = 2.0 / 3.0;

/// A price below counts as none: a bias would change by less than a thousandth of what a limit does.
const NO_PRICE: f64 = 1e-3;

/// What a better measurement of one limit would bring.
///
/// The price is a derivative, and `predicted` is what it says of the narrower limit; `bias_after` is the bias found with it. The
/// bias is a concave function of the bounds of controls, so that a prediction there never cuts too much.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ShadowPrice {
    /// The position of the limit, as in [`LimitPrice::limit`].
    pub limit: usize,
    /// What is limited: `e(J/psi)`.
    pub what: String,
    /// The limit as it is: `± 3 %`.
    pub from: String,
    /// The limit as it might be: `± 2 %`.
    pub to: String,
    /// By how much the size of the bias grows with each unit of the limit, both sides together.
    pub price: f64,
    /// The bias with the limit as it is.
    pub bias: f64,
    /// The bias with the narrower limit, as the price predicts it.
    pub predicted: f64,
    /// The bias with the narrower limit, searched again; none if no efficiency respects it together with the others.
    pub bias_after: Option<f64>,
}

impl std::fmt::Display for ShadowPrice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { what, from, to, .. } = self;
        let (bias, predicted) = (100.0 * self.bias, 100.0 * self.predicted);
        match self.bias_after {
            Some(after) => write!(
                f,
                "improving {what} from {from} to {to} would cut the bias from {bias:+.2} % to {:+.2} % (its price predicts \
                 {predicted:+.2} %)",
                100.0 * after
            ),
            None => write!(f, "with {what} {to} instead of {from}, no efficiency would respect all limits"),
        }
    }
}

/// What it would bring to narrow each limit that binds around its middle by a factor, such as [`DEFAULT_TIGHTENING`].
///
/// The bias with its direction and `prices` are those of the question; `resolve` finds the bias of another one: of the binned bound, of a network's
/// linear program, of anything that has prices. The most valuable improvement comes first.
///
/// ```
/// use hepsys_advocate::{
///     BinnedBound, BinnedChannels, DEFAULT_TIGHTENING, Direction, Grid, Limit, Question, shadow_prices,
/// };
///
/// let grid = Grid::uniform(["x"], 2, 0.0, 2.0)?;
/// let channels = BinnedChannels::new(grid, [("V", vec![0.9, 0.1]), ("J/psi", vec![1.0, 0.0])])?;
/// let question = Question::new().target("V", 1.0).control("J/psi", Limit::within(0.03));
/// let bound = BinnedBound::params().check()?;
/// let highest = |question: &Question| bound.of_channels(question, &channels, Direction::Up);
///
/// let found = highest(&question)?;
/// let again = |question: &Question| Ok(highest(question)?.bias);
/// let prices = shadow_prices(&question, (found.bias, found.direction), &found.prices, DEFAULT_TIGHTENING, again)?;
/// assert_eq!(
///     prices[0].to_string(),
///     "improving e(J/psi) from ± 3 % to ± 2 % would cut the bias from +4.70 % to +3.80 % (its price predicts +3.80 %)"
/// );
/// # Ok::<(), hepsys_advocate::AdvocateError>(())
/// ```
///
/// # Errors
///
/// [`AdvocateError::BadParameter`] unless the factor is between 0 and 1, and what `resolve` returns, but for
/// [`AdvocateError::Infeasible`].
pub fn shadow_prices(
    question: &Question,
    (bias, direction): (f64, Direction),
    prices: &[LimitPrice],
    tightening: f64,
    mut resolve: impl FnMut(&Question) -> Result<f64, AdvocateError>,
) -> Result<Vec<ShadowPrice>, AdvocateError> {
    if !(0.0..1.0).contains(&tightening) {
        return Err(AdvocateError::bad(
            "the factor by which limits become narrower",
            "between 0 and 1",
            tightening,
        ));
    }
    let mut found = Vec::new();
    for limit in 0..question.n_all_limits() {
        let of = |side| {
            prices.iter().filter(move |p| p.limit == limit && p.side == side).map(|p| p.price).sum::<f64>()
        };
        let (low, high) = (of(Direction::Down), of(Direction::Up));
        let tighter = question.tightened(limit, tightening);
        let words = question.in_words(limit).zip(tighter.in_words(limit));
        let Some(((what, from), (_, to))) = words.filter(|_| low + high > NO_PRICE) else { continue };
        let (moved_low, moved_high) = question.moved(&tighter, limit);
        let bias_after = match resolve(&tighter) {
            Ok(bias) => Some(bias),
            Err(AdvocateError::Infeasible { .. } | AdvocateError::Contradiction) => None,
            Err(error) => return Err(error),
        };
        let predicted = bias - direction.sign() * (low * moved_low + high * moved_high);
        found.push(ShadowPrice { limit, what, from, to, price: low + high, bias, predicted, bias_after });
    }
    // What leaves no efficiency at all decides most.
    let cut = |price: &ShadowPrice| {
        price.bias_after.map_or(f64::INFINITY, |after| direction.sign() * (bias - after))
    };
    found.sort_by(|a, b| cut(b).total_cmp(&cut(a)));
    Ok(found)
}
