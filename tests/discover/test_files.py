from convlint.discover import discover
from convlint.discover.files import mentions_models, python_files


def test_directories_are_walked_in_order_without_other_peoples_code(tmp_path):
    for name in ("b.py", "a/z.py", "a/a.py", ".hidden/x.py", "venv/x.py", "node_modules/x.py", "build/x.py", "c.txt"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("")
    own = tmp_path / "myenv"
    own.mkdir()
    (own / "pyvenv.cfg").write_text("")
    (own / "x.py").write_text("")
    found = [path.removeprefix(str(tmp_path) + "/") for path in python_files([str(tmp_path)])]
    assert found == ["b.py", "a/a.py", "a/z.py"]


def test_a_named_file_is_taken_as_it_is_and_only_once(tmp_path):
    script = tmp_path / "script"
    script.write_text("")
    assert list(python_files([str(script), str(script)])) == [str(script)]


def test_files_that_cannot_hold_models_are_not_parsed():
    assert mentions_models(b"import torch")
    assert not mentions_models(b"class Net: pass")


def test_a_file_that_is_no_python_is_reported_and_harms_no_other(project):
    found = project(
        {
            "a.py": "import torch\nclass Net(nn.Module:\n    pass\n",
            "b.py": "from torch import nn\nclass Net(nn.Module):\n    def forward(self, x): return x\n",
        }
    )
    (problem,) = found.unreadable
    assert (problem.span.path, problem.span.line) == ("a.py", 2)
    assert problem.message.startswith("syntax error: ")
    assert [model.path for model in found.models] == ["b.py"]


def test_discovery_imports_no_torch_and_runs_nothing(project, capsys):
    project({"a.py": "import torch\nprint('ran')\n"})
    assert not capsys.readouterr().out


def test_a_path_that_does_not_exist_holds_nothing():
    assert discover(["absent.py"]).models == ()
