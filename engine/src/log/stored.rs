//! Events as they lie in the store, borrowed: what reads a whole log makes nothing of them that it
//! does not need.

use std::borrow::Cow;

use serde_json::value::RawValue;
use uuid::Uuid;

use super::{Hash, Recorded, Unreadable};

/// A stored event. The texts are as stored, byte for byte.
#[derive(Clone, Copy, Debug)]
pub struct Stored<'a> {
    pub partition: u32,
    pub position: u64,
    pub aggregate_type: &'a str,
    pub aggregate_id: &'a str,
    pub sequence: u64,
    pub event_type: &'a str,
    pub event_version: &'a str,
    pub payload: &'a str,
    pub metadata: &'a str,
    pub command_id: Uuid,
    /// Microseconds since 1970 in UTC.
    pub recorded_at: i64,
    pub hash: Hash,
}

impl<'a> From<&'a Recorded> for Stored<'a> {
    fn from(event: &'a Recorded) -> Self {
        Self {
            partition: event.partition,
            position: event.position,
            aggregate_type: &event.stream.aggregate_type,
            aggregate_id: &event.stream.aggregate_id,
            sequence: event.sequence,
            event_type: &event.event_type,
            event_version: &event.event_version,
            payload: &event.payload,
            metadata: &event.metadata,
            command_id: event.command_id,
            recorded_at: event.recorded_at.timestamp_micros(),
            hash: event.hash,
        }
    }
}

const CONTROL: &str = r#"{"control":"#;
const PERSONAL: &str = r#","personal":""#;

/// The two members of a stored payload: the control value as stored, and the personal string.
///
/// # Errors
/// If the text is not exactly what [`lienthong_domain::event::stored_text`] makes.
pub(crate) fn members(payload: &str) -> Result<(&str, Option<Cow<'_, str>>), Unreadable> {
    let rest = payload.strip_prefix(CONTROL).ok_or(Unreadable)?;
    let mut values = serde_json::Deserializer::from_str(rest).into_iter::<&RawValue>();
    let control = values.next().and_then(Result::ok).ok_or(Unreadable)?.get();
    // White space before the value would make these differ.
    let rest = rest.strip_prefix(control).ok_or(Unreadable)?;
    if rest == "}" {
        return Ok((control, None));
    }
    let quoted = rest.strip_prefix(PERSONAL).and_then(|it| it.strip_suffix("\"}"));
    let personal = quoted.and_then(unescaped).ok_or(Unreadable)?;
    // An empty personal string would hash like none.
    if personal.is_empty() { Err(Unreadable) } else { Ok((control, Some(personal))) }
}

/// What a JSON string stands for, if it is escaped as serde_json does it: the shortest way, and no
/// more than must be.
fn unescaped(quoted: &str) -> Option<Cow<'_, str>> {
    let is_special = |it: u8| it == b'\\' || it == b'"' || it < b' ';
    let mut text = String::new();
    let mut rest = quoted;
    while let Some(at) = rest.bytes().position(is_special) {
        let escape = rest[at..].strip_prefix('\\')?;
        let (character, length) = character(escape.as_bytes())?;
        text.reserve(quoted.len());
        text.push_str(&rest[..at]);
        text.push(character);
        rest = &escape[length..];
    }
    if text.is_empty() {
        return Some(Cow::Borrowed(rest));
    }
    text.push_str(rest);
    Some(Cow::Owned(text))
}

/// The character behind a backslash, and the length of what stands for it.
fn character(escape: &[u8]) -> Option<(char, usize)> {
    let character = match escape {
        [it @ (b'"' | b'\\'), ..] => char::from(*it),
        [b'b', ..] => '\u{8}',
        [b't', ..] => '\t',
        [b'n', ..] => '\n',
        [b'f', ..] => '\u{c}',
        [b'r', ..] => '\r',
        [b'u', b'0', b'0', high @ (b'0' | b'1'), low @ (b'0'..=b'9' | b'a'..=b'f'), ..] => {
            let digit = |it: u8| char::from(it).to_digit(16);
            let character = char::from_u32(digit(*high)? * 16 + digit(*low)?)?;
            let has_short_form = matches!(character, '\u{8}' | '\t' | '\n' | '\u{c}' | '\r');
            return (!has_short_form).then_some((character, 5));
        }
        _ => return None,
    };
    Some((character, 1))
}

/// Events read together, their texts in one piece of memory that is used again for the next.
#[derive(Default)]
pub struct Page {
    texts: String,
    events: Vec<Place>,
}

/// An event's place in a page.
struct Place {
    partition: u32,
    position: u64,
    sequence: u64,
    command_id: Uuid,
    recorded_at: i64,
    hash: Hash,
    /// Where its six texts end.
    ends: [usize; 6],
}

/// Events in a page.
pub(crate) const PAGE_EVENTS: u32 = 1_000;
/// A page that has this many bytes takes no further event.
const PAGE_BYTES: usize = 4 * 1024 * 1024;

impl Page {
    pub(crate) fn clear(&mut self) {
        self.texts.clear();
        self.events.clear();
    }

    pub(crate) fn push(&mut self, event: &Stored<'_>) {
        let texts = [
            event.aggregate_type,
            event.aggregate_id,
            event.event_type,
            event.event_version,
            event.payload,
            event.metadata,
        ];
        let ends = texts.map(|text| {
            self.texts.push_str(text);
            self.texts.len()
        });
        let Stored { partition, position, sequence, command_id, recorded_at, hash, .. } = *event;
        let place = Place { partition, position, sequence, command_id, recorded_at, hash, ends };
        self.events.push(place);
    }

    /// Whether a reader should bring no more for now.
    pub(crate) fn is_full(&self) -> bool {
        self.texts.len() >= PAGE_BYTES
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// The events in their order.
    pub fn events(&self) -> impl Iterator<Item = Stored<'_>> {
        let mut begin = 0;
        self.events.iter().map(move |place| {
            let [aggregate_type, aggregate_id, event_type, event_version, payload, metadata] =
                place.ends.map(|end| {
                    let text = &self.texts[begin..end];
                    begin = end;
                    text
                });
            let Place { partition, position, sequence, command_id, recorded_at, hash, .. } = *place;
            Stored {
                partition,
                position,
                aggregate_type,
                aggregate_id,
                sequence,
                event_type,
                event_version,
                payload,
                metadata,
                command_id,
                recorded_at,
                hash,
            }
        })
    }
}

#[cfg(test)]
mod tests;
