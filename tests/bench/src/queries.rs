//! How long the questions take that pages ask: a dossier, an office's worklist. One at a time, on
//! an engine that was just started and has nothing else to do.

use std::time::Instant;

use lienthong_domain::dossier::TaskStatus;
use lienthong_engine::log::{DossierPage, Worklist};
use lienthong_engine::runtime::Runtime;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::Error;
use crate::latency::Percentiles;
use crate::lg3;
use crate::load::Office;

/// Accounts whose dossiers are asked for.
const ACCOUNTS: u64 = 500;
/// Of each of them.
const DOSSIERS: u32 = 10;
const WORKLISTS: usize = 2_000;
/// Tasks on a page, where a program does not ask for more.
const PAGE: u32 = 50;

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Queries {
    /// The state of a dossier and everything that happened to it.
    pub(crate) dossier_ms: Percentiles,
    /// The first page of what is open.
    pub(crate) worklist_ms: Percentiles,
    /// The page of an account's dossiers.
    pub(crate) account_ms: Percentiles,
}

pub(crate) async fn run(runtime: &Runtime) -> Result<Queries, Error> {
    let (mut accounts, mut dossiers, mut worklists) = (Vec::new(), Vec::new(), Vec::new());
    for n in 0..ACCOUNTS {
        let begun = Instant::now();
        let page = DossierPage { account: lg3::account(n), before: None, limit: DOSSIERS };
        let rows = runtime.log().dossiers_of(page).await?;
        accounts.push(begun.elapsed());
        for row in rows {
            let id = Uuid::parse_str(&row.dossier_id);
            let id = id.map_err(|error| Error::Wrong(error.to_string()))?;
            let begun = Instant::now();
            let (state, events) = (runtime.dossier(id).await?, runtime.events(id).await?);
            dossiers.push(begun.elapsed());
            if state.is_none_or(|it| it.sequence != events.len() as u64) {
                return Err(Error::Wrong(format!("dossier {id} is not what happened to it")));
            }
        }
    }
    let open = TaskStatus::ALL.into_iter().filter(|it| it.is_open());
    let statuses: Vec<String> = open.map(|it| it.name().to_owned()).collect();
    for office in Office::all().into_iter().cycle().take(WORKLISTS) {
        let begun = Instant::now();
        let (statuses, after) = (statuses.clone(), None);
        let page = Worklist { office: office.id, statuses, after, limit: PAGE };
        runtime.log().worklist(page).await?;
        worklists.push(begun.elapsed());
    }
    Ok(Queries {
        dossier_ms: Percentiles::of(dossiers),
        worklist_ms: Percentiles::of(worklists),
        account_ms: Percentiles::of(accounts),
    })
}
