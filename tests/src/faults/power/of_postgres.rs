//! Power cuts on PostgreSQL: the calls of all of its processes on the write-ahead log, the tables
//! and the control file, from a clean start on and without a checkpoint. What else it writes is
//! taken not to have reached the disk. The server recovers each image by itself.

use lienthong_checker::history::History;
use lienthong_checker::{Evidence, Invariant, Report, check};
use lienthong_engine::sabotage::Bug;
use sqlx::{Connection as _, PgConnection};
use std::sync::Arc;

use super::{COMMANDS, Recorded, TOLD};
use crate::manner::{Manner, STRACE};
use crate::postgres::{self, Cluster};
use crate::program::{self, is_there};
use crate::server::Place;
use crate::trial::Trial;

const CALLS: &str = "--trace=pwrite64,pwritev,write,ftruncate,fsync,fdatasync";
/// No checkpoint, which would begin the recording anew; nor does anybody sync the log by the way: what
/// a commit does not wait for is not on disk.
const SETTINGS: &[&str] = &[
    "max_connections=100",
    "shared_buffers=32MB",
    "checkpoint_timeout=1d",
    "max_wal_size=4GB",
    "wal_writer_delay=10s",
    "wal_writer_flush_after=1GB",
];

/// Cuts the power so many times; `None` where PostgreSQL or `strace` is not installed.
///
/// # Panics
/// If the recording can't be made or read.
pub async fn cut(name: &str, bug: Option<Bug>, cuts: u64) -> Option<Report> {
    if !is_there(STRACE) {
        return None;
    }
    let place = Place::postgres_with(SETTINGS).await?;
    let mut trial = Trial::begin(name, place);
    trial.server.stop();
    let place = Arc::clone(&trial.server.place);
    let cluster = place.cluster();
    begin_a_segment(&cluster.address()).await;
    cluster.stop(false);
    let before = tempfile::tempdir().expect("a temporary folder");
    let before = before.path().join("data");
    program::copy(&cluster.data(), &before);
    let trace = cluster.data().join("trace");
    let output = format!("--output={}", trace.display());
    let under = [&[STRACE, "-f", "--seccomp-bpf"], TOLD, &[&output, CALLS]].concat().join(" ");
    cluster.start_again(&under);
    trial.server.manner = bug.map_or_else(Manner::default, Manner::with_bug);
    trial.start_again();
    trial.senders.carry_out(COMMANDS).await;
    let recorded = Recorded::read(trial, (&trace, &cluster.data(), &before), is_kept).await;
    let segments = recorded.recording.files().into_iter().filter(|it| it.starts_with("pg_wal/"));
    assert_eq!(segments.count(), 1, "the recording spans segments");
    let database = place.store().rsplit_once('/').expect("a database").1;
    let recover = async |image: &super::Image, ledger| {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let data = folder.path().join("data");
        program::copy(&before, &data);
        for file in image.write(&data) {
            postgres::own(&file).expect("the server's user");
        }
        let cluster = Cluster::start_on(&data);
        match History::read(&cluster.address_of(database)).await {
            Ok(history) => check(&Evidence { history, ledger, ..Evidence::default() }),
            Err(why) => {
                let mut report = Report::default();
                report.seen(Invariant::R3, "the store", &format!("it can't be read: {why}"));
                report
            }
        }
    };
    Some(recorded.cut(cuts, recover).await)
}

/// All of a recording goes into one segment of the write-ahead log, which is there before.
async fn begin_a_segment(address: &str) {
    let mut server = PgConnection::connect(address).await.expect("connect");
    sqlx::query("SELECT pg_switch_wal()").execute(&mut server).await.expect("another segment");
    server.close().await.expect("disconnect");
}

fn is_kept(file: &str) -> bool {
    ["pg_wal/", "base/", "global/"].iter().any(|it| file.starts_with(it))
        && !file.contains("pg_internal")
}
