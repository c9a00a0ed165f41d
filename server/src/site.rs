//! The built site: what is in the binary, or on disk where files there override it.

use std::borrow::Cow;
use std::io::Read as _;
use std::path::{Component, Path, PathBuf};

use app::document::SiteFiles;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use flate2::read::GzDecoder;
use leptos::config::LeptosOptions;

#[cfg(site_embedded)]
mod embedded {
    //! Written by the build script: the files of the built site.
    include!(concat!(env!("OUT_DIR"), "/site.rs"));
}

/// Serves the files of the site.
#[derive(Debug, Clone)]
pub struct Site {
    disk: Option<PathBuf>,
    /// The names under which pages load their script and style.
    pub files: SiteFiles,
}

impl Site {
    /// The site on disk at `options.site_root` if it was built there, else the one in the binary.
    pub fn new(options: &LeptosOptions) -> Self {
        let package = options.site_pkg_dir.as_ref();
        let root = PathBuf::from(options.site_root.as_ref());
        let disk = root.join(package).is_dir().then_some(root);
        let names = match &disk {
            Some(root) => disk_names(&root.join(package)),
            None => embedded_names(package),
        };
        Self { files: SiteFiles::choose(package, options.output_name.as_ref(), &names), disk }
    }

    /// True when there is a script to bring pages to life.
    pub fn is_built(&self) -> bool {
        self.files.script.is_some()
    }

    /// Answers with the file at the path, compressed as the browser likes it; `None` if there is none.
    pub fn serve(&self, path: &str, headers: &HeaderMap) -> Option<Response> {
        let path = path.trim_start_matches('/');
        if path.is_empty() || matches!(path.rsplit_once('.'), Some((_, "br" | "gz"))) {
            return None;
        }
        let accepted =
            headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let found = [("br", "br"), ("gzip", "gz")]
            .into_iter()
            .filter(|(encoding, _)| accepts(accepted, encoding))
            .find_map(|(encoding, suffix)| Some((self.read(&format!("{path}.{suffix}"))?, Some(encoding))))
            .or_else(|| Some((self.read(path)?, None)))
            .or_else(|| Some((unpack(&self.read(&format!("{path}.gz"))?)?, None)));
        let (bytes, encoding) = found?;
        let kind = mime_guess::from_path(path).first_or_octet_stream();
        let mut response = (StatusCode::OK, bytes.into_owned()).into_response();
        let headers = response.headers_mut();
        if let Ok(kind) = HeaderValue::from_str(kind.as_ref()) {
            headers.insert(header::CONTENT_TYPE, kind);
        }
        if let Some(encoding) = encoding {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        // Files below the package folder carry a hash of their content in their names.
        let life = if self.files.is_hashed(path) || path.starts_with("fonts/") {
            "public, max-age=31536000, immutable"
        } else {
            "public, max-age=3600"
        };
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(life));
        Some(response)
    }

    fn read(&self, path: &str) -> Option<Cow<'static, [u8]>> {
        match &self.disk {
            Some(root) => {
                let relative = Path::new(path);
                let inside = relative.components().all(|part| matches!(part, Component::Normal(_)));
                inside.then(|| std::fs::read(root.join(relative)).ok()).flatten().map(Cow::Owned)
            }
            None => embedded_file(path),
        }
    }
}

/// Whether an `Accept-Encoding` takes a coding: by its name or else by `*`, and not with the quality 0.
fn accepts(accepted: &str, coding: &str) -> bool {
    let named = |name: &str| {
        accepted.split(',').find_map(|part| {
            let mut words = part.split(';').map(str::trim);
            words.next().filter(|word| word.eq_ignore_ascii_case(name))?;
            let quality = words.find_map(|word| word.strip_prefix("q=").or_else(|| word.strip_prefix("Q=")));
            Some(quality.is_none_or(|quality| quality.parse::<f32>().is_ok_and(|quality| quality > 0.0)))
        })
    };
    named(coding).or_else(|| named("*")).unwrap_or(false)
}

/// A file whose plain form is not carried along.
fn unpack(bytes: &[u8]) -> Option<Cow<'static, [u8]>> {
    let mut plain = Vec::new();
    GzDecoder::new(bytes).read_to_end(&mut plain).ok()?;
    Some(Cow::Owned(plain))
}

fn disk_names(package: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(package).into_iter().flatten().flatten();
    let dated = entries.filter_map(|entry| {
        let written = entry.metadata().ok()?.modified().ok()?;
        Some((written, entry.file_name().into_string().ok()?))
    });
    by_age(dated)
}

/// Names of files, oldest first. Of two that were written at the same moment the one with a hash
/// comes last.
fn by_age<T: Ord>(dated: impl Iterator<Item = (T, String)>) -> Vec<String> {
    let mut dated: Vec<_> = dated.collect();
    dated.sort_by(|(one, name), (other, longer)| one.cmp(other).then(name.len().cmp(&longer.len())));
    dated.into_iter().map(|(_, name)| name).collect()
}

#[cfg(site_embedded)]
fn embedded_names(package: &str) -> Vec<String> {
    let prefix = format!("{package}/");
    by_age(embedded::Site::iter().filter_map(|path| {
        let name = path.strip_prefix(&prefix)?;
        let name = name.strip_suffix(".gz").unwrap_or(name).to_owned();
        Some((embedded::Site::get(&path)?.metadata.last_modified(), name))
    }))
}

#[cfg(not(site_embedded))]
fn embedded_names(_package: &str) -> Vec<String> {
    Vec::new()
}

#[cfg(site_embedded)]
fn embedded_file(path: &str) -> Option<Cow<'static, [u8]>> {
    embedded::Site::get(path).map(|file| file.data)
}

#[cfg(not(site_embedded))]
fn embedded_file(_path: &str) -> Option<Cow<'static, [u8]>> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_coding_is_taken_unless_its_quality_is_nothing() {
        for (accepted, takes) in [
            ("br", true),
            ("gzip, deflate, br;q=0.1", true),
            ("gzip, BR ; q=1", true),
            ("*", true),
            ("", false),
            ("gzip", false),
            ("br;q=0", false),
            ("gzip, br; q=0.000", false),
            ("br;q=0, *", false),
            ("*;q=0", false),
            ("brotli", false),
        ] {
            assert_eq!(accepts(accepted, "br"), takes, "{accepted:?}");
        }
    }
}
