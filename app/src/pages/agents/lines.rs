//! Two texts compared line by line: what went, what came, what stayed.

use crate::components::diff_view::{DiffKind, DiffLine};

/// Tables larger than this are not filled; then everything went and everything came.
const MAX_CELLS: usize = 4_000_000;

fn line(kind: DiffKind, index: usize, text: &str) -> DiffLine {
    DiffLine { kind, number: u32::try_from(index + 1).ok(), text: text.to_owned() }
}

/// The lines of both texts in one list. The longest common subsequence stays.
pub fn compare(before: &str, after: &str) -> Vec<DiffLine> {
    let (old, new): (Vec<_>, Vec<_>) = (before.lines().collect(), after.lines().collect());
    let head = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let left = old[head..].iter().rev().zip(new[head..].iter().rev());
    let tail = left.take_while(|(a, b)| a == b).count();
    let (old_end, new_end) = (old.len() - tail, new.len() - tail);
    let mut lines: Vec<_> = (0..head).map(|index| line(DiffKind::Same, index, new[index])).collect();
    lines.extend(middle(&old[head..old_end], &new[head..new_end], head));
    lines.extend((new_end..new.len()).map(|index| line(DiffKind::Same, index, new[index])));
    lines
}

fn middle(old: &[&str], new: &[&str], offset: usize) -> Vec<DiffLine> {
    let width = new.len() + 1;
    let is_small = (old.len() + 1).saturating_mul(width) <= MAX_CELLS;
    // `common[row * width + column]` is the length of what the rests have in common.
    let mut common = vec![0_u32; if is_small { (old.len() + 1) * width } else { 0 }];
    if is_small {
        for row in (0..old.len()).rev() {
            for column in (0..new.len()).rev() {
                common[row * width + column] = if old[row] == new[column] {
                    common[(row + 1) * width + column + 1] + 1
                } else {
                    common[(row + 1) * width + column].max(common[row * width + column + 1])
                };
            }
        }
    }
    let (mut row, mut column) = (0, 0);
    let mut lines = Vec::with_capacity(old.len() + new.len());
    while row < old.len() || column < new.len() {
        let both = row < old.len() && column < new.len();
        if both && is_small && old[row] == new[column] {
            lines.push(line(DiffKind::Same, offset + column, new[column]));
            row += 1;
            column += 1;
        } else if row < old.len()
            && (column >= new.len()
                || !is_small
                || common[(row + 1) * width + column] >= common[row * width + column + 1])
        {
            lines.push(line(DiffKind::Del, offset + row, old[row]));
            row += 1;
        } else {
            lines.push(line(DiffKind::Add, offset + column, new[column]));
            column += 1;
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signs(before: &str, after: &str) -> String {
        let sign = |line: DiffLine| match line.kind {
            DiffKind::Same => format!(" {}", line.text),
            DiffKind::Add => format!("+{}", line.text),
            DiffKind::Del => format!("-{}", line.text),
        };
        compare(before, after).into_iter().map(sign).collect::<Vec<_>>().join("|")
    }

    #[test]
    fn what_stays_is_kept_between_what_changes() {
        for (before, after, lines) in [
            ("", "", ""),
            ("a\nb\nc", "a\nb\nc", " a| b| c"),
            ("a\nb\nc", "a\nx\nc", " a|-b|+x| c"),
            ("a\nb", "b\nc", "-a| b|+c"),
            ("", "a", "+a"),
            ("a\na", "a", " a|-a"),
        ] {
            assert_eq!(signs(before, after), lines, "{before:?} to {after:?}");
        }
    }

    #[test]
    fn both_texts_can_be_read_back() {
        let (before, after) = ("one\ntwo\nthree\nfour", "zero\ntwo\nfour\nfive");
        let lines = compare(before, after);
        let side = |gone: DiffKind| {
            let kept = lines.iter().filter(|line| line.kind != gone).map(|line| line.text.as_str());
            kept.collect::<Vec<_>>().join("\n")
        };
        assert_eq!(side(DiffKind::Add), before);
        assert_eq!(side(DiffKind::Del), after);
    }
}
