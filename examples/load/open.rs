//! One case with twenty messages, opened and decrypted again and again. Reading is an audit event, so each
//! opening is committed too: told apart here by what one commit costs on the same disk.

use anyhow::{Context as _, Result};
use tinan::boot::open::Told;
use tinan::domain::receipt::Receipt;
use tinan::service::{Actor, Hotline};

use crate::forge::{Forge, WORDS};
use crate::ground::{Database, Ground};
use crate::measure::times;

const MESSAGES: usize = 20;
const TIMES: usize = 300;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[arg(long, value_enum, default_value = "sqlite")]
    database: Database,
}

pub(crate) async fn run(args: Args) -> Result<()> {
    let ground = Ground::new(args.database).await?;
    let hotline = ground.node().await?;
    let officers = ground.officers(&hotline, 1).await?;
    let actor = officers.first().context("the lead")?;
    let case = long_case(&hotline, actor).await?;
    let opened = times(TIMES, async || {
        let view = hotline.open_case(actor, case).await.map_err(Told::from)?;
        anyhow::ensure!(view.thread.len() == MESSAGES, "{} messages", view.thread.len());
        Ok(())
    })
    .await?;
    println!("a case of {MESSAGES} messages opened, its audit entry committed: {opened}");
    let writer = Forge::new(&ground).await?.writer(&ground)?;
    let commit = times(TIMES, async || {
        writer
            .run(|tx: &mut tinan::store::Tx| -> tinan::store::writer::Work<'_, Result<_, _>> {
                Box::pin(tx.set_meta("load", "a commit and nothing else"))
            })
            .await?;
        anyhow::Ok(())
    })
    .await?;
    println!("one commit of one row on the same disk: {commit}");
    let own = opened.at(500).saturating_sub(commit.at(500));
    println!("reading and decrypting, without the commit: about {own:?}");
    Ok(())
}

/// A tip with nineteen more messages from the same person.
async fn long_case(hotline: &Hotline, actor: &Actor) -> Result<tinan::kernel::id::CaseId> {
    use tinan::domain::{case::Priority, document::Details, lane::Kind};
    let submission = tinan::service::intake::Submission {
        kind: Kind::Tips,
        text: WORDS.to_owned(),
        locale: "vi".to_owned(),
        channel: "api".to_owned(),
        details: Details::default(),
        priority: Priority::NORMAL,
        reads_as_tip: true,
    };
    let accepted = hotline.submit(submission, None).await.map_err(Told::from)?;
    let readings = Receipt::parse(&accepted.receipt).map_err(|_| anyhow::anyhow!("a receipt"))?;
    for _ in 1..MESSAGES {
        hotline.add_message(&readings, WORDS, None).await.map_err(Told::from)?;
    }
    let page = hotline.queue(actor, "tips", None, None).await.map_err(Told::from)?;
    Ok(page.cases.first().context("the case")?.case.id)
}
