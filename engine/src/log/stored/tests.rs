//! The stored form of a payload is recognised exactly: by reading it and writing it again.

use std::borrow::Cow;

use lienthong_domain::event::{Payload, stored_text};
use proptest::prelude::*;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Page, Stored, members};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Members<'a> {
    #[serde(borrow)]
    control: &'a RawValue,
    #[serde(default)]
    personal: Option<String>,
}

/// The slow way: read, write, compare.
fn oracle(text: &str) -> Option<Payload> {
    let read: Members<'_> = serde_json::from_str(text).ok()?;
    let payload = Payload { control: read.control.get().to_owned(), personal: read.personal };
    let same = stored_text(&payload).is_ok_and(|it| it == text);
    (same && payload.personal.as_deref() != Some("")).then_some(payload)
}

fn found(text: &str) -> Option<Payload> {
    let (control, personal) = members(text).ok()?;
    Some(Payload { control: control.to_owned(), personal: personal.map(Cow::into_owned) })
}

#[test]
fn every_character_is_escaped_in_one_way() {
    for character in ('\0'..='\u{2ff}').chain(['\u{2028}', 'ế', '𝄞']) {
        let personal = Some(format!("a{character}b"));
        let payload = Payload { control: r#"{"n":1}"#.to_owned(), personal };
        let text = stored_text(&payload).unwrap();
        assert_eq!(found(&text), Some(payload), "{text}");
        let code = u32::from(character);
        for other in [format!("\\u{code:04x}"), format!("\\u{code:04X}"), "\\/".to_owned()] {
            let text = format!(r#"{{"control":1,"personal":"a{other}b"}}"#);
            assert_eq!(found(&text), oracle(&text), "{text}");
        }
    }
}

#[test]
fn a_page_gives_back_what_it_was_given() {
    let event = |position, payload| Stored {
        partition: 7,
        position,
        aggregate_type: "dossier",
        aggregate_id: "a",
        sequence: position,
        event_type: "",
        event_version: "1",
        payload,
        metadata: "{}",
        command_id: uuid::Uuid::from_u128(position.into()),
        recorded_at: -1,
        hash: [9; 32],
    };
    let mut page = Page::default();
    for events in [vec![event(1, "một"), event(2, "")], vec![event(3, "ba")]] {
        page.clear();
        assert!(page.is_empty());
        events.iter().for_each(|it| page.push(it));
        let back: Vec<_> = page.events().map(|it| format!("{it:?}")).collect();
        assert_eq!(back, events.iter().map(|it| format!("{it:?}")).collect::<Vec<_>>());
    }
}

/// Texts of the right form, and such that are nearly.
fn texts() -> impl Strategy<Value = String> {
    let control = prop_oneof![
        Just(r#"{"n":1,"personal":"x"}"#.to_owned()),
        Just("[1, 2]".to_owned()),
        Just(" 1".to_owned()),
        Just("1 ".to_owned()),
        Just("-0.5e3".to_owned()),
        Just("\"}\"".to_owned()),
        Just("nul".to_owned()),
        ".{0,6}",
    ];
    let personal = prop_oneof![
        Just(String::new()),
        r#",?"personal":"[a-c"\\/u0019nté]{0,8}""#,
        r#", "personal":"a""#,
        ",\"personal\":null",
        ",\"other\":1",
        ",\"personal\":\"(\\\\(u00[01][0-9a-fA-F]|[bfnrt\"\\\\/])|[a-z\\t\\n]){0,4}\"",
    ];
    (control, personal, prop_oneof![Just("}"), Just("} "), Just("}}")])
        .prop_map(|(control, personal, end)| format!("{{\"control\":{control}{personal}{end}"))
}

proptest! {
    #[test]
    fn members_are_found_where_reading_and_writing_gives_the_same(text in texts()) {
        prop_assert_eq!(found(&text), oracle(&text));
    }
}
