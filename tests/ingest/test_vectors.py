from pathlib import Path

import numpy as np
import pytest

from ingest.errors import IndexDamaged
from ingest.vectors import VectorIndex

VECTORS = np.eye(4, dtype=np.float32)


def test_nearest_comes_first_with_its_cosine(tmp_path: Path) -> None:
    index = VectorIndex(tmp_path / "vectors")
    index.add([10, 11, 12, 13], VECTORS * 5)
    query = np.array([1, 0.5, 0, 0], dtype=np.float32)
    found = index.nearest(query, count=2)
    assert [id_ for id_, _ in found] == [10, 11]
    assert [similarity for _, similarity in found] == pytest.approx([0.894, 0.447], abs=1e-3)
    index.close()


def test_scope_limits_what_is_found(tmp_path: Path) -> None:
    index = VectorIndex(tmp_path / "vectors")
    index.add([10, 11, 12, 13], VECTORS)
    assert {id_ for id_, _ in index.nearest(VECTORS[0], count=10, among=[12, 13])} == {12, 13}
    assert index.nearest(VECTORS[0], count=10, among=[]) == []
    index.close()


def test_removed_vector_is_gone_after_reopening(tmp_path: Path) -> None:
    index = VectorIndex(tmp_path / "vectors")
    index.add([10, 11], VECTORS[:2])
    index.remove([10, 99])
    index.close()
    index = VectorIndex(tmp_path / "vectors")
    assert index.ids() == {11}
    assert index.get([10, 11]).keys() == {11}
    index.close()


def test_unreadable_folder_is_reported_with_the_next_step(tmp_path: Path) -> None:
    (tmp_path / "vectors").mkdir()
    (tmp_path / "vectors" / "chroma.sqlite3").write_bytes(b"this is not a database" * 100)
    with pytest.raises(IndexDamaged, match="docent verify --repair"):
        VectorIndex(tmp_path / "vectors")
