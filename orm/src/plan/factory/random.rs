//! Numbers that look random, and are the same in each run.

/// Values of a row that look random, by a seed and the row's place alone: what [`Factory::seeded`](super::Factory::seeded) hands out. Other rows,
/// threads and tests do not change them.
///
/// # Example: half of them are published
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::empty()?;
/// let posts = Post::factory().seeded(7, |p, random| match random.chance(0.5) {
///     true => p.status(Status::Published).views(random.between(1, 1_000)),
///     false => p.status(Status::Draft),
/// });
/// let posts = posts.many(100).build(&db)?;
/// let published = posts.iter().filter(|post| post.views > 0).count();
/// assert!((30..70).contains(&published));
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Random(u64);

/// What the state grows by, so that it comes round only after all 64-bit numbers (splitmix64: Steele, Lea and Flood, 2014).
const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

fn mixed(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    number ^ (number >> 31)
}

impl Random {
    /// For the row at a place, from 0.
    pub(super) fn of(seed: u64, place: u64) -> Self {
        let seed = mixed(seed.wrapping_add(STEP));
        Random(mixed(seed ^ mixed(place.wrapping_mul(STEP))))
    }

    /// A number of 64 bits.
    ///
    /// # Example: as a UUID's half
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::empty()?;
    /// let tags = Tag::factory().seeded(1, |t, random| t.label(format!("{:x}", random.number())));
    /// assert_eq!(tags.many(2).build(&db)?.len(), 2);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(STEP);
        mixed(self.0)
    }

    /// A whole number from one to another, both among them.
    ///
    /// # Example: views
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::empty()?;
    /// let post = Post::factory().seeded(1, |p, random| p.views(random.between(10, 20))).build(&db)?;
    /// assert!((10..=20).contains(&post.views));
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn between(&mut self, from: i64, to: i64) -> i64 {
        let (from, to) = (from.min(to), from.max(to));
        let numbers = u128::from(to.wrapping_sub(from).cast_unsigned()) + 1;
        let offset = scaled(self.number(), numbers);
        from.wrapping_add(offset.cast_signed())
    }

    /// One of some values.
    ///
    /// # Example: a title
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::empty()?;
    /// let posts = Post::factory().seeded(1, |p, random| p.body(random.pick(["short", "long"])));
    /// assert!(["short", "long"].contains(&&*posts.build(&db)?.body));
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn pick<T: Clone, const N: usize>(&mut self, from: [T; N]) -> T {
        const { assert!(N > 0, "there is nothing to pick from") };
        let at = scaled(self.number(), N as u128);
        // Less than there are.
        from[usize::try_from(at).unwrap_or(0)].clone()
    }

    /// Whether something is so that is so in this part of all rows: 0.25 of every fourth.
    ///
    /// # Example: always, and never
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::empty()?;
    /// let post = Post::factory().seeded(1, |p, random| p.views(if random.chance(1.0) && !random.chance(0.0) { 1 } else { 2 }));
    /// assert_eq!(post.build(&db)?.views, 1);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn chance(&mut self, part: f64) -> bool {
        self.fraction() < part
    }

    /// A number from 0 up to, and without, 1.
    ///
    /// # Example: a rating
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::empty()?;
    /// let post = Post::factory().seeded(1, |p, random| p.rating(random.fraction() * 5.0)).build(&db)?;
    /// assert!(post.rating.is_some_and(|rating| (0.0..5.0).contains(&rating)));
    /// # Ok::<(), orm::Error>(())
    /// ```
    #[expect(clippy::cast_precision_loss, reason = "53 bits are what a number has")]
    pub fn fraction(&mut self) -> f64 {
        (self.number() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// A number below another that has at most 65 bits, in proportion to all of 64 bits.
fn scaled(number: u64, below: u128) -> u64 {
    let product = u128::from(number) * below;
    u64::try_from(product >> 64).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// They are written down, so that no version changes the data of tests unseen.
    #[test]
    fn a_seed_is_for_good() {
        let mut random = Random::of(42, 0);
        let first = [random.number(), random.number()];
        let mut again = Random::of(42, 0);
        assert_eq!([again.number(), again.number()], first);
        assert_ne!(Random::of(42, 1).number(), first[0]);
        assert_ne!(Random::of(43, 0).number(), first[0]);
    }

    #[test]
    fn all_of_a_range_comes_and_nothing_else() {
        let mut seen = [0_u32; 5];
        for place in 0..1_000 {
            let number = Random::of(1, place).between(3, -1);
            seen[usize::try_from(number + 1).unwrap()] += 1;
        }
        assert!(seen.iter().all(|times| (120..280).contains(times)), "{seen:?}");
        let mut random = Random::of(0, 0);
        let wide: Vec<i64> = (0..100).map(|_| random.between(i64::MIN, i64::MAX)).collect();
        assert!(wide.iter().any(|number| *number < 0) && wide.iter().any(|number| *number > 0));
        assert_eq!(random.between(7, 7), 7);
    }
}
