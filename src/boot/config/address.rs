//! Addresses that secrets go to.

use super::read::Reader;

/// Plain http would carry receipts, passwords and proofs in the open: only this machine itself may have it. Without a
/// slash at the end.
pub(super) fn checked(r: &mut Reader, key: &str, url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let authority = rest.split('/').next().unwrap_or_default();
    let host = match authority.strip_prefix('[').and_then(|v6| v6.split_once(']')) {
        Some((v6, _)) => v6,
        None => authority.split(':').next().unwrap_or_default(),
    };
    let loopback = host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
    let bare = rest.trim_end_matches('/') == authority && !authority.contains('@');
    if host.is_empty() || !bare || !matches!(scheme, "http" | "https") {
        r.fault(key, "must be https://HOST or https://HOST:PORT, without a path");
        None
    } else if scheme == "http" && !loopback {
        r.fault(key, "must begin with https:// (plain http is for this machine only)");
        None
    } else {
        Some(url.trim_end_matches('/').to_owned())
    }
}
