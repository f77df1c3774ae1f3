use super::super::{Places, Sources};

const PROVINCES: &str =
    "code,name,full_name,kind,name_key,commune_count,merged_from,note\n19,A,Tỉnh A,tinh,a,1,19:A,\n";
const COMMUNES: &str =
    "code,province_code,name,full_name,kind,lat,lon,name_key,note\n00001,19,B,Xã B,xa,21.0,105.0,b,\n";
const FORMER: &str =
    "old_name,old_kind,old_district,old_province,new_commune_code,n_targets,is_default,old_name_key\n";
const WORDS: &str = include_str!("../../../../config/places.toml");

/// The fault of a file in which one line is added.
fn fault(file: &str, line: &str) -> String {
    let with = |name: &str, text: &'static str| -> &'static str {
        if name == file { Box::leak(format!("{text}{line}\n").into_boxed_str()) } else { text }
    };
    // names of other provinces than the test's are of no use here
    let words: &'static str = WORDS.split("[province]").next().expect("a head");
    let words: &'static str = Box::leak(format!("{words}[province]\n").into_boxed_str());
    let sources = Sources {
        provinces: with("provinces", PROVINCES),
        communes: with("communes", COMMUNES),
        former: with("former", FORMER),
        words: with("words", words),
    };
    Places::parse(sources).map_or_else(|e| e.to_string(), |_| "good".to_owned())
}

/// The line that [`fault`] adds to the words.
fn line_of_words() -> usize {
    WORDS.split("[province]").next().expect("a head").lines().count() + 2
}

#[test]
fn another_name_of_a_province_is_read_however_it_is_written_and_told_with_its_line() {
    let there = format!("config/places.toml, line {}: ", line_of_words());
    for line in ["\"x\" = \"98\"", "x=\"98\"", "'x'   = '98' # of old"] {
        assert_eq!(fault("words", line), format!("{there}there is no province 98"), "{line}");
        assert_eq!(fault("words", &line.replace("98", "19")), "good", "{line}");
    }
    for line in ["[cue", "[cue]"] {
        assert!(fault("words", line).starts_with(&there), "{line}: {}", fault("words", line));
    }
}

#[test]
fn what_is_wrong_in_a_file_is_told_with_its_line() {
    assert_eq!(fault("none", ""), "good");
    for (file, line, told) in [
        (
            "provinces",
            "2,C,Tỉnh C,tinh,c,1,02:C,",
            "config/provinces.csv, line 3: code \"2\" is not 2 digits",
        ),
        ("provinces", "19,C,Tỉnh C,tinh,c,1,02:C,", "config/provinces.csv, line 3: the code 19 stands twice"),
        ("provinces", "20,C,Tỉnh C,tinh,c,1,C,", "config/provinces.csv, line 3: \"C\" is not code:name"),
        ("communes", "00002,20,D,Xã D,xa,,,d,", "config/communes.csv, line 3: there is no province 20"),
        ("communes", "00001,19,D,Xã D,xa,,,d,", "config/communes.csv, line 3: the code 00001 stands twice"),
        ("communes", "00002,19,D,Xã D,xa,21,,d,", "config/communes.csv, line 3: lat and lon go together"),
        ("communes", "00002,19,D,Xã D,xa,x,105,d,", "config/communes.csv, line 3: lat \"x\" is no number"),
        ("communes", "00002,19,D,Xã D,xa,91,105,d,", "config/communes.csv, line 3: lat 91 is off the earth"),
        ("communes", "00002,19,D,Xã D,làng,,,d,", "config/communes.csv, line 3: unknown kind \"làng\""),
        ("communes", "00002,19,D,Xã D", "config/communes.csv, line 3: 4 columns instead of 9"),
        (
            "communes",
            "00002,19,\"D\",Xã D,xa,,,d,",
            "config/communes.csv, line 3: quotation marks are not understood",
        ),
        ("communes", "00002,19,,Xã D,xa,,,d,", "config/communes.csv, line 3: no name"),
        (
            "former",
            "E,xa,Huyện F,Tỉnh A,99999,1,1,e",
            "config/former-communes.csv, line 2: there is no commune 99999",
        ),
        ("former", "E,xa,F,Tỉnh A,00001,1,1,e", "config/former-communes.csv, line 2: \"F\" is no district"),
        (
            "former",
            "E,xa,Huyện F,Tỉnh Z,00001,1,1,e",
            "config/former-communes.csv, line 2: Z stands in no merged_from",
        ),
        (
            "former",
            "E,xa,Huyện F,Tỉnh A,00001,2,1,e",
            "config/former-communes.csv, line 2: n_targets is 2, but 1 of the rows are of E",
        ),
    ] {
        assert_eq!(fault(file, line), told);
    }
    let other = Sources { provinces: "code\n", communes: COMMUNES, former: FORMER, words: WORDS };
    let told = Places::parse(other).expect_err("another header").to_string();
    assert!(told.starts_with("config/provinces.csv, line 1: the first line must be code,name"), "{told}");
}
