//! How the `control` member of a stored event is written and read: one object with the moment, the
//! fact's `type` and the fact's own members beside each other.
//!
//! serde can do that by itself, but then reads every member into a value of its own kind first, twice:
//! once to leave out the moment and once to find the type. A dossier that is not in memory is read
//! event by event; here moment and type are read first, which is how they were written, and the rest as
//! what it is.

use std::borrow::Cow;
use std::fmt;

use serde::de::value::{MapDeserializer, StrDeserializer};
use serde::de::{
    Deserializer, EnumAccess, Error as _, IgnoredAny, IntoDeserializer as _, MapAccess,
    VariantAccess, Visitor,
};
use serde::ser::{Error as _, Impossible, SerializeMap, SerializeStructVariant};
use serde::{Deserialize, Serialize, Serializer, forward_to_deserialize_any};

use super::{Fact, Moment};

/// The `control` member.
pub(super) struct Control<'a> {
    pub(super) at: Moment,
    pub(super) fact: Cow<'a, Fact>,
}

impl<'de> Deserialize<'de> for Control<'static> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Reading)
    }
}

struct Reading;

impl<'de> Visitor<'de> for Reading {
    type Value = Control<'static>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("the moment, the type and the members of a fact")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Control<'static>, M::Error> {
        let (mut at, mut kind) = (None, None);
        let mut before = serde_json::Map::new();
        while at.is_none() || kind.is_none() {
            let Some(name) = map.next_key::<Cow<'de, str>>()? else { break };
            match name.as_ref() {
                "at" => at = Some(map.next_value()?),
                "type" => kind = Some(map.next_value::<Cow<'de, str>>()?),
                _ => drop(before.insert(name.into_owned(), map.next_value()?)),
            }
        }
        let at = at.ok_or_else(|| M::Error::missing_field("at"))?;
        let kind = kind.ok_or_else(|| M::Error::missing_field("type"))?;
        let fact = if before.is_empty() {
            Fact::deserialize(Members { kind: &kind, map })?
        } else {
            // Somebody has written the members in an order of their own.
            while let Some((name, value)) = map.next_entry()? {
                before.insert(name, value);
            }
            let map = MapDeserializer::<_, serde_json::Error>::new(before.into_iter());
            Fact::deserialize(Members { kind: &kind, map }).map_err(M::Error::custom)?
        };
        Ok(Control { at, fact: Cow::Owned(fact) })
    }
}

/// A fact of some kind, with the members that are still to be read.
struct Members<'a, M> {
    kind: &'a str,
    map: M,
}

impl<'de, M: MapAccess<'de>> Deserializer<'de> for Members<'_, M> {
    type Error = M::Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Self::Error> {
        Err(no_fact())
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        visitor.visit_enum(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

impl<'de, M: MapAccess<'de>> EnumAccess<'de> for Members<'_, M> {
    type Error = M::Error;
    type Variant = Self;

    fn variant_seed<V: serde::de::DeserializeSeed<'de>>(
        self,
        seed: V,
    ) -> Result<(V::Value, Self), Self::Error> {
        let kind: StrDeserializer<'_, Self::Error> = self.kind.into_deserializer();
        Ok((seed.deserialize(kind)?, self))
    }
}

impl<'de, M: MapAccess<'de>> VariantAccess<'de> for Members<'_, M> {
    type Error = M::Error;

    fn unit_variant(mut self) -> Result<(), Self::Error> {
        while self.map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(())
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        visitor.visit_map(self.map)
    }

    fn newtype_variant_seed<T: serde::de::DeserializeSeed<'de>>(
        self,
        _: T,
    ) -> Result<T::Value, Self::Error> {
        Err(no_fact())
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, Self::Error> {
        Err(no_fact())
    }
}

fn no_fact<E: serde::de::Error>() -> E {
    E::custom("a fact has a type and named members")
}

impl Serialize for Control<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members = serializer.serialize_map(None)?;
        members.serialize_entry("at", &self.at)?;
        self.fact.serialize(Beside(&mut members))?;
        members.end()
    }
}

/// Writes a fact's type and members beside what is there already.
struct Beside<'a, M>(&'a mut M);

impl<M: SerializeMap> SerializeStructVariant for Beside<'_, M> {
    type Ok = ();
    type Error = M::Error;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), M::Error> {
        self.0.serialize_entry(name, value)
    }

    fn end(self) -> Result<(), M::Error> {
        Ok(())
    }
}

/// What a fact is not.
macro_rules! not {
    ($($method:ident($($of:ty),*) -> $made:ty;)*) => {
        $(fn $method(self, $(_: $of),*) -> Result<$made, M::Error> {
            Err(M::Error::custom("a fact has a type and named members"))
        })*
    };
}

impl<M: SerializeMap> Serializer for Beside<'_, M> {
    type Ok = ();
    type Error = M::Error;
    type SerializeSeq = Impossible<(), M::Error>;
    type SerializeTuple = Impossible<(), M::Error>;
    type SerializeTupleStruct = Impossible<(), M::Error>;
    type SerializeTupleVariant = Impossible<(), M::Error>;
    type SerializeMap = Impossible<(), M::Error>;
    type SerializeStruct = Impossible<(), M::Error>;
    type SerializeStructVariant = Self;

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        kind: &'static str,
        _: usize,
    ) -> Result<Self, M::Error> {
        self.0.serialize_entry("type", kind)?;
        Ok(self)
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        kind: &'static str,
    ) -> Result<(), M::Error> {
        self.0.serialize_entry("type", kind)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, _: &T) -> Result<(), M::Error> {
        self.serialize_none()
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: &T,
    ) -> Result<(), M::Error> {
        self.serialize_none()
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<(), M::Error> {
        self.serialize_none()
    }

    not! {
        serialize_bool(bool) -> ();
        serialize_i8(i8) -> ();
        serialize_i16(i16) -> ();
        serialize_i32(i32) -> ();
        serialize_i64(i64) -> ();
        serialize_u8(u8) -> ();
        serialize_u16(u16) -> ();
        serialize_u32(u32) -> ();
        serialize_u64(u64) -> ();
        serialize_f32(f32) -> ();
        serialize_f64(f64) -> ();
        serialize_char(char) -> ();
        serialize_str(&str) -> ();
        serialize_bytes(&[u8]) -> ();
        serialize_none() -> ();
        serialize_unit() -> ();
        serialize_unit_struct(&'static str) -> ();
        serialize_seq(Option<usize>) -> Self::SerializeSeq;
        serialize_tuple(usize) -> Self::SerializeTuple;
        serialize_tuple_struct(&'static str, usize) -> Self::SerializeTupleStruct;
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Self::SerializeTupleVariant;
        serialize_map(Option<usize>) -> Self::SerializeMap;
        serialize_struct(&'static str, usize) -> Self::SerializeStruct;
    }
}

#[cfg(test)]
mod tests {
    use crate::dossier::{Event, Fact};

    const STORED: &str = r#"{"control":{"at":"2026-11-19T09:20:00+07:00","type":"consent_given","task":"residence","consent":1}}"#;

    #[test]
    fn moment_type_and_members_stand_beside_each_other() {
        let event = Event {
            at: "2026-11-19T09:20:00+07:00".parse().unwrap(),
            fact: Fact::ConsentGiven { task: "residence".to_owned(), consent: 1 },
            personal: None,
        };
        assert_eq!(serde_json::to_string(&event).unwrap(), STORED);
        assert_eq!(serde_json::from_str::<Event>(STORED).unwrap(), event);
    }

    #[test]
    fn members_come_in_any_order() {
        let later = r#"{"control":{"consent":1,"at":"2026-11-19T09:20:00+07:00","type":"consent_given","task":"residence"}}"#;
        let read = |text| serde_json::from_str::<Event>(text).unwrap();
        assert_eq!(read(later), read(STORED));
    }

    #[test]
    fn unknown_members_are_left_out() {
        let later = STORED.replace("\"task\"", "\"x\":{\"y\":[1]},\"task\"");
        let read = |text| serde_json::from_str::<Event>(text).unwrap();
        assert_eq!(read(&later), read(STORED));
    }

    #[test]
    fn what_is_no_fact_is_refused() {
        for (part, other) in [
            ("consent_given", "consent_taken"),
            ("\"type\"", "\"kind\""),
            ("\"at\"", "\"on\""),
            ("\"task\"", "\"duty\""),
            ("2026-11-19T", "2026-13-19T"),
            (":1}}", ":\"1\"}}"),
        ] {
            let text = STORED.replacen(part, other, 1);
            assert!(serde_json::from_str::<Event>(&text).is_err(), "{text}");
        }
    }
}
