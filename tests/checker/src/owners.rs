//! I11: a partition has one owner at a time. Where events say under which epoch they were written,
//! an older one never follows a newer one, nor what somebody saw under a newer one.

use std::collections::BTreeMap;

use crate::history::{History, Row};
use crate::report::{Invariant, Prefix, Report};

pub(crate) fn check(history: &History, earlier: &[Prefix], report: &mut Report) {
    let mut last: BTreeMap<u32, (i64, &Row)> = BTreeMap::new();
    for row in &history.events {
        let Some(epoch) = row.told("epoch").and_then(|it| it.parse::<i64>().ok()) else { continue };
        let late = |it: &&Prefix| {
            it.partition == row.partition && it.position < row.position && it.epoch > epoch
        };
        if let Some(seen) = earlier.iter().find(late) {
            let what = format!("epoch {epoch} wrote when epoch {} was seen to have it", seen.epoch);
            report.add(Invariant::I11, format!("partition {}", row.partition), what, &[row]);
        }
        match last.get(&row.partition) {
            Some((newer, before)) if *newer > epoch => {
                let what = format!("epoch {epoch} wrote after epoch {newer}");
                let subject = format!("partition {}", row.partition);
                report.add(Invariant::I11, subject, what, &[before, row]);
            }
            _ => drop(last.insert(row.partition, (epoch, row))),
        }
    }
    for head in &history.heads {
        if last.get(&head.partition).is_some_and(|(epoch, _)| *epoch > head.epoch) {
            let what = format!("its epoch went back to {}", head.epoch);
            report.add(Invariant::I11, format!("partition {}", head.partition), what, &[]);
        }
    }
}
