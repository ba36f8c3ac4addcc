//! The page of models and the tables of its attributes.

use orm::db::Dialect;
use orm::migrate::{MakeOptions, Migrations, make_migrations, sql_of};
use orm::models::{ModelDef, registry};
use orm::prelude::ModelExt;

use crate::operations;
use crate::page::{blocks, code, contains, is, normal, page, rows};

/// The models of the page's first program.
mod first {
    use orm::prelude::*;

    orm::app!("first");

    #[derive(Model, Debug, Clone)]
    #[orm(
        ordering("-published_at"),
        unique("author", "slug"),
        index("status", "-published_at")
    )]
    #[orm(check("title_not_blank", |p| p.title.trim().ne(""), message = "a post needs a title"))]
    pub struct Post {
        pub id: i64,
        #[orm(on_delete = Cascade, related_name = "posts")]
        pub author: ForeignKey<Author>,
        #[orm(max_length = 200)]
        pub title: String,
        pub slug: String,
        #[orm(default = 0)]
        pub views: i64,
        #[orm(default = Status::Draft)]
        pub status: Status,
        #[orm(auto_now_add)]
        pub created_at: DateTime<Utc>,
        pub published_at: Option<DateTime<Utc>>,
        pub tags: ManyToMany<Tag>,
    }

    #[derive(Choices, Debug, Clone, Copy, PartialEq)]
    pub enum Status {
        Draft,
        Published,
    }

    #[derive(Model, Debug)]
    pub struct Author {
        pub id: i64,
        pub name: String,
    }

    #[derive(Model, Debug)]
    pub struct Tag {
        #[orm(primary_key, max_length = 50)]
        pub label: String,
    }
}

/// The model of the page's section on indexes.
mod second {
    use orm::prelude::*;

    orm::app!("second");

    #[derive(Model)]
    #[orm(
        index("author", "-created_at"),
        index(name = "drafts", "created_at", where = |p| p.published.eq(false)),
        unique(name = "email_once", |p| p.email.ascii_lower(), message = "the address is taken"),
        unique(name = "one_draft", "author", where = |p| p.published.eq(false)),
    )]
    pub struct Post {
        pub id: i64,
        pub author: String,
        pub email: String,
        pub published: bool,
        pub created_at: DateTime<Utc>,
    }
}

/// The model of the page's section on exclusion constraints.
mod third {
    use orm::prelude::*;

    orm::app!("third");

    #[derive(Model)]
    #[orm(exclude(
        name = "one_guest",
        ("room", "="),
        (|s| s.guest.ascii_lower(), "<>"),
        where = |s| s.cancelled.eq(false),
        message = "the room is taken",
    ))]
    pub struct Stay {
        pub id: i64,
        pub room: i64,
        pub guest: String,
        pub cancelled: bool,
    }
}

/// The models of the page's section on foreign keys over several columns.
pub mod fifth {
    use orm::prelude::*;

    orm::app!("fifth");

    #[derive(Model)]
    pub struct Region {
        #[orm(primary_key)]
        pub country: String,
        #[orm(primary_key)]
        pub code: i32,
        pub name: String,
    }

    #[derive(Model)]
    #[orm(foreign_key("region", fields("country", "region_code"), to = Region, on_delete = Cascade))]
    pub struct Place {
        pub id: i64,
        pub country: String,
        pub region_code: Option<i32>,
    }
}

/// The model of the page's section on storage.
mod fourth {
    use orm::prelude::*;

    orm::app!("fourth");

    #[derive(Model)]
    #[orm(with(fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01), without_rowid)]
    pub struct Visit {
        #[orm(primary_key)]
        pub path: String,
        pub times: i64,
    }
}

mod sixth {
    use orm::prelude::*;

    orm::app!("sixth");

    #[derive(Model)]
    #[orm(schema = "billing")]
    pub struct Invoice {
        pub id: i64,
        pub customer: ForeignKey<Customer>,
    }

    #[derive(Model)]
    pub struct Customer {
        pub id: i64,
    }
}

mod seventh {
    use orm::prelude::*;

    orm::app!("seventh");

    #[derive(Model)]
    #[orm(trigger(
        name = "wallet_logged",
        after,
        update_of("balance"),
        when = "OLD.balance <> NEW.balance",
        postgres = "INSERT INTO blog_log (line) VALUES ('changed'); RETURN NULL;",
        sqlite = "INSERT INTO blog_log (line) VALUES ('changed')"
    ))]
    pub struct Wallet {
        pub id: i64,
        pub balance: i64,
    }
}

/// The model of the page's section on views.
mod eighth {
    use orm::prelude::*;

    orm::app!("eighth");

    #[derive(Model)]
    pub struct Author {
        pub id: i64,
        pub name: String,
    }

    #[derive(Model)]
    #[orm(table = "article")]
    pub struct Paper {
        pub id: i64,
        pub author: ForeignKey<Author>,
    }

    #[derive(Model)]
    #[orm(view(
        "SELECT author_id, count(*) AS posts FROM article GROUP BY author_id",
        reads(Paper)
    ))]
    pub struct AuthorStats {
        #[orm(primary_key)]
        pub author: OneToOne<Author>,
        pub posts: i64,
    }
}

/// What only Postgres has.
mod apart {
    use orm::prelude::*;

    orm::app!("apart");

    #[derive(Model)]
    #[orm(
        exclude(name = "apart", ("field", "="), (|p| p.field + 1, "&&")),
        policy(name = "own", for = select, to = "public", using = |p| p.field.eq(1)),
        row_security(force),
        grant(select, update("field"), to = "public")
    )]
    pub struct Apart {
        pub id: i64,
        pub field: i64,
        #[orm(db_type(postgres = "citext"))]
        pub email: String,
    }

    #[derive(Model)]
    #[orm(schema = "schema", table = "field")]
    pub struct InSchema {
        #[orm(identity(start = 1000))]
        pub id: i64,
    }
}

/// Every attribute of which a table of `derive(Model)` shows SQL.
pub mod attributes {
    use orm::prelude::*;

    orm::app!("attributes");

    #[derive(Model)]
    #[orm(
        ordering("-field", "target__id"),
        index(name = "by_field", "field", "-other"),
        unique("field", "other"),
        check("name", |p| p.field.gt(0)),
        foreign_key("pair", fields("field", "other"), to = Pair),
        search(("title", "A"), language = "english"),
        trigger(name = "touched", before, update, postgres = "RETURN NEW;", sqlite = "SELECT 1"),
        comment = "said"
    )]
    pub struct After {
        pub id: i64,
        #[orm(unique, default = 0)]
        pub field: i64,
        #[orm(index, comment = "said")]
        pub other: i64,
        #[orm(max_length = 200)]
        pub title: String,
        #[orm(max_digits = 12, decimal_places = 2)]
        pub price: Decimal,
        #[orm(db_default = now)]
        pub made: DateTime<Utc>,
        #[orm(on_delete = Cascade, on_update = Cascade, related_name = "+")]
        pub target: ForeignKey<Target>,
        #[orm(db_constraint = false, related_name = "+")]
        pub loose: ForeignKey<Target>,
        #[orm(to = "code", not_valid, related_name = "+")]
        pub country: ForeignKey<Country, String>,
        pub targets: ManyToMany<Target>,
        #[orm(generated = |p| p.field * p.other)]
        pub product: i64,
    }

    #[derive(Model)]
    pub struct Target {
        pub id: i64,
    }

    #[derive(Model)]
    #[orm(view("SELECT one AS id FROM attributes_pair", reads(Pair)))]
    pub struct One {
        pub id: i64,
    }

    #[derive(Model)]
    pub struct Pair {
        #[orm(primary_key)]
        pub one: i64,
        #[orm(primary_key)]
        pub other: i64,
    }

    #[derive(Model)]
    pub struct Country {
        pub id: i64,
        #[orm(unique)]
        pub code: String,
    }

    #[derive(Model)]
    #[orm(with(fillfactor = 70), without_rowid)]
    pub struct Stored {
        #[orm(primary_key, collation = "NOCASE")]
        pub path: String,
    }
}

fn models_of(app: &str) -> Vec<ModelDef> {
    let models = registry().expect("the models agree").models();
    models
        .filter(|model| model.def.app == app)
        .map(|model| model.def.clone())
        .collect()
}

/// The SQL of the migrations that make the models of an app, with the table names of the page's app.
fn rendered(app: &str, prefix: &str, dialect: &'static Dialect) -> Vec<String> {
    let new = make_migrations(&models_of(app), &Migrations::default(), &MakeOptions::default())
        .expect("migrations are made");
    let files: Vec<(String, String)> = new
        .iter()
        .map(|new| (new.path.display().to_string(), new.text.clone()))
        .collect();
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .collect();
    let migrations = Migrations::from_embedded(&files).expect("they are read");
    let steps = new.iter().flat_map(|new| {
        let planned = sql_of(&migrations, app, &new.name, dialect, false).expect("they are rendered");
        planned.steps.into_iter().flat_map(|step| step.sql)
    });
    steps
        .map(|sql| normal(&sql).replace(&format!("{app}_"), prefix))
        .collect()
}

/// Code without white space and without commas behind the last of a list, so that it may be wrapped otherwise.
fn squeezed(code: &str) -> String {
    let letters: String = code.chars().filter(|letter| !letter.is_whitespace()).collect();
    letters.replace(",)", ")")
}

#[test]
fn the_statements_of_the_page_of_models_are_those_of_its_models() {
    let page = page("orm/src/guide/model.md");
    let source = concat!(include_str!("models.rs"), include_str!("security.rs"));
    let plain = blocks(&page, "");
    let programs = [
        &blocks(&page, "standalone_crate")[0],
        &plain[0],
        &plain[1],
        &plain[2],
        &plain[3],
        &plain[4],
        &plain[5],
        &plain[6],
        &plain[7],
    ];
    let source = squeezed(source);
    for program in programs {
        let shown = program.lines().take_while(|line| !line.starts_with("fn main"));
        let shown: Vec<&str> = shown
            .filter(|line| !line.starts_with('#') || line.starts_with("#["))
            .collect();
        for item in shown
            .join("\n")
            .split("\n\n")
            .filter(|item| !item.starts_with("orm::app!"))
        {
            assert!(
                source.contains(&squeezed(item)),
                "this test has not what the page has: {item}"
            );
        }
    }
    let shown = blocks(&page, "sql");
    assert_eq!(shown.len(), 9);
    let apps = [
        ("first", "blog_", &Dialect::ALL[..]),
        ("second", "blog_", &Dialect::ALL),
        ("third", "hotel_", &[Dialect::POSTGRES]),
        ("fifth", "geo_", &[Dialect::POSTGRES]),
        ("fourth", "blog_", &Dialect::ALL),
        ("sixth", "blog_", &[Dialect::POSTGRES]),
        ("seventh", "blog_", &Dialect::ALL),
        ("ninth", "blog_", &[Dialect::POSTGRES]),
        ("eighth", "blog_", &Dialect::ALL),
    ];
    for ((app, prefix, dialects), shown) in apps.into_iter().zip(shown) {
        let rendered = |dialect: &&'static Dialect| rendered(app, prefix, dialect);
        let sql: Vec<String> = dialects.iter().flat_map(rendered).collect();
        let lines = shown
            .lines()
            .map(|line| line.split("--").next().unwrap_or_default());
        let shown = lines.collect::<Vec<_>>().join("\n");
        for statement in shown
            .split(';')
            .map(normal)
            .filter(|statement| !statement.is_empty())
        {
            assert!(
                sql.iter().any(|sql| is(sql, &statement)),
                "shown: {statement}\nrendered: {sql:#?}"
            );
        }
    }
}

#[test]
fn the_sql_beside_attributes_is_what_they_make() {
    let page = page("orm-derive/src/lib.rs");
    let attributes = [
        rows(&page, "| attribute | meaning | SQL |"),
        rows(&page, "| attribute | for | meaning | SQL |"),
    ]
    .concat();
    let mut sql: Vec<String> = rendered("apart", "apart_", Dialect::POSTGRES);
    for dialect in Dialect::ALL {
        sql.extend(rendered("attributes", "blog_", dialect));
        sql.extend(
            ["RenameModel", "RenameField"]
                .iter()
                .flat_map(|kind| operations::rendered(kind, dialect)),
        );
        sql.push(normal(
            &attributes::After::objects().sql(dialect).expect("it is rendered"),
        ));
    }
    let missing: Vec<String> = attributes
        .iter()
        .flat_map(|row| {
            let cell = row.last().expect("a cell");
            let shown = code(cell).into_iter().filter(|_| !cell.starts_with("no "));
            shown.filter(|shown| !sql.iter().any(|sql| contains(sql, shown)))
        })
        .map(str::to_owned)
        .collect();
    assert_eq!(missing, Vec::<String>::new(), "of {sql:#?}");
}
