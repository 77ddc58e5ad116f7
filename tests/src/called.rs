//! An agency's system that is called instead of asking.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// It writes down the id of every message and answers. Nobody is there any more once this is
/// dropped.
pub struct Called {
    url: String,
    ids: Arc<Mutex<Vec<String>>>,
    listening: JoinHandle<()>,
}

impl Called {
    /// One that answers its n-th call, from 0, with a status.
    ///
    /// # Panics
    /// If it can't listen.
    pub async fn answering(status: fn(usize) -> u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("listen");
        let url = format!("http://{}/tasks", listener.local_addr().expect("an address"));
        let ids = Arc::new(Mutex::new(Vec::new()));
        let known = Arc::clone(&ids);
        let listening = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let known = Arc::clone(&known);
                tokio::spawn(async move {
                    // Who calls may die meanwhile.
                    let _ = answer(stream, &known, status).await;
                });
            }
        });
        Self { url, ids, listening }
    }

    /// Where it is called.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The ids of all messages, in the order of the calls.
    #[must_use]
    pub fn ids(&self) -> Vec<String> {
        self.ids.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Called {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

/// One call on a connection.
async fn answer(
    mut stream: TcpStream,
    ids: &Mutex<Vec<String>>,
    status: fn(usize) -> u16,
) -> io::Result<()> {
    let (mut id, mut length, mut line) = (String::new(), 0, String::new());
    let mut request = BufReader::new(&mut stream);
    while request.read_line(&mut line).await? > 2 {
        match line.split_once(": ") {
            Some(("webhook-id", value)) => value.trim().clone_into(&mut id),
            Some(("content-length", value)) => length = value.trim().parse().unwrap_or(0),
            _ => {}
        }
        line.clear();
    }
    request.read_exact(&mut vec![0; length]).await?;
    let call = {
        let mut ids = ids.lock().unwrap_or_else(PoisonError::into_inner);
        ids.push(id);
        ids.len() - 1
    };
    let answer = format!("HTTP/1.1 {} So\r\nconnection: close\r\n\r\n", status(call));
    stream.write_all(answer.as_bytes()).await
}
