"""Where a keystore is looked for, in which order, and who may read it."""

import json
import os
from collections.abc import Mapping
from pathlib import Path

import pytest
import structlog

from bot.errors import SetupError
from bot.mixin.keystore import load_keystore
from bot.mixin.keystore_lookup import find_keystore, read_keystore_file
from tests.bot.mixin.vectors import cases

TEXT = json.dumps(cases("keystores")[0]["keystore"])


def place(path: Path, text: str = TEXT, mode: int = 0o600) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)
    return path


def source(cwd: Path, env: Mapping[str, str] | None = None, named: str = "") -> str:
    return find_keystore(env or {}, cwd, cwd / "home", named=named).source


def test_order_of_the_places(tmp_path: Path) -> None:
    """What is named wins over variables, these over files, and files go by the documented order."""
    named = place(tmp_path / "mine.json")
    path = place(tmp_path / "elsewhere" / "path.json")
    plain = place(tmp_path / "keystore.json")
    numbered = place(tmp_path / "keystore-7000101276.json")
    place(tmp_path / "config" / "keystore-x.json")
    variables = {"MIXIN_APP_ID": "a", "MIXIN_SESSION_PRIVATE_KEY": "b"}
    path_too = variables | {"MIXIN_KEYSTORE_FILE": str(path)}
    everything = path_too | {"MIXIN_KEYSTORE": TEXT}

    assert source(tmp_path, everything, named=named.name) == "mine.json"
    assert source(tmp_path, everything) == "$MIXIN_KEYSTORE"
    assert source(tmp_path, path_too) == "path.json"
    assert source(tmp_path, variables) == "$MIXIN_APP_ID and the like"
    assert source(tmp_path) == "keystore.json"
    plain.unlink()
    assert source(tmp_path) == "keystore-7000101276.json"
    numbered.unlink()
    assert source(tmp_path) == "keystore-x.json"


def test_keystore_of_mixin_cli_by_name(tmp_path: Path) -> None:
    """`--keystore NAME` also finds the one that mixin-cli keeps under that name."""
    place(tmp_path / "home" / ".mixin-cli" / "work.json")
    assert source(tmp_path, named="work") == "work.json"


def test_separate_variables_make_a_keystore(tmp_path: Path) -> None:
    """Variables under their old names load like a file."""
    env = {
        "MIXIN_CLIENT_ID": "c18470ca-37ca-4b4c-a9ab-53f5812fae72",
        "MIXIN_SESSION_ID": "d3a126af-0cdf-41ca-9fde-f9e864a2596d",
        "MIXIN_PIN_TOKEN": "ePCVcN6IcC9-MKFyhYjGoy0iDA8a425_9WMIo5sA7ww",
        "MIXIN_PRIVATE_KEY": cases("keystores")[4]["keystore"]["private_key"],
    }
    found = find_keystore(env, tmp_path, tmp_path)
    assert load_keystore(found.text, source=found.source).app_id == env["MIXIN_CLIENT_ID"]


@pytest.mark.parametrize(
    ("env", "named"), [({}, ""), ({"MIXIN_KEYSTORE_PATH": "gone.json"}, ""), ({}, "gone"), ({"MIXIN_APP_ID": "x"}, "")]
)
def test_none_found(tmp_path: Path, env: dict[str, str], named: str) -> None:
    """Without a keystore the text says where it was looked for, and how to get one or do without."""
    with pytest.raises(SetupError, match=r"MB101: No keystore found. Looked at: .*make demo") as caught:
        find_keystore(env, tmp_path, tmp_path, named=named)
    assert caught.value.exit_code == 2


def test_several_found(tmp_path: Path) -> None:
    """Of two keystores none is taken by chance; the text shows how to choose."""
    place(tmp_path / "keystore-7000101276.json")
    place(tmp_path / "keystore-7000105555.json")
    with pytest.raises(SetupError, match=r"MB103: Found 2 .*7000101276, 7000105555.*--keystore keystore-70"):
        find_keystore({}, tmp_path, tmp_path)


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o664])
def test_T27_world_readable_keystore_is_refused(tmp_path: Path, mode: int) -> None:
    """A keystore that everybody can read stops the start, with the command that mends it."""
    path = place(tmp_path / "keystore.json", mode=mode)
    with pytest.raises(SetupError, match=r"MB113: .*chmod 600") as caught:
        find_keystore({}, tmp_path, tmp_path)
    assert caught.value.exit_code == 2
    path.chmod(0o600)
    assert find_keystore({}, tmp_path, tmp_path).text == TEXT


def test_T27_group_readable_keystore_is_warned_of(tmp_path: Path) -> None:
    """A keystore that the group can read works, and is warned of."""
    place(tmp_path / "keystore.json", mode=0o640)
    with structlog.testing.capture_logs() as logs:
        found = find_keystore({}, tmp_path, tmp_path)
    assert found.text == TEXT
    assert [line["event"] for line in logs] == ["keystore.group_readable"]


def test_T27_a_keystore_that_is_only_ours_by_the_group_is_fine(tmp_path: Path) -> None:
    """As Kubernetes mounts it: it belongs to root, and one group, which is ours, may read it."""
    if os.geteuid() != 0:
        pytest.skip("only root can give a file away")
    os.chown(place(tmp_path / "keystore.json", mode=0o440), 10001, os.getegid())
    with structlog.testing.capture_logs() as logs:
        assert find_keystore({}, tmp_path, tmp_path).text == TEXT
    assert logs == []


def test_what_is_no_keystore_file(tmp_path: Path) -> None:
    """A file that is huge or no text is refused, and one that vanished is an error with a text."""
    with pytest.raises(SetupError, match=r"MB102: .* 70000 bytes"):
        read_keystore_file(place(tmp_path / "big.json", "x" * 70_000))
    binary = place(tmp_path / "binary.json")
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SetupError, match=r"MB102: .* is not text"):
        read_keystore_file(binary)
    with pytest.raises(SetupError, match="MB101: Cannot read"):
        read_keystore_file(tmp_path / "gone.json")


def test_T22_what_was_found_does_not_show_its_text(tmp_path: Path) -> None:
    """The text of a keystore is not in the repr of what was found."""
    place(tmp_path / "keystore.json")
    assert "session_private_key" not in repr(find_keystore({}, tmp_path, tmp_path))
