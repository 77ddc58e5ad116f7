//! Reads of aggregates: from memory where this process owns them and can be sure of that, from the
//! log everywhere else.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use lienthong_domain::agency::Agency;
use lienthong_domain::catalogue::Catalogue;
use lienthong_domain::dossier::Dossier;
use uuid::Uuid;

use super::cache::{Known, State, folded, recorded_event};
use super::{Error, RecordedEvent, Runtime, Shared, stream};
use crate::log::StreamId;

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
    /// If the log can't be read.
    pub async fn dossier(&self, id: Uuid) -> Result<Option<Arc<Dossier>>, Error> {
        Ok(self.dossiers(&[id]).await?.remove(0))
    }

    /// The states of several dossiers, in their order.
    ///
    /// # Errors
    /// If the log can't be read.
    pub async fn dossiers(&self, ids: &[Uuid]) -> Result<Vec<Option<Arc<Dossier>>>, Error> {
        let mut found = BTreeMap::new();
        let mut missing = Vec::new();
        for id in BTreeSet::from_iter(ids) {
            match self.shared.remembered(&stream(*id)) {
                Some(Known { state: State::Dossier(dossier), .. }) => {
                    found.insert(*id, dossier);
                }
                _ => missing.push(*id),
            }
        }
        let streams = missing.iter().map(|it| stream(*it)).collect::<Vec<_>>();
        if !streams.is_empty() {
            for (id, recorded) in missing.iter().zip(self.shared.log.load_all(streams).await?) {
                found.insert(*id, Arc::new(folded(&recorded)?));
            }
        }
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
