//! Models that point at each other in a long cycle compile. The code of a derive must not lead the compiler from a
//! model to the next, because it would recurse and stop at its `recursion_limit` of 128.

use orm::models::ModelKey;
use orm::prelude::*;

macro_rules! cycle {
    ($first:ident $($rest:ident)+) => {
        cycle! { @ [$first $($rest)+] [$($rest)+ $first] }

        const NAMES: &[&str] = &[stringify!($first), $(stringify!($rest)),+];
    };
    (@ [$($model:ident)+] [$($next:ident)+]) => {$(
        #[derive(Model)]
        struct $model {
            id: i64,
            next: Option<ForeignKey<$next>>,
        }
    )+};
}

cycle! {
    M000 M001 M002 M003 M004 M005 M006 M007 M008 M009 M010 M011 M012 M013 M014
    M015 M016 M017 M018 M019 M020 M021 M022 M023 M024 M025 M026 M027 M028 M029
    M030 M031 M032 M033 M034 M035 M036 M037 M038 M039 M040 M041 M042 M043 M044
    M045 M046 M047 M048 M049 M050 M051 M052 M053 M054 M055 M056 M057 M058 M059
    M060 M061 M062 M063 M064 M065 M066 M067 M068 M069 M070 M071 M072 M073 M074
    M075 M076 M077 M078 M079 M080 M081 M082 M083 M084 M085 M086 M087 M088 M089
    M090 M091 M092 M093 M094 M095 M096 M097 M098 M099 M100 M101 M102 M103 M104
    M105 M106 M107 M108 M109 M110 M111 M112 M113 M114 M115 M116 M117 M118 M119
    M120 M121 M122 M123 M124 M125 M126 M127 M128 M129 M130 M131 M132 M133 M134
    M135 M136 M137 M138 M139 M140 M141 M142 M143 M144 M145 M146 M147 M148 M149
}

#[test]
fn a_hundred_and_fifty_models_in_a_cycle_compile_and_know_each_other() {
    let registry = orm::models::registry().unwrap();
    assert_eq!(registry.models().count(), NAMES.len());
    for (at, name) in NAMES.iter().enumerate() {
        let next = NAMES[(at + 1) % NAMES.len()];
        let meta = registry.model(&ModelKey::new("cycle", *name)).unwrap();
        let to = &meta.def.field("next").unwrap().to;
        assert_eq!(to.as_ref(), Some(&ModelKey::new("cycle", next)));
    }
}
