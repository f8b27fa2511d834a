//! What a new machine lacks.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::run::{self, has};
use crate::{out, strangers, web};

/// A Debian package and a sign that it is there.
struct Need {
    package: &'static str,
    present: fn() -> bool,
}

const NEEDS: [Need; 5] = [
    Need {
        package: "postgresql",
        present: has_postgres,
    },
    Need {
        package: "git",
        present: || has("git"),
    },
    Need {
        package: "bubblewrap",
        present: || has("bwrap"),
    },
    Need {
        package: "python3-venv",
        present: strangers::has_python,
    },
    Need {
        package: "chromium",
        present: web::has_chromium,
    },
];

/// Installs what is missing, where that is possible; says what it could not install.
pub(crate) fn run() -> Result<()> {
    packages()?;
    strangers::install()?;
    web::install()
}

fn packages() -> Result<()> {
    let missing: Vec<_> = NEEDS
        .iter()
        .filter(|need| !(need.present)())
        .map(|need| need.package)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let Some(prefix) = privilege() else {
        out::line(&format!(
            "not installed (neither root nor sudo): {}",
            missing.join(", ")
        ));
        return Ok(());
    };
    out::line(&format!("installing {}", missing.join(", ")));
    let apt = |words: &[&str]| {
        let mut all: Vec<&str> = prefix.to_vec();
        all.extend(["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]);
        all.extend(words);
        let (program, rest) = all
            .split_first()
            .map_or(("apt-get", &[] as &[&str]), |(p, r)| (*p, r));
        run::run(Command::new(program).args(rest))
    };
    apt(&["update"])?;
    let mut words = vec!["install", "-y", "--no-install-recommends"];
    words.extend(missing);
    apt(&words)
}

/// Whether `PostgreSQL`'s server programs are installed (Debian keeps them off the PATH).
pub(crate) fn has_postgres() -> bool {
    let debian = Path::new("/usr/lib/postgresql");
    has("initdb")
        || std::fs::read_dir(debian).is_ok_and(|versions| {
            versions
                .flatten()
                .any(|version| version.path().join("bin/initdb").is_file())
        })
}

/// The words before `apt-get`: none as root, `sudo` where it asks nothing.
fn privilege() -> Option<&'static [&'static str]> {
    if !has("apt-get") {
        return None;
    }
    let id = run::output(Command::new("id").arg("-u")).unwrap_or_default();
    if id.trim() == "0" {
        return Some(&[]);
    }
    let free = has("sudo") && run::run(Command::new("sudo").args(["-n", "true"])).is_ok();
    free.then_some(&["sudo", "-n"])
}
