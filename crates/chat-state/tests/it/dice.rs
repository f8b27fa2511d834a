//! Chance that can be repeated, and what the caller of a test may choose.

/// A number from the environment, for runs that are longer than every day's.
#[expect(
    clippy::disallowed_methods,
    reason = "a test's size is chosen by its caller"
)]
pub(crate) fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name)
        .ok()
        .and_then(|text| text.replace('_', "").parse().ok())
        .unwrap_or(otherwise)
}

/// Whether a switch of the environment is on.
#[expect(
    clippy::disallowed_methods,
    reason = "generated files are blessed by hand"
)]
pub(crate) fn switch(name: &str) -> bool {
    std::env::var(name).is_ok_and(|text| text == "1")
}

/// Small, seeded and the same everywhere, so that a printed seed repeats a failure.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(1))
    }

    /// A number below `sides`.
    pub(crate) fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let sides = u64::try_from(sides.max(1)).unwrap();
        usize::try_from((mixed ^ (mixed >> 31)) % sides).unwrap()
    }

    pub(crate) fn pick<T: Copy>(&mut self, list: &[T]) -> Option<T> {
        list.get(self.roll(list.len())).copied()
    }
}
