//! Views on databases with rows: made, changed, renamed and dropped, and there again after what they depend on has changed.

use orm::Db;
use orm::db::{DbSession, Dialect};
use orm::migrate::{MakeOptions, Migrations, StateFile, Target, make_migrations, migrate, sql_of};
use orm_tests::behaviour::{error, value};
use orm_tests::{Backend, Database};

pub const TABLES: &str = r#"
[[models]]
app = "shop"
name = "Customer"
fields = [
    { name = "id", type = "big_int", primary_key = true, generated = true },
    { name = "name", type = "text" },
]

[[models]]
app = "shop"
name = "Order"
fields = [
    { name = "id", type = "big_int", primary_key = true, generated = true },
    { name = "customer", type = "foreign_key", to = "shop.Customer" },
    { name = "amount", type = "int" },
    { name = "note", type = "text", null = true },
]
"#;

pub const SPENT: &str = r#"
[[models]]
app = "shop"
name = "Spent"
comment = "what \"each\" has 'spent'"
fields = [
    { name = "customer", type = "foreign_key", to = "shop.Customer", primary_key = true },
    { name = "total", type = "big_int" },
]
view = { sql = "SELECT customer_id, sum(amount) AS total FROM shop_order GROUP BY customer_id", reads = ["shop.Order"] }
"#;

pub const RICH: &str = r#"
[[models]]
app = "shop"
name = "Rich"
fields = [{ name = "customer", type = "foreign_key", to = "shop.Customer", primary_key = true }]
view = { sql = "SELECT customer_id FROM shop_spent WHERE total > 5", reads = ["shop.Spent"] }
"#;

const ROWS: &str = "INSERT INTO shop_customer (id, name) VALUES (1, 'Ann'), (2, 'Bob'); INSERT INTO shop_order (customer_id, amount, note) \
                    VALUES (1, 4, 'a'), (1, 3, NULL), (2, 5, 'ü')";

/// A database and the migrations that it has.
pub struct Project {
    pub database: Database,
    pub files: Vec<(String, String)>,
}

impl Project {
    pub fn of(backend: Backend, models: &str) -> Self {
        let mut project = Project {
            database: Database::empty(backend),
            files: Vec::new(),
        };
        project.change(models);
        project.session().batch(ROWS).expect("rows");
        project
    }

    pub fn session(&self) -> DbSession {
        value(value(Db::connect(self.database.url())).session())
    }

    fn migrations(&self) -> Migrations {
        let files: Vec<(&str, &str)> = (self.files.iter())
            .map(|(path, text)| (path.as_str(), text.as_str()))
            .collect();
        value(Migrations::from_embedded(&files))
    }

    /// What leads to the models, an operation a line.
    pub fn make(&mut self, models: &str) -> orm::Result<Vec<String>> {
        let models = value(StateFile::parse("models.toml", models)).into_models();
        let new = make_migrations(&models, &self.migrations(), &MakeOptions::default())?;
        let mut lines = Vec::new();
        for new in new {
            lines.extend(new.describe);
            self.files
                .push((new.path.to_str().expect("text").to_owned(), new.text));
        }
        Ok(lines)
    }

    pub fn migrate(&self, target: &Target) -> orm::Result<()> {
        self.migrate_in(&mut self.session(), target)
    }

    pub fn migrate_in(&self, session: &mut DbSession, target: &Target) -> orm::Result<()> {
        let options = orm_tests::losing();
        migrate(session, &self.migrations(), target, &options, &mut |_| {}).map(drop)
    }

    pub fn change(&mut self, models: &str) -> Vec<String> {
        let lines = value(self.make(models));
        value(self.migrate(&Target::Latest));
        lines
    }

    /// Runs what is printed of a migration, each statement for itself.
    pub fn run_printed(&self, session: &mut DbSession, migration: &str) {
        let planned = value(sql_of(
            &self.migrations(),
            "shop",
            migration,
            Dialect::POSTGRES,
            false,
        ));
        for sql in planned.steps.iter().flat_map(|step| &step.sql) {
            value(session.batch(sql));
        }
    }

    /// Back to a migration of the app.
    pub fn back(&self, to: &str) {
        value(self.migrate(&Target::Migration("shop".to_owned(), to.to_owned())));
    }

    pub fn all(&self, sql: &str) -> Vec<String> {
        let mut rows = Vec::new();
        let read = self.session().query(sql, &[], &mut |row| {
            rows.push(row.get::<Option<String>>(0)?.unwrap_or_default());
            Ok(())
        });
        read.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
        rows
    }

    pub fn spent(&self) -> Vec<String> {
        self.all("SELECT CAST(total AS text) FROM shop_spent ORDER BY customer_id")
    }
}

pub const BOTH: [Backend; 2] = [Backend::Sqlite, Backend::Postgres];

#[test]
fn a_view_is_made_changed_renamed_and_dropped_on_the_way_and_back() {
    for backend in BOTH {
        let mut project = Project::of(backend, TABLES);
        assert_eq!(
            project.change(&format!("{TABLES}{SPENT}{RICH}")),
            ["+ create view Spent", "+ create view Rich"]
        );
        assert_eq!(project.spent(), ["7", "5"]);
        assert_eq!(
            project.all("SELECT CAST(customer_id AS text) FROM shop_rich"),
            ["1"]
        );

        let less = SPENT.replace("sum(amount) AS total", "sum(amount) - 1 AS total");
        assert_eq!(
            project.change(&format!("{TABLES}{less}{RICH}")),
            ["~ alter view Spent"]
        );
        assert_eq!(project.spent(), ["6", "4"]);

        // A column more, in front of the others, and another type: not by CREATE OR REPLACE.
        let wide = less
            .replace(
                "fields = [",
                "fields = [\n{ name = \"orders\", type = \"big_int\" },",
            )
            .replace(
                "SELECT customer_id, sum(amount) - 1",
                "SELECT count(*) AS orders, customer_id, sum(amount) * 1.0",
            );
        let wide = wide.replace(
            "name = \"total\", type = \"big_int\"",
            "name = \"total\", type = \"double\"",
        );
        assert_eq!(
            project.change(&format!("{TABLES}{wide}{RICH}")),
            ["~ alter view Spent"]
        );
        assert_eq!(
            project.all("SELECT CAST(orders AS text) FROM shop_spent ORDER BY customer_id"),
            ["2", "1"]
        );
        assert_eq!(
            project.all("SELECT CAST(customer_id AS text) FROM shop_rich"),
            ["1"]
        );

        let named = wide.replace("name = \"Spent\"", "name = \"Paid\"\nrenamed_from = \"Spent\"");
        let rich = RICH
            .replace("shop_spent", "shop_paid")
            .replace("shop.Spent", "shop.Paid");
        assert_eq!(
            project.change(&format!("{TABLES}{named}{rich}")),
            ["~ rename model Spent to Paid", "~ alter view Rich"]
        );
        assert_eq!(
            project.all("SELECT CAST(customer_id AS text) FROM shop_rich"),
            ["1"]
        );
        assert_eq!(
            project.change(TABLES),
            ["- delete model Rich", "- delete model Paid"]
        );

        project.back("0005");
        assert_eq!(
            project.all("SELECT CAST(orders AS text) FROM shop_paid ORDER BY customer_id"),
            ["2", "1"]
        );
        project.back("0003");
        assert_eq!(project.spent(), ["6", "4"]);
        project.back("0002");
        assert_eq!(project.spent(), ["7", "5"]);
        project.back("0001");
        value(project.migrate(&Target::Latest));
        assert_eq!(
            project.all("SELECT CAST(count(*) AS text) FROM shop_order"),
            ["3"]
        );
    }
}

#[test]
fn a_query_changes_between_what_it_comes_to_read_and_what_goes() {
    for backend in BOTH {
        let mut project = Project::of(backend, &format!("{TABLES}{SPENT}{RICH}"));
        let tables = TABLES.replace(
            "{ name = \"amount\", type = \"int\" },",
            "{ name = \"price\", type = \"decimal\", default = 2 },",
        );
        let spent = SPENT.replace("sum(amount)", "CAST(sum(price) AS bigint)");
        let lines = project.change(&format!("{tables}{spent}{RICH}"));
        assert_eq!(
            lines,
            [
                "+ add field price to Order",
                "~ alter view Spent",
                "- remove field amount from Order"
            ],
            "{backend:?}"
        );
        assert_eq!(project.spent(), ["4", "2"]);
    }
}

#[test]
fn renamed_tables_and_columns_take_their_views_along() {
    for backend in BOTH {
        let mut project = Project::of(backend, &format!("{TABLES}{SPENT}{RICH}"));
        let tables = TABLES
            .replace("name = \"Order\"", "name = \"Sale\"\nrenamed_from = \"Order\"")
            .replace("name = \"amount\"", "name = \"price\", renamed_from = \"amount\"");
        let spent = SPENT
            .replace("amount", "price")
            .replace("shop_order", "shop_sale")
            .replace("shop.Order", "shop.Sale");
        let lines = project.change(&format!("{tables}{spent}{RICH}"));
        assert_eq!(
            lines,
            [
                "~ rename model Order to Sale",
                "~ rename field amount on Sale to price",
                "~ alter view Spent"
            ]
        );
        assert_eq!(project.spent(), ["7", "5"]);
        project.back("0001");
        assert_eq!(project.spent(), ["7", "5"]);
    }
}

#[test]
fn a_query_that_does_not_give_the_columns_of_its_model_stops_the_migration() {
    for backend in BOTH {
        let mut project = Project::of(backend, TABLES);
        project
            .make(&format!("{TABLES}{}", SPENT.replace("AS total", "AS sum")))
            .expect("a migration");
        let refused = error(project.migrate(&Target::Latest)).to_string();
        assert!(refused.contains("cannot be read as its model says"), "{refused}");
        assert!(refused.contains("customer_id, total"), "{refused}");
        assert_eq!(
            project.all("SELECT CAST(count(*) AS text) FROM shop_order"),
            ["3"]
        );
    }
}

#[test]
fn a_query_that_is_not_one_is_refused_before_a_file_is_written() {
    let mut project = Project::of(Backend::Sqlite, TABLES);
    for (query, says) in [
        ("DELETE FROM shop_order", "its query is not one"),
        ("SELECT 1; DROP TABLE shop_order", "more than one statement"),
        (
            "SELECT customer_id, 1 AS total FROM shop_orders",
            "does not name the table shop_order",
        ),
        (
            "SELECT o.customer_id, 1 AS total FROM shop_order AS o, shop_customer",
            "reads shop_customer, and does not say so",
        ),
    ] {
        let from = "SELECT customer_id, sum(amount) AS total FROM shop_order GROUP BY customer_id";
        let refused = error(project.make(&format!("{TABLES}{}", SPENT.replace(from, query)))).to_string();
        assert!(refused.contains(says), "{refused}");
    }
}
