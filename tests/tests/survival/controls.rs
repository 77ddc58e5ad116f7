//! Bugs on purpose: each is caught.

use lienthong_engine::sabotage::Bug;
use lienthong_tests::faults::controls::{SHOWN, found};

async fn caught(bug: Bug) {
    let (_, invariant) = SHOWN.iter().find(|it| it.0 == bug).expect("a fault that shows it");
    let Some(report) = found(bug).await else { return };
    assert!(report.violates(*invariant), "nobody noticed: {report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscription_that_reads_by_sequence() {
    caught(Bug::ReadBySequence).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_id_at_every_attempt() {
    caught(Bug::NewIdOnRetry).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checkpoint_in_another_transaction() {
    caught(Bug::CheckpointApart).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_before_the_commit() {
    caught(Bug::AcknowledgeBeforeCommit).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn timers_that_a_start_does_not_find() {
    caught(Bug::TimerNotRearmed).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_without_an_epoch() {
    caught(Bug::LeaseWithoutEpoch).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_for_which_the_disk_is_not_waited_for() {
    caught(Bug::SynchronousNormal).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_for_which_postgres_does_not_wait() {
    caught(Bug::SynchronousCommitOff).await;
}
