//! Projections of several queries as those of one, against sets that plain Rust computes.

use std::collections::BTreeSet;

use orm::prelude::*;
use orm::queries::{Compound, Projected};
use orm_tests::behaviour;
use proptest::prelude::*;

use orm_tests::samples::samples;

orm::app!("suite");

#[derive(Model, Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Harbour {
    pub id: i64,
    pub name: String,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("-length", "id"))]
pub struct Quay {
    pub id: i64,
    pub name: String,
    pub note: Option<String>,
    pub length: i64,
    #[orm(related_name = "quays")]
    pub harbour: ForeignKey<Harbour>,
}

#[derive(Model, Debug, Clone, PartialEq)]
pub struct Ferry {
    pub id: i64,
    pub size: i64,
    pub title: String,
    pub remark: Option<String>,
    #[orm(related_name = "ferries")]
    pub harbour: ForeignKey<Harbour>,
    pub tender: Option<ForeignKey<Quay>>,
}

#[derive(Projection, Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[orm(model = Quay)]
pub struct QuayEntry {
    pub name: String,
    pub note: Option<String>,
    #[orm(path = length)]
    pub metres: i64,
    #[orm(expr = |q| q.length.abs() + 1)]
    pub next: i64,
    #[orm(path = harbour.name)]
    pub town: String,
}

/// The same fields in another order.
#[derive(Projection, Debug, Clone, PartialEq)]
#[orm(model = Ferry)]
pub struct FerryEntry {
    #[orm(path = harbour.name)]
    pub town: String,
    #[orm(path = size)]
    pub metres: i64,
    #[orm(expr = |f| f.size.abs() + 1)]
    pub next: i64,
    #[orm(path = remark)]
    pub note: Option<String>,
    #[orm(path = title)]
    pub name: String,
}

#[derive(Projection, Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[orm(model = Quay)]
pub struct Placed {
    pub name: String,
    #[orm(with)]
    pub harbour: Harbour,
}

#[derive(Projection, Debug, Clone, PartialEq)]
#[orm(model = Ferry)]
pub struct Sailing {
    #[orm(with)]
    pub harbour: Harbour,
    #[orm(path = title)]
    pub name: String,
}

#[derive(Projection, Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[orm(model = Harbour)]
pub struct Port {
    pub name: String,
    #[orm(with = |h| h.quays().order_by(|q| q.id))]
    pub quays: Vec<Length>,
}

#[derive(Projection, Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[orm(model = Quay)]
pub struct Length {
    pub length: i64,
}

#[derive(Projection, Debug, Clone, PartialEq)]
#[orm(model = Ferry)]
pub struct Tended {
    #[orm(path = title)]
    pub name: String,
    #[orm(with)]
    pub tender: Option<Length>,
}

#[derive(Projection, Debug, Clone, PartialEq)]
#[orm(model = Ferry)]
pub struct MaybeNamed {
    #[orm(path = remark)]
    pub name: Option<String>,
}

#[derive(Projection, Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[orm(model = Quay)]
pub struct Named {
    pub name: String,
}

type Sketch = (String, Option<String>, i64, usize);

const TOWNS: [&str; 3] = ["Ålesund", "bergen", "Bodø"];

fn sketches(many: usize) -> Vec<Sketch> {
    let text = "[abü']{0,1}";
    samples(
        many,
        (
            text,
            prop::option::weighted(0.6, "[xé]{0,1}"),
            -1i64..2,
            0usize..2,
        ),
    )
}

fn entry((name, note, length, town): &Sketch) -> QuayEntry {
    QuayEntry {
        name: name.clone(),
        note: note.clone(),
        metres: *length,
        next: length.abs() + 1,
        town: TOWNS[*town].to_owned(),
    }
}

macro_rules! harbours {
    ($db:expr) => {{
        run!(Harbour::bulk_create(TOWNS.map(|town| Harbour::create().name(town))).run($db));
        let towns = run!(Harbour::objects().order_by(|h| h.id).all($db));
        let all = sketches(70);
        let (quays, ferries) = all.split_at(40);
        let drafts = quays.iter().map(|(name, note, length, town)| {
            Quay::create()
                .name(name.as_str())
                .note(note.clone())
                .length(*length)
                .harbour(towns[*town].id)
        });
        run!(Quay::bulk_create(drafts).run($db));
        let drafts = ferries.iter().map(|(title, remark, size, town)| {
            Ferry::create()
                .title(title.as_str())
                .remark(remark.clone())
                .size(*size)
                .harbour(towns[*town].id)
        });
        run!(Ferry::bulk_create(drafts).run($db));
        let entries = |of: &[Sketch]| of.iter().map(entry).collect::<Vec<_>>();
        (entries(quays), entries(ferries))
    }};
}

fn of_quays(query: QuerySet<Quay>) -> QuerySet<Quay, Projected<QuayEntry>> {
    query.select()
}

fn of_ferries(query: QuerySet<Ferry>) -> QuerySet<Ferry, Projected<FerryEntry>> {
    query.select()
}

fn in_order(rows: Compound<Quay, Projected<QuayEntry>>) -> Compound<Quay, Projected<QuayEntry>> {
    rows.order_by(|q| (q.name, q.note, q.length, q.harbour().name))
}

fn set(rows: &[QuayEntry]) -> BTreeSet<QuayEntry> {
    rows.iter().cloned().collect()
}

/// As the databases order: NULL first, text by its bytes.
fn sorted(mut rows: Vec<QuayEntry>) -> Vec<QuayEntry> {
    rows.sort();
    rows
}

behaviour! {
    fn projections_of_two_models_are_sets(db) {
        let (quays, ferries) = harbours!(db);
        let (one, other) = (set(&quays), set(&ferries));
        assert!(!(&one & &other).is_empty() && one.len() < quays.len());
        let both = || (of_quays(Quay::objects()), of_ferries(Ferry::objects()));
        let all = [
            ({ let (a, b) = both(); a.union(b) }, Vec::from_iter(&one | &other)),
            ({ let (a, b) = both(); a.union_all(b) }, sorted([quays.clone(), ferries.clone()].concat())),
            ({ let (a, b) = both(); a.intersection(b) }, Vec::from_iter(&one & &other)),
            ({ let (a, b) = both(); a.difference(b) }, Vec::from_iter(&one - &other)),
        ];
        for (compound, expected) in all {
            assert_eq!(sorted(run!(in_order(compound.clone()).all(db))), expected);
            let ordered = run!(in_order(compound.clone()).all(db));
            assert_eq!(run!(in_order(compound.clone()).first(db)), ordered.first().cloned());
            assert_eq!(run!(in_order(compound.clone()).limit(3).offset(2).all(db)), ordered.iter().skip(2).take(3).cloned().collect::<Vec<_>>());
            assert_eq!(run!(compound.clone().count(db)), expected.len() as i64);
            assert_eq!(run!(compound.clone().limit(4).count(db)), 4.min(expected.len()) as i64);
            assert_eq!(run!(compound.clone().exists(db)), !expected.is_empty());
            assert!(!run!(compound.clone().offset(1000).exists(db)));
            let mut read = Vec::new();
            let mut rows = rows!(in_order(compound.clone()), db).portions_of(7);
            while let Some(row) = next!(rows) {
                read.push(row.unwrap());
            }
            assert_eq!(read, ordered);
            drop(rows);
            assert!(attempt!(compound.clone().get(db)).unwrap_err().is_multiple());
            assert_eq!(run!(in_order(compound).limit(1).get(db)), ordered[0]);
        }
        // By what is computed, and the other way around.
        let backwards = of_quays(Quay::objects()).union(of_ferries(Ferry::objects())).order_by(|q| ((q.length.abs() + 1).desc(), q.length, q.note.desc(), q.name, q.harbour().name.desc()));
        let found = run!(backwards.all(db));
        let mut expected = found.clone();
        expected.sort_by_key(|row| (-row.next, row.metres));
        assert_eq!(found, expected);
        assert_eq!(set(&found), &one | &other);
    }

    fn operators_in_a_row_limits_and_tuples(db) {
        let (quays, ferries) = harbours!(db);
        let (sq, sf) = (set(&quays), set(&ferries));
        let big = |rows: &BTreeSet<QuayEntry>| rows.iter().filter(|row| row.metres > 0).cloned().collect::<BTreeSet<_>>();
        let q = || of_quays(Quay::objects());
        let f = || of_ferries(Ferry::objects());
        let big_q = || of_quays(Quay::objects().filter(|q| q.length.gt(0)));
        let big_f = || of_ferries(Ferry::objects().filter(|f| f.size.gt(0)));
        macro_rules! found {
            ($rows:expr) => { set(&run!($rows.all(db))) };
        }
        assert_eq!(found!(q().union(f()).difference(big_q())), &(&sq | &sf) - &big(&sq));
        assert_eq!(found!(q().difference(big_q().union(big_f()))), &(&sq - &big(&sq)) - &big(&sf));
        // What the other reads first stands in another order there.
        assert_eq!(found!(q().difference(big_f().union(big_q()))), &(&sq - &big(&sq)) - &big(&sf));
        assert_eq!(found!(q().union_all(big_f().union_all(f()).limit(500))), &sq | &sf);
        let most = |rows: &[QuayEntry]| {
            let mut ids: Vec<usize> = (0..rows.len()).collect();
            ids.sort_by_key(|at| (-rows[*at].metres, *at));
            ids.into_iter().take(5).map(|at| rows[at].clone()).collect::<Vec<_>>()
        };
        let cut = of_quays(Quay::objects().limit(5)).union_all(of_ferries(Ferry::objects().order_by(|f| (f.size.desc(), f.id)).limit(5)));
        assert_eq!(sorted(run!(cut.all(db))), sorted([most(&quays), most(&ferries)].concat()));
        let tuples = Ferry::objects().values(|f| (f.title, f.remark, f.size, f.size.abs() + 1, f.harbour().name));
        assert_eq!(found!(q().union(tuples.clone())), &sq | &sf);
        assert_eq!(found!(q().difference(tuples.limit(1000))), &sq - &sf);
        // Nothing is nothing.
        assert_eq!(found!(of_quays(Quay::objects().none()).union(f())), sf);
        assert_eq!(run!(q().intersection(of_ferries(Ferry::objects().none())).count(db)), 0);
        // Whole rows.
        let long = || Quay::objects().filter(|q| q.length.gt(0)).select::<Quay>();
        let rows = run!(Quay::objects().select::<Quay>().difference(long()).order_by(|q| q.id).all(db));
        assert_eq!(rows, run!(Quay::objects().filter(|q| q.length.le(0)).order_by(|q| q.id).all(db)));
        let grouped = |query: QuerySet<Quay>| query.group_by(|q| q.name).select::<Named>();
        let names: BTreeSet<&str> = quays.iter().map(|row| &*row.name).collect();
        assert_eq!(run!(grouped(Quay::objects()).union_all(grouped(Quay::objects())).count(db)), 2 * names.len() as i64);
    }

    fn related_rows_and_lists(db) {
        let (quays, ferries) = harbours!(db);
        // Rows at the end of relations are read with the others.
        let both = Quay::objects().select::<Placed>().union(Ferry::objects().select::<Sailing>());
        let expected: BTreeSet<(String, String)> = quays.iter().chain(&ferries).map(|row| (row.name.clone(), row.town.clone())).collect();
        let found = run!(both.order_by(|q| (q.name, q.harbour().name)).all(db));
        assert_eq!(found.len(), expected.len());
        assert_eq!(found.iter().map(|row| (row.name.clone(), row.harbour.name.clone())).collect::<BTreeSet<_>>(), expected);
        let quay = run!(Quay::objects().first(db)).expect("a quay");
        run!(Ferry::objects().filter(|f| f.size.gt(0)).update(|f| f.tender.set(quay.id)).run(db));
        let tended = |query: QuerySet<Ferry>| query.select::<Tended>();
        let apart = tended(Ferry::objects().filter(|f| f.size.gt(0))).union_all(tended(Ferry::objects().filter(|f| f.size.le(0))));
        let found = run!(apart.all(db));
        assert_eq!(found.len(), ferries.len());
        let with = ferries.iter().filter(|row| row.metres > 0).count();
        assert_eq!(found.iter().filter(|row| row.tender == Some(Length { length: quay.length })).count(), with);
        assert_eq!(found.iter().filter(|row| row.tender.is_none()).count(), ferries.len() - with);
        // Their hidden key is an order too: NULL comes first, as in that of rows.
        let tended_first = |rows: &[Tended]| rows.iter().map(|row| row.tender.is_some()).collect::<Vec<_>>();
        let both = || tended(Ferry::objects()).union(tended(Ferry::objects()));
        let found = tended_first(&run!(both().order_by(|f| f.tender().id).all(db)));
        assert!(found.is_sorted() && !found[0] && found[found.len() - 1], "{found:?}");
        let found = tended_first(&run!(both().order_by(|f| f.tender().id.desc()).all(db)));
        assert!(found.iter().rev().is_sorted() && found[0] && !found[found.len() - 1], "{found:?}");
        // Lists are loaded for the rows of the whole.
        let ports = |query: QuerySet<Harbour>| query.select::<Port>();
        let lengths = |town: &str| quays.iter().filter(|row| row.town == town).map(|row| Length { length: row.metres }).collect::<Vec<_>>();
        let expected = |towns: &[&str]| towns.iter().map(|town| Port { name: (*town).to_owned(), quays: lengths(town) }).collect::<BTreeSet<_>>();
        let first = || ports(Harbour::objects().filter(|h| h.name.ne(TOWNS[2])));
        let last = || ports(Harbour::objects().filter(|h| h.name.ne(TOWNS[0])));
        let set = |rows: Vec<Port>| rows.into_iter().collect::<BTreeSet<_>>();
        assert_eq!(set(run!(first().union(last()).all(db))), expected(&TOWNS));
        assert_eq!(set(run!(first().intersection(last()).all(db))), expected(&[TOWNS[1]]));
        assert_eq!(set(run!(first().difference(last()).all(db))), expected(&[TOWNS[0]]));
        assert_eq!(run!(first().union_all(last()).count(db)), 4);
        assert_eq!(run!(first().union(last()).order_by(|h| h.name.desc()).limit(1).get(db)).quays.len(), lengths(run!(Harbour::objects().order_by(|h| h.name.desc()).first(db)).unwrap().name.as_str()).len());
        let mut read = BTreeSet::new();
        let mut rows = rows!(first().union(last()), db).portions_of(2);
        while let Some(row) = next!(rows) {
            read.insert(row.unwrap());
        }
        assert_eq!(read, expected(&TOWNS));
    }

    fn what_does_not_go_together_is_named(db) {
        macro_rules! refused {
            ($query:expr, $said:literal) => {{
                let error = attempt!($query).unwrap_err();
                assert!(error.is_unsupported() && error.to_string().contains($said), "{error}");
            }};
        }
        let names = || Quay::objects().select::<Named>();
        refused!(names().union(Quay::objects().select::<QuayEntry>()).all(db), "Named has no `note`");
        refused!(Quay::objects().select::<QuayEntry>().union(names()).count(db), "Named has no `note`");
        refused!(names().union_all(Ferry::objects().select::<MaybeNamed>()).exists(db), "`name` of Named is never NULL, and `name` of MaybeNamed, which it is combined with, may be");
        refused!(names().union(Ferry::objects().values(|f| f.size)).all(db), "`name` of Named is a column of type Text, and value 1 of the tuple, which it is combined with, one of BigInt");
        refused!(names().union(Ferry::objects().values(|f| (f.title, f.size))).first(db), "which are 1 (name), and these are 2");
        refused!(names().union(Ferry::objects().values(|f| f.remark)).first(db), "`name` of Named is never NULL, and value 1 of the tuple");
        refused!(Harbour::objects().select::<Port>().union(names()).all(db), "`quays` of Port is a list of related rows");
        refused!(names().union(Harbour::objects().select::<Port>()).all(db), "`quays` of Port is a list of related rows");
        refused!(names().union(names().union(Ferry::objects().values(|f| f.size))).all(db), "one of BigInt");
        refused!(names().union(names()).order_by(|q| q.length).all(db), "ordered by what Named reads");
        refused!(names().union(names()).order_by(|q| q.length).count(db), "ordered by what Named reads");
        // A later order replaces it, and one that does not go replaces none.
        let twice = names().union(names()).order_by(|q| q.length);
        refused!(twice.clone().union(names()).all(db), "ordered by what Named reads");
        assert_eq!(run!(twice.order_by(|q| q.name).all(db)), []);
        refused!(names().union(names()).order_by(|q| q.name).order_by(|q| q.length).all(db), "ordered by what Named reads");
        // What may be NULL takes what never is.
        run!(Harbour::create().name("h").save(db));
        assert_eq!(run!(Ferry::objects().select::<MaybeNamed>().union(Harbour::objects().values(|h| h.name.optional())).all(db)), [MaybeNamed { name: Some("h".to_owned()) }]);
        let explained = run!(names().union(names()).explain().run(db));
        assert!(!explained.is_empty());
    }
}
