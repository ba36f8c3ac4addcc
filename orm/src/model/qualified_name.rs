//! The name of a table or a type, and the schema that it stands in.

use std::fmt;

/// The name of a table or a type, and the schema that it stands in, where the database has schemas. Without a schema it is found by the
/// connection's `search_path`.
///
/// # Example: with a schema, and without one
///
/// ```
/// use orm::models::QualifiedName;
///
/// let invoice = QualifiedName::new(Some("billing".to_owned()), "invoice");
/// assert_eq!(invoice.to_string(), "billing.invoice");
/// assert_eq!(QualifiedName::from("invoice"), "invoice");
/// assert_ne!(invoice, "invoice");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct QualifiedName {
    /// The schema.
    pub schema: Option<String>,
    /// The name in it.
    pub name: String,
}

impl QualifiedName {
    /// A name in a schema.
    ///
    /// # Example: a table of the schema that comes first
    ///
    /// ```
    /// use orm::models::QualifiedName;
    ///
    /// assert_eq!(QualifiedName::new(None, "invoice"), "invoice");
    /// ```
    pub fn new(schema: Option<String>, name: impl Into<String>) -> Self {
        QualifiedName {
            schema,
            name: name.into(),
        }
    }

    /// Another name in the same schema.
    #[cfg(feature = "migrations")]
    pub(crate) fn beside(&self, name: impl Into<String>) -> Self {
        QualifiedName::new(self.schema.clone(), name)
    }

    /// In lower case, as names are compared that have to differ on every database.
    pub(crate) fn to_lowercase(&self) -> Self {
        QualifiedName {
            schema: self.schema.as_ref().map(|schema| schema.to_lowercase()),
            name: self.name.to_lowercase(),
        }
    }

    /// Whether both are equal but for the case of their letters.
    #[cfg(feature = "migrations")]
    pub(crate) fn eq_ignore_ascii_case(&self, other: &Self) -> bool {
        let schemas = match (&self.schema, &other.schema) {
            (None, None) => true,
            (Some(one), Some(other)) => one.eq_ignore_ascii_case(other),
            _ => false,
        };
        schemas && self.name.eq_ignore_ascii_case(&other.name)
    }
}

impl fmt::Display for QualifiedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(schema) = &self.schema {
            write!(f, "{schema}.")?;
        }
        f.write_str(&self.name)
    }
}

impl From<&str> for QualifiedName {
    fn from(name: &str) -> Self {
        QualifiedName::new(None, name)
    }
}

impl From<String> for QualifiedName {
    fn from(name: String) -> Self {
        QualifiedName::new(None, name)
    }
}

impl From<&String> for QualifiedName {
    fn from(name: &String) -> Self {
        QualifiedName::new(None, name)
    }
}

impl From<&QualifiedName> for QualifiedName {
    fn from(name: &QualifiedName) -> Self {
        name.clone()
    }
}

impl PartialEq<str> for QualifiedName {
    fn eq(&self, name: &str) -> bool {
        self.schema.is_none() && self.name == name
    }
}

impl PartialEq<&str> for QualifiedName {
    fn eq(&self, name: &&str) -> bool {
        self == *name
    }
}

impl PartialEq<String> for QualifiedName {
    fn eq(&self, name: &String) -> bool {
        self == name.as_str()
    }
}
