//! Dossiers in memory, so that a command needs no reading. Bounded; the log has everything. What
//! came in first goes first.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, PoisonError};

use lienthong_domain::dossier::{Dossier, Event};
use uuid::Uuid;

use super::{Error, RecordedEvent, Shared, stream};
use crate::log::Recorded;

/// At most this many dossiers are kept.
const DOSSIERS_MAX: usize = 20_000;

/// The dossiers that were changed last, by the order in which they came in.
#[derive(Default)]
pub(super) struct Cache {
    dossiers: BTreeMap<Uuid, Arc<Dossier>>,
    /// In the order in which they came in.
    order: VecDeque<Uuid>,
}

impl Cache {
    fn get(&self, id: Uuid) -> Option<Arc<Dossier>> {
        self.dossiers.get(&id).cloned()
    }

    pub(super) fn put(&mut self, dossier: Arc<Dossier>) {
        let id = dossier.id;
        if self.dossiers.insert(id, dossier).is_none() {
            self.order.push_back(id);
        }
        while self.dossiers.len() > DOSSIERS_MAX {
            let Some(oldest) = self.order.pop_front() else { break };
            self.dossiers.remove(&oldest);
        }
    }

    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }
}

impl Shared {
    /// A dossier as it is after its last event; empty if there is none.
    pub(super) async fn load(&self, id: Uuid) -> Result<Arc<Dossier>, Error> {
        let cached = self.cache.lock().unwrap_or_else(PoisonError::into_inner).get(id);
        if let Some(dossier) = cached {
            return Ok(dossier);
        }
        let mut dossier = Dossier::default();
        for recorded in self.log.load(&stream(id)).await? {
            dossier.evolve(&event(&recorded)?);
        }
        Ok(Arc::new(dossier))
    }
}

fn event(recorded: &Recorded) -> Result<Event, Error> {
    serde_json::from_str(&recorded.payload).map_err(|error| {
        Error::Corrupt(format!("event {} of {}: {error}", recorded.sequence, recorded.stream))
    })
}

pub(super) fn recorded_event(recorded: &Recorded) -> Result<RecordedEvent, Error> {
    let metadata = recorded.metadata().map_err(|error| Error::Corrupt(error.to_string()))?;
    Ok(RecordedEvent {
        sequence: recorded.sequence,
        event: event(recorded)?,
        recorded_at: recorded.recorded_at,
        actor: metadata.get("actor").cloned().unwrap_or_default(),
        hash: recorded.hash,
    })
}
