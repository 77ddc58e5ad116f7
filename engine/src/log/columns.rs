//! How numbers, moments and hashes look in the columns of both stores.

use chrono::{DateTime, FixedOffset, NaiveDate, Utc};
use lienthong_domain::digest::Digest;
use uuid::Uuid;

use super::feeds::{Arrival, DeliveryState, OpenDeliveries};
use super::{Error, Hash, READ_ROWS_MAX};

/// Stands for "no due time" in comparisons: later than everything.
pub(crate) const NEVER: i64 = i64::MAX;

pub(crate) fn signed(number: u64) -> Result<i64, Error> {
    i64::try_from(number).map_err(|_| Error::Invalid(format!("{number} is too large")))
}

pub(crate) fn unsigned(number: i64) -> Result<u64, Error> {
    u64::try_from(number).map_err(|_| Error::Corrupt(format!("{number} is negative")))
}

pub(crate) fn small<T: TryFrom<i64>>(number: i64) -> Result<T, Error> {
    T::try_from(number).map_err(|_| Error::Corrupt(format!("{number} is out of range")))
}

pub(crate) fn partition_column(partition: u32) -> Result<i32, Error> {
    i32::try_from(partition).map_err(|_| Error::Invalid(format!("no partition {partition}")))
}

pub(crate) fn moment(micros: i64) -> Result<DateTime<Utc>, Error> {
    DateTime::from_timestamp_micros(micros)
        .ok_or_else(|| Error::Corrupt(format!("{micros} is no moment")))
}

/// Both stores keep microseconds: what is finer is dropped before it is hashed.
pub(crate) fn to_micros(moment: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(moment.timestamp_micros()).unwrap_or(moment)
}

pub(crate) fn hash(bytes: &[u8]) -> Result<Hash, Error> {
    bytes.try_into().map_err(|_| Error::Corrupt(format!("a hash of {} bytes", bytes.len())))
}

pub(crate) fn uuid(text: &str) -> Result<Uuid, Error> {
    text.parse().map_err(|_| Error::Corrupt(format!("{text:?} is no uuid")))
}

pub(crate) fn json(text: &str) -> Result<serde_json::Value, Error> {
    serde_json::from_str(text).map_err(|fault| Error::Corrupt(format!("stored JSON: {fault}")))
}

pub(crate) fn day(text: &str) -> Result<NaiveDate, Error> {
    text.parse().map_err(|_| Error::Corrupt(format!("{text:?} is no day")))
}

/// Of days since 1970.
pub(crate) fn day_of_number(number: i64) -> Result<NaiveDate, Error> {
    let day = DateTime::from_timestamp(number.saturating_mul(86_400), 0);
    day.map(|it| it.date_naive()).ok_or_else(|| Error::Corrupt(format!("{number} is no day")))
}

/// What clocks of a zone are ahead of UTC.
pub(crate) fn micros_ahead(zone: FixedOffset) -> i64 {
    i64::from(zone.local_minus_utc()) * 1_000_000
}

pub(crate) fn arrival(name: &str) -> Result<Arrival, Error> {
    let found = Arrival::ALL.into_iter().find(|it| it.name() == name);
    found.ok_or_else(|| Error::Corrupt(format!("{name:?} is nothing that becomes of a dispatch")))
}

/// Of counts by state.
pub(crate) fn open_deliveries(counts: Vec<(String, u64)>) -> OpenDeliveries {
    let of =
        |state: DeliveryState| counts.iter().find(|it| it.0 == state.name()).map_or(0, |it| it.1);
    OpenDeliveries { pending: of(DeliveryState::Pending), parked: of(DeliveryState::Parked) }
}

pub(crate) fn delivery_state(name: &str) -> Result<DeliveryState, Error> {
    let found = DeliveryState::find(name);
    found.ok_or_else(|| Error::Corrupt(format!("{name:?} is no state of a delivery")))
}

pub(crate) fn rows(limit: u32) -> i64 {
    i64::from(limit.min(READ_ROWS_MAX))
}

pub(crate) fn digest(text: String) -> Result<Digest, Error> {
    Digest::try_from(text).map_err(|fault| Error::Corrupt(fault.to_string()))
}

/// The smallest id of version 7 (RFC 9562 §5.7) that was made at a moment.
pub(crate) fn first_id(at: DateTime<Utc>) -> Uuid {
    let milliseconds = u64::try_from(at.timestamp_millis()).unwrap_or_default();
    uuid::Builder::from_unix_timestamp_millis(milliseconds, &[0; 10]).into_uuid()
}
