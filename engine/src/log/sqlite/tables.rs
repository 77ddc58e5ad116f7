//! The core read tables, read from SQLite.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::log::columns::{self, NEVER, moment, partition_column};
use crate::log::{
    DossierPage, DossierRow, Error, Log, OutboxRow, Tables, TaskRow, TimerRow, Worklist,
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
        let sql = include_str!("select_worklist.sql");
        let (due_at, dossier_id, task) = page.place();
        let statuses = serde_json::Value::from(page.statuses).to_string();
        let limit = columns::rows(page.limit);
        let page = (page.office, statuses, NEVER, due_at, dossier_id, task, limit);
        self.readers.all(sql, page, rows::task).await
    }

    async fn timers_of(&self, dossier_id: &str) -> Result<Vec<TimerRow>, Error> {
        let sql = include_str!("select_timers.sql");
        self.readers.all(sql, self.key(dossier_id)?, rows::timer).await
    }

    async fn due_timers(&self, until: DateTime<Utc>, limit: u32) -> Result<Vec<TimerRow>, Error> {
        let sql = include_str!("select_due_timers.sql");
        let page = (until.timestamp_micros(), columns::rows(limit));
        self.readers.all(sql, page, rows::timer).await
    }

    async fn next_timer(&self) -> Result<Option<DateTime<Utc>>, Error> {
        let sql = "SELECT due_at FROM timers ORDER BY due_at LIMIT 1";
        self.readers.first(sql, (), |row| moment(row.get(0)?)).await
    }

    async fn messages_of(&self, dossier_id: &str) -> Result<Vec<OutboxRow>, Error> {
        let sql = include_str!("select_messages_of.sql");
        self.readers.all(sql, self.key(dossier_id)?, rows::message).await
    }

    async fn messages_to(
        &self,
        addressee: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<OutboxRow>, Error> {
        let sql = include_str!("select_messages_to.sql");
        let after = after.unwrap_or_default().to_owned();
        let page = (addressee.to_owned(), after, columns::rows(limit));
        self.readers.all(sql, page, rows::message).await
    }
}
