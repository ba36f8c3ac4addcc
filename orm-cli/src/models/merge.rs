//! The models of several programs as one set.

use std::collections::BTreeMap;

use orm::Error;
use orm::models::{ModelDef, ModelKey};

use super::package::SelectedPackages;
use crate::failure::Result;

/// Models by name, each with the program that has it.
#[derive(Default)]
pub struct ModelsByName {
    models: BTreeMap<ModelKey, (String, ModelDef)>,
    asked: bool,
}

impl ModelsByName {
    /// Adds the models of a program; a model that another program also has must be the same in both.
    pub fn add(&mut self, program: &str, models: Vec<ModelDef>) -> Result<()> {
        self.asked = true;
        for model in models {
            let key = model.key();
            match self.models.get(&key) {
                Some((_, known)) if *known == model => {}
                Some((other, _)) => {
                    return Err(Error::config(format!(
                        "{other} and {program} have different models of the name {key}"
                    ))
                    .with_hint("give one of them an app of its own with orm::app!(\"…\"), or choose with --package and --bin")
                    .into());
                }
                None => {
                    self.models.insert(key, (program.to_owned(), model));
                }
            }
        }
        Ok(())
    }

    /// All models; having none is an error, because it is never intended.
    pub fn into_models(self, chosen: &SelectedPackages) -> Result<Vec<ModelDef>> {
        if self.models.is_empty() {
            let subject = chosen.names();
            return Err(if self.asked {
                Error::config(format!("there are no models in {subject}"))
                    .with_hint("derive `Model` on a struct, and see that its module is part of the crate (`mod models;`)")
            } else {
                unused(&subject)
            }
            .into());
        }
        Ok(self.models.into_values().map(|(_, model)| model).collect())
    }
}

/// The error for packages that have nothing to do with `orm`.
pub fn unused(subject: &str) -> Error {
    Error::config(format!("`orm` is not used in {subject}"))
        .with_hint("add `orm` to its dependencies and derive `Model` on a struct")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_model_in_two_programs_is_one_and_two_of_a_name_are_refused() {
        let mut merge = ModelsByName::default();
        let model = ModelDef::new("shop", "Customer");
        merge.add("the program a", vec![model.clone()]).unwrap();
        merge.add("the program b", vec![model.clone()]).unwrap();
        assert_eq!(merge.models.len(), 1);
        let mut other = model;
        other.table = Some("people".to_owned());
        assert!(merge.add("the program c", vec![other]).is_err());
    }
}
