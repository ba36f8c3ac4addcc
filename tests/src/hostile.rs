//! Strings that break code which handles strings carelessly.

/// Every kind of string that has broken a database layer somewhere. None contains NUL: see [`WITH_NUL`].
pub fn strings() -> Vec<String> {
    let mut strings: Vec<String> = [
        // Empty and blank.
        "",
        " ",
        "  leading",
        "trailing  ",
        "\t\r\n",
        "\u{a0}\u{2003}",
        // SQL.
        "'",
        "''",
        "\"",
        "\"\"",
        "`",
        ";",
        "--",
        "/*",
        "*/",
        "'; DROP TABLE suite_line; --",
        "Robert'); DROP TABLE suite_line;--",
        "' OR '1'='1",
        "\\'; --",
        "$1",
        "$$",
        "?",
        ":name",
        "@x",
        "NULL",
        "null",
        "0",
        "1e3",
        "007",
        "true",
        // Wildcards and escapes.
        "%",
        "_",
        "%%",
        "__",
        "50%",
        "a_b",
        "axb",
        "\\",
        "\\\\",
        "\\%",
        "%\\",
        "\\_x",
        "[a]",
        "*",
        "a*",
        "?x",
        "^",
        "a|b",
        // Letters beyond ASCII, in both cases.
        "ärger",
        "ÄRGER",
        "Ärger",
        "straße",
        "STRASSE",
        "naïve",
        "NAÏVE",
        "привет",
        "ПРИВЕТ",
        "ελλάδα",
        "ΕΛΛΆΔΑ",
        // Strings that look equal and are not: composed and decomposed, Latin and Cyrillic.
        "é",
        "e\u{301}",
        "a",
        "а",
        // Right to left, with marks that turn the direction.
        "مرحبا",
        "שלום",
        "\u{202e}abc\u{202c}",
        "a\u{200f}b",
        // Emoji: outside the basic plane, joined, with modifiers.
        "😀",
        "👩‍👩‍👧‍👦",
        "👍🏽",
        "🇩🇪",
        "a😀b",
        // Combining characters, zero width, noncharacters, the end of Unicode.
        "Z̸̡͈̗a̷̛͔l̵̰͝g̸̙̈́o̴͈͆",
        "\u{200b}",
        "\u{feff}bom",
        "\u{fffd}",
        "\u{fffe}",
        "\u{ffff}",
        "\u{e000}",
        "\u{10ffff}",
        "\u{d7ff}",
        // Control characters.
        "\u{1}",
        "\u{1b}[31mred",
        "\u{7f}",
        "\u{85}",
        "\u{2028}",
        // Data as other languages write it.
        "<script>alert(1)</script>",
        "${jndi:ldap://x}",
        "{{7*7}}",
        "../../etc/passwd",
        "{\"a\": 1}",
        "[1,2]",
        "a,b\n\"c\"",
        "日本語",
        "한국어",
        "ไทย",
        "Ω",
        "ﬁ",
        "Ⅷ",
        "ǅ",
    ]
    .map(str::to_owned)
    .to_vec();
    strings.push("long ".repeat(20_000));
    strings.push("ü".repeat(70_000));
    strings
}

/// Strings that Postgres cannot store.
pub const WITH_NUL: [&str; 3] = ["\0", "a\0b", "ends\0"];
