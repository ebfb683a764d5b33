//! A stand-in of GitLab's REST API, as far as the examples use it.
//!
//! Used by `#[path = "support/gitlab.rs"] mod gitlab;`, next to `forge`.

#![allow(clippy::unwrap_used, dead_code, reason = "a test fails by panicking")]

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::forge::{Answer, Forge, Request, page};

pub const TOKEN: &str = "token-of-the-project";

/// What it has.
#[derive(Default)]
pub struct State {
    pub notes: Vec<Value>,
    pub requests: Vec<Value>,
    pub pipelines: Vec<Value>,
    pub jobs: Vec<Value>,
    /// The file of the plan, as its job has left it.
    pub plan: Vec<u8>,
    pub broken: Option<(&'static str, u16, &'static str)>,
}

pub struct GitLab {
    pub forge: Forge,
    pub state: Arc<Mutex<State>>,
}

impl GitLab {
    pub fn start() -> Self {
        let state: Arc<Mutex<State>> = Arc::default();
        let own = Arc::clone(&state);
        Self { forge: Forge::start(move |request| own.lock().unwrap().answer(request)), state }
    }

    pub fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.lock().unwrap());
    }

    pub fn note(&self, author: u32, body: &str) {
        self.state.lock().unwrap().add_note(author, body);
    }

    /// The texts of all notes of ours.
    pub fn ours(&self) -> Vec<String> {
        let state = self.state.lock().unwrap();
        let ours = state.notes.iter().filter(|it| it["author"]["id"] == 1);
        ours.map(|it| it["body"].as_str().unwrap().to_owned()).collect()
    }
}

impl State {
    fn add_note(&mut self, author: u32, body: &str) -> Value {
        let id = self.notes.len() + 1;
        let note = json!({ "id": id, "author": { "id": author }, "body": body });
        self.notes.push(note.clone());
        note
    }

    fn answer(&mut self, request: &Request) -> Answer {
        if request.headers.get("private-token").is_none_or(|token| token != TOKEN) {
            return Answer::failure(401, "401 Unauthorized");
        }
        if let Some((method, status, message)) = self.broken
            && method == request.method
        {
            return Answer::failure(status, message);
        }
        let Some(path) = request.path.strip_prefix("/api/v4/") else {
            return Answer::failure(404, "404 Not Found");
        };
        let words: Vec<&str> = path.split('/').collect();
        // Whoever stands before it gives it another name than the one that it was asked by.
        let base = "https://gitlab.example.com";
        match (&*request.method, &words[..]) {
            ("GET", ["user"]) => Answer::json(200, &json!({ "id": 1 })),
            ("GET", ["projects", "5", "merge_requests", "7", "notes"]) => {
                page(&self.notes, request, base)
            }
            ("POST", ["projects", "5", "merge_requests", "7", "notes"]) => {
                let body = request.body["body"].as_str().unwrap();
                Answer::json(201, &self.add_note(1, body))
            }
            ("PUT", ["projects", "5", "merge_requests", "7", "notes", id]) => {
                let note = &mut self.notes[id.parse::<usize>().unwrap() - 1];
                note["body"] = request.body["body"].clone();
                Answer::json(200, note)
            }
            ("GET", ["projects", "5", "repository", "commits", _, "merge_requests"]) => {
                Answer::json(200, &self.requests.clone().into())
            }
            ("GET", ["projects", "5", "merge_requests", "7", "pipelines"]) => {
                Answer::json(200, &self.pipelines.clone().into())
            }
            ("GET", ["projects", "5", "pipelines", _, "jobs"]) => page(&self.jobs, request, base),
            ("GET", ["projects", "5", "jobs", id]) => {
                let job = self.jobs.iter().find(|it| it["id"].as_u64() == id.parse().ok());
                let missing = || Answer::failure(404, "404 Not found");
                job.map_or_else(missing, |job| Answer::json(200, job))
            }
            (
                "GET",
                ["projects", "5", "jobs", "31", "artifacts", "pgconverge-out", "plan.json"],
            ) => Answer::bytes(self.plan.clone()),
            _ => Answer::failure(404, "404 Not Found"),
        }
    }
}
