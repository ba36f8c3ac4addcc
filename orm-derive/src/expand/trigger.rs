//! A trigger as static data.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::differences::Differences;
use super::option;
use crate::attr::Trigger;

pub(super) fn specs(triggers: &[Trigger]) -> Vec<TokenStream> {
    triggers.iter().map(expand).collect()
}

fn expand(trigger: &Trigger) -> TokenStream {
    let mut differs = Differences::default();
    if !trigger.of.is_empty() {
        let of = trigger.of.iter().map(|field| &field.name);
        differs.set("of", quote!(&[#(#of),*]));
    }
    if trigger.each_statement {
        differs.set("each_statement", quote!(true));
    }
    if let Some(when) = &trigger.deferrable {
        let when = format_ident!("{}", format!("{:?}", when.value));
        differs.set("deferrable", quote!(__orm::Deferrable::#when));
    }
    for (name, given) in [
        ("old_rows", &trigger.old_rows),
        ("new_rows", &trigger.new_rows),
        ("condition", &trigger.condition),
        ("postgres", &trigger.postgres),
        ("function", &trigger.function),
        ("sqlite", &trigger.sqlite),
    ] {
        if let Some(given) = given {
            differs.set(name, option(Some(&given.value)));
        }
    }
    let name = &trigger.name.value;
    let timing = format_ident!("{}", trigger.timing);
    let events = trigger.events.iter().map(|event| format_ident!("{event}"));
    let new = quote!(__orm::TriggerSpec::new(
        #name,
        __orm::TriggerTiming::#timing,
        &[#(__orm::TriggerEvent::#events),*],
    ));
    differs.over("TriggerSpec", new)
}
