//! Where a scope meets another, links between rows, and handles that outlive what they are of.

use orm_tests::behaviour;
use orm_tests::behaviour::error;

use super::*;

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("id"))]
pub struct Stage {
    pub id: i64,
}

/// Its scope counts rows of another model, all of them.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("id"), scope("discussed", |t| t.notes().count().gt(0)))]
pub struct StageTalk {
    pub id: i64,
    #[orm(related_name = "talks")]
    pub stage: ForeignKey<Stage>,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("id"), scope("kept", |n| n.deleted.eq(false)))]
pub struct TalkNote {
    pub id: i64,
    #[orm(related_name = "notes")]
    pub talk: ForeignKey<StageTalk>,
    pub deleted: bool,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("id"))]
pub struct Guest {
    pub id: i64,
    #[orm(through = Invitation, related_name = "guests")]
    pub stages: ManyToMany<Stage>,
}

/// A link that belongs to a tenant, and that is never deleted for good.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("id"), unique("guest", "stage", "tenant"))]
#[orm(scope("here", |i, tenant: Tenant| i.gone.eq(false) & i.tenant.eq(tenant.0)))]
pub struct Invitation {
    pub id: i64,
    pub guest: ForeignKey<Guest>,
    pub stage: ForeignKey<Stage>,
    pub tenant: i64,
    pub gone: bool,
}

macro_rules! invited {
    ($db:expr, $guest:expr, $stage:expr, $tenant:expr, $gone:expr) => {
        run!(
            Invitation::create()
                .guest($guest)
                .stage($stage)
                .tenant($tenant)
                .gone($gone)
                .save($db)
        )
    };
}

behaviour! {
    /// The condition of a scope sees all rows; the same words in the query see those in scope.
    fn the_condition_of_a_scope_is_not_what_the_query_says(db) {
        let all = &db.unscoped();
        let stage = run!(Stage::create().save(db));
        for (kept, deleted) in [(2, 1), (0, 3), (0, 0)] {
            let talk = run!(StageTalk::create().stage(&stage).save(all));
            for at in 0..kept + deleted {
                run!(TalkNote::create().talk(&talk).deleted(at >= kept).save(all));
            }
        }
        let sums = Stage::objects().values(|s| s.talks().sum(|t| t.notes().count()));
        assert_eq!(run!(sums.all(db)), [Some(2)]);
        assert_eq!(run!(StageTalk::objects().values(|t| t.notes().count()).all(db)), [2, 0]);
        let most = Stage::objects().filter(|s| s.talks().any(|t| t.notes().count().eq(3)));
        assert_eq!(run!(most.count(db)), 0);
        let first = StageTalk::objects().order_by(|t| t.notes().count().desc()).distinct_on(|t| t.stage).annotate(|t| t.notes().count());
        assert_eq!(run!(first.all(db)).into_iter().map(|(_, notes)| notes).collect::<Vec<_>>(), [2]);
    }

    fn links_out_of_scope_are_neither_seen_nor_removed(db) {
        let all = &db.unscoped();
        let guest = run!(Guest::create().save(db));
        let stages = [run!(Stage::create().save(db)), run!(Stage::create().save(db)), run!(Stage::create().save(db))];
        invited!(all, &guest, &stages[0], 1, false);
        invited!(all, &guest, &stages[1], 1, true);
        let other = invited!(all, &guest, &stages[0], 2, false);
        let one = &db.scoped(Tenant(1));
        assert_eq!(run!(guest.stages().all(one)), stages[..1]);
        assert!(error(attempt!(guest.stages().clear().run(db))).to_string().contains("here"));
        assert_eq!(run!(Invitation::objects().count(all)), 3);
        run!(guest.stages().clear().run(one));
        let left = run!(Invitation::objects().all(all));
        assert_eq!(left.iter().map(|link| (link.tenant, link.gone)).collect::<Vec<_>>(), [(1, true), (2, false)]);
        run!(guest.stages().remove([&stages[0]]).run(one));
        assert_eq!(run!(Invitation::get(other.id, all)), other);
    }

    /// Also where the condition says more than that.
    fn a_row_never_leaves_the_scope_of_its_handle(db) {
        let all = &db.unscoped();
        let guest = run!(Guest::create().save(db));
        let stage = run!(Stage::create().save(db));
        let one = &db.scoped(Tenant(1));
        let refused = error(attempt!(Invitation::create().guest(&guest).stage(&stage).tenant(2).gone(false).save(one))).to_string();
        assert!(refused.contains("tenant") && refused.contains("here"), "{refused}");
        let row = invited!(one, &guest, &stage, 1, false);
        let moved = Invitation::create().guest(&guest).stage(&stage).tenant(2).gone(false).update_or_create(|i| (i.guest, i.stage, i.tenant));
        assert!(attempt!(moved.run(one)).is_err());
        let piece = |tenant: i64| Piece::create().tenant(tenant).deleted(false).slug("a").score(1).writer(1);
        run!(Columnist::create().name("w").save(db));
        run!(piece(1).save(one));
        assert!(attempt!(piece(2).update_or_create(|p| p.slug).run(one)).is_err());
        assert_eq!(run!(Piece::objects().values(|p| p.tenant).all(all)), [1]);
        assert_eq!(run!(Invitation::objects().all(all)), [row]);
        // What is only compared is not written.
        let upsert = Piece::bulk_create([piece(1)]).on_conflict(|p| p.slug).update(|p, new| p.score.set(new.score + 4)).filter(|p, _| p.tenant.ne(9));
        assert_eq!(run!(upsert.run(one)), 1);
        assert_eq!(run!(Piece::objects().values(|p| p.score).all(all)), [5]);
    }

    fn which_scopes_apply_is_said_first(db) {
        let all = StageTalk::objects().unscoped().distinct_on(|t| t.stage);
        assert_eq!(run!(all.count(db)), 0);
        let refused = error(attempt!(StageTalk::objects().distinct_on(|t| t.stage).unscoped().count(db))).to_string();
        assert!(refused.contains("is said before"), "{refused}");
        // A model without scopes has none to leave out.
        assert_eq!(run!(Stage::objects().distinct_on(|s| s.id).unscoped().count(db)), 0);
    }

    fn a_handle_ends_with_the_savepoint_it_is_of(db) {
        let mut kept = None;
        let outer = transaction!(db, |tx| {
            let undone = transaction!(tx, |inner| {
                kept = Some(inner.unscoped());
                attempt!(Stage::get(-1, inner)).map(drop)
            });
            assert!(undone.is_err());
            let late = error(attempt!(Stage::create().save(kept.as_ref().expect("a handle"))));
            assert!(late.to_string().contains("transaction"), "{late}");
            Ok(())
        });
        assert!(outer.is_ok(), "{outer:?}");
        assert_eq!(run!(Stage::objects().count(db)), 0);
        assert!(attempt!(Stage::create().save(kept.as_ref().expect("a handle"))).is_err());
    }
}
