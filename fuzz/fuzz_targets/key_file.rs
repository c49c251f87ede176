#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| countersign::fuzzing::key_file(input));
