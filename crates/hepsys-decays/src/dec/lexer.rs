//! Words of a decay file, with the lines that they stand on.

/// A word, or a `;`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Token<'a> {
    pub(super) text: &'a str,
    /// Counted from one.
    pub(super) line: usize,
}

/// The tokens of a text, and the comment that each line ends with.
pub(super) fn tokens(text: &str) -> (Vec<Token<'_>>, Vec<&str>) {
    let mut tokens = Vec::new();
    let mut comments = Vec::new();
    for (i, whole) in text.lines().enumerate() {
        let (code, comment) = whole.split_once('#').unwrap_or((whole, ""));
        comments.push(comment.trim());
        for word in code.split_whitespace() {
            let mut rest = word;
            while let Some(at) = rest.find([';', ',']) {
                if at > 0 {
                    tokens.push(Token { text: &rest[..at], line: i + 1 });
                }
                if rest[at..].starts_with(';') {
                    tokens.push(Token { text: ";", line: i + 1 });
                }
                rest = &rest[at + 1..];
            }
            if !rest.is_empty() {
                tokens.push(Token { text: rest, line: i + 1 });
            }
        }
    }
    (tokens, comments)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_semicolons_and_comments_part() {
        let (tokens, comments) = tokens("0.5 K+ pi-  PHSP;# half\n\n1,2;;");
        let texts: Vec<_> = tokens.iter().map(|token| (token.text, token.line)).collect();
        let first = [("0.5", 1), ("K+", 1), ("pi-", 1), ("PHSP", 1), (";", 1)];
        assert_eq!(texts, [&first[..], &[("1", 3), ("2", 3), (";", 3), (";", 3)]].concat());
        assert_eq!(comments, ["half", "", ""]);
    }
}
