use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use tokio::runtime::Handle;
use tokio_util::task::TaskTracker;

/// Sees a settlement through where nobody can wait for it: at the end of a stream, or when a request is dropped. What is over
/// at once is over here; what has to wait goes on in a task, for which a drain waits. Outside of a runtime nobody waits any
/// more, and it is dropped.
pub fn see_through<T>(mut settling: impl Future<Output = T> + Send + Unpin + 'static, tasks: &TaskTracker) -> Option<T>
where
    T: Send + 'static,
{
    match Pin::new(&mut settling).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => Some(done),
        Poll::Pending => {
            if let Ok(runtime) = Handle::try_current() {
                tasks.spawn_on(settling, &runtime);
            }
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    use tokio::sync::oneshot;
    use tokio_util::task::TaskTracker;

    use super::see_through;

    #[test]
    fn what_is_over_at_once_needs_no_task_and_no_runtime() {
        let tasks = TaskTracker::new();
        assert_eq!(see_through(std::future::ready(7), &tasks), Some(7));
        assert!(tasks.is_empty());
    }

    #[tokio::test]
    async fn what_waits_is_finished_by_a_task_before_a_drain_ends() {
        let (tasks, done) = (TaskTracker::new(), Arc::new(AtomicBool::new(false)));
        let (answer, answered) = oneshot::channel();
        let finished = Arc::clone(&done);
        let settling = Box::pin(async move {
            let answered = answered.await;
            finished.store(true, Ordering::SeqCst);
            answered
        });
        assert_eq!(see_through(settling, &tasks), None);
        assert_eq!((tasks.len(), done.load(Ordering::SeqCst)), (1, false));
        answer.send(()).expect("it waits for the answer");
        tasks.close();
        tasks.wait().await;
        assert!(done.load(Ordering::SeqCst));
    }
}
