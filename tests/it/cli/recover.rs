//! `tinan keys recover`, with the papers that the set-up printed.

use super::*;

const RECOVER: [&str; 9] =
    ["keys", "recover", "--desk", "tips", "--login", "minh", "--name", "Minh", "--passwords-stdin"];

/// The keys as they stand on the papers: root, then three for each desk.
fn papers(said: &Said) -> Vec<String> {
    let keys = said.out.lines().filter(|l| l.trim().len() > 60 && l.contains('-'));
    keys.map(|l| l.split_whitespace().last().expect("a key").to_owned()).collect()
}

#[test]
fn a_desk_is_opened_again_from_paper_and_its_new_lead_is_one() {
    let folder = Folder::new();
    let keys = papers(&folder.setup("p-quan\np-anh\np-binh\n"));
    let (root, tips, counselling) = (&keys[0], &keys[1..4], &keys[4..7]);
    let sloppy = tips[0].to_lowercase().replace('-', "  ");

    let wrong = [
        (format!("{root}\n{}\n{}\np\n", tips[0], tips[0]), "nhập hai lần"),
        (format!("{root}\n{}\n{}\np\n", tips[0], counselling[0]), "Khoá khôi phục 2 là của bàn khác"),
        (format!("{}\n{}\n{}\np\n", tips[1], tips[0], tips[2]), "không phải khoá gốc"),
        (format!("{root}\n{}\n", tips[0]), "the second recovery key is missing"),
        (format!("{root}\n{}\n{}\n\n", tips[0], tips[1]), "the password of minh is missing"),
    ];
    for (input, told) in wrong {
        let said = folder.run(&RECOVER, &input);
        assert_eq!(said.code, Some(1), "{told}");
        assert!(said.err.contains(told), "{told}: {}", said.err);
        for key in &keys {
            assert!(!said.err.contains(key.as_str()), "no key is repeated");
        }
    }
    let said = folder.run(&RECOVER, &format!(" {root} \n{}\n{sloppy}\np-minh\n", tips[2]));
    assert_eq!(said.code, Some(0), "{}", said.err);
    assert!(said.out.contains("minh là trưởng bàn"), "{}", said.out);
    let again = folder.run(&RECOVER, &format!("{root}\n{}\n{}\np-minh\n", tips[0], tips[2]));
    assert!(again.err.contains("đã có người dùng"), "{}", again.err);

    let add = ["staff", "add", "--login", "hoa", "--name", "Hoa", "--role", "officer", "--desk", "tips"];
    let args = [&add[..], &["--as", "minh", "--passwords-stdin"]].concat();
    assert_eq!(folder.run(&args, "p-minh\nnew\n").code, Some(0));
    assert_eq!(folder.run(&["audit", "verify"], "").code, Some(0));
    assert_eq!(folder.run(&["doctor"], "").code, Some(0));
}
