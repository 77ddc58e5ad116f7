//! How a server is run: the product, or the build with faults to be switched on; alone, or under a
//! program that watches its calls and lets some fail.

use std::process::Command;

use lienthong_engine::failpoint::Point;
use lienthong_engine::sabotage::Bug;

use crate::program;

/// Watches a process's calls, and lets some fail.
pub const STRACE: &str = "strace";

/// How a server is run, from its next start on.
#[derive(Clone, Default)]
pub struct Manner {
    /// The build whose faults this environment switches on; else the product.
    pub faults: Option<Vec<(&'static str, String)>>,
    /// What the program runs under, e.g. `strace`, with its arguments.
    pub under: Vec<String>,
}

impl Manner {
    /// With a bug that is switched on.
    #[must_use]
    pub fn with_bug(bug: Bug) -> Self {
        let faults = Some(vec![("LIENTHONG_SABOTAGE", bug.name().to_owned())]);
        Self { faults, ..Self::default() }
    }

    /// That dies when it comes to a place for the `visit`th time.
    #[must_use]
    pub fn dying_at(place: Point, visit: u64) -> Self {
        let faults = Some(vec![("LIENTHONG_FAILPOINT", format!("{}:{visit}", place.name()))]);
        Self { faults, ..Self::default() }
    }

    /// Under `strace` with these arguments.
    #[must_use]
    pub fn traced(arguments: &[&str]) -> Self {
        let under = [STRACE, "-f", "--seccomp-bpf"].iter().chain(arguments);
        Self { under: under.map(|it| (*it).to_owned()).collect(), ..Self::default() }
    }

    pub(crate) fn command(&self, usual: Command) -> Command {
        let mut inner = match &self.faults {
            None => vec![usual.get_program().to_owned()],
            Some(_) => vec![program::faulty().into()],
        };
        inner.extend(usual.get_args().map(ToOwned::to_owned));
        let words: Vec<_> = self.under.iter().map(Into::into).chain(inner).collect();
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).env_remove("LIENTHONG_STORE").env("RUST_BACKTRACE", "1");
        command.envs(self.faults.iter().flatten().map(|(name, value)| (name, value)));
        command
    }
}
