//! The state of an execution, always as icon and word; colour is the third signal.

use leptos::prelude::*;
use tailwind_fuse::tw_join;

use super::icon::Icon;

/// The eight states of an execution and the two words on the way to one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Queued,
    Running,
    Waiting,
    Succeeded,
    Failed,
    TimedOut,
    Cancelled,
    Crashed,
    /// Asked to stop, not yet confirmed.
    Cancelling,
    /// Waits for the next attempt.
    Retrying,
}

impl Status {
    /// Every state, in the order of the design.
    pub const ALL: [Self; 10] = [
        Self::Queued,
        Self::Running,
        Self::Waiting,
        Self::Succeeded,
        Self::Failed,
        Self::TimedOut,
        Self::Cancelled,
        Self::Crashed,
        Self::Cancelling,
        Self::Retrying,
    ];

    /// The word in addresses and data.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::TimedOut => "timed_out",
            Self::Cancelled => "cancelled",
            Self::Crashed => "crashed",
            Self::Cancelling => "cancelling",
            Self::Retrying => "retrying",
        }
    }

    /// Reads the word back.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }

    /// The word on screen.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Queued => "Queued",
            Self::Running => "Running",
            Self::Waiting => "Waiting",
            Self::Succeeded => "Succeeded",
            Self::Failed => "Failed",
            Self::TimedOut => "Timed out",
            Self::Cancelled => "Cancelled",
            Self::Crashed => "Crashed",
            Self::Cancelling => "Cancelling",
            Self::Retrying => "Retrying",
        }
    }

    /// The sprite icon.
    pub const fn icon(self) -> &'static str {
        match self {
            Self::Queued | Self::Retrying => "circle-dashed",
            Self::Running | Self::Cancelling => "loader-circle",
            Self::Waiting => "circle-pause",
            Self::Succeeded => "circle-check",
            Self::Failed => "circle-x",
            Self::TimedOut => "alarm-clock",
            Self::Cancelled => "ban",
            Self::Crashed => "zap",
        }
    }

    /// Whether nothing more will happen.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::TimedOut | Self::Cancelled | Self::Crashed)
    }

    const fn is_turning(self) -> bool {
        matches!(self, Self::Running | Self::Cancelling)
    }

    const fn pill(self) -> &'static str {
        match self {
            Self::Queued => "pill-queued",
            Self::Running => "pill-running",
            Self::Waiting => "pill-waiting",
            Self::Succeeded => "pill-succeeded",
            Self::Failed => "pill-failed",
            Self::TimedOut => "pill-timed_out",
            Self::Cancelled => "pill-cancelled",
            Self::Crashed => "pill-crashed",
            Self::Cancelling => "pill-cancelling",
            Self::Retrying => "pill-retrying",
        }
    }
}

/// The state as a pill. Fine states have no fill; what needs a person has.
#[component]
pub fn StatusPill(
    #[prop(into)] status: Signal<Status>,
    /// Replaces the word, such as `Retrying in 4 s`.
    #[prop(optional, into)]
    label: MaybeProp<String>,
    /// A number after the word, such as the elapsed time.
    #[prop(optional, into)]
    detail: MaybeProp<String>,
    /// Larger, for page headers.
    #[prop(optional)]
    large: bool,
    /// More on hover: the first error, the limit, who cancelled.
    #[prop(optional, into)]
    title: MaybeProp<String>,
) -> impl IntoView {
    move || {
        let status = status.get();
        let word = label.get().unwrap_or_else(|| status.label().to_owned());
        let detail = detail.get().map(|detail| view! { <span class="num font-normal">{detail}</span> });
        view! {
            <span class=tw_join!("pill", status.pill(), large.then_some("pill-lg")) title=title.get()>
                <Icon name=status.icon() spin=status.is_turning() />
                <span>{word}</span>
                {detail}
            </span>
        }
    }
}
