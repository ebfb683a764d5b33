//! A stand-in of GitHub's REST API, as far as the examples use it.
//!
//! Used by `#[path = "support/github.rs"] mod github;`, next to `forge`.

#![allow(clippy::unwrap_used, dead_code, reason = "a test fails by panicking")]

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::forge::{Answer, Forge, Request, page};

pub const TOKEN: &str = "token-of-the-run";
pub const REPOSITORY: &str = "team/shop";
pub const BOT: &str = "github-actions[bot]";
/// <https://docs.github.com/en/rest/issues/comments>
const LONGEST: usize = 65_536;

/// What it has.
#[derive(Default)]
pub struct State {
    pub comments: Vec<Value>,
    /// Pull requests by the commit that they have brought.
    pub pulls: Vec<Value>,
    pub runs: Vec<Value>,
    pub artifacts: Vec<Value>,
    pub archive: Vec<u8>,
    /// What is answered to a method, whatever is asked by it.
    pub broken: Option<(&'static str, u16, &'static str)>,
}

pub struct GitHub {
    pub forge: Forge,
    pub state: Arc<Mutex<State>>,
}

impl GitHub {
    pub fn start() -> Self {
        let state: Arc<Mutex<State>> = Arc::default();
        let own = Arc::clone(&state);
        // Where files are kept is another server, which must not see the token.
        let files = Arc::clone(&state);
        let storage = Forge::start(move |request| match request.headers.get("authorization") {
            None => Answer::bytes(files.lock().unwrap().archive.clone()),
            Some(_) => Answer::failure(400, "a token has no business here"),
        });
        let forge =
            Forge::start(move |request| own.lock().unwrap().answer(request, &storage.address));
        Self { forge, state }
    }

    pub fn comment(&self, author: &str, body: &str) {
        self.state.lock().unwrap().add_comment(author, body);
    }

    /// The texts of all comments of ours.
    pub fn ours(&self) -> Vec<String> {
        let state = self.state.lock().unwrap();
        let ours = state.comments.iter().filter(|it| it["user"]["login"] == BOT);
        ours.map(|it| it["body"].as_str().unwrap().to_owned()).collect()
    }

    pub fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.lock().unwrap());
    }
}

impl State {
    fn add_comment(&mut self, author: &str, body: &str) -> Value {
        let id = self.comments.len() + 1;
        let comment = json!({ "id": id, "user": { "login": author }, "body": body });
        self.comments.push(comment.clone());
        comment
    }

    fn answer(&mut self, request: &Request, storage: &str) -> Answer {
        if request.headers.get("authorization") != Some(&format!("Bearer {TOKEN}")) {
            return Answer::failure(401, "Bad credentials");
        }
        if let Some((method, status, message)) = self.broken
            && method == request.method
        {
            return Answer::failure(status, message);
        }
        let prefix = format!("/repos/{REPOSITORY}/");
        let Some(path) = request.path.strip_prefix(&prefix) else {
            return Answer::failure(404, "Not Found");
        };
        let words: Vec<&str> = path.split('/').collect();
        let base = format!("http://{}", request.headers["host"]);
        match (&*request.method, &words[..]) {
            ("GET", ["issues", "7", "comments"]) => page(&self.comments, request, &base),
            ("POST", ["issues", "7", "comments"]) => match self.body(request) {
                Ok(body) => Answer::json(201, &self.add_comment(BOT, &body)),
                Err(answer) => answer,
            },
            ("PATCH", ["issues", "comments", id]) => match self.body(request) {
                Ok(body) => {
                    let comment = &mut self.comments[id.parse::<usize>().unwrap() - 1];
                    comment["body"] = body.into();
                    Answer::json(200, comment)
                }
                Err(answer) => answer,
            },
            ("GET", ["commits", commit, "pulls"]) => {
                let pulls = self.pulls.iter().filter(|it| it["merge_commit_sha"] == *commit);
                Answer::json(200, &pulls.cloned().collect())
            }
            ("GET", ["actions", "workflows", "pgconverge-plan.yml", "runs"]) => {
                let commit = &request.query["head_sha"];
                let runs = self.runs.iter().filter(|it| it["head_sha"] == **commit);
                Answer::json(200, &json!({ "workflow_runs": runs.cloned().collect::<Value>() }))
            }
            ("GET", ["actions", "runs", id]) => {
                let run = self.runs.iter().find(|it| it["id"].as_u64() == id.parse().ok());
                run.map_or_else(|| Answer::failure(404, "Not Found"), |run| Answer::json(200, run))
            }
            ("GET", ["actions", "runs", _, "artifacts"]) => {
                Answer::json(200, &json!({ "artifacts": self.artifacts }))
            }
            ("GET", ["actions", "artifacts", _, "zip"]) => {
                Answer::moved(format!("{storage}/signed?key=1"))
            }
            _ => Answer::failure(404, "Not Found"),
        }
    }

    fn body(&self, request: &Request) -> Result<String, Answer> {
        let body = request.body["body"].as_str().unwrap();
        match body.chars().count() > LONGEST {
            true => Err(Answer::failure(422, "body is too long (maximum is 65536 characters)")),
            false => Ok(body.to_owned()),
        }
    }
}
