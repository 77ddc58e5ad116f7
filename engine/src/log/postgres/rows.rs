//! PostgreSQL rows as the log's values.

use sqlx::Row;
use sqlx::postgres::PgRow;

use crate::log::columns::{self, moment, small, unsigned};
use crate::log::feeds::{Checkpoint, Delivery, Dispatched, Parked, Shown, TrafficRow};
use crate::log::{
    DossierRow, Error, OutboxRow, Outgoing, Receipt, Recorded, Reference, StreamId, TaskRow,
    TimerRow,
};

pub(crate) fn number(row: &PgRow) -> Result<u64, Error> {
    unsigned(row.try_get(0)?)
}

pub(crate) fn recorded(row: &PgRow) -> Result<Recorded, Error> {
    Ok(Recorded {
        partition: partition(row)?,
        position: unsigned(row.try_get("position")?)?,
        stream: StreamId {
            aggregate_type: row.try_get("aggregate_type")?,
            aggregate_id: row.try_get("aggregate_id")?,
        },
        sequence: unsigned(row.try_get("sequence")?)?,
        event_type: row.try_get("event_type")?,
        event_version: row.try_get("event_version")?,
        payload: row.try_get("payload")?,
        metadata: row.try_get("metadata")?,
        command_id: row.try_get("command_id")?,
        recorded_at: row.try_get("recorded_at")?,
        hash: columns::hash(row.try_get("hash")?)?,
    })
}

pub(crate) fn receipt(row: &PgRow) -> Result<Receipt, Error> {
    Ok(Receipt {
        partition: partition(row)?,
        sender: row.try_get("sender")?,
        command_id: row.try_get("command_id")?,
        request_digest: columns::hash(row.try_get("request_digest")?)?,
        outcome: columns::json(row.try_get("outcome")?)?,
        recorded_at: row.try_get("recorded_at")?,
    })
}

pub(crate) fn reference(row: &PgRow) -> Result<Reference, Error> {
    Ok(Reference {
        digest: columns::digest(row.try_get("digest")?)?,
        kind: row.try_get("kind")?,
        name: row.try_get("name")?,
        content: row.try_get("content")?,
    })
}

pub(crate) fn dossier(row: &PgRow) -> Result<DossierRow, Error> {
    Ok(DossierRow {
        dossier_id: row.try_get("dossier_id")?,
        code: row.try_get("code")?,
        group_name: row.try_get("group_name")?,
        group_version: row.try_get("group_version")?,
        account: row.try_get("account")?,
        status: small(i64::from(row.try_get::<i32, _>("status")?))?,
        submitted_at: moment(row.try_get("submitted_at")?)?,
    })
}

pub(crate) fn task(row: &PgRow) -> Result<TaskRow, Error> {
    Ok(TaskRow {
        dossier_id: row.try_get("dossier_id")?,
        task: row.try_get("task")?,
        office: row.try_get("office")?,
        status: row.try_get("status")?,
        turn: row.try_get("turn")?,
        dispatch: row.try_get("dispatch")?,
        due_at: row.try_get::<Option<i64>, _>("due_at")?.map(moment).transpose()?,
    })
}

pub(crate) fn timer(row: &PgRow) -> Result<TimerRow, Error> {
    Ok(TimerRow {
        dossier_id: row.try_get("dossier_id")?,
        timer: row.try_get("timer")?,
        due_at: moment(row.try_get("due_at")?)?,
        person: row.try_get("person")?,
    })
}

pub(crate) fn outgoing(row: &PgRow) -> Result<Outgoing, Error> {
    Ok(Outgoing {
        partition: partition(row)?,
        position: unsigned(row.try_get("position")?)?,
        message: OutboxRow {
            dossier_id: row.try_get("dossier_id")?,
            message_id: row.try_get("message_id")?,
            addressee: row.try_get("addressee")?,
            kind: row.try_get("kind")?,
            task: row.try_get("task")?,
            sequence: unsigned(row.try_get("sequence")?)?,
            caused_at: moment(row.try_get("caused_at")?)?,
        },
    })
}

pub(crate) fn checkpoint(row: &PgRow) -> Result<Checkpoint, Error> {
    Ok(Checkpoint {
        subscription: row.try_get("name")?,
        partition: partition(row)?,
        epoch: row.try_get("epoch")?,
        position: unsigned(row.try_get("position")?)?,
        is_paused: row.try_get("is_paused")?,
    })
}

pub(crate) fn shown(row: &PgRow) -> Result<Shown, Error> {
    Ok(Shown {
        name: row.try_get("name")?,
        subscription: row.try_get("subscription")?,
        next: row.try_get("next")?,
    })
}

pub(crate) fn parked(row: &PgRow) -> Result<Parked, Error> {
    Ok(Parked {
        subscription: row.try_get("name")?,
        partition: partition(row)?,
        stream: StreamId {
            aggregate_type: row.try_get("aggregate_type")?,
            aggregate_id: row.try_get("aggregate_id")?,
        },
        position: unsigned(row.try_get("position")?)?,
        sequence: unsigned(row.try_get("sequence")?)?,
        attempts: small(row.try_get("attempts")?)?,
        error_code: row.try_get("error_code")?,
        is_retried: row.try_get("is_retried")?,
    })
}

pub(crate) fn traffic(row: &PgRow) -> Result<TrafficRow, Error> {
    Ok(TrafficRow {
        office: row.try_get("office")?,
        day: columns::day(row.try_get("day")?)?,
        fact: row.try_get("fact")?,
        count: unsigned(row.try_get("count")?)?,
    })
}

pub(crate) fn head(row: &PgRow) -> Result<(u32, u64), Error> {
    Ok((partition(row)?, unsigned(row.try_get("head")?)?))
}

pub(crate) fn text(row: &PgRow) -> Result<String, Error> {
    Ok(row.try_get(0)?)
}

/// How many there are of a name.
pub(crate) fn count(row: &PgRow) -> Result<(String, u64), Error> {
    Ok((row.try_get(0)?, unsigned(row.try_get(1)?)?))
}

pub(crate) fn dispatched(row: &PgRow) -> Result<Dispatched, Error> {
    Ok(Dispatched {
        office: row.try_get("office")?,
        day: columns::day_of_number(row.try_get("day")?)?,
        outcome: columns::arrival(row.try_get("outcome")?)?,
        count: unsigned(row.try_get("count")?)?,
    })
}

pub(crate) fn delivery(row: &PgRow) -> Result<Delivery, Error> {
    Ok(Delivery {
        outgoing: outgoing(row)?,
        state: columns::delivery_state(row.try_get("state")?)?,
        attempts: small(row.try_get("attempts")?)?,
        next_at: moment(row.try_get("next_at")?)?,
        last_failure: row.try_get("last_failure")?,
        owner: row.try_get("owner")?,
        delivered_at: row.try_get::<Option<i64>, _>("delivered_at")?.map(moment).transpose()?,
    })
}

fn partition(row: &PgRow) -> Result<u32, Error> {
    small(i64::from(row.try_get::<i32, _>("partition")?))
}
