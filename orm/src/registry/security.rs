//! Policies and grants as models say them.

use crate::error::Result;
use crate::model::{
    ConditionSpec, GrantDef, GrantSpec, ModelDef, ModelSpec, PolicyDef, PolicySpec, RowCondition,
    RowSecurityDef, TableObjectDef,
};

use super::embeds;

/// Policies, whether they hold, and grants.
///
/// # Errors
/// If one names no field, or no database could have it.
pub(super) fn security(spec: &ModelSpec, def: &ModelDef) -> Result<Vec<TableObjectDef>> {
    let mut all: Vec<TableObjectDef> = Vec::new();
    for said in spec.policies {
        let made = policy(said);
        all.push(
            made.map_err(|error| error.context(format!("policy {} of {}", said.name, def.key())))?
                .into(),
        );
    }
    all.extend(spec.row_security.map(|forced| RowSecurityDef { forced }.into()));
    for said in spec.grants {
        let made = grant(spec, said);
        all.push(
            made.map_err(|error| error.context(format!("grant to {} of {}", said.to, def.key())))?
                .into(),
        );
    }
    Ok(all)
}

fn policy(said: &PolicySpec) -> Result<PolicyDef> {
    let condition = |said: Option<ConditionSpec>| {
        said.map(|said| match said {
            ConditionSpec::Sql(sql) => Ok(RowCondition::Sql { sql: sql.to_owned() }),
            ConditionSpec::Expression(made) => made().map(RowCondition::Expression),
        })
        .transpose()
    };
    let made = PolicyDef {
        command: said.command,
        to: said.to.iter().map(|&role| role.to_owned()).collect(),
        restrictive: said.restrictive,
        using: condition(said.using)?,
        with_check: condition(said.with_check)?,
        ..PolicyDef::new(said.name)
    };
    made.check()?;
    Ok(made)
}

fn grant(spec: &ModelSpec, said: &GrantSpec) -> Result<GrantDef> {
    let mut made = GrantDef::to(said.to);
    for (privilege, fields) in said.privileges {
        if fields.is_empty() {
            made.privileges.push(*privilege);
            continue;
        }
        let fields = fields.iter().map(|field| embeds::field_named(spec, field));
        let fields = fields
            .map(|field| field.map(str::to_owned))
            .collect::<Result<_>>()?;
        made.fields.insert(*privilege, fields);
    }
    made.check()?;
    Ok(made)
}
