//! Which addresses are public. A name is looked up here, and only what it means at that moment and is public is
//! connected to: a name that points elsewhere a moment later gains nothing.

use std::error::Error as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// Whether an address may be asked at all: https, by a name or by a public number. What a name means is looked at
/// when it is resolved.
pub(super) fn may_be_asked(url: &Url) -> bool {
    let number = |ip: IpAddr| is_public(ip);
    url.scheme() == "https"
        && match url.host_str().map(|h| h.trim_start_matches('[').trim_end_matches(']')) {
            None | Some("") => false,
            Some(host) => host.parse::<IpAddr>().map_or(true, number),
        }
}

/// The name means no public place.
#[derive(Debug, thiserror::Error)]
#[error("no public address")]
struct NotPublic;

/// Whether a call failed because of what its name means.
pub(super) fn stopped(error: &reqwest::Error) -> bool {
    let mut cause = error.source();
    while let Some(inner) = cause {
        if inner.is::<NotPublic>() {
            return true;
        }
        cause = inner.source();
    }
    false
}

/// A resolver that knows no private place.
pub(super) struct PublicOnly;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Vec<_> = found.filter(|at| is_public(at.ip())).collect();
            if public.is_empty() {
                return Err(NotPublic.into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

/// All but this host, private and shared networks, protocol assignments, tests, multicast and the reserved rest.
fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let special = ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_documentation()
        || ip.is_multicast()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (b == 18 || b == 19));
    !special
}

/// Only global unicast (`2000::/3`), and of it nothing that carries an IPv4 address or documents something.
fn is_public_v6(ip: Ipv6Addr) -> bool {
    if let Some(v4) = ip.to_ipv4_mapped() {
        return is_public_v4(v4);
    }
    let [first, second, ..] = ip.segments();
    let global = first & 0xe000 == 0x2000;
    let tunnelled = first == 0x2002 || (first == 0x2001 && second == 0);
    let documents = first == 0x2001 && second == 0x0db8;
    global && !tunnelled && !documents
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_places_over_https_may_be_asked() {
        let may = |text: &str| may_be_asked(&Url::parse(text).expect("a url"));
        for good in ["https://photo.zdn.vn/1.jpg", "https://8.8.8.8/x", "https://[2606:4700::1111]/x"] {
            assert!(may(good), "{good}");
        }
        let bad = [
            "http://photo.zdn.vn/1.jpg",
            "ftp://8.8.8.8/x",
            "https://127.0.0.1/x",
            "https://2130706433/x",
            "https://0x7f.1/x",
            "https://10.1.2.3/x",
            "https://172.16.0.1/x",
            "https://192.168.1.1/x",
            "https://169.254.169.254/latest/meta-data",
            "https://100.64.0.1/x",
            "https://0.0.0.0/x",
            "https://[::1]/x",
            "https://[::ffff:10.0.0.1]/x",
            "https://[fd00::1]/x",
            "https://[fe80::1]/x",
            "https://[64:ff9b::a00:1]/x",
            "https://[2002:7f00:1::]/x",
        ];
        for address in bad {
            assert!(!may(address), "{address}");
        }
    }

    #[tokio::test]
    async fn a_name_of_a_private_place_is_not_known() {
        let name = "localhost".parse().expect("a name");
        assert!(PublicOnly.resolve(name).await.is_err());
    }
}
