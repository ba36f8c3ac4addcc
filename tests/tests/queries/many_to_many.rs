//! Many-to-many fields: through models of the program, and symmetrical ones.

use orm::prelude::*;
use orm_tests::behaviour;
use orm_tests::behaviour::error;

orm::app!("suite");

/// What is related, in every way there is.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("name"))]
pub struct Player {
    pub id: i64,
    #[orm(max_length = 40)]
    pub name: String,
    #[orm(through = Enrolment, related_name = "players")]
    pub teams: ManyToMany<Team>,
    #[orm(through = Visit, related_name = "guests")]
    pub visited: ManyToMany<Team>,
    #[orm(through = Invitation, through_fields("guest", "team"), related_name = "invited")]
    pub invitations: ManyToMany<Team>,
    /// The same model the other way.
    #[orm(through = Invitation, through_fields("host", "team"), related_name = "+")]
    pub hosted: ManyToMany<Team>,
    #[orm(through = Sponsorship, related_name = "sponsors")]
    pub sponsored: ManyToMany<Team>,
    #[orm(symmetrical)]
    pub friends: ManyToMany<Player>,
    #[orm(symmetrical, through = Bond, through_fields("one", "other"))]
    pub bound: ManyToMany<Self>,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("title"))]
pub struct Team {
    pub id: i64,
    #[orm(max_length = 40)]
    pub title: String,
}

/// Needs more than the two keys, and has a key that Rust makes.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(unique("player", "team"))]
pub struct Enrolment {
    #[orm(primary_key)]
    pub id: Uuid,
    #[orm(on_delete = Cascade, related_name = "enrolments")]
    pub player: ForeignKey<Player>,
    #[orm(on_delete = Restrict, related_name = "enrolments")]
    pub team: ForeignKey<Team>,
    pub since: i32,
    #[orm(default = false)]
    pub captain: bool,
}

/// Needs nothing else, and may be there twice.
#[derive(Model, Debug, Clone, PartialEq)]
pub struct Visit {
    pub id: i64,
    #[orm(on_delete = Cascade, related_name = "visits")]
    pub team: ForeignKey<Team>,
    #[orm(on_delete = Cascade, related_name = "visits", column = "Who")]
    pub player: ForeignKey<Player>,
    #[orm(default = 1)]
    pub times: i32,
    pub note: Option<String>,
    #[orm(auto_now_add)]
    pub made_at: DateTime<Utc>,
}

/// Two of its keys point at one model.
#[derive(Model, Debug, Clone, PartialEq)]
pub struct Invitation {
    pub id: i64,
    #[orm(related_name = "+")]
    pub host: ForeignKey<Player>,
    #[orm(related_name = "received")]
    pub guest: ForeignKey<Player>,
    #[orm(related_name = "+")]
    pub team: ForeignKey<Team>,
}

/// The two keys are its primary key.
#[derive(Model, Debug, Clone, PartialEq)]
pub struct Sponsorship {
    #[orm(primary_key, on_delete = Cascade, related_name = "sponsorships")]
    pub player: ForeignKey<Player>,
    #[orm(primary_key, on_delete = Cascade, related_name = "sponsorships")]
    pub team: ForeignKey<Team>,
    #[orm(default = 0)]
    pub amount: i64,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(unique("one", "other"))]
pub struct Bond {
    pub id: i64,
    #[orm(on_delete = Cascade, related_name = "bonds")]
    pub one: ForeignKey<Player>,
    #[orm(on_delete = Cascade, related_name = "+")]
    pub other: ForeignKey<Player>,
    #[orm(default = 1)]
    pub strength: i32,
}

macro_rules! players {
    ($db:ident: $($name:ident)+) => {
        $(let $name = run!(Player::create().name(stringify!($name)).save($db));)+
    };
}

macro_rules! teams {
    ($db:ident: $($title:ident)+) => {
        $(let $title = run!(Team::create().title(stringify!($title)).save($db));)+
    };
}

fn names(rows: &[Player]) -> Vec<&str> {
    rows.iter().map(|row| row.name.as_str()).collect()
}

fn titles(rows: &[Team]) -> Vec<&str> {
    rows.iter().map(|row| row.title.as_str()).collect()
}

behaviour! {
    fn rows_are_related_through_a_model_with_values_of_its_own(db) {
        players!(db: ann bob);
        teams!(db: red blue green);
        assert_eq!(run!(ann.teams().add_with([&red, &blue], |m| (m.since.set(2001), m.captain.set(true))).run(db)), 2);
        // One that is there stays as it is.
        assert_eq!(run!(ann.teams().add_with([&red, &green, &green], |m| m.since.set(2024)).run(db)), 1);
        run!(Enrolment::create().player(&bob).team(&red).since(1999).save(db));
        assert_eq!(titles(&run!(ann.teams().all(db))), ["blue", "green", "red"]);
        assert_eq!(names(&run!(red.players().all(db))), ["ann", "bob"]);
        let rows = Enrolment::objects().filter(|m| m.player.eq(&ann)).order_by(|m| (m.since, m.team().title));
        let rows = run!(rows.values(|m| (m.team().title, m.since, m.captain)).all(db));
        let of = |title: &str, since, captain| (title.to_owned(), since, captain);
        assert_eq!(rows, [of("blue", 2001, true), of("red", 2001, true), of("green", 2024, false)]);
        // From the other side.
        assert_eq!(run!(green.players().add_with([&bob], |m| m.since.set(3)).run(db)), 1);
        assert_eq!(titles(&run!(bob.teams().all(db))), ["green", "red"]);
        assert_eq!(run!(ann.teams().remove([&red, &blue]).run(db)), 2);
        assert_eq!(run!(red.players().clear().run(db)), 1);
        assert_eq!(titles(&run!(ann.teams().all(db))), ["green"]);
        assert_eq!(titles(&run!(bob.teams().all(db))), ["green"]);
    }

    fn rows_that_need_more_than_two_keys_are_refused_by_name(db) {
        players!(db: ann);
        teams!(db: red);
        for refused in [
            attempt!(ann.teams().add([&red]).run(db)),
            attempt!(ann.teams().set([&red]).run(db)),
            attempt!(red.players().add([&ann]).run(db)),
            attempt!(ann.teams().add_with([&red], |m| m.captain.set(true)).run(db)),
        ] {
            let refused = error(refused).to_string();
            assert!(refused.contains("suite.Player.teams goes through suite.Enrolment, whose rows need more than the two foreign keys: since"), "{refused}");
            assert!(refused.contains("add_with(rows, |m| (m.since.set(..)))"), "{refused}");
        }
        let twice = error(attempt!(ann.teams().add_with([&red], |m| (m.since.set(1), m.since.set(2))).run(db)));
        assert!(twice.to_string().contains("`since` of suite.Enrolment is set twice"), "{twice}");
        let own = error(attempt!(ann.teams().add_with([&red], |m| (m.since.set(1), m.player.set(&ann))).run(db)));
        assert!(own.to_string().contains("`player` of suite.Enrolment says which rows are related"), "{own}");
        let computed = error(attempt!(ann.teams().add_with([&red], |m| m.since.set(m.since + 1)).run(db)));
        assert!(computed.to_string().contains("gets something else than a value"), "{computed}");
        assert_eq!(run!(Enrolment::objects().count(db)), 0);
        // Nothing is made, so nothing is missing.
        assert_eq!(run!(ann.teams().set(std::iter::empty::<&Team>()).run(db)), 0);
        assert_eq!(run!(ann.teams().remove([&red]).run(db)), 0);
    }

    fn a_model_that_needs_nothing_else_is_changed_as_a_join_table(db) {
        players!(db: ann bob);
        teams!(db: red blue green);
        assert_eq!(run!(ann.visited().add([&red, &red, &blue]).run(db)), 2);
        assert_eq!(run!(ann.visited().add([red.id, green.id]).run(db)), 1);
        run!(bob.visited().add([&red]).run(db));
        assert_eq!(run!(Visit::objects().filter(|v| v.times.eq(1) & v.note.is_null()).count(db)), 4);
        let kept = run!(Visit::objects().filter(|v| v.player.eq(&ann) & v.team.eq(&blue)).get(db));
        assert_eq!(run!(ann.visited().set([&blue]).run(db)), 2);
        assert_eq!(run!(Visit::objects().filter(|v| v.player.eq(&ann)).all(db)), [kept]);
        assert_eq!(run!(ann.visited().set([&red, &green]).run(db)), 3);
        assert_eq!(titles(&run!(ann.visited().all(db))), ["green", "red"]);
        assert_eq!(names(&run!(red.guests().all(db))), ["ann", "bob"]);
        let missing = error(attempt!(ann.visited().add([99]).run(db)));
        assert!(missing.is_foreign_key_violation(), "{missing:?}");
    }

    fn rows_that_are_related_twice_come_once(db) {
        players!(db: ann bob);
        teams!(db: red blue);
        let drafts = [(&ann, &red), (&ann, &red), (&ann, &blue), (&bob, &red)];
        run!(Visit::bulk_create(drafts.map(|(player, team)| Visit::create().player(player).team(team))).run(db));
        assert_eq!(titles(&run!(ann.visited().all(db))), ["blue", "red"]);
        let loaded = run!(Player::objects().with(|p| p.visited()).all(db));
        let loaded: Vec<(&str, Vec<&str>)> =
            loaded.iter().map(|(player, teams)| (player.name.as_str(), titles(teams))).collect();
        assert_eq!(loaded, [("ann", vec!["blue", "red"]), ("bob", vec!["red"])]);
        let first = run!(Player::objects().with(|p| p.visited().order_by(|t| t.title.desc())).first(db)).unwrap();
        assert_eq!(titles(&first.1), ["red", "blue"]);
        let one = run!(Player::objects().filter(|p| p.id.eq(ann.id)).with(|p| p.visited()).all(db));
        assert_eq!(titles(&one[0].1), ["blue", "red"]);
        let some = |players: QuerySet<Player>| players.with(|p| p.visited().order_by(|t| t.title.desc()).limit(2));
        assert_eq!(run!(some(Player::objects()).all(db)).iter().map(|(_, teams)| titles(teams)).collect::<Vec<_>>(), [vec!["red", "blue"], vec!["red"]]);
        assert_eq!(titles(&run!(some(Player::objects()).filter(|p| p.id.eq(ann.id)).get(db)).1), ["red", "blue"]);
        let back = run!(Team::objects().with(|t| t.guests().filter(|p| p.name.ne("bob"))).all(db));
        assert_eq!(back.iter().map(|(_, guests)| names(guests)).collect::<Vec<_>>(), [["ann"], ["ann"]]);
        assert_eq!(run!(Player::objects().filter(|p| p.visited().any(|t| t.title.eq("red"))).count(db)), 2);
        assert_eq!(run!(ann.visited().remove([&red]).run(db)), 2, "both rows go");
    }

    fn fields_of_the_rows_between_filter_order_and_load(db) {
        players!(db: ann bob);
        teams!(db: red blue);
        run!(ann.teams().add_with([&red], |m| m.since.set(2010)).run(db));
        run!(ann.teams().add_with([&blue], |m| (m.since.set(1990), m.captain.set(true))).run(db));
        run!(bob.teams().add_with([&red], |m| m.since.set(2005)).run(db));
        let captains = Player::objects().filter(|p| p.enrolments().any(|m| m.captain & m.team().title.eq("blue")));
        assert_eq!(names(&run!(captains.all(db))), ["ann"]);
        let none = Player::objects().filter(|p| p.enrolments().any(|m| m.captain & m.team().title.eq("red")));
        assert_eq!(run!(none.count(db)), 0);
        let loaded = Player::objects().with(|p| p.enrolments().order_by(|m| m.since).with(|m| m.team()));
        let loaded: Vec<(Player, Vec<(Enrolment, Team)>)> = run!(loaded.all(db));
        let of_ann: Vec<(i32, &str)> = loaded[0].1.iter().map(|(m, team)| (m.since, team.title.as_str())).collect();
        assert_eq!(of_ann, [(1990, "blue"), (2010, "red")]);
        let of_red = red.enrolments().with(|m| m.player()).order_by(|m| m.since);
        let of_red: Vec<(Enrolment, Player)> = run!(of_red.all(db));
        assert_eq!(of_red.iter().map(|(_, player)| player.name.as_str()).collect::<Vec<_>>(), ["bob", "ann"]);
        let teams = run!(Player::objects().with(|p| p.teams()).all(db));
        assert_eq!(teams.iter().map(|(_, teams)| titles(teams)).collect::<Vec<_>>(), [vec!["blue", "red"], vec!["red"]]);
    }

    fn the_fields_that_are_named_say_which_way_it_goes(db) {
        players!(db: ann bob);
        teams!(db: red);
        run!(Invitation::create().host(&ann).guest(&bob).team(&red).save(db));
        assert_eq!(titles(&run!(bob.invitations().all(db))), ["red"]);
        assert_eq!(run!(ann.invitations().count(db)), 0);
        assert_eq!(names(&run!(red.invited().all(db))), ["bob"]);
        assert_eq!(run!(ann.invitations().add_with([&red], |m| m.host.set(&bob)).run(db)), 1);
        assert_eq!(names(&run!(red.invited().all(db))), ["ann", "bob"]);
        // Two fields go through one model, each by keys of its own.
        assert_eq!(titles(&run!(ann.hosted().all(db))), ["red"]);
        assert_eq!(run!(ann.hosted().clear().run(db)), 1);
        assert_eq!(run!(bob.invitations().count(db)), 0);
        assert_eq!(titles(&run!(ann.invitations().all(db))), ["red"]);
    }

    fn a_model_whose_key_is_the_pair_loads_every_row(db) {
        players!(db: ann bob cal);
        teams!(db: red blue);
        assert_eq!(run!(red.sponsors().add([&ann, &bob, &cal]).run(db)), 3);
        assert_eq!(run!(ann.sponsored().add_with([&red, &blue], |m| m.amount.set(9)).run(db)), 1);
        let loaded = run!(Team::objects().with(|t| t.sponsors()).all(db));
        assert_eq!(loaded.iter().map(|(_, of)| names(of)).collect::<Vec<_>>(), [vec!["ann"], vec!["ann", "bob", "cal"]]);
        // Two lists and one below another multiply nothing.
        let nested = Player::objects()
            .with(|p| p.sponsored().with(|t| t.sponsors()))
            .with(|p| p.visited())
            .with(|p| p.friends());
        let nested = run!(nested.all(db));
        let of_ann = &nested[0];
        let below: Vec<usize> = of_ann.1.iter().map(|(_, sponsors)| sponsors.len()).collect();
        assert_eq!((below, of_ann.2.len(), of_ann.3.len()), (vec![1, 3], 0, 0));
        let amounts = run!(Sponsorship::objects().order_by(|m| m.amount.desc()).values(|m| m.amount).all(db));
        assert_eq!(amounts, [9, 0, 0, 0]);
        assert_eq!(run!(ann.sponsored().set([&blue]).run(db)), 1);
        assert_eq!(names(&run!(red.sponsors().all(db))), ["bob", "cal"]);
    }

    fn deleting_a_row_does_to_the_rows_between_what_they_say(db) {
        players!(db: ann);
        teams!(db: red blue);
        run!(ann.teams().add_with([&red], |m| m.since.set(1)).run(db));
        run!(ann.visited().add([&blue]).run(db));
        let kept = error(attempt!(red.delete(db)));
        assert!(kept.is_foreign_key_violation(), "{kept:?}");
        run!(blue.delete(db));
        assert_eq!(run!(Visit::objects().count(db)), 0);
        run!(ann.delete(db));
        assert_eq!(run!(Enrolment::objects().count(db)), 0);
    }

    fn friends_are_each_others(db) {
        players!(db: ann bob cal dan);
        assert_eq!(run!(ann.friends().add([&bob, &cal, &bob]).run(db)), 2);
        assert_eq!(run!(bob.friends().add([&ann]).run(db)), 0, "they are already");
        assert_eq!(names(&run!(ann.friends().all(db))), ["bob", "cal"]);
        assert_eq!(names(&run!(bob.friends().all(db))), ["ann"]);
        let of_ann = Player::objects().filter(|p| p.friends().any(|f| f.name.eq("ann")));
        assert_eq!(names(&run!(of_ann.all(db))), ["bob", "cal"]);
        let all = run!(Player::objects().with(|p| p.friends()).all(db));
        let all: Vec<Vec<&str>> = all.iter().map(|(_, friends)| names(friends)).collect();
        assert_eq!(all, [vec!["bob", "cal"], vec!["ann"], vec!["ann"], vec![]]);
        assert_eq!(run!(cal.friends().set([&bob, &dan]).run(db)), 3);
        assert_eq!(names(&run!(ann.friends().all(db))), ["bob"]);
        assert_eq!(names(&run!(bob.friends().all(db))), ["ann", "cal"]);
        assert_eq!(run!(bob.friends().remove([&cal]).run(db)), 1);
        assert_eq!(names(&run!(cal.friends().all(db))), ["dan"]);
        // Oneself.
        assert_eq!(run!(dan.friends().add([&dan]).run(db)), 1);
        assert_eq!(names(&run!(dan.friends().all(db))), ["cal", "dan"]);
        assert_eq!(run!(dan.friends().clear().run(db)), 2);
        assert_eq!(run!(cal.friends().count(db)), 0);
        let rows = Player::objects().filter(|p| p.friends().exists());
        assert_eq!(names(&run!(rows.all(db))), ["ann", "bob"], "no way back is left");
    }

    fn a_friendship_is_made_both_ways_or_not_at_all(db) {
        players!(db: ann bob);
        let refused = error(attempt!(ann.friends().add([bob.id, 99]).run(db)));
        assert!(refused.is_foreign_key_violation(), "{refused:?}");
        assert_eq!(run!(Player::objects().filter(|p| p.friends().exists()).count(db)), 0);
        run!(ann.friends().add([&bob]).run(db));
        run!(ann.delete(db));
        assert_eq!(run!(bob.friends().count(db)), 0);
    }

    fn what_is_symmetrical_through_a_model_has_a_row_each_way(db) {
        players!(db: ann bob cal);
        assert_eq!(run!(ann.bound().add_with([&bob, &ann], |m| m.strength.set(7)).run(db)), 2);
        assert_eq!(run!(bob.bound().add([&ann, &cal]).run(db)), 1);
        let rows = Bond::objects().order_by(|m| (m.one().name, m.other().name));
        let rows = run!(rows.values(|m| (m.one().name, m.other().name, m.strength)).all(db));
        let rows: Vec<(&str, &str, i32)> = rows.iter().map(|(a, b, n)| (a.as_str(), b.as_str(), *n)).collect();
        assert_eq!(rows, [("ann", "ann", 7), ("ann", "bob", 7), ("bob", "ann", 7), ("bob", "cal", 1), ("cal", "bob", 1)]);
        assert_eq!(run!(bob.bound().set([&cal]).run(db)), 1);
        assert_eq!(names(&run!(ann.bound().all(db))), ["ann"]);
        assert_eq!(run!(bob.bound().clear().run(db)), 1);
        assert_eq!(run!(Bond::objects().count(db)), 1);
    }

    fn many_rows_are_related_in_batches(db) {
        const MANY: i64 = 3_000;
        players!(db: ann);
        let teams = run!(Team::bulk_create((0..MANY).map(|n| Team::create().title(format!("{n}")))).all(db));
        assert_eq!(run!(ann.visited().add(&teams[..2_000]).run(db)), 2_000);
        assert_eq!(run!(ann.visited().set(&teams[1_000..]).run(db)), MANY as u64 - 1_000);
        assert_eq!(run!(ann.visited().count(db)), 2_000);
        assert_eq!(run!(ann.visited().remove(&teams[..2_000]).run(db)), 1_000);
        let others = run!(Player::bulk_create((0..MANY).map(|n| Player::create().name(format!("{n}")))).all(db));
        assert_eq!(run!(ann.friends().add(&others).run(db)), MANY as u64);
        assert_eq!(run!(ann.friends().set(&others[..10]).run(db)), MANY as u64 - 10);
        assert_eq!(run!(others[5].friends().count(db)), 1);
        assert_eq!(run!(others[20].friends().count(db)), 0);
    }
}
