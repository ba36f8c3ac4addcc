//! `migrations!("folder")`: the files of a folder, as text within the program.

use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::LitStr;

/// What each file is called below the folder, and where it is.
type Files = Vec<(String, PathBuf)>;

/// The expression, or the error at the folder's name.
pub fn embedded(folder: Option<LitStr>) -> syn::Result<TokenStream> {
    let span = folder.as_ref().map_or_else(Span::call_site, LitStr::span);
    let name = folder.map_or_else(|| "migrations".to_owned(), |folder| folder.value());
    let root = std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(PathBuf::new, PathBuf::from);
    let folder = root.join(&name);
    let files = files(&folder).map_err(|error| {
        syn::Error::new(
            span,
            format!(
                "the folder of migrations cannot be read: {}: {error}; it is named from the folder of this package's Cargo.toml, and \
                 `orm makemigrations` makes it",
                folder.display()
            ),
        )
    })?;
    let entries = files.iter().map(|(name, path)| {
        let path = path.to_string_lossy();
        quote! { (#name, ::core::include_str!(#path)) }
    });
    Ok(quote! { ::orm::migrate::Migrations::from_embedded(&[#(#entries),*]) })
}

/// `app/0001_initial.toml` and `app/HEAD`, in order.
fn files(folder: &Path) -> std::io::Result<Files> {
    let mut files = Vec::new();
    for app in fs::read_dir(folder)? {
        let app = app?;
        if !app.file_type()?.is_dir() {
            continue;
        }
        let label = app.file_name().to_string_lossy().into_owned();
        for file in fs::read_dir(app.path())? {
            let path = file?.path();
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            // As the folder is read: what begins with a dot is somebody else's.
            let ours = name == "HEAD" || path.extension().is_some_and(|extension| extension == "toml");
            if ours && !name.starts_with('.') {
                files.push((format!("{label}/{name}"), path));
            }
        }
    }
    files.sort();
    Ok(files)
}
