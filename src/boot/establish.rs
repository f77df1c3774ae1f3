//! The first set-up, from the command line or a browser: checks the place, makes the keyring, runs the
//! service's set-up, and says in one text what three persons must now write down.

use anyhow::{Result, bail};

use super::config::Config;
use super::open::{Base, Standing, Told};
use crate::domain::lane::Kind;
use crate::domain::places::Places;
use crate::service::setup::{Established, Request, set_up};
use crate::service::{Error, Fault, Refusal};
use crate::store::meta;

/// The full name of a province by its two-digit code.
#[must_use]
pub fn province(code: &str) -> Option<&'static str> {
    Places::embedded().ok()?.province_full(code)
}

/// Sets up from the command line. Refuses, and changes nothing, where something is set up already.
pub async fn establish(base: &Base, config: &Config, request: Request) -> Result<Established> {
    base.store.migrate().await?;
    if let Standing::SetUp(identity, _) = base.standing().await? {
        bail!("set up already (deployment {}); nothing was changed", identity.deployment);
    }
    Ok(establish_for(base, config, request).await.map_err(Told::from)?)
}

/// Sets up on a database that is up to date; the database itself lets only one succeed.
pub async fn establish_for(base: &Base, config: &Config, request: Request) -> Result<Established, Error> {
    if province(&request.province).is_none() {
        return Err(Refusal::Field("province").into());
    }
    let ground = base.ground(&config.service);
    let ground = ground.map_err(|e| Error::Fault(Fault::new(std::io::Error::other(format!("{e:#}")))))?;
    let place = base.place.clone();
    let made = set_up(&ground, request, move |identity| place.publish(identity)).await;
    if made.is_err() {
        take_back(base).await;
    }
    made
}

/// After a set-up that failed: the folder must not claim what the database does not know. Whether it knows is
/// asked, since a failed commit may have happened.
async fn take_back(base: &Base) {
    let Ok(mut tx) = base.store.read().await else { return };
    if matches!(tx.meta(meta::name::DEPLOYMENT).await, Ok(None)) {
        let _there_was_none = std::fs::remove_file(base.place.identity_file());
    }
}

/// The secrets of a set-up as they are printed, once.
#[must_use]
pub fn keys_to_write_down(made: &Established) -> String {
    let mut out = String::from(
        "WRITE THESE DOWN ON PAPER NOW. They are stored nowhere and cannot be shown again.\n\
         Give each recovery key to another person; any two of a desk's three open that desk's cases\n\
         if all its members are lost. Custodians of counselling must not be police. The root key signs a new\n\
         administrator or first lead: lock it away, apart from the server.\n\n",
    );
    out.push_str(&format!("root key\n  {}\n", made.root.expose()));
    for (kind, keys) in &made.custodians {
        out.push_str(&format!("\nrecovery keys, desk {}\n", kind.as_str()));
        for (name, key) in ["A", "B", "C"].iter().zip(keys) {
            out.push_str(&format!("  {name}  {}\n", key.expose()));
        }
    }
    out.push_str(&format!("\ndeployment {}\n", made.identity.deployment));
    out
}

/// `tips=LOGIN` as the command line and the form give it.
#[must_use]
pub fn parse_lead(text: &str) -> Option<(Kind, String)> {
    let (desk, login) = text.split_once('=')?;
    Some((Kind::parse(desk)?, login.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_province_is_known_by_its_code() {
        assert_eq!(province("19"), Some("Tỉnh Thái Nguyên"));
        assert_eq!(province("92"), Some("Thành phố Cần Thơ"));
        for none in ["", "1", "00", "code", "Thái Nguyên"] {
            assert_eq!(province(none), None, "{none}");
        }
    }

    #[test]
    fn a_lead_names_desk_and_login() {
        assert_eq!(parse_lead("tips=anh"), Some((Kind::Tips, "anh".to_owned())));
        for bad in ["tips", "police=anh", "=anh", ""] {
            assert_eq!(parse_lead(bad), None, "{bad}");
        }
    }
}
