//! Backups as the handbook says: of a store in use, and put back where it was.

use std::fs;
use std::path::{Path, PathBuf};

use lienthong_tests::postgres;
use lienthong_tests::server::Place;

/// A copy of a store, made while a server runs on it.
pub(crate) struct Backup(PathBuf);

impl Backup {
    pub(crate) fn of(place: &Place) -> Self {
        let copy = place.folder().join("backup");
        if let Some(file) = place.store().strip_prefix("sqlite:") {
            let connection = rusqlite::Connection::open(file).unwrap();
            connection.execute("VACUUM INTO ?1", (copy.to_str().unwrap(),)).unwrap();
        } else {
            let mut dump = postgres::program("pg_dump");
            dump.args(["--format=custom", "--file"]).arg(&copy).arg(place.store());
            assert!(dump.status().unwrap().success());
        }
        Self(copy)
    }

    /// Puts it back over the store. No server may run.
    pub(crate) async fn restore(&self, place: &Place) {
        lose(place).await;
        if let Some(file) = place.store().strip_prefix("sqlite:") {
            fs::copy(&self.0, file).unwrap();
        } else {
            let mut restore = postgres::program("pg_restore");
            restore.args(["--exit-on-error", "--dbname", place.store()]).arg(&self.0);
            assert!(restore.status().unwrap().success());
        }
    }
}

/// Takes the store away.
pub(crate) async fn lose(place: &Place) {
    match place.store().strip_prefix("sqlite:") {
        Some(file) => {
            for ending in ["", "-wal", "-shm"] {
                let file = format!("{file}{ending}");
                if Path::new(&file).exists() {
                    fs::remove_file(file).unwrap();
                }
            }
        }
        None => postgres::make_anew(place.store()).await,
    }
}
