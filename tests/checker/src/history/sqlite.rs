//! Reads a history from an SQLite file.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags, Params};
use serde::Deserialize;
use serde_json::{Map, Value as Json};
use uuid::Uuid;

use super::{EVENT_COLUMNS, Error, Followed, Head, History, Receipt, Row, number, row};

pub(super) fn read(path: &str) -> Result<History, Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags)?;
    whole(&mut connection)
}

pub(super) fn whole(connection: &mut Connection) -> Result<History, Error> {
    let sound: String = connection.query_row("PRAGMA integrity_check", (), |it| it.get(0))?;
    if sound != "ok" {
        return Err(Error::Integrity(sound));
    }
    let tx = connection.transaction()?;
    let partitions: String =
        tx.query_row("SELECT value FROM meta WHERE key = 'partitions'", (), |it| it.get(0))?;
    let partitions = partitions
        .parse()
        .map_err(|_| Error::Row { table: "meta", cause: format!("{partitions:?} partitions") })?;
    Ok(History {
        partitions,
        heads: table(&tx, "heads")?,
        events: events(&tx, "", ())?,
        receipts: table(&tx, "receipts")?,
        references: table(&tx, "reference")?,
        dossiers: table(&tx, "dossiers")?,
        tasks: table(&tx, "tasks")?,
        timers: table(&tx, "timers")?,
        outbox: table(&tx, "outbox")?,
        followed: followed(&tx)?,
    })
}

fn followed(connection: &Connection) -> Result<Followed, Error> {
    let sql = "SELECT count(*) FROM sqlite_master WHERE name = 'subscriptions'";
    if connection.query_row(sql, (), |it| it.get::<_, i64>(0))? == 0 {
        return Ok(Followed::default());
    }
    Ok(Followed {
        checkpoints: table(connection, "subscriptions")?,
        traffic: table(connection, "traffic")?,
        parked: table(connection, "parked")?,
        skipped: table(connection, "skipped")?,
    })
}

/// What a write has added to a store since its partitions ended at `heads`, with the rows of the
/// dossiers that it touched.
pub(super) fn news(connection: &Connection, heads: &BTreeMap<u32, Head>) -> Result<History, Error> {
    let mut news =
        History { partitions: 0, heads: table(connection, "heads")?, ..History::default() };
    let mut touched = BTreeSet::new();
    let mut commands = BTreeSet::new();
    for head in &news.heads {
        let before = heads.get(&head.partition).map_or(0, |it| it.head);
        if head.head == before {
            continue;
        }
        let place = (head.partition, signed(before)?);
        let new = events(connection, "WHERE partition = ?1 AND position > ?2", place)?;
        for row in new.iter().filter(|it| it.aggregate_type == "dossier") {
            touched.insert((row.partition, row.aggregate_id.clone()));
            commands.insert((row.partition, row.command_id.into_bytes()));
        }
        news.events.extend(new);
        let of = "outbox WHERE partition = ?1 AND position > ?2";
        news.outbox.extend(rows("outbox", connection, of, place)?);
    }
    for dossier in touched {
        let of = |table| format!("{table} WHERE partition = ?1 AND dossier_id = ?2");
        let (key, c) = (|| (dossier.0, dossier.1.as_str()), connection);
        news.dossiers.extend(rows("dossiers", c, &of("dossiers"), key())?);
        news.tasks.extend(rows("tasks", c, &of("tasks"), key())?);
        news.timers.extend(rows("timers", c, &of("timers"), key())?);
    }
    for command in commands {
        let of = "receipts WHERE partition = ?1 AND command_id = ?2";
        news.receipts.extend(rows("receipts", connection, of, command)?);
    }
    Ok(news)
}

/// The receipts that a command id has, whoever sent it.
pub(super) fn receipts(connection: &Connection, command: Uuid) -> Result<Vec<Receipt>, Error> {
    let of = "receipts WHERE partition IN (SELECT partition FROM heads) AND command_id = ?1";
    rows("receipts", connection, of, (command.into_bytes(),))
}

fn events(connection: &Connection, which: &str, of: impl Params) -> Result<Vec<Row>, Error> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {EVENT_COLUMNS}, payload, metadata, command_id, recorded_at, lower(hex(hash)) \
         FROM events {which} ORDER BY partition, position"
    ))?;
    let mut rows = statement.query(of)?;
    let mut events = Vec::new();
    while let Some(found) = rows.next()? {
        let command_id: String = found.get(9)?;
        let no_id = || Error::Row { table: "events", cause: format!("the id {command_id}") };
        events.push(Row {
            partition: number("events", found.get(0)?)?,
            position: number("events", found.get(1)?)?,
            aggregate_type: found.get(2)?,
            aggregate_id: found.get(3)?,
            sequence: number("events", found.get(4)?)?,
            event_type: found.get(5)?,
            event_version: found.get(6)?,
            payload: found.get(7)?,
            metadata: found.get(8)?,
            command_id: command_id.parse().map_err(|_| no_id())?,
            recorded_at: found.get(10)?,
            hash: found.get(11)?,
        });
    }
    Ok(events)
}

fn signed(position: u64) -> Result<i64, Error> {
    let too_far = |_| Error::Row { table: "heads", cause: format!("the position {position}") };
    i64::try_from(position).map_err(too_far)
}

/// Every row of a table, whatever further columns it has.
fn table<T: for<'de> Deserialize<'de>>(
    connection: &Connection,
    name: &'static str,
) -> Result<Vec<T>, Error> {
    rows(name, connection, name, ())
}

/// Rows of a table, `of` being the table and which of its rows.
fn rows<T: for<'de> Deserialize<'de>>(
    name: &'static str,
    connection: &Connection,
    of: &str,
    params: impl Params,
) -> Result<Vec<T>, Error> {
    let mut statement = connection.prepare_cached(&format!("SELECT * FROM {of}"))?;
    let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let mut rows = statement.query(params)?;
    let mut found = Vec::new();
    while let Some(next) = rows.next()? {
        let mut members = Map::new();
        for (index, column) in columns.iter().enumerate() {
            members.insert(column.clone(), value(next.get_ref(index)?));
        }
        found.push(row(name, Json::Object(members))?);
    }
    Ok(found)
}

fn value(value: ValueRef<'_>) -> Json {
    match value {
        ValueRef::Null => Json::Null,
        ValueRef::Integer(number) => number.into(),
        ValueRef::Real(number) => number.into(),
        ValueRef::Text(text) => String::from_utf8_lossy(text).into(),
        // Ids are 16 bytes; no others are looked at.
        ValueRef::Blob(bytes) => match Uuid::from_slice(bytes) {
            Ok(id) => id.to_string().into(),
            Err(_) => bytes.len().into(),
        },
    }
}
