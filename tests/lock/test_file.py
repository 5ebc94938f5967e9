"""The lock file gives back what was recorded, reads well, and says what is wrong with it."""

import os
from pathlib import Path

import pytest

from convlint.lock import Lock, LockError, find_lock, read_lock
from convlint.report import ContractRecord

ONE = ContractRecord(("x: N 3 H W",), "H % 16 = 0 and W % 16 = 0", ("N×2×H×W",), '{"declared":[]}')
ODD = ContractRecord(('quo"te\\: N', "a\tb"), "any size\x7f", (), "{}")


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "convlint.lock"
    lock = Lock(str(path), {"models/unet.py:UNet": ONE, 'b "c".py:Net(x="a")': ODD})
    path.write_text(lock.text(), encoding="utf-8")
    assert read_lock(str(path)) == lock


def test_a_model_is_a_table_and_tables_are_in_order() -> None:
    text = Lock("convlint.lock", {"b.py:B": ONE, "c.py:C": ONE, "a.py:A": ONE}).text()
    assert text.split("\n\n")[1:] == [
        f'[models."{key}"]\ninput = ["x: N 3 H W"]\naccepts = "H % 16 = 0 and W % 16 = 0"\noutput = ["N×2×H×W"]\n'
        f"exact = '{{\"declared\":[]}}'{end}"
        for key, end in (("a.py:A", ""), ("b.py:B", ""), ("c.py:C", "\n"))
    ]


def test_models_are_known_by_their_path_from_the_lock(tmp_path: Path) -> None:
    lock = Lock(str(tmp_path / "convlint.lock"))
    assert lock.key(str(tmp_path / "models" / "unet.py"), "UNet") == "models/unet.py:UNet"
    assert lock.key(os.path.join(os.path.dirname(tmp_path), "net.py"), "Net") == "../net.py:Net"


@pytest.mark.parametrize("file", ["net.py", "net.ipynb", "train", "models/c: d.py"])
@pytest.mark.parametrize("name", ["Net", "Net(width={'a': 1})"])
def test_the_file_of_a_model_is_found_again(tmp_path: Path, file: str, name: str) -> None:
    path = tmp_path / file
    path.parent.mkdir(exist_ok=True)
    path.touch()
    lock = Lock(str(tmp_path / "convlint.lock"))
    assert lock.path_of(lock.key(str(path), name)) == str(path)


def test_a_notebook_is_one_file_whatever_cell_a_model_is_in(tmp_path: Path) -> None:
    lock = Lock(str(tmp_path / "convlint.lock"))
    assert lock.key(f"{tmp_path}/net.ipynb:cell 7", "Net") == lock.key(f"{tmp_path}/net.ipynb", "Net")


def test_the_nearest_lock_counts(tmp_path: Path) -> None:
    inside = tmp_path / "one" / "two"
    inside.mkdir(parents=True)
    (tmp_path / "convlint.lock").touch()
    assert find_lock(str(inside)) == str(tmp_path / "convlint.lock")
    (tmp_path / "one" / "convlint.lock").touch()
    assert find_lock(str(inside)) == str(tmp_path / "one" / "convlint.lock")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<<<<<<< HEAD\n", "cannot be read"),
        ("version = 7\n", "version 7"),
        ('version = 1\nmodels = "x"\n', "no table `models`"),
        ('version = 1\n[models."a.py:A"]\ninput = []\n', "has a model without 'output'"),
        ("version = 1\nmodels = { a = 3 }\n", "has a model without"),
    ],
)
def test_what_is_no_lock_says_so(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "convlint.lock"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(LockError, match=message) as caught:
        read_lock(str(path))
    assert "convlint contract --write" in caught.value.help
