"""Files that are written whole, and the directories above a place."""

import os
import stat

import pytest

from convlint.filesystem import upwards, why_refused, write_whole


def test_a_file_keeps_its_mode_and_a_link_stays_one(tmp_path):
    file, link = tmp_path / "net.py", tmp_path / "link.py"
    file.write_bytes(b"old")
    file.chmod(0o640)
    link.symlink_to(file)
    write_whole(str(link), b"new", lasting=True)
    assert link.is_symlink()
    assert file.read_bytes() == b"new"
    assert stat.S_IMODE(file.stat().st_mode) == 0o640


def test_a_file_that_cannot_be_put_in_place_leaves_nothing_behind(tmp_path):
    (tmp_path / "taken").mkdir()
    with pytest.raises(OSError):
        write_whole(str(tmp_path / "taken"), b"new")
    assert os.listdir(tmp_path) == ["taken"]


def test_the_directories_above_begin_with_the_place_itself(tmp_path):
    found = list(upwards(str(tmp_path / "a")))
    assert found[:2] == [str(tmp_path / "a"), str(tmp_path)]
    assert os.path.dirname(found[-1]) == found[-1]


def test_a_reason_stands_in_a_sentence():
    assert why_refused(PermissionError(13, "Permission denied")) == "permission denied"
    assert why_refused(OSError("It is gone")) == "it is gone"
