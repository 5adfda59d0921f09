//! Who serves the demo's feeds?
//!
//! In: the timeline, the demo's clock. Out: a real HTTP server on 127.0.0.1 with ETags and 304s, whose feeds hold what was
//! published by then. It serves nobody else and ends with the process.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::feeds;
use super::timeline::{Piece, Timeline};
use crate::clock::Clock;
use crate::model::content_hash;

/// Items a feed holds; older ones have rolled off.
const ITEMS_MAX: usize = 15;

#[derive(Clone)]
struct Stage {
    timeline: Arc<Timeline>,
    clock: Clock,
}

/// Starts the server on a free port.
pub async fn start(timeline: Arc<Timeline>, clock: Clock) -> std::io::Result<SocketAddr> {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    let router = Router::new().route("/feeds/{number}", get(feed)).with_state(Stage { timeline, clock });
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(address)
}

async fn feed(State(stage): State<Stage>, Path(number): Path<usize>, headers: HeaderMap) -> Response {
    let Some(outlet) = stage.timeline.outlets.get(number) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let pieces: Vec<&Piece> = stage.timeline.published(outlet, stage.clock.now()).take(ITEMS_MAX).collect();
    let (content_type, body) = feeds::render(outlet, &pieces);
    let etag = format!("\"{:x}\"", content_hash([&body]));
    if headers.get(header::IF_NONE_MATCH).is_some_and(|sent| sent.as_bytes() == etag.as_bytes()) {
        return (StatusCode::NOT_MODIFIED, [(header::ETAG, etag)]).into_response();
    }
    ([(header::CONTENT_TYPE, content_type.to_owned()), (header::ETAG, etag)], body).into_response()
}
