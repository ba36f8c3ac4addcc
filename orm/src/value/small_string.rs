//! The string of a bound parameter.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;

use compact_str::CompactString;

/// A string that is borrowed, or owned without an allocation if it is short: names, titles and addresses mostly are.
#[derive(Clone)]
pub struct SmallString<'a>(Repr<'a>);

#[derive(Clone)]
enum Repr<'a> {
    Borrowed(&'a str),
    Owned(CompactString),
}

impl SmallString<'static> {
    /// A copy of the string.
    #[inline]
    pub fn copy(text: &str) -> Self {
        SmallString(Repr::Owned(CompactString::new(text)))
    }
}

impl SmallString<'_> {
    /// The same string, owned.
    #[inline]
    pub fn into_owned(self) -> SmallString<'static> {
        SmallString(Repr::Owned(match self.0 {
            Repr::Borrowed(text) => CompactString::new(text),
            Repr::Owned(text) => text,
        }))
    }
}

impl Deref for SmallString<'_> {
    type Target = str;

    #[inline]
    fn deref(&self) -> &str {
        match &self.0 {
            Repr::Borrowed(text) => text,
            Repr::Owned(text) => text,
        }
    }
}

impl AsRef<str> for SmallString<'_> {
    fn as_ref(&self) -> &str {
        self
    }
}

impl PartialEq for SmallString<'_> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for SmallString<'_> {}

impl fmt::Debug for SmallString<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl<'a> From<&'a str> for SmallString<'a> {
    #[inline]
    fn from(text: &'a str) -> Self {
        SmallString(Repr::Borrowed(text))
    }
}

impl From<String> for SmallString<'_> {
    #[inline]
    fn from(text: String) -> Self {
        SmallString(Repr::Owned(text.into()))
    }
}

impl<'a> From<Cow<'a, str>> for SmallString<'a> {
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
            let lent = SmallString::from(text.as_str());
            prop_assert_eq!(&*lent, &*text);
            prop_assert_eq!(&*lent.clone().into_owned(), &*text);
            prop_assert_eq!(SmallString::from(text.clone()), lent.clone());
            prop_assert_eq!(SmallString::from(Cow::Borrowed(&*text)), SmallString::from(Cow::<str>::Owned(text.clone())));
            prop_assert_eq!(format!("{lent:?}"), format!("{text:?}"));
        }
    }
}
