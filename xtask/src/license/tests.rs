//! The lock file: a stand-in passes, the real driver and an insecure crate do not.

use super::*;

#[test]
fn only_our_stand_in_may_bear_the_name_of_a_driver() {
    let ours = "[[package]]\nname = \"sqlx-sqlite\"\nversion = \"0.8.6\"\n";
    assert_eq!(unwelcome(ours), Vec::<String>::new());
    let theirs = format!("version = 4\n\n{ours}source = \"registry+somewhere\"\n");
    assert_eq!(unwelcome(&theirs).len(), 1);
}

#[test]
fn an_insecure_crate_is_reported_though_nothing_compiles_it() {
    let lock = "[[package]]\nname = \"log\"\nversion = \"1\"\n\n[[package]]\nname = \"rsa\"\n\
                version = \"0.9.10\"\nsource = \"registry+somewhere\"\n";
    assert_eq!(unwelcome(lock), ["Cargo.lock: `rsa 0.9.10` must not be there"]);
}
