//! From words to statements.

use std::collections::HashMap;
use std::iter::Peekable;
use std::vec::IntoIter;

use super::lexer::{Token, tokens};
use super::models::is_model;
use crate::DecaysError;

/// What a decay file says that matters for branching fractions; the rest is checked and passed over.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Statement {
    /// `Alias new old`: another name, for a particle with decays of its own.
    Alias { alias: String, name: String, line: usize },
    /// `ChargeConj a b`: antiparticles of each other.
    ChargeConj { names: [String; 2], line: usize },
    /// `Particle name mass [width]` in GeV.
    Particle { name: String, mass: f64, width: Option<f64>, line: usize },
    /// `Decay name … Enddecay`.
    Decay { name: String, modes: Vec<Mode> },
    /// `CDecay name`: the charge conjugate of what the antiparticle does.
    CDecay { name: String, line: usize },
    /// `CopyDecay name other`: the same as another particle does.
    CopyDecay { name: String, other: String, line: usize },
}

/// One line of a `Decay`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Mode {
    pub(crate) fraction: f64,
    pub(crate) daughters: Vec<String>,
    pub(crate) model: String,
    /// The comment at the end of its line.
    pub(crate) comment: String,
}

/// The statements of a text; `file` is for errors.
pub(crate) fn parse(file: &str, text: &str) -> Result<Vec<Statement>, DecaysError> {
    let (tokens, comments) = tokens(text);
    let model_aliases = tokens.windows(3).filter(|words| words[0].text == "ModelAlias");
    let models = model_aliases.map(|words| (words[1].text, words[2].text)).collect();
    let end = Token { text: "the end of the file", line: comments.len().max(1) };
    let mut parser = Parser { file, comments, models, tokens: tokens.into_iter().peekable(), end };
    let mut statements = Vec::new();
    while let Some(token) = parser.tokens.next() {
        if token.text == "End" {
            break;
        }
        statements.extend(parser.statement(token)?);
    }
    Ok(statements)
}

struct Parser<'a> {
    file: &'a str,
    comments: Vec<&'a str>,
    /// The names of `ModelAlias`, and the models that they stand for.
    models: HashMap<&'a str, &'a str>,
    tokens: Peekable<IntoIter<Token<'a>>>,
    end: Token<'a>,
}

impl<'a> Parser<'a> {
    fn statement(&mut self, first: Token<'a>) -> Result<Option<Statement>, DecaysError> {
        let line = first.line;
        let statement = match first.text {
            "Alias" => {
                Statement::Alias { alias: self.word("an alias")?, name: self.word("a particle")?, line }
            }
            "ChargeConj" => Statement::ChargeConj {
                names: [self.word("a particle")?, self.word("its antiparticle")?],
                line,
            },
            "Particle" => {
                let name = self.word("a particle")?;
                let mass = self.number("a mass in GeV")?;
                let has_width = self.tokens.peek().is_some_and(|next| next.line == line);
                let width = has_width.then(|| self.number("a width in GeV")).transpose()?;
                Statement::Particle { name, mass, width, line }
            }
            "Decay" => {
                let name = self.word("a particle")?;
                Statement::Decay { name, modes: self.modes(line)? }
            }
            "CDecay" => Statement::CDecay { name: self.word("a particle")?, line },
            "CopyDecay" => {
                let (name, other) = (self.word("a particle")?, self.word("another particle")?);
                Statement::CopyDecay { name, other, line }
            }
            "ModelAlias" => {
                while self.next("a `;`")?.text != ";" {}
                return Ok(None);
            }
            text if PASSED_OVER.contains(&text) => {
                while self.tokens.next_if(|next| next.line == line).is_some() {}
                return Ok(None);
            }
            text => return Err(self.error(first, text, "a statement such as `Decay`")),
        };
        Ok(Some(statement))
    }

    fn modes(&mut self, begin: usize) -> Result<Vec<Mode>, DecaysError> {
        let mut modes = Vec::new();
        loop {
            let expected = format!("`Enddecay` for the `Decay` of line {begin}");
            let first = self.next(&expected)?;
            match first.text {
                "Enddecay" => return Ok(modes),
                ";" => {}
                _ => modes.push(self.mode(first)?),
            }
        }
    }

    fn mode(&mut self, first: Token<'a>) -> Result<Mode, DecaysError> {
        let expected = "a branching fraction between 0 and 1, or `Enddecay`";
        // Tables round: a sum of one may end as a little more.
        let fraction = first.text.parse().ok().filter(|x: &f64| (0.0..=1.0 + 1e-6).contains(x));
        let fraction = fraction.ok_or_else(|| self.error(first, first.text, expected))?;
        let mut words = Vec::new();
        let last = loop {
            let token = self.next("a `;` at the end of the mode")?;
            if token.text == ";" {
                break token;
            }
            words.push(token);
        };
        let is_end = |token: &Token<'_>| token.text == "PHOTOS";
        let is_model = |token: &Token<'_>| is_model(token.text) || self.models.contains_key(token.text);
        let n_daughters = words.iter().position(|word| is_end(word) || is_model(word));
        let model = words.iter().find(|word| is_model(word));
        let (Some(n_daughters), Some(model)) = (n_daughters, model) else {
            let found = words.iter().map(|word| word.text).collect::<Vec<_>>().join(" ");
            let expected = "particles and then a decay model of EvtGen, or one that a `ModelAlias` names";
            return Err(self.error(first, &found, expected));
        };
        let place = words.iter().position(&is_model).unwrap_or(words.len());
        // The parameters of a model are numbers and names of constants: another model means that two modes have run together.
        if let Some(second) = words.iter().skip(place + 1).find(|word| is_model(word)) {
            let expected = format!("a `;` after the mode of line {}, before another model", first.line);
            return Err(self.error(*second, second.text, &expected));
        }
        Ok(Mode {
            fraction,
            daughters: words[..n_daughters].iter().map(|word| word.text.to_owned()).collect(),
            model: (*self.models.get(model.text).unwrap_or(&model.text)).to_owned(),
            comment: self.comments.get(last.line - 1).copied().unwrap_or_default().to_owned(),
        })
    }

    fn next(&mut self, expected: &str) -> Result<Token<'a>, DecaysError> {
        self.tokens.next().ok_or_else(|| self.error(self.end, self.end.text, expected))
    }

    fn word(&mut self, expected: &str) -> Result<String, DecaysError> {
        let token = self.next(expected)?;
        if token.text == ";" {
            return Err(self.error(token, ";", expected));
        }
        Ok(token.text.to_owned())
    }

    fn number(&mut self, expected: &str) -> Result<f64, DecaysError> {
        let token = self.next(expected)?;
        let number = token.text.parse().ok().filter(|x: &f64| x.is_finite() && *x >= 0.0);
        number.ok_or_else(|| self.error(token, token.text, &format!("{expected} that is not negative")))
    }

    fn error(&self, token: Token<'_>, found: &str, expected: &str) -> DecaysError {
        DecaysError::syntax(self.file, token.line, found, expected)
    }
}

/// Statements about how decays look, or about other programs; each is one line.
const PASSED_OVER: &[&str] = &[
    "BlattWeisskopf",
    "ChangeMassMax",
    "ChangeMassMin",
    "Define",
    "IncludeBirthFactor",
    "IncludeDecayFactor",
    "JetSetPar",
    "LSFLAT",
    "LSMANYDELTAFUNC",
    "LSNONRELBW",
    "PythiaAliasParam",
    "PythiaBothParam",
    "PythiaGenericParam",
    "SetLineshapePW",
    "noFSR",
    "noPhotos",
    "normalFSR",
    "yesFSR",
    "yesIncoherentB0Mixing",
    "yesIncoherentBsMixing",
    "yesPhotos",
];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TEXT: &str = "\
# A table.
Define dm 0.5e12
Alias MyK K*0
ChargeConj MyK MyantiK
ModelAlias SL HQET2 1.2 0.9;
Particle K*0 0.8955 0.0473
Particle D0 1.865
Decay B0
0.5 D- mu+ nu_mu PHOTOS SL ; # PDG, value 0.5 +- 0.1
0.25 MyK
  gamma  HELAMP 1.0 0.0,
  1.0 0.0;
0. pi0 PHSP;
Enddecay
CDecay anti-B0
End
what comes after is not read
";

    #[test]
    fn statements_are_read() {
        let statements = parse("t.dec", TEXT).unwrap();
        assert_eq!(statements.len(), 6);
        let Statement::Decay { name, modes } = &statements[4] else { panic!("{:?}", statements[4]) };
        assert_eq!((name.as_str(), modes.len()), ("B0", 3));
        assert_eq!(modes[0].daughters, ["D-", "mu+", "nu_mu"]);
        assert_eq!((modes[0].model.as_str(), modes[0].comment.as_str()), ("HQET2", "PDG, value 0.5 +- 0.1"));
        assert_eq!((modes[1].fraction, modes[1].model.as_str()), (0.25, "HELAMP"));
        assert_eq!(modes[1].daughters, ["MyK", "gamma"]);
        let Statement::Particle { width: None, .. } = &statements[3] else { panic!("{:?}", statements[3]) };
    }

    #[test]
    fn errors_name_line_and_word() {
        let error = |from: &str, to: &str| parse("t.dec", &TEXT.replace(from, to)).unwrap_err().to_string();
        assert_eq!(
            error("Alias", "Allias"),
            "t.dec, line 3: found `Allias`, expected a statement such as `Decay`"
        );
        assert_eq!(
            error("0.5 D-", "half D-"),
            "t.dec, line 9: found `half`, expected a branching fraction between 0 and 1, or `Enddecay`"
        );
        assert!(error("0.5 D-", "-0.5 D-").contains("found `-0.5`"));
        assert!(error("pi0 PHSP", "pi0 PHASE").starts_with("t.dec, line 13: found `pi0 PHASE`"));
        let no_end = error("Enddecay\nCDecay anti-B0\nEnd\nwhat comes after is not read\n", "");
        assert!(
            no_end.contains("found `the end of the file`")
                && no_end.contains("`Enddecay` for the `Decay` of line 8")
        );
        assert_eq!(
            error("HELAMP 1.0 0.0,\n  1.0 0.0;", "HELAMP 1.0"),
            "t.dec, line 12: found `PHSP`, expected a `;` after the mode of line 10, before another model"
        );
        assert!(error("0.8955", "heavy").contains("found `heavy`, expected a mass in GeV"));
        assert!(parse("t.dec", "Alias a").is_err());
        assert!(parse("t.dec", "Decay B0\n 1.0 a b").is_err());
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(words in prop::collection::vec(
            prop::sample::select(vec!["Decay", "Enddecay", "B0", "0.5", ";", "PHSP", "\n", "Alias", "#", "Particle", "End", "CDecay", "x,"]), 0..40,
        )) {
            let _ = parse("t.dec", &words.join(" "));
        }
    }
}
