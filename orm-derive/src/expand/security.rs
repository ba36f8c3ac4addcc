//! Policies and grants as static data.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;

use super::at;
use super::differences::Differences;
use crate::attr::{Condition, Grant, Policy};

pub(super) fn policies(all: &[Policy], model: &Ident) -> Vec<TokenStream> {
    all.iter().map(|one| policy(one, model)).collect()
}

pub(super) fn grants(all: &[Grant]) -> Vec<TokenStream> {
    all.iter().map(grant).collect()
}

fn policy(policy: &Policy, model: &Ident) -> TokenStream {
    let mut differs = Differences::default();
    if policy.command != "All" {
        let command = format_ident!("{}", policy.command);
        differs.set("command", quote!(__orm::PolicyCommand::#command));
    }
    if !policy.to.is_empty() {
        let to = &policy.to;
        differs.set("to", quote!(&[#(#to),*]));
    }
    if policy.restrictive {
        differs.set("restrictive", quote!(true));
    }
    for (name, given) in [("using", &policy.using), ("with_check", &policy.with_check)] {
        if let Some(given) = given {
            let condition = condition(given, model);
            differs.set(name, quote!(::core::option::Option::Some(#condition)));
        }
    }
    let name = &policy.name.value;
    let new = quote!(__orm::PolicySpec::new(#name));
    differs.over("PolicySpec", new)
}

fn condition(condition: &Condition, model: &Ident) -> TokenStream {
    match condition {
        Condition::Sql(sql) => {
            let sql = &sql.value;
            quote!(__orm::ConditionSpec::Sql(#sql))
        }
        Condition::Closure(closure) => {
            let built = quote_spanned! {at(closure.span())=>
                __orm::policy_condition::<#model, _, _>(#closure)
            };
            quote!(__orm::ConditionSpec::Expression(|| #built))
        }
    }
}

fn grant(grant: &Grant) -> TokenStream {
    let to = &grant.to.value;
    let privileges = grant.privileges.iter().map(|(privilege, fields)| {
        let privilege = format_ident!("{privilege}");
        let fields = fields.iter().flatten().map(|field| &field.name);
        quote!((__orm::Privilege::#privilege, &[#(#fields),*]))
    });
    quote!(__orm::GrantSpec { to: #to, privileges: &[#(#privileges),*] })
}
