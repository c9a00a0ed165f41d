//! Appearance: theme, density and the width of the sidebar.
//! The three choices live in cookies, so the server prints them on `<html>` and the first frame
//! is already right; the browser changes attribute and cookie at once. Without a script the same
//! choice goes through a form post to `/appearance` (`theme`, `density`, `nav`, `next`).

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::browser;

/// Cookie that holds the theme.
pub const THEME_COOKIE: &str = "sf_theme";
/// Cookie that holds the density.
pub const DENSITY_COOKIE: &str = "sf_density";
/// Cookie that holds the state of the sidebar.
pub const NAV_COOKIE: &str = "sf_nav";
/// Where the form without a script posts.
pub const APPEARANCE_PATH: &str = "/appearance";

/// The colour theme; `System` leaves the choice to the operating system.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    #[default]
    System,
    Light,
    Dark,
}

impl Theme {
    /// Every theme, in the order of the menu.
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// The word in the cookie and in the form.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The word on screen.
    pub const fn label(self) -> &'static str {
        match self {
            Self::System => "System",
            Self::Light => "Light",
            Self::Dark => "Dark",
        }
    }

    /// The sprite icon.
    pub const fn icon(self) -> &'static str {
        match self {
            Self::System => "monitor",
            Self::Light => "sun",
            Self::Dark => "moon",
        }
    }

    /// The value of `data-theme`; nothing means the attribute is left out.
    pub const fn attribute(self) -> Option<&'static str> {
        match self {
            Self::System => None,
            Self::Light => Some("light"),
            Self::Dark => Some("dark"),
        }
    }

    /// Reads the word back.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|theme| theme.as_str() == word)
    }
}

/// Row and control heights.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Density {
    #[default]
    Comfortable,
    Compact,
}

impl Density {
    /// Every density, in the order of the setting.
    pub const ALL: [Self; 2] = [Self::Comfortable, Self::Compact];

    /// The word in the cookie, in the form and in `data-density`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Comfortable => "comfortable",
            Self::Compact => "compact",
        }
    }

    /// The word on screen.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Comfortable => "Comfortable",
            Self::Compact => "Compact",
        }
    }

    /// Reads the word back.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|density| density.as_str() == word)
    }
}

/// The sidebar: with labels, or icons only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Nav {
    #[default]
    Full,
    Rail,
}

impl Nav {
    /// The word in the cookie and in `data-nav`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Rail => "rail",
        }
    }

    /// Reads the word back.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Full, Self::Rail].into_iter().find(|nav| nav.as_str() == word)
    }

    /// The other one.
    #[must_use]
    pub const fn toggled(self) -> Self {
        match self {
            Self::Full => Self::Rail,
            Self::Rail => Self::Full,
        }
    }
}

/// All three choices of one browser.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Appearance {
    pub theme: Theme,
    pub density: Density,
    pub nav: Nav,
}

impl Appearance {
    /// Reads the cookies; what is missing or unknown falls back to the default.
    pub fn from_cookie_header(header: &str) -> Self {
        let value = |name: &str| {
            header.split(';').find_map(|pair| {
                let (key, value) = pair.trim().split_once('=')?;
                (key == name).then_some(value.trim())
            })
        };
        Self {
            theme: value(THEME_COOKIE).and_then(Theme::parse).unwrap_or_default(),
            density: value(DENSITY_COOKIE).and_then(Density::parse).unwrap_or_default(),
            nav: value(NAV_COOKIE).and_then(Nav::parse).unwrap_or_default(),
        }
    }

    /// The choices of this request (on the server) or of this document (in the browser, where the
    /// attributes are what the server printed, so both sides start from the same values).
    pub fn current() -> Self {
        #[cfg(feature = "ssr")]
        {
            use_context::<http::request::Parts>()
                .and_then(|parts| {
                    let header = parts.headers.get(http::header::COOKIE)?;
                    Some(Self::from_cookie_header(header.to_str().ok()?))
                })
                .unwrap_or_default()
        }
        #[cfg(not(feature = "ssr"))]
        {
            let read = |name: &str| browser::root_attribute(name).unwrap_or_default();
            Self {
                theme: Theme::parse(&read("data-theme")).unwrap_or_default(),
                density: Density::parse(&read("data-density")).unwrap_or_default(),
                nav: Nav::parse(&read("data-nav")).unwrap_or_default(),
            }
        }
    }
}

/// The live choices; the setters change document and cookie at once.
#[derive(Clone, Copy, Debug)]
pub struct AppearanceState {
    pub theme: RwSignal<Theme>,
    pub density: RwSignal<Density>,
    pub nav: RwSignal<Nav>,
}

impl AppearanceState {
    /// Switches the theme.
    pub fn set_theme(self, theme: Theme) {
        self.theme.set(theme);
        browser::set_root_attribute("data-theme", theme.attribute());
        browser::set_cookie(THEME_COOKIE, theme.as_str());
    }

    /// Switches the density.
    pub fn set_density(self, density: Density) {
        self.density.set(density);
        browser::set_root_attribute("data-density", Some(density.as_str()));
        browser::set_cookie(DENSITY_COOKIE, density.as_str());
    }

    /// Folds or unfolds the sidebar.
    pub fn toggle_nav(self) {
        let nav = self.nav.get_untracked().toggled();
        self.nav.set(nav);
        browser::set_root_attribute("data-nav", Some(nav.as_str()));
        browser::set_cookie(NAV_COOKIE, nav.as_str());
    }
}

/// Makes the choices known to the tree; called once, in `App`.
pub fn provide_appearance() -> AppearanceState {
    let now = Appearance::current();
    let state = AppearanceState {
        theme: RwSignal::new(now.theme),
        density: RwSignal::new(now.density),
        nav: RwSignal::new(now.nav),
    };
    provide_context(state);
    state
}

/// The choices of this browser.
///
/// # Panics
/// When `provide_appearance` was not called above.
pub fn use_appearance() -> AppearanceState {
    use_context().expect("`App` calls `theme::provide_appearance` before any view asks for it")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_are_read() {
        let seen =
            Appearance::from_cookie_header("session=abc; sf_theme=dark; sf_density=compact;sf_nav=rail");
        assert_eq!(seen, Appearance { theme: Theme::Dark, density: Density::Compact, nav: Nav::Rail });
    }

    #[test]
    fn unknown_and_missing_words_fall_back() {
        for header in ["", ";;", "sf_theme", "sf_theme=\"><script>", "xsf_theme=dark"] {
            assert_eq!(Appearance::from_cookie_header(header), Appearance::default(), "{header}");
        }
    }

    #[test]
    fn system_theme_leaves_the_attribute_out() {
        assert_eq!(Theme::System.attribute(), None);
        assert_eq!(Theme::Dark.attribute(), Some("dark"));
    }

    #[test]
    fn words_survive_a_round_trip() {
        for theme in Theme::ALL {
            assert_eq!(Theme::parse(theme.as_str()), Some(theme));
        }
        for density in Density::ALL {
            assert_eq!(Density::parse(density.as_str()), Some(density));
        }
        assert_eq!(Nav::parse(Nav::Rail.toggled().as_str()), Some(Nav::Full));
    }
}
