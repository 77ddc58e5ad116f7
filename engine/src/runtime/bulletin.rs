//! Brings to dossiers what operators have announced, for as long as it applies: what is dispatched
//! later is reached too, after a restart as before it. And what a directory says of offices that are
//! no more: their work goes to their successors by itself.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use chrono::{DateTime, FixedOffset, TimeDelta};
use futures::{StreamExt as _, stream};
use lienthong_domain::bulletin::{self, Announcement, BOARD, Bulletin, Entry};
use lienthong_domain::catalogue::{Catalogue, Reference, ReferenceKind};
use lienthong_domain::digest::Digest;
use lienthong_domain::dossier::{Action, Actor, Dossier, TaskStatus};
use uuid::Uuid;

use super::cache::{State, folded};
use super::order::{Act, Order};
use super::{Error, Runtime, Shared, command_id, reference};
use crate::clock::zone;
use crate::log::{StreamId, TaskRow, Worklist};

/// How often the board is looked at.
const TICK: Duration = Duration::from_secs(5);
/// Every so many looks, what the directory says is looked at too.
const DIRECTORY_LOOKS: u32 = 12;
/// Work of an office that ended longer ago than this has moved.
const ENDED_WITHIN: TimeDelta = TimeDelta::days(400);
/// Rows of an office's list that are read at a time.
const ROWS: u32 = 500;
/// Dossiers that are told at the same time.
const AT_ONCE: usize = 32;
/// How often all dossiers are looked over for an edition of a calendar: a second time for those that
/// were on their way during the first.
const RECOUNTS: u32 = 2;

/// How often that was done for an edition since the start.
#[derive(Default)]
pub(super) struct Recounts(Mutex<BTreeMap<Digest, u32>>);

impl Recounts {
    fn of(&self, digest: &Digest) -> u32 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(digest).copied().unwrap_or(0)
    }

    fn count(&self, digest: &Digest) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.entry(digest.clone()).or_default() += 1;
    }
}

impl Runtime {
    /// Puts something on the board or its record, or takes it down, and tells at once whom it
    /// concerns. Gives how many dossiers something happened to.
    ///
    /// # Errors
    /// Why it can't be announced, or if the store can't be used.
    pub async fn announce(&self, command: bulletin::Command) -> Result<usize, Error> {
        let name = match &command {
            bulletin::Command::Announce { name, .. }
            | bulletin::Command::End { name, .. }
            | bulletin::Command::Settle { name, .. } => Some(name.clone()),
            bulletin::Command::Note { .. } => None,
        };
        self.shared.carry_out(Order::Bulletin { command: Box::new(command) }).await?;
        let board = self.shared.board().await?;
        match name.and_then(|it| board.entries().get_key_value(&it)) {
            Some((name, entry)) => self.shared.bring(name, entry).await,
            None => Ok(0),
        }
    }

    /// Keeps an edition of a calendar, which [`Runtime::announce`] makes the current one then.
    ///
    /// # Errors
    /// If the store can't be used.
    pub async fn keep_calendar(&self, edition: &Reference) -> Result<(), Error> {
        reference::keep(self.shared.log.as_ref(), edition).await
    }

    /// What is on the board.
    ///
    /// # Errors
    /// If the store can't be read.
    pub async fn announced(&self) -> Result<Arc<Bulletin>, Error> {
        self.shared.board().await
    }

    /// Tells every dossier what is on the board and what the directory says. The engine does so by
    /// itself; a test with a clock of its own need not wait for that.
    ///
    /// # Errors
    /// If the store can't be used.
    pub async fn bring_announcements(&self) -> Result<(), Error> {
        self.shared.bring_all().await?;
        self.shared.succeed_by_directory().await
    }
}

pub(super) async fn run(shared: Weak<Shared>) {
    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut looks = 0_u32;
    loop {
        ticks.tick().await;
        let Some(shared) = shared.upgrade() else { break };
        if shared.has_stopped() {
            break;
        }
        if let Err(error) = shared.learn_calendars().await {
            tracing::warn!(%error, "an amended calendar could not be read");
            continue;
        }
        // One process is enough.
        if !shared.log.owns(shared.partition(&board())) {
            continue;
        }
        let mut done = shared.bring_all().await;
        if done.is_ok() && looks.is_multiple_of(DIRECTORY_LOOKS) {
            done = shared.succeed_by_directory().await;
        }
        looks = looks.wrapping_add(1);
        match done {
            Ok(()) => {}
            Err(Error::Stopped) => break,
            Err(error) => tracing::warn!(%error, "announcements could not be brought to all"),
        }
    }
}

fn board() -> StreamId {
    StreamId::new("bulletin", BOARD)
}

impl Shared {
    async fn board(&self) -> Result<Arc<Bulletin>, Error> {
        let stream = board();
        if let Some(State::Bulletin(board)) = self.remembered(&stream).map(|it| it.state) {
            return Ok(board);
        }
        Ok(Arc::new(folded(&self.log.load(&stream).await?)?))
    }

    /// Makes the editions current that are on the board, in this process.
    pub(super) async fn learn_calendars(&self) -> Result<(), Error> {
        let now = self.clock.now().with_timezone(&zone());
        for entry in self.board().await?.entries().values() {
            if let Announcement::Calendar { calendar, digest } = &entry.what
                && entry.applies(now)
            {
                self.learn_calendar(calendar, digest).await?;
            }
        }
        Ok(())
    }

    async fn learn_calendar(&self, calendar: &str, digest: &Digest) -> Result<(), Error> {
        let current = self.catalogue().current_calendar(calendar);
        if current.is_none_or(|(current, _)| current != *digest) {
            self.make_current(ReferenceKind::Calendar, digest).await?;
        }
        Ok(())
    }

    async fn bring_all(&self) -> Result<(), Error> {
        let board = self.board().await?;
        for (name, entry) in board.entries() {
            self.bring(name, entry).await?;
        }
        Ok(())
    }

    /// Tells whom an announcement concerns. What is over is taken off the board once nobody is left
    /// to be told.
    async fn bring(&self, name: &str, entry: &Entry) -> Result<usize, Error> {
        let now = self.clock.now().with_timezone(&zone());
        let by = Actor::Operator(entry.by.clone());
        match &entry.what {
            Announcement::Outage { at, .. } => {
                let catalogue = self.catalogue();
                let offices: BTreeSet<String> =
                    catalogue.current_directories().flat_map(|it| at.offices(it)).collect();
                if entry.is_over(now) {
                    let action = Action::EndOutage { outage: name.to_owned() };
                    let told = self.tell(&offices, &by, &action, &|it| it.stands_for(name)).await?;
                    if told == 0 {
                        self.settle(name, now).await?;
                    }
                    return Ok(told);
                }
                if !entry.applies(now) {
                    return Ok(0);
                }
                let action = Action::BeginOutage {
                    outage: name.to_owned(),
                    offices: offices.iter().cloned().collect(),
                    reason: Some(entry.reason.clone()),
                };
                let is_new = |it: &Dossier| it.works_in_spite_of(name, &offices);
                self.tell(&offices, &by, &action, &is_new).await
            }
            Announcement::Succession { .. } | Announcement::Calendar { .. }
                if entry.is_over(now) =>
            {
                self.settle(name, now).await?;
                Ok(0)
            }
            Announcement::Succession { from, to } => {
                self.succeed(&by, from, to, Some(entry.reason.clone())).await
            }
            Announcement::Calendar { calendar, digest } => {
                self.learn_calendar(calendar, digest).await?;
                self.recount(&by, (calendar, digest), &entry.reason).await
            }
        }
    }

    /// Every dossier that is under way on another edition of the calendar goes on with this one.
    async fn recount(
        &self,
        by: &Actor,
        (calendar, digest): (&str, &Digest),
        reason: &str,
    ) -> Result<usize, Error> {
        if self.recounts.of(digest) >= RECOUNTS {
            return Ok(0);
        }
        let catalogue = self.catalogue();
        let offices = catalogue.current_directories().flat_map(|it| it.offices());
        // What waits for its applicant has no office yet.
        let offices = offices.map(|it| it.id.clone()).chain([String::new()]).collect();
        let action = Action::Recount { reason: reason.to_owned() };
        let is_on_another = |it: &Dossier| is_on_another(it, &catalogue, calendar, digest);
        let told = self.tell(&offices, by, &action, &is_on_another).await?;
        self.recounts.count(digest);
        Ok(told)
    }

    async fn settle(&self, name: &str, at: DateTime<FixedOffset>) -> Result<(), Error> {
        let command = bulletin::Command::Settle { name: name.to_owned(), at };
        self.carry_out(Order::Bulletin { command: Box::new(command) }).await.map(drop)
    }

    /// Offices that the current directories say have ended, with a successor.
    async fn succeed_by_directory(&self) -> Result<(), Error> {
        let today = self.clock.now().with_timezone(&zone()).date_naive();
        let catalogue = self.catalogue();
        let ended = catalogue.current_directories().flat_map(|it| it.offices()).filter_map(|it| {
            let lately = it.to.is_some_and(|to| to < today && today - to <= ENDED_WITHIN);
            Some((it.id.clone(), it.successor.clone().filter(|_| lately)?))
        });
        let ended: Vec<(String, String)> = ended.collect();
        for (from, to) in ended {
            let told = self.succeed(&Actor::Timer, &from, &to, None).await?;
            if told > 0 {
                tracing::info!(from, to, dossiers = told, "work moved to a successor");
            }
        }
        Ok(())
    }

    async fn succeed(
        &self,
        by: &Actor,
        from: &str,
        to: &str,
        reason: Option<String>,
    ) -> Result<usize, Error> {
        let action = Action::Succeed { from: from.to_owned(), to: to.to_owned(), reason };
        // What waits for a payment that the office collects has none yet.
        let offices = BTreeSet::from([from.to_owned(), String::new()]);
        self.tell(&offices, by, &action, &|it| it.is_unfinished_at(from)).await
    }

    /// Each dossier with something unfinished at these offices that it concerns takes the command.
    async fn tell(
        &self,
        offices: &BTreeSet<String>,
        by: &Actor,
        action: &Action,
        concerns: &(dyn Fn(&Dossier) -> bool + Sync),
    ) -> Result<usize, Error> {
        let mut told = 0;
        for office in offices {
            let mut after = None;
            loop {
                let page =
                    Worklist { office: office.clone(), statuses: unfinished(), after, limit: ROWS };
                let rows = self.log.worklist(page).await?;
                told += self.tell_rows(&rows, by, action, concerns).await?;
                after = rows.last().map(TaskRow::place);
                if after.is_none() {
                    break;
                }
            }
        }
        Ok(told)
    }

    async fn tell_rows(
        &self,
        rows: &[TaskRow],
        by: &Actor,
        action: &Action,
        concerns: &(dyn Fn(&Dossier) -> bool + Sync),
    ) -> Result<usize, Error> {
        let ids: BTreeSet<Uuid> =
            rows.iter().filter_map(|it| Uuid::parse_str(&it.dossier_id).ok()).collect();
        let ids: Vec<Uuid> = ids.into_iter().collect();
        let mut concerned = Vec::new();
        for (id, dossier) in ids.iter().zip(self.dossiers(&ids).await?) {
            concerned.extend(dossier.filter(|it| concerns(it)).map(|_| *id));
        }
        let one = |id: &Uuid| self.tell_one(*id, by.clone(), action.clone());
        let told: Vec<Result<(), Error>> =
            stream::iter(&concerned).map(one).buffer_unordered(AT_ONCE).collect().await;
        // Whatever becomes of one, the others are told too.
        told.into_iter().collect::<Result<(), Error>>()?;
        Ok(concerned.len())
    }

    async fn tell_one(&self, dossier: Uuid, actor: Actor, action: Action) -> Result<(), Error> {
        let now = self.clock.now();
        let command_id = command_id::new(now, self.chance.as_ref())?;
        let command = lienthong_domain::dossier::Command { at: now.fixed_offset(), actor, action };
        let act = Act { dossier, command_id, digest: [0; 32], command };
        self.act(act).await.map(drop)
    }
}

/// Whether a dossier is on another edition of a calendar. Who is on an edition that is not known here
/// is asked, and knows better.
fn is_on_another(dossier: &Dossier, catalogue: &Catalogue, name: &str, digest: &Digest) -> bool {
    let known = catalogue.calendar(&dossier.calendar);
    dossier.calendar != *digest && known.is_none_or(|it| it.name == name)
}

fn unfinished() -> Vec<String> {
    // What has ended and is nobody's turn is in no worklist.
    let statuses = TaskStatus::ALL.iter().filter(|it| **it != TaskStatus::Skipped);
    statuses.map(|it| it.name().to_owned()).collect()
}
