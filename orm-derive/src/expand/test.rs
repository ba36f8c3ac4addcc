//! A test of a database of its own.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{AttrStyle, FnArg, Ident, ItemFn};

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
    let name_of_database = database.as_ref().map(|name| quote!(.database(#name)));
    let url = url.as_ref().map(|url| quote!(.url(#url)));
    let migrations = migrations.as_ref().map(|migrations| {
        let loaded = quote_spanned!(migrations.span()=> (#migrations)?);
        quote!(.migrations(#loaded))
    });
    let migrations_dir = migrations_dir
        .as_ref()
        .map(|folder| quote!(.migrations_dir(#folder)));
    let (name, output, visibility) = (&test.sig.ident, &test.sig.output, &test.vis);
    let (attributes, within): (Vec<_>, Vec<_>) = test
        .attrs
        .iter()
        .cloned()
        .partition(|attribute| matches!(attribute.style, AttrStyle::Outer));
    // A test that should panic has not, where it could not begin; it returns nothing, or the standard's would not take it.
    let failed = match attributes
        .iter()
        .any(|attribute| attribute.path().is_ident("should_panic"))
    {
        true => quote!({
            ::std::eprintln!("{error:?}");
            return;
        }),
        false => quote!(::core::panic!("{error:?}")),
    };
    let inner = ItemFn {
        attrs: within,
        vis: syn::Visibility::Inherited,
        ..test.clone()
    };
    // Names that no test sees.
    let [made, database, db] = ["made", "database", "db"].map(|name| Ident::new(name, Span::mixed_site()));
    let or_failed = |result: TokenStream| quote!(match #result { ::core::result::Result::Ok(value) => value, ::core::result::Result::Err(error) => #failed });
    let create = or_failed(quote!(#made()));
    // At the type that is written, so that another one is an error there.
    let run = match test.sig.asyncness {
        None => {
            let connect = or_failed(quote!(#database.connect()));
            let call = quote_spanned!(handle=> #name(#db));
            quote! {
                let #db = #connect;
                #call
            }
        }
        Some(_) => {
            let call = quote_spanned!(handle=> #name(#db).await);
            let run = or_failed(quote!(::orm::testing::block_on(async {
                match #database.connect_async().await {
                    ::core::result::Result::Ok(#db) => ::core::result::Result::Ok(#call),
                    ::core::result::Result::Err(error) => ::core::result::Result::Err(error),
                }
            })));
            quote!(#run)
        }
    };
    Ok(quote! {
        #[::core::prelude::v1::test]
        #(#attributes)*
        #visibility fn #name() #output {
            #inner
            let #made = || -> ::orm::Result<::orm::testing::TestDatabase> {
                ::orm::testing::TestDatabase::builder() #name_of_database #url #migrations #migrations_dir .create()
            };
            let #database = #create;
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
