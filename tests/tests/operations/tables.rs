//! The core read tables, row by row, as the database has them.

use std::collections::BTreeMap;

use lienthong_tests::server::Place;
use sqlx::{Connection as _, PgConnection};

pub(crate) const TABLES: [&str; 4] = ["dossiers", "tasks", "timers", "outbox"];

/// The rows of some tables as texts, by table, sorted.
pub(crate) async fn rows(place: &Place, tables: &[&str]) -> BTreeMap<String, Vec<String>> {
    let mut all = BTreeMap::new();
    for table in tables {
        let mut rows = match place.store().strip_prefix("sqlite:") {
            Some(file) => of_sqlite(file, table),
            None => {
                let mut connection = PgConnection::connect(place.store()).await.unwrap();
                let sql = format!("SELECT {table}::text FROM {table}");
                sqlx::query_scalar(&sql).fetch_all(&mut connection).await.unwrap()
            }
        };
        rows.sort();
        all.insert((*table).to_owned(), rows);
    }
    all
}

fn of_sqlite(file: &str, table: &str) -> Vec<String> {
    let connection = rusqlite::Connection::open(file).unwrap();
    let mut statement = connection.prepare(&format!("SELECT * FROM {table}")).unwrap();
    let columns = statement.column_count();
    let text = |row: &rusqlite::Row<'_>| {
        let values = (0..columns).map(|it| row.get::<_, rusqlite::types::Value>(it));
        Ok(format!("{:?}", values.collect::<Result<Vec<_>, _>>()?))
    };
    statement.query_map((), text).unwrap().collect::<Result<_, _>>().unwrap()
}

/// Changes the database beside the log.
pub(crate) async fn run(place: &Place, sql: &str) {
    match place.store().strip_prefix("sqlite:") {
        Some(file) => rusqlite::Connection::open(file).unwrap().execute_batch(sql).unwrap(),
        None => {
            let mut connection = PgConnection::connect(place.store()).await.unwrap();
            sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
        }
    }
}
