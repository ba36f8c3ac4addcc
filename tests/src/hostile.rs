//! Texts that break what treats text carelessly.

/// Every kind of text that has broken a database layer somewhere. None holds NUL: see [`WITH_NUL`].
pub fn texts() -> Vec<String> {
    let mut texts: Vec<String> = [
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
        // The same to the eye, not to the machine: composed and decomposed, Latin and Cyrillic.
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
        // Combining, zero width, no characters, the end of Unicode.
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
        // Other languages' idea of data.
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
    texts.push("long ".repeat(20_000));
    texts.push("ü".repeat(70_000));
    texts
}

/// What Postgres cannot store in a text.
pub const WITH_NUL: [&str; 3] = ["\0", "a\0b", "ends\0"];
