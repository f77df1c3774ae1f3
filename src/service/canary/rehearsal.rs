//! The intake's canary. Everything a citizen's tip does up to the commit is done with a real case, in a unit that then
//! gives it all back, number and register entry included; a canary without a case is what is committed.

use std::convert::Infallible;
use std::sync::Arc;

use crate::domain::canary::{Line, WEB, words};
use crate::domain::case::Priority;
use crate::domain::document::Details;
use crate::domain::lane::Kind;
use crate::kernel::id::RowId;
use crate::service::intake::Submission;
use crate::service::{Error, Hotline};
use crate::store::writer::{AsStoreError, Work};
use crate::store::{StoreError, Tx};

/// How a rehearsal ends. There is no good end that would leave something behind: a unit keeps nothing of an error.
enum Rehearsed {
    /// The case stood, with its number, and is taken back.
    Stood,
    /// It did not.
    Failed(StoreError),
}

impl From<StoreError> for Rehearsed {
    fn from(e: StoreError) -> Self {
        Self::Failed(e)
    }
}

impl AsStoreError for Rehearsed {
    fn into_retryable(self) -> Result<StoreError, Self> {
        match self {
            Self::Stood => Err(Self::Stood),
            Self::Failed(e) => e.into_retryable().map_err(Self::Failed),
        }
    }
}

impl Hotline {
    /// Sends a canary through the intake of web pages and programs. With the database away it is not kept in the
    /// spool, as a tip would be: that its line is late is what people must be told.
    pub(super) async fn through_intake(&self, line: &Line, canary: RowId) -> Result<(), Error> {
        self.rehearse(canary).await?;
        let new = Arc::new(self.arrived(line.name.clone(), canary)?);
        self.writer()
            .run(move |tx: &mut Tx| -> Work<'_, Result<(), Error>> {
                let new = Arc::clone(&new);
                Box::pin(async move {
                    tx.open_canary(&new).await?;
                    tx.answer_canary(new.id, new.arrived).await?;
                    Ok(())
                })
            })
            .await
    }

    async fn rehearse(&self, canary: RowId) -> Result<(), Error> {
        let tip = Submission {
            kind: Kind::Tips,
            text: words(canary),
            locale: self.talk().locale.as_str().to_owned(),
            channel: WEB.to_owned(),
            details: Details::default(),
            priority: Priority::NORMAL,
            reads_as_tip: true,
        };
        let case = Arc::new(self.seal_submission(&self.world(), &tip)?.case);
        let outcome = self
            .writer()
            .run(move |tx: &mut Tx| -> Work<'_, Result<Infallible, Rehearsed>> {
                let case = Arc::clone(&case);
                Box::pin(async move {
                    Err(if tx.rehearse_case(&case).await? {
                        Rehearsed::Stood
                    } else {
                        Rehearsed::Failed(StoreError::Stale)
                    })
                })
            })
            .await;
        match outcome {
            Err(Rehearsed::Stood) => Ok(()),
            Err(Rehearsed::Failed(e)) => Err(e.into()),
            Ok(never) => match never {},
        }
    }
}
