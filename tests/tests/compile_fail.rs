//! Each mistake that can be made in a model or a query is one readable error where it was made.

#[test]
fn mistakes_are_explained() {
    trybuild::TestCases::new().compile_fail("compile-fail/*.rs");
}
