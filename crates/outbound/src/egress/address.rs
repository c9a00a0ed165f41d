//! Which addresses a request of a user may go to: those of the public internet, and networks that
//! the server's configuration allows.
//!
//! Literal addresses are judged here, before anything is sent, because a client does not resolve
//! them. The URL parser has already turned decimal, octal and hexadecimal spellings into addresses.
//! Addresses that carry another one inside (v4-mapped, NAT64) are judged by the one inside.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use url::{Host, Url};

/// The longest address in bytes.
const MAX_URL: usize = 8 * 1024;

/// Why an address is refused before anything is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It cannot be read, or not in one way only.
    #[error("The address cannot be read. Give one such as https://api.example.com/path.")]
    Malformed,
    /// It is neither http nor https.
    #[error("Only addresses that begin with http:// or https:// can be called.")]
    Scheme,
    /// It holds a user name or password.
    #[error("Leave user name and password out of the address; send them in a header.")]
    Userinfo,
    /// It leads to this machine, a private network, or a special address.
    #[error(
        "The address leads into a private network, which this server does not call. The operator can allow it with SHOPFLOOR_EGRESS_ALLOW."
    )]
    Private,
}

/// Networks that may be called although they are not public.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Allowed(Vec<IpNet>);

impl Allowed {
    /// Reads addresses and networks with commas between, such as `10.1.0.0/16, 127.0.0.1`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let entries = text.split(',').map(str::trim).filter(|entry| !entry.is_empty());
        let read = |entry: &str| {
            let network = entry.parse::<IpNet>().ok();
            network.or_else(|| entry.parse::<IpAddr>().ok().map(IpNet::from)).ok_or_else(|| {
                "give addresses or networks such as 10.1.0.0/16, with commas between".to_owned()
            })
        };
        entries.map(read).collect::<Result<_, _>>().map(Self)
    }

    /// Whether a request of a user may go there.
    pub fn permits(&self, address: IpAddr) -> bool {
        let address = inner(address);
        self.0.iter().any(|network| network.contains(&address)) || is_public(address)
    }
}

/// The address a packet ends up at: what a v4-mapped or NAT64 address carries, or itself.
fn inner(address: IpAddr) -> IpAddr {
    let IpAddr::V6(six) = address else { return address };
    let mapped = six.to_ipv4_mapped();
    let translated = Ipv6Net::new_assert(Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 96).contains(&six);
    let low = || {
        let [.., a, b, c, d] = six.octets();
        Ipv4Addr::new(a, b, c, d)
    };
    mapped.or_else(|| translated.then(low)).map_or(address, IpAddr::V4)
}

/// Special networks of the registries of IANA, and the one public address at which a cloud answers
/// its machines.
const SPECIAL_V4: [(Ipv4Addr, u8); 17] = [
    (Ipv4Addr::UNSPECIFIED, 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(168, 63, 129, 16), 32),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
    (Ipv4Addr::BROADCAST, 32),
];

/// What of the one public part of version 6, `2000::/3`, is special: protocol assignments with
/// Teredo, documentation twice, 6to4.
const SPECIAL_V6: [(Ipv6Addr, u8); 4] = [
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(four) => {
            !SPECIAL_V4.iter().any(|(base, bits)| Ipv4Net::new_assert(*base, *bits).contains(&four))
        }
        IpAddr::V6(six) => {
            six.segments()[0] >> 13 == 1
                && !SPECIAL_V6.iter().any(|(base, bits)| Ipv6Net::new_assert(*base, *bits).contains(&six))
        }
    }
}

/// Reads an address a user gave and judges what can be judged without resolving names.
pub fn check(text: &str, allowed: &Allowed) -> Result<Url, Refusal> {
    // The parser would drop blanks and turn backslashes; what another program reads differently is
    // not sent at all.
    let twofold = |c: char| c.is_whitespace() || c.is_control() || c == '\\';
    let slashes = text.split_once(':').map_or("", |(_, rest)| rest);
    let slashes = slashes.len() - slashes.trim_start_matches('/').len();
    if text.len() > MAX_URL || text.contains(twofold) || slashes > 2 {
        return Err(Refusal::Malformed);
    }
    let url = Url::parse(text).map_err(|_| Refusal::Malformed)?;
    check_url(url, allowed)
}

/// The same for an address that was read already, such as that of a redirect.
pub(super) fn check_url(mut url: Url, allowed: &Allowed) -> Result<Url, Refusal> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err(Refusal::Scheme);
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Refusal::Userinfo);
    }
    let literal = match url.host() {
        None => return Err(Refusal::Malformed),
        Some(Host::Ipv4(four)) => Some(IpAddr::V4(four)),
        Some(Host::Ipv6(six)) => Some(IpAddr::V6(six)),
        Some(Host::Domain(name)) if name.trim_matches('.').is_empty() => return Err(Refusal::Malformed),
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            let here = name == "localhost" || name.ends_with(".localhost");
            here.then_some(IpAddr::V4(Ipv4Addr::LOCALHOST))
        }
    };
    if literal.is_some_and(|address| !allowed.permits(address)) {
        return Err(Refusal::Private);
    }
    url.set_fragment(None);
    Ok(url)
}
