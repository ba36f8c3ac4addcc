//! Where models come from: the running program, or programs built for the purpose.

mod build;
mod merge;
mod package;
mod program;
mod shim;

pub use package::metadata;

use orm::models::Description;
use orm::models::ModelDef;

use crate::args::{Context, PackageArgs};
use crate::failure::{Failure, Result};

/// Where models come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ModelSource {
    /// The running program: the embedded form.
    Program,
    /// The package in the current directory, built for the purpose: the installed form.
    Package,
}

/// Models, and whether they are complete.
pub struct Models {
    /// By app and name.
    pub models: Vec<ModelDef>,
    /// Whether only some programs were asked (`--package`, `--bin`), so that a missing app does not mean it was
    /// removed.
    pub partial: bool,
}

/// Loads the models.
pub fn find(context: &Context, args: &PackageArgs) -> Result<Models> {
    let models = match context.source {
        ModelSource::Program => {
            if args.is_given() {
                return Err(Failure::usage(
                    "this program reads its own models and builds no package",
                    "leave out the options that choose a package",
                ));
            }
            let models = Description::of_program().into_models()?;
            if models.is_empty() {
                return Err(orm::Error::config("no models are linked into this program")
                    .with_hint(
                        "if they are in a library, mention it: `use your_crate as _;` in the program's source",
                    )
                    .into());
            }
            Models {
                models,
                partial: false,
            }
        }
        ModelSource::Package => {
            let chosen = package::choose(context, args)?;
            Models {
                models: program::describe(&chosen, args)?.into_models(&chosen)?,
                partial: !args.package.is_empty() || args.bin.is_some(),
            }
        }
    };
    Ok(models)
}

impl PackageArgs {
    fn is_given(&self) -> bool {
        !self.package.is_empty()
            || self.bin.is_some()
            || !self.features.is_empty()
            || self.all_features
            || self.no_default_features
            || self.manifest_path.is_some()
    }
}
