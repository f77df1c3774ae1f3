//! Lengths that tell little: texts grow in powers of two, long things by Padmé (at most 12 % more).

/// Nothing shorter than this leaves the vault as a text.
const TEXT_FLOOR: usize = 2 * 1024;
/// Up to here texts grow in powers of two, beyond by Padmé.
const TEXT_STEPS: usize = 32 * 1024;
/// No attachment looks smaller than this.
const FILE_FLOOR: u64 = 64 * 1024;

/// The padded length of a text, its length prefix included.
pub(super) fn text(len: usize) -> usize {
    if len <= TEXT_STEPS {
        len.next_power_of_two().max(TEXT_FLOOR)
    } else {
        usize::try_from(padme(len as u64)).unwrap_or(usize::MAX)
    }
}

/// The padded length of an attachment's frames.
pub(super) fn file(len: u64) -> u64 {
    padme(len.max(FILE_FLOOR))
}

/// Padmé (Nikitin and others, "Reducing Metadata Leakage from Encrypted Files", 2019): keep only as many
/// leading bits of the length as the length's own size has, rounding up.
fn padme(len: u64) -> u64 {
    let Some(exponent) = len.checked_ilog2() else { return len };
    let Some(kept) = exponent.checked_ilog2() else { return len };
    let zeroed = exponent.saturating_sub(kept + 1);
    let mask = (1_u64 << zeroed) - 1;
    len.saturating_add(mask) & !mask
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn texts_fall_into_five_classes() {
        for (len, padded) in
            [(0, 2048), (2048, 2048), (2049, 4096), (8193, 16384), (32768, 32768), (32769, 34816)]
        {
            assert_eq!(text(len), padded, "{len}");
        }
    }

    proptest! {
        #[test]
        fn padding_costs_at_most_an_eighth(len in 65_536_u64..1 << 40) {
            let padded = file(len);
            prop_assert!(padded >= len);
            prop_assert!(padded - len <= len * 12 / 100);
            prop_assert_eq!(file(padded), padded);
            prop_assert_eq!(padded % 2048, 0);
        }
    }
}
