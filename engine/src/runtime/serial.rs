//! Serials of dossier codes, claimed from their book in blocks and handed out from memory. After
//! a crash the rest of a block is never used: gaps, no repeats.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use chrono::{DateTime, FixedOffset, NaiveDate, Utc};
use lienthong_domain::serial::{ClaimBlock, SerialBook};
use tokio::sync::Mutex;

use super::{Error, aside};
use crate::log::{self, Log};

/// Serials in one claim.
const BLOCK: u64 = 50;
/// Blocks of other agencies or days that are remembered.
const BOOKS_MAX: usize = 10_000;
const CLAIM_TRIES_MAX: usize = 5;

/// The blocks in hand, by agency and day.
#[derive(Default)]
pub(super) struct Serials {
    blocks: Mutex<BTreeMap<(NaiveDate, String), RangeInclusive<u64>>>,
}

/// The zone in which a dossier's day is told: Indochina Time.
pub(super) fn zone() -> FixedOffset {
    FixedOffset::east_opt(7 * 3_600).expect("seven hours are an offset")
}

impl Serials {
    pub(super) async fn next(
        &self,
        log: &dyn Log,
        agency: &str,
        day: NaiveDate,
        now: DateTime<Utc>,
    ) -> Result<u64, Error> {
        let mut blocks = self.blocks.lock().await;
        let book = (day, agency.to_owned());
        if let Some(serial) = blocks.get_mut(&book).and_then(Iterator::next) {
            return Ok(serial);
        }
        let mut block = claim(log, &format!("{agency}-{day}"), now).await?;
        let serial = block.next().ok_or_else(|| Error::Undecidable("an empty block".into()))?;
        while blocks.len() >= BOOKS_MAX {
            blocks.pop_first();
        }
        blocks.insert(book, block);
        Ok(serial)
    }
}

async fn claim(
    log: &dyn Log,
    book: &str,
    now: DateTime<Utc>,
) -> Result<RangeInclusive<u64>, Error> {
    for _ in 0..CLAIM_TRIES_MAX {
        let (state, expected) = aside::load::<SerialBook>(log, book).await?;
        let event = state
            .decide(ClaimBlock { size: BLOCK })
            .map_err(|error| Error::Undecidable(error.to_string()))?;
        match aside::append::<SerialBook>(log, book, expected, &event, now).await {
            Ok(()) => return Ok(event.block()),
            Err(Error::Unavailable(log::Error::Conflict { .. })) => {}
            Err(error) => return Err(error),
        }
    }
    Err(Error::Busy)
}
