//! Logging in, and proving an [`Actor`] in each request. The secret that opens a member's key is in the
//! session's token only: nothing secret stays in memory between requests, and any node serves any session.

use crate::domain::lane::Kind;
use crate::domain::policy::{Act, Role, may};
use crate::kernel::id::{DeskId, StaffId, TenantId};
use crate::kernel::{Secret, Timestamp};
use crate::store::Tx;
use crate::store::audit::{Action, Checkpoint, Entry};
use crate::store::people::{Session, Staff};
use crate::store::writer::Work;
use crate::vault::{
    Grant, KeyId, MemberVault, PrivateKey, Role as SignedRole, SessionToken, StaffSecret, UnlockError,
    generate_phrase, meets_bar,
};

use super::{Error, Hotline, Refusal, World};

/// How stale a session's idle time may get before a request renews it, in milliseconds.
const TOUCH: i64 = 60_000;

/// A proven member of staff with the keys of their desks. Can be made by this module only, and lives for one
/// request.
pub struct Actor {
    /// Who.
    pub staff: StaffId,
    /// Whose service.
    pub tenant: TenantId,
    /// What they log in with.
    pub login: String,
    /// How colleagues know them.
    pub name: String,
    /// What they are.
    pub role: Role,
    /// Whether the password is still the one somebody else chose.
    pub starting_password: bool,
    desks: Vec<Access>,
    secret: StaffSecret,
    sid: Option<[u8; 32]>,
}

/// What a member can open.
pub(crate) struct Access {
    pub(crate) desk: DeskId,
    pub(crate) kind: Kind,
    pub(crate) lead: bool,
    pub(crate) key: PrivateKey,
}

/// A login that succeeded.
pub struct Login {
    /// To be handed to the member's browser or program, and kept nowhere.
    pub token: Secret<String>,
    /// When it ends in any case.
    pub expires_at: Timestamp,
}

impl Actor {
    /// The ids of the desks whose keys this member holds.
    pub fn desks(&self) -> impl Iterator<Item = DeskId> + '_ {
        self.desks.iter().map(|a| a.desk)
    }

    /// Whether the role allows an act.
    pub fn may(&self, act: Act) -> Result<(), Error> {
        if may(self.role, act) { Ok(()) } else { Err(Refusal::NotAllowed.into()) }
    }

    /// Whether this member leads the desk.
    #[must_use]
    pub fn leads(&self, desk: DeskId) -> bool {
        self.desks.iter().any(|a| a.desk == desk && a.lead)
    }

    pub(crate) fn accesses(&self) -> &[Access] {
        &self.desks
    }

    /// The keys with which this member can open items of a desk: the desk's own, or its parent's. None means
    /// that for this member the desk does not exist.
    pub(crate) fn keys_for(&self, world: &World, desk: DeskId) -> Vec<&PrivateKey> {
        let parent = world.desk(desk).and_then(|d| d.parent);
        self.desks
            .iter()
            .filter(|a| may(self.role, Act::Work(a.kind)))
            .filter(|a| a.desk == desk || Some(a.desk) == parent)
            .map(|a| &a.key)
            .collect()
    }

    pub(crate) fn secret(&self) -> &StaffSecret {
        &self.secret
    }
}

impl Hotline {
    /// Logs a member in. The work is the same for a name nobody has.
    pub async fn log_in(&self, login: &str, password: Secret<String>) -> Result<Login, Error> {
        let (staff, secret) = self.unlock(login, password).await?;
        let token = SessionToken::generate(self.entropy())?;
        let now = self.now();
        let session = Session {
            sid: token.sid(),
            tenant: staff.tenant,
            staff: staff.id,
            sealed_seed: token.seal_seed(self.vault(), staff.id, &secret)?,
            idle_until: now.plus(self.options().session_idle),
            absolute_until: now.plus(self.options().session_absolute),
        };
        let expires_at = session.absolute_until;
        let checkpoint = self.countersign(staff.id, &secret).await?;
        let id = self.entropy().uuid()?;
        let unit = std::sync::Arc::new((session, checkpoint, id));
        self.writer()
            .run(move |tx: &mut Tx| -> Work<'_, Result<(), Error>> {
                let unit = std::sync::Arc::clone(&unit);
                Box::pin(async move {
                    let (session, checkpoint, id) = &*unit;
                    tx.add_session(session).await?;
                    tx.add_checkpoint(*id, session.tenant, checkpoint).await?;
                    let who = session.staff;
                    tx.note(Entry::by(session.tenant, now, who, Action::LoggedIn, who.uuid()));
                    Ok(())
                })
            })
            .await?;
        let actor = self.actor_of(staff, secret, None).await?;
        if let Err(e) = self.renew_signatures(&actor).await {
            // Another lead may have been faster; the next login tries again, and doctor warns meanwhile.
            tracing::warn!(error = %e, "signed keys could not be renewed at this login");
        }
        Ok(Login { token: token.expose(), expires_at })
    }

    /// Proves a member by password for one command, without a session.
    pub async fn prove(&self, login: &str, password: Secret<String>) -> Result<Actor, Error> {
        let (staff, secret) = self.unlock(login, password).await?;
        self.actor_of(staff, secret, None).await
    }

    /// Proves the member behind a session token, and that the session has not ended. The session idles from now.
    pub async fn actor(&self, token: &str) -> Result<Actor, Error> {
        self.member_behind(token, true).await
    }

    /// Proves the member like [`Self::actor`] for a request that nobody made by hand: a page that asks by itself
    /// keeps no session alive.
    pub async fn onlooker(&self, token: &str) -> Result<Actor, Error> {
        self.member_behind(token, false).await
    }

    async fn member_behind(&self, token: &str, by_hand: bool) -> Result<Actor, Error> {
        let token = SessionToken::parse(token).map_err(|_| Refusal::NotLoggedIn)?;
        let now = self.now();
        let mut tx = self.store().read().await?;
        let session = tx.session(&token.sid(), now).await?.ok_or(Refusal::NotLoggedIn)?;
        let staff = tx.staff(session.staff).await?.ok_or(Refusal::NotLoggedIn)?;
        drop(tx);
        let secret = token
            .open_seed(self.vault(), staff.id, &session.sealed_seed)
            .map_err(|_| Refusal::NotLoggedIn)?;
        let idle_until = now.plus(self.options().session_idle);
        if by_hand && idle_until.as_millis() - session.idle_until.as_millis() > TOUCH {
            let sid = session.sid;
            self.writer()
                .run(move |tx: &mut Tx| -> Work<'_, Result<(), Error>> {
                    Box::pin(async move { Ok(tx.touch_session(&sid, idle_until).await?) })
                })
                .await?;
        }
        self.actor_of(staff, secret, Some(session.sid)).await
    }

    /// Ends the actor's session.
    pub async fn log_out(&self, actor: &Actor) -> Result<(), Error> {
        let Some(sid) = actor.sid else { return Ok(()) };
        let (tenant, who, now) = (actor.tenant, actor.staff, self.now());
        self.writer()
            .run(move |tx: &mut Tx| -> Work<'_, Result<(), Error>> {
                Box::pin(async move {
                    tx.end_session(&sid).await?;
                    tx.note(Entry::by(tenant, now, who, Action::LoggedOut, who.uuid()));
                    Ok(())
                })
            })
            .await
    }

    /// A new unlock phrase, strong enough that a stolen database cannot be searched for it.
    pub fn propose_phrase(&self) -> Result<Secret<String>, Error> {
        Ok(generate_phrase(self.entropy())?)
    }

    /// Changes the actor's password and ends their other sessions.
    pub async fn change_password(
        &self,
        actor: &Actor,
        old: Secret<String>,
        new: Secret<String>,
    ) -> Result<(), Error> {
        if !meets_bar(&new) {
            return Err(Refusal::WeakPassword.into());
        }
        let (staff, secret) = self.unlock(&actor.login, old).await?;
        let (vault, cost, id) = (self.vault().clone(), self.options().argon, staff.id);
        let row = tokio::task::spawn_blocking(move || MemberVault::lock(&vault, id, &secret, &new, cost))
            .await
            .map_err(|e| Error::Fault(super::Fault::new(e)))??;
        let unit = std::sync::Arc::new((staff.vault, row));
        let keep = actor.sid.unwrap_or_default();
        let (tenant, now) = (actor.tenant, self.now());
        self.writer()
            .run(move |tx: &mut Tx| -> Work<'_, Result<(), Error>> {
                let unit = std::sync::Arc::clone(&unit);
                Box::pin(async move {
                    tx.replace_vault(id, &unit.0, &unit.1).await?;
                    tx.end_other_sessions(id, &keep).await?;
                    tx.note(Entry::by(tenant, now, id, Action::PasswordChanged, id.uuid()));
                    Ok(())
                })
            })
            .await
    }

    /// Opens a member's vault. Argon2 is slow by design: few at once, a short queue, then "busy". That also
    /// bounds how fast wrong passwords can fill the audit log.
    async fn unlock(&self, login: &str, password: Secret<String>) -> Result<(Staff, StaffSecret), Error> {
        let (waiting, working) = self.login_permits();
        let _place = waiting.try_acquire().map_err(|_| Refusal::Busy)?;
        let staff = self.store().read().await?.staff_by_login(login).await?;
        let known = staff.as_ref().map(|s| s.id);
        let _turn = working.acquire().await.map_err(|_| Refusal::Busy)?;
        let (vault, cost) = (self.vault().clone(), self.options().argon);
        let opened = tokio::task::spawn_blocking(move || {
            if let Some(staff) = staff {
                match MemberVault::unlock(&vault, staff.id, &staff.vault, &password) {
                    Ok(secret) => Ok((staff, secret)),
                    Err(UnlockError::WrongPassword) => Err(Error::from(Refusal::NotLoggedIn)),
                    Err(e) => Err(Error::Fault(super::Fault::new(e))),
                }
            } else {
                MemberVault::dummy_work(&password, cost);
                Err(Refusal::NotLoggedIn.into())
            }
        });
        let opened = opened.await.map_err(|e| Error::Fault(super::Fault::new(e)))?;
        if matches!(opened, Err(Error::Refused(Refusal::NotLoggedIn))) {
            self.note_failure(known).await;
        }
        opened
    }

    /// Writes down that a login failed: on whose account, if there is one. A name that nobody has is not kept: it
    /// may be a password, typed into the wrong field. Known or not, it costs the same.
    async fn note_failure(&self, known: Option<StaffId>) {
        let (tenant, now) = (self.world().tenant.id, self.now());
        let noted = self
            .writer()
            .run(move |tx: &mut Tx| -> Work<'_, Result<(), Error>> {
                Box::pin(async move {
                    let whose = known.map_or(uuid::Uuid::nil(), StaffId::uuid);
                    tx.note(Entry::by_nobody(tenant, now.hour(), Action::LoginFailed, whose));
                    Ok(())
                })
            })
            .await;
        if let Err(e) = noted {
            tracing::warn!(error = %e, "a failed login was not written down");
        }
    }

    /// Opens the desks of a member. Rows only say where to look: what counts is signed.
    async fn actor_of(
        &self,
        staff: Staff,
        secret: StaffSecret,
        sid: Option<[u8; 32]>,
    ) -> Result<Actor, Error> {
        let world = self.world();
        let public = world.directory.unrevoked(staff.id).ok_or(Refusal::NotLoggedIn)?;
        if public.sign_key.kid() != secret.sign_kid() || !role_fits(staff.role, public.role) {
            tracing::error!("a member's row and signed entry disagree: the member is refused");
            return Err(Refusal::NotLoggedIn.into());
        }
        let mut tx = self.store().read().await?;
        let grants = tx.grants_of(staff.id).await?;
        drop(tx);
        let mut desks = Vec::with_capacity(grants.len());
        for row in grants {
            let Some(desk) = world.desk(row.desk) else { continue };
            let opened = Grant::from_row(row.bytes)
                .and_then(|grant| grant.open(self.vault(), &world.directory, &secret));
            match opened {
                Ok(key) => desks.push(Access {
                    desk: desk.id,
                    kind: desk.kind,
                    lead: matches!(public.role, SignedRole::Lead(_)) && public.desk == Some(desk.id),
                    key,
                }),
                Err(e) => tracing::error!(error = %e, "a grant does not hold and is not used"),
            }
        }
        Ok(Actor {
            staff: staff.id,
            tenant: staff.tenant,
            login: staff.login,
            name: staff.name,
            role: staff.role,
            starting_password: staff.starting_password,
            desks,
            secret,
            sid,
        })
    }

    /// A statement of all audit heads, signed with the member's own key, which the server does not have.
    async fn countersign(&self, staff: StaffId, secret: &StaffSecret) -> Result<Checkpoint, Error> {
        let heads = self.store().read().await?.heads().await?;
        let heads = serde_json::to_string(&heads).map_err(|e| Error::Fault(super::Fault::new(e)))?;
        let signature = secret.sign(heads.as_bytes()).to_vec();
        Ok(Checkpoint { staff, at: self.now(), heads, signature })
    }
}

/// Whether a row's role is the one that was signed: who works at a desk is what that desk's kind takes.
fn role_fits(role: Role, signed: SignedRole) -> bool {
    let signed = match signed {
        SignedRole::Lead(kind) | SignedRole::Member(kind) => Role::working(kind),
        SignedRole::Supervisor => Role::Supervisor,
        SignedRole::Administrator => Role::Administrator,
        SignedRole::Auditor => Role::Auditor,
    };
    role == signed
}

/// The token that a form of a logged-in page must carry: follows from the session's token, which a foreign
/// page does not have.
#[must_use]
pub fn form_token(session: &str) -> Option<String> {
    let token = SessionToken::parse(session).ok()?;
    Some(data_encoding::HEXLOWER.encode(token.derive("form").expose().get(..16)?))
}

/// The id of the key a wrap must name to be opened by one of these.
pub(crate) fn kids(keys: &[&PrivateKey]) -> Vec<KeyId> {
    keys.iter().map(|k| k.kid()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_counsellor_fits_a_tips_desk_and_no_officer_a_counselling_desk() {
        for kind in Kind::ALL {
            for signed in [SignedRole::Lead(kind), SignedRole::Member(kind)] {
                let fitting: Vec<Role> = Role::ALL.into_iter().filter(|r| role_fits(*r, signed)).collect();
                assert_eq!(fitting, [Role::working(kind)], "{signed:?}");
            }
        }
        for signed in [SignedRole::Administrator, SignedRole::Supervisor, SignedRole::Auditor] {
            assert_eq!(Role::ALL.into_iter().filter(|r| role_fits(*r, signed)).count(), 1, "{signed:?}");
        }
    }
}
