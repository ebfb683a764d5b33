//! A stand-in of a forge: HTTP on loopback, one request a connection, and a record of what was asked.
//!
//! Used by `#[path = "support/forge.rs"] mod forge;`.

#![allow(clippy::unwrap_used, dead_code, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

/// What was asked.
#[derive(Debug, Clone)]
pub struct Request {
    pub method: String,
    pub path: String,
    pub query: BTreeMap<String, String>,
    /// By name in small letters.
    pub headers: BTreeMap<String, String>,
    pub body: Value,
}

/// What is answered.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn json(status: u16, value: &Value) -> Self {
        Self { status, headers: Vec::new(), body: value.to_string().into_bytes() }
    }

    pub fn failure(status: u16, message: &str) -> Self {
        Self::json(status, &json!({ "message": message }))
    }

    pub fn bytes(body: Vec<u8>) -> Self {
        Self { status: 200, headers: Vec::new(), body }
    }

    /// Elsewhere.
    pub fn moved(to: String) -> Self {
        Self { status: 302, headers: vec![("Location", to)], body: Vec::new() }
    }
}

/// The running server, which ends with this process.
pub struct Forge {
    pub address: String,
    asked: Arc<Mutex<Vec<Request>>>,
}

impl Forge {
    pub fn start(answer: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let asked: Arc<Mutex<Vec<Request>>> = Arc::default();
        let record = Arc::clone(&asked);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let stream = stream.unwrap();
                let request = read(&stream);
                let answer = answer(&request);
                record.lock().unwrap().push(request);
                write(stream, &answer);
            }
        });
        Self { address, asked }
    }

    /// What was asked since the last time, as `METHOD path`.
    pub fn asked(&self) -> Vec<String> {
        let asked = std::mem::take(&mut *self.asked.lock().unwrap());
        asked.iter().map(|it| format!("{} {}", it.method, it.path)).collect()
    }
}

fn read(stream: &TcpStream) -> Request {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    let mut words = line.split_whitespace();
    let (method, target) = (words.next().unwrap().to_owned(), words.next().unwrap().to_owned());
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.insert(name.to_lowercase(), value.to_owned());
    }
    let length = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    Request {
        method,
        path: path.to_owned(),
        query: pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        headers,
        body: serde_json::from_slice(&body).unwrap_or_default(),
    }
}

fn write(mut stream: TcpStream, answer: &Answer) {
    let mut head = format!("HTTP/1.1 {} Stand-in\r\nConnection: close\r\n", answer.status);
    for (name, value) in &answer.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str(&format!("Content-Length: {}\r\n\r\n", answer.body.len()));
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(&answer.body).unwrap();
}

/// The page of a list that is asked for, with the link to the next one.
pub fn page(items: &[Value], request: &Request, base: &str) -> Answer {
    let number = |name: &str, usual: usize| {
        request.query.get(name).map_or(usual, |text| text.parse().unwrap())
    };
    let (size, page) = (number("per_page", 30).min(100), number("page", 1));
    let shown: Vec<Value> = items.iter().skip((page - 1) * size).take(size).cloned().collect();
    let mut answer = Answer::json(200, &Value::Array(shown));
    if page * size < items.len() {
        let next = format!("{base}{}?per_page={size}&page={}", request.path, page + 1);
        let first = format!("{base}{}?per_page={size}&page=1", request.path);
        answer.headers.push(("Link", format!("<{first}>; rel=\"first\", <{next}>; rel=\"next\"")));
    }
    answer
}
