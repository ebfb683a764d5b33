//! The end of what is large.

/// Frees it on a thread of its own, which the end of the process does not wait for: freeing the model of
/// a large database takes longer than all that a command has left to do.
pub fn let_go<T: Send + 'static>(what: T) {
    // Without a thread it is freed here, with the closure.
    let _ = std::thread::Builder::new().spawn(move || drop(what));
}
