//! Clients that go away in the middle of an application: their connection closes while they still
//! send, or while they wait. Each application comes to its end or leaves nothing, and no
//! connection to the database stays inside a transaction.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use futures::StreamExt as _;
use lienthong_checker::{Invariant, Report};
use sqlx::{Connection as _, PgConnection};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use uuid::Uuid;

use crate::client::sooner_or_later;
use crate::report;
use crate::seed::Choices;
use crate::server::Place;
use crate::trial::Trial;

/// Clients that apply at the same time.
const AT_ONCE: usize = 16;
/// Every so many go away before they have sent everything.
const IN_THE_MIDDLE: u64 = 4;
/// The others wait for the answer at most 1 ms, 2 ms, and so on up to 1 s, then go: some leave soon
/// enough, however fast the machine is.
const PATIENCE: u64 = 11;
const CLEAN_WITHIN: Duration = Duration::from_secs(15);

/// Connections that are inside a transaction and do nothing, or have been in one for long.
const INSIDE: &str = "SELECT count(*) FROM pg_stat_activity \
                       WHERE datname = current_database() AND pid <> pg_backend_pid() \
                         AND (state LIKE 'idle in transaction%' \
                              OR xact_start < now() - interval '5 seconds')";
const RECEIPTS: &str = "SELECT command_id FROM receipts";

/// A client that goes away.
struct Leaving {
    id: Uuid,
    address: String,
    /// What it gets to send.
    bytes: Vec<u8>,
    waits: Duration,
}

/// Lets so many clients go away.
///
/// # Panics
/// If the server can't be reached, or something never completes.
pub async fn by_clients(name: &str, place: Place, times: usize) -> Report {
    let mut choices = Choices::announced(name);
    let trial = Trial::begin(name, place);
    let mut ids = BTreeSet::new();
    while ids.len() < times {
        let leaving = (0..times - ids.len()).map(|n| Leaving::choose(&trial, n, &mut choices));
        let leaving: Vec<_> = leaving.collect();
        let left = futures::stream::iter(leaving).map(Leaving::leave).buffer_unordered(AT_ONCE);
        ids.extend(left.filter_map(std::future::ready).collect::<Vec<_>>().await);
        report::step(name, ids.len() as u64, times as u64, "clients have gone away");
    }
    let mut store =
        PgConnection::connect(trial.server.place.store()).await.expect("reach the store");
    let inside = until_clean(&mut store).await;
    let kept: Vec<Uuid> = sqlx::query_scalar(RECEIPTS).fetch_all(&mut store).await.expect("ids");
    let ended = kept.iter().filter(|it| ids.contains(it)).count();
    report::say(&format!(
        "{name}: fired {times} times: {ended} came to their end, {} left nothing; {inside} \
         connections are inside a transaction",
        ids.len() - ended
    ));
    trial.senders.repeat().await;
    let mut report = trial.end().await.after(times as u64);
    if inside > 0 {
        report.seen(Invariant::R3, name, &format!("{inside} connections inside a transaction"));
    }
    if ended == 0 || ended == ids.len() {
        report.seen(Invariant::R3, name, "the clients left too early, or too late");
    }
    report
}

/// Connections inside a transaction, once there are none or the time is over.
async fn until_clean(store: &mut PgConnection) -> i64 {
    let mut inside = 0;
    let _ = sooner_or_later(Instant::now() + CLEAN_WITHIN, async || {
        inside = sqlx::query_scalar(INSIDE).fetch_one(&mut *store).await.expect("count them");
        (inside == 0).then_some(())
    })
    .await;
    inside
}

impl Leaving {
    fn choose(trial: &Trial, n: usize, choices: &mut Choices) -> Self {
        let (id, mut bytes) = trial.senders.as_bytes(n);
        let longest = 1_000 << choices.between(0, PATIENCE);
        let waits = Duration::from_micros(choices.between(0, longest));
        if choices.between(0, IN_THE_MIDDLE) == 0 {
            let sent = choices.between(1, bytes.len() as u64);
            bytes.truncate(usize::try_from(sent).expect("no more than there are"));
        }
        let address = trial.server.address().trim_start_matches("http://").to_owned();
        Self { id, address, bytes, waits }
    }

    /// Goes away; its command, if there was no answer yet.
    async fn leave(self) -> Option<Uuid> {
        let mut stream = TcpStream::connect(&self.address).await.expect("reach the server");
        stream.write_all(&self.bytes).await.expect("send");
        let answered = tokio::time::timeout(self.waits, stream.readable()).await;
        answered.is_err().then_some(self.id)
    }
}
