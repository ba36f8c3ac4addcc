//! Scopes: what a model says of all of its rows holds wherever they are read or changed, and nowhere else. What a query finds is what is
//! left of all rows when they are filtered by hand.

#![allow(
    clippy::type_complexity,
    reason = "what was loaded is written out, to be checked against its type"
)]

use std::collections::BTreeMap;

use orm::prelude::*;

orm::app!("suite");

/// Whose rows a handle sees.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tenant(pub i64);

/// The least score that a handle sees, for remarks.
#[derive(Debug, Clone, Copy)]
pub struct Least(pub i64);

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("id"), scope("present", |w| w.left_at.is_null()))]
pub struct Columnist {
    pub id: i64,
    #[orm(unique)]
    pub name: String,
    pub left_at: Option<i64>,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("id"))]
#[orm(scope("alive", |a| a.deleted.eq(false)))]
#[orm(scope("tenant", |a, tenant: Tenant| a.tenant.eq(tenant.0)))]
pub struct Piece {
    pub id: i64,
    pub tenant: i64,
    pub deleted: bool,
    #[orm(unique)]
    pub slug: String,
    pub score: i64,
    #[orm(related_name = "articles")]
    pub writer: ForeignKey<Columnist>,
    #[orm(related_name = "edited")]
    pub editor: Option<ForeignKey<Columnist>>,
    #[orm(related_name = "answers")]
    pub parent: Option<ForeignKey<Piece>>,
    #[orm(through = Sticking)]
    pub labels: ManyToMany<Sticker>,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("id"), scope("shown", |l| l.hidden.eq(false)))]
pub struct Sticker {
    pub id: i64,
    pub hidden: bool,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("id"), scope("active", |l| l.active.eq(true)))]
pub struct Sticking {
    pub id: i64,
    pub article: ForeignKey<Piece>,
    pub label: ForeignKey<Sticker>,
    pub active: bool,
}

/// Its scope names another relation.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("id"), scope("of_live", |r| r.article().deleted.eq(false) & !r.article().writer().unscoped().name.eq("w0")))]
pub struct Aside {
    pub id: i64,
    #[orm(related_name = "remarks")]
    pub article: ForeignKey<Piece>,
}

/// It has no scope itself.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("id"))]
pub struct Pile {
    pub id: i64,
    #[orm(related_name = "shelves")]
    pub top: Option<ForeignKey<Piece>>,
}

/// A closure that says something else for some values.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(scope("least", |t, least: Least| if least.0 > 5 { t.score.gt(least.0) } else { t.score.gt(least.0) & t.score.lt(100) }))]
pub struct Twofold {
    pub id: i64,
    pub score: i64,
}

/// Numbers that look random and are the same each time.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % most
    }

    fn one_in(&mut self, most: usize) -> bool {
        self.below(most) == 0
    }
}

/// All rows there are.
#[derive(Default)]
struct World {
    writers: Vec<Columnist>,
    articles: Vec<Piece>,
    labels: Vec<Sticker>,
    links: Vec<Sticking>,
    remarks: Vec<Aside>,
    shelves: Vec<Pile>,
}

macro_rules! world {
    ($db:expr, $seed:expr) => {{
        let all = $db.unscoped();
        let mut numbers = Numbers($seed);
        let mut world = World::default();
        for at in 0..5 {
            let left = numbers.one_in(2).then_some(1);
            world.writers.push(run!(
                Columnist::create()
                    .name(format!("w{at}"))
                    .left_at(left)
                    .save(&all)
            ));
        }
        for _ in 0..5 {
            let hidden = numbers.one_in(3);
            world
                .labels
                .push(run!(Sticker::create().hidden(hidden).save(&all)));
        }
        for at in 0..24 {
            let mut draft = Piece::create()
                .tenant(1 + numbers.below(2) as i64)
                .deleted(numbers.one_in(3))
                .slug(format!("a{at}"))
                .score(numbers.below(20) as i64)
                .writer(&world.writers[numbers.below(5)]);
            if numbers.one_in(2) {
                draft = draft.editor(&world.writers[numbers.below(5)]);
            }
            if at > 0 && !numbers.one_in(4) {
                let parent: &Piece = &world.articles[numbers.below(at)];
                draft = draft.parent(parent);
            }
            world.articles.push(run!(draft.save(&all)));
        }
        for article in &world.articles {
            for label in &world.labels {
                if numbers.one_in(2) {
                    let active = !numbers.one_in(3);
                    let link = Sticking::create().article(article).label(label).active(active);
                    world.links.push(run!(link.save(&all)));
                }
            }
            for _ in 0..numbers.below(3) {
                world
                    .remarks
                    .push(run!(Aside::create().article(article).save(&all)));
            }
            if numbers.one_in(2) {
                world.shelves.push(run!(Pile::create().top(article).save(&all)));
            }
        }
        world.shelves.push(run!(Pile::create().save(&all)));
        world
    }};
}

mod changes;
mod corners;
mod filled;
mod reading;

impl World {
    fn writer(&self, id: i64) -> &Columnist {
        self.writers
            .iter()
            .find(|writer| writer.id == id)
            .expect("there is one")
    }

    fn article(&self, id: i64) -> &Piece {
        self.articles
            .iter()
            .find(|article| article.id == id)
            .expect("there is one")
    }

    /// The articles of a tenant.
    fn seen(&self, tenant: i64) -> Vec<&Piece> {
        self.articles
            .iter()
            .filter(|article| sees(tenant, article))
            .collect()
    }

    fn present(&self, id: i64) -> Option<&Columnist> {
        Some(self.writer(id)).filter(|writer| writer.left_at.is_none())
    }

    fn labels_of(&self, article: i64) -> Vec<Sticker> {
        let labels = self.labels.iter().filter(|label| !label.hidden);
        let linked = |label: &&Sticker| {
            let mut links = self.links.iter();
            links.any(|link| link.active && link.article.id() == article && link.label.id() == label.id)
        };
        labels.filter(linked).cloned().collect()
    }

    fn is_remark_seen(&self, remark: &Aside) -> bool {
        let article = self.article(remark.article.id());
        !article.deleted && self.writer(article.writer.id()).name != "w0"
    }
}

fn sees(tenant: i64, article: &Piece) -> bool {
    article.tenant == tenant && !article.deleted
}

fn ids(articles: &[&Piece]) -> Vec<i64> {
    articles.iter().map(|article| article.id).collect()
}

fn ids_where(articles: &[&Piece], keep: impl Fn(&Piece) -> bool) -> Vec<i64> {
    articles
        .iter()
        .filter(|article| keep(article))
        .map(|article| article.id)
        .collect()
}
