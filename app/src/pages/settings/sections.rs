//! The sections there are, and the list of them.

use domain::Permission;
use leptos::prelude::*;

use crate::pages::workspace::here::may;

/// A section of the settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    Profile,
    Sessions,
    Appearance,
    Members,
    ApiKeys,
    Toolhouse,
    Data,
}

impl Section {
    const OWN: [Self; 3] = [Self::Profile, Self::Sessions, Self::Appearance];
    const WORKSPACE: [Self; 4] = [Self::Members, Self::ApiKeys, Self::Toolhouse, Self::Data];

    /// The word in the address.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Profile => "profile",
            Self::Sessions => "sessions",
            Self::Appearance => "appearance",
            Self::Members => "members",
            Self::ApiKeys => "api-keys",
            Self::Toolhouse => "toolhouse",
            Self::Data => "data",
        }
    }

    /// Reads the word back.
    pub fn parse(word: &str) -> Option<Self> {
        Self::OWN.into_iter().chain(Self::WORKSPACE).find(|section| section.word() == word)
    }

    /// The word on screen.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Profile => "Profile",
            Self::Sessions => "Sessions",
            Self::Appearance => "Appearance",
            Self::Members => "Members",
            Self::ApiKeys => "API keys",
            Self::Toolhouse => "Toolhouse",
            Self::Data => "Data",
        }
    }

    /// One sentence under the title.
    pub const fn about(self) -> &'static str {
        match self {
            Self::Profile => "Your name and your password, the same in every workspace.",
            Self::Sessions => "Where you are signed in.",
            Self::Appearance => "How Shopfloor looks in this browser.",
            Self::Members => "Who belongs to this workspace and what they may do.",
            Self::ApiKeys => "Programs call Shopfloor with a key. Each key can do only what its scopes say.",
            Self::Toolhouse => "Who answers when an agent runs on Toolhouse.",
            Self::Data => "How long ended executions are kept, and how large the database is.",
        }
    }

    /// What one needs to see it at all.
    const fn needs(self) -> Option<Permission> {
        match self {
            Self::Profile | Self::Sessions | Self::Appearance => None,
            Self::Members => Some(Permission::MembersRead),
            Self::ApiKeys => Some(Permission::KeysWrite),
            Self::Toolhouse => Some(Permission::SettingsWrite),
            Self::Data => Some(Permission::DataWrite),
        }
    }

    /// Where it is.
    pub fn href(self, slug: &str) -> String {
        format!("/w/{slug}/settings/{}", self.word())
    }
}

/// The list at the left; above the section on narrow screens.
#[component]
pub fn SectionList(current: Section, slug: String) -> impl IntoView {
    let links = |sections: &[Section]| {
        sections
            .iter()
            .copied()
            .filter(|section| section.needs().is_none_or(may))
            .map(|section| {
                let here = (section == current).then_some("page");
                view! {
                    <li>
                        <a class="navlink" href=section.href(&slug) aria-current=here>
                            {section.label()}
                        </a>
                    </li>
                }
            })
            .collect_view()
    };
    view! {
        <nav aria-label="Settings" class="max-lg:border-b max-lg:border-line max-lg:pb-3">
            <h2 class="navhead">"You"</h2>
            <ul class="flex flex-wrap gap-px lg:block lg:space-y-px">{links(&Section::OWN)}</ul>
            <h2 class="navhead">"Workspace"</h2>
            <ul class="flex flex-wrap gap-px lg:block lg:space-y-px">{links(&Section::WORKSPACE)}</ul>
        </nav>
    }
}

#[cfg(test)]
mod tests {
    use super::Section;

    #[test]
    fn words_lead_back_to_their_section() {
        for section in Section::OWN.into_iter().chain(Section::WORKSPACE) {
            assert_eq!(Section::parse(section.word()), Some(section));
        }
        assert_eq!(Section::parse("two-factor"), None);
    }
}
