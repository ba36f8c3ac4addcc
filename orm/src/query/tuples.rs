//! Traits for tuples whose elements implement them.

/// Implements a trait with a single method that takes `self` for tuples of up to eight elements, by calling it for
/// each element.
macro_rules! each_element {
    ($trait:ident::$method:ident($($argument:ident: $type:ty),+)) => {
        each_element! { @
            $trait $method ($($argument: $type),+)
            [A] [A B] [A B C] [A B C D] [A B C D E] [A B C D E F] [A B C D E F G] [A B C D E F G H]
        }
    };
    (@ $trait:ident $method:ident $arguments:tt $([$($name:ident)+])+) => {
        $(each_element! { @one $trait $method $arguments $($name)+ })+
    };
    (@one $trait:ident $method:ident ($($argument:ident: $type:ty),+) $($name:ident)+) => {
        #[diagnostic::do_not_recommend]
        impl<$($name: $trait),+> $trait for ($($name,)+) {
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
pub(super) use each_element;
