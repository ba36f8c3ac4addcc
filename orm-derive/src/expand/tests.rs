use proc_macro2::{TokenStream, TokenTree};
use syn::{DeriveInput, parse_quote};

use crate::errors::Errors;
use crate::model::{Choices, Model, Projection};

fn expanded(input: DeriveInput) -> TokenStream {
    let mut errors = Errors::default();
    let model = Model::read(&input, &mut errors).unwrap();
    assert!(errors.messages().is_empty(), "{:?}", errors.messages());
    super::model(&model)
}

fn size(tokens: TokenStream) -> usize {
    let size = |token| match token {
        TokenTree::Group(group) => 2 + size(group.stream()),
        _ => 1,
    };
    tokens.into_iter().map(size).sum()
}

/// A hundred such models are to be checked in under three seconds.
#[test]
fn a_model_of_ten_columns_stays_small() {
    let tokens = expanded(parse_quote! {
        #[orm(index("author", "-views"))]
        pub struct Post {
            pub id: i64,
            pub author: ForeignKey<Author>,
            #[orm(max_length = 200)]
            pub title: String,
            #[orm(unique)]
            pub slug: String,
            #[orm(default = 0)]
            pub views: i64,
            pub published: bool,
            #[orm(auto_now_add)]
            pub created_at: DateTime<Utc>,
            pub published_at: Option<DateTime<Utc>>,
            pub rating: f64,
            pub body: String,
        }
    });
    let size = size(tokens);
    assert!(size < 4600, "{size} tokens");
}

#[test]
fn expansions_are_items_and_name_everything_absolutely() {
    let tokens = expanded(parse_quote! {
        #[orm(check("positive", |a| a.n.gt(0)))]
        struct A {
            id: uuid::Uuid,
            n: i64,
            #[orm(auto_now)]
            at: DateTime<Utc>,
            r#type: Option<String>,
            up: Option<ForeignKey<A>>,
            #[orm(related_name = "peers_of")]
            peers: ManyToMany<A>,
            #[orm(related_name = "+")]
            one: OneToOne<B>,
        }
    });
    let text = tokens.to_string();
    syn::parse2::<syn::File>(tokens).unwrap();
    for part in [
        "uuid_v7",
        "trait AUpReverse",
        "trait AUpRows",
        "fn a_set",
        "fn peers_of",
        "pub enum n",
        "r#type",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert!(!text.contains("AOneReverse"), "a way back that was refused");
}

#[test]
fn equal_choices_are_one_mistake() {
    let input = parse_quote! {
        enum Status { Draft, #[orm(value = "draft")] Sketch }
    };
    let mut errors = Errors::default();
    let choices = Choices::read(&input, &mut errors).unwrap();
    assert_eq!(errors.messages().len(), 1);
    syn::parse2::<syn::File>(super::choices(&choices)).unwrap();
}

#[test]
fn a_projection_costs_little_per_field() {
    let size_of = |input: DeriveInput| {
        let mut errors = Errors::default();
        let projection = Projection::read(&input, &mut errors).unwrap();
        assert!(errors.messages().is_empty(), "{:?}", errors.messages());
        size(super::projection(&projection))
    };
    let two = size_of(parse_quote! {
        #[orm(model = Post)]
        struct PostCard { id: i64, title: String }
    });
    let four = size_of(parse_quote! {
        #[orm(model = Post)]
        struct PostCard { id: i64, title: String, views: i64, rating: Option<f64> }
    });
    assert!(two < 400, "{two} tokens");
    assert!((four - two) / 2 < 45, "{} tokens per field", (four - two) / 2);
}
