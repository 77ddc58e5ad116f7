//! Places at which a test lets the process die, as suddenly as SIGKILL would. With the feature
//! `failpoints` alone: without it, and so in the product, [`hit`] is nothing.
//!
//! `LIENTHONG_FAILPOINT=append.before_commit:3` aborts the process when it comes to that place for
//! the third time. `LIENTHONG_FAILPOINTS_SEEN=FILE` writes down, a name a line, which places the
//! process has come to.

macro_rules! points {
    ($($(#[doc = $doc:literal])* $point:ident = $name:literal,)*) => {
        /// A place with a name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Point { $($(#[doc = $doc])* $point,)* }

        impl Point {
            /// Every place, in the order in which a command comes to them.
            pub const ALL: &[Self] = &[$(Self::$point,)*];

            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$point => $name,)* }
            }
        }
    };
}

points! {
    /// The reference data of a start are in the store.
    ReferencesKept = "start.references_kept",
    /// A file is on disk under a name of its own.
    DocumentWritten = "document.written",
    /// A file has its name; nobody is known to have sent it.
    DocumentNamed = "document.named",
    /// The marker is there; the folders are not on disk yet.
    DocumentMarked = "document.marked",
    /// A block of serials is claimed; none of it is used.
    SerialsClaimed = "serials.claimed",
    /// A batch is decided; nothing is written.
    BatchDecided = "batch.decided",
    /// The heads are advanced in the open transaction.
    AppendBegun = "append.begun",
    /// Events are written in the open transaction; receipts and tables are not.
    AppendEvents = "append.events",
    /// Everything is written in the open transaction.
    AppendBeforeCommit = "append.before_commit",
    /// The transaction is committed; nobody knows.
    AppendAfterCommit = "append.after_commit",
    /// The batch is committed; nobody has been answered.
    BatchBeforeReply = "batch.before_reply",
    /// Everybody has been answered.
    BatchAfterReply = "batch.after_reply",
    /// A subscription's effects are written in the open transaction.
    FeedBeforeCommit = "feed.before_commit",
    /// A subscription's effects are committed; it does not know.
    FeedAfterCommit = "feed.after_commit",
    /// An agency has answered a message; that is not written down.
    DeliverySent = "delivery.sent",
    /// Timers were found due; nothing is decided.
    TimersFound = "timers.found",
    /// Timers have fired.
    TimersFired = "timers.fired",
}

/// The process has come to a place.
#[cfg(not(feature = "failpoints"))]
#[inline(always)]
pub(crate) const fn hit(_: Point) {}

#[cfg(feature = "failpoints")]
pub(crate) use armed::hit;

#[cfg(feature = "failpoints")]
mod armed {
    //! What the environment asks for, read once.

    use std::collections::BTreeMap;
    use std::fs::File;
    use std::io::Write as _;
    use std::sync::{LazyLock, Mutex, PoisonError};

    use super::Point;

    const DIE_AT: &str = "LIENTHONG_FAILPOINT";
    const SEEN: &str = "LIENTHONG_FAILPOINTS_SEEN";

    struct Armed {
        /// The place, and the visit at which the process dies there.
        die_at: Option<(String, u64)>,
        seen: Option<File>,
        visits: BTreeMap<Point, u64>,
    }

    static ARMED: LazyLock<Mutex<Armed>> = LazyLock::new(|| {
        let die_at = std::env::var(DIE_AT).ok().and_then(|it| {
            let (name, visit) = it.split_once(':')?;
            Some((name.to_owned(), visit.parse().ok()?))
        });
        let append = |path| File::options().create(true).append(true).open(path).ok();
        let seen = std::env::var_os(SEEN).and_then(append);
        Mutex::new(Armed { die_at, seen, visits: BTreeMap::new() })
    });

    pub(crate) fn hit(point: Point) {
        let mut armed = ARMED.lock().unwrap_or_else(PoisonError::into_inner);
        let visits = armed.visits.entry(point).or_default();
        *visits += 1;
        let visit = *visits;
        if visit == 1
            && let Some(seen) = &mut armed.seen
        {
            let _ = writeln!(seen, "{}", point.name());
        }
        if armed.die_at.as_ref().is_some_and(|(name, at)| name == point.name() && *at == visit) {
            std::process::abort();
        }
    }
}

#[cfg(test)]
mod tests {
    //! Names are told apart.

    use std::collections::BTreeSet;

    use super::Point;

    #[test]
    fn every_place_has_a_name_of_its_own() {
        let names: BTreeSet<&str> = Point::ALL.iter().map(|it| it.name()).collect();
        assert_eq!(names.len(), Point::ALL.len());
    }
}
