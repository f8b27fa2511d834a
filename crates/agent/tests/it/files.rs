use muster_agent_link::CallContext;
use muster_agent_link::wire::{
    Code, Edit, EditFiles, FileEdits, ListDirectory, ReadFile, ReadFileLines, Relativity,
};

use crate::world::{in_time, world};

#[tokio::test]
async fn file_is_written_edited_and_read() {
    let w = world().await;
    let client = w.agent().await;
    let path = w.file("src/a.txt");
    let written = in_time(client.write_file(&w.effect(), &path, "one\ntwo\n".into())).await;
    assert_eq!(written.unwrap().bytes, 8);
    let call = EditFiles {
        files: vec![FileEdits {
            path: path.clone(),
            edits: vec![Edit {
                search: "two".to_owned(),
                replace: "2".to_owned(),
                replace_all: false,
            }],
        }],
    };
    let effect = w.effect();
    let edited = in_time(client.edit_files(&effect, &call)).await.unwrap();
    assert!(edited.files[0].diff.ends_with("-two\n+2\n"));
    // Sent again it is not made again; `two` would not be found any more.
    assert_eq!(
        in_time(client.edit_files(&effect, &call)).await.unwrap(),
        edited
    );
    let query = ReadFileLines {
        path,
        ..ReadFileLines::default()
    };
    let lines = in_time(client.read_file_lines(&w.context(), &query))
        .await
        .unwrap();
    assert_eq!(lines.content, "1\tone\n2\t2\n");
    w.end().await;
}

#[tokio::test]
async fn large_file_goes_both_ways_whole() {
    let w = world().await;
    let client = w.agent().await;
    let path = w.file("big.png");
    let content: Vec<u8> = (0..5_000_001_u32).map(|n| (n % 251) as u8).collect();
    in_time(client.write_file(&w.effect(), &path, content.clone().into()))
        .await
        .unwrap();
    let query = |offset, limit| ReadFile {
        path: path.clone(),
        offset,
        limit,
    };
    let whole = in_time(client.read_file(&w.context(), &query(None, None)))
        .await
        .unwrap();
    assert_eq!(whole.media_type, "image/png");
    assert!(whole.bytes == content);
    let part = in_time(client.read_file(&w.context(), &query(Some(10), Some(3))))
        .await
        .unwrap();
    assert_eq!(part.bytes, content[10..13]);
    w.end().await;
}

#[tokio::test]
async fn wrong_paths_are_told_apart() {
    let w = world().await;
    let client = w.agent().await;
    let code = |path: String| {
        let (client, context) = (client.clone(), w.context());
        async move {
            let query = ReadFile {
                path,
                ..ReadFile::default()
            };
            in_time(client.read_file(&context, &query))
                .await
                .unwrap_err()
                .code()
        }
    };
    assert_eq!(code("relative".to_owned()).await, Some(Code::BadRequest));
    assert_eq!(code(w.file("missing")).await, Some(Code::NotFound));
    assert_eq!(
        code(w.home().display().to_string()).await,
        Some(Code::BadRequest)
    );
    let journal = w.state().join("journal/log").display().to_string();
    assert_eq!(code(journal).await, Some(Code::Forbidden));
    w.end().await;
}

#[tokio::test]
async fn effects_need_their_header() {
    let w = world().await;
    let client = w.agent().await;
    let (untagged, path) = (CallContext::default(), w.file("f"));
    let written = client.write_file(&untagged, &path, "x".into());
    assert_eq!(
        in_time(written).await.unwrap_err().code(),
        Some(Code::BadRequest)
    );
    assert!(!w.home().join("f").exists());
    w.end().await;
}

#[tokio::test]
async fn folder_is_listed_and_instructions_are_found() {
    let w = world().await;
    std::fs::create_dir_all(w.home().join("b/inner")).unwrap();
    std::fs::write(w.home().join("AGENTS.md"), "Be kind.").unwrap();
    let client = w.agent().await;
    let call = ListDirectory {
        path: Vec::new(),
        relativity: Relativity::Home,
    };
    let listed = in_time(client.list_directory(&w.context(), &call))
        .await
        .unwrap();
    let names: Vec<_> = listed
        .contents
        .iter()
        .map(|e| (e.name.as_str(), e.is_dir))
        .collect();
    assert_eq!(names, [("b", true), ("AGENTS.md", false)]);
    let config = in_time(client.context_config(&w.context())).await.unwrap();
    assert_eq!(config.instruction_files[0].content, "Be kind.");
    w.end().await;
}
