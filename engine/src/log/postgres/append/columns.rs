//! A planned batch as the parameters of its statement: one array for each column.

use sqlx::Postgres;
use sqlx::postgres::PgArguments;
use sqlx::query::Query;

use crate::log::columns::{partition_column, signed};
use crate::log::plan::{Fence, PartitionedRows, Plan, PlannedReceipt};
use crate::log::{DossierRow, Error, OutboxRow, ReceiptKey, Recorded, TaskRow, TimerRow};

type Statement<'a> = Query<'a, Postgres, PgArguments>;

/// Binds everything, in the order of `append.sql`.
pub(crate) fn bind<'a>(statement: Statement<'a>, plan: &'a Plan) -> Result<Statement<'a>, Error> {
    let fences: Vec<(&u32, &Fence)> = plan.fences.iter().collect();
    let events: Vec<&Recorded> = plan.events.iter().flatten().collect();
    let statement = self::fences(statement, &fences)?;
    let statement = self::events(statement, &events)?;
    let statement = receipts(statement, &plan.receipts)?;
    let statement = dossiers(statement, &plan.dossiers)?;
    let statement = tasks(statement, &rows_of(&plan.dossiers, |it| &it.change.tasks)?);
    let statement = timers(statement, &plan.dossiers)?;
    messages(statement, &plan.dossiers)
}

/// The receipts of some commands.
pub(crate) fn bind_receipts(keys: &[ReceiptKey]) -> Result<Statement<'static>, Error> {
    let partitions = keys.iter().map(|it| partition_column(it.partition));
    Ok(sqlx::query(include_str!("../select_receipts.sql"))
        .bind(partitions.collect::<Result<Vec<_>, _>>()?)
        .bind(keys.iter().map(|it| it.command_id).collect::<Vec<_>>())
        .bind(keys.iter().map(|it| it.sender.clone()).collect::<Vec<_>>()))
}

fn fences<'a>(statement: Statement<'a>, rows: &[(&u32, &Fence)]) -> Result<Statement<'a>, Error> {
    let partitions = rows.iter().map(|(partition, _)| partition_column(**partition));
    let before = rows.iter().map(|(_, it)| signed(it.before));
    let after = rows.iter().map(|(_, it)| signed(it.after));
    Ok(statement
        .bind(partitions.collect::<Result<Vec<_>, _>>()?)
        .bind(rows.iter().map(|(_, it)| it.epoch).collect::<Vec<_>>())
        .bind(before.collect::<Result<Vec<_>, _>>()?)
        .bind(after.collect::<Result<Vec<_>, _>>()?))
}

fn events<'a>(statement: Statement<'a>, rows: &[&'a Recorded]) -> Result<Statement<'a>, Error> {
    Ok(statement
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
        .bind(column(rows, |it| it.hash.as_slice())))
}

/// Binds receipts, in the order of `insert_receipts.sql`.
pub(crate) fn receipts<'a>(
    statement: Statement<'a>,
    planned: &'a [PlannedReceipt],
) -> Result<Statement<'a>, Error> {
    let rows: Vec<_> = planned.iter().map(|it| &it.receipt).collect();
    Ok(statement
        .bind(checked(&rows, |it| partition_column(it.partition))?)
        .bind(column(&rows, |it| it.command_id))
        .bind(column(&rows, |it| it.sender.as_str()))
        .bind(column(&rows, |it| it.request_digest.as_slice()))
        .bind(planned.iter().map(|it| it.outcome.as_str()).collect::<Vec<_>>())
        .bind(column(&rows, |it| it.recorded_at)))
}

fn dossiers<'a>(
    statement: Statement<'a>,
    all: &'a [PartitionedRows],
) -> Result<Statement<'a>, Error> {
    let Rows { partitions, rows }: Rows<'_, DossierRow> =
        rows_of(all, |it| it.change.dossier.as_slice())?;
    Ok(statement
        .bind(partitions)
        .bind(column(&rows, |it| it.dossier_id.as_str()))
        .bind(column(&rows, |it| it.code.as_str()))
        .bind(column(&rows, |it| it.group_name.as_str()))
        .bind(column(&rows, |it| it.group_version.as_str()))
        .bind(column(&rows, |it| it.account.as_str()))
        .bind(column(&rows, |it| i32::from(it.status)))
        .bind(column(&rows, |it| it.submitted_at.timestamp_micros())))
}

fn tasks<'a>(statement: Statement<'a>, tasks: &Rows<'a, TaskRow>) -> Statement<'a> {
    let Rows { partitions, rows } = tasks;
    statement
        .bind(partitions.clone())
        .bind(column(rows, |it| it.dossier_id.as_str()))
        .bind(column(rows, |it| it.task.as_str()))
        .bind(column(rows, |it| it.office.as_str()))
        .bind(column(rows, |it| it.status.as_str()))
        .bind(column(rows, |it| it.turn.as_str()))
        .bind(column(rows, |it| it.dispatch.as_deref()))
        .bind(column(rows, |it| it.due_at.map(|due| due.timestamp_micros())))
}

fn timers<'a>(
    statement: Statement<'a>,
    all: &'a [PartitionedRows],
) -> Result<Statement<'a>, Error> {
    let gone = rows_of(all, |it| &it.change.timers_gone)?;
    let of = |it: &'a PartitionedRows| {
        let id = it.change.dossier_id.as_str();
        std::iter::repeat_n(id, it.change.timers_gone.len())
    };
    let set: Rows<'_, TimerRow> = rows_of(all, |it| &it.change.timers)?;
    Ok(statement
        .bind(gone.partitions)
        .bind(all.iter().flat_map(of).collect::<Vec<_>>())
        .bind(column(&gone.rows, String::as_str))
        .bind(set.partitions)
        .bind(column(&set.rows, |it| it.dossier_id.as_str()))
        .bind(column(&set.rows, |it| it.timer.as_str()))
        .bind(column(&set.rows, |it| it.due_at.timestamp_micros()))
        .bind(column(&set.rows, |it| it.person.as_deref())))
}

fn messages<'a>(
    statement: Statement<'a>,
    all: &'a [PartitionedRows],
) -> Result<Statement<'a>, Error> {
    let Rows { partitions, rows }: Rows<'_, OutboxRow> = rows_of(all, |it| &it.change.outbox)?;
    let positions = all.iter().flat_map(|it| &it.positions).map(|it| signed(*it));
    Ok(statement
        .bind(partitions)
        .bind(positions.collect::<Result<Vec<_>, _>>()?)
        .bind(column(&rows, |it| it.message_id.as_str()))
        .bind(column(&rows, |it| it.dossier_id.as_str()))
        .bind(column(&rows, |it| it.addressee.as_str()))
        .bind(column(&rows, |it| it.kind.as_str()))
        .bind(column(&rows, |it| it.task.as_str()))
        .bind(checked(&rows, |it| signed(it.sequence))?)
        .bind(column(&rows, |it| it.caused_at.timestamp_micros())))
}

/// Rows of many dossiers, each with its partition.
struct Rows<'a, T> {
    partitions: Vec<i32>,
    rows: Vec<&'a T>,
}

fn rows_of<T>(
    dossiers: &[PartitionedRows],
    rows: impl Fn(&PartitionedRows) -> &[T],
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

fn column<'a, T, V>(rows: &[&'a T], value: impl Fn(&'a T) -> V) -> Vec<V> {
    rows.iter().map(|it| value(it)).collect()
}

fn checked<'a, T, V>(
    rows: &[&'a T],
    value: impl Fn(&'a T) -> Result<V, Error>,
) -> Result<Vec<V>, Error> {
    rows.iter().map(|it| value(it)).collect()
}
