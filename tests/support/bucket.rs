//! An object store that speaks S3 over the wire, in memory, and does what real ones do on bad days. It knows the
//! requests that sealed files need, and checks that each is signed and that its body is the one that was signed.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Query, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};
use tinan::kernel::Secret;
use tinan::kernel::id::ItemId;
use tinan::store::files::{Bucket, BucketOptions, Shelf};

/// How long the store may say nothing, in tests.
pub(crate) const PATIENCE: Duration = Duration::from_secs(1);
const BUCKET: &str = "/tinan-files";
/// The name that requests are signed with.
pub(crate) const ACCESS: &str = "WHOWEARE";
/// What must never be seen.
pub(crate) const SECRET: &str = "how-we-prove-it";
/// When everything was written, unless it is told otherwise: before the world begins.
const WRITTEN: &str = "2026-11-22T04:00:00.000Z";

/// What goes wrong with one request.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Bad {
    /// Nothing is done, and this is answered.
    Says(u16, &'static str),
    /// It is done, and this is answered.
    DoesAndSays(u16, &'static str),
    /// Nothing is ever answered.
    Silent,
    /// The answer ends after half of its bytes.
    Cut,
}

#[derive(Default)]
struct Inside {
    objects: BTreeMap<String, (Vec<u8>, String)>,
    uploads: BTreeMap<String, (String, BTreeMap<u32, Vec<u8>>)>,
    begun: u32,
    bad: BTreeMap<&'static str, VecDeque<Bad>>,
    always: Option<Bad>,
    asked: Vec<String>,
    /// So many names are given at once, however many are asked for.
    names_at_once: Option<usize>,
}

/// The store. Clones are the same one.
#[derive(Clone)]
pub(crate) struct Fake {
    inside: Arc<Mutex<Inside>>,
    endpoint: String,
}

type Asked = BTreeMap<String, String>;

impl Fake {
    /// Starts on a free port, in the runtime of the test.
    pub(crate) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
        let fake = Self { inside: Arc::default(), endpoint };
        let app = Router::new().fallback(serve).layer(DefaultBodyLimit::disable()).with_state(fake.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        fake
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where it is reached.
    pub(crate) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The shelf of an installation in this store, with connections of its own.
    pub(crate) fn shelf(&self) -> Shelf {
        shelf(&self.endpoint, (ACCESS, SECRET), PATIENCE)
    }

    /// The coming requests of a kind go wrong, one each.
    pub(crate) fn fails(&self, what: &'static str, bad: impl IntoIterator<Item = Bad>) {
        self.lock().bad.entry(what).or_default().extend(bad);
    }

    /// Every request goes wrong, or none any more.
    pub(crate) fn always(&self, bad: Option<Bad>) {
        self.lock().always = bad;
    }

    /// The names of everything that can be read.
    pub(crate) fn names(&self) -> Vec<String> {
        self.lock().objects.keys().cloned().collect()
    }

    /// How many uploads in pieces are neither complete nor given up.
    pub(crate) fn uploads(&self) -> usize {
        self.lock().uploads.len()
    }

    /// How often it was asked for something.
    pub(crate) fn asked(&self, what: &str) -> usize {
        self.lock().asked.iter().filter(|a| *a == what).count()
    }

    /// Gives so many names at once, however many are asked for.
    pub(crate) fn gives_names(&self, at_once: usize) {
        self.lock().names_at_once = Some(at_once);
    }

    /// The settings of an installation that uses it.
    pub(crate) fn settings(&self) -> [(&'static str, String); 5] {
        [
            ("TINAN_FILES__URL", format!("s3:/{BUCKET}")),
            ("TINAN_FILES__ENDPOINT", self.endpoint.clone()),
            ("TINAN_FILES__ACCESS_KEY", ACCESS.to_owned()),
            ("TINAN_FILES__SECRET_KEY", SECRET.to_owned()),
            ("TINAN_FILES__PATIENCE_SECONDS", PATIENCE.as_secs().to_string()),
        ]
    }

    /// A file that was written before, without a request.
    pub(crate) fn plant(&self, item: ItemId) {
        let name = format!("a/b/deployment/{item}");
        self.lock().objects.insert(name, (vec![7], WRITTEN.to_owned()));
    }

    /// Says that an object was written at another time.
    pub(crate) fn date(&self, name: &str, at: &str) {
        at.clone_into(&mut self.lock().objects.get_mut(name).expect("is there").1);
    }
}

/// A shelf in any S3-compatible store.
pub(crate) fn shelf(endpoint: &str, (access, secret): (&str, &str), patience: Duration) -> Shelf {
    let options = BucketOptions {
        bucket: BUCKET.trim_start_matches('/').to_owned(),
        prefix: "a/b".to_owned(),
        endpoint: endpoint.to_owned(),
        region: "us-east-1".to_owned(),
        access_key: Secret::new(access.to_owned()),
        secret_key: Secret::new(secret.to_owned()),
        roots: Vec::new(),
        patience,
    };
    Shelf::Bucket(Bucket::new(&options, "deployment").expect("options"))
}

async fn serve(
    State(fake): State<Fake>,
    method: Method,
    uri: Uri,
    (Query(mut query), headers): (Query<Asked>, HeaderMap),
    body: Bytes,
) -> Response {
    let has = |key: &str| query.contains_key(key);
    let what = match method {
        Method::GET if has("list-type") => "list",
        Method::GET => "get",
        Method::HEAD => "head",
        Method::DELETE if has("uploadId") => "abort",
        Method::DELETE => "delete",
        Method::POST if has("uploads") => "create",
        Method::POST => "complete",
        Method::PUT if has("partNumber") => "part",
        _ => "put",
    };
    let bad = {
        let mut inside = fake.lock();
        inside.asked.push(what.to_owned());
        let once = inside.bad.get_mut(what).and_then(VecDeque::pop_front);
        inside.always.or(once)
    };
    if let Some(wrong) = unsigned(&headers, &body) {
        return told(403, wrong);
    }
    let range = headers.get(header::RANGE).and_then(|v| v.to_str().ok()?.strip_prefix("bytes="));
    query.extend(range.map(|r| ("range".to_owned(), r.to_owned())));
    let Some(name) = uri.path().strip_prefix(BUCKET) else { return told(404, "NoSuchBucket") };
    let act = || fake.lock().act(what, name.trim_start_matches('/'), &query, &body);
    match bad {
        Some(Bad::Silent) => std::future::pending().await,
        Some(Bad::Says(status, code)) => told(status, code),
        Some(Bad::DoesAndSays(status, code)) => {
            let _done = act();
            told(status, code)
        }
        Some(Bad::Cut) => cut(act()).await,
        None => act(),
    }
}

/// Half of an answer that promises the whole.
async fn cut(whole: Response) -> Response {
    let (mut parts, body) = whole.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.expect("in memory");
    parts.headers.insert(header::CONTENT_LENGTH, body.len().into());
    let half = Ok(body.slice(..body.len() / 2));
    let end = async {
        // so that the first half leaves before the connection breaks
        tokio::time::sleep(Duration::from_millis(100)).await;
        Err(std::io::Error::other("cut"))
    };
    let end = futures_util::stream::once(end);
    let body = futures_util::StreamExt::chain(futures_util::stream::iter([half]), end);
    Response::from_parts(parts, Body::from_stream(body))
}

/// What is wrong with the proof of who asks.
fn unsigned(headers: &HeaderMap, body: &[u8]) -> Option<&'static str> {
    let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let begins = format!("AWS4-HMAC-SHA256 Credential={ACCESS}/");
    if !text("authorization").starts_with(&begins) {
        return Some("InvalidAccessKeyId");
    }
    let hash = data_encoding::HEXLOWER.encode(&Sha256::digest(body));
    (text("x-amz-content-sha256") != hash).then_some("XAmzContentSHA256Mismatch")
}

fn told(status: u16, code: &str) -> Response {
    // A real one repeats much of the request, the access key among it.
    let body = format!(
        "<Error><Code>{code}</Code><Message>m</Message><AWSAccessKeyId>{ACCESS}</AWSAccessKeyId></Error>"
    );
    (StatusCode::from_u16(status).expect("a status"), body).into_response()
}

impl Inside {
    fn act(&mut self, what: &str, name: &str, query: &Asked, body: &[u8]) -> Response {
        let upload = query.get("uploadId").cloned().unwrap_or_default();
        let tagged = [(header::ETAG, "\"tag\"")];
        match what {
            "put" => {
                self.objects.insert(name.to_owned(), (body.to_vec(), WRITTEN.to_owned()));
                tagged.into_response()
            }
            "create" => {
                self.begun += 1;
                let id = format!("upload-{}", self.begun);
                self.uploads.insert(id.clone(), (name.to_owned(), BTreeMap::new()));
                xml("InitiateMultipartUploadResult", &format!("<UploadId>{id}</UploadId>"))
            }
            "part" => {
                let number = query["partNumber"].parse().expect("a number");
                let Some((_, parts)) = self.uploads.get_mut(&upload) else {
                    return told(404, "NoSuchUpload");
                };
                parts.insert(number, body.to_vec());
                tagged.into_response()
            }
            "complete" => self.complete(&upload),
            "abort" => match self.uploads.remove(&upload) {
                Some(_) => StatusCode::NO_CONTENT.into_response(),
                None => told(404, "NoSuchUpload"),
            },
            "delete" => {
                self.objects.remove(name);
                StatusCode::NO_CONTENT.into_response()
            }
            "list" => self.list(query),
            _ => self.get(name, query.get("range")),
        }
    }

    fn complete(&mut self, upload: &str) -> Response {
        let Some((name, parts)) = self.uploads.remove(upload) else { return told(404, "NoSuchUpload") };
        let short = parts.values().rev().skip(1).any(|p| p.len() < 5 * 1024 * 1024);
        if short || !parts.keys().copied().eq(1..=u32::try_from(parts.len()).expect("few")) {
            return told(400, "EntityTooSmall");
        }
        let whole = parts.into_values().flatten().collect();
        self.objects.insert(name, (whole, WRITTEN.to_owned()));
        xml("CompleteMultipartUploadResult", "<ETag>\"tag\"</ETag>")
    }

    fn get(&self, name: &str, range: Option<&String>) -> Response {
        let Some((data, _)) = self.objects.get(name) else { return told(404, "NoSuchKey") };
        let all = (0, data.len().saturating_sub(1));
        let asked = range.and_then(|r| r.split_once('-'));
        let (from, to) = asked.map_or(all, |(f, t)| (f.parse().expect("from"), t.parse().unwrap_or(all.1)));
        let status = if asked.is_some() { StatusCode::PARTIAL_CONTENT } else { StatusCode::OK };
        let part = data.get(from..=to).unwrap_or_default().to_vec();
        let headers = [
            (header::ETAG, "\"tag\"".to_owned()),
            (header::LAST_MODIFIED, "Sun, 22 Nov 2026 04:00:00 GMT".to_owned()),
            (header::CONTENT_LENGTH, part.len().to_string()),
            (header::CONTENT_RANGE, format!("bytes {from}-{to}/{}", data.len())),
        ];
        (status, headers, part).into_response()
    }

    fn list(&self, query: &Asked) -> Response {
        let (prefix, after) = (&query["prefix"], query.get("start-after").cloned().unwrap_or_default());
        let most: usize = query["max-keys"].parse().expect("a number");
        let most = self.names_at_once.map_or(most, |few| few.min(most));
        let found: Vec<_> =
            self.objects.iter().filter(|(n, _)| n.starts_with(prefix) && **n > after).collect();
        let rows = found.iter().take(most).map(|(name, (data, at))| {
            let size = data.len();
            format!(
                "<Contents><Key>{name}</Key><Size>{size}</Size><LastModified>{at}</LastModified></Contents>"
            )
        });
        let rows: String = rows.collect();
        let more = found.len() > most;
        let token = if more { "<NextContinuationToken>more</NextContinuationToken>" } else { "" };
        xml("ListBucketResult", &format!("<IsTruncated>{more}</IsTruncated>{token}{rows}"))
    }
}

fn xml(root: &str, inner: &str) -> Response {
    format!("<{root}>{inner}</{root}>").into_response()
}
