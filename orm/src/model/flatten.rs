//! The fields of embeds among those of a model, made by the compiler: whatever reads a model's fields knows no embeds.
//!
//! Names get the prefix of the embed in front. There is no memory to be had while a program is compiled, so the names of one embed
//! are written one after another into an array, whose length is found first.

use super::spec::same;
use super::{EmbedField, EmbeddedSpec, FieldSpec};

/// One field with `#[orm(embed)]`.
#[derive(Clone, Copy)]
pub struct EmbedSpec {
    /// The name in the struct that has it.
    field: &'static str,
    /// `prefix = "…"`
    prefix: &'static str,
    /// `renamed_from = "…"`: the prefix as it was before.
    renamed_from: Option<&'static str>,
    /// Whether the type is an `Option`.
    optional: bool,
    /// The fields of the struct that is embedded.
    pub fields: &'static [FieldSpec],
}

impl EmbedSpec {
    /// A field of type `T`.
    pub const fn of<T: EmbedField>(
        field: &'static str,
        prefix: &'static str,
        renamed_from: Option<&'static str>,
    ) -> Self {
        let spec = EmbedSpec {
            field,
            prefix,
            renamed_from,
            optional: T::OPTIONAL,
            fields: T::FIELDS,
        };
        assert!(
            !spec.optional || spec.has_required(),
            "an `Option` of an embed has a field that cannot be NULL: without one, `None` and a value whose fields are all `None` \
             are the same row. Drop the `Option` around the embed, or that of one field in it"
        );
        spec
    }

    /// Whether one of its fields tells a value from none.
    const fn has_required(&self) -> bool {
        let mut at = 0;
        while at < self.fields.len() {
            if self.fields[at].is_required() {
                return true;
            }
            at += 1;
        }
        false
    }

    /// The length of all names together.
    pub const fn length(&self) -> usize {
        let mut length = 0;
        let mut at = 0;
        while at < self.fields.len() {
            let names = self.names_of(&self.fields[at]);
            let mut part = 0;
            while part < names.len() {
                length += names[part].len();
                part += 1;
            }
            at += 1;
        }
        length
    }

    /// The parts of a field's names: of its name, of its path, of its column, and of its former name.
    const fn names_of(&self, field: &FieldSpec) -> [&'static str; 9] {
        let column = match field.column {
            Some(column) => [self.prefix, column],
            None => ["", ""],
        };
        let former = match (field.renamed_from, self.renamed_from) {
            (Some(own), Some(prefix)) => [prefix, own],
            (Some(own), None) => [self.prefix, own],
            (None, Some(prefix)) => [prefix, field.name],
            (None, None) => ["", ""],
        };
        [
            self.prefix,
            field.name,
            self.field,
            ".",
            field.path(),
            column[0],
            column[1],
            former[0],
            former[1],
        ]
    }

    /// All names, one after another.
    pub const fn names<const LENGTH: usize>(&self) -> [u8; LENGTH] {
        let mut names = Letters::<LENGTH>::new();
        let mut at = 0;
        while at < self.fields.len() {
            let parts = self.names_of(&self.fields[at]);
            let mut part = 0;
            while part < parts.len() {
                names.push(parts[part]);
                part += 1;
            }
            at += 1;
        }
        names.letters
    }

    /// The fields as those of the struct that has the embed.
    pub const fn flatten<const COUNT: usize>(&self, names: &'static [u8]) -> [FieldSpec; COUNT] {
        let mut fields = [FieldSpec::EMPTY; COUNT];
        let mut from = 0;
        let mut at = 0;
        while at < COUNT {
            let field = &self.fields[at];
            let parts = self.names_of(field);
            let name = taken(names, &mut from, parts[0].len() + parts[1].len());
            let path = taken(names, &mut from, parts[2].len() + parts[3].len() + parts[4].len());
            let column = taken(names, &mut from, parts[5].len() + parts[6].len());
            let former = taken(names, &mut from, parts[7].len() + parts[8].len());
            let mut made = FieldSpec {
                name,
                embedded: Some(EmbeddedSpec {
                    path,
                    optional: match field.embedded {
                        Some(embedded) => embedded.optional << 1,
                        None => 0,
                    } | self.optional as u32,
                    required: match field.embedded {
                        Some(embedded) => embedded.required,
                        None => field.is_required(),
                    },
                }),
                ..*field
            };
            if field.column.is_some() {
                made.column = Some(column);
            }
            if !former.is_empty() {
                made.renamed_from = Some(former);
            }
            if self.optional {
                // A row without it holds NULL in all of its columns, whoever writes the row.
                made.null = true;
                made.default = None;
                made.default_in_code = false;
                made.db_default = None;
                made.auto_now = false;
                made.auto_now_add = false;
            }
            fields[at] = made;
            at += 1;
        }
        fields
    }
}

/// The fields of a struct in order, some of which are those of embeds.
pub const fn flattened<const COUNT: usize>(model: &str, groups: &[&[FieldSpec]]) -> [FieldSpec; COUNT] {
    let mut fields = [FieldSpec::EMPTY; COUNT];
    let mut filled = 0;
    let mut group = 0;
    while group < groups.len() {
        let mut at = 0;
        while at < groups[group].len() {
            fields[filled] = groups[group][at];
            let mut before = 0;
            while before < filled {
                if same(fields[before].name, fields[filled].name) {
                    refuse_equal(model, &fields[before], &fields[filled]);
                }
                before += 1;
            }
            filled += 1;
            at += 1;
        }
        group += 1;
    }
    fields
}

#[allow(clippy::panic, reason = "it is an error of the compiler's, at the struct")]
const fn refuse_equal(model: &str, one: &FieldSpec, other: &FieldSpec) -> ! {
    let parts = [
        "`",
        one.path(),
        "` and `",
        other.path(),
        "` are both the field `",
        one.name,
        "` of ",
        model,
        "; give the embed a prefix of its own with #[orm(embed, prefix = \"..\")], or rename one",
    ];
    let mut message = Letters::<1024>::new();
    let mut part = 0;
    while part < parts.len() {
        message.push(parts[part]);
        part += 1;
    }
    let mut from = 0;
    let filled = message.filled;
    panic!("{}", taken(&message.letters, &mut from, filled))
}

/// The next letters, which were written as whole strings.
#[allow(clippy::panic, reason = "it is an error of the compiler's")]
const fn taken<'a>(letters: &'a [u8], from: &mut usize, length: usize) -> &'a str {
    let (_, rest) = letters.split_at(*from);
    let (taken, _) = rest.split_at(length);
    *from += length;
    match std::str::from_utf8(taken) {
        Ok(taken) => taken,
        Err(_) => panic!("the names of an embed are cut within a letter"),
    }
}

struct Letters<const LENGTH: usize> {
    letters: [u8; LENGTH],
    filled: usize,
}

impl<const LENGTH: usize> Letters<LENGTH> {
    const fn new() -> Self {
        Letters {
            letters: [0; LENGTH],
            filled: 0,
        }
    }

    /// What there is no room for is left out, whole.
    const fn push(&mut self, text: &str) {
        let text = text.as_bytes();
        if self.filled + text.len() > LENGTH {
            return;
        }
        let mut at = 0;
        while at < text.len() {
            self.letters[self.filled] = text[at];
            self.filled += 1;
            at += 1;
        }
    }
}
