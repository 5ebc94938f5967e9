"""Where documents lie that are no files."""

import pytest

pytest.importorskip("pygls")

from convlint.lsp.documents import Documents


@pytest.fixture
def documents(tmp_path):
    found = Documents("utf-16", str(tmp_path))
    yield found
    found.close()


def test_a_document_without_a_file_lies_in_the_first_folder_beside_all_others(documents, tmp_path):
    (tmp_path / "net.py").write_text("", encoding="utf-8")
    uris = ["untitled:Untitled-1", "untitled:net.py", "vscode-vfs://github/me/nets/net.py", "untitled:Untitled%201"]
    names = ["Untitled-1.py", "net-2.py", "net-3.py", "Untitled 1.py"]
    assert [documents.put(uri, 1, "").path for uri in uris] == [str(tmp_path / name) for name in names]
    assert [documents.uri(str(tmp_path / name)) for name in names] == uris


def test_one_that_will_be_saved_somewhere_lies_there(documents, tmp_path):
    (tmp_path / "nets").mkdir()
    assert documents.put(f"untitled:{tmp_path}/nets/new.py", 1, "").path == str(tmp_path / "nets" / "new.py")
    assert documents.put(f"untitled:{tmp_path}/nowhere/new.py", 1, "").path == str(tmp_path / "new.py")


def test_without_a_folder_they_have_one_of_our_own(tmp_path):
    documents = Documents("utf-16")
    one, two = (documents.put(f"untitled:Untitled-{number}", 1, "").path for number in (1, 2))
    assert (one[-13:], two[-13:]) == ("Untitled-1.py", "Untitled-2.py")
    documents.close()


def test_a_document_that_is_opened_again_has_its_place_again(documents):
    first = documents.put("untitled:net.py", 1, "")
    documents.drop("untitled:net.py")
    assert documents.all == documents.shown == {}
    assert documents.put("untitled:net.py", 1, "").path == first.path


def test_a_document_that_is_saved_where_it_was_thought_to_lie_stays_open(documents, tmp_path):
    saved = (tmp_path / "net.py").as_uri()
    untitled = documents.put("untitled:net.py", 1, "")
    assert documents.put(saved, 1, "x").path == untitled.path
    assert documents.drop("untitled:net.py") is None
    assert documents.at(saved).lines.text == "x"
    assert documents.drop(saved).uri == saved


@pytest.mark.parametrize(
    "place", ["git:{}/net.py?%7B%7D", "vscode-notebook-cell:{}/a.ipynb#C1", "file://{}/site-packages/net.py"]
)
def test_views_lone_cells_and_installed_packages_are_left_alone(documents, tmp_path, place):
    assert documents.put(place.format(tmp_path), 1, "") is None
    assert documents.all == {}


def test_a_notebook_as_plain_text_is_left_alone(documents, tmp_path):
    assert documents.put((tmp_path / "net.ipynb").as_uri(), 1, "{}") is None


def test_a_place_in_a_notebook_that_is_not_open_is_in_its_file(documents, tmp_path):
    path = tmp_path / "net.ipynb"
    assert documents.uri(f"{path}:cell 3") == path.as_uri()
