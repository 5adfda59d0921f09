//! How does the configuration reach the parts that do not know it?
//!
//! In: a resolved configuration. Out: the settings of the fetcher, of the mailer and of each watch's alerts, in those parts'
//! own words. Nothing is decided or defaulted here.

use std::time::Duration;

use crate::clock::Clock;
use crate::config::{self, Config, Watch};
use crate::model::Timestamp;
use crate::{alert, fetch, mail};

/// The Maildir's name in the state folder, while no mail server is configured.
pub const MAILDIR: &str = "mail";

/// What the fetcher needs to know.
pub fn fetch_settings(config: &Config, clock: Clock) -> fetch::Settings {
    let own = &config.fetch;
    let user_agent = own.user_agent.clone();
    let mut settings = fetch::Settings { user_agent, clock, ..fetch::Settings::default() };
    // Both modules have their own word for a block of addresses; its text form is the same.
    settings.allow = own.allow.iter().filter_map(|network| network.to_string().parse().ok()).collect();
    settings.proxy = own.proxy.clone();
    settings.total_timeout = Duration::from_secs(own.timeout_s.into());
    settings.max_body_bytes = usize::try_from(own.max_body_bytes).unwrap_or(usize::MAX);
    settings.max_in_flight = own.in_flight as usize;
    settings
}

/// Which way mail leaves.
pub fn transport(config: &Config) -> mail::Transport {
    let smtp = match &config.mail.way {
        config::Mail::Maildir => return mail::Transport::Maildir(config.state.join(MAILDIR)),
        config::Mail::Smtp(smtp) => smtp,
    };
    mail::Transport::Smtp(mail::SmtpSettings {
        host: smtp.host.clone(),
        port: smtp.port,
        security: match smtp.security {
            config::Security::StartTls => mail::Security::StartTls,
            config::Security::Tls => mail::Security::Tls,
            config::Security::None => mail::Security::None,
        },
        username: smtp.login.as_ref().map(|login| login.username.clone()),
        password: smtp.login.as_ref().map(|login| login.password.clone()),
        ehlo_name: smtp.ehlo_name.clone(),
        timeout_s: mail::TIMEOUT_S,
        ca_file: None,
    })
}

/// A watch's dials.
pub fn alert_settings(watch: &Watch, look_back_s: u32) -> alert::Settings {
    let muted_until = watch.muted.then_some(Timestamp::MAX);
    let (max_per_hour, base) = (watch.max_per_hour, alert::Settings::new(&watch.name, watch.level));
    alert::Settings { max_per_hour, look_back_s, muted_until, ..base }
}

/// The domain of our Message-IDs: the sender's, in ASCII.
pub fn domain(config: &Config) -> String {
    mail::parse_mailbox(&config.mail.from).map_or("localhost".to_owned(), |sender| sender.email.domain().to_owned())
}
