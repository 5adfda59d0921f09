//! Is this an address that any mail server will take?
//!
//! In: an address or mailbox (`Name <user@host>`) as the configuration has it. Out: the same with an ASCII domain
//! (IDNA, RFC 5890), or why not. It never asks the DNS and never accepts an address that would need SMTPUTF8, because
//! many servers on the way do not speak it and the failure would come at delivery, at night.

use lettre::Address;
use lettre::message::Mailbox;
use url::Host;

/// Why an address is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    #[error("`{0}` is not a mail address; it should look like `desk@example.org`")]
    Syntax(String),
    #[error("`{0}` has letters outside ASCII before the `@`, which many mail servers refuse")]
    LocalPart(String),
    #[error("`{0}` has a domain that cannot exist")]
    Domain(String),
}

/// Reads `user@host` or `Name <user@host>`.
pub fn parse_mailbox(text: &str) -> Result<Mailbox, AddressError> {
    let mailbox: Mailbox = text.trim().parse().map_err(|_| AddressError::Syntax(text.to_owned()))?;
    let email = ascii(&mailbox.email).map_err(|refusal| refusal(text.to_owned()))?;
    Ok(Mailbox::new(mailbox.name, email))
}

fn ascii(address: &Address) -> Result<Address, fn(String) -> AddressError> {
    if !address.user().is_ascii() {
        return Err(AddressError::LocalPart);
    }
    if address.domain().starts_with('[') {
        return Ok(address.clone());
    }
    match Host::parse(address.domain()) {
        Ok(Host::Domain(domain)) => Address::new(address.user(), domain).map_err(|_| AddressError::Domain as _),
        _ => Err(AddressError::Domain),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_becomes_ascii_and_a_local_part_must_be() {
        let read = |text| parse_mailbox(text).map(|mailbox| mailbox.email.to_string());
        assert_eq!(read("desk@bücher.example"), Ok("desk@xn--bcher-kva.example".to_owned()));
        assert_eq!(read("The Desk <desk@EXAMPLE.org>"), Ok("desk@example.org".to_owned()));
        assert_eq!(read("root@localhost"), Ok("root@localhost".to_owned()));
        assert_eq!(read("стол@example.org"), Err(AddressError::LocalPart("стол@example.org".to_owned())));
        assert_eq!(read("desk"), Err(AddressError::Syntax("desk".to_owned())));
        assert!(read("desk@example.org\r\nBcc: all@example.org").is_err());
        assert!(read("desk@10.1").is_err());
    }
}
