//! Reads of aggregates: from memory where this process owns them and can be sure of that, from the
//! log everywhere else.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use lienthong_domain::agency::Agency;
use lienthong_domain::catalogue::Catalogue;
use lienthong_domain::dossier::Dossier;
use tokio::time::Instant;
use uuid::Uuid;

use super::cache::{Known, State, folded, recorded_event};
use super::{Error, RecordedEvent, Runtime, Shared, stream};
use crate::log::{self, Recorded, StreamId};

/// How long the keys of another process's agency are remembered: a key that was revoked elsewhere
/// is good for at most so long.
const KEYS_FOR: Duration = Duration::from_secs(1);
/// Agencies whose keys are remembered.
const AGENCIES_MAX: usize = 10_000;

/// Agencies of other processes' partitions, as they were a moment ago.
#[derive(Default)]
pub(super) struct Keys(Mutex<BTreeMap<String, (Instant, Arc<Agency>)>>);

impl Runtime {
    /// The state of a dossier; `None` if there is none.
    ///
    /// # Errors
    /// If the log or the dossier can't be read.
    pub async fn dossier(&self, id: Uuid) -> Result<Option<Arc<Dossier>>, Error> {
        let dossier = match self.shared.remembered_dossier(id) {
            Some(dossier) => dossier,
            None => Arc::new(folded(&self.shared.log.load(&stream(id)).await?)?),
        };
        Ok(Some(dossier).filter(|it| it.is_submitted()))
    }

    /// The states of several dossiers, in their order; `None` also where one of them can't be
    /// read, so that it holds nobody else up.
    ///
    /// # Errors
    /// If the log can't be read.
    pub async fn dossiers(&self, ids: &[Uuid]) -> Result<Vec<Option<Arc<Dossier>>>, Error> {
        let mut found = BTreeMap::new();
        let mut missing = Vec::new();
        for id in BTreeSet::from_iter(ids) {
            match self.shared.remembered_dossier(*id) {
                Some(dossier) => drop(found.insert(*id, dossier)),
                None => missing.push(*id),
            }
        }
        found.extend(self.shared.readable(&missing).await?);
        let submitted = |id: &Uuid| found.get(id).filter(|it| it.is_submitted()).cloned();
        Ok(ids.iter().map(submitted).collect())
    }

    /// Everything that has happened to a dossier, in order.
    ///
    /// # Errors
    /// If the log can't be read.
    pub async fn events(&self, id: Uuid) -> Result<Vec<RecordedEvent>, Error> {
        let recorded = self.shared.log.load(&stream(id)).await?;
        recorded.iter().map(recorded_event).collect()
    }

    /// A catalogue that holds the versions that a dossier is on.
    ///
    /// # Errors
    /// If the store lacks one of them.
    pub async fn catalogue(&self, dossier: &Dossier) -> Result<Arc<Catalogue>, Error> {
        self.shared.catalogue_for(dossier).await
    }
}

impl Shared {
    /// What is in memory, if it is surely the last there is.
    fn remembered(&self, stream: &StreamId) -> Option<Known> {
        let partition = self.partition(stream);
        let is_sure = self.log.owns(partition) && self.ownership.is_fresh();
        if is_sure { self.lane_of(partition).cache().get(stream) } else { None }
    }

    fn remembered_dossier(&self, id: Uuid) -> Option<Arc<Dossier>> {
        match self.remembered(&stream(id))?.state {
            State::Dossier(dossier) => Some(dossier),
            _ => None,
        }
    }

    /// Those of some dossiers that can be read.
    async fn readable(&self, ids: &[Uuid]) -> Result<Vec<(Uuid, Arc<Dossier>)>, Error> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let loaded = match self.log.load_all(ids.iter().copied().map(stream).collect()).await {
            // One of them can't be read: the others can.
            Err(log::Error::Corrupt(_)) if ids.len() > 1 => {
                let (some, others) = ids.split_at(ids.len() / 2);
                let mut readable = Box::pin(self.readable(some)).await?;
                readable.extend(Box::pin(self.readable(others)).await?);
                return Ok(readable);
            }
            Err(log::Error::Corrupt(why)) => {
                tracing::error!(dossier = %ids[0], why, "a dossier can't be read");
                return Ok(Vec::new());
            }
            loaded => loaded?,
        };
        let fold = |(id, recorded): (&Uuid, Vec<Recorded>)| match folded(&recorded) {
            Ok(dossier) => Some((*id, Arc::new(dossier))),
            Err(error) => {
                tracing::error!(dossier = %id, %error, "a dossier can't be read");
                None
            }
        };
        Ok(ids.iter().zip(loaded).filter_map(fold).collect())
    }

    pub(super) async fn agency(&self, office: &str) -> Result<Arc<Agency>, Error> {
        let stream = StreamId::new("agency", office);
        if let Some(Known { state: State::Agency(agency), .. }) = self.remembered(&stream) {
            return Ok(agency);
        }
        let is_mine = self.log.owns(self.partition(&stream));
        if !is_mine && let Some(agency) = self.keys.get(office) {
            return Ok(agency);
        }
        let recorded = self.log.load(&stream).await?;
        let agency: Arc<Agency> = Arc::new(folded(&recorded)?);
        if is_mine {
            self.lane_of(self.partition(&stream))
                .cache()
                .offer(stream.clone(), Known::fold(&stream, &recorded)?);
        } else {
            self.keys.put(office, &agency);
        }
        Ok(agency)
    }
}

impl Keys {
    fn get(&self, office: &str) -> Option<Arc<Agency>> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, agency) = known.get(office)?;
        (at.elapsed() < KEYS_FOR).then(|| Arc::clone(agency))
    }

    fn put(&self, office: &str, agency: &Arc<Agency>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= AGENCIES_MAX {
            known.clear();
        }
        known.insert(office.to_owned(), (Instant::now(), Arc::clone(agency)));
    }
}
