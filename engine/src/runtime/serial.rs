//! Serials of dossier codes, claimed from their book in blocks and handed out from memory. After
//! a crash the rest of a block is never used: gaps, no repeats.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::{Arc, PoisonError};

use chrono::{DateTime, NaiveDate, Utc};
use lienthong_domain::serial::BLOCK_MAX;
use tokio::sync::Mutex;

use super::order::Order;
use super::{Error, Shared};
use crate::failpoint::{self, Point};

/// Serials in the first claim of a day; each further one is larger.
const BLOCK_MIN: u64 = 10;
const GROWTH: u64 = 4;
/// Blocks of other agencies or days that are remembered.
const BOOKS_MAX: usize = 10_000;

/// The blocks in hand, by agency and day.
#[derive(Default)]
pub(super) struct Serials(std::sync::Mutex<BTreeMap<Book, Arc<Mutex<Block>>>>);

/// A day and an agency's code.
type Book = (NaiveDate, String);

struct Block {
    left: Option<RangeInclusive<u64>>,
    next_size: u64,
}

impl Serials {
    fn block(&self, day: NaiveDate, agency: &str) -> Arc<Mutex<Block>> {
        let mut blocks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if blocks.len() >= BOOKS_MAX {
            blocks.pop_first();
        }
        let block = blocks
            .entry((day, agency.to_owned()))
            .or_insert_with(|| Arc::new(Mutex::new(Block { left: None, next_size: BLOCK_MIN })));
        Arc::clone(block)
    }
}

impl Shared {
    /// A serial that no other dossier of this agency and day has or will have.
    pub(super) async fn serial(
        &self,
        agency: &str,
        day: NaiveDate,
        at: DateTime<Utc>,
    ) -> Result<u64, Error> {
        let block = self.serials.block(day, agency);
        let mut block = block.lock().await;
        if let Some(serial) = block.left.as_mut().and_then(Iterator::next) {
            return Ok(serial);
        }
        let size = block.next_size;
        let order = Order::Claim { book: format!("{agency}-{day}"), size, at };
        let mut claimed = self.carry_out(order).await?.serials()?;
        failpoint::hit(Point::SerialsClaimed);
        block.next_size = (size * GROWTH).min(BLOCK_MAX);
        let first = claimed.next().ok_or_else(|| Error::Undecidable("an empty block".into()))?;
        block.left = Some(claimed);
        Ok(first)
    }
}
