#![no_main]

use libfuzzer_sys::fuzz_target;
use tayori_testkit::fuzz::Target;

fuzz_target!(|data: &[u8]| {
    let target = Target::by_name("sasl").expect("it is one of the targets");
    (target.run)(data);
});
