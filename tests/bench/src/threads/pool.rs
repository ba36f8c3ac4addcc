//! A minimal pool for the driver: a list of free connections, and a queue for them.

use std::ops::Deref;
use std::sync::{Condvar, Mutex, PoisonError};

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::driver;

/// For threads.
pub struct Pool<T> {
    free: Mutex<Vec<T>>,
    returned: Condvar,
}

impl<T> Pool<T> {
    pub fn new(connections: Vec<T>) -> Self {
        Pool {
            free: Mutex::new(connections),
            returned: Condvar::new(),
        }
    }

    pub fn with<R>(&self, work: impl FnOnce(&mut T) -> R) -> R {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let mut connection = loop {
            match free.pop() {
                Some(connection) => break connection,
                None => free = self.returned.wait(free).unwrap_or_else(PoisonError::into_inner),
            }
        };
        drop(free);
        let result = work(&mut connection);
        self.free
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(connection);
        self.returned.notify_one();
        result
    }
}

/// For tasks.
pub struct AsyncPool<T> {
    free: Mutex<Vec<T>>,
    permits: Semaphore,
}

impl<T> AsyncPool<T> {
    pub fn new(connections: Vec<T>) -> Self {
        AsyncPool {
            permits: Semaphore::new(connections.len()),
            free: Mutex::new(connections),
        }
    }

    pub async fn take(&self) -> orm::Result<Taken<'_, T>> {
        let permit = self.permits.acquire().await.map_err(driver)?;
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(Taken {
            connection: free.pop(),
            pool: self,
            _permit: permit,
        })
    }
}

/// A connection that is returned when dropped, before its permit is released.
pub struct Taken<'a, T> {
    connection: Option<T>,
    pool: &'a AsyncPool<T>,
    _permit: SemaphorePermit<'a>,
}

impl<T> Deref for Taken<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.connection.as_ref().expect("as many connections as permits")
    }
}

impl<T> Drop for Taken<'_, T> {
    fn drop(&mut self) {
        let mut free = self.pool.free.lock().unwrap_or_else(PoisonError::into_inner);
        free.extend(self.connection.take());
    }
}
