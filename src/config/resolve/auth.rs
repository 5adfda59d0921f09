//! How does a feed's server know us?
//!
//! In: a `[[feed]]` table, a way to read a secret. Out: its request headers, with the user name and password or the token
//! made into one (RFC 7617, RFC 6750). Secrets are kept in files or systemd credentials, never in the table.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret as _, SecretString};

use super::{Surroundings, Table};
use crate::config::problem::{Problem, Problems};
use crate::config::secrets::SecretPlace;

/// The feed's own headers, and the one that its credentials make.
pub(super) fn headers(
    table: &Table,
    url: &str,
    surroundings: &Surroundings<'_>,
    problems: &mut Problems,
) -> Vec<(String, String)> {
    let mut headers = table.pairs("headers");
    let Some((key, value)) = credentials(table, surroundings, problems) else { return headers };
    if let Some((name, _)) = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("authorization")) {
        let problem = Problem::error(table.spot_of(key), format!("`{key}` and the header `{name}` at once"));
        problems.add(problem.hint("keep one of them"));
    }
    if url.starts_with("http:") {
        let problem = Problem::warning(table.spot_of(key), "the password crosses the network in clear");
        problems.add(problem.hint("use the `https` address, if there is one"));
    }
    headers.push(("Authorization".to_owned(), value));
    headers
}

/// The header's value, and the key that it came from.
fn credentials(
    table: &Table,
    surroundings: &Surroundings<'_>,
    problems: &mut Problems,
) -> Option<(&'static str, String)> {
    let basic = secret(table, ["password_file", "credential"], surroundings, problems);
    let bearer = secret(table, ["token_file", "token_credential"], surroundings, problems);
    match (table.text("username"), basic, bearer) {
        (None, None, None) => None,
        (Some(user), Some((key, password)), None) => {
            let pair = STANDARD.encode(format!("{user}:{}", password.expose_secret()));
            Some((key, format!("Basic {pair}")))
        }
        (None, None, Some((key, token))) => Some((key, format!("Bearer {}", token.expose_secret()))),
        (_, _, Some((key, _))) => {
            let problem = Problem::error(table.spot_of(key), "a token and a user name or password at once");
            problems.add(problem.hint("keep one of them"));
            None
        }
        (Some(_), None, None) => {
            // Where it is named but could not be read, that was said.
            if !["password_file", "credential"].iter().any(|key| table.has(key) || table.refused(key)) {
                let problem = Problem::error(table.spot_of("username"), "a user name without a password");
                problems.add(problem.hint("name where it is: `password_file = \"…\"` or `credential = \"…\"`"));
            }
            None
        }
        (None, Some((key, _)), None) => {
            let problem = Problem::error(table.spot_of(key), format!("`{key}` without a `username`"));
            problems.add(problem.hint("add the `username`; a token goes into `token_file` or `token_credential`"));
            None
        }
    }
}

fn secret(
    table: &Table,
    [file_key, credential_key]: [&'static str; 2],
    surroundings: &Surroundings<'_>,
    problems: &mut Problems,
) -> Option<(&'static str, SecretString)> {
    let file = table.text(file_key).map(|file| SecretPlace::File(surroundings.config_folder.join(file)));
    let credential = table.text(credential_key).map(|name| SecretPlace::Credential(name.to_owned()));
    if file.is_some() && credential.is_some() {
        let message = format!("`{file_key}` and `{credential_key}` at once");
        problems.add(Problem::error(table.spot_of(credential_key), message).hint("keep one of them"));
        return None;
    }
    let key = if file.is_some() { file_key } else { credential_key };
    match (surroundings.read_secret)(&file.or(credential)?) {
        Ok(secret) => {
            if let Some(warning) = secret.warning {
                let hint = "make it readable for newswatch alone: `chmod 600`";
                problems.add(Problem::warning(table.spot_of(key), warning).hint(hint));
            }
            Some((key, secret.value))
        }
        Err(message) => {
            problems.add(Problem::error(table.spot_of(key), message));
            None
        }
    }
}
