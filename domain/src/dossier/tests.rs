//! Given what has happened, when something is asked, then these facts follow, or it is refused.

mod answers;
mod fixture;
mod handover;
mod notices;
mod places;
mod properties;
mod statuses;
mod submission;
mod supplements;
mod timers;
mod withdrawal;
