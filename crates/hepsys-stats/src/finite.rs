//! Finds numbers that JSON cannot hold: `serde_json` writes NaN and infinities as `null` without a word.

use std::fmt;

use serde::Serialize;
use serde::ser::{self, Serializer};

/// Refuses a value that holds a NaN or an infinity anywhere.
pub(crate) fn check<T: Serialize + ?Sized>(value: &T) -> Result<(), NotFinite> {
    value.serialize(Finite)
}

#[derive(Debug)]
pub(crate) struct NotFinite(String);

impl fmt::Display for NotFinite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NotFinite {}

impl ser::Error for NotFinite {
    fn custom<M: fmt::Display>(message: M) -> Self {
        Self(message.to_string())
    }
}

/// A serializer that writes nothing and looks at every number.
struct Finite;

type Looked = Result<(), NotFinite>;

impl Serializer for Finite {
    type Ok = ();
    type Error = NotFinite;
    type SerializeSeq = Self;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Self;
    type SerializeTupleVariant = Self;
    type SerializeMap = Self;
    type SerializeStruct = Self;
    type SerializeStructVariant = Self;

    fn serialize_f64(self, v: f64) -> Looked {
        if v.is_finite() { Ok(()) } else { Err(NotFinite(format!("the number {v}"))) }
    }
    fn serialize_f32(self, v: f32) -> Looked {
        self.serialize_f64(v.into())
    }
    fn serialize_bool(self, _: bool) -> Looked {
        Ok(())
    }
    fn serialize_i8(self, _: i8) -> Looked {
        Ok(())
    }
    fn serialize_i16(self, _: i16) -> Looked {
        Ok(())
    }
    fn serialize_i32(self, _: i32) -> Looked {
        Ok(())
    }
    fn serialize_i64(self, _: i64) -> Looked {
        Ok(())
    }
    fn serialize_i128(self, _: i128) -> Looked {
        Ok(())
    }
    fn serialize_u8(self, _: u8) -> Looked {
        Ok(())
    }
    fn serialize_u16(self, _: u16) -> Looked {
        Ok(())
    }
    fn serialize_u32(self, _: u32) -> Looked {
        Ok(())
    }
    fn serialize_u64(self, _: u64) -> Looked {
        Ok(())
    }
    fn serialize_u128(self, _: u128) -> Looked {
        Ok(())
    }
    fn serialize_char(self, _: char) -> Looked {
        Ok(())
    }
    fn serialize_str(self, _: &str) -> Looked {
        Ok(())
    }
    fn serialize_bytes(self, _: &[u8]) -> Looked {
        Ok(())
    }
    fn serialize_none(self) -> Looked {
        Ok(())
    }
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Looked {
        value.serialize(self)
    }
    fn serialize_unit(self) -> Looked {
        Ok(())
    }
    fn serialize_unit_struct(self, _: &'static str) -> Looked {
        Ok(())
    }
    fn serialize_unit_variant(self, _: &'static str, _: u32, _: &'static str) -> Looked {
        Ok(())
    }
    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Looked {
        value.serialize(self)
    }
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        value: &T,
    ) -> Looked {
        value.serialize(self)
    }
    fn serialize_seq(self, _: Option<usize>) -> Result<Self, NotFinite> {
        Ok(self)
    }
    fn serialize_tuple(self, _: usize) -> Result<Self, NotFinite> {
        Ok(self)
    }
    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self, NotFinite> {
        Ok(self)
    }
    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self, NotFinite> {
        Ok(self)
    }
    fn serialize_map(self, _: Option<usize>) -> Result<Self, NotFinite> {
        Ok(self)
    }
    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self, NotFinite> {
        Ok(self)
    }
    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self, NotFinite> {
        Ok(self)
    }
}

impl ser::SerializeSeq for Finite {
    type Ok = ();
    type Error = NotFinite;
    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Looked {
        check(value)
    }
    fn end(self) -> Looked {
        Ok(())
    }
}

impl ser::SerializeTuple for Finite {
    type Ok = ();
    type Error = NotFinite;
    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Looked {
        check(value)
    }
    fn end(self) -> Looked {
        Ok(())
    }
}

impl ser::SerializeTupleStruct for Finite {
    type Ok = ();
    type Error = NotFinite;
    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Looked {
        check(value)
    }
    fn end(self) -> Looked {
        Ok(())
    }
}

impl ser::SerializeTupleVariant for Finite {
    type Ok = ();
    type Error = NotFinite;
    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Looked {
        check(value)
    }
    fn end(self) -> Looked {
        Ok(())
    }
}

impl ser::SerializeMap for Finite {
    type Ok = ();
    type Error = NotFinite;
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Looked {
        check(key)
    }
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Looked {
        check(value)
    }
    fn end(self) -> Looked {
        Ok(())
    }
}

impl ser::SerializeStruct for Finite {
    type Ok = ();
    type Error = NotFinite;
    fn serialize_field<T: Serialize + ?Sized>(&mut self, _: &'static str, value: &T) -> Looked {
        check(value)
    }
    fn end(self) -> Looked {
        Ok(())
    }
}

impl ser::SerializeStructVariant for Finite {
    type Ok = ();
    type Error = NotFinite;
    fn serialize_field<T: Serialize + ?Sized>(&mut self, _: &'static str, value: &T) -> Looked {
        check(value)
    }
    fn end(self) -> Looked {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[derive(Serialize)]
    enum Value {
        One(Option<f64>),
        Two(f64, f64),
        Named { t: f64, parts: Vec<(usize, f32)> },
        Map(BTreeMap<String, f64>),
    }

    #[test]
    fn a_number_that_is_not_finite_is_found_at_any_depth() {
        let named = |t, part| Value::Named { t, parts: vec![(0, part)] };
        let map = |v| Value::Map([("a".to_owned(), v)].into());
        for (fine, spoilt) in [
            (Value::One(Some(1.0)), Value::One(Some(f64::NAN))),
            (Value::One(None), Value::Two(0.0, f64::INFINITY)),
            (named(0.0, 0.0), named(f64::NEG_INFINITY, 0.0)),
            (Value::Two(0.0, 1.0), named(0.0, f32::NAN)),
            (map(1.0), map(f64::NAN)),
        ] {
            assert!(check(&fine).is_ok());
            assert!(check(&spoilt).is_err());
        }
    }
}
