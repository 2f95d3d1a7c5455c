"""Download over loopback from a small server that speaks the hub's protocol."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest import hub
from ingest.checkpoint import read_checkpoint
from ingest.errors import ModelUnavailable
from ingest.hub import DownloadProgress, find_here, find_model, plan_download
from tests.fake_hub import FakeHub


def test_named_model_is_downloaded_with_its_progress(fake_hub: FakeHub, tmp_path: Path) -> None:
    seen: list[DownloadProgress] = []
    folder = find_model("org/tiny", on_progress=seen.append, cache=tmp_path, endpoint=fake_hub.endpoint)
    assert read_checkpoint(folder).context_tokens == 8192
    total = sum(len(fake_hub.files[name]) for name in fake_hub.fetched)
    assert (seen[0].done_bytes, seen[-1].done_bytes) == (0, total)
    assert {(p.name, p.destination, p.total_bytes) for p in seen} == {("org/tiny", tmp_path, total)}
    assert seen[0].free_bytes > total


def test_neither_pickles_nor_code_are_fetched(fake_hub: FakeHub, tmp_path: Path) -> None:
    find_model("org/tiny", cache=tmp_path, endpoint=fake_hub.endpoint)
    assert "model.safetensors" in fake_hub.fetched
    assert not {"pytorch_model.bin", "modeling_own.py", "README.md"}.intersection(fake_hub.fetched)


def test_downloaded_model_is_used_without_asking_the_hub(fake_hub: FakeHub, tmp_path: Path) -> None:
    first = find_model("org/tiny", cache=tmp_path, endpoint=fake_hub.endpoint)
    fake_hub.fetched.clear()
    fake_hub.files.clear()
    assert find_model("org/tiny", cache=tmp_path, endpoint=fake_hub.endpoint) == first
    assert fake_hub.fetched == []


def test_interrupted_download_is_taken_up(fake_hub: FakeHub, tmp_path: Path) -> None:
    folder = find_model("org/tiny", cache=tmp_path, endpoint=fake_hub.endpoint)
    (folder / "model.safetensors").unlink()
    assert read_checkpoint(find_model("org/tiny", cache=tmp_path, endpoint=fake_hub.endpoint)).parameters > 0


def test_unknown_model_is_said(fake_hub: FakeHub, tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="There is no model org/none: no folder of that name here"):
        find_model("org/none", cache=tmp_path, endpoint=fake_hub.endpoint)


def test_gated_model_is_said_with_what_to_do(fake_hub: FakeHub, tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match=r"org/gated is gated.*set HF_TOKEN"):
        find_model("org/gated", cache=tmp_path, endpoint=fake_hub.endpoint)


def test_failing_hub_is_said_with_its_status(fake_hub: FakeHub, tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="The hub answered 500 when asked for org/broken"):
        find_model("org/broken", cache=tmp_path, endpoint=fake_hub.endpoint)


def test_unreachable_hub_is_said(fake_hub: FakeHub, tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match=r"could not be downloaded: .* Connect to the network"):
        find_model("org/tiny", cache=tmp_path, endpoint="http://127.0.0.1:9")


def test_model_without_safetensors_is_not_downloaded(fake_hub: FakeHub, tmp_path: Path) -> None:
    del fake_hub.files["model.safetensors"]
    with pytest.raises(ModelUnavailable, match="no weights in safetensors format, and pickled ones are not loaded"):
        find_model("org/tiny", cache=tmp_path, endpoint=fake_hub.endpoint)
    assert fake_hub.fetched == []


def test_repository_without_a_config_is_not_downloaded(fake_hub: FakeHub, tmp_path: Path) -> None:
    del fake_hub.files["config.json"]
    with pytest.raises(ModelUnavailable, match=r"holds no config\.json: it is not a transformers model"):
        find_model("org/tiny", cache=tmp_path, endpoint=fake_hub.endpoint)


def test_full_disk_is_said_before_anything_is_fetched(
    fake_hub: FakeHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "_free_bytes", lambda folder: 300_000_000)
    with pytest.raises(ModelUnavailable, match=r"takes 0\.00 GB and .* has 0\.30 GB free.*set HF_HOME"):
        find_model("org/tiny", cache=tmp_path, endpoint=fake_hub.endpoint)
    assert fake_hub.fetched == []


def test_plan_tells_size_and_place_and_fetches_nothing(fake_hub: FakeHub, tmp_path: Path) -> None:
    plan = plan_download("org/tiny", cache=tmp_path, endpoint=fake_hub.endpoint)
    assert fake_hub.fetched == []
    assert find_here("org/tiny", cache=tmp_path) is None
    folder = find_model("org/tiny", cache=tmp_path, endpoint=fake_hub.endpoint)
    assert plan.total_bytes == sum(len(fake_hub.files[name]) for name in fake_hub.fetched)
    assert (plan.destination, plan.done_bytes) == (tmp_path, 0)
    assert find_here("org/tiny", cache=tmp_path) == folder
