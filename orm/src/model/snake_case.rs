//! The rule for names in snake case. The derive needs it for names of methods and the library for names in the database, and a
//! crate of derives can export no function, so `orm/src/model/` and `orm-derive/src/model/` both have this file; a test keeps the
//! two alike. `heck` has another rule for capitals beside digits and for underscores (`SHA256SUM` becomes `sha256sum`), and a rule
//! that names tables must not change with the version of a dependency.

/// `BlogPost` -> `blog_post`, `HTTPServer` -> `http_server`, `Page2Row` -> `page2_row`.
pub fn snake_case(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 4);
    let characters: Vec<char> = name.chars().collect();
    for (at, &character) in characters.iter().enumerate() {
        if character.is_uppercase() {
            let after_lower = at > 0 && !characters[at - 1].is_uppercase() && characters[at - 1] != '_';
            let before_lower = at > 0
                && characters[at - 1].is_uppercase()
                && characters.get(at + 1).is_some_and(|next| next.is_lowercase());
            if after_lower || before_lower {
                out.push('_');
            }
            out.extend(character.to_lowercase());
        } else {
            out.push(character);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn acronyms_stay_together_and_underscores_stay() {
        for (name, expected) in [
            ("Post", "post"),
            ("BlogPost", "blog_post"),
            ("HTTPServer", "http_server"),
            ("Page2Row", "page2_row"),
            ("SHA256SUM", "sha256_sum"),
            ("Élan", "élan"),
            ("Straße", "straße"),
            ("_Draft", "_draft"),
            ("A__B", "a__b"),
        ] {
            assert_eq!(snake_case(name), expected);
        }
    }
}
