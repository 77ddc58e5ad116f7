//! The core read tables, read from PostgreSQL.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sqlx::Row;

use crate::log::columns::{self, NEVER, moment, partition_column};
use crate::log::{
    DossierPage, DossierRow, Error, Log, OutboxRow, Tables, TaskRow, TimerRow, Worklist,
};

use super::{PostgresLog, rows};

impl PostgresLog {
    fn partition(&self, dossier_id: &str) -> Result<i32, Error> {
        partition_column(self.partition_of(dossier_id))
    }
}

#[async_trait]
impl Tables for PostgresLog {
    async fn dossier(&self, dossier_id: &str) -> Result<Option<DossierRow>, Error> {
        let query = sqlx::query(include_str!("select_dossier.sql"))
            .bind(self.partition(dossier_id)?)
            .bind(dossier_id.to_owned());
        self.readers.first(query, rows::dossier).await
    }

    async fn dossier_by_code(&self, code: &str) -> Result<Option<DossierRow>, Error> {
        let query = sqlx::query(include_str!("select_dossier_by_code.sql")).bind(code.to_owned());
        self.readers.first(query, rows::dossier).await
    }

    async fn dossiers_of(&self, page: DossierPage) -> Result<Vec<DossierRow>, Error> {
        let (submitted_at, dossier_id) = page.place();
        let query = sqlx::query(include_str!("select_dossiers_of_account.sql"))
            .bind(page.account)
            .bind(submitted_at)
            .bind(dossier_id)
            .bind(columns::rows(page.limit));
        self.readers.all(query, rows::dossier).await
    }

    async fn tasks_of(&self, dossier_id: &str) -> Result<Vec<TaskRow>, Error> {
        let query = sqlx::query(include_str!("select_tasks.sql"))
            .bind(self.partition(dossier_id)?)
            .bind(dossier_id.to_owned());
        self.readers.all(query, rows::task).await
    }

    async fn worklist(&self, page: Worklist) -> Result<Vec<TaskRow>, Error> {
        let (due_at, dossier_id, task) = page.place();
        let query = sqlx::query(include_str!("select_worklist.sql"))
            .bind(page.office)
            .bind(page.statuses)
            .bind(NEVER)
            .bind(due_at)
            .bind(dossier_id)
            .bind(task)
            .bind(columns::rows(page.limit));
        self.readers.all(query, rows::task).await
    }

    async fn timers_of(&self, dossier_id: &str) -> Result<Vec<TimerRow>, Error> {
        let query = sqlx::query(include_str!("select_timers.sql"))
            .bind(self.partition(dossier_id)?)
            .bind(dossier_id.to_owned());
        self.readers.all(query, rows::timer).await
    }

    async fn due_timers(&self, until: DateTime<Utc>, limit: u32) -> Result<Vec<TimerRow>, Error> {
        let query = sqlx::query(include_str!("select_due_timers.sql"))
            .bind(until.timestamp_micros())
            .bind(columns::rows(limit));
        self.readers.all(query, rows::timer).await
    }

    async fn next_timer(&self) -> Result<Option<DateTime<Utc>>, Error> {
        let query = sqlx::query("SELECT due_at FROM timers ORDER BY due_at LIMIT 1");
        self.readers.first(query, |row| moment(row.try_get(0)?)).await
    }

    async fn messages_of(&self, dossier_id: &str) -> Result<Vec<OutboxRow>, Error> {
        let query = sqlx::query(include_str!("select_messages_of.sql"))
            .bind(self.partition(dossier_id)?)
            .bind(dossier_id.to_owned());
        self.readers.all(query, rows::message).await
    }

    async fn messages_to(
        &self,
        addressee: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<OutboxRow>, Error> {
        let query = sqlx::query(include_str!("select_messages_to.sql"))
            .bind(addressee.to_owned())
            .bind(after.unwrap_or_default().to_owned())
            .bind(columns::rows(limit));
        self.readers.all(query, rows::message).await
    }
}
