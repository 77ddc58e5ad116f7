//! Bugs on purpose. A harness that finds nothing has shown nothing until it has found these, so
//! each is here to be switched on by `LIENTHONG_SABOTAGE=NAME`. With the feature
//! `negative-controls` alone: without it, and so in the product, [`on`] is `false`.

macro_rules! bugs {
    ($($(#[doc = $doc:literal])* $bug:ident = $name:literal,)*) => {
        /// A bug that can be switched on.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Bug { $($(#[doc = $doc])* $bug,)* }

        impl Bug {
            pub const ALL: &[Self] = &[$(Self::$bug,)*];

            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$bug => $name,)* }
            }
        }
    };
}

bugs! {
    /// A subscription goes on behind the highest sequence that it has seen, not behind a position.
    ReadBySequence = "read-by-sequence",
    /// A command is answered before its batch is committed.
    AcknowledgeBeforeCommit = "acknowledge-before-commit",
    /// A message that is sent again goes out under a new id.
    NewIdOnRetry = "new-id-on-retry",
    /// A subscription keeps its checkpoint in another transaction than its effect.
    CheckpointApart = "checkpoint-apart",
    /// Timers that a start finds in the store are left lying.
    TimerNotRearmed = "timer-not-rearmed",
    /// An append does not ask whether the partition is still its own.
    LeaseWithoutEpoch = "lease-without-epoch",
    /// SQLite does not wait for the disk at a commit.
    SynchronousNormal = "synchronous-normal",
    /// PostgreSQL does not wait for the disk at a commit.
    SynchronousCommitOff = "synchronous-commit-off",
}

/// Whether the bug is switched on.
#[cfg(not(feature = "negative-controls"))]
#[inline(always)]
pub(crate) const fn on(_: Bug) -> bool {
    false
}

/// Whether the bug is switched on.
#[cfg(feature = "negative-controls")]
pub(crate) fn on(bug: Bug) -> bool {
    use std::sync::LazyLock;

    static CHOSEN: LazyLock<Option<String>> =
        LazyLock::new(|| std::env::var("LIENTHONG_SABOTAGE").ok());
    CHOSEN.as_deref() == Some(bug.name())
}
