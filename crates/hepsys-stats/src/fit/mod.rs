//! Maximum-likelihood fits and what follows from them.

mod contour;
mod error;
mod errors;
mod goodness;
mod interpolate;
mod maximum;
mod plane;
mod ranking;
mod scan;
mod search;

pub use contour::{CONTOUR_LEVELS, Contour};
pub use error::FitError;
pub(crate) use error::{DEEPER, check_depth};
pub use errors::MinosErrors;
pub(crate) use errors::{Side, minos_sides};
pub use goodness::{Goodness, GoodnessToy, GoodnessToys};
pub use maximum::{Fit, Fitter, Minimum};
pub use plane::{PlanePoint, PlaneScan};
pub(crate) use ranking::has_no_place;
pub use ranking::{Constraint, Impact, RankedParameter, Ranking};
pub use scan::{Interval, Scan, ScanPoint};
