/// An amount in nano-dollars as US dollars, exactly, with at least two decimals: `0.00`, `12.50`, `0.000123`.
pub fn usd(nanos: i128) -> String {
    const NANOS: u128 = 1_000_000_000;
    let sign = if nanos < 0 { "-" } else { "" };
    let (whole, decimals) = (nanos.unsigned_abs() / NANOS, nanos.unsigned_abs() % NANOS);
    let decimals = format!("{decimals:09}");
    let kept = decimals.trim_end_matches('0').len().max(2);
    format!("{sign}{whole}.{}", &decimals[..kept])
}
