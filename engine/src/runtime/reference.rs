//! Reference data: every version is in the store before a dossier can be on it, and comes back
//! from there when its file is long gone.

use std::sync::{Arc, PoisonError};

use lienthong_domain::catalogue::{Catalogue, Faulty, Reference, ReferenceKind};
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
        keep(log, reference).await?;
    }
    failpoint::hit(Point::ReferencesKept);
    Ok(catalogue)
}

/// Keeps a reference for ever.
pub(super) async fn keep(log: &dyn Log, reference: &Reference) -> Result<(), Error> {
    let kept = log::Reference {
        digest: reference.digest.clone(),
        kind: reference.kind.name().to_owned(),
        name: reference.name.clone(),
        content: reference.content.clone(),
    };
    Ok(log.put_reference(kept).await?)
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

    /// Makes a version current that is in the store.
    pub(super) async fn make_current(
        &self,
        kind: ReferenceKind,
        digest: &Digest,
    ) -> Result<(), Error> {
        let reference = self.kept(kind, digest).await?;
        self.change(|catalogue| catalogue.publish(&reference))
    }

    async fn learn(&self, kind: ReferenceKind, digest: &Digest) -> Result<(), Error> {
        let reference = self.kept(kind, digest).await?;
        self.change(|catalogue| catalogue.learn(&reference))
    }

    async fn kept(&self, kind: ReferenceKind, digest: &Digest) -> Result<Reference, Error> {
        let missing = || Error::Corrupt(format!("the store lacks the {} {digest}", kind.name()));
        let kept = self.log.reference(digest).await?.ok_or_else(missing)?;
        Ok(Reference { kind, name: kept.name, digest: kept.digest, content: kept.content })
    }

    fn change(
        &self,
        change: impl FnOnce(&mut Catalogue) -> Result<(), Faulty>,
    ) -> Result<(), Error> {
        let mut catalogue = self.catalogue.lock().unwrap_or_else(PoisonError::into_inner);
        let mut changed = Catalogue::clone(&catalogue);
        change(&mut changed).map_err(|it| Error::Undecidable(it.to_string()))?;
        *catalogue = Arc::new(changed);
        Ok(())
    }
}
