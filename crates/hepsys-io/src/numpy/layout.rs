use npyz::{DType, Endianness, NpyHeader, Order, TypeChar, TypeStr};

use crate::IoError;
use crate::plan::FileColumn;

/// More columns than this in one array are taken for a transposed array.
const MOST_COLUMNS: u64 = 1 << 16;

/// Where the columns of an array lie.
pub(super) struct Layout {
    pub(super) columns: Vec<Place>,
    pub(super) n_rows: u64,
    /// How many bytes an event takes.
    pub(super) row_bytes: u64,
    /// Whether the columns follow each other rather than the events.
    pub(super) by_column: bool,
}

/// One column of an array.
pub(super) struct Place {
    pub(super) name: String,
    /// The first byte within an event.
    pub(super) offset: u64,
    pub(super) number: Result<Number, String>,
}

/// How a number is stored.
#[derive(Clone, Copy)]
pub(super) struct Number {
    kind: TypeChar,
    pub(super) bytes: u64,
    is_big_endian: bool,
}

impl Layout {
    /// The columns of a structured array by their names, those of a plain one as NumPy names them: `f0`, `f1`, …
    pub(super) fn new(file: &str, format: &'static str, header: &NpyHeader) -> Result<Self, IoError> {
        let shape = header.shape();
        let damaged = |reason: String| IoError::damaged(file, format, reason);
        let (n_rows, n_columns) = match (header.dtype(), shape) {
            (DType::Record(_), &[n]) | (_, &[n]) => (n, 1),
            (DType::Plain(_), &[n, k]) if k <= MOST_COLUMNS => (n, k),
            _ => return Err(damaged(format!("an array of shape {shape:?} has no columns of events"))),
        };
        let mut columns = Vec::new();
        let mut row_bytes = 0_u64;
        let mut add = |name: String, dtype: &DType| {
            let bytes = dtype.num_bytes().ok_or_else(|| damaged(format!("\"{name}\" has no size")))? as u64;
            columns.push(Place { name, offset: row_bytes, number: number(dtype) });
            row_bytes =
                row_bytes.checked_add(bytes).ok_or_else(|| damaged("its rows are too long".into()))?;
            Ok::<(), IoError>(())
        };
        match header.dtype() {
            DType::Record(fields) => fields.into_iter().try_for_each(|f| add(f.name, &f.dtype))?,
            dtype => (0..n_columns).try_for_each(|i| add(format!("f{i}"), &dtype))?,
        }
        let by_column = shape.len() == 2 && header.order() == Order::Fortran;
        Ok(Self { columns, n_rows, row_bytes, by_column })
    }

    pub(super) fn file_columns(&self) -> Vec<FileColumn> {
        self.columns
            .iter()
            .map(|c| FileColumn {
                not_numbers: c.number.as_ref().err().cloned(),
                ..FileColumn::numbers(&c.name)
            })
            .collect()
    }
}

fn number(dtype: &DType) -> Result<Number, String> {
    let no_number = || format!("values of type {}", dtype.descr());
    let DType::Plain(plain) = dtype else { return Err(no_number()) };
    Number::new(plain).ok_or_else(no_number)
}

impl Number {
    fn new(plain: &TypeStr) -> Option<Self> {
        let (kind, bytes) = (plain.type_char(), plain.size_field());
        let known = match kind {
            TypeChar::Float => matches!(bytes, 4 | 8),
            TypeChar::Int | TypeChar::Uint => matches!(bytes, 1 | 2 | 4 | 8),
            _ => false,
        };
        known.then_some(Self { kind, bytes, is_big_endian: plain.endianness() == Endianness::Big })
    }

    /// The number in the first bytes of `bytes`.
    pub(super) fn decode(self, bytes: &[u8]) -> f64 {
        let n = self.bytes as usize;
        let mut little = [0; 8];
        little[..n].copy_from_slice(&bytes[..n]);
        if self.is_big_endian {
            little[..n].reverse();
        }
        let bits = u64::from_le_bytes(little);
        match (self.kind, n) {
            (TypeChar::Float, 4) => f64::from(f32::from_bits(bits as u32)),
            (TypeChar::Float, _) => f64::from_bits(bits),
            // Shifting up and back down repeats the sign.
            (TypeChar::Int, n) => {
                let unused = 64 - 8 * n as u32;
                ((bits << unused) as i64 >> unused) as f64
            }
            _ => bits as f64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(type_str: &str, bytes: &[u8]) -> f64 {
        Number::new(&type_str.parse().unwrap()).unwrap().decode(bytes)
    }

    #[test]
    fn numbers_of_every_type_become_f64() {
        assert_eq!(decode("<f8", &1.5_f64.to_le_bytes()), 1.5);
        assert_eq!(decode(">f8", &1.5_f64.to_be_bytes()), 1.5);
        assert_eq!(decode(">f4", &(-2.25_f32).to_be_bytes()), -2.25);
        assert_eq!(decode("<i2", &(-300_i16).to_le_bytes()), -300.0);
        assert_eq!(decode(">i8", &(-3_i64).to_be_bytes()), -3.0);
        assert_eq!(decode("|i1", &[0xff]), -1.0);
        assert_eq!(decode("|u1", &[0xff]), 255.0);
        assert_eq!(decode("<u4", &u32::MAX.to_le_bytes()), f64::from(u32::MAX));
    }

    #[test]
    fn text_is_no_number() {
        assert!(Number::new(&"<U3".parse().unwrap()).is_none());
    }
}
