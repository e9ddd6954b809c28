use std::io::Read;

use npyz::NpyHeader;

use crate::IoError;

/// NumPy's own readers refuse headers beyond 10,000 bytes; structured arrays of thousands of columns need more.
const LONGEST: usize = 1 << 20;

/// Brackets nested deeper than this occur in no array of numbers; npyz parses them by recursion.
const DEEPEST: usize = 16;

/// Reads the header of an array and leaves the reader at its first value.
///
/// npyz takes the length and the shape of a hostile header at their word, so both are checked first.
pub(super) fn read(file: &str, format: &'static str, mut reader: impl Read) -> Result<NpyHeader, IoError> {
    let damaged = |reason: &str| IoError::damaged(file, format, reason);
    let failed = |e| IoError::reading(file, format, e);
    let mut start = [0; 10];
    reader.read_exact(&mut start).map_err(failed)?;
    if !start.starts_with(b"\x93NUMPY") {
        return Err(damaged("it does not start with the signature of a NumPy array"));
    }
    let mut bytes = start.to_vec();
    let length = match start[6] {
        1 => usize::from(u16::from_le_bytes([start[8], start[9]])),
        2 | 3 => {
            let mut rest = [0; 2];
            reader.read_exact(&mut rest).map_err(failed)?;
            bytes.extend(rest);
            u32::from_le_bytes([start[8], start[9], rest[0], rest[1]]) as usize
        }
        version => return Err(damaged(&format!("version {version} of the header is unknown"))),
    };
    if length > LONGEST {
        return Err(damaged(&format!("its header claims {length} bytes")));
    }
    let text_at = bytes.len();
    bytes.resize(text_at + length, 0);
    reader.read_exact(&mut bytes[text_at..]).map_err(failed)?;
    check(&bytes[text_at..]).map_err(damaged)?;
    NpyHeader::from_reader(bytes.as_slice()).map_err(failed)
}

/// Whether npyz can take this header without overflow: its products of dimensions, its nesting.
fn check(text: &[u8]) -> Result<(), &'static str> {
    let (mut depth, mut product, mut number) = (0_usize, 1_u64, 0_u64);
    let mut quote = None;
    let mut bytes = text.iter().copied();
    while let Some(byte) = bytes.next() {
        if let Some(q) = quote {
            match byte {
                b'\\' => _ = bytes.next(),
                b if b == q => quote = None,
                _ => {}
            }
            continue;
        }
        if byte.is_ascii_digit() {
            number = number
                .checked_mul(10)
                .and_then(|n| n.checked_add(u64::from(byte - b'0')))
                .ok_or("its header has a number beyond 64 bits")?;
            continue;
        }
        product = product.checked_mul(number.max(1)).ok_or("its shape has more than 2^64 values")?;
        number = 0;
        match byte {
            b'\'' | b'"' => quote = Some(byte),
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            // The letters of True and False, the only words of a header.
            b'T' | b'r' | b'u' | b'e' | b'F' | b'a' | b'l' | b's' | b',' | b':' => {}
            b if b.is_ascii_whitespace() => {}
            _ => return Err("its header is no dictionary of shape, order and type"),
        }
        if depth > DEEPEST {
            return Err("its header is nested too deeply");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(text: &str) -> Result<NpyHeader, IoError> {
        let bytes = [b"\x93NUMPY\x01\x00", &(text.len() as u16).to_le_bytes()[..], text.as_bytes()].concat();
        read("a.npy", "NPY", bytes.as_slice())
    }

    #[test]
    fn ordinary_headers_are_understood() {
        let array = header("{'descr': '<f8', 'fortran_order': False, 'shape': (3, 2), }").unwrap();
        assert_eq!(array.shape(), [3, 2]);
        let table =
            header("{'descr': [('a\\'(b', '<f4'), ('b', '|S7')], 'fortran_order': False, 'shape': (3,), }");
        assert_eq!(table.unwrap().shape(), [3]);
    }

    #[test]
    fn hostile_headers_are_refused() {
        for text in [
            "{'descr': '<f8', 'fortran_order': False, 'shape': (4294967296, 4294967296), }".to_owned(),
            "{'descr': '<f8', 'fortran_order': False, 'shape': (0, 18446744073709551615, 3), }".to_owned(),
            "{'descr': '<f8', 'fortran_order': False, 'shape': (0x7fffffffffffffff, 3), }".to_owned(),
            "(".repeat(10_000),
        ] {
            assert!(matches!(header(&text), Err(IoError::Damaged { .. })), "{text:.80}");
        }
    }
}
