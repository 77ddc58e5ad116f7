//! `lienthong agency`: the keys by which the systems of agencies identify themselves, and the
//! addresses at which they are reached by push. On PostgreSQL also while servers run: they are asked
//! to do it. A key is shown once; the store keeps a digest. A secret of an address is shown once,
//! too; the store keeps nothing of it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use lienthong_api::identity;
use lienthong_api::peers::{HttpPeers, Seal};
use lienthong_api::push::Secrets;
use lienthong_domain::catalogue::Reference;
use lienthong_domain::diagnostic::Severity;
use lienthong_domain::directory::Directory;
use lienthong_domain::dossier::PORTAL;
use lienthong_domain::workflow::{FileKind, kind_of};
use lienthong_engine::clock::SystemClock;
use lienthong_engine::runtime::{self, Company, Runtime};

use super::output::say;
use super::store::Place;
use super::{private_file, sources, store};

#[derive(clap::Subcommand)]
pub(crate) enum Agency {
    /// Issue a key for each of some offices, and write them as JSON: {"OFFICE": "KEY"}
    IssueKey(IssueKey),
    /// Make a key worthless
    RevokeKey(RevokeKey),
    /// Push an office's messages to an address, and print the secret that they are signed with
    SetEndpoint(SetEndpoint),
    /// Push nothing more to an office
    RemoveEndpoint(RemoveEndpoint),
}

#[derive(clap::Args)]
pub(crate) struct IssueKey {
    /// The ids of offices, as the directory names them
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    offices: Vec<String>,
    /// Every office of the directories
    #[arg(long)]
    all: bool,
    /// A file that is not there yet; it gets mode 0600. Else the standard output
    #[arg(long)]
    out: Option<PathBuf>,
    /// Where the directories are, if they are not those that ship with this program
    #[arg(long)]
    definitions: Option<PathBuf>,
    #[command(flatten)]
    place: Place,
}

#[derive(clap::Args)]
pub(crate) struct RevokeKey {
    office: String,
    /// The id of the key: the eight characters before its last dot
    key: String,
    #[command(flatten)]
    place: Place,
}

#[derive(clap::Args)]
pub(crate) struct SetEndpoint {
    office: String,
    /// http://, a loopback address, a port and a path
    url: String,
    /// Where the directories are, if they are not those that ship with this program
    #[arg(long)]
    definitions: Option<PathBuf>,
    #[command(flatten)]
    place: Place,
}

#[derive(clap::Args)]
pub(crate) struct RemoveEndpoint {
    office: String,
    #[command(flatten)]
    place: Place,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error(transparent)]
    Store(#[from] store::Error),
    #[error(transparent)]
    Sources(#[from] sources::Error),
    #[error("{0} has faults; `lienthong check` shows them")]
    Faulty(String),
    #[error("no directory has an office {0}")]
    NoSuchOffice(String),
    #[error("the key that messages are signed with can't be used: {0}")]
    Secret(std::io::Error),
    #[error("other processes could not be spoken with: {0}")]
    Peers(reqwest::Error),
    #[error(transparent)]
    Runtime(#[from] runtime::Error),
    #[error("{path}: {cause}")]
    Out { path: String, cause: std::io::Error },
    #[error("the keys can't be written")]
    Json(#[from] serde_json::Error),
}

impl Agency {
    pub(crate) async fn run(self) -> Result<(), Error> {
        match self {
            Self::IssueKey(it) => it.run().await,
            Self::RevokeKey(it) => it.run().await,
            Self::SetEndpoint(it) => it.run().await,
            Self::RemoveEndpoint(it) => it.run().await,
        }
    }
}

impl IssueKey {
    async fn run(self) -> Result<(), Error> {
        let (directories, known) = directories(self.definitions.as_ref())?;
        if let Some(unknown) = self.offices.iter().find(|it| !known.contains(*it)) {
            return Err(Error::NoSuchOffice(unknown.clone()));
        }
        let offices = if self.all { known } else { self.offices.into_iter().collect() };
        if let Some(out) = self.out.as_ref().filter(|it| it.exists()) {
            let cause = std::io::ErrorKind::AlreadyExists.into();
            return Err(Error::Out { path: out.display().to_string(), cause });
        }
        let runtime = start(&self.place, directories).await?;
        let mut keys = BTreeMap::new();
        for office in offices {
            let key = runtime.issue_agency_key(&office).await?;
            keys.insert(office, key.reveal().to_owned());
        }
        runtime.shutdown().await;
        self.place.keep_heads().await?;
        let keys = serde_json::to_string_pretty(&keys)? + "\n";
        match &self.out {
            None => print!("{keys}"),
            Some(out) => private_file::create(out, keys.as_bytes())
                .map_err(|cause| Error::Out { path: out.display().to_string(), cause })?,
        }
        Ok(())
    }
}

impl RevokeKey {
    async fn run(self) -> Result<(), Error> {
        let runtime = start(&self.place, Vec::new()).await?;
        let revoked = runtime.revoke_agency_key(&self.office, &self.key).await;
        runtime.shutdown().await;
        self.place.keep_heads().await?;
        Ok(revoked?)
    }
}

impl SetEndpoint {
    async fn run(self) -> Result<(), Error> {
        let (directories, known) = directories(self.definitions.as_ref())?;
        if self.office != PORTAL && !known.contains(&self.office) {
            return Err(Error::NoSuchOffice(self.office));
        }
        let runtime = start(&self.place, directories).await?;
        let key = identity::token_key(&self.place.data).map_err(Error::Secret)?;
        let set = runtime.set_agency_endpoint(&self.office, &self.url).await;
        runtime.shutdown().await;
        say!("{}", Secrets::new(key).reveal(&self.office, set?));
        Ok(())
    }
}

impl RemoveEndpoint {
    async fn run(self) -> Result<(), Error> {
        let runtime = start(&self.place, Vec::new()).await?;
        let removed = runtime.remove_agency_endpoint(&self.office).await;
        runtime.shutdown().await;
        Ok(removed?)
    }
}

/// An engine that publishes directories alone. Where servers have the store, it owns nothing and
/// asks them.
async fn start(place: &Place, directories: Vec<Reference>) -> Result<Runtime, Error> {
    let log = place.open().await?;
    let seal = Seal::new(identity::token_key(&place.data).map_err(Error::Secret)?);
    let peers = Arc::new(HttpPeers::new(seal).map_err(Error::Peers)?);
    let company = Some(Company { address: None, peers });
    Ok(Runtime::start_among(log, Arc::new(SystemClock), directories, company).await?)
}

/// The directories, and the offices of all of them.
fn directories(definitions: Option<&PathBuf>) -> Result<(Vec<Reference>, BTreeSet<String>), Error> {
    let given = definitions.map(|it| sources::read(std::slice::from_ref(it))).transpose()?;
    let files = sources::with_embedded(given.unwrap_or_default(), &[FileKind::Directory]);
    let (mut references, mut offices) = (Vec::new(), BTreeSet::new());
    for file in files.iter().filter(|it| kind_of(&it.text) == FileKind::Directory) {
        let (directory, faults) = Directory::parse(&file.path, &file.text);
        let directory =
            directory.filter(|_| faults.iter().all(|it| it.severity != Severity::Error));
        let directory = directory.ok_or_else(|| Error::Faulty(file.path.clone()))?;
        offices.extend(directory.offices().map(|it| it.id.clone()));
        references.push(Reference::directory(&directory.name, &file.text));
    }
    Ok((references, offices))
}
