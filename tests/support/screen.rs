//! The program in a terminal of a certain width.
//!
//! Used by `#[path = "support/screen.rs"] mod screen;`.

#![allow(clippy::unwrap_used, reason = "in a test, a panic is how a failure is told")]

use std::fs::File;
use std::io::Read;
use std::os::fd::OwnedFd;
use std::process::{Command, Stdio};
use std::thread::{self, JoinHandle};

use rustix::fs::{Mode, OFlags, open};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

/// What two terminals have got, one of standard output, one of standard error.
pub struct Screen {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

/// Runs `command` with a terminal of so many columns at each of its outputs.
pub fn screen(mut command: Command, columns: u16) -> Screen {
    let ((out, out_read), (err, err_read)) = (terminal(columns), terminal(columns));
    command.stdout(Stdio::from(out)).stderr(Stdio::from(err)).env("TERM", "xterm-256color");
    let mut child = command.spawn().unwrap();
    // The last who has them open is the program then.
    drop(command);
    let code = child.wait().unwrap().code();
    Screen { code, out: out_read.join().unwrap(), err: err_read.join().unwrap() }
}

/// The program's end of a terminal, and what comes out of the other.
fn terminal(columns: u16) -> (OwnedFd, JoinHandle<String>) {
    let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&ours).unwrap();
    unlockpt(&ours).unwrap();
    let name = ptsname(&ours, Vec::new()).unwrap();
    let theirs = open(name.as_c_str(), OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).unwrap();
    let size = Winsize { ws_row: 40, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
    tcsetwinsize(&theirs, size).unwrap();
    let read = thread::spawn(move || {
        let (mut ours, mut all, mut some) = (File::from(ours), Vec::new(), [0; 4096]);
        // Once nobody has the other end open any more, reading fails.
        while let Ok(n @ 1..) = ours.read(&mut some) {
            all.extend_from_slice(&some[..n]);
        }
        String::from_utf8_lossy(&all).replace("\r\n", "\n")
    });
    (theirs, read)
}
