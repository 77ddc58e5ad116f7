//! The dossier: one application that several agencies decide, as an event-sourced aggregate.
//!
//! [`decide`] says what a command comes to, [`Dossier::evolve`] what an event means. Nothing else
//! changes a dossier.

mod account;
mod code;
mod command;
mod decide;
mod event;
mod letter;
mod national;
mod refusal;
mod sight;
mod state;
mod task;
#[cfg(test)]
mod tests;
mod timer;

use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;

pub use account::{Held, Holder, held};
pub use code::DossierCode;
pub use command::{Action, Actor, Citizen, Command, DuplicateOf, Submit};
pub use decide::{
    ITEMS_MAX, NOTE_CHARS_MAX, Vetted, claimed, decide, decide_onto, is_asked, may_correct,
    named_files, not_uploaded, person_at, vet,
};
pub use event::{
    Attachment, Channel, ClockAfterSupplement, Conclusion, Counted, Delivery, Details, Event, Fact,
    GroupVersion, Item, Moment, PORTAL, RequestFault, SkipReason, StopReason,
};
pub use national::NationalStatus;
pub use refusal::{Error, Refusal};
pub use sight::{Sight, sight};
pub use state::{Announced, Dossier, WatchState};
pub use task::{
    AlertState, ApologyState, ConsentOutcome, ConsentState, DraftOutcome, DraftState,
    ExtensionState, Message, MessageKind, MismatchState, PaymentOutcome, PaymentState, RefundState,
    ResultVersion, Standing, SupplementOutcome, SupplementState, TaskState, TaskStatus, Turn,
};
pub use timer::{Timer, consent_named, person_digest};

use crate::catalogue::Catalogue;

impl Aggregate for Dossier {
    const TYPE: &'static str = "dossier";
    type Command = Command;
    type Event = Event;
    type Error = Error;
    type Services = Catalogue;

    async fn handle(
        &mut self,
        command: Command,
        catalogue: &Catalogue,
        sink: &EventSink<Self>,
    ) -> Result<(), Error> {
        for event in decide(self, &command, catalogue)? {
            sink.write(event, self).await;
        }
        Ok(())
    }

    fn apply(&mut self, event: Event) {
        self.evolve(&event);
    }
}
