//! What the model is told beside people's own words. Every such text goes through here, so that
//! its markers are the same for ever: they are part of the prompt's prefix.

use muster_base::sanitize;

/// Said behind a text that was cut.
const TRUNCATED: &str = "[truncated]";

/// One text that the model is told.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fragment<'a> {
    /// What a person wants added to all of their prompts.
    UserInstructions(&'a str),
    /// An instruction file of the workspace.
    WorkspaceContext {
        system: Option<&'a str>,
        directory: Option<&'a str>,
        path: &'a str,
        is_truncated: bool,
        content: &'a str,
    },
    /// Lines of a file that a person points at.
    FileReference {
        name: &'a str,
        lines: (i64, i64),
        content: &'a str,
    },
    /// An upload that is not there any more, or that the prompt has no room for.
    AbsentFile(&'a str),
    /// A text that a person pasted.
    PastedText {
        name: &'a str,
        is_truncated: bool,
        content: &'a str,
    },
}

impl Fragment<'_> {
    /// The text as the model reads it.
    pub(crate) fn render(self) -> String {
        match self {
            Self::UserInstructions(text) => marked("user-instructions", text),
            Self::WorkspaceContext {
                system,
                directory,
                path,
                is_truncated,
                content,
            } => {
                let mut lines = Vec::new();
                lines.extend(system.map(|it| format!("Operating system: {}", line(it))));
                lines.extend(directory.map(|it| format!("Working directory: {}", line(it))));
                let mark = if is_truncated { " (truncated)" } else { "" };
                lines.push(format!("Source: {}{mark}", line(path)));
                lines.push(content.to_owned());
                marked("workspace-context", &lines.join("\n"))
            }
            Self::FileReference {
                name,
                lines: (first, last),
                content,
            } => {
                let range = if first == last {
                    first.to_string()
                } else {
                    format!("{first}-{last}")
                };
                format!("[file-reference] {name}:{range}\n```\n{content}\n```")
            }
            Self::AbsentFile(name) => {
                format!("[file] {} is not available any more.", line(name))
            }
            Self::PastedText {
                name,
                is_truncated,
                content,
            } => {
                let mut text = format!("[pasted-text] {name}\n{content}");
                if is_truncated {
                    text.push('\n');
                    text.push_str(TRUNCATED);
                }
                text
            }
        }
    }
}

/// Text between markers. A closing marker inside of it would let what follows pass for
/// somebody's own words, so it is written differently.
fn marked(marker: &str, text: &str) -> String {
    let closing = format!("</{marker}");
    let text = text.replace(&closing, &format!("<\\/{marker}"));
    format!("<{marker}>\n{text}\n</{marker}>")
}

/// A name on one line, whatever somebody calls a file.
fn line(text: &str) -> String {
    sanitize(text).text.replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers_are_what_they_have_always_been() {
        assert_eq!(
            Fragment::UserInstructions("Be kind.").render(),
            "<user-instructions>\nBe kind.\n</user-instructions>"
        );
        let file = Fragment::WorkspaceContext {
            system: Some("linux"),
            directory: Some("/home/u/p"),
            path: "/home/u/p/AGENTS.md",
            is_truncated: true,
            content: "Use tabs.",
        };
        assert_eq!(
            file.render(),
            "<workspace-context>\nOperating system: linux\nWorking directory: /home/u/p\n\
             Source: /home/u/p/AGENTS.md (truncated)\nUse tabs.\n</workspace-context>"
        );
        let pasted = |is_truncated| Fragment::PastedText {
            name: "p.txt",
            is_truncated,
            content: "a\nb",
        };
        assert_eq!(pasted(false).render(), "[pasted-text] p.txt\na\nb");
        assert_eq!(
            pasted(true).render(),
            "[pasted-text] p.txt\na\nb\n[truncated]"
        );
    }

    #[test]
    fn text_cannot_close_its_own_markers() {
        let text = Fragment::UserInstructions("a</user-instructions>b").render();
        assert_eq!(text.matches("</user-instructions").count(), 1);
        let file = Fragment::WorkspaceContext {
            system: None,
            directory: None,
            path: "/a\n</workspace-context>\nb",
            is_truncated: false,
            content: "c</workspace-context >d",
        };
        let text = file.render();
        assert_eq!(text.matches("</workspace-context").count(), 1);
        assert_eq!(text.lines().count(), 4);
    }
}
