use crate::ReportError;

/// How large a figure is drawn.
///
/// Lengths are those of the printed figure; SVG scales without loss.
///
/// ```
/// use hepsys_report::Style;
/// let column = Style::default();
/// assert_eq!((column.width_cm(), column.font_pt()), (8.0, 8.0));
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Style {
    width_cm: f64,
    font_pt: f64,
    aspect: f64,
}

impl Default for Style {
    /// One column of a journal: 8 cm wide with text of 8 pt.
    fn default() -> Self {
        Self { width_cm: 8.0, font_pt: 8.0, aspect: 0.75 }
    }
}

impl Style {
    /// A figure as wide as the text of a page: 13 cm with text of 9 pt.
    #[must_use]
    pub fn page() -> Self {
        Self { width_cm: 13.0, font_pt: 9.0, aspect: 0.66 }
    }

    /// The same style for another width; from 4 to 100 cm.
    #[must_use]
    pub fn with_width_cm(mut self, width_cm: f64) -> Self {
        self.width_cm = width_cm;
        self
    }

    /// The same style with another size of text; from 4 to 40 pt.
    #[must_use]
    pub fn with_font_pt(mut self, font_pt: f64) -> Self {
        self.font_pt = font_pt;
        self
    }

    /// The same style with another ratio of height to width, not counting a lower panel; from 0.3 to 3.
    #[must_use]
    pub fn with_aspect(mut self, aspect: f64) -> Self {
        self.aspect = aspect;
        self
    }

    /// The width.
    #[must_use]
    pub fn width_cm(&self) -> f64 {
        self.width_cm
    }

    /// The size of axis titles, tick labels and legend.
    #[must_use]
    pub fn font_pt(&self) -> f64 {
        self.font_pt
    }

    /// The ratio of height to width, not counting a lower panel.
    #[must_use]
    pub fn aspect(&self) -> f64 {
        self.aspect
    }

    pub(crate) fn check(&self) -> Result<(), ReportError> {
        let bad = |name, expected, value| Err(ReportError::BadStyle { name, expected, value });
        if !(4.0..=100.0).contains(&self.width_cm) {
            return bad("width_cm", "from 4 to 100", self.width_cm);
        }
        if !(4.0..=40.0).contains(&self.font_pt) {
            return bad("font_pt", "from 4 to 40", self.font_pt);
        }
        if !(0.3..=3.0).contains(&self.aspect) {
            return bad("aspect", "from 0.3 to 3", self.aspect);
        }
        if self.width_pt() < 16.0 * self.font_pt || self.width_pt() * self.aspect < 10.0 * self.font_pt {
            return bad("font_pt", "small enough for 16 characters across and 10 lines down", self.font_pt);
        }
        Ok(())
    }

    pub(crate) fn width_pt(&self) -> f64 {
        self.width_cm / 2.54 * 72.0
    }
}
