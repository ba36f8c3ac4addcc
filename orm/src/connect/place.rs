//! Which of the functions on a stack is the program's.

use std::backtrace::Backtrace;

/// What functions of others are named by: of this crate, of the language, and of what runs tasks and tests.
const OTHERS: &[&str] = &[
    "orm::",
    "core::",
    "std::",
    "alloc::",
    "tokio::",
    "futures_util::",
    "futures_core::",
    "futures_executor::",
    "tracing::",
    "tracing_core::",
    "tracing_subscriber::",
    "test::",
    "backtrace::",
];

/// The innermost function of the program that calls this, and where in the source it is.
pub(super) fn here() -> Option<String> {
    place(&Backtrace::force_capture().to_string())
}

/// The innermost function of the program in the text of a backtrace, and where in the source it is.
pub(crate) fn place(backtrace: &str) -> Option<String> {
    let mut lines = backtrace.lines().peekable();
    while let Some(line) = lines.next() {
        let Some((_, name)) = line
            .trim_start()
            .split_once(": ")
            .filter(|(number, _)| number.parse::<u32>().is_ok())
        else {
            continue;
        };
        let source = lines
            .peek()
            .and_then(|next| next.trim_start().strip_prefix("at "));
        if is_of_program(name) {
            let name = without_hash(name);
            return Some(match source {
                Some(source) => format!("{source}, in {name}"),
                None => name.to_owned(),
            });
        }
    }
    None
}

fn is_of_program(name: &str) -> bool {
    // `<blog::Post as orm::Model>::objects`: whose code it is says the type, or else the trait.
    let name = name.trim_start_matches(['<', '&']);
    let name = ["mut ", "dyn "]
        .iter()
        .fold(name, |name, word| name.strip_prefix(word).unwrap_or(name));
    let of = match name.split_once(" as ") {
        Some((ty, of)) if !ty.contains("::") => of,
        _ => name,
    };
    of.contains("::") && !OTHERS.iter().any(|other| of.starts_with(other))
}

/// Without the hash that the compiler adds to names.
fn without_hash(name: &str) -> &str {
    match name.rsplit_once("::h") {
        Some((plain, hash)) if hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()) => plain,
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::place;

    #[test]
    fn the_program_is_found_among_others() {
        let text = "   0: std::backtrace::Backtrace::create\n             at /rustc/library/std/src/backtrace.rs:331:13\n   1: \
                    <orm::connect::db::Db as orm::plan::executor::Executor>::run\n   2: core::ops::function::FnOnce::call_once\n   3: \
                    shop::list::authors::h0123456789abcdef\n             at ./src/list.rs:12:5\n   4: shop::main\n";
        assert_eq!(
            place(text).as_deref(),
            Some("./src/list.rs:12:5, in shop::list::authors")
        );
        assert_eq!(place("   0: shop::list\n").as_deref(), Some("shop::list"));
        for others in [
            "<T as core::convert::Into<U>>::into",
            "<dyn orm::plan::Job>::next",
            "main",
            "<&mut orm::A as B>::c",
        ] {
            assert_eq!(place(&format!("   0: {others}\n")), None, "{others}");
        }
        for own in [
            "main_app::list",
            "<shop::Post as orm::Model>::objects",
            "rust_shop::main",
        ] {
            assert_eq!(place(&format!("   0: {own}\n")).as_deref(), Some(own));
        }
        assert_eq!(
            place("   0: std::thread::start\n   1: __rust_begin_short_backtrace\n"),
            None
        );
        assert_eq!(place("disabled backtrace"), None);
    }
}
