//! Traits for tuples whose elements implement them.

/// Implements a trait with a single method that takes `self` for tuples of up to eight elements, by calling it for
/// each element; for tuples of up to twelve where the elements have a trait of their own with that method.
macro_rules! each_element {
    ($trait:ident::$method:ident($($argument:ident: $type:ty),+)) => {
        each_element! { @
            $trait $trait $method ($($argument: $type),+)
            [A] [A B] [A B C] [A B C D] [A B C D E] [A B C D E F] [A B C D E F G] [A B C D E F G H]
        }
    };
    ($element:ident in $trait:ident::$method:ident($($argument:ident: $type:ty),+)) => {
        each_element! { @
            $element $trait $method ($($argument: $type),+)
            [A] [A B] [A B C] [A B C D] [A B C D E] [A B C D E F] [A B C D E F G] [A B C D E F G H] [A B C D E F G H I]
            [A B C D E F G H I J] [A B C D E F G H I J K] [A B C D E F G H I J K L]
        }
    };
    (@ $element:ident $trait:ident $method:ident $arguments:tt $([$($name:ident)+])+) => {
        $(each_element! { @one $element $trait $method $arguments $($name)+ })+
    };
    (@one $element:ident $trait:ident $method:ident ($($argument:ident: $type:ty),+) $($name:ident)+) => {
        #[diagnostic::do_not_recommend]
        impl<$($name: $element),+> $trait for ($($name,)+) {
            #[allow(non_snake_case, reason = "one name for type and value")]
            fn $method(self, $($argument: $type),+) {
                let ($($name,)+) = self;
                each_element! { @calls $method ($($argument),+) $($name)+ }
            }
        }
    };
    (@calls $method:ident $arguments:tt $($name:ident)+) => {
        $($name.$method $arguments;)+
    };
}
pub(crate) use each_element;
