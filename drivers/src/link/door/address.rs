//! Where a server listens and a client calls.

use super::DoorError;
use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::str::FromStr;

/// Where a server listens and a client calls: `host:port`, or `unix:PATH` for a socket in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// TCP.
    Tcp {
        /// A name or an IP address, without brackets.
        host: String,
        /// Port; a server that is given 0 takes any free one.
        port: u16,
    },
    /// A Unix socket, which only its owner can use.
    Unix(PathBuf),
}

impl Address {
    /// Whether only this machine can reach it. `localhost` counts: it is never looked up, and stands for 127.0.0.1.
    pub fn is_local(&self) -> bool {
        match self {
            Self::Tcp { host, .. } => host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback()),
            Self::Unix(_) => true,
        }
    }

    /// Host and port as the operating system takes them.
    pub(super) fn endpoint(host: &str, port: u16) -> String {
        match host {
            "localhost" => format!("127.0.0.1:{port}"),
            host if host.contains(':') => format!("[{host}]:{port}"),
            host => format!("{host}:{port}"),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { host, port } if host.contains(':') => write!(f, "[{host}]:{port}"),
            Self::Tcp { host, port } => write!(f, "{host}:{port}"),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

impl FromStr for Address {
    type Err = DoorError;

    fn from_str(text: &str) -> Result<Self, DoorError> {
        let refused = |why: &str| DoorError::Address { text: text.to_owned(), why: why.to_owned() };
        if let Some(path) = text.strip_prefix("unix:") {
            return match path {
                "" => Err(refused("it names no socket")),
                _ if cfg!(unix) => Ok(Self::Unix(path.into())),
                _ => Err(refused("this system has no Unix sockets")),
            };
        }
        let (host, port) = text.rsplit_once(':').ok_or_else(|| refused("it has no port"))?;
        let port = port.parse().map_err(|_| refused("its port is not a number from 0 to 65535"))?;
        let bare = host.strip_prefix('[').and_then(|h| h.strip_suffix(']'));
        let host = match bare {
            Some(inner) if inner.parse::<std::net::Ipv6Addr>().is_ok() => inner,
            Some(_) => return Err(refused("there is no IPv6 address in its brackets")),
            None if host.contains(':') => return Err(refused("an IPv6 address stands in brackets")),
            None => host,
        };
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':');
        if host.is_empty() || !host.chars().all(allowed) {
            return Err(refused("its host is neither a name nor an IP address"));
        }
        Ok(Self::Tcp { host: host.to_ascii_lowercase(), port })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_and_written_alike_and_only_loopback_is_local() {
        for (text, local) in [
            ("127.0.0.1:50551", true),
            ("127.8.4.2:1", true),
            ("[::1]:50551", true),
            ("localhost:0", true),
            ("0.0.0.0:50551", false),
            ("[::]:50551", false),
            ("192.168.1.20:50551", false),
            ("afm.lab.example:50551", false),
            // Names that merely look like this machine are not it.
            ("localhost.lab.example:1", false),
            ("[::ffff:127.0.0.1]:1", false),
        ] {
            let address: Address = text.parse().expect(text);
            assert_eq!((address.to_string().as_str(), address.is_local()), (text, local));
        }
        #[cfg(unix)]
        assert_eq!(
            "unix:/run/tiptwin.sock".parse::<Address>().expect("a socket").to_string(),
            "unix:/run/tiptwin.sock"
        );
    }

    #[test]
    fn what_is_no_address_is_refused_with_what_would_be_one() {
        for text in
            ["", "afm", ":50551", "afm:port", "afm:70000", "::1:50551", "[afm]:1", "a b:1", "http://afm:1", "unix:"]
        {
            let error = text.parse::<Address>().expect_err(text).to_string();
            assert!(error.contains(&format!("\"{text}\"")) && error.contains("accepted: host:port"), "{error}");
        }
    }
}
