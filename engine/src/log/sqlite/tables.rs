//! The core read tables, read from SQLite.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::log::columns::{self, partition_column, signed};
use crate::log::{
    DossierPage, DossierRow, Error, Log, Outgoing, Tables, TaskRow, TimerRow, Worklist,
};

use super::{SqliteLog, rows};

impl SqliteLog {
    /// The key of a dossier's rows.
    fn key(&self, dossier_id: &str) -> Result<(i32, String), Error> {
        Ok((partition_column(self.partition_of(dossier_id))?, dossier_id.to_owned()))
    }
}

#[async_trait]
impl Tables for SqliteLog {
    async fn dossier(&self, dossier_id: &str) -> Result<Option<DossierRow>, Error> {
        let sql = include_str!("select_dossier.sql");
        self.readers.first(sql, self.key(dossier_id)?, rows::dossier).await
    }

    async fn dossier_by_code(&self, code: &str) -> Result<Option<DossierRow>, Error> {
        let sql = include_str!("select_dossier_by_code.sql");
        self.readers.first(sql, (code.to_owned(),), rows::dossier).await
    }

    async fn dossiers_of(&self, page: DossierPage) -> Result<Vec<DossierRow>, Error> {
        let sql = include_str!("select_dossiers_of_account.sql");
        let (submitted_at, dossier_id) = page.place();
        let page = (page.account, submitted_at, dossier_id, columns::rows(page.limit));
        self.readers.all(sql, page, rows::dossier).await
    }

    async fn tasks_of(&self, dossier_id: &str) -> Result<Vec<TaskRow>, Error> {
        let sql = include_str!("select_tasks.sql");
        self.readers.all(sql, self.key(dossier_id)?, rows::task).await
    }

    async fn worklist(&self, page: Worklist) -> Result<Vec<TaskRow>, Error> {
        let (due_at, dossier_id, task) = page.place();
        let limit = columns::rows(page.limit);
        let key = |status: &String| {
            (page.office.clone(), status.clone(), due_at, dossier_id.clone(), task.clone(), limit)
        };
        let keys = page.statuses.iter().map(key).collect();
        let sql = include_str!("select_worklist.sql");
        Ok(page.merge(self.readers.each(sql, keys, rows::task).await?))
    }

    async fn timers_of(&self, dossier_id: &str) -> Result<Vec<TimerRow>, Error> {
        let sql = include_str!("select_timers.sql");
        self.readers.all(sql, self.key(dossier_id)?, rows::timer).await
    }

    async fn asked(&self, person: &str, limit: u32) -> Result<Vec<TimerRow>, Error> {
        let sql = include_str!("select_asked.sql");
        self.readers.all(sql, (person.to_owned(), columns::rows(limit)), rows::timer).await
    }

    async fn unheld(&self, limit: u32) -> Result<Vec<String>, Error> {
        let sql = include_str!("select_unheld.sql");
        self.readers.all(sql, (columns::rows(limit),), |row| Ok(row.get(0)?)).await
    }

    async fn due_timers(
        &self,
        partitions: &[u32],
        until: DateTime<Utc>,
        limit: u32,
    ) -> Result<Vec<TimerRow>, Error> {
        let (until, limit) = (until.timestamp_micros(), columns::rows(limit));
        let key = |it: &u32| Ok((partition_column(*it)?, until, limit));
        let keys = partitions.iter().map(key).collect::<Result<_, Error>>()?;
        let sql = include_str!("select_due_timers.sql");
        let mut due = self.readers.each(sql, keys, rows::timer).await?.concat();
        due.sort_by(TimerRow::by_due_time);
        Ok(due)
    }

    async fn messages(
        &self,
        partition: u32,
        after: u64,
        limit: u32,
    ) -> Result<Vec<Outgoing>, Error> {
        let sql = include_str!("select_messages.sql");
        let place = (partition_column(partition)?, signed(after)?, columns::rows(limit));
        self.readers.all(sql, place, rows::outgoing).await
    }
}
