//! Views: read as any other model, related to others both ways, and never written.

use orm::dynamic::DynModel;
use orm::prelude::*;
use orm_tests::behaviour;
use orm_tests::behaviour::error;

orm::app!("suite");

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("name"))]
pub struct Novelist {
    pub id: i64,
    #[orm(max_length = 50)]
    pub name: String,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("id"))]
pub struct Novel {
    pub id: i64,
    #[orm(on_delete = Cascade, related_name = "novels")]
    pub writer: ForeignKey<Novelist>,
    pub title: String,
    #[orm(default = 0)]
    pub pages: i64,
    pub published_at: Option<DateTime<Utc>>,
    /// A view can be pointed at, by no foreign key of the database.
    #[orm(db_constraint = false, related_name = "counted")]
    pub total: Option<ForeignKey<NovelistTotal>>,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(
    view(
        "SELECT w.id AS writer_id, w.name AS \"näme\", count(e.id) AS novels, max(e.pages) AS most
         FROM suite_novelist AS w LEFT JOIN suite_novel AS e ON e.writer_id = w.id
         GROUP BY w.id, w.name; -- one a writer",
        reads(Novelist, Novel)
    ),
    ordering("-novels", "writer"),
    comment = "How much \"each\" has 'written'"
)]
pub struct NovelistTotal {
    #[orm(primary_key)]
    pub writer: OneToOne<Novelist>,
    #[orm(column = "näme")]
    pub name: String,
    pub novels: i64,
    pub most: Option<i64>,
}

/// Over another view, with a key of two columns and a query for each database.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(view(
    sqlite = "SELECT writer_id, 'of ' || novels AS kind, novels > 1 AS much FROM suite_novelist_total",
    postgres = "SELECT writer_id, 'of ' || novels AS kind, novels > 1 AS much FROM suite_novelist_total",
    reads(NovelistTotal)
))]
pub struct Rank {
    #[orm(primary_key, related_name = "ranks")]
    pub writer: ForeignKey<Novelist>,
    #[orm(primary_key)]
    pub kind: String,
    pub much: bool,
}

/// What others have made.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(view, unmanaged, table = "suite_rank")]
pub struct RankOfOthers {
    #[orm(primary_key)]
    pub kind: String,
    pub much: bool,
}

macro_rules! filled {
    ($db:ident) => {{
        let ann = run!(Novelist::create().name("Ann").save($db));
        let bob = run!(Novelist::create().name("Bób").save($db));
        let cleo = run!(Novelist::create().name("Cleo").save($db));
        run!(Novel::create().writer(&ann).title("a").pages(3).save($db));
        run!(Novel::create().writer(&ann).title("b").pages(5).save($db));
        run!(Novel::create().writer(&bob).title("c").save($db));
        [ann, bob, cleo]
    }};
}

behaviour! {
    fn rows_of_a_view_are_read_as_any_other(db) {
        let [ann, bob, cleo] = filled!(db);
        let totals = run!(NovelistTotal::objects().all(db));
        let read: Vec<(i64, &str, i64, Option<i64>)> =
            totals.iter().map(|t| (t.writer.id(), t.name.as_str(), t.novels, t.most)).collect();
        assert_eq!(read, [(ann.id, "Ann", 2, Some(5)), (bob.id, "Bób", 1, Some(0)), (cleo.id, "Cleo", 0, None)]);
        assert_eq!(run!(NovelistTotal::get(&ann, db)), totals[0]);
        let mut one = totals[0].clone();
        run!(Novel::create().writer(&ann).title("d").save(db));
        run!(one.refresh(db));
        assert_eq!(one.novels, 3);
        assert_eq!(run!(NovelistTotal::objects().filter(|t| t.most.is_null()).count(db)), 1);
        assert!(run!(NovelistTotal::objects().exclude(|t| t.name.eq("Ann")).exists(db)));
        assert_eq!(run!(NovelistTotal::objects().filter(|t| t.writer.in_([] as [i64; 0])).all(db)), []);
        let (sum, most) = run!(NovelistTotal::objects().aggregate(|t| (t.novels.sum(), t.most.max())).run(db));
        assert_eq!((sum, most), (Some(4), Some(5)));
        let counts = NovelistTotal::objects().group_by(|t| t.novels.gt(0)).values(|t| (t.novels.gt(0), count()));
        assert_eq!(run!(counts.order_by(|t| t.novels.gt(0)).all(db)), [(false, 1), (true, 2)]);
        let missing = error(attempt!(NovelistTotal::get(&Novelist { id: -1, name: String::new() }, db)));
        assert!(missing.is_not_found(), "{missing:?}");
        let page = run!(NovelistTotal::objects().order_by(|t| t.name).limit(1).offset(1).values(|t| t.name).all(db));
        assert_eq!(page, ["Bób"]);
    }

    fn relations_lead_from_a_view_and_to_it(db) {
        let [ann, bob, _] = filled!(db);
        let beside: Vec<(NovelistTotal, Novelist)> =
            run!(NovelistTotal::objects().with(|t| t.writer()).filter(|t| t.writer().name.starts_with("A")).all(db));
        assert_eq!(beside[0].1, ann);
        let back: Vec<(Novelist, Option<NovelistTotal>)> = run!(Novelist::objects().with(|w| w.novelist_total()).all(db));
        assert_eq!(back[0].1.as_ref().map(|total| total.novels), Some(2));
        let busy = Novelist::objects().filter(|w| w.novelist_total().novels.gt(1)).values(|w| w.id);
        assert_eq!(run!(busy.all(db)), [ann.id]);
        let ranks: Vec<(Novelist, Vec<Rank>)> = run!(Novelist::objects().with(|w| w.ranks()).all(db));
        assert_eq!((ranks[0].1[0].kind.as_str(), ranks[0].1[0].much), ("of 2", true));
        assert_eq!(run!(ann.ranks().filter(|r| r.much).count(db)), 1);
        assert_eq!(run!(bob.novelist_total().get(db)).name, "Bób");
        let much = Novelist::objects().filter(|w| w.ranks().any(|r| r.much)).values(|w| w.name);
        assert_eq!(run!(much.all(db)), ["Ann"]);

        let total = run!(NovelistTotal::get(&ann, db));
        let novel = run!(Novel::create().writer(&ann).title("x").total(Some(ForeignKey::to(&total))).save(db));
        let with: Vec<(Novel, Option<NovelistTotal>)> =
            run!(Novel::objects().filter(|e| e.id.eq(novel.id)).with(|e| e.total()).all(db));
        assert_eq!(with[0].1.as_ref().map(|total| total.novels), Some(3));
        let counted = NovelistTotal::objects().filter(|t| t.counted().any(|e| e.title.eq("x"))).values(|t| t.name);
        assert_eq!(run!(counted.all(db)), ["Ann"]);
    }

    fn a_key_of_a_view_may_be_several_columns(db) {
        let [ann, ..] = filled!(db);
        let found = run!(Rank::get((&ann, "of 2"), db));
        assert!(found.much);
        let of_others = RankOfOthers::objects().filter(|r| r.much).values(|r| r.kind);
        assert_eq!(run!(of_others.all(db)), ["of 2"]);
    }

    fn rows_of_a_view_come_one_after_another(db) {
        let _ = filled!(db);
        let mut rows = rows!(NovelistTotal::objects().order_by(|t| t.name), db);
        let mut names = Vec::new();
        while let Some(row) = next!(rows) {
            names.push(orm_tests::behaviour::value(row).name);
        }
        assert_eq!(names, ["Ann", "Bób", "Cleo"]);
    }

    fn a_row_of_a_view_by_name_is_not_written(db) {
        let [ann, ..] = filled!(db);
        let ranks = orm_tests::behaviour::value(DynModel::named("suite.Rank"));
        let much = orm_tests::behaviour::value(ranks.field::<bool>("much"));
        let mut row = run!(ranks.filter(much.eq(true)).get(db));
        assert!(orm_tests::behaviour::value(row.get(much)));
        orm_tests::behaviour::value(row.set(much, false));
        for refused in [
            error(attempt!(row.save(db))),
            error(attempt!(row.delete(db))),
            error(attempt!(ranks.rows().delete().run(db))),
            error(attempt!(ranks.rows().update(much.set(false)).run(db))),
            error(attempt!(ranks.create().set(much, true).save(db))),
        ] {
            assert!(refused.is_unsupported(), "{refused:?}");
            assert!(refused.to_string().contains("suite.Rank is a view"), "{refused}");
        }
        assert_eq!(run!(ann.ranks().count(db)), 1);
    }
}
