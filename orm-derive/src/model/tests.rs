use syn::parse_quote;

use super::*;

/// Everything that is said about a model, and whether something is left to expand.
fn mistakes(input: DeriveInput) -> (Vec<String>, bool) {
    let mut errors = Errors::default();
    let model = Model::read(&input, &mut errors);
    (errors.messages(), model.is_some())
}

#[track_caller]
fn check(input: DeriveInput, expected: &[&str]) {
    let (messages, _) = mistakes(input);
    let starts = messages
        .iter()
        .zip(expected)
        .all(|(message, start)| message.starts_with(start));
    assert!(starts && messages.len() == expected.len(), "{messages:#?}");
}

#[test]
fn a_model_without_mistakes_has_none() {
    check(
        parse_quote! {
            #[orm(ordering("-at", "id"), index("at", "-author"), unique("author", "slug"), table = "Posts")]
            #[orm(index(name = "by_editor", "editor", method = hash), index("editor"))]
            struct Post {
                id: i64,
                #[orm(on_delete = Cascade, related_name = "posts")]
                author: ForeignKey<Author>,
                #[orm(on_delete = SetNull, related_name = "+")]
                editor: Option<crate::ForeignKey<Author>>,
                #[orm(max_length = 200, unique, index = false)]
                slug: MyText,
                #[orm(auto_now)]
                at: Option<DateTime<Utc>>,
                tags: ManyToMany<Tag>,
            }
        },
        &[],
    );
}

#[test]
fn all_mistakes_are_reported_at_once_and_the_rest_still_expands() {
    let (messages, expands) = mistakes(parse_quote! {
        #[orm(index("nme"), colour = "red", table = "t")]
        struct Post {
            #[orm(primary_key)]
            a: i64,
            #[orm(primary_key)]
            b: Option<i64>,
            #[orm(max_length = 3, oops(1, 2), unique)]
            name: i32,
        }
    });
    assert_eq!(messages.len(), 5, "{messages:#?}");
    assert!(expands);
}

#[test]
fn the_closest_name_is_offered_first() {
    let offers = |attribute: &str, expected: &str| {
        let name = quote::format_ident!("{attribute}");
        let (messages, _) = mistakes(parse_quote!(
            struct Post {
                id: i64,
                #[orm(#name)]
                name: String,
            }
        ));
        assert!(messages[0].contains(expected), "{messages:?}");
    };
    offers("primary_kye", "did you mean `primary_key`?");
    offers("maxlength", "did you mean `max_length`?");
    offers("autonow_add", "did you mean `auto_now_add`?");
    offers("verbose_name", "unknown attribute `verbose_name`\n");
}

#[test]
fn the_primary_key_is_id_or_what_is_marked() {
    let key = |input: DeriveInput| {
        let mut errors = Errors::default();
        let model = Model::read(&input, &mut errors).unwrap();
        assert!(errors.messages().is_empty(), "{:?}", errors.messages());
        let key: Vec<&Field> = model.key().collect();
        let [key] = key.as_slice() else {
            panic!("one key");
        };
        (key.name.clone(), key.generated(), key.required())
    };
    let named = key(parse_quote!(
        struct A {
            name: String,
            id: i64,
        }
    ));
    assert_eq!(named, ("id".to_owned(), true, false));
    let marked = key(parse_quote!(
        struct A {
            id: i64,
            #[orm(primary_key)]
            code: String,
        }
    ));
    assert_eq!(marked, ("code".to_owned(), true, true));
    let uuid = key(parse_quote!(
        struct A {
            id: uuid::Uuid,
        }
    ));
    assert_eq!(uuid, ("id".to_owned(), true, false));
    let own_default = key(parse_quote!(
        struct A {
            #[orm(default_fn = next)]
            id: i64,
        }
    ));
    assert_eq!(own_default, ("id".to_owned(), false, false));
    let relation = key(parse_quote!(
        struct A {
            #[orm(primary_key)]
            of: OneToOne<B>,
        }
    ));
    assert_eq!(relation, ("of".to_owned(), false, true));
}

#[test]
fn several_fields_are_a_key_together_and_all_given() {
    let input: DeriveInput = parse_quote! {
        struct Seat {
            #[orm(primary_key)]
            row: i64,
            id: i64,
            #[orm(primary_key, unique)]
            code: uuid::Uuid,
            #[orm(primary_key, default = 0)]
            floor: i16,
        }
    };
    let mut errors = Errors::default();
    let model = Model::read(&input, &mut errors).unwrap();
    assert!(errors.messages().is_empty(), "{:?}", errors.messages());
    let key: Vec<_> = model
        .key()
        .map(|field| (field.name.as_str(), field.generated(), field.required()))
        .collect();
    assert_eq!(
        key,
        [
            ("row", false, true),
            ("code", false, true),
            ("floor", false, false)
        ]
    );
}

#[test]
fn what_a_key_of_several_fields_cannot_be() {
    check(
        parse_quote! {
            struct Seat {
                #[orm(primary_key)]
                row: i64,
                #[orm(primary_key)]
                number: Option<i64>,
                #[orm(primary_key, generated = |s| s.row)]
                twice: i64,
                guests: ManyToMany<Guest>,
            }
        },
        &[
            "a primary key cannot be NULL",
            "`twice` is the primary key, and a generated column cannot be",
        ],
    );
}

#[test]
fn what_is_generated_comes_from_nowhere_else() {
    check(
        parse_quote! {
            struct Line {
                #[orm(generated = |l| l.price)]
                id: i64,
                price: i64,
                #[orm(generated = |l| l.price, default = 3, auto_now)]
                total: MyTime,
                #[orm(virtual)]
                shown: i64,
                #[orm(generated = |l| l.price)]
                of: ForeignKey<Order>,
                #[orm(generated = price)]
                other: i64,
                #[orm(generated = |a, b| a.price, unique, index)]
                both: i64,
            }
        },
        &[
            "`id` is the primary key, and a generated column cannot be",
            "`total` is generated by the database from other columns; drop `default`",
            "`total` is generated by the database from other columns; drop `auto_now`",
            "`virtual` says how a generated column is computed",
            "`of` is a relation, and a generated column cannot be",
            "`generated` is written `generated = |p| p.price * p.quantity`",
            "`generated` is written",
        ],
    );
}

#[test]
fn types_are_known_through_paths_options_and_self() {
    let input: DeriveInput = parse_quote! {
        struct Node { id: i64, up: Option<orm::ForeignKey<Self>>, near: ManyToMany<self::Node>, note: Option<String> }
    };
    let model = Model::read(&input, &mut Errors::default()).unwrap();
    let facts: Vec<_> = model
        .fields
        .iter()
        .map(|field| (field.ty.kind, field.ty.null, field.column, field.required()))
        .collect();
    assert_eq!(
        facts,
        [
            (FieldKind::Column, false, Some(0), false),
            (FieldKind::ForeignKey, true, Some(1), false),
            (FieldKind::ManyToMany, false, None, false),
            (FieldKind::Column, true, Some(2), false),
        ]
    );
    assert_eq!(model.fields[1].ty.written(), "Option<orm::ForeignKey<Node>>");
}

#[test]
fn options_that_contradict_each_other_are_mistakes() {
    check(
        parse_quote! {
            struct A {
                id: i64,
                #[orm(default = None)]
                a: Option<i64>,
                #[orm(default = b"x")]
                b: Vec<u8>,
                #[orm(auto_now, auto_now_add)]
                c: NaiveDate,
                #[orm(max_digits = 30, decimal_places = 2)]
                d: Decimal,
                #[orm(decimal_places = 2)]
                e: Decimal,
                #[orm(renamed_from = "a")]
                f: bool,
                #[orm(unique)]
                g: OneToOne<B>,
                #[orm(column = "A")]
                h: i64,
                #[orm(renamed_from = "old")]
                i: i64,
                #[orm(renamed_from = "old")]
                j: i64,
            }
        },
        &[
            "a field that can be NULL is NULL when it is not given",
            "bytes have no literal form",
            "`auto_now` and `auto_now_add` both say where the value comes from",
            "`max_digits` is from 1 to 28",
            "`decimal_places` needs `max_digits`",
            "a one-to-one key is unique already",
            "`a` and `h` are both stored in the column `A`",
            "`a` is still a field",
            "`i` and `j` cannot both have been `old`",
        ],
    );
}

#[test]
fn ways_back_do_not_meet() {
    check(
        parse_quote! {
            struct Crate {
                id: i64,
                #[orm(related_name = "id")]
                parent: Option<ForeignKey<Crate>>,
                one: OneToOne<Other>,
                two: ForeignKey<Third>,
                three: ManyToMany<Third>,
                #[orm(related_name = "crate_set")]
                four: ForeignKey<Fourth>,
            }
        },
        &[
            "`Crate` leads back over `parent` as `id`, which is a field",
            "`one` leads back as `crate`, which no method can be called",
            "`two` and `three` both lead back from `Third` as `crate_set`",
        ],
    );
}

#[test]
fn fields_after_an_embed_count_on_from_it() {
    let mut errors = Errors::default();
    let input = parse_quote! {
        struct Order {
            id: i64,
            tags: ManyToMany<Tag>,
            #[orm(embed)]
            address: Address,
            number: i64,
            #[orm(embed, prefix = "b_")]
            billing: Option<Address>,
            customer: ForeignKey<Customer>,
        }
    };
    let model = Model::read(&input, &mut errors).unwrap();
    assert!(errors.messages().is_empty(), "{:?}", errors.messages());
    let places: Vec<_> = model
        .fields
        .iter()
        .map(|field| (field.position, field.start, field.column, field.behind.len()))
        .collect();
    assert_eq!(
        places,
        [
            (0, 0, Some(0), 0),
            (1, 1, None, 0),
            (2, 1, None, 0),
            (2, 1, Some(1), 1),
            (3, 2, None, 1),
            (3, 2, Some(2), 2),
        ]
    );
}

#[test]
fn what_belongs_to_a_model_is_refused_in_an_embed() {
    let mut errors = Errors::default();
    let input = parse_quote! {
        #[orm(index("city"), table = "t")]
        struct Address {
            #[orm(primary_key)]
            id: i64,
            city: String,
            tags: ManyToMany<Tag>,
            #[orm(related_name = "homes")]
            owner: ForeignKey<Person>,
            #[orm(related_name = "+")]
            other: ForeignKey<Person>,
        }
    };
    let embed = Model::read_embed(&input, &mut errors).unwrap();
    let messages = errors.messages();
    let starts = [
        "an embed has no table, and takes no `index`; say it in the model: `index(",
        "an embed has no table, and takes no `table`",
        "an embed has no primary key",
        "`tags` is a many-to-many field",
        "a relation of an embed does not lead back",
    ];
    let starts = messages
        .iter()
        .zip(starts)
        .all(|(message, start)| message.starts_with(start));
    assert!(starts && messages.len() == 5, "{messages:#?}");
    assert_eq!(embed.columns().count(), 4, "what is left is expanded");
}

#[test]
fn foreign_keys_over_several_columns_name_columns_of_the_model() {
    check(
        parse_quote! {
            #[orm(ordering("good__name"))]
            #[orm(foreign_key("region", fields("land", "part"), to = Region, on_delete = SetNull))]
            #[orm(foreign_key("area", fields("land", "size"), to = Region))]
            #[orm(foreign_key("land", fields("land", "part"), to = Region))]
            #[orm(foreign_key("only", fields("land"), to = Region))]
            #[orm(foreign_key("uneven", fields("land", "part"), to = Region, to_fields("country")))]
            #[orm(foreign_key("free", fields("land", "part"), to = Region, db_constraint = false, on_delete = Cascade))]
            #[orm(foreign_key("good", fields("land", "part"), to = Region, to_fields("a", "b"), on_update = Cascade))]
            #[orm(foreign_key("good", fields("land", "part"), to = Region))]
            struct Place {
                id: i64,
                land: String,
                part: Option<i32>,
            }
        },
        &[
            "`good__name` in `ordering` is not a path `relation__field` that begins with a relation of `Place` to one row; \
             `good` is a foreign key over several columns",
            "`on_delete = SetNull` sets all fields of `region` to NULL, and `land` takes none",
            "`Place` has no field `size`",
            "`land` is a field of `Place`; give the relation another name",
            "`only` is over one column; a foreign key of one column is a field, `only: ForeignKey<..>`",
            "`uneven` is over 2 fields and points at 1",
            "`on_delete` is what the database's foreign key does, and with `db_constraint = false` there is none",
            "`good` is the name of another foreign key",
        ],
    );
    check(
        parse_quote! {
            #[orm(foreign_key("nowhere", fields("land", "part")))]
            #[orm(foreign_key("land", "part"))]
            #[orm(foreign_key("odd", fields("land", "part"), to = Region, on_delte = Cascade))]
            struct Place {
                id: i64,
                land: String,
                part: Option<i32>,
            }
        },
        &[
            "`foreign_key` does not say which model it points at",
            "the relation has a name already; fields stand in `fields(..)`",
            "`foreign_key` takes no `on_delte`; did you mean `on_delete`?",
        ],
    );
}
