//! Answers are the same each time, about the message, and made of harmless Markdown.

use super::*;

fn question(message: &str) -> Question {
    Question {
        title: "Support helper".to_owned(),
        instructions: "You triage tickets. Be brief.".to_owned(),
        message: message.to_owned(),
        turn: 1,
        ..Question::default()
    }
}

#[test]
fn the_same_question_gets_the_same_answer_and_another_seed_another() {
    let asked = question("Plan the harvest festival for the village school");
    assert_eq!(reply(&asked), reply(&asked));
    let others = (1..20).map(|seed| Question { seed, ..asked.clone() });
    assert!(others.into_iter().any(|other| reply(&other) != reply(&asked)));
}

#[test]
fn a_reply_speaks_about_the_message_and_the_agent() {
    let answer = reply(&question("Summarise ticket 4711 for the on-call team."));
    for part in [
        "“Summarise ticket 4711 for the on-call team”",
        "**Support helper**",
        "“You triage tickets”",
        "\n- **",
        "*ticket*",
    ] {
        assert!(answer.contains(part), "{part} in: {answer}");
    }
    assert!(!answer.contains('{'), "{answer}");
}

#[test]
fn a_later_turn_refers_to_the_earlier_message() {
    let asked =
        Question { earlier: Some("Write a welcome mail".to_owned()), turn: 2, ..question("Make it shorter") };
    let answer = reply(&asked);
    assert!(answer.contains("“Write a welcome mail”"), "{answer}");
    assert!(answer.contains("“Make it shorter”"), "{answer}");
}

#[test]
fn odd_messages_still_get_a_reply() {
    for message in ["", "  \n", "?", "a", "🦊🦊🦊", "# **x**", &"word ".repeat(400), &"w".repeat(5000)]
    {
        let answer = reply(&question(message));
        assert!(answer.contains("- **") && answer.len() < 2000, "{answer}");
    }
}

#[test]
fn pieces_join_to_the_text_again() {
    let text = long(&question("Ünïcode and   spaces\n\nand lines"), 5);
    let pieces = pieces(&text, 3);
    assert!(pieces.len() > 20);
    assert_eq!(pieces.concat(), text);
    assert_eq!(text.matches("**Part ").count(), 4);
}
