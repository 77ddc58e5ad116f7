//! Files outside the store that say how far it had come: several processes may keep one each.

use std::path::PathBuf;

use lienthong_engine::log::heads::{Doubt, Error, Keeper, adopt, check};

use crate::store::{Store, append, second, write};

/// The files of two processes.
struct Files {
    _folder: tempfile::TempDir,
    here: PathBuf,
    there: PathBuf,
}

fn files() -> Files {
    let folder = tempfile::tempdir().unwrap();
    let (here, there) = (folder.path().join("here.json"), folder.path().join("there.json"));
    Files { _folder: folder, here, there }
}

/// Takes the end of the log away, as an older backup would.
async fn lose_all_but(store: &Store, events: u64) {
    let lose = format!(
        "DELETE FROM events WHERE sequence > {events}; \
         UPDATE heads SET head = {events} WHERE head > {events}"
    );
    store.run(&lose).await.unwrap();
}

pub(crate) async fn each_file_refuses_less_than_it_has_seen(store: &Store) {
    let Some(address) = store.address() else { return };
    let files = files();
    let log = store.open().await;
    let partition = log.partition_of("a");
    let mut here = Keeper::open(&address, &files.here).await.unwrap();
    let mut there = Keeper::open(&address, &files.there).await.unwrap();
    write(&*log, vec![append("a", 0, 2)]).await.unwrap();
    here.write().await.unwrap();
    write(&*log, vec![append("a", 2, 2)]).await.unwrap();
    there.write().await.unwrap();
    log.close().await;
    // One has seen more than the other; both take what there is.
    assert_eq!(check(&address, &files.here).await.unwrap(), []);
    assert_eq!(check(&address, &files.there).await.unwrap(), []);

    store.unprotect().await;
    lose_all_but(store, 3).await;
    assert_eq!(check(&address, &files.here).await.unwrap(), []);
    here.write().await.unwrap();
    let shorter = |known, found| Doubt::Shorter { partition, known, found };
    assert_eq!(check(&address, &files.there).await.unwrap(), [shorter(4, 3)]);
    let kept = std::fs::read(&files.there).unwrap();
    let noticed = there.write().await.unwrap_err();
    assert!(matches!(&noticed, Error::WentBack(why) if *why == [shorter(4, 3)]), "{noticed}");
    assert_eq!(std::fs::read(&files.there).unwrap(), kept, "what was seen is still known");

    lose_all_but(store, 1).await;
    assert_eq!(check(&address, &files.here).await.unwrap(), [shorter(3, 1)]);
    let log = store.open().await;
    write(&*log, vec![append("a", 1, 5)]).await.unwrap();
    log.close().await;
    // It is longer now, but another one.
    let other = |position| Doubt::Other { partition, position };
    assert_eq!(check(&address, &files.here).await.unwrap(), [other(3)]);
    assert_eq!(check(&address, &files.there).await.unwrap(), [other(4)]);
}

pub(crate) async fn an_adopted_log_is_taken_wherever_it_was_known(store: &Store) {
    let Some(address) = store.address() else { return };
    let files = files();
    let log = store.open().await;
    write(&*log, vec![append("a", 0, 3)]).await.unwrap();
    log.close().await;
    for file in [&files.here, &files.there] {
        Keeper::open(&address, file).await.unwrap().write().await.unwrap();
    }
    store.unprotect().await;
    lose_all_but(store, 2).await;
    let reasons = ["", &"x".repeat(1_001)];
    for reason in reasons {
        let refused = adopt(&address, &files.here, reason, second(0)).await.unwrap_err();
        assert!(matches!(refused, Error::Reason), "{refused}");
    }
    assert_eq!(check(&address, &files.here).await.unwrap().len(), 1);
    let mut still_kept = Keeper::open(&address, &files.there).await.unwrap();
    let adoption = adopt(&address, &files.here, "a disk failed", second(0)).await.unwrap();
    assert_eq!(check(&address, &files.here).await.unwrap(), []);
    assert_eq!(check(&address, &files.there).await.unwrap(), []);
    let noticed = still_kept.write().await.unwrap_err();
    assert!(matches!(&noticed, Error::WentBack(why)
        if matches!(&why[..], [Doubt::Incarnation { found, .. }] if *found == Some(adoption.to))));

    // Whoever has seen the incarnation that was given up last does not go back to it.
    let given_up = adoption.from.unwrap();
    let back = format!(
        "UPDATE meta SET value = '{given_up}' WHERE key = 'incarnation'; \
         DELETE FROM meta WHERE key = 'adoptions'"
    );
    store.run(&back).await.unwrap();
    let doubts = check(&address, &files.here).await.unwrap();
    assert!(matches!(&doubts[..], [Doubt::Incarnation { .. }]), "{doubts:?}");
}
