"""Which settings file is read, and what counts for more than what."""

import pytest

from convlint.settings import SettingsError, resolve


@pytest.fixture
def write(tmp_path):
    def run(name, text):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    return run


def timeout(directory, **arguments):
    return resolve(str(directory), **arguments).settings.timeout


def test_the_nearest_file_at_or_above_counts(write, tmp_path):
    write("pyproject.toml", "[tool.convlint]\ntimeout = 1\n")
    write("a/convlint.toml", "timeout = 2\n")
    (tmp_path / "a/b").mkdir()
    assert [timeout(tmp_path / each) for each in (".", "a", "a/b")] == [1, 2, 2]


def test_a_pyproject_without_the_table_is_passed_over(write, tmp_path):
    write("convlint.toml", "timeout = 1\n")
    write("a/pyproject.toml", "[tool.other]\ntimeout = 2\n")
    assert timeout(tmp_path / "a") == 1


def test_a_file_of_its_own_counts_for_more_than_pyproject(write, tmp_path):
    write("pyproject.toml", "[tool.convlint]\ntimeout = 1\n")
    write("convlint.toml", "timeout = 2\n")
    assert timeout(tmp_path) == 2
    write(".convlint.toml", "timeout = 3\n")
    assert timeout(tmp_path) == 3


def test_paths_start_from_the_file(write, tmp_path):
    write("convlint.toml", 'cache-dir = "cache"\n')
    (tmp_path / "a").mkdir()
    found = resolve(str(tmp_path / "a"))
    assert found.settings.cache_dir == str(tmp_path / "cache")
    assert found.settings.root == str(tmp_path)
    assert found.path == str(tmp_path / "convlint.toml")


def test_paths_of_a_file_that_is_named_start_from_where_one_stands(write, tmp_path):
    write("shared/convlint.toml", 'cache-dir = "cache"\n')
    found = resolve(str(tmp_path), config=[str(tmp_path / "shared/convlint.toml")])
    assert (found.settings.root, found.settings.cache_dir) == (str(tmp_path), str(tmp_path / "cache"))
    assert found.path == str(tmp_path / "shared/convlint.toml")


def test_globs_of_the_command_line_start_from_where_it_is_given(write, tmp_path):
    write("convlint.toml", "")
    (tmp_path / "a").mkdir()
    found = resolve(str(tmp_path / "a"), {"exclude": ("b/c.py", "*.txt")})
    assert found.settings.exclude == ("/a/b/c.py", "*.txt")


def test_globs_of_the_command_line_hold_in_nested_settings_too(write, tmp_path):
    write("a/convlint.toml", "")
    found = resolve(str(tmp_path), {"exclude": ("a/b/", "!a/c.py", "d.py")}, targets=[str(tmp_path)])
    (nested,) = found.settings.nested
    assert nested.exclude == ("/b/", "!/c.py", "d.py")


def test_the_settings_of_a_file_are_those_of_the_nearest_directory(write, tmp_path):
    write("pyproject.toml", "[tool.convlint]\ntimeout = 1\n")
    write("a/b/convlint.toml", "timeout = 2\n")
    write("a/b/c/.convlint.toml", "timeout = 3\n")
    write("build/convlint.toml", "selct = []\n")  # excluded: nothing there is looked at
    settings = resolve(str(tmp_path), targets=[str(tmp_path)]).settings
    for path, expected in {"net.py": 1, "a/net.py": 1, "a/b/net.py": 2, "a/b/c/d/net.py": 3, "a/bc/net.py": 1}.items():
        assert settings.at(str(tmp_path / path)).timeout == expected, path


def test_a_target_elsewhere_has_the_settings_there(write, tmp_path):
    write("here/convlint.toml", "timeout = 1\n")
    write("there/convlint.toml", "timeout = 2\n")
    write("there/deep/net.py", "")
    target = str(tmp_path / "there/deep/net.py")
    settings = resolve(str(tmp_path / "here"), targets=[f"{target}:Net"]).settings
    assert (settings.timeout, settings.at(target).timeout) == (1, 2)


def test_mistakes_of_several_files_are_told_at_once(write, tmp_path):
    for name in "ab":
        write(f"{name}/convlint.toml", f"selct_{name} = []\n")
    with pytest.raises(SettingsError) as caught:
        resolve(str(tmp_path), targets=[str(tmp_path)])
    assert [each.message.split("`")[1] for each in caught.value.problems] == ["selct_a", "selct_b"]


def test_without_a_file_the_root_is_where_one_stands(tmp_path):
    found = resolve(str(tmp_path), isolated=True)
    assert (found.settings.root, found.path) == (str(tmp_path), None)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xff", "this file is no TOML: it is not UTF-8"),
        (b"select = [\n", "this is no TOML"),
        (b"a = 1\na = 2\n", ":2:"),
        (b"a = " + b"[" * 9999 + b"]" * 9999, "nested too deeply"),
        ("\ufeffselct = 1".encode(), ":1:1: there is no key `selct`"),
    ],
    ids=["bytes", "end", "twice", "deep", "mark"],
)
def test_a_file_that_cannot_be_read(tmp_path, content, message):
    (tmp_path / "convlint.toml").write_bytes(content)
    with pytest.raises(SettingsError, match=message):
        resolve(str(tmp_path))


def test_the_table_of_pyproject_may_be_no_table(write, tmp_path):
    write("pyproject.toml", "[tool]\nconvlint = 3\n")
    with pytest.raises(SettingsError, match="the settings are a table"):
        resolve(str(tmp_path))
