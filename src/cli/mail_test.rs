//! Does mail get out?
//!
//! In: the configuration, some of its recipients. Out: a test mail to each, what the server answered, and in case of trouble
//! what to do. It goes past the outbox: a test that fails is not tried again.

use std::io::Write;
use std::path::Path;

use super::{args, open};
use crate::app::{daemon, wiring};
use crate::clock::Clock;
use crate::mail::{self, Mailer, Notice};
use crate::model::{AlertId, Recipient, SendOutcome, Timestamp};
use crate::outbox;

/// Sends the test mails.
pub fn run(folder: &Path, args: &args::MailTest, out: &mut dyn Write) -> anyhow::Result<bool> {
    let (config, _) = daemon::load(folder)?;
    let names: Vec<&str> = config.recipients.iter().map(|recipient| recipient.name.as_str()).collect();
    if let Some(unknown) = args.to.iter().find(|name| !names.contains(&name.as_str())) {
        anyhow::bail!("there is no recipient `{unknown}`; the configuration has: {}", names.join(", "));
    }
    let mailer = Mailer::new(wiring::transport(&config))?;
    let chosen = config.recipients.iter().filter(|own| args.to.is_empty() || args.to.contains(&own.name));
    let chosen: Vec<Recipient> = chosen.cloned().collect();
    open::block_on(async {
        writeln!(out, "mail goes {}", mailer.way())?;
        match mailer.probe().await {
            Ok(facts) => facts.lines().try_for_each(|fact| writeln!(out, "  {fact}"))?,
            Err(problem) => {
                writeln!(out, "  {problem}")?;
                return Ok(false);
            }
        }
        let mut all_sent = true;
        for recipient in &chosen {
            let now = Clock::system().now();
            let message_id = message_id(recipient, now, &wiring::domain(&config));
            let zone = mail::zone_of(recipient);
            let paragraphs = [format!("This test mail was sent {}. Alerts will come the same way.", mailer.way())];
            let test = Notice {
                recipient,
                zone: &zone,
                from: &config.mail.from,
                message_id: &message_id,
                at: now,
                subject: "newswatch can reach you",
                paragraphs: &paragraphs,
            };
            let outcome = mailer.send(&mail::render_notice(&test)?).await;
            all_sent &= matches!(outcome, SendOutcome::Accepted(_));
            writeln!(out, "{} <{}>: {}", recipient.name, recipient.address, words(&outcome))?;
        }
        Ok(all_sent)
    })
}

fn message_id(recipient: &Recipient, now: Timestamp, domain: &str) -> String {
    let test = AlertId::of(["mail test", now.to_string().as_str()]);
    outbox::message_id(outbox::delivery_id(test, &recipient.name), domain)
}

fn words(outcome: &SendOutcome) -> String {
    match outcome {
        SendOutcome::Accepted(answer) => format!("accepted: {answer}"),
        SendOutcome::Transient(reason) => format!("not now: {reason} (an alert would be tried again)"),
        SendOutcome::Permanent(reason) => format!("refused: {reason} (an alert would be given up)"),
        SendOutcome::Unknown(reason) => {
            format!("perhaps: {reason} (an alert would be sent again under its Message-ID)")
        }
    }
}
