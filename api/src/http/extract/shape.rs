//! Where a body has the wrong shape, and how it is wrong. Names of members that we know are told;
//! what was sent is not.

use lienthong_domain::language::Text;
use lienthong_domain::workflow::FieldFault;
use serde_path_to_error::{Path, Segment};

/// A longer name is no name; its place is told without it.
const NAME_BYTES_MAX: usize = 100;

/// The fault behind an error of serde's, which says what it misses in its message alone.
pub(super) fn fault(path: &Path, error: &serde_json::Error) -> FieldFault {
    let told = error.to_string();
    let mut pointer = pointer(path);
    if let Some(name) = named(&told, "missing field `") {
        pointer.push_str(&format!("/{name}"));
        let message = Text::new("Mục này còn thiếu.", "This is missing.");
        return FieldFault::new(pointer, "required", message);
    }
    let unknown_field = told.starts_with("unknown field `");
    if unknown_field || told.starts_with("unknown variant `") {
        // The name was sent, and is ours to repeat as little as a value: its parent is told.
        let end = if unknown_field { pointer.rfind('/') } else { None };
        pointer.truncate(end.unwrap_or(pointer.len()));
        let message = Text::new(
            "Ở đây có một thành phần không được dùng.",
            "There is a member here that is not known.",
        );
        return FieldFault::new(pointer, "unknown-field", message);
    }
    if let Some(name) = named(&told, "duplicate field `") {
        pointer.push_str(&format!("/{name}"));
        let message = Text::new("Mục này có hai lần.", "This is here twice.");
        return FieldFault::new(pointer, "repeated", message);
    }
    let message = Text::new("Giá trị có kiểu khác.", "The value is of another type.");
    FieldFault::new(pointer, "wrong-type", message)
}

/// The name of a member of ours that a message is about.
fn named<'a>(told: &'a str, begins: &str) -> Option<&'a str> {
    told.strip_prefix(begins)?.split('`').next()
}

fn pointer(path: &Path) -> String {
    let mut pointer = String::new();
    for segment in path.iter() {
        let part = match segment {
            Segment::Seq { index } => index.to_string(),
            Segment::Map { key } => key.clone(),
            Segment::Enum { variant } => variant.clone(),
            Segment::Unknown => break,
        };
        if part.len() > NAME_BYTES_MAX {
            break;
        }
        pointer.push('/');
        pointer.push_str(&part.replace('~', "~0").replace('/', "~1"));
    }
    pointer
}
