//! Relations in conditions, orders and values, and the rows of join tables.

use orm::prelude::*;
use orm_tests::behaviour;
use orm_tests::models::*;

use orm_tests::world;

behaviour! {
    fn a_condition_follows_foreign_keys(db) {
        world!(db);
        let slugs = |query: QuerySet<Post>| query.order_by(|p| p.id).values(|p| p.slug);
        let by_ann = Post::objects().filter(|p| p.author().email.ends_with("@example.com"));
        assert_eq!(run!(slugs(by_ann).all(db)), ["first", "second", "draft"]);
        let from_austria = Post::objects().filter(|p| p.author().country().name.eq("Austria") & p.views.gt(10));
        assert_eq!(run!(slugs(from_austria).all(db)), ["second"]);
        let edited = Post::objects().filter(|p| p.editor().name.eq("Ben"));
        assert_eq!(run!(slugs(edited).all(db)), ["first"]);
        let commented = Comment::objects().filter(|c| c.post().author().name.eq("Ben")).values(|c| c.text);
        assert_eq!(run!(commented.all(db)), ["hm"]);
    }

    fn a_table_is_read_through_another_model_too(db) {
        world!(db);
        let cards = AuthorCard::objects().order_by(|a| a.id).values(|a| a.shown_as);
        assert_eq!(run!(cards.all(db)), ["Ann", "Ben", "Cleo"]);
        run!(Author::objects().filter(|a| a.name.eq("Cleo")).update(|a| a.name.set("Chloe")).run(db));
        let card = run!(AuthorCard::objects().filter(|a| a.shown_as.eq("Chloe")).get(db));
        assert_eq!(run!(Author::get(card.id, db)).email, "cleo@example.com");
    }

    fn excluding_along_a_foreign_key_keeps_rows_without_one(db) {
        world!(db);
        let not_by_ben = Post::objects().exclude(|p| p.editor().name.eq("Ben")).order_by(|p| p.id).values(|p| p.slug);
        assert_eq!(run!(not_by_ben.all(db)), ["second", "draft", "third"]);
        let elsewhere = Author::objects().exclude(|a| a.country().name.eq("Austria")).values(|a| a.name);
        assert_eq!(run!(elsewhere.all(db)), ["Ben"]);
    }

    fn two_foreign_keys_to_one_model_are_two_joins(db) {
        world!(db);
        let both = Post::objects()
            .filter(|p| p.author().name.eq("Ann") & p.editor().name.eq("Ben"))
            .values(|p| (p.slug, p.author().name, p.editor().name));
        assert_eq!(run!(both.all(db)), [("first".to_owned(), "Ann".to_owned(), Some("Ben".to_owned()))]);
    }

    fn a_foreign_key_is_compared_without_a_join(db) {
        world!(db);
        let ann = run!(Author::objects().filter(|a| a.name.eq("Ann")).get(db));
        assert_eq!(run!(Post::objects().filter(|p| p.author.eq(&ann)).count(db)), 3);
        assert_eq!(run!(Post::objects().filter(|p| p.author.eq(ann.id)).count(db)), 3);
        assert_eq!(run!(Post::objects().filter(|p| p.editor.is_null()).count(db)), 3);
    }

    fn any_finds_rows_once_however_many_match(db) {
        world!(db);
        let tagged = Post::objects().filter(|p| p.tags().any(|t| t.label.ne("unused"))).order_by(|p| p.id).values(|p| p.slug);
        assert_eq!(run!(tagged.all(db)), ["first", "second"]);
        let untagged = Post::objects().exclude(|p| p.tags().exists()).order_by(|p| p.id).values(|p| p.slug);
        assert_eq!(run!(untagged.all(db)), ["draft", "third"]);
        let authors = Author::objects().filter(|a| a.posts().any(|p| p.comments().any(|c| c.hidden))).values(|a| a.name);
        assert_eq!(run!(authors.all(db)), ["Ann"]);
        let clean = Post::objects().filter(|p| p.comments().every(|c| !c.hidden)).order_by(|p| p.id).values(|p| p.slug);
        assert_eq!(run!(clean.all(db)), ["second", "draft", "third"]);
    }

    fn reverse_relations_work_on_rows_and_in_conditions(db) {
        world!(db);
        let ann = run!(Author::objects().filter(|a| a.name.eq("Ann")).get(db));
        assert_eq!(run!(ann.posts().count(db)), 3);
        assert_eq!(run!(ann.posts().filter(|p| p.views.gt(15)).values(|p| p.slug).all(db)), ["second"]);
        let tag = run!(Tag::objects().filter(|t| t.label.eq("rust")).get(db));
        assert_eq!(run!(Tag::objects().filter(|t| t.posts().any(|p| p.slug.eq("first"))).count(db)), 2);
        assert_eq!(run!(Post::objects().filter(|p| p.tags().any(|t| t.id.eq(tag.id))).count(db)), 2);
        let writers = Author::objects().filter(|a| a.profile().bio.eq("writes")).values(|a| a.name);
        assert_eq!(run!(writers.all(db)), ["Ann"]);
        let post = run!(Post::objects().filter(|p| p.slug.eq("third")).get(db));
        assert_eq!(run!(post.author().get(db)).name, "Ben");
        assert_eq!(run!(post.editor().get_or_none(db)), None);
    }

    fn rows_are_ordered_along_a_relation(db) {
        world!(db);
        let slugs = Post::objects().order_by(|p| (p.author().name.desc(), p.slug)).values(|p| p.slug);
        assert_eq!(run!(slugs.all(db)), ["third", "draft", "first", "second"]);
        let by_editor = Post::objects().order_by(|p| (p.editor().name, p.slug)).values(|p| p.slug);
        assert_eq!(run!(by_editor.all(db)), ["draft", "second", "third", "first"]);
    }

    fn many_to_many_adds_removes_sets_and_clears(db) {
        world!(db);
        let post = run!(Post::objects().filter(|p| p.slug.eq("first")).get(db));
        let tags = run!(Tag::objects().order_by(|t| t.label).all(db));
        let [rust, sql, unused] = tags.as_slice() else { panic!("three tags, got {tags:?}") };
        macro_rules! labels {
            () => {
                run!(Tag::objects().filter(|t| t.posts().any(|p| p.id.eq(post.id))).values(|t| t.label).all(db))
            };
        }
        assert_eq!(labels!(), ["rust", "sql"]);
        run!(post.tags().add([rust, unused]).run(db));
        assert_eq!(labels!(), ["rust", "sql", "unused"]);
        run!(post.tags().remove([sql, unused]).run(db));
        assert_eq!(labels!(), ["rust"]);
        run!(post.tags().set([sql, unused]).run(db));
        assert_eq!(labels!(), ["sql", "unused"]);
        run!(post.tags().clear().run(db));
        assert_eq!(labels!(), [""; 0]);
        // The rows of others are untouched.
        assert_eq!(run!(rust.posts().count(db)), 1);
        run!(rust.posts().add([&post]).run(db));
        assert_eq!(labels!(), ["rust"]);
    }

    fn a_model_relates_to_itself(db) {
        let root = run!(Person::create().name("root").save(db));
        let child = run!(Person::create().name("child").parent(&root).save(db));
        let grandchild = run!(Person::create().name("grandchild").parent(&child).save(db));
        let below_root = Person::objects().filter(|p| p.parent().parent().name.eq("root")).values(|p| p.name);
        assert_eq!(run!(below_root.all(db)), ["grandchild"]);
        let parents = Person::objects().filter(|p| p.children().any(|c| c.children().exists())).values(|p| p.name);
        assert_eq!(run!(parents.all(db)), ["root"]);
        run!(child.admires().add([&root, &grandchild]).run(db));
        run!(root.admires().add([&root]).run(db));
        let admirers = Person::objects().filter(|p| p.admires().any(|a| a.name.eq("root"))).values(|p| p.name);
        assert_eq!(run!(admirers.all(db)), ["child", "root"]);
        let admired = Person::objects().filter(|p| p.admired_by().any(|a| a.name.eq("child"))).values(|p| p.name);
        assert_eq!(run!(admired.all(db)), ["grandchild", "root"]);
    }

    fn foreign_keys_of_other_types_work_as_integers_do(db) {
        let ticket = run!(Ticket::create().subject("lost").save(db));
        let other = run!(Ticket::create().subject("found").save(db));
        run!(TicketNote::create().ticket(&ticket).text("one").save(db));
        run!(TicketNote::create().ticket(ticket.id).text("two").save(db));
        run!(TicketNote::create().ticket(&other).text("three").save(db));
        assert!(ticket.id != other.id && !ticket.id.is_nil());
        let strings = TicketNote::objects().filter(|n| n.ticket().subject.eq("lost")).order_by(|n| n.id).values(|n| n.text);
        assert_eq!(run!(strings.all(db)), ["one", "two"]);
        assert_eq!(run!(ticket.notes().count(db)), 2);
        let with = run!(Ticket::objects().order_by(|t| t.subject).with(|t| t.notes()).all(db));
        assert_eq!(with.iter().map(|(_, notes)| notes.len()).collect::<Vec<_>>(), [1, 2]);
        let in_austria = run!(Country::create().code("AT").name("Austria").save(db));
        run!(Author::create().name("Ann").email("a").country("AT").save(db));
        assert_eq!(run!(in_austria.authors().count(db)), 1);
    }
}
