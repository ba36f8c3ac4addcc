//! Related rows: shelves that stand above others, books on them, and their tags.

use orm::prelude::*;

use super::dice::Dice;

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
    pub fn draw(dice: &mut Dice, db: &orm::Db) -> orm::Result<Self> {
        let mut shelves: Vec<Shelf> = Vec::new();
        for _ in 0..5 {
            let above = (!shelves.is_empty() && !dice.once_in(3)).then(|| dice.pick(&shelves).id);
            let shelf = Shelf::create().size(maybe(dice)).load(number(dice));
            shelves.push(match above {
                Some(above) => shelf.above(above).save(db)?,
                None => shelf.save(db)?,
            });
        }
        let tags = (0..4).map(|_| Tag::create().weight(maybe(dice)).rank(number(dice)).save(db));
        let tags = tags.collect::<orm::Result<Vec<Tag>>>()?;
        let (mut books, mut links) = (Vec::new(), Vec::new());
        for _ in 0..8 {
            // The last shelf has no books, the last tag neither.
            let on = dice.pick(&shelves[..4]).id;
            let book = Book::create().pages(maybe(dice)).price(number(dice)).shelf(on);
            let book = match dice.once_in(2) {
                true => book.other(dice.pick(&shelves[..4]).id).save(db)?,
                false => book.save(db)?,
            };
            for tag in &tags[..3] {
                if dice.once_in(3) {
                    book.tags().add([tag]).run(db)?;
                    links.push((book.id, tag.id));
                }
            }
            books.push(book);
        }
        Ok(Library {
            shelves,
            books,
            tags,
            links,
        })
    }
}
