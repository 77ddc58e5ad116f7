//! Reads a history from an SQLite file.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};
use serde::Deserialize;
use serde_json::{Map, Value as Json};
use uuid::Uuid;

use super::{EVENT_COLUMNS, Error, History, Row, number, row};

pub(super) fn read(path: &str) -> Result<History, Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags)?;
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
        events: events(&tx)?,
        receipts: table(&tx, "receipts")?,
        references: table(&tx, "reference")?,
        dossiers: table(&tx, "dossiers")?,
        tasks: table(&tx, "tasks")?,
        timers: table(&tx, "timers")?,
        outbox: table(&tx, "outbox")?,
    })
}

fn events(connection: &Connection) -> Result<Vec<Row>, Error> {
    let mut statement = connection.prepare(&format!(
        "SELECT {EVENT_COLUMNS}, payload, metadata, command_id, recorded_at, lower(hex(hash)) \
         FROM events ORDER BY partition, position"
    ))?;
    let mut rows = statement.query(())?;
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

/// Every row of a table, whatever further columns it has.
fn table<T: for<'de> Deserialize<'de>>(
    connection: &Connection,
    name: &'static str,
) -> Result<Vec<T>, Error> {
    let mut statement = connection.prepare(&format!("SELECT * FROM {name}"))?;
    let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let mut rows = statement.query(())?;
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
