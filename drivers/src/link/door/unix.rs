//! A Unix socket that only its owner can use.

use std::fs;
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use tokio::net::{UnixListener, UnixStream};

/// A socket in a folder. Dropping it removes it.
pub(super) struct OwnSocket {
    listener: UnixListener,
    path: PathBuf,
    owner: u32,
}

impl OwnSocket {
    /// Makes the socket. One that a server which is gone left behind is replaced; anything else there is not.
    pub(super) async fn bind(path: &Path) -> io::Result<Self> {
        if let Ok(there) = fs::symlink_metadata(path) {
            let occupied = |what: &str| io::Error::new(io::ErrorKind::AddrInUse, what.to_owned());
            if !there.file_type().is_socket() {
                return Err(occupied("something that is no socket has this name"));
            }
            if UnixStream::connect(path).await.is_ok() {
                return Err(occupied("another server listens there"));
            }
            fs::remove_file(path)?;
        }
        let listener = UnixListener::bind(path)?;
        fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
        Ok(Self { listener, path: path.to_owned(), owner: fs::symlink_metadata(path)?.uid() })
    }

    /// The next connection of the owner, or of root, whom no mode keeps out. Others could have come in the moment before the mode was set.
    pub(super) async fn accept(&self) -> io::Result<UnixStream> {
        loop {
            let (stream, _) = self.listener.accept().await?;
            let user = stream.peer_cred()?.uid();
            if user == self.owner || user == 0 {
                return Ok(stream);
            }
        }
    }
}

impl Drop for OwnSocket {
    fn drop(&mut self) {
        // Somebody may have removed it already.
        drop(fs::remove_file(&self.path));
    }
}
