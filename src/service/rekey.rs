//! Starting the keyring's chains anew, when somebody may have copied the file.

use super::{Error, Fault, Hotline};
use crate::store::audit::{Action, Entry};
use crate::store::writer::Work;
use crate::store::{Tx, meta};

impl Hotline {
    /// Starts new chains and tells the database, so that a node with the old file refuses to start. Old keys
    /// stay until nothing needs them.
    ///
    /// The file is written inside the open transaction, so that a database that is away changes no file; only
    /// a crash in the instant before the commit can part the two, and then the start says so.
    pub async fn renew_keys(&self) -> Result<(), Error> {
        let (tenant, now, this) = (self.world().tenant.id, self.now(), self.clone());
        self.writer()
            .run(move |tx: &mut Tx| -> Work<'_, Result<(), Error>> {
                let this = this.clone();
                Box::pin(async move {
                    tx.note(Entry::by_nobody(tenant, now.hour(), Action::KeysRenewed, tenant.uuid()));
                    this.keyring().renew(this.entropy(), now).map_err(|e| Error::Fault(Fault::new(e)))?;
                    let fingerprint = data_encoding::HEXLOWER.encode(&this.keyring().fingerprint());
                    Ok(tx.set_meta(meta::name::KEYRING, &fingerprint).await?)
                })
            })
            .await
    }
}
