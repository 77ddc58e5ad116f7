//! Needs: what is there is left alone, what is missing is told with the way to get it.

use super::*;

fn yes() -> bool {
    true
}

fn no() -> bool {
    false
}

#[test]
fn what_is_there_is_left_alone() {
    let package = ["no-such-package"];
    let need = Need { what: "air", from: Source::System(&[]), present: yes };
    assert_eq!(provide(&[need]), Ok(()));
    assert!(!on_path(package[0]));
}

#[test]
fn what_is_missing_is_told_with_the_way_to_get_it() {
    let font = Need { what: "a font", from: Source::System(&["fonts-a", "fonts-b"]), present: no };
    let tool = Need { what: "a tool", from: Source::Toolchain("clippy"), present: no };
    let text = instructions(&[&font, &tool]);
    assert!(text.contains("a font\n      on Debian: apt-get install fonts-a fonts-b"), "{text}");
    assert!(text.contains("rustup component add clippy"), "{text}");
}

#[test]
fn a_folder_or_a_plain_file_is_not_a_program() {
    assert!(is_program(Path::new("/bin/sh")));
    assert!(!is_program(Path::new("/bin")));
    assert!(!is_program(Path::new("Cargo.toml")));
}
