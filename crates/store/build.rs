//! Collects `queries/**/*.sql` and `migrations/*.sql` into two Rust tables, so that adding a
//! statement or a migration is adding one file: no list is edited by hand.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// The texts of one statement: the common file or a pair of engine files.
#[derive(Default)]
struct Texts {
    common: Option<PathBuf>,
    sqlite: Option<PathBuf>,
    postgres: Option<PathBuf>,
}

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=queries");
    println!("cargo:rerun-if-changed=migrations");
    let out = PathBuf::from(env("OUT_DIR")?);
    // Cargo runs this in the folder of the crate.
    fs::write(out.join("queries.rs"), queries(Path::new("queries"))?)?;
    fs::write(
        out.join("migrations.rs"),
        migrations(Path::new("migrations"))?,
    )?;
    Ok(())
}

/// The expression that embeds a file of this crate. It names no folder outside: checkouts that
/// build into one target folder share what is written here.
fn embed(file: &Path) -> String {
    let file = format!("/{}", file.display());
    format!("include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), {file:?}))")
}

#[expect(
    clippy::disallowed_methods,
    reason = "cargo passes paths by environment"
)]
fn env(name: &str) -> Result<String, std::env::VarError> {
    std::env::var(name)
}

fn queries(root: &Path) -> Result<String, Box<dyn Error>> {
    let mut found = BTreeMap::<String, Texts>::new();
    for folder in sorted(root)? {
        if !folder.is_dir() {
            continue;
        }
        for file in sorted(&folder)? {
            enter(&mut found, &folder, file)?;
        }
    }
    let count = found.len();
    let mut names = format!("pub(crate) const NAMES: [&str; {count}] = [\n");
    let mut all = format!(
        "/// Every statement of the product, sorted by name.\npub static ALL: [Statement; {count}] = [\n"
    );
    for (name, texts) in found {
        let (sqlite, postgres) = texts.pair(&name)?;
        let (sqlite, postgres) = (embed(&sqlite), embed(&postgres));
        writeln!(names, "    {name:?},")?;
        writeln!(all, "    Statement::pair({name:?}, {sqlite}, {postgres}),")?;
    }
    Ok(format!("{names}];\n\n{all}];\n"))
}

fn enter(
    found: &mut BTreeMap<String, Texts>,
    folder: &Path,
    file: PathBuf,
) -> Result<(), Box<dyn Error>> {
    let table = utf8(folder.file_name())?;
    let Some(stem) = utf8(file.file_name())?
        .strip_suffix(".sql")
        .map(str::to_owned)
    else {
        return Ok(());
    };
    let (name, engine) = stem.split_once('.').unwrap_or((&stem, ""));
    let texts = found.entry(format!("{table}/{name}")).or_default();
    match engine {
        "" => texts.common = Some(file),
        "sqlite" => texts.sqlite = Some(file),
        "postgres" => texts.postgres = Some(file),
        other => return Err(format!("{table}/{name}: `{other}` is no engine").into()),
    }
    Ok(())
}

impl Texts {
    fn pair(self, name: &str) -> Result<(PathBuf, PathBuf), String> {
        match (self.common, self.sqlite, self.postgres) {
            (Some(common), None, None) => Ok((common.clone(), common)),
            (None, Some(sqlite), Some(postgres)) => Ok((sqlite, postgres)),
            _ => Err(format!("{name}: needs either one file or one per engine")),
        }
    }
}

fn migrations(root: &Path) -> Result<String, Box<dyn Error>> {
    let mut table = String::from("pub(crate) static MIGRATIONS: &[Migration] = &[\n");
    for file in sorted(root)? {
        let name = utf8(file.file_name())?;
        let Some((version, title)) = name.strip_suffix(".sql").and_then(|n| n.split_once('_'))
        else {
            return Err(format!("{name}: not `<yyyymmddhhmmss>_<name>.sql`").into());
        };
        if version.len() != 14 || !version.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(format!("{name}: the version is not yyyymmddhhmmss").into());
        }
        let text = embed(&file);
        writeln!(
            table,
            "    Migration {{ version: {version}, name: {title:?}, text: {text} }},"
        )?;
    }
    table.push_str("];\n");
    Ok(table)
}

fn sorted(folder: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut paths = fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()?;
    paths.sort();
    Ok(paths)
}

fn utf8(name: Option<&std::ffi::OsStr>) -> Result<&str, String> {
    name.and_then(|name| name.to_str())
        .ok_or_else(|| "a file name is not UTF-8".to_owned())
}
