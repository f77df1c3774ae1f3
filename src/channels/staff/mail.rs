//! A letter, through the mail server of the province.

use lettre::message::header::ContentType;
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};

use super::{BadWay, LIMIT};
use crate::domain::escalation::Way;
use crate::kernel::Secret;
use crate::service::alarms::way::Calling;
use crate::service::alarms::{Caller, Page};
use crate::service::channel::SendFault;

/// How the line to the mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protection {
    /// TLS from the first byte.
    Tls,
    /// TLS after `STARTTLS`, or no mail at all.
    StartTls,
    /// None: for a server on this machine.
    Bare,
}

/// How the mail server is reached.
pub struct MailSettings {
    /// Its name.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the line is protected.
    pub protection: Protection,
    /// Our name and password there; none where it asks for none.
    pub login: Option<(String, Secret<String>)>,
    /// Who the letters are from.
    pub from: String,
}

/// Sends letters.
pub struct Mail {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl Mail {
    /// Through a mail server.
    pub fn new(settings: MailSettings) -> Result<Self, BadWay> {
        let tls = || TlsParameters::new_rustls(settings.host.clone()).map_err(|_| BadWay);
        let tls = match settings.protection {
            Protection::Tls => Tls::Wrapper(tls()?),
            Protection::StartTls => Tls::Required(tls()?),
            Protection::Bare => Tls::None,
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(settings.host)
            .port(settings.port)
            .timeout(Some(LIMIT))
            .tls(tls);
        if let Some((user, password)) = settings.login {
            builder = builder.credentials(Credentials::new(user, password.expose().clone()));
        }
        Ok(Self { transport: builder.build(), from: settings.from.parse().map_err(|_| BadWay)? })
    }

    /// A letter that is sent twice carries the same number, so that a mail program shows it once.
    fn letter(&self, to: &Secret<String>, page: &Page) -> Option<Message> {
        Message::builder()
            .from(self.from.clone())
            .to(to.expose().parse().ok()?)
            .subject(page.subject.clone())
            .message_id(Some(format!("<{}@{}>", page.id, self.from.email.domain())))
            .header(ContentType::TEXT_PLAIN)
            .body(page.text.clone())
            .ok()
    }
}

impl Caller for Mail {
    fn way(&self) -> Way {
        Way::Email
    }

    fn call<'a>(&'a self, to: &'a Secret<String>, page: &'a Page) -> Calling<'a> {
        Box::pin(async move {
            let letter = self.letter(to, page).ok_or(SendFault::Refused(400))?;
            self.transport.send(letter).await.map(drop).map_err(|e| fault(&e))
        })
    }
}

fn fault(e: &SmtpError) -> SendFault {
    if e.is_permanent() {
        SendFault::Refused(e.status().map_or(550, |code| code.to_string().parse().unwrap_or(550)))
    } else if e.is_timeout() {
        SendFault::Uncertain
    } else if e.is_client() {
        SendFault::Refused(400)
    } else {
        SendFault::Unreachable
    }
}
