//! Related rows: shelves that stand above others, books on them, and their tags.

use orm::prelude::*;

use super::dice::Dice;
use super::handle::{Handle, ask};

orm::app!("laws");

#[derive(Model, Debug, Clone)]
pub struct Shelf {
    pub id: i64,
    pub size: Option<i64>,
    pub load: i64,
    #[orm(related_name = "below")]
    pub above: Option<ForeignKey<Shelf>>,
}

#[derive(Model, Debug, Clone)]
pub struct Book {
    pub id: i64,
    pub pages: Option<i64>,
    pub price: i64,
    #[orm(related_name = "books")]
    pub shelf: ForeignKey<Shelf>,
    #[orm(related_name = "others")]
    pub other: Option<ForeignKey<Shelf>>,
    #[orm(related_name = "books")]
    pub tags: ManyToMany<Tag>,
}

#[derive(Model, Debug, Clone)]
#[orm(ordering("-rank", "id"))]
pub struct Tag {
    pub id: i64,
    pub weight: Option<i64>,
    pub rank: i64,
}

/// All rows, and which book has which tag.
#[derive(Debug)]
pub struct Library {
    pub shelves: Vec<Shelf>,
    pub books: Vec<Book>,
    pub tags: Vec<Tag>,
    pub links: Vec<(i64, i64)>,
}

fn number(dice: &mut Dice) -> i64 {
    dice.between(-2, 3)
}

fn maybe(dice: &mut Dice) -> Option<i64> {
    (!dice.once_in(4)).then(|| number(dice))
}

impl Library {
    /// A few rows, written to a database.
    pub fn draw(dice: &mut Dice, handle: &Handle) -> Self {
        let mut shelves: Vec<Shelf> = Vec::new();
        for _ in 0..5 {
            let above = (!shelves.is_empty() && !dice.once_in(3)).then(|| dice.pick(&shelves).id);
            let shelf = Shelf::create().size(maybe(dice)).load(number(dice));
            shelves.push(match above {
                Some(above) => ask!(handle, |db| shelf.above(above).save(db)),
                None => ask!(handle, |db| shelf.save(db)),
            });
        }
        let tags: Vec<_> = (0..4)
            .map(|_| Tag::create().weight(maybe(dice)).rank(number(dice)))
            .collect();
        let tags = ask!(handle, |db| Tag::bulk_create(tags).all(db));
        let (mut books, mut links) = (Vec::new(), Vec::new());
        for _ in 0..8 {
            // The last shelf has no books, the last tag neither.
            let on = dice.pick(&shelves[..4]).id;
            let book = Book::create().pages(maybe(dice)).price(number(dice)).shelf(on);
            let book = match dice.once_in(2) {
                true => {
                    let other = dice.pick(&shelves[..4]).id;
                    ask!(handle, |db| book.other(other).save(db))
                }
                false => ask!(handle, |db| book.save(db)),
            };
            for tag in &tags[..3] {
                if dice.once_in(3) {
                    ask!(handle, |db| book.tags().add([tag]).run(db));
                    links.push((book.id, tag.id));
                }
            }
            books.push(book);
        }
        Library {
            shelves,
            books,
            tags,
            links,
        }
    }
}
