use orm::prelude::*;

#[derive(Model)]
struct Document {
    id: i64,
    body: Json<Vec<i64>>,
    number: Option<Json<i64>>,
    token: Uuid,
    content: Vec<u8>,
}

fn json_is_not_compared_by_order() {
    let _ = Document::objects().filter(|d| d.body.lt(Json(vec![1])));
    let _ = Document::objects().filter(|d| d.number.between(Json(1), Json(2)));
}

fn json_is_not_an_order() {
    let _ = Document::objects().order_by(|d| d.body);
    let _ = Document::objects().order_by(|d| d.number.desc());
}

fn least_of_json() {
    let _ = Document::objects().values(|d| d.body.min());
}

fn greatest_of_a_uuid() {
    let _ = Document::objects().values(|d| d.token.max());
}

fn least_of_bytes() {
    let _ = Document::objects().values(|d| d.content.min());
}

fn main() {}
