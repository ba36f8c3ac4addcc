//! Searches of full text: as static data, and the methods by which queries get them.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};

use super::{at, option};
use crate::attr::SearchOption;
use crate::model::Model;

/// All of a model as static data.
pub(super) fn specs(model: &Model) -> Vec<TokenStream> {
    let searches = model.options.searches.iter();
    searches.map(|search| spec(search, model)).collect()
}

fn spec(search: &SearchOption, model: &Model) -> TokenStream {
    let (name, language) = (search.called(), &search.language);
    let fields = search.fields.iter().map(|searched| {
        let (field, weight) = (&searched.field.name, format_ident!("{}", searched.weight));
        let mut columns = model.columns();
        match columns.find(|column| column.name == *field) {
            // Only strings are: the compiler says where another is named.
            Some(column) => {
                let ty = &column.ty.ty;
                quote_spanned!(at(searched.field.span)=> __orm::searched::<#ty>(#field, __orm::SearchWeight::#weight))
            }
            None => quote!((#field, __orm::SearchWeight::#weight)),
        }
    });
    let tokenizer = option(search.tokenizer.as_ref().map(|tokenizer| &tokenizer.value));
    quote! {
        __orm::SearchSpec {
            name: #name,
            fields: &[#(#fields),*],
            language: #language,
            tokenizer: #tokenizer,
        }
    }
}

/// `p.search()` in closures.
pub(super) fn methods(model: &Model) -> impl Iterator<Item = TokenStream> {
    let vis = &model.vis;
    (0_u16..)
        .zip(&model.options.searches)
        .filter_map(move |(nth, search)| {
            let name = search.method()?;
            let fields: Vec<&str> = (search.fields.iter())
                .map(|searched| searched.field.name.as_str())
                .collect();
            let doc = format!("The words of `{}`.", fields.join("`, `"));
            Some(quote_spanned! {at(search.named_at())=>
                #[doc = #doc]
                #vis fn #name(self) -> ::orm::__private::Search<__J> {
                    ::orm::__private::Search::new(self.__at, #nth)
                }
            })
        })
}
