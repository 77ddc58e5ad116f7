//! Files are checked, kept once and read back whole.

use super::*;

fn documents() -> (tempfile::TempDir, Documents) {
    let folder = tempfile::tempdir().unwrap();
    let documents = Documents::open(folder.path()).unwrap();
    (folder, documents)
}

#[tokio::test]
async fn a_file_is_kept_under_its_digest() {
    let (_folder, documents) = documents();
    let content = b"%PDF-1.7 a birth notice".to_vec();
    let stored = documents.put(content.clone()).await.unwrap();
    assert_eq!(stored.digest, Digest::of(&content));
    assert_eq!(stored.media_type, "application/pdf");
    assert_eq!(documents.put(content.clone()).await.unwrap(), stored);
    assert_eq!(documents.describe(&stored.digest).await.unwrap(), Some(stored.clone()));
    assert_eq!(documents.read(&stored.digest).await.unwrap(), Some(content));
}

#[tokio::test]
async fn what_is_no_document_is_refused() {
    let (_folder, documents) = documents();
    assert!(matches!(documents.put(Vec::new()).await, Err(Error::Empty)));
    assert!(matches!(documents.put(b"MZ a program".to_vec()).await, Err(Error::UnknownType)));
    let mut large = b"%PDF-".to_vec();
    large.resize(DOCUMENT_BYTES_MAX + 1, b' ');
    assert!(matches!(documents.put(large.clone()).await, Err(Error::TooLarge)));
    large.truncate(DOCUMENT_BYTES_MAX);
    assert!(documents.put(large).await.is_ok());
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
    let stored = documents.put(b"%PDF-1.7 whole".to_vec()).await.unwrap();
    let name = stored.digest.as_str();
    fs::write(folder.path().join(&name[..2]).join(name), b"%PDF-1.7 other").unwrap();
    assert!(matches!(documents.read(&stored.digest).await, Err(Error::Io(_))));
}
