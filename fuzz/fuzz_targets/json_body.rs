#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| countersign::fuzzing::json_body(input));
