//! Names that need quotes work wherever a name can be used.

use orm::prelude::*;
use orm_tests::behaviour;
use orm_tests::behaviour::error;
use orm_tests::models::*;

behaviour! {
    fn rows_live_under_names_that_need_quotes(db) {
        let top = run!(
            Reserved::create().order(1).group("g").user("u").r#type("t").where_("w").odd("o").save(db)
        );
        let mut below = run!(
            Reserved::create().order(2).group("g").user("u").r#type("t").where_("w2").parent(&top).save(db)
        );
        let found = Reserved::objects()
            .filter(|r| r.group.eq("g") & r.r#type.icontains("T") & r.odd.is_null() & r.parent().odd.eq("o"))
            .order_by(|r| (r.user, r.where_.desc()));
        assert_eq!(run!(found.get(db)), below);
        below.odd = Some("changed".to_owned());
        run!(below.save(db));
        run!(Reserved::objects().filter(|r| r.where_.eq("w2")).update(|r| r.order.set(r.order + 40)).run(db));
        let (row, parent) = run!(Reserved::objects().with(|r| r.parent()).last(db)).expect("a row");
        assert_eq!((row.order, row.odd.as_deref(), parent.map(|p| p.id)), (42, Some("changed"), Some(top.id)));
        let rows = run!(Reserved::objects().with(|r| r.below()).all(db));
        assert_eq!(rows.iter().map(|(_, below)| below.len()).collect::<Vec<_>>(), [1, 0]);
    }

    fn join_tables_work_with_names_that_need_quotes(db) {
        let row = run!(Reserved::create().order(1).group("g").user("u").r#type("t").where_("w").save(db));
        let tag = run!(Tag::create().label("x").save(db));
        run!(row.others().add([&tag]).run(db));
        let (_, others) = run!(Reserved::objects().with(|r| r.others()).get(db));
        assert_eq!(others, [tag]);
        assert_eq!(run!(Reserved::objects().filter(|r| r.others().any(|t| t.label.eq("x"))).count(db)), 1);
        run!(row.others().clear().run(db));
        assert!(!run!(Reserved::objects().filter(|r| r.others().exists()).exists(db)));
    }

    fn violations_name_constraints_that_need_quotes(db) {
        let refused = error(attempt!(
            Reserved::create().order(-1).group("g").user("u").r#type("t").where_("w").save(db)
        ));
        assert!(refused.is_check_violation(), "{refused:?}");
        assert_eq!(refused.constraint(), Some("Order isn't negative"));
        run!(Reserved::create().order(1).group("g").user("u").r#type("t").where_("w").save(db));
        let refused = error(attempt!(
            Reserved::create().order(1).group("g").user("u").r#type("t").where_("w").save(db)
        ));
        assert!(refused.is_unique_violation(), "{refused:?}");
        assert_eq!(refused.fields(), ["user", "where_"]);
    }
}
