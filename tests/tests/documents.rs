//! What the book promises, done: the shell blocks of its pages are run, in their order, and print
//! what stands below them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use lienthong_api::problem::Code;
use lienthong_tests::program;
use lienthong_tests::server::{Place, Server};

/// Parts what the blocks print.
const NEXT: &str = "-- next block --";

/// A shell block, and what it prints if the page says so.
#[derive(Default)]
struct Block {
    line: usize,
    script: String,
    output: Option<String>,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn page(name: &str) -> String {
    fs::read_to_string(root().join("docs/src").join(name)).unwrap()
}

/// The blocks ```` ```sh ````, each with the ```` ```text ```` that follows at once.
fn blocks(page: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut lines = page.lines().zip(1..).peekable();
    while let Some((fence, line)) = lines.next() {
        let Some(language) = fence.strip_prefix("```") else { continue };
        let inside: String = lines
            .by_ref()
            .map(|it| it.0)
            .take_while(|it| *it != "```")
            .map(|it| it.to_owned() + "\n")
            .collect();
        if language == "sh" {
            blocks.push(Block { line, script: inside, output: None });
            let follows = lines.peek().is_some_and(|(it, _)| *it == "```text");
            if follows {
                lines.next();
                let output = lines.by_ref().map(|it| it.0).take_while(|it| *it != "```");
                blocks.last_mut().unwrap().output =
                    Some(output.map(|it| it.to_owned() + "\n").collect());
            }
        }
    }
    blocks
}

#[tokio::test(flavor = "multi_thread")]
async fn the_agency_api_works_as_written() {
    let server = Server::start(Place::sqlite());
    let blocks = blocks(&page("agency-api.md"));
    assert!(blocks.len() >= 10, "only {} blocks", blocks.len());
    let folder = tempfile::tempdir().unwrap();
    symlink(root().join("workflows"), folder.path().join("workflows")).unwrap();
    let scripts: Vec<&str> = blocks.iter().map(|it| it.script.as_str()).collect();
    let script = scripts.join(&format!("\necho '{NEXT}'\n"));

    let program = program::path();
    let path = std::env::var("PATH").unwrap();
    let output = Command::new("bash")
        .args(["-euo", "pipefail", "-c", &script])
        .current_dir(folder.path())
        .env("PATH", format!("{}:{path}", program.parent().unwrap().display()))
        .env("SERVER", server.address())
        .env("DATA", server.place.data())
        .env("KEYS", server.place.keys_file())
        .env("no_proxy", "127.0.0.1")
        .stdin(Stdio::null())
        .output()
        .expect("bash, curl and jq are installed");
    let said = String::from_utf8_lossy(&output.stdout);
    let complained = String::from_utf8_lossy(&output.stderr);
    let separator = format!("{NEXT}\n");
    let printed: Vec<&str> = said.split(separator.as_str()).collect();
    for (block, printed) in blocks.iter().zip(&printed) {
        let expected = block.output.as_deref().unwrap_or_default();
        assert_eq!(*printed, expected, "agency-api.md, line {}\n{complained}", block.line);
    }
    assert!(output.status.success(), "{}\n{said}{complained}", output.status);
    assert_eq!(printed.len(), blocks.len());
}

/// Every code that a page's table names is one that the server has.
#[test]
fn codes_on_the_pages_exist() {
    let page = page("agency-api.md");
    let table = page.lines().skip_while(|it| !it.starts_with("| code |")).skip(2);
    let codes = table.map_while(|it| it.strip_prefix("| `")?.split('`').next());
    let codes: Vec<&str> = codes.collect();
    assert!(codes.len() >= 8, "{codes:?}");
    for code in codes {
        assert!(Code::find(code).is_some(), "there is no code {code}");
    }
}
