//! A server that goes away: what was written, what was not, and what nobody can know.

use lienthong_engine::log::Error;

use crate::receipts::{found, receipt};
use crate::store::{Store, append, stream, whole, write};

/// Ends the log's connections as an operator or a restart would.
const TERMINATE: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                         WHERE datname = current_database() AND application_name LIKE 'lienthong:%'";

pub(crate) async fn a_lost_connection_is_made_again(store: &Store) {
    let log = store.open().await;
    write(&*log, vec![append("a", 0, 1)]).await.unwrap();
    store.run(TERMINATE).await.unwrap();
    let error = write(&*log, vec![append("a", 1, 1)]).await.unwrap_err();
    assert!(matches!(error, Error::AmbiguousCommit(_)), "{error:?}");
    write(&*log, vec![append("a", 1, 1)]).await.unwrap();
    assert_eq!(log.load(&stream("a")).await.unwrap().len(), 2);
    assert_eq!(whole(&*log).await, 2);
}

pub(crate) async fn a_commit_without_an_answer_is_told_from_a_refused_one(store: &Store) {
    let log = store.open().await;
    let mut first = append("a", 0, 1);
    first.receipt = Some(receipt("citizen", first.command_id));
    let partition = log.partition_of("a");

    store.run(&at_commit("PERFORM pg_terminate_backend(pg_backend_pid())")).await.unwrap();
    let error = write(&*log, vec![first.clone()]).await.unwrap_err();
    assert!(matches!(error, Error::AmbiguousCommit(_)), "{error:?}");
    assert!(found(&*log, partition, "citizen", first.command_id).await.is_none());

    store.run(&at_commit("RAISE EXCEPTION 'no'")).await.unwrap();
    let error = write(&*log, vec![first.clone()]).await.unwrap_err();
    assert!(matches!(error, Error::Refused(_)), "{error:?}");

    store.run("DROP TRIGGER at_commit ON receipts").await.unwrap();
    write(&*log, vec![first.clone()]).await.unwrap();
    assert!(found(&*log, partition, "citizen", first.command_id).await.is_some());
    assert_eq!(whole(&*log).await, 1);
}

/// Makes the database do something at the COMMIT of whatever writes a receipt.
fn at_commit(statement: &str) -> String {
    format!(
        "CREATE OR REPLACE FUNCTION at_commit() RETURNS trigger LANGUAGE plpgsql AS \
         $$ BEGIN {statement}; RETURN NULL; END $$; \
         DROP TRIGGER IF EXISTS at_commit ON receipts; \
         CREATE CONSTRAINT TRIGGER at_commit AFTER INSERT ON receipts \
         DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION at_commit()"
    )
}
