//! How does mail leave, and is its password safe?
//!
//! In: the `[mail]` section. Out: a mail server with its login, or the Maildir while none is configured. A password is
//! never accepted in clear over an unprotected connection, and never written in a configuration file.

use super::{Raw, Surroundings, Table, no_mail};
use crate::config::problem::{Problem, Problems, quoted};
use crate::config::secrets::SecretPlace;
use crate::config::settings::{Login, Mail, MailSettings, Security, Smtp};

/// Keys that say nothing without a server.
const OF_A_SERVER: [&str; 6] = ["port", "security", "username", "password_file", "credential", "ehlo_name"];

pub(super) fn mail(raw: &Raw, surroundings: &Surroundings<'_>, problems: &mut Problems) -> MailSettings {
    let Some(table) = raw.one("mail") else { return no_mail() };
    let from = table.text("from").map(str::to_owned);
    let Some(host) = table.text("host") else {
        if !table.has("host") {
            without_server(table, problems);
        }
        return MailSettings { from: from.unwrap_or(no_mail().from), way: Mail::Maildir };
    };
    if !table.has("from") && !raw.broken {
        let problem = Problem::error(&table.spot, "`[mail]` with a `host` needs a `from`");
        problems.add(problem.hint("add the sender's address: `from = \"newswatch <newswatch@example.org>\"`"));
    }
    let security = security(table);
    let default_port = match security {
        Security::StartTls => 587,
        Security::Tls => 465,
        Security::None => 25,
    };
    let smtp = Smtp {
        host: host.to_owned(),
        port: table.number("port").unwrap_or(default_port) as u16,
        security,
        login: login(table, security, surroundings, problems),
        ehlo_name: table.text("ehlo_name").map(str::to_owned),
    };
    odd_port(table, &smtp, problems);
    MailSettings { from: from.unwrap_or_default(), way: Mail::Smtp(smtp) }
}

fn without_server(table: &Table, problems: &mut Problems) {
    if let Some(key) = OF_A_SERVER.into_iter().find(|key| table.has(key)) {
        let problem = Problem::error(table.spot_of(key), format!("`{key}` without a `host`"));
        problems.add(problem.hint("name the mail server: `host = \"mail.example.org\"`"));
    }
}

fn security(table: &Table) -> Security {
    match table.text("security") {
        Some("tls") => Security::Tls,
        Some("none") => Security::None,
        _ => Security::StartTls,
    }
}

/// Port 465 speaks TLS from the first byte, and 587 and 25 do not: mixed up, the connection only times out.
fn odd_port(table: &Table, smtp: &Smtp, problems: &mut Problems) {
    let better = match (smtp.port, smtp.security) {
        (465, Security::StartTls | Security::None) => "tls",
        (587 | 25, Security::Tls) => "starttls",
        _ => return,
    };
    let message = format!("port {} usually goes with `security = \"{better}\"`", smtp.port);
    problems.add(Problem::warning(table.spot_of("port"), message).hint("try it with `newswatch mail test`"));
}

fn login(table: &Table, security: Security, surroundings: &Surroundings<'_>, problems: &mut Problems) -> Option<Login> {
    let username = table.text("username")?;
    if security == Security::None {
        let problem = Problem::error(table.spot_of("username"), "a password would cross the network in clear");
        problems.add(problem.hint("use `security = \"starttls\"` or `\"tls\"`, or leave out `username`"));
        return None;
    }
    let file = table.text("password_file").map(|file| surroundings.config_folder.join(file));
    let credential = table.text("credential").map(str::to_owned);
    let (key, place) = match (file, credential) {
        (Some(file), None) => ("password_file", SecretPlace::File(file)),
        (None, Some(name)) => ("credential", SecretPlace::Credential(name)),
        (Some(_), Some(_)) => {
            let problem = Problem::error(table.spot_of("credential"), "`password_file` and `credential` at once");
            problems.add(problem.hint("keep one of them"));
            return None;
        }
        (None, None) if ["password", "password_file", "credential"].iter().any(|key| table.refused(key)) => {
            return None;
        }
        (None, None) => {
            let problem = Problem::error(table.spot_of("username"), format!("no password for {}", quoted(username)));
            problems.add(problem.hint("name where it is: `password_file = \"…\"` or `credential = \"…\"`"));
            return None;
        }
    };
    match (surroundings.read_secret)(&place) {
        Ok(secret) => {
            if let Some(warning) = secret.warning {
                let hint = "make it readable for newswatch alone: `chmod 600`";
                problems.add(Problem::warning(table.spot_of(key), warning).hint(hint));
            }
            Some(Login { username: username.to_owned(), password: secret.value })
        }
        Err(message) => {
            problems.add(Problem::error(table.spot_of(key), message));
            None
        }
    }
}
