//! Lets happen what is due. Timers are rows of the core read tables, found by index; a fired one
//! is gone with the append that it caused, so nothing fires twice.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Weak};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures::future::join_all;
use lienthong_domain::dossier::{Action, Actor, Command};
use uuid::Uuid;

use super::{Error, Shared, command_id};

/// How often the clock is looked at.
const TICK: Duration = Duration::from_millis(500);
/// Timers looked at in one go.
const PAGE: u32 = 1_000;
/// A dossier seldom has more timers than this.
const TIMERS_OF_A_DOSSIER: u32 = 64;
/// Pages in one go; what is due beyond them waits for the next look.
const PAGES_MAX: usize = 100;
/// How long a dossier whose timer failed is left alone.
const REST: TimeDelta = TimeDelta::seconds(60);

/// Dossiers whose timers could not be fired, and until when they are left alone.
pub(super) type Troubled = BTreeMap<Uuid, DateTime<Utc>>;

pub(super) async fn run(shared: Weak<Shared>) {
    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut troubled = Troubled::new();
    loop {
        ticks.tick().await;
        let Some(shared) = shared.upgrade() else { break };
        match fire(&shared, &mut troubled).await {
            Ok(()) => {}
            Err(error @ Error::Stopped) => {
                shared.notice(&error);
                break;
            }
            Err(error) => tracing::warn!(%error, "timers could not be fired"),
        }
    }
}

/// Fires everything that is due now.
pub(super) async fn fire(shared: &Arc<Shared>, troubled: &mut Troubled) -> Result<(), Error> {
    for _ in 0..PAGES_MAX {
        let now = shared.clock.now();
        troubled.retain(|_, until| *until > now);
        // Rows of dossiers that are left alone come again: others stand behind them.
        let left_alone = u32::try_from(troubled.len()).unwrap_or(u32::MAX);
        let page = PAGE.saturating_add(left_alone.saturating_mul(TIMERS_OF_A_DOSSIER));
        let due = shared.log.due_timers(now, page).await?;
        let dossiers: BTreeSet<Uuid> =
            due.iter().filter_map(|it| it.dossier_id.parse().ok()).collect();
        let dossiers: Vec<Uuid> =
            dossiers.into_iter().filter(|it| !troubled.contains_key(it)).collect();
        if dossiers.is_empty() {
            return Ok(());
        }
        let fired = dossiers.iter().map(|it| elapse(shared, *it, now));
        for (dossier, outcome) in dossiers.iter().zip(join_all(fired).await) {
            match outcome {
                Ok(()) => {}
                Err(Error::Stopped) => return Err(Error::Stopped),
                Err(error) => {
                    tracing::error!(%dossier, %error, "a timer could not be fired");
                    troubled.insert(*dossier, now + REST);
                }
            }
        }
    }
    Ok(())
}

async fn elapse(shared: &Shared, dossier: Uuid, now: DateTime<Utc>) -> Result<(), Error> {
    let command = Command { at: now.fixed_offset(), actor: Actor::Timer, action: Action::Elapse };
    let id = command_id::new(now)?;
    shared.decide(dossier, id, [0; 32], command).await.map(|_| ())
}
