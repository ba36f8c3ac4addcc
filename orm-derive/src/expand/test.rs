//! A test of a database of its own.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{FnArg, Ident, ItemFn};

use crate::attr::TestOptions;

/// The function of the standard test, which gives this one its handle.
pub(crate) fn test(options: &TestOptions, test: &ItemFn) -> syn::Result<TokenStream> {
    let handle = handle(test)?;
    let TestOptions {
        database,
        url,
        migrations,
        migrations_dir,
    } = options;
    let database = database.as_ref().map(|name| quote!(.database(#name)));
    let url = url.as_ref().map(|url| quote!(.url(#url)));
    let migrations = migrations.as_ref().map(|migrations| {
        let loaded = quote_spanned!(migrations.span()=> (#migrations)?);
        quote!(.migrations(#loaded))
    });
    let migrations_dir = migrations_dir
        .as_ref()
        .map(|folder| quote!(.migrations_dir(#folder)));
    let (name, attributes, output, visibility) = (&test.sig.ident, &test.attrs, &test.sig.output, &test.vis);
    let inner = ItemFn {
        attrs: Vec::new(),
        vis: syn::Visibility::Inherited,
        ..test.clone()
    };
    let database = quote! {
        let made = || -> ::orm::Result<::orm::testing::TestDatabase> {
            ::orm::testing::TestDatabase::builder() #database #url #migrations #migrations_dir .create()
        };
        let database = made().unwrap_or_else(|error| ::core::panic!("{error}"));
    };
    // At the type that is written, so that another one is an error there.
    let run = match test.sig.asyncness {
        None => {
            quote_spanned!(handle=> #name(database.connect().unwrap_or_else(|error| ::core::panic!("{error}"))))
        }
        Some(_) => quote_spanned! {handle=>
            ::orm::testing::block_on(async {
                #name(database.connect_async().await.unwrap_or_else(|error| ::core::panic!("{error}"))).await
            })
            .unwrap_or_else(|error| ::core::panic!("no runtime: {error}"))
        },
    };
    Ok(quote! {
        #[::core::prelude::v1::test]
        #(#attributes)*
        #visibility fn #name() #output {
            #inner
            #database
            #run
        }
    })
}

/// Where the type of the one parameter stands.
fn handle(test: &ItemFn) -> syn::Result<Span> {
    let form = match test.sig.asyncness {
        None => "fn name(db: Db)",
        Some(_) => "async fn name(db: AsyncDb)",
    };
    let wrong = |span: Span| {
        syn::Error::new(
            span,
            format!("a test is given a handle of its database: `{form}`"),
        )
    };
    if !test.sig.generics.params.is_empty() {
        return Err(syn::Error::new(
            test.sig.generics.span(),
            "a test has no generic parameters",
        ));
    }
    let mut parameters = test.sig.inputs.iter();
    match (parameters.next(), parameters.next()) {
        (Some(FnArg::Typed(handle)), None) => Ok(handle.ty.span()),
        (Some(_), Some(second)) => Err(wrong(second.span())),
        (Some(first), None) => Err(wrong(first.span())),
        (None, _) => Err(wrong(Ident::span(&test.sig.ident))),
    }
}
