//! What a struct of static data has otherwise than its base.

use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote};

/// Fields of such a struct, each with its value.
#[derive(Default)]
pub(super) struct Differences(TokenStream);

impl Differences {
    pub(super) fn set(&mut self, name: &str, value: impl ToTokens) {
        let name = format_ident!("{name}");
        self.0.extend(quote!(#name: #value,));
    }

    /// The struct: the base itself where nothing differs.
    pub(super) fn over(self, ty: &str, base: TokenStream) -> TokenStream {
        let Differences(differs) = self;
        if differs.is_empty() {
            return base;
        }
        let ty = format_ident!("{ty}");
        quote!(__orm::#ty { #differs ..#base })
    }
}
