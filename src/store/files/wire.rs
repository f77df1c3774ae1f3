//! How the object store is reached: the HTTP client that the whole program uses, so that there is one of it and one TLS.

use std::pin::Pin;
use std::time::Duration;

use http_body_util::BodyExt;
use object_store::ClientOptions;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpResponseBody,
    HttpService,
};
use reqwest::{Body, Certificate, Client, Request};

/// How long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(5);

/// A client that leads to the object store and nowhere else.
#[derive(Debug, Clone)]
pub(super) struct Wire(Client);

impl Wire {
    /// `roots` are certificates, in PEM, that are believed beside those of the public authorities.
    pub(super) fn new(plain: bool, roots: &[u8], patience: Duration) -> Result<Self, reqwest::Error> {
        let mut builder = Client::builder()
            .connect_timeout(CONNECT.min(patience))
            .read_timeout(patience)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .https_only(!plain)
            .tcp_nodelay(true);
        for root in Certificate::from_pem_bundle(roots)? {
            builder = builder.add_root_certificate(root);
        }
        builder.build().map(Self)
    }

    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let request = Request::try_from(request.map(Body::wrap)).map_err(failed)?;
        let response = hyper::Response::<Body>::from(self.0.execute(request).await.map_err(failed)?);
        Ok(response.map(|body| HttpResponseBody::new(body.map_err(failed))))
    }
}

impl HttpConnector for Wire {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(self.clone()))
    }
}

impl HttpService for Wire {
    fn call<'a, 'f>(
        &'a self,
        request: HttpRequest,
    ) -> Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'f>>
    where
        'a: 'f,
        Self: 'f,
    {
        Box::pin(self.send(request))
    }
}

/// What may have arrived is repeated only where that does no harm.
fn failed(e: reqwest::Error) -> HttpError {
    let kind = if e.is_timeout() {
        HttpErrorKind::Timeout
    } else if e.is_connect() {
        HttpErrorKind::Connect
    } else if e.is_builder() {
        HttpErrorKind::Unknown
    } else {
        HttpErrorKind::Interrupted
    };
    HttpError::new(kind, e.without_url())
}
