//! Files are checked, kept once and read back whole.

use super::*;

const HUNG: &str = "citizen:account-1";
const LAN: &str = "citizen:account-2";

fn documents() -> (tempfile::TempDir, Documents) {
    let folder = tempfile::tempdir().unwrap();
    let documents = Documents::open(folder.path()).unwrap();
    (folder, documents)
}

#[tokio::test]
async fn a_file_is_kept_under_its_digest() {
    let (_folder, documents) = documents();
    let content = b"%PDF-1.7 a birth notice".to_vec();
    let stored = documents.put(content.clone(), HUNG).await.unwrap();
    assert_eq!(stored.digest, Digest::of(&content));
    assert_eq!(stored.media_type, "application/pdf");
    assert_eq!(documents.put(content.clone(), HUNG).await.unwrap(), stored);
    assert_eq!(documents.describe(&stored.digest).await.unwrap(), Some(stored.clone()));
    assert_eq!(documents.read(&stored.digest).await.unwrap(), Some(content));
}

#[tokio::test]
async fn what_is_no_document_is_refused() {
    let (_folder, documents) = documents();
    assert!(matches!(documents.put(Vec::new(), HUNG).await, Err(Error::Empty)));
    assert!(matches!(documents.put(b"MZ a program".to_vec(), HUNG).await, Err(Error::UnknownType)));
    let mut large = b"%PDF-".to_vec();
    large.resize(DOCUMENT_BYTES_MAX + 1, b' ');
    assert!(matches!(documents.put(large.clone(), HUNG).await, Err(Error::TooLarge)));
    large.truncate(DOCUMENT_BYTES_MAX);
    assert!(documents.put(large, HUNG).await.is_ok());
}

#[tokio::test]
async fn a_file_that_is_not_here_is_nothing() {
    let (_folder, documents) = documents();
    let digest = Digest::of(b"elsewhere");
    assert_eq!(documents.describe(&digest).await.unwrap(), None);
    assert_eq!(documents.read(&digest).await.unwrap(), None);
}

#[tokio::test]
async fn a_damaged_file_is_not_handed_out() {
    let (folder, documents) = documents();
    let stored = documents.put(b"%PDF-1.7 whole".to_vec(), HUNG).await.unwrap();
    let name = stored.digest.as_str();
    fs::write(folder.path().join(&name[..2]).join(name), b"%PDF-1.7 other").unwrap();
    assert!(matches!(documents.read(&stored.digest).await, Err(Error::Io(_))));
}

#[tokio::test]
async fn a_file_is_known_to_whoever_sent_it() {
    let (_folder, documents) = documents();
    let content = b"%PDF-1.7 a marriage certificate".to_vec();
    let stored = documents.put(content.clone(), HUNG).await.unwrap();
    let digest = &stored.digest;
    assert_eq!(documents.describe_for(digest, HUNG).await.unwrap(), Some(stored.clone()));
    assert_eq!(documents.describe_for(digest, LAN).await.unwrap(), None);
    assert_eq!(documents.describe_for(digest, "agency:account-1").await.unwrap(), None);
    documents.put(content, LAN).await.unwrap();
    for uploader in [HUNG, LAN] {
        assert_eq!(documents.describe_for(digest, uploader).await.unwrap(), Some(stored.clone()));
    }
    let elsewhere = Digest::of(b"elsewhere");
    assert_eq!(documents.describe_for(&elsewhere, HUNG).await.unwrap(), None);
}
