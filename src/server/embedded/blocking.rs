//! Files, processes and HTTP block; they are kept away from the threads that serve connections.

use super::EmbeddedError;

/// Runs `work` where blocking is allowed, and waits for its result.
///
/// # Errors
/// Those of `work`; [`EmbeddedError::Interrupted`] when the runtime ends first.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, EmbeddedError> + Send + 'static,
) -> Result<T, EmbeddedError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => Err(EmbeddedError::Interrupted { reason: error.to_string() }),
    }
}
