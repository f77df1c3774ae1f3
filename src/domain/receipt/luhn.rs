//! Luhn mod 32: catches every changed symbol, and every swap of neighbours but `0` with `Z`.

/// The check symbol of a payload: it makes the weighted sum a multiple of 32.
pub(super) fn check(payload: &[u8]) -> u8 {
    let sum: u32 = payload.iter().rev().enumerate().map(|(at, symbol)| weigh(*symbol, at % 2 == 0)).sum();
    u8::try_from((32 - sum % 32) % 32).unwrap_or(0)
}

/// Whether payload and check symbol fit.
pub(super) fn fits(symbols: &[u8]) -> bool {
    symbols.split_last().is_some_and(|(last, payload)| check(payload) == *last)
}

/// A symbol's share: doubled at every second place from the right, the two base-32 digits added up.
fn weigh(symbol: u8, doubled: bool) -> u32 {
    let value = u32::from(symbol) * if doubled { 2 } else { 1 };
    value / 32 + value % 32
}
