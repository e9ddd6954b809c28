//! The types of modifiers.

use super::WorkspaceError;
use super::document::Modifier;

/// The types of modifiers, in the order in which their parameters stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    HistoSys,
    Lumi,
    NormFactor,
    NormSys,
    ShapeFactor,
    ShapeSys,
    StatError,
}

impl Kind {
    pub(super) fn of(modifier: &Modifier, at: &str) -> Result<Self, WorkspaceError> {
        Ok(match modifier.kind.as_str() {
            "histosys" => Self::HistoSys,
            "lumi" => Self::Lumi,
            "normfactor" => Self::NormFactor,
            "normsys" => Self::NormSys,
            "shapefactor" => Self::ShapeFactor,
            "shapesys" => Self::ShapeSys,
            "staterror" => Self::StatError,
            other => {
                let problem = format!(
                    "\"{other}\" is none of histosys, lumi, normfactor, normsys, shapefactor, shapesys, staterror"
                );
                return Err(WorkspaceError::at(format!("{at}.type"), problem));
            }
        })
    }

    pub(super) fn is_scalar(self) -> bool {
        matches!(self, Self::HistoSys | Self::Lumi | Self::NormFactor | Self::NormSys)
    }

    /// Where fits begin and between which bounds, unless the measurement says otherwise.
    pub(super) fn defaults(self) -> (f64, (f64, f64)) {
        match self {
            Self::HistoSys | Self::NormSys => (0.0, (-5.0, 5.0)),
            Self::NormFactor | Self::ShapeFactor | Self::Lumi => (1.0, (0.0, 10.0)),
            Self::ShapeSys | Self::StatError => (1.0, (1e-10, 10.0)),
        }
    }

    /// Whether two kinds may stand for one parameter.
    pub(super) fn fits(self, other: Self) -> bool {
        self == other
            || matches!((self, other), (Self::HistoSys, Self::NormSys) | (Self::NormSys, Self::HistoSys))
    }
}
