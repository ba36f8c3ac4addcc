use super::*;
use crate::migrate::operation::testing::operations;

/// What a row of a table of cases says, in words.
pub(super) fn lines(operations: &[Operation]) -> String {
    let lines = operations
        .iter()
        .map(|operation| toml::to_string(operation).unwrap());
    lines.collect::<Vec<_>>().join("\n")
}

pub(super) fn check(case: &str, app: &str, before: &[Operation], after: &[Operation]) {
    let optimized = optimize(before.to_vec(), app);
    assert!(
        optimized == after,
        "{case}\n\nbecame\n\n{}\nand not\n\n{}",
        lines(&optimized),
        lines(after)
    );
}

/// Each row: operations, and what they become; a row without an arrow stays as it is.
fn table(rows: &str) {
    for row in rows.lines().map(str::trim).filter(|row| !row.is_empty()) {
        let (before, after) = row.split_once("->").unwrap_or((row, row));
        check(row, "a", &operations(before), &operations(after));
    }
}

#[test]
fn a_new_model_takes_in_what_changes_it() {
    table(
        "
        create A, x int; delete A ->
        create A, x int; rename A B -> create B, x int
        create A, up fk=A; rename A B -> create B, up fk=B
        create A; add A.x int -> create A, x int
        create A; add A.x int fill=3 -> create A, x int
        create A, x int; alter A.x text -> create A, x text
        create A, x int, y int; remove A.x -> create A, y int
        create A, x int; rename A.x y -> create A, y int
        create A, x int, y int of=x; rename A.x z -> create A, z int, y int of=z
        create A, x int; add A.y int; add A.z int; remove A.y; alter A.z text -> create A, x int, z text
        create A, x int; index A i x; unindex A i -> create A, x int
        create A, x int; unique A u x; drop A u -> create A, x int
        create A, x int; index A i x; index A j x; unindex A j; rename A.x y; unindex A i -> create A, y int
        create A, x int; index A i x; reindex A i j; unindex A j -> create A, x int
        create A, x int; unique A u x; say A u x taken; drop A u -> create A, x int
        create A; table A t; table A s; delete A ->
        create A; comment A hello; options A -x; delete A ->
        ",
    );
}

#[test]
fn a_foreign_key_lets_go_before_what_it_points_at_is_gone() {
    table(
        "
        add B.f fk=A; sql x; remove B.f; remove A.x; delete B -> add B.f fk=A; sql x; remove A.x; delete B
        add B.f fk=A to=x; sql x; remove B.f; remove A.x; delete B
        add B.f fk=A to=x; sql x; remove B.f; alter A.x int; delete B
        add B.f fk=A to=x; sql x; alter B.f int; remove A.x; alter B.f text -> add B.f fk=A to=x; sql x; alter B.f text; remove A.x
        add B.f fk=A to=x; sql x; rename A.x y; remove B.f; remove A.y; delete B
        add B.f fk=A to=x; sql x; rename B.f g; sql y; remove B.g; remove A.x; delete B
        ",
    );
}

#[test]
fn a_new_model_goes_behind_what_it_has_nothing_to_do_with() {
    table(
        "
        create A; create B; add A.f fk=B -> create B; create A, f fk=B
        create A; create B, f fk=A; delete B -> create A
        create A; create B, f fk=A; delete A -> create A; create B, f fk=A; delete A
        create A; create B, f fk=A; add A.x int -> create A, x int; create B, f fk=A
        create A; create B, f fk=A; add A.g fk=B
        create A; create B, f fk=A; add A.g fk=B; add A.x int
        create A; sql x; add A.x int
        create A; apart; add A.x int
        create A; delete B; add A.x int -> create A, x int; delete B
        create A; delete B; rename A B
        create A; rename B C; add A.x int -> rename B C; create A, x int
        create A; create B, f fk=A; rename A C -> create C; create B, f fk=C
        create A; add B.f fk=A; alter B.g fk=A; rename A C -> create C; add B.f fk=C; alter B.g fk=C
        create A; create B, f fk=A; rename B D; rename A C -> create C; create D, f fk=C
        create A; create B, f fk=A; remove B.f; sql x; rename A C -> create A; create B; sql x; rename A C
        create A, f fk=B; rename B C; add A.x int -> create A, f fk=B, x int; rename B C
        create A, f fk=B; rename B C; add A.g fk=C
        ",
    );
}

#[test]
fn whether_a_table_is_made_is_not_decided_anew() {
    table(
        "
        create A; options A unmanaged
        create A unmanaged; options A
        create A unmanaged; add A.x int -> create A unmanaged, x int
        options A unmanaged; options A -> options A
        options A unmanaged; delete A
        options A -x; delete A
        options A unmanaged; sql by hand; options A; delete A
        ",
    );
}

#[test]
fn the_last_of_two_options_counts() {
    table(
        "
        table A s; table A t -> table A t
        comment A x; comment A y -> comment A y
        options A x; options A -y -> options A -y
        table A s; comment A x; options A x
        table A s; comment A x; delete A -> delete A
        table A s; delete A -> delete A
        comment A x; delete A -> delete A
        table A s; delete B
        table A s; add B.x int; table A t -> add B.x int; table A t
        table A s; add A.x int; table A t
        table A s; add B.f fk=A; table A t -> table A t; add B.f fk=A
        table A s; rename A B; table B t
        ",
    );
}

#[test]
fn renamed_models_keep_apart_from_others_of_their_names() {
    table(
        "
        rename A B; rename B C -> rename A C
        rename A B; rename B A ->
        rename A B; create D; rename B C -> create D; rename A C
        rename A B; create A; rename B C -> rename A C; create A
        rename A B; add B.x int; rename B C
        rename A B; create D, f fk=B; rename B C -> rename A C; create D, f fk=C
        rename C D; rename B C; rename A B
        rename A T; rename B A; rename T B
        delete B; rename A B
        rename A B; delete B
        rename A B; rename C A; rename B D -> rename A D; rename C A
        ",
    );
}

#[test]
fn models_that_move_go_the_whole_way_at_once() {
    table(
        "
        move A b.A; move C a.D
        bring b.A B; rename B C -> bring b.A C
        bring b.A B; move B b.C
        bring b.A B; create D; rename B C -> create D; bring b.A C
        move A a.B; move B a.C -> move A a.C
        move A a.B; move B a.A
        move A a.B t; rename B A
        table A t; bring b.A B
        ",
    );
}

#[test]
fn a_new_field_takes_in_what_changes_it() {
    table(
        "
        add A.x int; alter A.x text -> add A.x text
        add A.x int; remove A.x ->
        add A.x int; rename A.x y -> add A.y int
        add A.x int fill=3; rename A.x y -> add A.y int fill=3
        add A.x int; rename A.x y; remove A.y ->
        add A.x int; add A.y int; alter A.x text -> add A.y int; add A.x text
        add A.x int; remove A.y; rename A.x y -> remove A.y; add A.y int
        add A.x int; rename A.y z; rename A.x y -> rename A.y z; add A.y int
        add A.x int; sql x; remove A.x
        add A.x int; index A i x; remove A.y; alter A.x text
        add A.x int; add A.y int of=x; rename A.x z
        add A.x int; add A.y int of=x; alter A.x text -> add A.x text; add A.y int of=x
        add A.x int; add B.f fk=A; alter A.x text -> add A.x text; add B.f fk=A
        add A.x int; delete A
        add A.f fk=B; rename B C; alter A.f fk=C
        add A.y bool is=x:p; spell A.x p q; rename A.y z -> add A.z bool is=x:p; spell A.x p q
        add A.y bool is=x:p; spell A.x p q; rename A.w v; rename A.y w
        add A.y int; spell A.x p q; alter A.y text -> spell A.x p q; add A.y text
        options A x; add A.x int; rename A.x y
        options A y; add A.x int; rename A.x y -> options A y; add A.y int
        ",
    );
}

#[test]
fn what_rows_get_stays_what_they_get() {
    table(
        "
        add A.x int fill=3; alter A.x int null -> add A.x int null fill=3
        add A.x int fill=3; alter A.x text
        add A.x int default=3; alter A.x int default=4 -> add A.x int default=4 fill=3
        add A.x int default=3; alter A.x int default=3 null -> add A.x int default=3 null
        add A.x int null; alter A.x int fill=3 -> add A.x int fill=3
        alter A.x int fill=3; alter A.x int index -> alter A.x int index fill=3
        alter A.x int fill=3; alter A.x int null
        alter A.x int fill=3; alter A.x text
        ",
    );
}

#[test]
fn fields_that_go_or_change_twice() {
    table(
        "
        remove A.x; delete A -> delete A
        remove A.x; delete B; delete A -> remove A.x; delete B; delete A
        remove A.x; add A.x int
        alter A.x text; alter A.x int -> alter A.x int
        alter A.x text; remove A.x -> remove A.x
        alter A.x text; rename A.x y -> rename A.x y; alter A.y text
        alter A.x text column=c; rename A.x y
        alter A.x text; rename A.x y; alter A.y int -> rename A.x y; alter A.y int
        alter A.x text; rename A.x y; remove A.y -> rename A.x y; remove A.y
        alter A.x text; alter A.y text; alter A.x int -> alter A.y text; alter A.x int
        alter A.x text; options A x; alter A.x int
        rename A.x y; rename A.y z -> rename A.x z
        rename A.x y; rename A.y x ->
        rename A.x y; add A.w int; rename A.y z -> add A.w int; rename A.x z
        rename A.x y; add A.x int; rename A.y z -> rename A.x z; add A.x int
        rename A.x y; alter A.y text; rename A.y z -> rename A.x z; alter A.z text
        rename A.x t; rename A.y x; rename A.t y
        rename A.x y; add A.w int of=y; rename A.y z
        ",
    );
}

#[test]
fn indexes_and_constraints() {
    table(
        "
        index A i x; unindex A i ->
        index A i x; reindex A i j -> index A j x
        index A i x; unindex B i
        index A i x; add A.y int; unindex A i
        reindex A i j; reindex A j k -> reindex A i k
        reindex A i j; reindex A j i ->
        reindex A i j; unindex A j -> unindex A i
        unindex A i; index A i y
        unique A u x; drop A u ->
        unique A u x; say A u x taken; drop A u ->
        say A u x a; say A u x b -> say A u x b
        say A u x a; drop A u -> drop A u
        say A u x a; drop A w
        ",
    );
}

#[test]
fn enum_types() {
    table(
        "
        enum m a; no enum m ->
        enum m a; value m b -> enum m a b
        enum m a; respell m a b -> enum m b
        enum m a; values m c d -> enum m c d
        enum m a; create A, x choices enum=m; value m b -> enum m a b; create A, x choices enum=m
        enum m a; create A, x choices enum=m; respell m a b
        enum m a; create A; value m b -> create A; enum m a b
        value m b; respell m b c -> value m c
        value m b; respell m a c
        value m b; value m c
        value m b; values m a -> values m a
        value m b; no enum m -> no enum m
        respell m a b; respell m b c -> respell m a c
        respell m a b; respell m b a ->
        respell m a b; alter A.x text; respell m b c
        respell m a b; no enum m -> no enum m
        values m a; values m b -> values m b
        values m a; no enum m -> no enum m
        enum m a; enum n a; value m b -> enum n a; enum m a b
        add A.x choices enum=m; value m b; remove A.x -> value m b
        ",
    );
}

#[test]
fn extensions_collations_and_what_is_written_by_hand() {
    table(
        "
        extension e; no extension e ->
        extension e; no extension f
        collation c; no collation c ->
        collation c; add A.x int; no collation c
        sql x; sql y
        sql elidable; add A.x int -> add A.x int
        add A.x int; sql elidable -> add A.x int
        add A.x int; rust f elidable; alter A.x text -> add A.x text
        add A.x int; sql keep; rust f elidable; alter A.x text -> add A.x int; sql keep; alter A.x text
        sql elidable
        rust f elidable; sql elidable -> sql elidable
        ",
    );
}

#[test]
fn results_find_room_however_often_a_rename_is_taken_forward() {
    let mut before = String::new();
    for at in 0..40 {
        before.push_str(&format!("alter A.x{at} text; "));
    }
    for at in 0..40 {
        before.push_str(&format!("rename A.x{at} y{at}; "));
    }
    let mut after = String::new();
    for at in 0..40 {
        after.push_str(&format!("rename A.x{at} y{at}; alter A.y{at} text; "));
    }
    check(
        "alter all, rename all",
        "a",
        &operations(&before),
        &operations(&after),
    );
}
