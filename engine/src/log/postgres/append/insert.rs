//! The rows of a planned batch, one statement per table.

use std::collections::BTreeSet;

use sqlx::PgConnection;
use uuid::Uuid;

use crate::log::columns::{partition_column, signed};
use crate::log::plan::{PartitionedRows, Plan};
use crate::log::{Error, OutboxRow, Receipt, Recorded, TaskRow, TimerRow};

pub(crate) async fn write(connection: &mut PgConnection, plan: &Plan) -> Result<(), Error> {
    let recorded: Vec<&Recorded> = plan.events.iter().flatten().collect();
    if !recorded.is_empty() {
        events(connection, &recorded).await?;
    }
    if !plan.receipts.is_empty() {
        receipts(connection, &plan.receipts).await?;
    }
    if !plan.dossiers.is_empty() {
        dossiers(connection, &plan.dossiers).await?;
        tasks(connection, &rows_of(&plan.dossiers, |it| &it.rows.tasks)?).await?;
        timers(connection, &plan.dossiers).await?;
        messages(connection, &rows_of(&plan.dossiers, |it| &it.rows.outbox)?).await?;
    }
    Ok(())
}

async fn events(connection: &mut PgConnection, rows: &[&Recorded]) -> Result<(), Error> {
    sqlx::query(include_str!("../insert_events.sql"))
        .bind(column(rows, |it| it.stream.aggregate_type.as_str()))
        .bind(column(rows, |it| it.stream.aggregate_id.as_str()))
        .bind(checked(rows, |it| signed(it.sequence))?)
        .bind(column(rows, |it| it.event_type.as_str()))
        .bind(column(rows, |it| it.event_version.as_str()))
        .bind(column(rows, |it| it.payload.as_str()))
        .bind(column(rows, |it| it.metadata.as_str()))
        .bind(checked(rows, |it| partition_column(it.partition))?)
        .bind(checked(rows, |it| signed(it.position))?)
        .bind(column(rows, |it| it.command_id))
        .bind(column(rows, |it| it.recorded_at))
        .bind(column(rows, |it| it.hash.as_slice()))
        .execute(connection)
        .await?;
    Ok(())
}

/// A receipt that is there already, or twice in the batch, comes back from the insert less often
/// than it went in.
async fn receipts(connection: &mut PgConnection, receipts: &[Receipt]) -> Result<(), Error> {
    let rows: Vec<&Receipt> = receipts.iter().collect();
    let inserted: Vec<(i32, String, Uuid)> = sqlx::query_as(include_str!("../insert_receipts.sql"))
        .bind(checked(&rows, |it| partition_column(it.partition))?)
        .bind(column(&rows, |it| it.sender.as_str()))
        .bind(column(&rows, |it| it.command_id))
        .bind(column(&rows, |it| it.request_digest.as_slice()))
        .bind(column(&rows, |it| it.outcome.to_string()))
        .bind(column(&rows, |it| it.recorded_at))
        .fetch_all(connection)
        .await?;
    let mut inserted: BTreeSet<_> = inserted.into_iter().collect();
    for receipt in receipts {
        let Receipt { partition, sender, command_id, .. } = receipt.clone();
        let key = (partition_column(partition)?, sender, command_id);
        if !inserted.remove(&key) {
            return Err(Error::ReceiptExists { partition, sender: key.1, command_id });
        }
    }
    Ok(())
}

async fn dossiers(connection: &mut PgConnection, all: &[PartitionedRows]) -> Result<(), Error> {
    let rows: Vec<_> = all.iter().map(|it| &it.rows.dossier).collect();
    sqlx::query(include_str!("../upsert_dossiers.sql"))
        .bind(partitions(all)?)
        .bind(column(&rows, |it| it.dossier_id.as_str()))
        .bind(column(&rows, |it| it.code.as_str()))
        .bind(column(&rows, |it| it.group_name.as_str()))
        .bind(column(&rows, |it| it.group_version.as_str()))
        .bind(column(&rows, |it| it.account.as_str()))
        .bind(column(&rows, |it| i32::from(it.status)))
        .bind(column(&rows, |it| it.submitted_at.timestamp_micros()))
        .bind(checked(&rows, |it| signed(it.sequence))?)
        .execute(connection)
        .await?;
    Ok(())
}

async fn tasks(connection: &mut PgConnection, rows: &Rows<'_, TaskRow>) -> Result<(), Error> {
    let Rows { partitions, rows } = rows;
    sqlx::query(include_str!("../upsert_tasks.sql"))
        .bind(partitions)
        .bind(column(rows, |it| it.dossier_id.as_str()))
        .bind(column(rows, |it| it.task.as_str()))
        .bind(column(rows, |it| it.office.as_str()))
        .bind(column(rows, |it| it.status.as_str()))
        .bind(column(rows, |it| it.turn.as_str()))
        .bind(column(rows, |it| it.dispatch.as_deref()))
        .bind(column(rows, |it| it.due_at.map(|due| due.timestamp_micros())))
        .bind(checked(rows, |it| signed(it.sequence))?)
        .execute(connection)
        .await?;
    Ok(())
}

async fn timers(connection: &mut PgConnection, all: &[PartitionedRows]) -> Result<(), Error> {
    sqlx::query(include_str!("../delete_timers.sql"))
        .bind(partitions(all)?)
        .bind(all.iter().map(|it| it.rows.dossier.dossier_id.as_str()).collect::<Vec<_>>())
        .execute(&mut *connection)
        .await?;
    let Rows { partitions, rows }: Rows<'_, TimerRow> = rows_of(all, |it| &it.rows.timers)?;
    sqlx::query(include_str!("../insert_timers.sql"))
        .bind(partitions)
        .bind(column(&rows, |it| it.dossier_id.as_str()))
        .bind(column(&rows, |it| it.timer.as_str()))
        .bind(column(&rows, |it| it.due_at.timestamp_micros()))
        .execute(connection)
        .await?;
    Ok(())
}

async fn messages(connection: &mut PgConnection, rows: &Rows<'_, OutboxRow>) -> Result<(), Error> {
    let Rows { partitions, rows } = rows;
    sqlx::query(include_str!("../insert_messages.sql"))
        .bind(partitions)
        .bind(column(rows, |it| it.dossier_id.as_str()))
        .bind(column(rows, |it| it.message_id.as_str()))
        .bind(column(rows, |it| it.addressee.as_str()))
        .bind(column(rows, |it| it.kind.as_str()))
        .bind(column(rows, |it| it.task.as_str()))
        .bind(checked(rows, |it| signed(it.sequence))?)
        .execute(connection)
        .await?;
    Ok(())
}

/// Rows of many dossiers, each with its partition.
struct Rows<'a, T> {
    partitions: Vec<i32>,
    rows: Vec<&'a T>,
}

fn rows_of<T>(
    dossiers: &[PartitionedRows],
    rows: impl Fn(&PartitionedRows) -> &Vec<T>,
) -> Result<Rows<'_, T>, Error> {
    let mut found = Rows { partitions: Vec::new(), rows: Vec::new() };
    for dossier in dossiers {
        let partition = partition_column(dossier.partition)?;
        for row in rows(dossier) {
            found.partitions.push(partition);
            found.rows.push(row);
        }
    }
    Ok(found)
}

fn partitions(dossiers: &[PartitionedRows]) -> Result<Vec<i32>, Error> {
    dossiers.iter().map(|it| partition_column(it.partition)).collect()
}

fn column<'a, T, V>(rows: &[&'a T], value: impl Fn(&'a T) -> V) -> Vec<V> {
    rows.iter().map(|it| value(it)).collect()
}

fn checked<'a, T, V>(
    rows: &[&'a T],
    value: impl Fn(&'a T) -> Result<V, Error>,
) -> Result<Vec<V>, Error> {
    rows.iter().map(|it| value(it)).collect()
}
