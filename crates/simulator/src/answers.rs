//! What the simulator says: a plausible reply to the message, made of the message's own words.
//!
//! It claims no facts. The same question gives the same answer; another seed, agent, message or
//! turn gives another.

mod words;

use sha2::{Digest, Sha256};

/// Everything an answer depends on.
#[derive(Debug, Clone, Default)]
pub(crate) struct Question {
    pub(crate) seed: u64,
    /// The agent's name.
    pub(crate) title: String,
    /// The agent's instructions.
    pub(crate) instructions: String,
    /// What the user says now.
    pub(crate) message: String,
    /// What the user said before that, if anything.
    pub(crate) earlier: Option<String>,
    /// Counted from 1.
    pub(crate) turn: usize,
}

const OPENERS: &[&str] = &[
    "Here is how I would approach “{subject}”.",
    "For “{subject}” I would take a few small steps.",
    "Let us look at “{subject}” one step at a time.",
    "This is the path I would take for “{subject}”.",
];

const FOLLOWING: &[&str] = &[
    "Following on from “{earlier}”, here is how I would handle “{subject}”.",
    "Earlier you asked for “{earlier}”. With that in mind, this is what I would do about “{subject}”.",
    "That builds on “{earlier}”. For “{subject}” I would go on like this.",
];

const STEPS: &[&str] = &[
    "**Aim.** Agree on what a good result looks like, above all for {topic}.",
    "**Material.** Collect what is already at hand about {topic} and mark the gaps.",
    "**Order.** Put the parts that touch {topic} first, because the rest depends on them.",
    "**Draft.** Write a first short version and keep {topic} in view.",
    "**Check.** Read it as somebody would who is new to {topic}.",
    "**Hand over.** Say plainly what is done, what is open and who looks after {topic}.",
];

const CLOSERS: &[&str] = &[
    "Tell me more about {topic} and I can go into detail.",
    "If this fits, say so and I will write the first version.",
    "Shall I begin with {topic}, or is something else more pressing?",
    "Which of these steps should come first for you?",
];

const PARAGRAPHS: &[&str] = &[
    "A closer look at {topic}: begin with what the reader already has, name the one thing that should change, and leave everything else as it is.",
    "With {topic} in mind, it helps to write down one example from start to end before any rule, and to let the rule follow from the example.",
    "Around {topic} the small questions tend to decide: who reads the result, when it is needed, and how anybody would notice a mistake.",
    "It is worth splitting {topic} in two parts, one that can be finished today and one that needs an answer from somebody else first.",
];

/// A few sentences, a short list and a question back.
pub(crate) fn reply(question: &Question) -> String {
    let mut dice = Dice::new(question);
    let subject = subject(&question.message);
    let topics = words::topics(&question.message);
    let topic = |number: usize| match topics.get(number % topics.len().max(1)) {
        Some(topic) => format!("*{topic}*"),
        None => "the request".to_owned(),
    };
    let opener = match &question.earlier {
        Some(earlier) => dice.pick(FOLLOWING).replace("{earlier}", &words::short(earlier)),
        None => dice.pick(OPENERS).to_owned(),
    };
    let mut answer = opener.replace("{subject}", &subject);
    if let Some(role) = role(question) {
        answer.push(' ');
        answer.push_str(&role);
    }
    answer.push_str("\n\n");
    for (number, step) in dice.some(STEPS, 3).into_iter().enumerate() {
        answer.push_str("- ");
        answer.push_str(&step.replace("{topic}", &topic(number)));
        answer.push('\n');
    }
    answer.push('\n');
    answer.push_str(&dice.pick(CLOSERS).replace("{topic}", &topic(0)));
    answer
}

/// A reply followed by paragraphs until there are as many as asked for.
pub(crate) fn long(question: &Question, paragraphs: usize) -> String {
    let mut dice = Dice::new(question);
    let topics = words::topics(&question.message);
    let mut all = vec![reply(question)];
    for number in 1..paragraphs {
        let topic = match topics.get(number % topics.len().max(1)) {
            Some(topic) => format!("*{topic}*"),
            None => "the request".to_owned(),
        };
        let paragraph = dice.pick(PARAGRAPHS).replace("{topic}", &topic);
        all.push(format!("**Part {number}.** {paragraph}"));
    }
    all.join("\n\n")
}

/// JSON in a fenced block with words around it, as models like to give it.
pub(crate) fn fenced(question: &Question) -> String {
    let value = serde_json::json!({
        "subject": subject(&question.message),
        "topics": words::topics(&question.message),
        "turn": question.turn,
    });
    format!("Here is the result as JSON:\n\n```json\n{value:#}\n```\n\nTell me if you need other fields.")
}

/// An answer to what a tool gave back.
pub(crate) fn after_tool(question: &Question, output: &str) -> String {
    format!("The tool answered “{}”.\n\n{}", words::short(output), reply(question))
}

/// Groups of one to four words. Joined, they are the text again.
pub(crate) fn pieces(text: &str, seed: u64) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut piece = String::new();
    let mut left = 0;
    for (number, word) in text.split_inclusive(char::is_whitespace).enumerate() {
        if left == 0 {
            left = 1 + (seed.wrapping_add(number as u64).wrapping_mul(7) % 4);
        }
        piece.push_str(word);
        left -= 1;
        if left == 0 {
            pieces.push(std::mem::take(&mut piece));
        }
    }
    if !piece.is_empty() {
        pieces.push(piece);
    }
    pieces
}

fn subject(message: &str) -> String {
    let subject = words::short(message);
    if subject.is_empty() { "your request".to_owned() } else { subject }
}

fn role(question: &Question) -> Option<String> {
    let title = words::short(&question.title);
    let instructions = words::short(&question.instructions);
    match (title.is_empty(), instructions.is_empty()) {
        (false, false) => {
            Some(format!("I answer as **{title}**, and my instructions begin with “{instructions}”."))
        }
        (false, true) => Some(format!("I answer as **{title}**.")),
        (true, false) => Some(format!("My instructions begin with “{instructions}”, and I keep to them.")),
        (true, true) => None,
    }
}

/// Choices that look random and follow from the question.
struct Dice {
    bytes: [u8; 32],
    at: usize,
}

impl Dice {
    fn new(question: &Question) -> Self {
        let mut hash = Sha256::new();
        hash.update(question.seed.to_be_bytes());
        for text in [&question.title, &question.instructions, &question.message] {
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text.as_bytes());
        }
        hash.update((question.turn as u64).to_be_bytes());
        Self { bytes: hash.finalize().into(), at: 0 }
    }

    fn roll(&mut self, sides: usize) -> usize {
        let byte = self.bytes[self.at % self.bytes.len()];
        self.at += 1;
        usize::from(byte) % sides.max(1)
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.roll(from.len())]
    }

    /// Some of them, in their order.
    fn some<'a>(&mut self, from: &[&'a str], count: usize) -> Vec<&'a str> {
        let mut kept = from.to_vec();
        while kept.len() > count {
            let gone = self.roll(kept.len());
            kept.remove(gone);
        }
        kept
    }
}

#[cfg(test)]
mod tests;
