//! The core read tables, read from PostgreSQL.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sqlx::Row as _;

use crate::log::columns::{self, partition_column, signed};
use crate::log::{
    DossierPage, DossierRow, Error, Log, Outgoing, Tables, TaskRow, TimerRow, Worklist,
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
            .bind(page.office.clone())
            .bind(page.statuses.clone())
            .bind(due_at)
            .bind(dossier_id)
            .bind(task)
            .bind(columns::rows(page.limit));
        Ok(page.merge(vec![self.readers.all(query, rows::task).await?]))
    }

    async fn timers_of(&self, dossier_id: &str) -> Result<Vec<TimerRow>, Error> {
        let query = sqlx::query(include_str!("select_timers.sql"))
            .bind(self.partition(dossier_id)?)
            .bind(dossier_id.to_owned());
        self.readers.all(query, rows::timer).await
    }

    async fn asked(&self, person: &str, limit: u32) -> Result<Vec<TimerRow>, Error> {
        let query = sqlx::query(include_str!("select_asked.sql"))
            .bind(person.to_owned())
            .bind(columns::rows(limit));
        self.readers.all(query, rows::timer).await
    }

    async fn unheld(&self, limit: u32) -> Result<Vec<String>, Error> {
        let query = sqlx::query(include_str!("select_unheld.sql")).bind(columns::rows(limit));
        self.readers.all(query, |row| Ok(row.try_get(0)?)).await
    }

    async fn due_timers(
        &self,
        partitions: &[u32],
        until: DateTime<Utc>,
        limit: u32,
    ) -> Result<Vec<TimerRow>, Error> {
        let partitions = partitions.iter().map(|it| partition_column(*it));
        let query = sqlx::query(include_str!("select_due_timers.sql"))
            .bind(partitions.collect::<Result<Vec<_>, _>>()?)
            .bind(until.timestamp_micros())
            .bind(columns::rows(limit));
        self.readers.all(query, rows::timer).await
    }

    async fn messages(
        &self,
        partition: u32,
        after: u64,
        limit: u32,
    ) -> Result<Vec<Outgoing>, Error> {
        let query = sqlx::query(include_str!("select_messages.sql"))
            .bind(partition_column(partition)?)
            .bind(signed(after)?)
            .bind(columns::rows(limit));
        self.readers.all(query, rows::outgoing).await
    }
}
