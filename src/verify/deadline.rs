//! Waiting for no longer than may be.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use tokio::time::timeout;

/// Returns what comes of a future within `limit`, counted from when it is first waited for; `None`
/// when that is too long.
///
/// There is no timer for what is done without waiting, which is most of what is asked for here: one
/// costs more than a look at whether there is anything to wait for.
pub(crate) async fn within<T>(
    limit: Duration,
    mut future: Pin<&mut (impl Future<Output = T> + ?Sized)>,
) -> Option<T> {
    match poll_fn(|context| Poll::Ready(future.as_mut().poll(context))).await {
        Poll::Ready(done) => Some(done),
        Poll::Pending => timeout(limit, future).await.ok(),
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};
    use std::pin::pin;

    use tokio::time::sleep;

    use super::*;

    #[tokio::test]
    async fn what_takes_too_long_is_given_up_and_what_does_not_is_returned() {
        let short = Duration::from_millis(5);
        assert_eq!(within(short, pin!(ready(1))).await, Some(1));
        assert_eq!(within(Duration::from_mins(1), pin!(sleep(short))).await, Some(()));
        assert_eq!(within::<()>(short, pin!(pending())).await, None);
    }
}
