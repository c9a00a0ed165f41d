//! Numbers, brackets and `+ - * / % ^`: what a model gets wrong by itself.

/// How deep brackets and signs may nest.
const DEEPEST: u32 = 64;
/// The longest expression in bytes.
const LONGEST: usize = 1_000;

/// The value of an expression, or a sentence about what is wrong with it.
pub fn calculate(expression: &str) -> Result<f64, String> {
    if expression.len() > LONGEST {
        return Err(format!("Shorten the expression to at most {LONGEST} characters."));
    }
    let mut reader = Reader { rest: expression, whole: expression.len() };
    let value = reader.sum(0)?;
    reader.blanks();
    if !reader.rest.is_empty() {
        return Err(reader.unexpected());
    }
    if value.is_finite() { Ok(value) } else { Err("The result is no finite number.".to_owned()) }
}

struct Reader<'a> {
    rest: &'a str,
    whole: usize,
}

impl Reader<'_> {
    fn blanks(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn unexpected(&self) -> String {
        let place = self.whole - self.rest.len() + 1;
        self.rest.chars().next().map_or_else(
            || "The expression ends too early.".to_owned(),
            |found| format!("\"{found}\" at place {place} is not expected there."),
        )
    }

    fn take(&mut self, wanted: &[char]) -> Option<char> {
        self.blanks();
        let found = self.rest.chars().next().filter(|found| wanted.contains(found))?;
        self.rest = &self.rest[found.len_utf8()..];
        Some(found)
    }

    fn sum(&mut self, depth: u32) -> Result<f64, String> {
        let mut value = self.product(depth)?;
        while let Some(sign) = self.take(&['+', '-']) {
            let next = self.product(depth)?;
            value = if sign == '+' { value + next } else { value - next };
        }
        Ok(value)
    }

    fn product(&mut self, depth: u32) -> Result<f64, String> {
        let mut value = self.signed(depth)?;
        while let Some(sign) = self.take(&['*', '/', '%']) {
            let next = self.signed(depth)?;
            if sign != '*' && next == 0.0 {
                return Err("The expression divides by zero.".to_owned());
            }
            value = match sign {
                '*' => value * next,
                '/' => value / next,
                _ => value % next,
            };
        }
        Ok(value)
    }

    fn signed(&mut self, depth: u32) -> Result<f64, String> {
        if depth > DEEPEST {
            return Err("The expression nests too deeply.".to_owned());
        }
        match self.take(&['-', '+']) {
            Some('-') => Ok(-self.signed(depth + 1)?),
            Some(_) => self.signed(depth + 1),
            None => {
                let base = self.atom(depth)?;
                if self.take(&['^']).is_some() { Ok(base.powf(self.signed(depth + 1)?)) } else { Ok(base) }
            }
        }
    }

    fn atom(&mut self, depth: u32) -> Result<f64, String> {
        if self.take(&['(']).is_some() {
            let value = self.sum(depth + 1)?;
            return if self.take(&[')']).is_some() { Ok(value) } else { Err(self.unexpected()) };
        }
        self.blanks();
        let mut end = self.rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(self.rest.len());
        let after = &self.rest[end..];
        if end > 0 && after.starts_with(['e', 'E']) {
            let digits = after[1..].trim_start_matches(['+', '-']);
            let length = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
            if length > 0 {
                end += after.len() - digits.len() + length;
            }
        }
        let value = self.rest[..end].parse().map_err(|_| self.unexpected())?;
        self.rest = &self.rest[end..];
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn expressions_are_calculated_by_the_usual_rules() {
        for (expression, value) in [
            ("1 + 2 * 3", 7.0),
            ("(1 + 2) * 3", 9.0),
            ("-2 ^ 2", -4.0),
            ("2 ^ 3 ^ 2", 512.0),
            ("2 ^ -1", 0.5),
            ("10 % 4 / 2", 1.0),
            ("1.5e3 - .5", 1499.5),
            ("--1", 1.0),
        ] {
            assert_eq!(calculate(expression), Ok(value), "{expression}");
        }
    }

    #[test]
    fn what_is_no_expression_is_told() {
        for wrong in ["", "1 +", "(1", "1)", "1 / 0", "1 % 0", "two", "1..2", "9^9^9^9", "1e", "1 2"] {
            assert!(calculate(wrong).is_err(), "{wrong}");
        }
        assert!(calculate(&"(".repeat(900)).is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in "[-+*/%^(). 0-9eE\\PC]{0,60}") {
            let _ = calculate(&text);
        }
    }
}
