//! Ids that senders make for their commands, and the dossier ids that follow from them.

use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};
use uuid::{Builder, Uuid, Version};

use super::Error;
use crate::chance::Chance;

/// Receipts answer repeated commands for this long; an older id is refused.
const AGE_DAYS_MAX: i64 = 30;
const AHEAD_DAYS_MAX: i64 = 1;
/// Processes' clocks differ by less than this.
const SKEW_DAYS_MAX: i64 = 1;

/// No process takes an id any more that was made before this.
pub(super) fn oldest(now: DateTime<Utc>) -> DateTime<Utc> {
    now - TimeDelta::days(AGE_DAYS_MAX + SKEW_DAYS_MAX)
}

/// Refuses what is no uuid v7 (RFC 9562 §5.7) of these days.
pub(super) fn check(id: Uuid, now: DateTime<Utc>) -> Result<(), Error> {
    let made_at = made_at(id).ok_or(Error::CommandId("it is no uuid of version 7"))?;
    if now - made_at > TimeDelta::days(AGE_DAYS_MAX) {
        return Err(Error::CommandId("it is more than 30 days old"));
    }
    if made_at - now > TimeDelta::days(AHEAD_DAYS_MAX) {
        return Err(Error::CommandId("it is more than a day ahead of time"));
    }
    Ok(())
}

fn made_at(id: Uuid) -> Option<DateTime<Utc>> {
    if id.get_version() != Some(Version::SortRand) {
        return None;
    }
    DateTime::from_timestamp_millis(i64::try_from(milliseconds(id)).ok()?)
}

fn milliseconds(id: Uuid) -> u64 {
    u64::try_from(id.as_u128() >> 80).unwrap_or_default()
}

/// The dossier that a submission makes: the time of the command id, and a hash of sender and id,
/// laid out as uuid v7. A repeated submission finds the same dossier.
pub(super) fn dossier_id(command_id: Uuid, sender: &str) -> Uuid {
    let hash = Sha256::new()
        .chain_update(b"dossier")
        .chain_update(command_id.as_bytes())
        .chain_update(sender.as_bytes())
        .finalize();
    with_time(milliseconds(command_id), &hash)
}

/// An id for what the engine itself does at a moment.
pub(super) fn new(now: DateTime<Utc>, chance: &dyn Chance) -> Result<Uuid, Error> {
    let mut random = [0; 32];
    chance.fill(&mut random).map_err(|it| Error::Undecidable(it.to_string()))?;
    Ok(with_time(u64::try_from(now.timestamp_millis()).unwrap_or_default(), &random))
}

fn with_time(milliseconds: u64, bytes: &[u8]) -> Uuid {
    let mut random = [0; 10];
    random.copy_from_slice(&bytes[..10]);
    Builder::from_unix_timestamp_millis(milliseconds, &random).into_uuid()
}

#[cfg(test)]
mod tests {
    //! Only fresh ids of version 7 are taken, and a dossier's id follows from them.

    use super::*;
    use crate::chance::SystemChance;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn an_id_is_taken_for_thirty_days() {
        let now = at("2026-11-19T02:12:00Z");
        let id = |made: &str| new(at(made), &SystemChance::default()).unwrap();
        assert!(check(id("2026-11-19T02:12:00Z"), now).is_ok());
        assert!(check(id("2026-10-21T02:12:00Z"), now).is_ok());
        assert!(matches!(check(id("2026-10-19T02:12:00Z"), now), Err(Error::CommandId(_))));
        assert!(check(id("2026-11-20T02:00:00Z"), now).is_ok());
        assert!(matches!(check(id("2026-11-20T03:00:00Z"), now), Err(Error::CommandId(_))));
        assert!(matches!(check(Uuid::from_u128(7), now), Err(Error::CommandId(_))));
    }

    #[test]
    fn the_same_command_of_the_same_sender_makes_the_same_dossier() {
        let id = new(at("2026-11-19T02:12:00Z"), &SystemChance::default()).unwrap();
        let dossier = dossier_id(id, "citizen:a");
        assert_eq!(dossier, dossier_id(id, "citizen:a"));
        assert_ne!(dossier, dossier_id(id, "citizen:b"));
        assert_eq!(made_at(dossier), made_at(id));
    }
}
