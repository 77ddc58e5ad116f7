//! A connection to PostgreSQL that can be cut at the worst moment: the server has got a statement,
//! and its client does not get the reply.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// How a message begins that hands over the values of a prepared statement.
const BIND: u8 = b'B';
/// An append has more bytes than this, everything else has fewer.
const LARGE: usize = 1_000;
const BUFFER: usize = 64 * 1024;
/// The reply that nobody gets comes within this time.
const REPLY_WITHIN: Duration = Duration::from_secs(1);

/// Stands between the clients of a database and its server.
pub struct Proxy {
    address: String,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    is_armed: AtomicBool,
    fired: AtomicU64,
}

impl Proxy {
    /// # Panics
    /// If the address is none of a server, or there is no port.
    pub async fn before(address: &str) -> Self {
        let (_, rest) = address.split_once('@').expect("a user");
        let (server, database) = rest.split_once('/').expect("a database");
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let own = listener.local_addr().expect("an address");
        let shared = Arc::<Shared>::default();
        let (server, sharing) = (server.to_owned(), Arc::clone(&shared));
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (server, shared) = (server.clone(), Arc::clone(&sharing));
                tokio::spawn(async move { relay(client, &server, &shared).await });
            }
        });
        Self { address: format!("postgres://postgres@{own}/{database}"), shared }
    }

    /// The database's, through here.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Cuts the connection of the next append.
    pub fn arm(&self) {
        self.shared.is_armed.store(true, Ordering::SeqCst);
    }

    /// How often a connection was cut.
    #[must_use]
    pub fn fired(&self) -> u64 {
        self.shared.fired.load(Ordering::SeqCst)
    }
}

async fn relay(mut client: TcpStream, server: &str, shared: &Shared) -> io::Result<()> {
    let mut server = TcpStream::connect(server).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (mut up, mut down) = (vec![0; BUFFER], vec![0; BUFFER]);
    loop {
        tokio::select! {
            read = client.read(&mut up) => {
                let said = &up[..read?];
                server.write_all(said).await?;
                let is_append = said.first() == Some(&BIND) && said.len() > LARGE;
                if is_append && shared.is_armed.swap(false, Ordering::SeqCst) {
                    // Every other time it is certain that the server has done it.
                    if shared.fired.fetch_add(1, Ordering::SeqCst).is_multiple_of(2) {
                        let _ = tokio::time::timeout(REPLY_WITHIN, server.read(&mut down)).await;
                    }
                    return Ok(());
                }
                if said.is_empty() {
                    return Ok(());
                }
            }
            read = server.read(&mut down) => {
                let said = &down[..read?];
                if said.is_empty() {
                    return Ok(());
                }
                client.write_all(said).await?;
            }
        }
    }
}
