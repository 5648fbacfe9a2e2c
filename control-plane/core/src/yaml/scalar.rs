use serde_json::{Number, Value};

/// The value of a plain scalar under the core schema (YAML 1.2.2, 10.3.2). A number that a float would not hold exactly, or
/// that is finer than nine decimals, stays text: whoever expects an exact number then sees what was written.
pub(crate) fn resolve(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ => number(text).map_or_else(|| Value::String(text.to_owned()), Value::Number),
    }
}

fn number(text: &str) -> Option<Number> {
    for (prefix, radix) in [("0x", 16), ("0o", 8)] {
        if let Some(digits) = text.strip_prefix(prefix) {
            let plain = digits.bytes().all(|byte| byte.is_ascii_alphanumeric());
            return plain.then(|| u64::from_str_radix(digits, radix).ok()).flatten().map(Number::from);
        }
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if !unsigned.is_empty() && unsigned.bytes().all(|byte| byte.is_ascii_digit()) {
        let text = text.strip_prefix('+').unwrap_or(text);
        return text.parse::<u64>().map(Number::from).or_else(|_| text.parse::<i64>().map(Number::from)).ok();
    }
    decimal(text, unsigned)
}

/// Below this, a float holds every whole number.
const EXACT: f64 = 9_007_199_254_740_992.0;

fn decimal(text: &str, unsigned: &str) -> Option<Number> {
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
    let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    let (whole, decimals) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let well_formed = digits(whole) && digits(decimals) && digits(exponent);
    if !well_formed || exponent.is_empty() || (whole.is_empty() && decimals.is_empty()) {
        return None;
    }
    let significant = format!("{whole}{decimals}").trim_matches('0').len();
    let value: f64 = text.parse().ok()?;
    // Fifteen significant digits are what every decimal number keeps through a float and back.
    let decimals = value.to_string().split_once('.').map_or(0, |(_, decimals)| decimals.len());
    if significant > 15 || decimals > 9 || !value.is_finite() {
        return None;
    }
    if value.fract() == 0.0 && value.abs() < EXACT {
        let whole = value as i64;
        return Some(u64::try_from(whole).map_or_else(|_| Number::from(whole), Number::from));
    }
    Number::from_f64(value)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn plain_scalars_have_the_types_of_the_core_schema() {
        for (text, value) in [
            ("", json!(null)),
            ("~", json!(null)),
            ("True", json!(true)),
            ("yes", json!("yes")),
            ("on", json!("on")),
            ("12", json!(12)),
            ("+12", json!(12)),
            ("-3", json!(-3)),
            ("0x1F", json!(31)),
            ("0o17", json!(15)),
            ("0.25", json!(0.25)),
            (".5", json!(0.5)),
            ("-.5", json!(-0.5)),
            ("600.0", json!(600)),
            ("1e3", json!(1000)),
            ("1e-9", json!(0.000_000_001)),
            ("2026-01-01", json!("2026-01-01")),
            ("1.2.3", json!("1.2.3")),
            (".", json!(".")),
            ("-", json!("-")),
            ("1e", json!("1e")),
            ("0x", json!("0x")),
            ("0x+1", json!("0x+1")),
            (".inf", json!(".inf")),
        ] {
            assert_eq!(resolve(text), value, "{text}");
        }
    }

    #[test]
    fn a_number_that_a_float_would_change_stays_text() {
        for text in ["0.2500000000000000001", "1e-10", "0.1234567891", "99999999999999999999", "1e999"] {
            assert_eq!(resolve(text), json!(text), "{text}");
        }
    }
}
