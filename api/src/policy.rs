//! Who may do what: one function, asked by every route. What is not allowed here is denied. What
//! belongs to somebody else looks exactly like what does not exist.

use lienthong_domain::digest::Digest;
use lienthong_domain::dossier::{Delivery, Dossier, Sight, TaskState, is_asked};

use crate::identity::Person;

/// Who asks.
#[derive(Clone, Debug)]
pub enum Actor {
    /// Somebody without token or key.
    Anybody,
    Citizen(Person),
    /// An agency's system, by the id of its office.
    Agency(String),
    /// Somebody who runs the system, by name.
    Operator(String),
    /// Whoever collects payments for the agencies, by name.
    Gateway(String),
}

impl Actor {
    /// The name under which files are kept for whoever sent them.
    ///
    /// # Errors
    /// If nobody knows who asks.
    pub(crate) fn uploader(&self) -> Result<String, Denial> {
        match self {
            Self::Anybody => Err(Denial::Unauthenticated),
            Self::Citizen(person) => Ok(format!("citizen:{}", person.account)),
            Self::Agency(office) => Ok(format!("agency:{office}")),
            Self::Operator(_) | Self::Gateway(_) => Err(Denial::Forbidden),
        }
    }
}

/// What is asked for. A deed on a dossier or task carries it, so that nobody can be asked about
/// without looking.
#[derive(Clone, Copy)]
pub enum Deed<'a> {
    /// Groups, forms, the description of the API, problem pages, the start page.
    ReadWhatIsPublic,
    Apply,
    ListOwnDossiers,
    /// Storing a file, which nothing refers to yet.
    UploadAsCitizen,
    ReadDossier(&'a Dossier),
    /// What somebody else is asked to agree to, by task and number.
    AnswerConsent {
        dossier: &'a Dossier,
        task: &'a str,
        consent: u32,
    },
    ChangeDossier(&'a Dossier),
    ReadDocument {
        dossier: &'a Dossier,
        digest: &'a Digest,
    },
    /// Announcing outages, moving work to another office.
    Operate,
    /// Saying that data agrees again which a task found not to, with another whose data it is.
    MendMismatch {
        task: &'a TaskState,
        other: Option<&'a TaskState>,
    },
    /// Going on without who was consulted and is silent; for the office that received the
    /// application.
    DecideSilence {
        head: &'a TaskState,
    },
    /// Saying of anything that it was paid.
    CollectPayments,
    /// Saying of a result that it was brought.
    CarryResult {
        task: &'a TaskState,
    },
    CollectPayment {
        task: &'a TaskState,
        payment: u32,
    },
    ListOwnTasks,
    UploadAsAgency,
    ReadTask(&'a TaskState),
    AnswerTask(&'a TaskState),
    /// A file that the task's agency is shown, or that it returned itself.
    ReadTaskDocument {
        task: &'a TaskState,
        sight: &'a Sight,
        digest: &'a Digest,
    },
}

/// Who agrees is surely known.
const CONSENT_LEVEL: u8 = 2;

/// Why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denial {
    /// Somebody known might.
    Unauthenticated,
    /// Not for this kind of actor, whoever it is.
    Forbidden,
    /// As far as this actor is concerned there is no such thing.
    NotFound,
}

/// Whether an actor may do a deed.
///
/// # Errors
/// How the denial looks from outside.
pub fn may(actor: &Actor, deed: Deed<'_>) -> Result<(), Denial> {
    match (actor, deed) {
        (_, Deed::ReadWhatIsPublic) => Ok(()),
        (Actor::Anybody, _) => Err(Denial::Unauthenticated),
        (Actor::Citizen(_), Deed::Apply | Deed::ListOwnDossiers | Deed::UploadAsCitizen) => Ok(()),
        (Actor::Citizen(person), Deed::ReadDossier(dossier) | Deed::ChangeDossier(dossier)) => {
            seen_only_if(owns(person, dossier))
        }
        (Actor::Citizen(person), Deed::ReadDocument { dossier, digest }) => {
            seen_only_if(owns(person, dossier) && holds(dossier, digest))
        }
        (Actor::Citizen(person), Deed::AnswerConsent { dossier, task, consent }) => {
            let asked = is_asked(dossier, person.personal_id.reveal(), task, consent);
            seen_only_if(asked && person.level >= CONSENT_LEVEL)
        }
        (Actor::Operator(_), Deed::Operate) => Ok(()),
        (Actor::Agency(_) | Actor::Gateway(_), Deed::CollectPayments) => Ok(()),
        (Actor::Gateway(_), Deed::CarryResult { task }) => {
            seen_only_if(task.delivery.is_some_and(Delivery::is_carried))
        }
        (Actor::Gateway(_), Deed::CollectPayment { task, payment }) => {
            seen_only_if(task.payment(payment).is_some())
        }
        (Actor::Agency(office), Deed::CollectPayment { task, payment }) => {
            let collects = task.payment(payment).is_some_and(|it| it.office == *office);
            seen_only_if(collects || task.payment(payment).is_some() && does(office, task))
        }
        (Actor::Agency(_), Deed::ListOwnTasks | Deed::UploadAsAgency) => Ok(()),
        (
            Actor::Agency(office),
            Deed::ReadTask(task) | Deed::AnswerTask(task) | Deed::DecideSilence { head: task },
        ) => seen_only_if(does(office, task)),
        (Actor::Agency(office), Deed::MendMismatch { task, other }) => {
            seen_only_if(does(office, task) || other.is_some_and(|it| does(office, it)))
        }
        (Actor::Agency(office), Deed::ReadTaskDocument { task, sight, digest }) => {
            let own = task.documents.iter().any(|it| it.digest == *digest);
            seen_only_if(does(office, task) && (own || sight.shows(digest)))
        }
        _ => Err(Denial::Forbidden),
    }
}

fn seen_only_if(allowed: bool) -> Result<(), Denial> {
    if allowed { Ok(()) } else { Err(Denial::NotFound) }
}

fn owns(person: &Person, dossier: &Dossier) -> bool {
    dossier.is_submitted() && dossier.account == person.account
}

fn does(office: &str, task: &TaskState) -> bool {
    task.dispatch.is_some() && task.office.as_deref() == Some(office)
}

/// Whether a file was attached to a dossier, issued in it, or shown as a draft.
fn holds(dossier: &Dossier, digest: &Digest) -> bool {
    let issued = dossier.tasks.iter().flat_map(|it| &it.versions).flat_map(|it| &it.documents);
    let drafts = dossier.tasks.iter().flat_map(|it| &it.drafts).flat_map(|it| &it.documents);
    dossier.attachments.iter().chain(issued).chain(drafts).any(|it| it.digest == *digest)
}

#[cfg(test)]
mod tests;
