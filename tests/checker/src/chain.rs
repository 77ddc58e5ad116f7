//! The hash chain of a stream, as `docs/src/events.md` describes it, written a second time.

use serde::Deserialize;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use crate::history::Row;

/// What comes before a stream's first event.
pub(crate) const BEGINNING: [u8; 32] = [0; 32];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored<'a> {
    #[serde(borrow)]
    control: &'a RawValue,
    #[serde(default)]
    personal: Option<String>,
}

/// The hash that an event must have after `previous`; `None` if its payload is not in the stored
/// form.
pub(crate) fn hash(row: &Row, previous: &[u8; 32]) -> Option<[u8; 32]> {
    let stored: Stored<'_> = serde_json::from_str(&row.payload).ok()?;
    let control = stored.control.get();
    let written = match &stored.personal {
        None => format!("{{\"control\":{control}}}"),
        Some(personal) if personal.is_empty() => return None,
        Some(personal) => {
            let personal = serde_json::to_string(personal).ok()?;
            format!("{{\"control\":{control},\"personal\":{personal}}}")
        }
    };
    if written != row.payload {
        return None;
    }
    let mut bytes = vec![1];
    put(&mut bytes, row.aggregate_type.as_bytes())?;
    put(&mut bytes, row.aggregate_id.as_bytes())?;
    put(&mut bytes, &row.sequence.to_be_bytes())?;
    put(&mut bytes, row.event_type.as_bytes())?;
    put(&mut bytes, row.event_version.as_bytes())?;
    put(&mut bytes, row.command_id.as_bytes())?;
    put(&mut bytes, &row.recorded_at.to_be_bytes())?;
    put(&mut bytes, row.metadata.as_bytes())?;
    bytes.extend(Sha256::digest(control));
    bytes.extend(Sha256::digest(stored.personal.unwrap_or_default()));
    bytes.extend(previous);
    Some(Sha256::digest(bytes).into())
}

/// A field with its length before it, in four bytes.
fn put(bytes: &mut Vec<u8>, field: &[u8]) -> Option<()> {
    bytes.extend(u32::try_from(field.len()).ok()?.to_be_bytes());
    bytes.extend(field);
    Some(())
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|it| format!("{it:02x}")).collect()
}
