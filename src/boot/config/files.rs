//! Where sealed files lie: in a folder, or in an object store.

use std::path::{Path, PathBuf};

use super::read::Reader;
use super::{Config, address};
use crate::service::Identity;
use crate::store::files::{BadBucket, Bucket, BucketOptions, Shelf};

/// How a certificate begins.
const PEM: &[u8] = b"-----BEGIN CERTIFICATE-----";

/// Where sealed files are and how large one may be.
pub struct Files {
    /// The folder.
    pub dir: PathBuf,
    /// The largest file, in bytes.
    pub largest: u64,
    /// The object store that is used instead of the folder.
    pub bucket: Option<Box<BucketOptions>>,
}

impl Config {
    /// The shelf of an installation. In an object store each has a part of its own: what no row names is removed, and
    /// the rows of another would not be asked.
    pub fn shelf(&self, identity: &Identity) -> Result<Shelf, BadBucket> {
        Ok(match &self.files.bucket {
            None => Shelf::new(&self.files.dir),
            Some(bucket) => Shelf::Bucket(Bucket::new(bucket, &identity.deployment.to_string())?),
        })
    }
}

pub(super) fn files(r: &mut Reader, data: Option<&Path>) -> Option<Files> {
    let (dir, largest) = (r.text("files.dir"), r.number("files.largest_mib", 1, 4096));
    let bucket = bucket(r);
    Some(Files {
        dir: dir.filter(|d| !d.is_empty()).map(PathBuf::from).or_else(|| data.map(|d| d.join("files")))?,
        largest: largest? << 20,
        bucket: bucket?.map(Box::new),
    })
}

/// The outer `None` is a fault, the inner one "no object store".
#[expect(clippy::option_option, reason = "not set is not the same as set wrongly")]
fn bucket(r: &mut Reader) -> Option<Option<BucketOptions>> {
    let access = r.secret("files.access_key", "files.access_key_file");
    let secret = r.secret("files.secret_key", "files.secret_key_file");
    let patience = r.seconds("files.patience_seconds", 1, 120);
    let (url, region, endpoint, roots) = (r.text("files.url")?, region(r), endpoint(r), roots(r));
    let (access, secret) = (access?, secret?);
    if url.is_empty() {
        if access.is_some() || secret.is_some() {
            r.fault("files.url", "must be s3://BUCKET, since there are keys for it");
        }
        return Some(None);
    }
    for (key, there) in [("files.access_key", access.is_some()), ("files.secret_key", secret.is_some())] {
        if !there {
            r.fault(key, "must be set, since files.url is");
        }
    }
    let place = place(&url);
    if place.is_none() {
        let form = "must be s3://BUCKET or s3://BUCKET/PREFIX, of small letters, digits, dots and hyphens";
        r.fault("files.url", form);
    }
    let (bucket, prefix) = place?;
    let (access_key, secret_key, patience) = (access?, secret?, patience?);
    let (endpoint, region, roots) = (endpoint?, region?, roots?);
    let options = BucketOptions { bucket, prefix, endpoint, region, access_key, secret_key, roots, patience };
    checked(r, options).map(Some)
}

/// The store's client is built once to know that it can be.
fn checked(r: &mut Reader, options: BucketOptions) -> Option<BucketOptions> {
    match Bucket::new(&options, "") {
        Err(BadBucket::Roots) => r.fault("files.ca_file", "must name a file of certificates in PEM"),
        Err(BadBucket::Address) => r.fault("files.endpoint", "is no address of an object store"),
        Ok(_) => return Some(options),
    }
    None
}

fn region(r: &mut Reader) -> Option<String> {
    let region = r.text("files.region")?;
    let plain = !region.is_empty() && region.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if !plain {
        r.fault("files.region", "must be a region such as us-east-1; stores that have none take any");
    }
    plain.then_some(region)
}

/// Bucket and prefix.
fn place(url: &str) -> Option<(String, String)> {
    let rest = url.strip_prefix("s3://")?.trim_end_matches('/');
    let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'.');
    let name = |s: &str| !s.is_empty() && s.bytes().all(plain) && !s.starts_with('.') && !s.ends_with('.');
    let fits = (3..=63).contains(&bucket.len()) && name(bucket) && prefix.len() <= 200;
    let under = prefix.is_empty() || prefix.split('/').all(name);
    (fits && under).then(|| (bucket.to_owned(), prefix.to_owned()))
}

/// Files are sealed, but the requests for them say who we are: over plain http only on this machine.
fn endpoint(r: &mut Reader) -> Option<String> {
    let url = r.text("files.endpoint")?;
    if url.is_empty() { Some(url) } else { address::checked(r, "files.endpoint", &url) }
}

fn roots(r: &mut Reader) -> Option<Vec<u8>> {
    let path = r.text("files.ca_file")?;
    if path.is_empty() {
        return Some(Vec::new());
    }
    match std::fs::read(&path) {
        Ok(pem) if pem.windows(PEM.len()).any(|w| w == PEM) => Some(pem),
        Ok(_) => {
            r.fault("files.ca_file", "must name a file of certificates in PEM");
            None
        }
        Err(e) => {
            r.fault("files.ca_file", &format!("names a file that cannot be read: {path}: {e}"));
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{told, with};

    const URL: (&str, &str) = ("TINAN_FILES__URL", "s3://tinan-files/thai-nguyen");
    const STORE: (&str, &str) = ("TINAN_FILES__ENDPOINT", "https://s3.example.vn:9000");
    const ACCESS: (&str, &str) = ("TINAN_FILES__ACCESS_KEY", "WHOWEARE");
    const SECRET: (&str, &str) = ("TINAN_FILES__SECRET_KEY", "how-we-prove-it");

    #[test]
    fn an_object_store_is_checked_before_the_start() {
        let plain = |url| ("TINAN_FILES__ENDPOINT", url);
        let bad = [
            (vec![URL, SECRET], "files.access_key"),
            (vec![URL, ACCESS], "files.secret_key"),
            (vec![ACCESS, SECRET], "files.url"),
            (vec![("TINAN_FILES__URL", "s3://key:secret@host/x"), ACCESS, SECRET], "files.url"),
            (vec![("TINAN_FILES__URL", "s3://files/../x"), ACCESS, SECRET], "files.url"),
            (vec![("TINAN_FILES__URL", "https://files"), ACCESS, SECRET], "files.url"),
            (vec![URL, ACCESS, SECRET, plain("http://s3.example.vn")], "files.endpoint"),
            (vec![URL, ACCESS, SECRET, plain("https://s3.example.vn/x")], "files.endpoint"),
            (vec![URL, ACCESS, SECRET, ("TINAN_FILES__REGION", "")], "files.region"),
            (vec![URL, ACCESS, SECRET, ("TINAN_FILES__CA_FILE", "no-such-file")], "files.ca_file"),
        ];
        for (list, key) in bad {
            let told = told(with(&list)).join("\n");
            assert!(told.contains(key), "{key}: {told}");
            assert!(!told.contains(ACCESS.1) && !told.contains(SECRET.1), "{told}");
        }
        for list in
            [vec![URL, ACCESS, SECRET, STORE], vec![URL, ACCESS, SECRET, plain("http://127.0.0.1:9000")]]
        {
            let config = with(&list).unwrap_or_else(|e| panic!("{e}"));
            let bucket = config.files.bucket.expect("set");
            assert_eq!((bucket.bucket.as_str(), bucket.prefix.as_str()), ("tinan-files", "thai-nguyen"));
            assert!(!config.effective.iter().any(|(_, shown, _)| shown == ACCESS.1 || shown == SECRET.1));
        }
        assert!(with(&[]).unwrap_or_else(|e| panic!("{e}")).files.bucket.is_none());
    }
}
