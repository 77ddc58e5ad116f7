//! The least HTTP/1.1 that a client needs: one connection that stays open, one call at a time,
//! answers with a length. Whatever more it did, the machine that is measured would do less.

use std::io;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// An answer's head fits into this.
const HEAD_BYTES_MAX: usize = 16 * 1024;
const BODY_BYTES_MAX: usize = 64 * 1024 * 1024;
const END_OF_HEAD: &[u8] = b"\r\n\r\n";

pub(crate) struct Connection {
    stream: TcpStream,
    /// What was read of the answer.
    read: Vec<u8>,
    sent: Vec<u8>,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

impl Connection {
    /// Connects to `HOST:PORT`.
    pub(crate) async fn open(address: &str) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, read: Vec::new(), sent: Vec::new() })
    }

    /// `head` is the request line and all headers but the length, each line with its end.
    pub(crate) async fn call(&mut self, head: &str, body: &[u8]) -> io::Result<Answer> {
        self.sent.clear();
        self.sent.extend_from_slice(head.as_bytes());
        self.sent.extend_from_slice(format!("content-length: {}\r\n\r\n", body.len()).as_bytes());
        self.sent.extend_from_slice(body);
        self.stream.write_all(&self.sent).await?;
        self.read.clear();
        let head_bytes = self.read_head().await?;
        let (status, length) = parse(&self.read[..head_bytes]).ok_or_else(|| wrong("its head"))?;
        while self.read.len() < head_bytes + length {
            self.read_some().await?;
        }
        Ok(Answer { status, body: self.read[head_bytes..head_bytes + length].to_vec() })
    }

    /// Reads until the head is there and gives its length.
    async fn read_head(&mut self) -> io::Result<usize> {
        loop {
            let seen = self.read.len().saturating_sub(END_OF_HEAD.len());
            self.read_some().await?;
            let fresh = &self.read[seen..];
            let end = fresh.windows(END_OF_HEAD.len()).position(|it| it == END_OF_HEAD);
            if let Some(place) = end {
                return Ok(seen + place + END_OF_HEAD.len());
            }
            if self.read.len() > HEAD_BYTES_MAX {
                return Err(wrong("its head is too long"));
            }
        }
    }

    async fn read_some(&mut self) -> io::Result<()> {
        match self.stream.read_buf(&mut self.read).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }
}

/// The status, and how many bytes follow.
fn parse(head: &[u8]) -> Option<(u16, usize)> {
    let mut lines = std::str::from_utf8(head).ok()?.split("\r\n");
    let status = lines.next()?.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()?;
    let length = lines.find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
    });
    length.filter(|it| *it <= BODY_BYTES_MAX).map(|it| (status, it))
}

fn wrong(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("not an answer that is read here: {what}"))
}

#[cfg(test)]
mod tests {
    //! Heads as servers send them.

    use super::*;

    #[test]
    fn a_status_and_a_length_are_read() {
        let head =
            b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\ncontent-Length: 17\r\n\r\n";
        assert_eq!(parse(head), Some((201, 17)));
        assert_eq!(parse(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"), None);
        assert_eq!(parse(b"HTTP/1.0 200 OK\r\ncontent-length: 1\r\n\r\n"), None);
        assert_eq!(parse(b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n"), None);
    }
}
