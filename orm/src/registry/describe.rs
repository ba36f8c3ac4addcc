//! The hook through which the installed command line reads the models of any program.
//!
//! When the variable is set, the program writes its models as JSON to the file that the variable names, and exits
//! before `main` runs. So nothing has to be added to a crate, and none of the program's own code runs.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Kind, Result};
use crate::model::ModelDef;

/// The environment variable that names the file to write.
///
/// # Example: its name
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// assert_eq!(orm::models::DESCRIBE_VARIABLE, "ORM_DESCRIBE_MODELS");
/// # Ok::<(), orm::Error>(())
/// ```
pub const DESCRIBE_VARIABLE: &str = "ORM_DESCRIBE_MODELS";

/// The models of a program.
///
/// # Example: of this program
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::models::Description;
///
/// let models = Description::of_program().into_models()?;
/// assert!(models.iter().any(|model| model.name == "Post"));
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Description {
    /// The version of this format.
    pub version: u32,
    /// Every model, by app and name.
    #[serde(default)]
    pub models: Vec<ModelDef>,
    /// Why the models contradict each other, if they do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl Description {
    /// The only version so far.
    pub const VERSION: u32 = 1;

    /// The models linked into this program.
    ///
    /// # Example: as JSON
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let json = serde_json::to_string(&orm::models::Description::of_program()).unwrap();
    /// assert!(json.starts_with("{\"version\":1,"));
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn of_program() -> Self {
        match super::registry() {
            Ok(registry) => Description {
                version: Self::VERSION,
                models: registry.models().map(|meta| meta.def.clone()).collect(),
                error: None,
            },
            Err(error) => Description {
                version: Self::VERSION,
                models: Vec::new(),
                error: Some(error.to_string()),
            },
        }
    }

    /// The models, or the reason why they cannot be read.
    ///
    /// # Errors
    /// If the models contradict each other, or the format is of another version.
    ///
    /// # Example: a form of another version
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::models::Description;
    ///
    /// let later = Description { version: 99, models: vec![], error: None };
    /// assert!(later.into_models().is_err());
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn into_models(self) -> Result<Vec<ModelDef>> {
        if self.version != Self::VERSION {
            return Err(Error::config(format!(
                "the program describes its models in version {} of the form, this command line reads version {}",
                self.version,
                Self::VERSION
            ))
            .with_hint("install the command line of the version of `orm` that the program uses"));
        }
        match self.error {
            Some(error) => Err(Error::new(Kind::Config, error)),
            None => Ok(self.models),
        }
    }
}

// Sound: it reads the environment, allocates and writes a file, all of which work before `main` on the platforms that
// `ctor` supports. If the variable is not set, it does nothing.
#[allow(unsafe_code, reason = "running before main is what the hook is")]
#[ctor::ctor(unsafe)]
fn describe_and_exit() {
    let Some(path) = std::env::var_os(DESCRIBE_VARIABLE) else {
        return;
    };
    let written = serde_json::to_vec(&Description::of_program())
        .map_err(std::io::Error::other)
        .and_then(|json| std::fs::write(path, json));
    std::process::exit(match written {
        Ok(()) => 0,
        Err(_) => 74,
    });
}
