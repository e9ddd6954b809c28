/// The most different names that a column may have: classes and processes, not comments.
const MOST: usize = 1000;

/// The longest name in bytes.
const LONGEST: usize = 200;

/// Columns of names, each with its own.
pub(crate) type Texts = Vec<(String, Categories)>;

/// A column of names, of which there are few.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Categories {
    /// In the order in which they appear.
    names: Vec<String>,
    /// The place of each event's name.
    codes: Vec<u32>,
}

impl Categories {
    /// Adds the name of one more event, or says what is wrong with it.
    pub(crate) fn push(&mut self, name: &str) -> Result<(), String> {
        if name.len() > LONGEST {
            return Err(format!("has a text of {} bytes, more than {LONGEST}", name.len()));
        }
        let code = match self.names.iter().position(|n| n == name) {
            Some(code) => code,
            None if self.names.len() == MOST => {
                return Err(format!("has one more than {MOST} different ones"));
            }
            None => {
                self.names.push(name.to_owned());
                self.names.len() - 1
            }
        };
        self.codes.push(code as u32);
        Ok(())
    }

    /// How many events there are.
    pub(crate) fn len(&self) -> usize {
        self.codes.len()
    }

    /// The different names.
    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }

    /// The name of each event.
    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        self.codes.iter().map(|&code| &*self.names[code as usize])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_back_in_the_order_of_the_events() {
        let mut column = Categories::default();
        ["b", "s", "b"].iter().for_each(|name| column.push(name).unwrap());
        assert_eq!(column.names(), ["b", "s"]);
        assert_eq!(column.iter().collect::<Vec<_>>(), ["b", "s", "b"]);
    }

    #[test]
    fn texts_that_are_no_names_are_refused() {
        let mut column = Categories::default();
        assert_eq!(column.push(&"x".repeat(201)).unwrap_err(), "has a text of 201 bytes, more than 200");
        (0..1000).for_each(|i| column.push(&i.to_string()).unwrap());
        assert_eq!(column.push("one more").unwrap_err(), "has one more than 1000 different ones");
        assert!(column.push("999").is_ok());
    }
}
