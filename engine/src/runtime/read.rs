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
        self.shared.dossiers(ids).await
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
    pub(super) async fn dossiers(&self, ids: &[Uuid]) -> Result<Vec<Option<Arc<Dossier>>>, Error> {
        let mut found = BTreeMap::new();
        let mut missing = Vec::new();
        for id in BTreeSet::from_iter(ids) {
            match self.remembered_dossier(*id) {
                Some(dossier) => drop(found.insert(*id, dossier)),
                None => missing.push(*id),
            }
        }
        found.extend(self.readable(&missing).await?);
        let submitted = |id: &Uuid| found.get(id).filter(|it| it.is_submitted()).cloned();
        Ok(ids.iter().map(submitted).collect())
    }

    /// What is in memory, if it is surely the last there is.
    pub(super) fn remembered(&self, stream: &StreamId) -> Option<Known> {
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
        if let Some(agency) = self.remembered_agency(office) {
            return Ok(agency);
        }
        let stream = StreamId::new("agency", office);
        let recorded = self.log.load(&stream).await?;
        self.keep_agency(stream, &recorded)
    }

    /// Those of some offices that are reached by push. One whose agency can't be read is not.
    pub(super) async fn pushed(&self, offices: &BTreeSet<String>) -> Result<Vec<String>, Error> {
        let (mut agencies, mut missing) = (Vec::new(), Vec::new());
        for office in offices {
            match self.remembered_agency(office) {
                Some(agency) => agencies.push((office, agency)),
                None => missing.push(office),
            }
        }
        if !missing.is_empty() {
            let streams = missing.iter().map(|it| StreamId::new("agency", it.as_str()));
            let streams: Vec<StreamId> = streams.collect();
            let loaded = self.log.load_all(streams.clone()).await?;
            for ((office, stream), recorded) in missing.into_iter().zip(streams).zip(loaded) {
                match self.keep_agency(stream, &recorded) {
                    Ok(agency) => agencies.push((office, agency)),
                    Err(error) => tracing::error!(office, %error, "an agency can't be read"),
                }
            }
        }
        let is_pushed = |agency: &Agency| agency.endpoint().is_some();
        agencies.iter().for_each(|(office, it)| self.bells.is_pushed(office, is_pushed(it)));
        let pushed = agencies.into_iter().filter(|(_, it)| is_pushed(it));
        Ok(pushed.map(|(office, _)| office.clone()).collect())
    }

    fn remembered_agency(&self, office: &str) -> Option<Arc<Agency>> {
        let stream = StreamId::new("agency", office);
        if let Some(Known { state: State::Agency(agency), .. }) = self.remembered(&stream) {
            return Some(agency);
        }
        if self.log.owns(self.partition(&stream)) { None } else { self.keys.get(office) }
    }

    fn keep_agency(&self, stream: StreamId, recorded: &[Recorded]) -> Result<Arc<Agency>, Error> {
        let agency: Arc<Agency> = Arc::new(folded(recorded)?);
        let partition = self.partition(&stream);
        if self.log.owns(partition) {
            let known = Known::fold(&stream, recorded)?;
            self.lane_of(partition).cache().offer(stream, known);
        } else {
            self.keys.put(&stream.aggregate_id, &agency);
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
