//! The program as people run it, `lienthong serve`, on a store and with LG3 for its definitions.

use std::ffi::OsStr;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use lienthong_tests::program::Running;

use crate::error::Error;
use crate::lg3;
use crate::over_http::Server;
use crate::store::Place;

/// A line for each request is not part of what is measured.
const LOGGED: &str = "warn";

/// A server that ends when this is dropped.
pub(crate) struct Served {
    pub(crate) server: Server,
    /// From its start until it listened.
    pub(crate) ready_after: Duration,
    _running: Running,
}

/// Issues keys if there are none, starts the server and waits until it listens.
pub(crate) fn serve(place: &Place) -> Result<Served, Error> {
    let (data, keys) = (place.folder.path().join("data"), place.folder.path().join("keys.json"));
    let definitions = place.folder.path().join("definitions");
    if !keys.exists() {
        fs::create_dir(&definitions)?;
        for file in lg3::files() {
            fs::write(definitions.join(file.path), file.text)?;
        }
        let issue: [&OsStr; 5] = [
            "agency".as_ref(),
            "issue-key".as_ref(),
            "--all".as_ref(),
            "--out".as_ref(),
            keys.as_ref(),
        ];
        let issued = on(place, &issue)?.status()?;
        if !issued.success() {
            return Err(Error::Wrong("no keys for the offices".to_owned()));
        }
    }
    let serve: [&OsStr; 3] = ["serve".as_ref(), "--listen".as_ref(), "127.0.0.1:0".as_ref()];
    let begun = Instant::now();
    let (running, address) =
        Running::serve(on(place, &serve)?, &place.folder.path().join("server.log"));
    let ready_after = begun.elapsed();
    let address = address.ok_or_else(|| Error::Wrong("the server does not listen".to_owned()))?;
    let address = address.trim_start_matches("http://").to_owned();
    let server = Server { address, id: running.id(), data, keys };
    Ok(Served { server, ready_after, _running: running })
}

fn on(place: &Place, arguments: &[&OsStr]) -> Result<Command, Error> {
    let mut command = Command::new(program()?);
    command.args(arguments).env("RUST_LOG", LOGGED).env_remove("LIENTHONG_STORE");
    command.arg("--store").arg(&place.address);
    command.arg("--data").arg(place.folder.path().join("data"));
    command.arg("--definitions").arg(place.folder.path().join("definitions"));
    Ok(command)
}

/// The program: beside this one, as cargo puts it, or one folder up, where this is a test.
fn program() -> Result<PathBuf, Error> {
    let own = std::env::current_exe()?;
    let mut places = own.ancestors().skip(1).take(2).map(|it| it.join("lienthong"));
    places.find(|it| it.is_file()).ok_or_else(|| {
        Error::Wrong("lienthong is not built: cargo build --package lienthong-api".to_owned())
    })
}
