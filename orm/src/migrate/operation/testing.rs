//! Operations for tests, written as text.

pub(in crate::migrate) mod attempts;

use super::{
    AddConstraint, AddEnumValue, AddField, AddIndex, AlterConstraint, AlterEnum, AlterField,
    AlterModelOptions, AlterModelStorage, AlterModelTable, AlterModelTableComment, CreateCollation,
    CreateEnum, CreateExtension, CreateModel, DeleteEnum, DeleteModel, MoveModel, Operation, RemoveCollation,
    RemoveConstraint, RemoveExtension, RemoveField, RemoveIndex, RenameChoice, RenameEnumValue, RenameField,
    RenameIndex, RenameModel, RunRust, RunSql, SeparateDatabaseAndState,
};
use crate::expr::{Function, RowExpr};
use crate::migrate::testing;
use crate::model::{
    ConstraintDef, Deferrable, ExclusionDef, ExclusionPart, FieldDef, GeneratedDef, IndexDef, IndexPart,
    ModelKey, TableStorage, UniqueDef,
};
use crate::value::Literal;

/// Operations of the app `a`, one after each `;`.
///
/// ```text
/// create A, x int, f fk=B; add A.y text max=9 fill=0; rename A.y z; index A a_idx x -z
/// unique A once x is_null=y where=z include=w nulls; exclude A apart x:= y:<> where=z later
/// ```
/// Both are over those rows for which the field of `where=` is not NULL.
pub(in crate::migrate) fn operations(text: &str) -> Vec<Operation> {
    let strings = text.split(';').map(str::trim).filter(|text| !text.is_empty());
    strings.map(operation).collect()
}

fn operation(text: &str) -> Operation {
    let words: Vec<&str> = text.split_whitespace().collect();
    let own = |word: &str| word.to_owned();
    let list = |words: &[&str]| words.iter().map(|&word| own(word)).collect::<Vec<String>>();
    if let Some((model, name)) = words.get(1).and_then(|word| word.split_once('.')) {
        let (model, name_words) = (own(model), [&[name], &words[2..]].concat());
        return match words[0] {
            "add" => {
                let (field, fill) = field(&name_words);
                AddField { model, field, fill }.into()
            }
            "alter" => {
                let (field, fill) = field(&name_words);
                AlterField { model, field, fill }.into()
            }
            "remove" => RemoveField {
                model,
                field: own(name),
            }
            .into(),
            "spell" => RenameChoice {
                model,
                field: own(name),
                old: own(words[2]),
                new: own(words[3]),
            }
            .into(),
            "bring" => MoveModel {
                from: ModelKey::new(model, name),
                to: ModelKey::new("a", words[2]),
                table: None,
            }
            .into(),
            "rename" => RenameField {
                model,
                old: own(name),
                new: own(words[2]),
            }
            .into(),
            other => panic!("no operation {other}"),
        };
    }
    let model = || own(words[1]);
    match words[..] {
        ["create", ..] => {
            let mut parts = text.split(',');
            let head: Vec<&str> = parts.next().unwrap().split_whitespace().collect();
            let fields = parts.map(|part| field(&part.split_whitespace().collect::<Vec<_>>()).0);
            CreateModel {
                model: own(head[1]),
                table: None,
                schema: None,
                comment: None,
                storage: TableStorage::default(),
                ordering: Vec::new(),
                fields: fields.collect(),
                indexes: Vec::new(),
                constraints: Vec::new(),
                objects: Vec::new(),
                unmanaged: head.contains(&"unmanaged"),
                view: None,
            }
            .into()
        }
        ["delete", _] => DeleteModel { model: model() }.into(),
        ["rename", old, new] => RenameModel {
            old: own(old),
            new: own(new),
        }
        .into(),
        ["move", _, to, ref table @ ..] => MoveModel {
            from: ModelKey::new("a", model()),
            to: ModelKey::try_from(own(to)).unwrap(),
            table: table.first().map(|&table| own(table)),
        }
        .into(),
        ["table", _, table, ref schema @ ..] => AlterModelTable {
            model: model(),
            table: Some(own(table)),
            schema: schema.first().map(|&schema| own(schema)),
        }
        .into(),
        ["comment", _, ref comment @ ..] => AlterModelTableComment {
            model: model(),
            comment: Some(comment.join(" ")),
        }
        .into(),
        ["storage", _, ref parameters @ ..] => AlterModelStorage {
            model: model(),
            storage: TableStorage {
                parameters: (parameters.iter())
                    .map(|set| set.split_once('=').unwrap())
                    .map(|(name, value)| (own(name), own(value)))
                    .collect(),
                without_rowid: false,
            },
        }
        .into(),
        ["options", _, ref options @ ..] => {
            let ordering = options.iter().filter(|&&word| word != "unmanaged");
            AlterModelOptions {
                model: model(),
                comment: None,
                ordering: ordering.map(|&word| own(word)).collect(),
                unmanaged: options.contains(&"unmanaged"),
            }
            .into()
        }
        ["index", _, name, ref fields @ ..] => AddIndex {
            model: model(),
            index: {
                let over = Over::read(fields);
                IndexDef {
                    condition: over.condition,
                    include: over.include,
                    ..IndexDef::over(name, over.parts)
                }
            },
        }
        .into(),
        ["unindex", _, index] => RemoveIndex {
            model: model(),
            index: own(index),
        }
        .into(),
        ["reindex", _, old, new] => RenameIndex {
            model: model(),
            old: own(old),
            new: own(new),
        }
        .into(),
        ["unique", _, name, ref fields @ ..] => AddConstraint {
            model: model(),
            constraint: {
                let over = Over::read(fields);
                UniqueDef {
                    condition: over.condition,
                    include: over.include,
                    nulls_not_distinct: fields.contains(&"nulls"),
                    deferrable: over.deferrable,
                    ..UniqueDef::over(name, over.parts)
                }
                .into()
            },
        }
        .into(),
        ["exclude", _, name, ref fields @ ..] => AddConstraint {
            model: model(),
            constraint: {
                let compared = fields.iter().filter_map(|word| word.split_once(':'));
                let parts = compared.map(|(part, operator)| {
                    let part = Over::read(&[part]).parts.remove(0);
                    ExclusionPart::new(part, operator)
                });
                let over = Over::read(fields);
                ExclusionDef {
                    condition: over.condition,
                    include: over.include,
                    deferrable: over.deferrable,
                    ..ExclusionDef::over(name, parts)
                }
                .into()
            },
        }
        .into(),
        ["say", _, name, field, message] => AlterConstraint {
            model: model(),
            constraint: unique(name, vec![own(field)], Some(own(message))),
        }
        .into(),
        ["hold", _, name, field, other] => AddConstraint {
            model: model(),
            constraint: ConstraintDef::Check {
                name: own(name),
                condition: compared(Function::Ne, field, other),
                message: None,
                not_valid: false,
            },
        }
        .into(),
        ["drop", _, constraint] => RemoveConstraint {
            model: model(),
            constraint: own(constraint),
        }
        .into(),
        ["enum", name, ref values @ ..] => CreateEnum {
            name: own(name),
            values: list(values),
        }
        .into(),
        ["values", name, ref values @ ..] => AlterEnum {
            name: own(name),
            values: list(values),
        }
        .into(),
        ["value", name, value] => AddEnumValue {
            name: own(name),
            value: own(value),
            before: None,
        }
        .into(),
        ["respell", name, old, new] => RenameEnumValue {
            name: own(name),
            old: own(old),
            new: own(new),
        }
        .into(),
        ["no", "enum", name] => DeleteEnum { name: own(name) }.into(),
        ["extension", name] => CreateExtension { name: own(name) }.into(),
        ["no", "extension", name] => RemoveExtension { name: own(name) }.into(),
        ["collation", name] => CreateCollation {
            name: own(name),
            locale: "de".to_owned(),
            provider: None,
            deterministic: true,
        }
        .into(),
        ["no", "collation", name] => RemoveCollation { name: own(name) }.into(),
        ["sql", ref about @ ..] => RunSql {
            about: Some(about.join(" ")),
            sqlite: None,
            postgres: None,
            elidable: about.contains(&"elidable"),
            state_operations: Vec::new(),
        }
        .into(),
        ["rust", name, ref flags @ ..] => RunRust {
            forward: own(name),
            backward: None,
            elidable: flags.contains(&"elidable"),
        }
        .into(),
        ["apart", ref comment @ ..] => SeparateDatabaseAndState {
            database: Vec::new(),
            state: match comment {
                [model, comment] => operations(&format!("comment {model} {comment}")),
                _ => Vec::new(),
            },
        }
        .into(),
        _ => panic!("no operation {text}"),
    }
}

fn compared(function: Function, field: &str, text: &str) -> RowExpr {
    RowExpr::Call(function, vec![RowExpr::field(field), RowExpr::literal(text)])
}

/// What indexes and constraints are over, and of which rows.
struct Over {
    parts: Vec<IndexPart>,
    condition: Option<RowExpr>,
    include: Vec<String>,
    deferrable: Deferrable,
}

impl Over {
    fn read(words: &[&str]) -> Over {
        let call = |function, field: &str| RowExpr::Call(function, vec![RowExpr::field(field)]);
        let mut over = Over {
            parts: Vec::new(),
            condition: None,
            include: Vec::new(),
            deferrable: Deferrable::No,
        };
        for word in words {
            match word.split_once('=') {
                Some(("where", field)) => over.condition = Some(call(Function::IsNotNull, field)),
                Some(("include", field)) => over.include.push(field.to_owned()),
                Some(("is_null", field)) => {
                    let expression = call(Function::IsNull, field);
                    over.parts.push(IndexPart::expression(expression));
                }
                _ if *word == "later" => over.deferrable = Deferrable::Deferred,
                // Parts of `exclude`, and what only `unique` says.
                _ if word.contains(':') || *word == "nulls" => {}
                _ => over.parts.push((*word).into()),
            }
        }
        over
    }
}

fn unique(name: &str, fields: Vec<String>, message: Option<String>) -> ConstraintDef {
    let unique = UniqueDef::over(name, fields);
    UniqueDef { message, ..unique }.into()
}

/// `name type flag..`, and beside the flags of models: `fill=` (what rows get), `of=` (computed from), `is=` (whether a field
/// is a string), `enum=`, `strings=` (the choices), `to=` (the field that a foreign key points at).
fn field(words: &[&str]) -> (FieldDef, Option<Literal>) {
    let value = |flag: &str| words.iter().find_map(|word| word.strip_prefix(flag));
    let known = words.iter().filter(|word| {
        !["fill=", "of=", "is=", "enum=", "strings=", "to="]
            .iter()
            .any(|flag| word.starts_with(flag))
    });
    let words: Vec<String> = known
        .map(|word| match word.split_once('=') {
            Some((kind @ ("fk" | "o2o" | "m2m" | "through"), to)) if !to.contains('.') => {
                format!("{kind}=a.{to}")
            }
            _ => (*word).to_owned(),
        })
        .collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let mut field = testing::field(&words);
    field.enum_type = value("enum=").map(str::to_owned);
    field.to_field = value("to=").map(str::to_owned);
    field.generated_as = value("of=").map(|read| GeneratedDef {
        expression: RowExpr::field(read),
        computed_on_read: false,
    });
    if let Some((read, text)) = value("is=").and_then(|is| is.split_once(':')) {
        field.generated_as = Some(GeneratedDef {
            expression: compared(Function::Eq, read, text),
            computed_on_read: false,
        });
    }
    if let Some(strings) = value("strings=") {
        field.choices = strings.split('|').map(str::to_owned).collect();
    }
    let fill = value("fill=").map(|text| text.parse().map_or_else(|_| Literal::from(text), Literal::Int));
    (field, fill)
}
