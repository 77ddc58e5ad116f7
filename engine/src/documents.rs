//! Files that people and agencies send: kept once, under the digest of their content, and on disk
//! before any event names them. Never changed; who may read one is not decided here. Beside a file stand
//! markers for who sent it, since only they may name it: a digest can be guessed or overheard.
//! Nothing is ever taken away: a file that nobody names stays.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lienthong_domain::digest::{Digest, hex};

use crate::failpoint::{self, Point};

/// A file may have at most this many bytes.
pub const DOCUMENT_BYTES_MAX: usize = 20 * 1024 * 1024;

/// A folder of content-addressed files.
#[derive(Clone, Debug)]
pub struct Documents {
    folder: Arc<PathBuf>,
}

/// A stored file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    pub digest: Digest,
    /// Told from the content, not from what the sender said.
    pub media_type: &'static str,
    pub bytes: u64,
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the file is empty")]
    Empty,
    #[error("the file has more than {DOCUMENT_BYTES_MAX} bytes")]
    TooLarge,
    #[error("the file is not a PDF, JPEG or PNG")]
    UnknownType,
    #[error("the document folder can't be used")]
    Io(#[from] io::Error),
}

impl Documents {
    /// Opens the folder, making it if it is new.
    ///
    /// # Errors
    /// If it can't be made.
    pub fn open(folder: &Path) -> Result<Self, Error> {
        fs::create_dir_all(folder)?;
        Ok(Self { folder: Arc::new(folder.to_owned()) })
    }

    /// Keeps a file, and that `uploader` (e.g. `citizen:account-1`) sent it. Once this returns both
    /// are on disk; the same bytes again are the same file.
    ///
    /// # Errors
    /// What is wrong with the file; it is not kept then.
    pub async fn put(&self, content: Vec<u8>, uploader: &str) -> Result<Stored, Error> {
        let (documents, uploader) = (self.clone(), uploader.to_owned());
        let put = move || documents.put_blocking(&content, &uploader);
        unwind(tokio::task::spawn_blocking(put).await)
    }

    /// What is known of a file that `uploader` sent; `None` if it is not here or others alone sent
    /// it, which look alike.
    ///
    /// # Errors
    /// If the folder can't be read.
    pub async fn describe_for(
        &self,
        digest: &Digest,
        uploader: &str,
    ) -> Result<Option<Stored>, Error> {
        let (documents, digest) = (self.clone(), digest.clone());
        let marker = self.marker(&digest, uploader);
        let describe = move || {
            if marker.try_exists()? { documents.describe_blocking(digest) } else { Ok(None) }
        };
        unwind(tokio::task::spawn_blocking(describe).await)
    }

    /// What is known of a file; `None` if it is not here.
    ///
    /// # Errors
    /// If the folder can't be read.
    pub async fn describe(&self, digest: &Digest) -> Result<Option<Stored>, Error> {
        let (documents, digest) = (self.clone(), digest.clone());
        unwind(tokio::task::spawn_blocking(move || documents.describe_blocking(digest)).await)
    }

    /// The content of a file; `None` if it is not here.
    ///
    /// # Errors
    /// If the folder can't be read, or the content is no longer what its name says.
    pub async fn read(&self, digest: &Digest) -> Result<Option<Vec<u8>>, Error> {
        let (path, digest) = (self.path(digest), digest.clone());
        unwind(tokio::task::spawn_blocking(move || read_blocking(&path, &digest)).await)
    }

    fn path(&self, digest: &Digest) -> PathBuf {
        self.folder.join(&digest.as_str()[..2]).join(digest.as_str())
    }

    /// The empty file that says that somebody sent a file.
    fn marker(&self, digest: &Digest, uploader: &str) -> PathBuf {
        let folder = self.path(digest).with_extension("by");
        folder.join(Digest::of(uploader.as_bytes()).as_str())
    }

    fn put_blocking(&self, content: &[u8], uploader: &str) -> Result<Stored, Error> {
        if content.is_empty() {
            return Err(Error::Empty);
        }
        if content.len() > DOCUMENT_BYTES_MAX {
            return Err(Error::TooLarge);
        }
        let media_type = media_type(content).ok_or(Error::UnknownType)?;
        let digest = Digest::of(content);
        let path = self.path(&digest);
        if !path.exists() {
            self.write(&path, content)?;
        }
        self.mark(&self.marker(&digest, uploader))?;
        Ok(Stored { digest, media_type, bytes: content.len() as u64 })
    }

    /// Writes beside the place, then renames: a file is whole or not there.
    fn write(&self, path: &Path, content: &[u8]) -> Result<(), Error> {
        let folder = path.parent().unwrap_or(&self.folder);
        fs::create_dir_all(folder)?;
        let mut random = [0; 8];
        getrandom::fill(&mut random).map_err(|it| io::Error::other(it.to_string()))?;
        let unfinished = folder.join(format!(".{}", hex(&random)));
        let mut file = File::create_new(&unfinished)?;
        let written = file.write_all(content).and_then(|()| file.sync_all());
        failpoint::hit(Point::DocumentWritten);
        if let Err(error) = written.and_then(|()| fs::rename(&unfinished, path)) {
            let _ = fs::remove_file(&unfinished);
            return Err(error.into());
        }
        failpoint::hit(Point::DocumentNamed);
        Ok(())
    }

    /// Makes a marker, and makes sure of every folder from it up.
    fn mark(&self, marker: &Path) -> Result<(), Error> {
        let folders = marker.ancestors().skip(1).take_while(|it| it.starts_with(&*self.folder));
        let folders: Vec<&Path> = folders.collect();
        if let Some(nearest) = folders.first() {
            fs::create_dir_all(nearest)?;
        }
        File::options().create(true).append(true).open(marker)?.sync_all()?;
        failpoint::hit(Point::DocumentMarked);
        for folder in folders {
            File::open(folder)?.sync_all()?;
        }
        Ok(())
    }

    fn describe_blocking(&self, digest: Digest) -> Result<Option<Stored>, Error> {
        use io::Read;

        let file = match File::open(self.path(&digest)) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let bytes = file.metadata()?.len();
        let mut start = Vec::new();
        file.take(MAGIC_BYTES).read_to_end(&mut start)?;
        let media_type = media_type(&start).ok_or(Error::UnknownType)?;
        Ok(Some(Stored { digest, media_type, bytes }))
    }
}

fn read_blocking(path: &Path, digest: &Digest) -> Result<Option<Vec<u8>>, Error> {
    match fs::read(path) {
        Ok(content) if Digest::of(&content) == *digest => Ok(Some(content)),
        Ok(_) => Err(Error::Io(io::Error::other("the file is not what its name says"))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn unwind<T>(joined: Result<Result<T, Error>, tokio::task::JoinError>) -> Result<T, Error> {
    joined.unwrap_or_else(|error| Err(Error::Io(io::Error::other(error))))
}

const MAGIC_BYTES: u64 = 16;

/// The type by its first bytes (PDF 32000-1 §7.5.2, ISO/IEC 10918-1 B.1, PNG §5.2).
fn media_type(content: &[u8]) -> Option<&'static str> {
    const PDF: &[u8] = b"%PDF-";
    const JPEG: &[u8] = &[0xff, 0xd8, 0xff];
    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";
    if content.starts_with(PDF) {
        Some("application/pdf")
    } else if content.starts_with(JPEG) {
        Some("image/jpeg")
    } else if content.starts_with(PNG) {
        Some("image/png")
    } else {
        None
    }
}

#[cfg(test)]
mod tests;
