//! Starting points for new agents. Each runs as it is, on the simulator too.

use super::AgentDraft;

/// A starting point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Template {
    /// Part of the address: `/agents/new?from=support-triage`.
    pub slug: &'static str,
    /// Title.
    pub title: &'static str,
    /// What it does, in one sentence.
    pub description: &'static str,
    instructions: &'static str,
    message: &'static str,
    variables: &'static [(&'static str, &'static str)],
}

/// Every template.
pub const TEMPLATES: &[Template] = &[
    Template {
        slug: "support-triage",
        title: "Support triage",
        description: "Reads a customer's message, sets its priority and drafts a reply.",
        instructions: "You triage customer tickets for {company}.\n\n1. Say the priority (high, normal, low) and why, in one line.\n2. List what is known and what is missing.\n3. Draft a reply in the language of the ticket, at most {words} words.\n\nNever promise a refund.",
        message: "My parcel shows as delivered, but nothing arrived. This is the second time I write.",
        variables: &[("company", "our company"), ("words", "120")],
    },
    Template {
        slug: "meeting-notes",
        title: "Meeting notes",
        description: "Turns rough notes into decisions, open questions and next steps.",
        instructions: "You turn rough meeting notes into a short record for {audience}.\n\nWrite three sections: Decisions, Open questions, Next steps with an owner for each. Leave out small talk. Do not add anything that is not in the notes.",
        message: "Talked about the launch. Anna checks the numbers by Friday. Price still open. We keep the old name.",
        variables: &[("audience", "people who were not there")],
    },
    Template {
        slug: "changelog-writer",
        title: "Changelog writer",
        description: "Writes release notes for users from a list of commits.",
        instructions: "You write release notes for the users of {product}.\n\nGroup the changes into Added, Changed and Fixed. One line each, in plain words, about what users notice. Leave out what they do not.",
        message: "fix crash on empty list; add dark mode; bump dependencies; search is 3x faster",
        variables: &[("product", "the product")],
    },
];

/// The template of the given slug.
pub fn template(slug: &str) -> Option<&'static Template> {
    TEMPLATES.iter().find(|template| template.slug == slug)
}

impl Template {
    /// The template as a draft.
    pub fn draft(&self) -> AgentDraft {
        AgentDraft {
            title: self.title.to_owned(),
            description: self.description.to_owned(),
            instructions: self.instructions.to_owned(),
            message: self.message.to_owned(),
            variables: self
                .variables
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            runtime: "toolhouse".to_owned(),
            ..AgentDraft::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_can_be_published_as_it_is() {
        for template in TEMPLATES {
            let config = template.draft().parse().expect(template.slug);
            assert_eq!(config.ready(), Ok(()), "{}", template.slug);
            assert!(!config.message.is_empty(), "{}", template.slug);
        }
    }
}
