//! How the database counts a column up, as static data.

use proc_macro2::TokenStream;
use quote::quote;

use super::differences::Differences;
use crate::attr::Identity;

pub(super) fn spec(identity: &Identity) -> TokenStream {
    let mut differs = Differences::default();
    for (name, flag) in [("always", identity.always), ("cycle", identity.cycle)] {
        if flag.is_some() {
            differs.set(name, quote!(true));
        }
    }
    for (name, given) in [
        ("start", &identity.start),
        ("increment", &identity.increment),
        ("min_value", &identity.min_value),
        ("max_value", &identity.max_value),
        ("cache", &identity.cache),
    ] {
        if let Some(given) = given {
            let number = given.value;
            differs.set(name, quote!(::core::option::Option::Some(#number)));
        }
    }
    differs.over("IdentityDef", quote!(__orm::IdentityDef::DEFAULT))
}
