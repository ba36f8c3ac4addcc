//! What scopes give to new rows, and what rows that are there are told: one value, whichever way they are written.

use orm::prelude::*;
use orm_tests::behaviour;
use orm_tests::behaviour::{error, value};

use super::Tenant;

/// The least priority that a handle sees.
#[derive(Debug, Clone, Copy)]
pub struct Floor(pub i64);

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("id"), unique("tenant", "number"))]
#[orm(scope("tenant", fills = "tenant", |t, tenant: Tenant| t.tenant.eq(tenant.0) & t.gone.eq(false)))]
pub struct Voucher {
    pub id: i64,
    pub number: i64,
    pub tenant: i64,
    #[orm(default = false)]
    pub gone: bool,
    #[orm(related_name = "parts")]
    pub of: Option<ForeignKey<Voucher>>,
}

/// Its key points at what belongs to a tenant, and the field that is filled may be NULL.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("id"), scope("tenant", fills = "tenant", |n, tenant: Tenant| n.tenant.eq(Some(tenant.0))))]
pub struct Callout {
    pub id: i64,
    pub text: String,
    pub tenant: Option<i64>,
    #[orm(related_name = "notices")]
    pub ticket: ForeignKey<Voucher>,
}

/// All that it has is filled.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(scope("tenant", fills = "tenant", |v, tenant: Tenant| v.tenant.eq(tenant.0)))]
pub struct Presence {
    pub id: i64,
    pub tenant: i64,
}

/// Where the rows of tickets go; without a scope that fills.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("number"), scope("tenant", |a, tenant: Tenant| a.owner.eq(tenant.0)))]
pub struct Settled {
    pub id: i64,
    pub owner: i64,
    pub number: i64,
}

/// Its condition names no value that a field equals.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(scope("floor", fills = "priority", |o, floor: Floor| o.priority.ge(floor.0)))]
pub struct Upkeep {
    pub id: i64,
    pub priority: i64,
}

/// A scope without a value.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(scope("open", |e| e.done.eq(false)))]
pub struct Jaunt {
    pub id: i64,
    pub label: String,
    pub done: bool,
}

/// Whom rows belong to.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("id"))]
pub struct Lessor {
    pub id: i64,
    pub name: String,
}

/// What is filled is a foreign key.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("id"), scope("tenant", fills = "tenant", |l, tenant: Tenant| l.tenant.eq(tenant.0)))]
pub struct Lease {
    pub id: i64,
    #[orm(related_name = "leases")]
    pub tenant: ForeignKey<Lessor>,
    pub text: String,
    #[orm(through = LeaseMark, related_name = "marked")]
    pub marks: ManyToMany<Lessor>,
}

/// A link whose tenant is filled.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("id"), unique("lease", "by"))]
#[orm(scope("tenant", fills = "tenant", |m, tenant: Tenant| m.tenant.eq(tenant.0)))]
pub struct LeaseMark {
    pub id: i64,
    pub tenant: i64,
    pub lease: ForeignKey<Lease>,
    pub by: ForeignKey<Lessor>,
}

/// Its key is of a tenant.
#[derive(Model, Debug, Clone, PartialEq)]
pub struct Haulier {
    #[orm(primary_key)]
    pub tenant: i64,
    #[orm(primary_key)]
    pub number: i64,
}

/// What is filled is a part of a foreign key.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(foreign_key("haulier", fields("tenant", "haulier_number"), to = Haulier, related_name = "+"))]
#[orm(scope("tenant", fills = "tenant", |h, tenant: Tenant| h.tenant.eq(tenant.0)))]
pub struct Haulage {
    pub id: i64,
    pub tenant: i64,
    pub haulier_number: i64,
}

macro_rules! refused {
    ($query:expr, $said:literal) => {{
        let refused = error(attempt!($query));
        assert!(refused.to_string().contains($said), "{refused}");
    }};
}

behaviour! {
    fn new_rows_get_the_value_of_the_handle(db) {
        let all = &db.unscoped();
        let seven = &db.scoped(Tenant(7));
        let one = run!(Voucher::create().number(1).save(seven));
        assert_eq!((one.tenant, one.gone), (7, false));
        assert_eq!(run!(Voucher::create().number(1).tenant(8).save(&db.scoped(Tenant(8)))).tenant, 8);
        assert_eq!(run!(Voucher::create().number(2).tenant(7).save(seven)).tenant, 7);
        refused!(Voucher::create().number(3).tenant(8).save(seven), "has another `tenant` than the handle has");
        refused!(Voucher::create().number(3).save(db), "takes a `Tenant`, and this handle has none");
        refused!(Voucher::create().number(3).save(all), "does not give `tenant`, which the scope `tenant` fills");
        assert_eq!(run!(Voucher::create().number(3).tenant(9).save(all)).tenant, 9);
        // Many: some give it, as few and as lists.
        for many in [3, 40] {
            let drafts = (0..many).map(|at| {
                let draft = Voucher::create().number(100 * many + at);
                if at % 3 == 0 { draft.tenant(7) } else { draft.gone(false) }
            });
            assert_eq!(run!(Voucher::bulk_create(drafts).run(seven)), many as u64);
            let of_it = Voucher::objects().filter(|t| t.number.ge(100 * many) & t.number.lt(100 * many + many));
            assert_eq!(run!(of_it.count(seven)), many);
        }
        refused!(Voucher::bulk_create([Voucher::create().number(-1), Voucher::create().number(-2).tenant(8)]).run(seven), "has another `tenant`");
        assert_eq!(run!(Voucher::objects().filter(|t| t.number.lt(0)).count(all)), 0);
        let rows = (0..30).map(|at| Voucher::create().number(-1 - at));
        assert_eq!(run!(Voucher::copy_in(rows).run(seven)), 30);
        assert_eq!(run!(Voucher::objects().filter(|t| t.number.lt(0)).count(seven)), 30);
        refused!(Voucher::copy_in([Voucher::create().number(-99).tenant(8)]).run(seven), "has another `tenant`");
        // Nothing but what is filled.
        assert_eq!(run!(Presence::create().save(seven)).tenant, 7);
        assert_eq!(run!(Presence::bulk_create((0..3).map(|_| Presence::create())).run(seven)), 3);
        assert_eq!(run!(Presence::objects().count(seven)), 4);
    }

    fn rows_that_belong_to_new_ones_get_it_too(db) {
        let seven = &db.scoped(Tenant(7));
        let (ticket, notices) = run!(Voucher::create().number(1000).with(|t| t.notices(), [Callout::create().text("a"), Callout::create().text("b")]).save(seven));
        assert_eq!((ticket.tenant, notices.iter().map(|notice| notice.tenant).collect::<Vec<_>>()), (7, vec![Some(7), Some(7)]));
        refused!(Voucher::create().number(2).with(|t| t.notices(), [Callout::create().text("a").tenant(Some(8))]).save(seven), "has another `tenant`");
        assert_eq!(run!(Voucher::objects().count(&db.unscoped())), 1);
        let key = ticket.id;
        let rows = (0..5).map(move |at| Callout::create().text(format!("c{at}")).ticket(key));
        assert_eq!(run!(Callout::copy_in(rows).run(seven)), 5);
        assert_eq!(run!(Callout::objects().count(seven)), 7);
        let made = run!(Callout::factory().many(3).build(seven));
        assert!(made.iter().all(|notice| notice.tenant == Some(7)));
        assert!(run!(Voucher::objects().all(&db.unscoped())).iter().all(|ticket| ticket.tenant == 7));
    }

    fn factories_leave_foreign_keys_to_scopes(db) {
        let all = &db.unscoped();
        let seven = &db.scoped(Tenant(7));
        run!(Lessor::create().id(7).name("seven").save(all));
        assert_eq!(run!(Lease::factory().build(seven)).tenant.id(), 7);
        let both = run!(Lease::factory().many(2).build(seven));
        assert!(both.iter().all(|lease| lease.tenant.id() == 7));
        assert_eq!(run!(Lessor::objects().count(all)), 1);
        refused!(Lease::factory().build(all), "does not give `tenant`, which the scope `tenant` fills");
        let other = Lessor::factory().set(|l| l.id(8));
        assert_eq!(run!(Lease::factory().with(|l| l.tenant(), other).build(all)).tenant.id(), 8);
        // A part of a key.
        run!(Haulier::create().tenant(7).number(3).save(all));
        let haulage = run!(Haulage::factory().set(|h| h.haulier_number(3)).build(seven));
        assert_eq!((haulage.tenant, haulage.haulier_number), (7, 3));
        refused!(Haulage::factory().set(|h| h.tenant(7)).build(seven), "a part of what suite.Haulage.haulier stands on is given, and haulier_number is not");
        let made = run!(Haulage::factory().with(|h| h.haulier(), Haulier::factory().set(|h| h.tenant(7).number(4))).build(seven));
        assert_eq!((made.tenant, made.haulier_number), (7, 4));
    }

    fn links_and_rows_by_name_get_it_too(db) {
        let all = &db.unscoped();
        let seven = &db.scoped(Tenant(7));
        let one = run!(Lessor::create().id(7).name("seven").save(all));
        let other = run!(Lessor::create().id(8).name("eight").save(all));
        let lease = run!(Lease::create().text("a").save(seven));
        assert_eq!(run!(lease.marks().add([&one]).run(seven)), 1);
        assert_eq!(run!(lease.marks().set([&one, &other]).run(seven)), 1);
        run!(Lease::create().text("b").with_existing(|l| l.marks(), [&one, &other]).save(seven));
        assert_eq!(run!(LeaseMark::objects().values(|m| m.tenant).all(all)), [7; 4]);
        let late = run!(Lease::create().text("c").save(seven));
        refused!(late.marks().add([&one]).run(all), "does not give `tenant`, which the scope `tenant` fills");
        let vouchers = value(orm::dynamic::DynModel::named("suite.Voucher"));
        let (number, tenant) = (value(vouchers.field::<i64>("number")), value(vouchers.field::<i64>("tenant")));
        let made = run!(vouchers.create().set(number, 1).save(seven));
        assert_eq!(value(made.get(tenant)), 7);
        assert_eq!(run!(vouchers.bulk_create((2..5).map(|at| vouchers.create().set(number, at))).run(seven)), 3);
        assert_eq!(run!(Voucher::objects().count(seven)), 4);
        refused!(vouchers.create().set(tenant, 7).save(seven), "a new suite.Voucher needs number");
        refused!(vouchers.create().set(number, 9).save(all), "does not give `tenant`, which the scope `tenant` fills");
    }

    fn rows_are_looked_for_by_what_is_filled(db) {
        let (seven, eight) = (&db.scoped(Tenant(7)), &db.scoped(Tenant(8)));
        let get = || Voucher::create().number(1).get_or_create(|t| (t.tenant, t.number));
        for handle in [seven, eight, seven, eight] {
            run!(get().run(handle));
        }
        let (found, created) = run!(get().run(eight));
        assert_eq!((found.tenant, created), (8, false));
        let update = || Voucher::create().number(1).gone(false).of(found.id).update_or_create(|t| (t.tenant, t.number));
        let (updated, created) = run!(update().run(eight));
        assert_eq!((updated.id, updated.tenant, updated.of.as_ref().map(|of| of.id()), created), (found.id, 8, Some(found.id), false));
        assert_eq!(run!(Voucher::objects().filter(|t| t.of.is_null()).count(seven)), 1);
        assert_eq!(run!(Voucher::objects().count(&db.unscoped())), 2);
        // Beside those that say it.
        let (said, created) = run!(Voucher::create().number(1).tenant(7).get_or_create(|t| (t.tenant, t.number)).run(seven));
        assert!(!created && said.tenant == 7);
        refused!(get().run(db), "takes a `Tenant`, and this handle has none");
        refused!(get().run(&db.unscoped()), "is looked for by `tenant`, which is not set and which a scope fills");
    }

    fn rows_that_may_be_there_get_it_too(db) {
        let (seven, eight) = (&db.scoped(Tenant(7)), &db.scoped(Tenant(8)));
        let upsert = |number: i64| Voucher::bulk_create([Voucher::create().number(number), Voucher::create().number(number + 1)]).on_conflict(|t| (t.tenant, t.number));
        run!(upsert(1).update(|t, _| t.gone.set(false)).run(seven));
        run!(upsert(2).update(|t, new| (t.number.set(new.number), t.tenant.set(new.tenant))).run(seven));
        run!(upsert(2).do_nothing().run(eight));
        let count = |tenant: i64| Voucher::objects().filter(move |t| t.tenant.eq(tenant));
        assert_eq!((run!(count(7).count(seven)), run!(count(8).count(eight))), (3, 2));
        refused!(upsert(2).update(|t, _| t.tenant.set(8)).run(seven), "has another `tenant`");
        refused!(upsert(2).update(|t, new| t.tenant.set(new.number)).run(seven), "is given what is computed");
        let (found, created) = run!(Voucher::create().number(2).tenant(7).get_or_create(|t| (t.tenant, t.number)).run(seven));
        assert!(!created && found.tenant == 7);
        let (found, created) = run!(Voucher::create().number(9).tenant(7).get_or_create(|t| (t.tenant, t.number)).run(seven));
        assert!(created && found.tenant == 7);
    }

    fn an_update_moves_no_row_out_of_its_scope(db) {
        let all = &db.unscoped();
        let seven = &db.scoped(Tenant(7));
        let mut ticket = run!(Voucher::create().number(1).save(seven));
        refused!(Voucher::objects().update(|t| t.tenant.set(8)).run(seven), "has another `tenant` than the handle has");
        refused!(Voucher::objects().update(|t| t.tenant.set(t.tenant + 1)).run(seven), "`tenant` of suite.Voucher decides whether a row is in the scope");
        refused!(Voucher::objects().update(|t| t.tenant.set(t.number)).run(seven), "is given what is computed");
        refused!(ticket.update(|t| t.tenant.set(8)).run(seven), "has another `tenant`");
        assert_eq!(run!(Voucher::objects().update(|t| (t.tenant.set(7), t.number.set(t.number + 1))).run(seven)), 1);
        assert_eq!(run!(Voucher::objects().filter(|t| t.tenant.eq(8)).update(|t| t.number.set(9)).run(seven)), 0);
        assert_eq!(run!(Voucher::objects().update(|t| t.tenant.set(t.tenant)).run(seven)), 1);
        run!(ticket.refresh(seven));
        ticket.tenant = 8;
        refused!(ticket.save(seven), "has another `tenant`");
        // Around it.
        assert_eq!(run!(Voucher::objects().unscoped().update(|t| t.tenant.set(8)).run(seven)), 1);
        assert_eq!(run!(Voucher::objects().without_scope(Voucher::SCOPE_TENANT).update(|t| t.tenant.set(t.tenant - 1)).run(seven)), 1);
        assert_eq!(run!(Voucher::objects().update(|t| t.tenant.set(8)).run(all)), 1);
    }

    fn rows_made_of_a_query_stay_where_it_reads(db) {
        let all = &db.unscoped();
        let seven = &db.scoped(Tenant(7));
        for (number, tenant) in [(1, 7), (2, 7), (3, 8)] {
            run!(Voucher::create().number(number).tenant(tenant).save(all));
        }
        let read = || Voucher::objects().values(|t| (t.tenant, t.number));
        assert_eq!(run!(Settled::insert_from(read(), |a| (a.owner, a.number)).run(seven)), 2);
        refused!(Settled::insert_from(Voucher::objects().unscoped().values(|t| (t.tenant, t.number)), |a| (a.owner, a.number)).run(seven), "`owner` of suite.Settled decides");
        refused!(Settled::insert_from(Voucher::objects().values(|t| (t.number, t.number)), |a| (a.owner, a.number)).run(seven), "`owner` of suite.Settled decides");
        refused!(Settled::insert_from(Voucher::objects().values(|t| t.number), |a| a.number).run(seven), "`owner` of suite.Settled has to be given");
        assert_eq!(run!(Settled::insert_from(Voucher::objects().values(|t| (t.tenant, t.number)), |a| (a.owner, a.number)).run(all)), 3);
        assert_eq!(run!(Settled::objects().count(seven)), 4);
        // What a scope fills is filled.
        let read = Voucher::objects().filter(|t| t.number.eq(1)).values(|t| (t.number.cast::<String>(), t.id));
        assert_eq!(run!(Callout::insert_from(read, |n| (n.text, n.ticket)).run(seven)), 1);
        assert_eq!(run!(Callout::objects().get(seven)).tenant, Some(7));
    }

    fn what_fills_nothing_is_said(db) {
        refused!(Upkeep::create().save(&db.scoped(Floor(3))), "the scope `floor` of suite.Upkeep fills `priority`, and its condition does not say which value that is");
        assert_eq!(run!(Upkeep::create().priority(1).save(&db.scoped(Floor(3)))).priority, 1);
    }

    fn scopes_without_a_value_hold_no_new_rows_up(db) {
        let rows = (0..50).map(|at| Jaunt::create().label(format!("e{at}")).done(at % 2 == 0));
        assert_eq!(run!(Jaunt::copy_in(rows).run(db)), 50);
        assert_eq!(run!(Jaunt::objects().count(db)), 25);
    }

    fn values_of_scopes_are_among_those_that_a_statement_has_room_for(db) {
        let seven = &db.scoped(Tenant(7));
        let rows = |many: i64| (0..many).map(|at| Voucher::create().number(at).tenant(7).gone(false));
        run!(Voucher::bulk_create(rows(900)).run(seven));
        let mut tickets = run!(Voucher::objects().all(seven));
        for ticket in &mut tickets {
            ticket.number += 10_000;
        }
        assert_eq!(run!(Voucher::bulk_update(tickets.iter(), |t| (t.number, t.gone)).run(seven)), 900);
        assert_eq!(run!(Voucher::objects().filter(|t| t.number.ge(10_000)).count(seven)), 900);
    }
}
