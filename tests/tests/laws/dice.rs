//! Chance that is the same in every run of the same size and seed.

use proptest::prelude::Rng;
use proptest::test_runner::{RngAlgorithm, TestRng};

/// What cases are drawn by.
pub struct Dice {
    chance: TestRng,
    /// Whether there are floating-point numbers that are not numbers.
    pub not_numbers: bool,
    /// Whether JSON is compared.
    pub json: bool,
    /// Whether NULL is computed with. Postgres works out what is NULL for every row before it makes a table, and may then know no
    /// collation for the strings that are left.
    pub nulls: bool,
    /// Whether conditions may say what no table can keep.
    pub queries_only: bool,
}

impl Dice {
    pub fn new(seed: u64) -> Self {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        Dice {
            chance: TestRng::from_seed(RngAlgorithm::ChaCha, &bytes),
            not_numbers: false,
            json: false,
            nulls: true,
            queries_only: false,
        }
    }

    /// A number below another.
    pub fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end).expect("a small number");
        usize::try_from(self.chance.next_u64() % end).expect("a small number")
    }

    /// Once in so many times.
    pub fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    pub fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())].clone()
    }

    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        let width = i128::from(high) - i128::from(low) + 1;
        let at = i128::from(self.chance.next_u64()) % width;
        i64::try_from(i128::from(low) + at).expect("a number in the range")
    }

    pub fn bytes(&mut self) -> [u8; 16] {
        let mut bytes = [0; 16];
        self.chance.fill_bytes(&mut bytes);
        bytes
    }
}

/// How many times as many cases as the tests run each time: `ORM_LAWS=50`.
pub fn times() -> u64 {
    match std::env::var("ORM_LAWS") {
        Ok(times) => times
            .parse()
            .unwrap_or_else(|_| panic!("ORM_LAWS is `{times}`, which is not a number")),
        Err(_) => 1,
    }
}

/// Where the cases begin: others by `ORM_LAWS_SEED=7`.
pub fn seed() -> u64 {
    match std::env::var("ORM_LAWS_SEED") {
        Ok(seed) => seed
            .parse()
            .unwrap_or_else(|_| panic!("ORM_LAWS_SEED is `{seed}`, which is not a number")),
        Err(_) => 1,
    }
}
