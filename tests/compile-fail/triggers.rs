use orm::prelude::*;

#[derive(Model)]
#[orm(trigger(before, update, postgres = "RETURN NEW;", sqlite = ""), trigger, trigger())]
#[orm(trigger(name = "a", update, postgres = "RETURN NEW;", sqlite = "SELECT 1"))]
#[orm(trigger(name = "b", before, after, update, postgres = "RETURN NEW;", sqlite = "SELECT 1"))]
#[orm(trigger(name = "c", before, postgres = "RETURN NEW;", sqlite = "SELECT 1"))]
#[orm(trigger(name = "d", before, update, update_of("title"), postgres = "RETURN NEW;", sqlite = ""))]
#[orm(trigger(name = "e", before, update_of("titel"), postgres = "RETURN NEW;", sqlite = ""))]
#[orm(trigger(name = "f", after, update_of(title), postgres = "RETURN NEW;", sqlite = ""))]
#[orm(trigger(name = "g", after, update))]
#[orm(trigger(name = "h", after, update, postgres = "", sqlite = ""))]
#[orm(trigger(name = "i", after, update, postgres = "RETURN NULL;", function = "f", sqlite = ""))]
#[orm(trigger(name = "j", before, insert, deferrable = Deferred, function = "f", sqlite = ""))]
#[orm(trigger(name = "k", after, truncate, function = "f", sqlite = ""))]
#[orm(trigger(name = "l", after, insert, each_row, each_statement, function = "f", sqlite = ""))]
#[orm(trigger(name = "m", after, on = "insert", function = "f", sqlite = ""))]
#[orm(trigger(name = "n", after, insert, when = |p| p.title.eq(""), function = "f", sqlite = ""))]
struct Post {
    id: i64,
    title: String,
}

#[derive(Model)]
#[orm(trigger(name = "same", after, insert, function = "f", sqlite = ""))]
#[orm(trigger(name = "same", after, delete, function = "f", sqlite = ""))]
struct Twice {
    id: i64,
}

#[derive(Model)]
#[orm(trigger(name = "fine", before, insert, update_of("title"), each_row, when = "NEW.title <> ''", postgres = "RETURN NEW;", sqlite = ""))]
struct Fine {
    id: i64,
    title: String,
}

fn main() {}
