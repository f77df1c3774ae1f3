//! Signed keys end. When a lead logs in, the keys of the desk and of its members that end soon are signed
//! anew, with the lead's own key; the administrator does the same for the roles without a desk. The program
//! cannot do it by itself, and an expired lead cannot either: then the root must.

use std::sync::Arc;

use super::access::Actor;
use super::{Error, Hotline, World};
use crate::domain::policy::Role;
use crate::store::Tx;
use crate::store::audit::{Action, Entry as AuditEntry};
use crate::store::writer::Work;
use crate::vault::{Entry, Owner, StaffKeys, Subject};

impl Hotline {
    /// Signs anew what ends within the warning time and the actor may sign. Returns how many entries.
    pub(crate) async fn renew_signatures(&self, actor: &Actor) -> Result<usize, Error> {
        let world = self.world();
        let entries: Vec<Entry> = world
            .directory
            .expiring_within(self.options().renew_within_days)
            .iter()
            .filter_map(|ending| renewable(&world, actor, ending.owner))
            .zip(1..)
            .map(|(subject, ahead)| self.sign(actor, &world, ahead, subject))
            .collect();
        if entries.is_empty() {
            return Ok(0);
        }
        let amount = entries.len();
        self.directory_with(&world, &entries)?;
        let rows: Vec<_> = (world.serial + 1..).zip(entries.iter().map(Entry::to_bytes)).collect();
        let (rows, tenant, who, now) = (Arc::new(rows), actor.tenant, actor.staff, self.now());
        self.writer()
            .run(move |tx: &mut Tx| -> Work<'_, Result<(), Error>> {
                let rows = Arc::clone(&rows);
                Box::pin(async move {
                    for (serial, entry) in rows.iter() {
                        tx.add_directory_entry(tenant, *serial, entry).await?;
                    }
                    tx.note(AuditEntry::by(tenant, now, who, Action::KeysSigned, who.uuid()));
                    Ok(())
                })
            })
            .await?;
        self.refresh().await?;
        Ok(amount)
    }
}

/// The same keys for a longer time, if the actor may sign for them.
fn renewable(world: &World, actor: &Actor, owner: Owner) -> Option<Subject> {
    match owner {
        Owner::Desk(desk) if actor.leads(desk) => Some(Subject::Desk {
            desk,
            kind: world.directory.kind(desk)?,
            parent: world.directory.parent(desk),
            key: world.directory.desk(desk).ok()?.to_bytes(),
        }),
        Owner::Staff(id) => {
            let public = world.directory.staff(id)?;
            let may = match public.desk {
                Some(desk) => actor.leads(desk),
                None => actor.role == Role::Administrator,
            };
            let keys = StaffKeys { wrap: public.wrap_key.to_bytes(), sign: public.sign_key.to_bytes() };
            may.then_some(Subject::Staff { staff: id, role: public.role, desk: public.desk, keys })
        }
        Owner::Desk(_) | Owner::Custodian(_) => None,
    }
}
