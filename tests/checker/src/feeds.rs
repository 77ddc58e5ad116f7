//! I4: a subscriber applies every event up to its checkpoint exactly once, and those of one
//! dossier in their order.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::history::History;
use crate::report::{Invariant, Report};

/// What a subscriber wrote down in the transaction of each effect.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Feed {
    pub name: String,
    /// The checkpoint by partition.
    pub checkpoints: BTreeMap<u32, u64>,
    /// Partition and position of everything that was applied, in that order.
    pub applied: Vec<(u32, u64)>,
}

pub(crate) fn check(history: &History, feeds: &[Feed], report: &mut Report) {
    let heads: BTreeMap<u32, u64> =
        history.heads.iter().map(|it| (it.partition, it.head)).collect();
    for feed in feeds {
        let mut next: BTreeMap<u32, u64> = BTreeMap::new();
        for (partition, position) in &feed.applied {
            let expected = next.entry(*partition).or_insert(1);
            if position != expected {
                let what =
                    format!("position {position} of {partition} was applied, not {expected}");
                report.add(Invariant::I4, &feed.name, what, &[]);
            }
            *expected = position + 1;
        }
        for (partition, checkpoint) in &feed.checkpoints {
            let applied = next.get(partition).map_or(0, |it| it - 1);
            if applied != *checkpoint {
                let what = format!("{partition} is at {checkpoint}, and {applied} were applied");
                report.add(Invariant::I4, &feed.name, what, &[]);
            }
            if heads.get(partition).is_none_or(|head| checkpoint > head) {
                let what = format!("{partition} is at {checkpoint}, beyond the log");
                report.add(Invariant::I4, &feed.name, what, &[]);
            }
        }
    }
}
