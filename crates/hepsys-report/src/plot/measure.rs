//! How wide text is, near enough to keep it apart: SVG leaves the font to the reader.

/// The width of a line of text in the unit of `em`, on the wide side of Helvetica and Arial.
pub(super) fn text_width(text: &str, em: f64) -> f64 {
    em * text.chars().map(character).sum::<f64>()
}

fn character(c: char) -> f64 {
    match c {
        'i' | 'j' | 'l' | 'I' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' => 0.27,
        'f' | 't' | 'r' | '(' | ')' | '[' | ']' | '/' | ' ' | '-' => 0.33,
        'm' | 'w' | 'M' | 'W' | '%' | '@' => 0.87,
        '…' => 1.0,
        '⁰' | '¹' | '²' | '³' | '⁴' | '⁵' | '⁶' | '⁷' | '⁸' | '⁹' | '⁻' => 0.40,
        '₀'..='₉' | 'ₐ'..='ₜ' => 0.40,
        '0'..='9' => 0.57,
        'A'..='Z' | '×' | '−' | '±' | '≤' | '≥' | '+' | '=' | '<' | '>' | '~' => 0.70,
        '\u{0300}'..='\u{036f}' => 0.0,
        // Scripts written in squares.
        c if c as u32 >= 0x2e80 => 1.0,
        _ => 0.56,
    }
}

/// The text in lines no wider than `room`, broken at spaces; a word alone may be wider.
pub(super) fn wrap(text: &str, em: f64, room: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if text_width(line, em) + text_width(" ", em) + text_width(word, em) <= room => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    if lines.is_empty() { vec![String::new()] } else { lines }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_broken_at_spaces_only_where_they_must() {
        assert_eq!(wrap("data over reference", 1.0, 100.0), ["data over reference"]);
        assert_eq!(wrap("data over reference", 1.0, 6.0), ["data over", "reference"]);
        assert_eq!(wrap("", 1.0, 6.0), [""]);
    }
}
