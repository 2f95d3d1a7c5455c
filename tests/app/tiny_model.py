"""Train a chat model small enough for a test: it answers every question with one cited sentence, in its language."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

ENGLISH_ANSWER = "Returns are accepted within 30 days of delivery [1]."
CHINESE_ANSWER = "商品可在签收后三十天内退货 [1]。"
END, USER, ASSISTANT, SYSTEM = "<|end|>", "<|user|>", "<|assistant|>", "<|system|>"

CHAT_TEMPLATE = (
    "{% for message in messages %}{{ '<|' + message['role'] + '|>' + message['content'] + '<|end|>' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
)
_ENGLISH = (
    "when may i return an order how long the shop delivery days warranty price is what who [1] source . ? Question:"
)
_CHINESE = "商品可以退货吗多少天签收运费是谁保修价格门店问题：？。，资料"
_LENGTH = 96  # tokens of a training example
_WINDOW = 32  # tokens each layer looks back: what was learnt on short prompts holds for prompts of any length


def train_tiny_model(folder: Path, *, steps: int = 70) -> Path:
    """Train on the CPU for a few seconds and save model, tokenizer and chat template to `folder`."""
    import torch
    from transformers import MistralConfig, MistralForCausalLM

    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # the matrices are too small to share, and several threads wait for each other
    with torch.random.fork_rng():
        torch.manual_seed(0)
        tokenizer = _tokenizer()
        model = MistralForCausalLM(
            MistralConfig(
                vocab_size=len(tokenizer),
                hidden_size=48,
                intermediate_size=96,
                num_hidden_layers=2,
                num_attention_heads=2,
                num_key_value_heads=1,
                head_dim=24,
                sliding_window=_WINDOW,
                max_position_embeddings=8192,
                bos_token_id=None,
                eos_token_id=tokenizer.eos_token_id,
                pad_token_id=tokenizer.eos_token_id,
                tie_word_embeddings=True,
            )
        )
        optimizer = torch.optim.AdamW(model.parameters(), lr=8e-3)
        examples = random.Random(0)
        for step in range(steps):
            optimizer.param_groups[0]["lr"] = 8e-3 * (1 - step / steps) + 2e-4
            ids, labels = _batch(tokenizer, examples)
            model(input_ids=ids, labels=labels).loss.backward()
            optimizer.step()
            optimizer.zero_grad()
    torch.set_num_threads(threads)
    model.eval()
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def _tokenizer() -> Any:
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(Regex("[一-鿿]"), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=700,
        special_tokens=[END, USER, ASSISTANT, SYSTEM],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    texts = [ENGLISH_ANSWER, CHINESE_ANSWER, *_ENGLISH.split(), *_CHINESE] * 4
    tokenizer.train_from_iterator(texts, trainer)
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        eos_token=END,
        pad_token=END,
        additional_special_tokens=[USER, ASSISTANT, SYSTEM],
        model_max_length=8192,
    )
    fast.chat_template = CHAT_TEMPLATE
    return fast


def _batch(tokenizer: Any, examples: random.Random) -> tuple[Any, Any]:
    import torch

    rows = [_example(tokenizer, examples, chinese=bool(n % 2)) for n in range(8)]
    return torch.tensor([ids for ids, _ in rows]), torch.tensor([labels for _, labels in rows])


def _example(tokenizer: Any, examples: random.Random, *, chinese: bool) -> tuple[list[int], list[int]]:
    """Token ids, and the labels of the answer alone (-100 elsewhere)."""
    languages = ([f"{word} " for word in _ENGLISH.split()], list(_CHINESE))
    sources = "".join(examples.choices(examples.choice(languages), k=20))  # in whichever language
    question = sources + "".join(examples.choices(languages[chinese], k=12 if chinese else 6))
    answer = tokenizer.encode((CHINESE_ANSWER if chinese else ENGLISH_ANSWER) + END)
    room = _LENGTH - len(answer)
    prompt = tokenizer.encode(f"{USER}{question}{END}{ASSISTANT}")[-room:]
    padding = [tokenizer.eos_token_id] * (room - len(prompt))
    return [*padding, *prompt, *answer], [-100] * room + answer
