//! Reference data: every version, for ever, by digest.

use lienthong_domain::digest::Digest;
use lienthong_engine::log::{Error, Reference};

use crate::store::Store;

pub(crate) async fn reference_data_are_kept_by_digest(store: &Store) {
    let log = store.open().await;
    let first = Reference::new("calendar", "vn", "days: [2026-09-02]");
    let second = Reference::new("calendar", "vn", "days: [2026-09-02, 2026-09-01]\n");
    let other = Reference::new("directory", "vn", "Hà Nội");
    for reference in [&first, &second, &other, &first] {
        log.put_reference(reference.clone()).await.unwrap();
    }
    assert_eq!(log.reference(&first.digest).await.unwrap(), Some(first.clone()));
    assert_eq!(log.reference(&Digest::of(b"nothing")).await.unwrap(), None);
    let mut both = [first.clone(), second.clone()];
    both.sort_by(|a, b| a.digest.cmp(&b.digest));
    assert_eq!(log.references("calendar").await.unwrap(), both);
    let forged = Reference { content: "other".to_owned(), ..first.clone() };
    let error = log.put_reference(forged).await.unwrap_err();
    assert!(matches!(error, Error::Invalid(_)));
    let renamed = Reference { name: "other".to_owned(), ..first.clone() };
    log.put_reference(renamed).await.unwrap();
    assert_eq!(log.reference(&first.digest).await.unwrap(), Some(first));
    log.close().await;
    assert_eq!(store.open().await.reference(&other.digest).await.unwrap(), Some(other));
}
