//! Who answers at the callback address?
//!
//! In: HTTP requests of hubs, through the user's own web server or directly. Out: their questions answered, their pushes put
//! on the desk, the poller woken. It knows no feed and reads no body; whoever has no token gets a 404.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Query, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio_util::sync::CancellationToken;

use super::poller::Progress;
use super::websub::{Question, Shared};
use crate::clock::Clock;

#[derive(Clone)]
struct Door {
    subscriptions: Shared,
    clock: Clock,
    progress: Arc<Progress>,
}

/// Serves until told to stop. Where it cannot listen, feeds are polled as ever, and the log says so.
pub async fn serve(
    subscriptions: Shared,
    clock: Clock,
    progress: Arc<Progress>,
    body_bytes_max: usize,
    stop: CancellationToken,
) {
    let address = subscriptions.settings.listen;
    let listener = match tokio::net::TcpListener::bind(address).await {
        Ok(listener) => listener,
        Err(error) => {
            tracing::error!(%address, %error, "hubs cannot reach us: `[websub] listen` cannot be listened on");
            return;
        }
    };
    let door = Door { subscriptions, clock, progress };
    let router = Router::new()
        // A web server in front may leave its own part of the path away or not: only the last part counts.
        .fallback_service(get(verify).post(push).with_state(door))
        .layer(DefaultBodyLimit::max(body_bytes_max));
    let served = axum::serve(listener, router).with_graceful_shutdown(async move { stop.cancelled().await }).await;
    if let Err(error) = served {
        tracing::error!(%address, %error, "hubs cannot reach us any more");
    }
}

fn token(uri: &Uri) -> &str {
    uri.path().trim_end_matches('/').rsplit('/').next().unwrap_or_default()
}

async fn verify(State(door): State<Door>, uri: Uri, Query(query): Query<Vec<(String, String)>>) -> Response {
    let value = |name: &str| query.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str());
    let question = Question {
        mode: value("hub.mode"),
        topic: value("hub.topic"),
        challenge: value("hub.challenge"),
        lease_s: value("hub.lease_seconds").parse().ok(),
    };
    match door.subscriptions.verify(token(&uri), &question, door.clock.now()) {
        Some(challenge) => ([(header::CONTENT_TYPE, "text/plain")], challenge).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn push(State(door): State<Door>, uri: Uri, headers: HeaderMap, body: Bytes) -> StatusCode {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let signature = text("x-hub-signature-256").or_else(|| text("x-hub-signature"));
    let content_type = text("content-type").map(str::to_owned);
    if !door.subscriptions.push(token(&uri), signature, content_type, body.into()) {
        return StatusCode::NOT_FOUND;
    }
    door.progress.nudge.notify_one();
    StatusCode::ACCEPTED
}
