//! What operators have announced and what stays in force until it is over: outages, offices that take
//! over the work of others, amended calendars. One board for all. Which dossiers it concerns is found
//! outside, for as long as it is on the board, so that nothing that comes later is missed.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, FixedOffset};
use cqrs_es::event_sink::EventSink;
use cqrs_es::{Aggregate, DomainEvent};
use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::directory::Directory;
use crate::event::{Payload, StoredEvent};
use crate::personal::Salt;

/// The id of the only board.
pub const BOARD: &str = "board";
/// What is on the board at a time.
pub const ENTRIES_MAX: usize = 500;
/// Offices, kinds or areas that one announcement names.
pub const NAMES_MAX: usize = 1_000;
/// Bytes of a name or a reason.
const TEXT_BYTES_MAX: usize = 2_000;

/// The aggregate.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bulletin {
    entries: BTreeMap<String, Entry>,
}

/// Something that was announced, under its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub what: Announcement,
    pub reason: String,
    /// The operator.
    pub by: String,
    pub at: DateTime<FixedOffset>,
    /// When an operator said that it is over.
    pub ended_at: Option<DateTime<FixedOffset>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Announcement {
    /// Offices can't work.
    Outage {
        at: Concerned,
        from: DateTime<FixedOffset>,
        /// When it is over by itself.
        until: Option<DateTime<FixedOffset>>,
    },
    /// An office takes over the work of another.
    Succession { from: String, to: String },
    /// Another edition of a calendar than that of the files: it is the current one, and dossiers
    /// that are under way go on with it.
    Calendar { calendar: String, digest: Digest },
}

/// The offices that an outage keeps from working: those that are named, and those of some kinds (of
/// all, if none is named) in some areas (everywhere, if none is).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Concerned {
    pub offices: Vec<String>,
    pub kinds: Vec<String>,
    /// Communes, or provinces with all their communes, by code.
    pub areas: Vec<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Command {
    Announce {
        name: String,
        entry: Entry,
    },
    End {
        name: String,
        by: String,
        at: DateTime<FixedOffset>,
    },
    /// An operator did something that is over with that, such as trying again what was given up.
    Note {
        deed: String,
        by: String,
        reason: String,
        at: DateTime<FixedOffset>,
    },
    /// Nothing is left to be done about what has ended.
    Settle {
        name: String,
        at: DateTime<FixedOffset>,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    control: Fact,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type")]
enum Fact {
    #[serde(rename = "bulletin_announced")]
    Announced {
        name: String,
        #[serde(flatten)]
        entry: Box<Entry>,
    },
    #[serde(rename = "bulletin_ended")]
    Ended { name: String, by: String, at: DateTime<FixedOffset> },
    #[serde(rename = "bulletin_noted")]
    Noted { deed: String, by: String, reason: String, at: DateTime<FixedOffset> },
    #[serde(rename = "bulletin_settled")]
    Settled { name: String, at: DateTime<FixedOffset> },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("the board is full: end what is over first")]
    TooMany,
    #[error("a name or a reason is empty or too long, or too much is named")]
    OutOfBounds,
    #[error("nobody is named whom it concerns")]
    Nobody,
    #[error("it ends before it begins")]
    Backwards,
    #[error("nothing of that name is on the board")]
    NotAnnounced,
}

impl Concerned {
    /// The offices by id, as a directory has them.
    #[must_use]
    pub fn offices(&self, directory: &Directory) -> BTreeSet<String> {
        let mut found: BTreeSet<String> = self.offices.iter().cloned().collect();
        if self.kinds.is_empty() && self.areas.is_empty() {
            return found;
        }
        let is_meant = |list: &[String], name: &str| list.iter().any(|it| it == name);
        let selected = directory.offices().filter(|office| {
            let places = directory.places(&office.id);
            let of_kind = self.kinds.is_empty() || is_meant(&self.kinds, &office.kind);
            of_kind && (self.areas.is_empty() || places.iter().any(|it| is_meant(&self.areas, it)))
        });
        found.extend(selected.map(|it| it.id.clone()));
        found
    }

    fn check(&self) -> Result<(), Error> {
        let lists = [&self.offices, &self.kinds, &self.areas];
        if lists.iter().all(|it| it.is_empty()) {
            return Err(Error::Nobody);
        }
        let too_many = lists.iter().any(|it| it.len() > NAMES_MAX);
        let too_long = lists.iter().flat_map(|it| it.iter()).any(|it| it.len() > TEXT_BYTES_MAX);
        if too_many || too_long { Err(Error::OutOfBounds) } else { Ok(()) }
    }
}

impl Entry {
    /// Whether it applies at a moment.
    #[must_use]
    pub fn applies(&self, now: DateTime<FixedOffset>) -> bool {
        let begun = match &self.what {
            Announcement::Outage { from, .. } => *from <= now,
            Announcement::Succession { .. } | Announcement::Calendar { .. } => true,
        };
        begun && !self.is_over(now)
    }

    /// Whether it has ended, by itself or because somebody said so.
    #[must_use]
    pub fn is_over(&self, now: DateTime<FixedOffset>) -> bool {
        let until = match &self.what {
            Announcement::Outage { until, .. } => *until,
            Announcement::Succession { .. } | Announcement::Calendar { .. } => None,
        };
        self.ended_at.is_some() || until.is_some_and(|it| it <= now)
    }

    fn check(&self) -> Result<(), Error> {
        if self.reason.trim().is_empty() || self.reason.len() > TEXT_BYTES_MAX {
            return Err(Error::OutOfBounds);
        }
        match &self.what {
            Announcement::Outage { from, until, .. } if until.is_some_and(|it| it <= *from) => {
                Err(Error::Backwards)
            }
            Announcement::Outage { at, .. } => at.check(),
            Announcement::Succession { from, to } if from.is_empty() || to.is_empty() => {
                Err(Error::Nobody)
            }
            Announcement::Succession { .. } | Announcement::Calendar { .. } => Ok(()),
        }
    }
}

impl Bulletin {
    /// What is on the board, by name.
    #[must_use]
    pub fn entries(&self) -> &BTreeMap<String, Entry> {
        &self.entries
    }

    /// Nothing happens where it is so already. Announced again, what is on the board under that
    /// name is replaced.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn decide(&self, command: &Command) -> Result<Option<Event>, Error> {
        let control = match command {
            Command::Announce { name, entry } => {
                if name.trim().is_empty() || name.len() > TEXT_BYTES_MAX {
                    return Err(Error::OutOfBounds);
                }
                entry.check()?;
                match self.entries.get(name) {
                    Some(known) if known.says(entry) => return Ok(None),
                    None if self.entries.len() >= ENTRIES_MAX => return Err(Error::TooMany),
                    Some(_) | None => {}
                }
                Fact::Announced { name: name.clone(), entry: Box::new(entry.clone()) }
            }
            Command::End { name, by, at } => {
                let known = self.entries.get(name).ok_or(Error::NotAnnounced)?;
                if known.ended_at.is_some() {
                    return Ok(None);
                }
                Fact::Ended { name: name.clone(), by: by.clone(), at: *at }
            }
            Command::Note { deed, by, reason, at } => {
                let texts = [deed, reason];
                if texts.iter().any(|it| it.trim().is_empty() || it.len() > TEXT_BYTES_MAX) {
                    return Err(Error::OutOfBounds);
                }
                let (deed, by, reason) = (deed.clone(), by.clone(), reason.clone());
                Fact::Noted { deed, by, reason, at: *at }
            }
            Command::Settle { name, at } => match self.entries.get(name) {
                Some(known) if known.is_over(*at) => Fact::Settled { name: name.clone(), at: *at },
                Some(_) | None => return Ok(None),
            },
        };
        Ok(Some(Event { control }))
    }

    pub fn evolve(&mut self, event: &Event) {
        match &event.control {
            Fact::Announced { name, entry } => {
                self.entries.insert(name.clone(), Entry::clone(entry));
            }
            Fact::Ended { name, at, .. } => {
                if let Some(it) = self.entries.get_mut(name) {
                    it.ended_at = Some(*at);
                }
            }
            Fact::Noted { .. } => {}
            Fact::Settled { name, .. } => {
                self.entries.remove(name);
            }
        }
    }
}

impl Entry {
    /// Whether another announcement says the same, whenever and by whomever.
    fn says(&self, other: &Self) -> bool {
        self.ended_at.is_none() && self.what == other.what && self.reason == other.reason
    }
}

impl Aggregate for Bulletin {
    const TYPE: &'static str = "bulletin";
    type Command = Command;
    type Event = Event;
    type Error = Error;
    type Services = ();

    async fn handle(
        &mut self,
        command: Command,
        (): &(),
        sink: &EventSink<Self>,
    ) -> Result<(), Error> {
        if let Some(event) = self.decide(&command)? {
            sink.write(event, self).await;
        }
        Ok(())
    }

    fn apply(&mut self, event: Event) {
        self.evolve(&event);
    }
}

impl DomainEvent for Event {
    fn event_type(&self) -> String {
        let name = match self.control {
            Fact::Announced { .. } => "bulletin_announced",
            Fact::Ended { .. } => "bulletin_ended",
            Fact::Noted { .. } => "bulletin_noted",
            Fact::Settled { .. } => "bulletin_settled",
        };
        name.to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}

impl StoredEvent for Event {
    fn encode(&self, _: Salt) -> Result<Payload, serde_json::Error> {
        Ok(Payload { control: serde_json::to_string(&self.control)?, personal: None })
    }
}

#[cfg(test)]
mod tests {
    //! What is announced stays until it is over and nothing is left to be done.

    use super::*;

    fn at(text: &str) -> DateTime<FixedOffset> {
        DateTime::parse_from_rfc3339(text).unwrap()
    }

    const MORNING: &str = "2026-11-20T08:00:00+07:00";
    const NOON: &str = "2026-11-20T12:00:00+07:00";

    fn outage(concerned: Concerned) -> Entry {
        let from = at("2026-11-20T10:00:00+07:00");
        let until = Some(at("2026-11-20T11:00:00+07:00"));
        Entry {
            what: Announcement::Outage { at: concerned, from, until },
            reason: "Mất điện".to_owned(),
            by: "an".to_owned(),
            at: at(MORNING),
            ended_at: None,
        }
    }

    fn here() -> Concerned {
        Concerned { offices: vec!["police.00004".to_owned()], ..Concerned::default() }
    }

    fn announce(entry: Entry) -> Command {
        Command::Announce { name: "power".to_owned(), entry }
    }

    #[test]
    fn it_is_on_the_board_until_it_is_settled() {
        let mut board = Bulletin::default();
        let event = board.decide(&announce(outage(here()))).unwrap().unwrap();
        board.evolve(&event);
        assert_eq!(board.decide(&announce(outage(here()))), Ok(None), "said already");
        let settle = |when| Command::Settle { name: "power".to_owned(), at: at(when) };
        assert_eq!(board.decide(&settle(MORNING)), Ok(None), "it has not even begun");
        let entry = &board.entries()["power"];
        assert!(!entry.applies(at(MORNING)) && !entry.applies(at(NOON)));
        assert!(entry.applies(at("2026-11-20T10:30:00+07:00")));
        let event = board.decide(&settle(NOON)).unwrap().unwrap();
        board.evolve(&event);
        assert!(board.entries().is_empty());
    }

    #[test]
    fn who_runs_the_system_may_end_it_earlier() {
        let mut board = Bulletin::default();
        let end = Command::End { name: "power".to_owned(), by: "an".to_owned(), at: at(MORNING) };
        assert_eq!(board.decide(&end), Err(Error::NotAnnounced));
        let event = board.decide(&announce(outage(here()))).unwrap().unwrap();
        board.evolve(&event);
        let event = board.decide(&end).unwrap().unwrap();
        board.evolve(&event);
        assert!(board.entries()["power"].is_over(at(MORNING)));
        assert_eq!(board.decide(&end), Ok(None));
    }

    #[test]
    fn nobody_and_nothing_is_no_announcement() {
        let board = Bulletin::default();
        let nobody = outage(Concerned::default());
        assert_eq!(board.decide(&announce(nobody)), Err(Error::Nobody));
        let silent = Entry { reason: " ".to_owned(), ..outage(here()) };
        assert_eq!(board.decide(&announce(silent)), Err(Error::OutOfBounds));
    }

    #[test]
    fn kinds_and_areas_select_offices() {
        let text = include_str!("../../workflows/directories/vn.yaml");
        let (directory, _) = Directory::parse("vn.yaml", text);
        let directory = directory.unwrap();
        let select = |kinds: &[&str], areas: &[&str]| {
            let owned = |list: &[&str]| list.iter().map(|it| (*it).to_owned()).collect();
            let concerned =
                Concerned { offices: Vec::new(), kinds: owned(kinds), areas: owned(areas) };
            concerned.offices(&directory)
        };
        assert_eq!(
            select(&["social-insurance"], &["01"]),
            BTreeSet::from(["social-insurance.01".to_owned()])
        );
        let of_commune = select(&[], &["00004"]);
        assert!(of_commune.contains("police.00004") && of_commune.contains("civil-status.00004"));
        assert!(!of_commune.contains("police.00070"));
        let of_province = select(&["commune-police"], &["01"]);
        assert!(of_province.contains("police.00004") && of_province.contains("police.00070"));
    }
}
