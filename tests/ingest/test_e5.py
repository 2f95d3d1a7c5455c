"""The file of the built-in encoder, made small."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
import torch

from ingest import e5

SIZE, INNER, PIECES = 64, 96, ["<s>", "<pad>", "</s>", "<unk>", "▁", "a", "b", "ab", "▁ab", "好"]
SHAPES = {
    "emb.word": (len(PIECES), SIZE),
    "emb.pos": (16, SIZE),
    "emb.type": (2, SIZE),
    "emb.ln.w": (SIZE,),
    "emb.ln.b": (SIZE,),
    **{f"l0.{part}.w": (SIZE, SIZE) for part in ("q", "k", "v", "ao")},
    **{f"l0.{part}.b": (SIZE,) for part in ("q", "k", "v", "ao", "fo")},
    **{f"l0.{part}.{kind}": (SIZE,) for part in ("aln", "oln") for kind in "wb"},
    "l0.fi.w": (INNER, SIZE),
    "l0.fi.b": (INNER,),
    "l0.fo.w": (SIZE, INNER),
}


@pytest.fixture
def written(tmp_path: Path) -> tuple[Path, dict[str, np.ndarray]]:
    """A file with one layer, and the tensors that it holds, by their names in it."""
    chance = np.random.default_rng(0)
    holds: dict[str, np.ndarray] = {}
    contents: list[tuple[str, int, bytes]] = []
    for name, shape in SHAPES.items():
        numbers = chance.normal(size=shape).astype("<f4")
        in_blocks = len(shape) == 2 and name not in ("emb.pos", "emb.type")
        data = e5.packed(numbers) if in_blocks else numbers
        holds[name] = e5.unpacked(torch.from_numpy(data)).numpy() if in_blocks else numbers
        contents.append((name, numbers.size, data.tobytes()))
    spelt = [piece.encode() for piece in PIECES]
    ends = np.cumsum([0, *map(len, spelt)]).astype("<u4")
    scores = np.array([0, 0, 0, 0, -2, -3, -3, -2, -1, -2], "<f4")
    head = b"E5S1" + struct.pack("<I", 1) + struct.pack("<7ifi", SIZE, 1, 2, INNER, len(PIECES), 16, 2, 1e-12, 32)
    head += struct.pack("<5iQ", len(PIECES), 0, 2, 1, 3, int(ends[-1]))
    head += ends.tobytes() + scores.tobytes() + b"".join(spelt)
    head += struct.pack("<iI", 1, 3) + b"map" + struct.pack("<i", len(contents))
    at = len(head) + sum(2 + len(name) + 21 for name, _, _ in contents)
    at += -at % 4
    entries, bodies = b"", b""
    for name, count, data in contents:
        entries += struct.pack("<H", len(name)) + name.encode()
        entries += struct.pack("<BIQQ", 0, count, at + len(bodies), len(data))
        bodies += data + bytes(-len(data) % 4)
    path = tmp_path / "model.bin"
    path.write_bytes((head + entries).ljust(at, b"\0") + bodies)
    return path, holds


def test_weights_come_out_as_they_were_packed(written: tuple[Path, dict[str, np.ndarray]]) -> None:
    path, holds = written
    body = e5.body(e5.read(path))
    state = body.state_dict()
    attention = np.concatenate([holds[f"l0.{part}.w"] for part in ("q", "k", "v")])
    np.testing.assert_allclose(state["layers.0.attention_in.weight"], attention, rtol=1e-6)
    np.testing.assert_allclose(state["layers.0.outer.weight"], holds["l0.fo.w"], rtol=1e-6)
    np.testing.assert_allclose(state["layers.0.norm.bias"], holds["l0.oln.b"])
    words = body.words(torch.tensor([[3, 9]]))
    np.testing.assert_allclose(words[0], holds["emb.word"][[3, 9]], rtol=1e-6)


def test_numbers_come_back_from_blocks_within_half_a_step() -> None:
    numbers = np.random.default_rng(1).normal(size=(3, 64)).astype(np.float32)
    data = e5.packed(numbers)
    assert (data.dtype, data.shape) == (np.uint8, (3, 36))
    back = e5.unpacked(torch.from_numpy(data)).numpy()
    steps = np.abs(numbers).reshape(3, 2, 32).max(axis=2, keepdims=True) / 7
    assert (np.abs(back - numbers).reshape(3, 2, 32) <= steps * 0.501).all()
    assert not e5.unpacked(torch.from_numpy(e5.packed(np.zeros((2, 32), dtype=np.float32)))).any()


def test_a_model_changes_without_the_others_of_the_same_file(written: tuple[Path, dict[str, np.ndarray]]) -> None:
    first, second = (e5.body(e5.read(written[0])) for _ in range(2))
    before = {name: value.clone() for name, value in second.state_dict().items()}
    with torch.no_grad():
        for parameter in first.parameters():
            parameter += 1
    assert all(torch.equal(value, before[name]) for name, value in second.state_dict().items())


def test_vectors_are_means_of_length_one_whatever_stands_beside_a_text(
    written: tuple[Path, dict[str, np.ndarray]],
) -> None:
    model = e5.TextEncoder(written[0], "cpu")
    alone, beside = model.encode(["ab"]), model.encode(["ab", "好" * 100])
    np.testing.assert_allclose(alone[0], beside[0], atol=1e-5)
    np.testing.assert_allclose(beside, model.encode(["ab", "好" * 100], batch_size=1), atol=1e-5)
    assert np.linalg.norm(beside, axis=1) == pytest.approx([1, 1], abs=1e-5)
    np.testing.assert_allclose(beside[1], model.encode(["好" * 14])[0], atol=1e-2)  # 16 places, of which two are taken


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("ab", ["▁ab"]),
        ("ａｂ", ["▁ab"]),  # full width
        ("a\x02b", ["▁ab"]),
        (" ab\n\tab\u200b好\n", ["▁ab", "▁ab", "▁", "好"]),
        ("</s>ab", ["▁", "<unk>", "ab"]),
        ("", []),
    ],
)
def test_texts_become_the_models_pieces(
    written: tuple[Path, dict[str, np.ndarray]], text: str, pieces: list[str]
) -> None:
    found = e5.read(written[0]).tokenizer.encode(text).ids
    assert [PIECES[id_] for id_ in found] == pieces
