//! What `doctor` asks the homeserver.

use std::time::Duration;

use super::Finding;
use crate::channels::matrix::{Fault, Matrix, Options};
use crate::kernel::Entropy;

/// How long the homeserver may take to answer, and to call us meanwhile.
const PATIENCE: Duration = Duration::from_secs(10);

/// Whether the homeserver knows us, and whether it reaches us. Makes nothing.
pub(super) async fn user(options: Options) -> Finding {
    let name = options.user.clone();
    let matrix = match Matrix::new(options, Entropy::System) {
        Ok(matrix) => matrix,
        Err(e) => return Finding::fault("matrix", e.to_string()),
    };
    let asked = async {
        let ours = matrix.whoami().await?;
        Ok::<_, Fault>((ours, matrix.ping().await))
    };
    match tokio::time::timeout(PATIENCE, asked).await {
        Ok(Ok((false, _))) => {
            let text = format!("the homeserver takes us for another user than {name}: correct matrix.user");
            Finding::fault("matrix", text)
        }
        Ok(Ok((true, Ok(())))) => Finding::well("matrix", format!("{name} is known there and called")),
        Ok(Ok((true, Err(_)))) => Finding::fault(
            "matrix",
            "the homeserver knows us and cannot reach us: start the server, or correct matrix.url and give the \
             homeserver the new registration",
        ),
        Ok(Err(Fault::Token | Fault::Refused { .. })) => Finding::fault(
            "matrix",
            "the homeserver does not know us: give it what `tinan matrix registration` prints, and restart it",
        ),
        _ => Finding::warning(
            "matrix",
            "the homeserver does not answer: check the network and matrix.homeserver",
        ),
    }
}
