//! SQLite rows as the log's values.

use rusqlite::Row;
use uuid::Uuid;

use crate::log::columns::{self, moment, small, unsigned, uuid};
use crate::log::feeds::{Checkpoint, Delivery, Dispatched, Parked, Shown, TrafficRow};
use crate::log::{
    DossierRow, Error, OutboxRow, Outgoing, Receipt, Recorded, Reference, StreamId, TaskRow,
    TimerRow,
};

pub(crate) fn number(row: &Row<'_>) -> Result<u64, Error> {
    unsigned(row.get(0)?)
}

/// An event, with its columns in the order in which every query has them: looking a column up by its
/// name takes as long as reading it.
pub(crate) fn recorded(row: &Row<'_>) -> Result<Recorded, Error> {
    Ok(Recorded {
        partition: small(row.get(0)?)?,
        position: unsigned(row.get(1)?)?,
        stream: StreamId { aggregate_type: row.get(2)?, aggregate_id: row.get(3)? },
        sequence: unsigned(row.get(4)?)?,
        event_type: row.get(5)?,
        event_version: row.get(6)?,
        payload: row.get(7)?,
        metadata: row.get(8)?,
        command_id: uuid(row.get_ref(9)?.as_str().map_err(wrong_type)?)?,
        recorded_at: moment(row.get(10)?)?,
        hash: columns::hash(row.get_ref(11)?.as_blob().map_err(wrong_type)?)?,
    })
}

pub(crate) fn receipt(row: &Row<'_>) -> Result<Receipt, Error> {
    Ok(Receipt {
        partition: small(row.get("partition")?)?,
        command_id: Uuid::from_bytes(row.get("command_id")?),
        sender: row.get("sender")?,
        request_digest: columns::hash(
            row.get_ref("request_digest")?.as_blob().map_err(wrong_type)?,
        )?,
        outcome: columns::json(row.get_ref("outcome")?.as_str().map_err(wrong_type)?)?,
        recorded_at: moment(row.get("recorded_at")?)?,
    })
}

pub(crate) fn reference(row: &Row<'_>) -> Result<Reference, Error> {
    Ok(Reference {
        digest: columns::digest(row.get("digest")?)?,
        kind: row.get("kind")?,
        name: row.get("name")?,
        content: row.get("content")?,
    })
}

pub(crate) fn dossier(row: &Row<'_>) -> Result<DossierRow, Error> {
    Ok(DossierRow {
        dossier_id: row.get("dossier_id")?,
        code: row.get("code")?,
        group_name: row.get("group_name")?,
        group_version: row.get("group_version")?,
        account: row.get("account")?,
        status: small(row.get("status")?)?,
        submitted_at: moment(row.get("submitted_at")?)?,
    })
}

pub(crate) fn task(row: &Row<'_>) -> Result<TaskRow, Error> {
    Ok(TaskRow {
        dossier_id: row.get("dossier_id")?,
        task: row.get("task")?,
        office: row.get("office")?,
        status: row.get("status")?,
        turn: row.get("turn")?,
        dispatch: row.get("dispatch")?,
        due_at: row.get::<_, Option<i64>>("due_at")?.map(moment).transpose()?,
    })
}

pub(crate) fn timer(row: &Row<'_>) -> Result<TimerRow, Error> {
    Ok(TimerRow {
        dossier_id: row.get("dossier_id")?,
        timer: row.get("timer")?,
        due_at: moment(row.get("due_at")?)?,
        person: row.get("person")?,
    })
}

pub(crate) fn outgoing(row: &Row<'_>) -> Result<Outgoing, Error> {
    Ok(Outgoing {
        partition: small(row.get("partition")?)?,
        position: unsigned(row.get("position")?)?,
        message: OutboxRow {
            dossier_id: row.get("dossier_id")?,
            message_id: row.get("message_id")?,
            addressee: row.get("addressee")?,
            kind: row.get("kind")?,
            task: row.get("task")?,
            sequence: unsigned(row.get("sequence")?)?,
            caused_at: moment(row.get("caused_at")?)?,
        },
    })
}

pub(crate) fn text(row: &Row<'_>) -> Result<String, Error> {
    Ok(row.get(0)?)
}

pub(crate) fn checkpoint(row: &Row<'_>) -> Result<Checkpoint, Error> {
    Ok(Checkpoint {
        subscription: row.get("name")?,
        partition: small(row.get("partition")?)?,
        epoch: row.get("epoch")?,
        position: unsigned(row.get("position")?)?,
        is_paused: row.get("is_paused")?,
    })
}

pub(crate) fn shown(row: &Row<'_>) -> Result<Shown, Error> {
    Ok(Shown {
        name: row.get("name")?,
        subscription: row.get("subscription")?,
        next: row.get("next")?,
    })
}

pub(crate) fn parked(row: &Row<'_>) -> Result<Parked, Error> {
    Ok(Parked {
        subscription: row.get("name")?,
        partition: small(row.get("partition")?)?,
        stream: StreamId {
            aggregate_type: row.get("aggregate_type")?,
            aggregate_id: row.get("aggregate_id")?,
        },
        position: unsigned(row.get("position")?)?,
        sequence: unsigned(row.get("sequence")?)?,
        attempts: small(row.get("attempts")?)?,
        error_code: row.get("error_code")?,
        is_retried: row.get("is_retried")?,
    })
}

pub(crate) fn traffic(row: &Row<'_>) -> Result<TrafficRow, Error> {
    Ok(TrafficRow {
        office: row.get("office")?,
        day: columns::day(row.get_ref("day")?.as_str().map_err(wrong_type)?)?,
        fact: row.get("fact")?,
        count: unsigned(row.get("count")?)?,
    })
}

pub(crate) fn head(row: &Row<'_>) -> Result<(u32, u64), Error> {
    Ok((small(row.get("partition")?)?, unsigned(row.get("head")?)?))
}

/// How many there are of a name.
pub(crate) fn count(row: &Row<'_>) -> Result<(String, u64), Error> {
    Ok((row.get(0)?, unsigned(row.get(1)?)?))
}

pub(crate) fn dispatched(row: &Row<'_>) -> Result<Dispatched, Error> {
    Ok(Dispatched {
        office: row.get("office")?,
        day: columns::day_of_number(row.get("day")?)?,
        outcome: columns::arrival(row.get_ref("outcome")?.as_str().map_err(wrong_type)?)?,
        count: unsigned(row.get("count")?)?,
    })
}

pub(crate) fn delivery(row: &Row<'_>) -> Result<Delivery, Error> {
    Ok(Delivery {
        outgoing: outgoing(row)?,
        state: columns::delivery_state(row.get_ref("state")?.as_str().map_err(wrong_type)?)?,
        attempts: small(row.get("attempts")?)?,
        next_at: moment(row.get("next_at")?)?,
        last_failure: row.get("last_failure")?,
        owner: row.get("owner")?,
        delivered_at: row.get::<_, Option<i64>>("delivered_at")?.map(moment).transpose()?,
    })
}

pub(crate) fn wrong_type(fault: rusqlite::types::FromSqlError) -> Error {
    Error::Corrupt(fault.to_string())
}
