//! Who is called, and over which wires: the province's file of alarms, and the settings of each way.

use std::sync::Arc;

use super::Config;
use super::read::Reader;
use crate::channels::staff::{Bridge, Mail, MailSettings, Protection, Sms, SmsSettings, Webhook};
use crate::domain::escalation::{EMBEDDED, Plan, Way};
use crate::kernel::{Clock, Secret};
use crate::service::alarms::Caller;

/// The plan, and what each way needs.
pub struct AlarmSettings {
    /// Who is called when.
    pub plan: Arc<Plan>,
    webhook: Option<Secret<String>>,
    bridge: Option<(String, Secret<String>)>,
    sms: Option<SmsSettings>,
    mail: Option<MailSettings>,
}

fn copy(secret: &Secret<String>) -> Secret<String> {
    Secret::new(secret.expose().clone())
}

impl AlarmSettings {
    /// The callers of all ways that are set; each that cannot be built says which setting it hangs on.
    fn build(&self, clock: &Clock) -> Vec<Result<Arc<dyn Caller>, &'static str>> {
        let mut all: Vec<Result<Arc<dyn Caller>, &'static str>> = Vec::new();
        if let Some(secret) = &self.webhook {
            let made = Webhook::new(copy(secret), clock.clone());
            all.push(made.map(|c| Arc::new(c) as Arc<dyn Caller>).map_err(|_| "alarms.webhook_secret"));
        }
        if let Some((url, secret)) = &self.bridge {
            let made = Bridge::new(url.clone(), copy(secret), clock.clone());
            all.push(made.map(|c| Arc::new(c) as Arc<dyn Caller>).map_err(|_| "alarms.bridge_url"));
        }
        if let Some(SmsSettings { url, user, password, from }) = &self.sms {
            let password = copy(password);
            let (url, user, from) = (url.clone(), user.clone(), from.clone());
            let made = Sms::new(SmsSettings { url, user, password, from });
            all.push(made.map(|c| Arc::new(c) as Arc<dyn Caller>).map_err(|_| "alarms.sms_url"));
        }
        if let Some(mail) = &self.mail {
            let login = mail.login.as_ref().map(|(user, password)| (user.clone(), copy(password)));
            let (host, from) = (mail.host.clone(), mail.from.clone());
            let (port, protection) = (mail.port, mail.protection);
            let made = Mail::new(MailSettings { host, port, protection, login, from });
            all.push(made.map(|c| Arc::new(c) as Arc<dyn Caller>).map_err(|_| "alarms.mail_from"));
        }
        all
    }

    /// Whether the settings here are enough for a way.
    fn has(&self, way: Way) -> bool {
        match way {
            Way::Webhook => self.webhook.is_some(),
            Way::Call => self.bridge.is_some(),
            Way::Sms => self.sms.is_some(),
            Way::Email => self.mail.is_some(),
            // Messengers are other parts of the settings.
            Way::Console | Way::Telegram | Way::Zalo => true,
        }
    }
}

impl Config {
    /// The callers of the ways that are set up.
    #[must_use]
    pub fn callers(&self, clock: &Clock) -> Vec<Arc<dyn Caller>> {
        self.alarms.build(clock).into_iter().filter_map(Result::ok).collect()
    }
}

/// The settings, checked by building every way once.
pub(super) fn alarms(r: &mut Reader, telegram: bool) -> Option<AlarmSettings> {
    let (plan, webhook) = (plan(r), r.secret("alarms.webhook_secret", "alarms.webhook_secret_file"));
    let (bridge, sms, mail) = (bridge(r), sms(r), mail(r));
    let plan = Arc::new(plan?);
    let settings = AlarmSettings { plan, webhook: webhook?, bridge: bridge?, sms: sms?, mail: mail? };
    for key in settings.build(&Clock::System).into_iter().filter_map(Result::err) {
        r.fault(key, "cannot be used");
    }
    for (way, key) in [
        (Way::Webhook, "alarms.webhook_secret"),
        (Way::Call, "alarms.bridge_url"),
        (Way::Sms, "alarms.sms_url"),
        (Way::Email, "alarms.smtp_host"),
    ] {
        if uses(&settings.plan, way) && !settings.has(way) {
            r.fault("alarms.file", &format!("calls people by {}, but {key} is not set", way.as_str()));
        }
    }
    if uses(&settings.plan, Way::Telegram) && !telegram {
        r.fault("alarms.file", "calls people by telegram, but there is no telegram.token");
    }
    Some(settings)
}

fn uses(plan: &Plan, way: Way) -> bool {
    let steps = plan.chains().flat_map(|(_, chain)| chain.steps()).any(|step| step.ways.contains(&way));
    steps
        || plan
            .shifts()
            .iter()
            .flat_map(|s| &s.people)
            .any(|login| plan.person(login).is_some_and(|person| person.digest.contains(&way)))
}

fn plan(r: &mut Reader) -> Option<Plan> {
    let path = r.text("alarms.file")?;
    let own = if path.is_empty() {
        None
    } else {
        match std::fs::read_to_string(&path) {
            Ok(text) => Some(text),
            Err(e) => {
                r.fault("alarms.file", &format!("names a file that cannot be read: {path}: {e}"));
                return None;
            }
        }
    };
    let mut files = vec![("config/alarms.toml", EMBEDDED)];
    files.extend(own.as_deref().map(|text| (path.as_str(), text)));
    match Plan::read(&files) {
        Ok(plan) => Some(plan),
        Err(faults) => {
            for fault in faults {
                r.plain(&fault.place, &fault.text);
            }
            None
        }
    }
}

/// The address of a gateway or a bridge, which may stand in the same room and speak plain http.
fn url(r: &mut Reader, key: &str) -> Option<String> {
    let url = r.text(key)?;
    let good = url.is_empty() || url.starts_with("https://") || url.starts_with("http://");
    if !good {
        r.fault(key, "must be an http or https address");
    }
    good.then_some(url)
}

#[expect(clippy::option_option, reason = "not set is not the same as set wrongly")]
fn bridge(r: &mut Reader) -> Option<Option<(String, Secret<String>)>> {
    let (url, secret) =
        (url(r, "alarms.bridge_url"), r.secret("alarms.bridge_secret", "alarms.bridge_secret_file"));
    let (url, secret) = (url?, secret?);
    match (url.is_empty(), secret) {
        (true, _) => Some(None),
        (false, Some(secret)) => Some(Some((url, secret))),
        (false, None) => {
            r.fault(
                "alarms.bridge_url",
                "needs alarms.bridge_secret_file too, so that the bridge knows who asks",
            );
            None
        }
    }
}

#[expect(clippy::option_option, reason = "not set is not the same as set wrongly")]
fn sms(r: &mut Reader) -> Option<Option<SmsSettings>> {
    let (url, user, from) = (url(r, "alarms.sms_url"), r.text("alarms.sms_user"), r.text("alarms.sms_from"));
    let password = r.secret("alarms.sms_password", "alarms.sms_password_file");
    let (url, user, from, password) = (url?, user?, from?, password?);
    if url.is_empty() {
        return Some(None);
    }
    let password = password.unwrap_or_else(|| Secret::new(String::new()));
    Some(Some(SmsSettings { url, user, password, from }))
}

#[expect(clippy::option_option, reason = "not set is not the same as set wrongly")]
fn mail(r: &mut Reader) -> Option<Option<MailSettings>> {
    let (host, from, user) =
        (r.text("alarms.smtp_host"), r.text("alarms.mail_from"), r.text("alarms.smtp_user"));
    let (port, tls) =
        (r.number("alarms.smtp_port", 1, 65_535), r.one_of("alarms.smtp_tls", &["starttls", "tls", "none"]));
    let password = r.secret("alarms.smtp_password", "alarms.smtp_password_file");
    let (host, from, user, tls) = (host?, from?, user?, tls?);
    let (port, password) = (u16::try_from(port?).ok()?, password?);
    if host.is_empty() {
        return Some(None);
    }
    let protection = match tls.as_str() {
        "tls" => Protection::Tls,
        "none" => Protection::Bare,
        _ => Protection::StartTls,
    };
    if protection == Protection::Bare && password.is_some() {
        r.fault("alarms.smtp_tls", "must not be none where there is a password");
        return None;
    }
    let login = password.map(|password| (user, password));
    Some(Some(MailSettings { host, port, protection, login, from }))
}
