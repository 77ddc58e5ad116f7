//! Reference data: every version is in the store before a dossier can be on it, and comes back
//! from there when its file is long gone.

use std::sync::{Arc, PoisonError};

use lienthong_domain::catalogue::{Catalogue, Reference, ReferenceKind};
use lienthong_domain::digest::Digest;
use lienthong_domain::dossier::Dossier;

use super::{Error, Shared};
use crate::failpoint::{self, Point};
use crate::log::{self, Log};

/// Keeps the references and makes them current.
pub(super) async fn publish(log: &dyn Log, published: &[Reference]) -> Result<Catalogue, Error> {
    let mut catalogue = Catalogue::default();
    for reference in published {
        catalogue.publish(reference).map_err(|it| Error::Undecidable(it.to_string()))?;
        let kept = log::Reference {
            digest: reference.digest.clone(),
            kind: reference.kind.name().to_owned(),
            name: reference.name.clone(),
            content: reference.content.clone(),
        };
        log.put_reference(kept).await?;
    }
    failpoint::hit(Point::ReferencesKept);
    Ok(catalogue)
}

impl Shared {
    /// A catalogue with the versions that a dossier is on, from the store if need be.
    pub(super) async fn catalogue_for(&self, dossier: &Dossier) -> Result<Arc<Catalogue>, Error> {
        let needed = [
            (ReferenceKind::Group, &dossier.group.digest),
            (ReferenceKind::Calendar, &dossier.calendar),
            (ReferenceKind::Directory, &dossier.directory),
        ];
        for (kind, digest) in needed {
            if dossier.is_submitted() && !self.catalogue().knows(digest) {
                self.learn(kind, digest).await?;
            }
        }
        Ok(self.catalogue())
    }

    async fn learn(&self, kind: ReferenceKind, digest: &Digest) -> Result<(), Error> {
        let missing = || Error::Corrupt(format!("the store lacks the {} {digest}", kind.name()));
        let kept = self.log.reference(digest).await?.ok_or_else(missing)?;
        let reference =
            Reference { kind, name: kept.name, digest: kept.digest, content: kept.content };
        let mut catalogue = self.catalogue.lock().unwrap_or_else(PoisonError::into_inner);
        let mut with_it = Catalogue::clone(&catalogue);
        with_it.learn(&reference).map_err(|it| Error::Undecidable(it.to_string()))?;
        *catalogue = Arc::new(with_it);
        Ok(())
    }
}
