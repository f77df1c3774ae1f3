//! Plays the scenes through the service, each at its own moment.

use std::collections::BTreeMap;

use anyhow::{Context, Result};

use super::script::{Act, PAST, Scene, Script};
use super::{Login, Told};
use crate::boot::config::Config;
use crate::boot::open::{Base, Standing};
use crate::domain::lane::Kind;
use crate::domain::receipt::Receipt;
use crate::domain::state::State;
use crate::kernel::id::CaseId;
use crate::kernel::{Clock, Secret, Timestamp};
use crate::service::casework::Step;
use crate::service::people::NewStaff;
use crate::service::{Actor, Hotline};

/// The service in the past, and those who work in it.
pub(super) struct Stage {
    hotline: Hotline,
    clock: Clock,
    members: Vec<(Kind, Vec<Actor>)>,
}

/// Codes that a stranger can check.
#[derive(Default)]
pub(super) struct Receipts {
    /// Of a tip that has an answer.
    pub(super) tip: Option<String>,
    /// Of a talk with a counsellor.
    pub(super) talk: Option<String>,
}

/// An invented case that came.
struct Played {
    id: CaseId,
    version: i64,
    receipt: String,
    state: State,
    answered: bool,
}

impl Stage {
    /// Opens the service, adds everybody else, and has all who work at a desk prove themselves.
    pub(super) async fn enter(past: &Base, config: &Config, logins: &[Login]) -> Result<Self> {
        let Standing::SetUp(identity, keyring) = past.standing().await? else {
            anyhow::bail!("the demonstration was not set up");
        };
        let hotline = past.open(config, *identity, keyring).await.map_err(Told::from)?;
        let mut stage = Self { hotline, clock: past.clock.clone(), members: Vec::new() };
        for kind in Kind::ALL {
            let team = logins.iter().filter(|l| l.person.desk.as_deref() == Some(kind.as_str()));
            let team = stage.gather(team.collect()).await?;
            stage.members.push((kind, team));
        }
        // the administrator comes first, then those without a desk
        stage.gather(logins.iter().filter(|l| l.person.desk.is_none()).collect()).await?;
        Ok(stage)
    }

    /// The first was made by the set-up and adds the others.
    async fn gather(&self, team: Vec<&Login>) -> Result<Vec<Actor>> {
        let mut proven: Vec<Actor> = Vec::new();
        for login in team {
            let password = || Secret::new(login.password.expose().clone());
            let p = &login.person;
            if let Some(first) = proven.first() {
                let (login, name) = (p.login.clone(), p.name.clone());
                let new = NewStaff { login, name, role: p.role, desk: p.desk.clone() };
                self.hotline.add_staff(first, new, password()).await.map_err(Told::from)?;
            }
            proven.push(self.hotline.prove(&p.login, password()).await.map_err(Told::from)?);
        }
        Ok(proven)
    }

    /// Plays everything, ends in the present with two cases being worked on, and returns codes to check.
    pub(super) async fn play(self, script: &Script, now: Timestamp) -> Result<Receipts> {
        self.clock.set(now.minus(PAST));
        let mut cases = BTreeMap::new();
        for scene in script.scenes(now) {
            self.clock.set(scene.at);
            self.scene(scene, &mut cases).await?;
        }
        self.clock.set(now);
        for kind in [Kind::Tips, Kind::Counselling] {
            let actor = self.actor(kind, 1)?;
            self.hotline.next_case(actor, kind.as_str(), None).await.map_err(Told::from)?;
        }
        let newest = |state: State| {
            let found = cases.values().rev().find(|c: &&Played| c.answered && c.state == state);
            found.map(|c| c.receipt.clone())
        };
        Ok(Receipts { tip: newest(State::Classified), talk: newest(State::InCounselling) })
    }

    fn actor(&self, kind: Kind, case: usize) -> Result<&Actor> {
        let team = self.members.iter().find(|(k, _)| *k == kind).map(|(_, t)| t);
        team.and_then(|t| t.iter().cycle().nth(case)).context("a desk without members")
    }

    async fn scene(&self, scene: Scene, cases: &mut BTreeMap<usize, Played>) -> Result<()> {
        let Scene { case, kind, act, .. } = scene;
        if let Act::Submit(submission) = act {
            let accepted = self.hotline.submit(*submission, None).await.map_err(Told::from)?;
            cases.insert(case, self.look(accepted.receipt).await?);
            return Ok(());
        }
        let played = cases.get_mut(&case).context("a scene before its case")?;
        let actor = self.actor(kind, case % 3)?;
        self.act(actor, played, act).await
    }

    async fn act(&self, actor: &Actor, played: &mut Played, act: Act) -> Result<()> {
        let step = Step { case: played.id, version: played.version, once: None };
        let hotline = &self.hotline;
        let done = match act {
            Act::Submit(_) => return Ok(()),
            Act::Add(text) => {
                let readings = Receipt::parse(&played.receipt)?;
                hotline.add_message(&readings, &text, None).await.map_err(Told::from)?;
                return Ok(());
            }
            Act::Take => {
                let claimed = hotline.claim(actor, &step).await.map_err(Told::from)?;
                hotline.acknowledge(actor, &Step { version: claimed.version, ..step }).await
            }
            Act::Reply(text) => {
                played.answered = true;
                hotline.reply(actor, &step, &text).await
            }
            Act::Note(text) => hotline.note(actor, &step, &text).await,
            Act::Move(to, reason) => hotline.transition(actor, &step, to, &reason).await,
        };
        let done = done.map_err(Told::from)?;
        (played.version, played.state) = (done.version, done.state);
        Ok(())
    }

    /// The case of a receipt that was just given out, as its desk sees it.
    async fn look(&self, receipt: String) -> Result<Played> {
        let mut tx = self.hotline.store().read().await?;
        let readings = Receipt::parse(&receipt)?;
        let found = self.hotline.find(&mut tx, &readings).await.map_err(Told::from)?;
        let found = found.context("a receipt that finds nothing")?;
        let case = tx.case(found.tenant, found.case).await?.context("a case that is not there")?;
        Ok(Played { id: case.id, version: case.version, receipt, state: case.state, answered: false })
    }
}
