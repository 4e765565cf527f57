//! The web server: one thread, a handful of connections, four addresses.

use super::few::Few;
use super::guard::{self, Refusal, Token};
use super::news::News;
use super::page;
use super::view;
use super::watched::Watched;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{StatusCode, Uri, header};
use axum::middleware::{self, Next};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures_util::stream::{self, Stream};
use std::convert::Infallible;
use std::io;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime};
use tokio::sync::Notify;

/// How often the folder is looked at while somebody listens.
const LOOK: Duration = Duration::from_millis(250);
/// Longest silence of a stream: a page that hears nothing for much longer knows that the server is gone.
const SILENCE: Duration = Duration::from_secs(1);
/// Pages that can listen at the same time.
const LISTENERS: usize = 16;
/// Drawing takes at most one part in so many of a processor.
const DRAWING: u32 = 40;

/// Why there is no live page.
#[derive(Debug, thiserror::Error)]
pub enum LiveError {
    /// The port cannot be used.
    #[error("cannot listen on port {port} of 127.0.0.1: {source}; accepted: a free port, or 0 for any")]
    Port {
        /// The port that was asked for.
        port: u16,
        /// What the system said.
        source: io::Error,
    },
    /// The server cannot start.
    #[error("the live page cannot start: {0}")]
    Start(io::Error),
}

/// A server that shows one run folder until it is dropped.
#[derive(Debug)]
pub struct Server {
    url: String,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

/// What requests share.
#[derive(Debug)]
struct Shared {
    port: u16,
    token: Token,
    /// The run folder, once it is there.
    run: Arc<OnceLock<PathBuf>>,
    watched: Mutex<Option<Watched>>,
    /// What was drawn last and of which version, and what that took.
    drawn: Mutex<Option<(String, usize, String)>>,
    drawing: Mutex<Duration>,
    listeners: AtomicUsize,
    shown: AtomicUsize,
    /// Whether pages are told to fetch what they still want.
    leaving: AtomicBool,
    stop: Notify,
}

impl Server {
    /// Serves a folder that may still be to come on a port of the loopback interface; 0 is any free one.
    pub fn start(port: u16, run: Arc<OnceLock<PathBuf>>, token: Token) -> Result<Self, LiveError> {
        let asked = port;
        let bound = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port)).and_then(|listener| {
            listener.set_nonblocking(true)?;
            let port = listener.local_addr()?.port();
            Ok((listener, port))
        });
        let (listener, port) = bound.map_err(|source| LiveError::Port { port: asked, source })?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(LiveError::Start)?;
        let url = format!("http://127.0.0.1:{port}/{}/", token.as_str());
        let shared = Arc::new(Shared {
            port,
            token,
            run,
            watched: Mutex::default(),
            drawn: Mutex::default(),
            drawing: Mutex::default(),
            listeners: AtomicUsize::new(0),
            shown: AtomicUsize::new(0),
            leaving: AtomicBool::new(false),
            stop: Notify::new(),
        });
        let serving = shared.clone();
        let serve = move || {
            runtime.block_on(async {
                let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
                let service = router(&serving).into_make_service();
                tokio::select! {
                    // It ends only when it is told to: errors of single connections are their own.
                    _ = axum::serve(Few::new(listener), service).into_future() => {}
                    () = serving.stop.notified() => {}
                }
            });
        };
        let thread = std::thread::Builder::new().name("live page".into()).spawn(serve).map_err(LiveError::Start)?;
        Ok(Self { url, shared, thread: Some(thread) })
    }

    /// The address, with the token in it.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// How often a step was shown so far.
    pub fn shown(&self) -> usize {
        self.shared.shown.load(Ordering::Relaxed)
    }

    /// Tells every page that this is the end, and waits until all have fetched what they want, but no longer than `patience`.
    pub fn leave(self, patience: Duration) {
        self.shared.leaving.store(true, Ordering::Relaxed);
        let begun = Instant::now();
        while self.shared.listeners.load(Ordering::Relaxed) > 0 && begun.elapsed() < patience {
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.stop.notify_one();
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has said so already.
            drop(thread.join());
        }
    }
}

impl Shared {
    /// Reads what is new and asks something of it; without a folder, or with a broken one, there is only news.
    fn look<T>(&self, ask: impl FnOnce(&mut Watched) -> T) -> Result<T, Box<News>> {
        let Some(run) = self.run.get() else { return Err(Box::new(News::waiting())) };
        let mut watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        let watched = watched.get_or_insert_with(|| Watched::new(run));
        watched.refresh().map_err(|error| Box::new(News::trouble(error.to_string())))?;
        Ok(ask(watched))
    }

    fn news(&self) -> News {
        let news = self.look(|watched| News::of(watched, SystemTime::now())).unwrap_or_else(|trouble| *trouble);
        let run = self.run.get().map_or_else(String::new, |run| run.display().to_string());
        News { run, leaving: self.leaving.load(Ordering::Relaxed), ..news }
    }

    /// The least time between two pictures of what is new.
    fn pause(&self) -> Duration {
        LOOK.max(*self.drawing.lock().unwrap_or_else(PoisonError::into_inner) * DRAWING)
    }

    /// A step drawn as JSON; several pages that want the same one have it drawn once.
    fn view(&self, step: usize) -> Option<String> {
        self.look(|watched| {
            let (version, step) = (watched.version(), step.min(watched.story.locations.len()));
            let mut drawn = self.drawn.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some((_, _, json)) = drawn.as_ref().filter(|(v, s, _)| (v, *s) == (&version, step)) {
                return Some(json.clone());
            }
            let begun = Instant::now();
            let json = serde_json::to_string(&view::view(watched, step)).ok()?;
            *self.drawing.lock().unwrap_or_else(PoisonError::into_inner) = begun.elapsed();
            *drawn = Some((version, step, json.clone()));
            Some(json)
        })
        .ok()
        .flatten()
    }
}

fn router(shared: &Arc<Shared>) -> Router {
    let typed = |kind: &'static str, text: String| async move { ([(header::CONTENT_TYPE, kind)], text) };
    let at = |path: &str| format!("/{}/{path}", shared.token.as_str());
    Router::new()
        .route(&at(""), get(move || typed("text/html; charset=utf-8", page::PAGE.into())))
        .route(&at("page.css"), get(move || typed("text/css; charset=utf-8", page::style())))
        .route(&at("page.js"), get(move || typed("text/javascript; charset=utf-8", page::SCRIPT.into())))
        .route(&at("view"), get(answer_view))
        .route(&at("events"), get(answer_events))
        .layer(middleware::from_fn_with_state(shared.clone(), guarded))
        .with_state(shared.clone())
}

async fn guarded(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    let mut response = match guard::admit(&shared.token, shared.port, request.uri(), request.headers()) {
        Ok(()) => next.run(request).await,
        Err(refusal) => refuse(refusal),
    };
    guard::protect(response.headers_mut());
    response
}

fn refuse((status, why): Refusal) -> Response {
    (status, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], format!("{why}\n")).into_response()
}

/// `view` is the newest step, `view?step=N` an earlier one.
async fn answer_view(State(shared): State<Arc<Shared>>, uri: Uri) -> Response {
    let step = match uri.query().map(|query| query.strip_prefix("step=").map(str::parse)) {
        None => usize::MAX,
        Some(Some(Ok(step))) => step,
        Some(_) => return refuse((StatusCode::BAD_REQUEST, "accepted: view, or view?step= with a number")),
    };
    shared.shown.fetch_add(1, Ordering::Relaxed);
    match shared.view(step) {
        Some(json) => ([(header::CONTENT_TYPE, "application/json")], json).into_response(),
        None => refuse((StatusCode::SERVICE_UNAVAILABLE, "the run cannot be read now")),
    }
}

/// Someone who listens, counted as long as the stream lives.
struct Listener {
    shared: Arc<Shared>,
    said: Option<(News, Instant)>,
    shown: Instant,
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.shared.listeners.fetch_sub(1, Ordering::Relaxed);
    }
}

async fn answer_events(State(shared): State<Arc<Shared>>) -> Response {
    let before = shared.listeners.fetch_add(1, Ordering::Relaxed);
    let listener = Listener { shared, said: None, shown: Instant::now() };
    if before >= LISTENERS {
        return refuse((StatusCode::SERVICE_UNAVAILABLE, "too many pages listen already; accepted: 16"));
    }
    Sse::new(stream(listener)).keep_alive(KeepAlive::new().interval(SILENCE)).into_response()
}

fn stream(listener: Listener) -> impl Stream<Item = Result<Event, Infallible>> {
    stream::unfold(listener, |mut listener| async move {
        let news = loop {
            let news = listener.shared.news();
            let Some((said, when)) = &listener.said else { break news };
            let hasty = news.version != said.version && listener.shown.elapsed() < listener.shared.pause();
            match (hasty, when.elapsed() >= SILENCE) {
                (false, true) => break news,
                (false, false) if news != *said => break news,
                // The texts are new, and what there is to draw waits.
                (true, true) => break News { version: said.version.clone(), ..news },
                _ => {}
            }
            tokio::time::sleep(LOOK).await;
        };
        if listener.said.as_ref().is_none_or(|(said, _)| said.version != news.version) {
            listener.shown = Instant::now();
        }
        // A struct of texts and numbers always encodes.
        let json = serde_json::to_string(&news).unwrap_or_default();
        let event = Event::default().event("news").id(&news.version).data(json);
        listener.said = Some((news, Instant::now()));
        Some((Ok(event), listener))
    })
}
