use hepsys_core::Binning;

use crate::AdversarialError;

/// One dimension of an [`EfficiencyMap`](super::EfficiencyMap).
///
/// ```
/// use hepsys_adversarial::{Binning, MapAxis};
/// let length = MapAxis::bins("length", "mm", Binning::new([1450.0, 2400.0, 3850.0])?)?;
/// let mode = MapAxis::categories("decay_mode", ["bb", "cc", "tautau"])?;
/// assert_eq!((length.index_of(2400.0), length.index_of(4000.0)), (Some(1), None));
/// assert_eq!((mode.index_of(2.0), mode.index_of(0.5), mode.value_of("cc")), (Some(2), None, Some(1.0)));
/// # Ok::<(), hepsys_adversarial::AdversarialError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct MapAxis {
    pub(super) name: String,
    pub(super) unit: String,
    pub(super) places: Places,
}

/// What divides an axis.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Places {
    Bins(Binning),
    Categories(Vec<String>),
}

impl MapAxis {
    /// An axis with bins; the last one has its upper edge.
    ///
    /// # Errors
    ///
    /// [`AdversarialError::BadParameter`] for a name or unit that a line of comma-separated values cannot hold: empty (the name
    /// only), with spaces at an end, or with a comma, a quotation mark, a number sign or a control character.
    pub fn bins(
        name: impl Into<String>,
        unit: impl Into<String>,
        bins: Binning,
    ) -> Result<Self, AdversarialError> {
        let (name, unit) = (name.into(), unit.into());
        check_word("the name of an axis", &name)?;
        if !unit.is_empty() {
            check_word("the unit of an axis", &unit)?;
        }
        Ok(Self { name, unit, places: Places::Bins(bins) })
    }

    /// An axis with categories, which values of events count from zero, as a column of a sample holds them.
    ///
    /// # Errors
    ///
    /// As [`bins`](Self::bins), also for the names of categories, of which there have to be one or more, all different.
    pub fn categories<S: Into<String>>(
        name: impl Into<String>,
        categories: impl IntoIterator<Item = S>,
    ) -> Result<Self, AdversarialError> {
        let name = name.into();
        check_word("the name of an axis", &name)?;
        let categories: Vec<String> = categories.into_iter().map(Into::into).collect();
        if categories.is_empty() {
            return Err(AdversarialError::bad(format!("the categories of {name}"), "one or more", "none"));
        }
        let mut sorted: Vec<&String> = categories.iter().collect();
        sorted.sort_unstable();
        if let Some(pair) = sorted.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(AdversarialError::bad(format!("the categories of {name}"), "different", pair[0]));
        }
        categories.iter().try_for_each(|category| check_word("the name of a category", category))?;
        Ok(Self { name, unit: String::new(), places: Places::Categories(categories) })
    }

    /// Its name, that of a column of samples.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its unit; none for categories.
    #[must_use]
    pub fn unit(&self) -> &str {
        &self.unit
    }

    /// How many bins or categories it has.
    #[must_use]
    pub fn n_places(&self) -> usize {
        match &self.places {
            Places::Bins(bins) => bins.n_bins(),
            Places::Categories(categories) => categories.len(),
        }
    }

    /// The bin or the category of a value, if there is one.
    #[must_use]
    pub fn index_of(&self, value: f64) -> Option<usize> {
        match &self.places {
            Places::Bins(bins) => bins.index_of(value),
            Places::Categories(categories) => {
                let is_one = value >= 0.0 && value < categories.len() as f64 && value.fract() == 0.0;
                is_one.then_some(value as usize)
            }
        }
    }

    /// The value of the events of a category, if there is one of this name.
    #[must_use]
    pub fn value_of(&self, category: &str) -> Option<f64> {
        match &self.places {
            Places::Bins(_) => None,
            Places::Categories(names) => names.iter().position(|name| name == category).map(|i| i as f64),
        }
    }

    /// The same axis for one of several particles.
    pub(super) fn of(&self, particle: &str) -> Self {
        Self { name: format!("{particle}_{}", self.name), ..self.clone() }
    }

    /// The columns of a table that say which bin or category a line is about.
    pub(super) fn headers(&self) -> Vec<String> {
        match self.places {
            Places::Bins(_) => ["low", "high"].map(|end| format!("{}_{end}", self.name)).to_vec(),
            Places::Categories(_) => vec![self.name.clone()],
        }
    }
}

fn check_word(what: &str, word: &str) -> Result<(), AdversarialError> {
    let is_strange = |letter: char| letter.is_control() || [',', '"', '#'].contains(&letter);
    if word.is_empty() || word.trim() != word || word.contains(is_strange) {
        let expected = "a word without commas, quotation marks, number signs and spaces at its ends";
        return Err(AdversarialError::bad(what, expected, format!("{word:?}")));
    }
    Ok(())
}
