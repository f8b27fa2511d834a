use super::*;

fn check_toml(text: &str, expected: &str) {
    let error = Document::from_toml(text).unwrap_err();
    assert_eq!(error.to_string(), expected);
}

#[test]
fn empty_document_is_one_agent_without_network() {
    let document = Document::from_toml("").unwrap();
    assert_eq!(document.provisioner, ProvisionerKind::Local);
    assert_eq!(document.network.mode, NetworkMode::None);
    assert_eq!(document.resources.memory, ByteSize::gib(4));
    assert_eq!(document.agents()[0].name, "main");
    assert_eq!(document.agents()[0].connection_timeout, 120);
}

#[test]
fn document_survives_its_json_form() {
    let text = r#"
        provisioner = "local"
        [[parameter]]
        name = "size"
        type = "number"
        default_value = "3"
        validation_min = 1
        [[preset]]
        name = "large"
        default = true
        parameters = { size = "9" }
        [[agent]]
        name = "dev"
        env = { OWNER = "${workspace.owner}", SIZE = "${parameter.size}" }
        [resources]
        memory = "512 MiB"
        [network]
        mode = "host"
        [sandbox]
        require = "strict"
    "#;
    let document = Document::from_toml(text).unwrap();
    let json = serde_json::to_string(&document).unwrap();
    assert_eq!(Document::from_json(&json).unwrap(), document);
}

#[test]
fn unknown_key_names_file_line_and_key() {
    let error = Document::from_toml("[resources]\ncpus = 3\n").unwrap_err();
    assert_eq!((error.line, error.key.as_str()), (Some(2), "cpus"));
    assert!(
        error
            .to_string()
            .starts_with("template.toml line 2, key `cpus`: unknown field")
    );
    let error = Document::from_json("{\n \"network\": {\"mod\": \"none\"}}").unwrap_err();
    assert_eq!((error.line, error.key.as_str()), (Some(2), "mod"));
}

#[test]
fn wrong_value_names_its_key() {
    let error = Document::from_toml("[network]\nmode = \"proxy\"\n").unwrap_err();
    assert_eq!((error.line, error.key.as_str()), (Some(2), "mode"));
    let error = Document::from_json("{\"network\": {\"mode\": \"proxy\"}}").unwrap_err();
    assert_eq!((error.line, error.key.as_str()), (Some(1), "mode"));
}

#[test]
fn rules_between_values_are_checked() {
    check_toml(
        "[[parameter]]\nname = \"n\"\ntype = \"number\"\ndefault_value = \"x\"\n",
        "template.toml, key `parameter.n`: default_value must be a whole number",
    );
    check_toml(
        "[[preset]]\nname = \"p\"\nparameters = { a = \"1\" }\n",
        "template.toml, key `preset.p`: there is no parameter `a`",
    );
    check_toml(
        "[[agent]]\nname = \"a\"\ndir = \"${parameter.nope}\"\n",
        "template.toml, key `agent.a`: `${parameter.nope}` names nothing",
    );
    check_toml(
        "[sandbox]\nro_paths = [\"data\"]\n",
        "template.toml, key `sandbox.ro_paths`: `data` is not absolute",
    );
    check_toml(
        "[[agent]]\nname = \"a\"\n[[agent]]\nname = \"a\"\n",
        "template.toml, key `agent.name`: `a` occurs twice",
    );
}

#[test]
fn references_are_replaced_and_shell_variables_left_alone() {
    let scope = Scope {
        parameters: [("size".to_owned(), "9".to_owned())].into(),
        workspace_name: "blue".to_owned(),
        ..Scope::default()
    };
    let text = "${workspace.name} ${parameter.size} ${HOME} ${open";
    assert_eq!(scope.expand(text), "blue 9 ${HOME} ${open");
}

#[test]
fn sizes_read_as_people_write_them() {
    for (text, bytes) in [("1 GiB", 1 << 30), ("512MiB", 512 << 20), ("7 B", 7)] {
        assert_eq!(text.parse(), Ok(ByteSize(bytes)), "{text}");
    }
    for text in ["", "GiB", "-1 B", "1 GB", "99999999999 GiB"] {
        assert!(text.parse::<ByteSize>().is_err(), "{text}");
    }
    assert_eq!(ByteSize(1536 << 20).to_string(), "1536 MiB");
    assert_eq!(ByteSize(0).to_string(), "0 B");
}

#[test]
fn sandbox_levels_are_ordered_weakest_first() {
    assert!(SandboxRequirement::Any < SandboxRequirement::Landlock);
    assert!(SandboxRequirement::Landlock < SandboxRequirement::Strict);
    let document = Document::from_toml("[sandbox]\nrequire = \"best_effort\"").unwrap();
    assert_eq!(document.sandbox.require, Some(SandboxRequirement::Any));
}
