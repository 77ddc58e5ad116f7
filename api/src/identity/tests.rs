//! A token says who it was made for, until it expires, and nothing that was not signed.

use chrono::TimeDelta;

use super::*;

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_000_000, 0).unwrap()
}

fn person() -> Person {
    Person {
        account: "a-1".to_owned(),
        personal_id: Personal::new("001089012345".to_owned()),
        name: Personal::new("Nguyễn Văn Hùng".to_owned()),
        level: 2,
        expires: now() + TimeDelta::hours(1),
    }
}

#[test]
fn what_was_issued_is_verified_until_it_expires() {
    let tokens = Tokens::new([7; 32]);
    let token = tokens.issue(&person()).unwrap();
    assert_eq!(tokens.verify(&token, now()), Ok(person()));
    assert_eq!(tokens.verify(&token, now() + TimeDelta::hours(1)), Err(TokenError::Expired));
}

#[test]
fn nothing_else_is_believed() {
    let tokens = Tokens::new([7; 32]);
    let token = tokens.issue(&person()).unwrap();
    let foreign = Tokens::new([8; 32]).issue(&person()).unwrap();
    assert_eq!(tokens.verify(&foreign, now()), Err(TokenError::Forged));

    let (claims, signature) = token.split_once('.').unwrap();
    let claims = String::from_utf8(BASE64.decode(claims).unwrap()).unwrap();
    let richer = BASE64.encode(claims.replace("\"a-1\"", "\"a-2\""));
    assert_eq!(tokens.verify(&format!("{richer}.{signature}"), now()), Err(TokenError::Forged));

    let proof = tokens.form_proof(&richer);
    assert_eq!(tokens.verify(&format!("{richer}.{proof}"), now()), Err(TokenError::Forged));
    for malformed in ["", ".", "a.b", "no-dot", &"x".repeat(TOKEN_BYTES_MAX + 1)] {
        assert!(tokens.verify(malformed, now()).is_err(), "{malformed}");
    }
}

#[test]
fn only_sound_people_get_tokens() {
    let tokens = Tokens::new([7; 32]);
    let strange_account = Person { account: "a:1".to_owned(), ..person() };
    let no_id = Person { personal_id: Personal::new("12".to_owned()), ..person() };
    let level = Person { level: 3, ..person() };
    for unsound in [strange_account, no_id, level] {
        assert_eq!(tokens.issue(&unsound), Err(TokenError::Malformed));
    }
}

#[test]
fn a_form_is_proved_by_its_own_session_alone() {
    let tokens = Tokens::new([7; 32]);
    let proof = tokens.form_proof("session-1");
    assert!(tokens.proves_form("session-1", &proof));
    assert!(!tokens.proves_form("session-2", &proof));
    assert!(!tokens.proves_form("session-1", ""));
}

#[test]
fn the_key_is_made_once_and_is_its_owners() {
    let data = tempfile::tempdir().unwrap();
    let key = token_key(data.path()).unwrap();
    assert_eq!(token_key(data.path()).unwrap(), key);

    let path = data.path().join(KEY_FILE);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
    assert!(token_key(data.path()).is_err());
}
