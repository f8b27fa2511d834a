use super::*;

const PATCH: &str = "\
diff --git a/one file.rs b/one file.rs
index 1..2 100644
--- a/one file.rs\t
+++ b/one file.rs\t
@@ -1,3 +1,3 @@ fn main() {
 same
-old
--- looks like a head
+new
+diff --git is content here
diff --git a/gone b/gone
deleted file mode 100644
--- a/gone
+++ /dev/null
@@ -1 +0,0 @@
-all
diff --git a/from b/to
similarity index 100%
rename from from
rename to to
diff --git a/logo.png b/logo.png
index 1..2 100644
Binary files a/logo.png and b/logo.png differ
";

#[test]
fn each_file_is_found_with_its_name_and_counts() {
    let seen: Vec<_> = sections(PATCH, false)
        .into_iter()
        .map(|one| (one.path, one.added, one.deleted, one.binary))
        .collect();
    let expected = [
        ("one file.rs".to_owned(), 2, 2, false),
        ("gone".to_owned(), 0, 1, false),
        ("to".to_owned(), 0, 0, false),
        ("logo.png".to_owned(), 0, 0, true),
    ];
    assert_eq!(seen, expected);
}

#[test]
fn sections_together_are_the_whole_patch() {
    let texts: String = sections(PATCH, false)
        .iter()
        .map(|one| &*one.text)
        .collect();
    assert_eq!(texts, PATCH);
}

#[test]
fn last_file_of_a_cut_patch_is_left_out() {
    assert_eq!(sections(PATCH, true).len(), 3);
    assert!(sections("", true).is_empty());
}

#[test]
fn quoted_names_are_read() {
    let check = |quoted, plain| assert_eq!(unquoted(quoted), plain);
    check("plain", "plain");
    check(r#""a/tab\there""#, "a/tab\there");
    check(r#""a/q\"uote\\""#, "a/q\"uote\\");
    check(r#""b/\303\244""#, "b/ä");
    assert_eq!(from_head(r#""a/x\ny" "b/x\ny""#), "x\ny");
    assert_eq!(from_head("a/x y b/x y"), "x y");
}

#[test]
fn new_file_becomes_a_patch_that_reads_back() {
    let check = |content: &str, added| {
        let made = of_new_file("src/new file.rs", "100644", content.as_bytes()).unwrap();
        assert_eq!((made.added, made.path.as_str()), (added, "src/new file.rs"));
        let text = made.text.clone().into_owned();
        let read = sections(&text, false).remove(0);
        assert_eq!((read.path.as_str(), read.added), ("src/new file.rs", added));
        text
    };
    check("a\nb\n", 2);
    check("", 0);
    let text = check("a\nb", 2);
    assert!(
        text.ends_with("+b\n\\ No newline at end of file\n"),
        "{text}"
    );
}

#[test]
fn file_with_zero_bytes_is_no_text() {
    assert_eq!(of_new_file("x", "100644", b"a\0b"), None);
}
