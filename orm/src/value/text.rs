//! Text on its way into a statement.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;

use compact_str::CompactString;

/// Text that is lent, or owned without an allocation where it is short: names, titles and addresses mostly are.
#[derive(Clone)]
pub struct Text<'a>(Inner<'a>);

#[derive(Clone)]
enum Inner<'a> {
    Lent(&'a str),
    Owned(CompactString),
}

impl Text<'static> {
    /// A copy of the text.
    #[inline]
    pub fn copy(text: &str) -> Self {
        Text(Inner::Owned(CompactString::new(text)))
    }
}

impl Text<'_> {
    /// The same text, owned.
    #[inline]
    pub fn into_owned(self) -> Text<'static> {
        Text(Inner::Owned(match self.0 {
            Inner::Lent(text) => CompactString::new(text),
            Inner::Owned(text) => text,
        }))
    }
}

impl Deref for Text<'_> {
    type Target = str;

    #[inline]
    fn deref(&self) -> &str {
        match &self.0 {
            Inner::Lent(text) => text,
            Inner::Owned(text) => text,
        }
    }
}

impl AsRef<str> for Text<'_> {
    fn as_ref(&self) -> &str {
        self
    }
}

impl PartialEq for Text<'_> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Text<'_> {}

impl fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl<'a> From<&'a str> for Text<'a> {
    #[inline]
    fn from(text: &'a str) -> Self {
        Text(Inner::Lent(text))
    }
}

impl From<String> for Text<'_> {
    #[inline]
    fn from(text: String) -> Self {
        Text(Inner::Owned(text.into()))
    }
}

impl<'a> From<Cow<'a, str>> for Text<'a> {
    fn from(text: Cow<'a, str>) -> Self {
        match text {
            Cow::Borrowed(text) => text.into(),
            Cow::Owned(text) => text.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_text_stays_itself(text: String) {
            let lent = Text::from(text.as_str());
            prop_assert_eq!(&*lent, &*text);
            prop_assert_eq!(&*lent.clone().into_owned(), &*text);
            prop_assert_eq!(Text::from(text.clone()), lent.clone());
            prop_assert_eq!(Text::from(Cow::Borrowed(&*text)), Text::from(Cow::<str>::Owned(text.clone())));
            prop_assert_eq!(format!("{lent:?}"), format!("{text:?}"));
        }
    }
}
