//! The hash that ties every event of a stream to the one before it.
//!
//! `SHA-256(format ‖ header ‖ SHA-256(control) ‖ SHA-256(personal) ‖ previous)`, where `format` is
//! the byte 1, `previous` is 32 zero bytes for a stream's first event, `personal` is empty if the
//! event has none, and the header is, each preceded by its length in bytes as 4 bytes big-endian:
//! aggregate type, aggregate id, sequence (8 bytes big-endian), event type, event version, command
//! id (16 bytes), recorded at (microseconds since 1970 in UTC, 8 bytes big-endian), metadata (as
//! stored). Partition and position are left out: a stream may be moved.

use sha2::{Digest, Sha256};

use lienthong_domain::event::Payload;

use super::Hash;
use super::event::{Recorded, Unreadable};
use super::stored::{self, Stored};

const FORMAT: u8 = 1;

/// What comes before the first event of a stream.
pub(crate) const START: Hash = [0; 32];

/// The hash of an event with its payload after `previous`; neither its own `hash` nor its stored
/// payload is looked at.
pub(crate) fn link(
    event: &Recorded,
    payload: &Payload,
    previous: &Hash,
) -> Result<Hash, Unreadable> {
    let personal = payload.personal.as_deref().unwrap_or_default();
    hash_of(&event.into(), &payload.control, personal, previous)
}

/// The hash of a stored event after `previous`; its own `hash` is not looked at.
pub(crate) fn hash(event: &Stored<'_>, previous: &Hash) -> Result<Hash, Unreadable> {
    let (control, personal) = stored::members(event.payload)?;
    hash_of(event, control, &personal.unwrap_or_default(), previous)
}

fn hash_of(
    event: &Stored<'_>,
    control: &str,
    personal: &str,
    previous: &Hash,
) -> Result<Hash, Unreadable> {
    let mut hasher = Sha256::new();
    hasher.update([FORMAT]);
    let header: [&[u8]; 8] = [
        event.aggregate_type.as_bytes(),
        event.aggregate_id.as_bytes(),
        &event.sequence.to_be_bytes(),
        event.event_type.as_bytes(),
        event.event_version.as_bytes(),
        event.command_id.as_bytes(),
        &event.recorded_at.to_be_bytes(),
        event.metadata.as_bytes(),
    ];
    for field in header {
        let length = u32::try_from(field.len()).map_err(|_| Unreadable)?;
        hasher.update(length.to_be_bytes());
        hasher.update(field);
    }
    hasher.update(Sha256::digest(control.as_bytes()));
    hasher.update(Sha256::digest(personal.as_bytes()));
    hasher.update(previous);
    Ok(hasher.finalize().into())
}

#[cfg(test)]
mod tests;
