"""Greetings, thanks, and questions about Docent itself: what no document answers. Knows how they are worded; pure.

A message counts only when nothing else is in it and no document can be meant: "Hello, how long is a gift card valid?"
is a question, and so is "How does it work?".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum

from app.language import detect_language
from app.types import Answer, Language, Sentence


class Courtesy(StrEnum):
    """What is said to somebody, and asks nothing of the documents."""

    GREETING = "greeting"
    THANKS = "thanks"
    FAREWELL = "farewell"
    ABOUT = "about"


_NAME = r"(?: (?:there|docent|everyone|everybody|all|again))?"
_SAID: dict[Courtesy, str] = {
    Courtesy.GREETING: rf"(?:hi|hello|hey|hiya|greetings|good (?:morning|afternoon|evening|day)){_NAME}"
    r"|how are you(?: doing)?(?: today)?|nice to meet you|are you there"
    r"|(?:你|您|你们|大家|早上|中午|下午|晚上)好[啊呀吗]?|早安?|嗨|哈[喽啰罗]|在[吗么]|在不在|很高兴认识[你您]",
    Courtesy.THANKS: r"(?:ok(?:ay)? )?(?:thanks?|thank you|thx|cheers)(?: you)?(?: so much| very much| a lot| again)?"
    r"(?: for (?:your|the) help)?|(?:that|this)(?: was|['’]s| is)? (?:helped|helpful|great|perfect|all)"
    r"|(?:very )?(?:great|perfect|nice|cool|good|excellent)(?: job| answer)?|ok(?:ay)?|got it|i see|understood"
    r"|(?:多谢|谢谢|感谢)[你您啦了]?(?:们)?(?:的?(?:帮助|回答|解答))?|非常感谢|辛苦[你您]?了|好的?|太好了|很好|不错|真棒"
    r"|明白了?|知道了|懂了|收到|了解了?|嗯+|没(?:别的)?问题了|没事了",
    Courtesy.FAREWELL: r"(?:good)?bye(?: bye)?|good night|see you(?: later| soon| tomorrow)?|have a (?:nice|good) day"
    r"|再见|拜拜|回头见|明天见|晚安",
    Courtesy.ABOUT: r"(?:so )?(?:who|what) are you|what(?: is|['’]s) your name|what can (?:you do|i ask(?: you)?)"
    r"|how do you work|how (?:do|can|should) i use (?:you|docent)|help(?: me)?"
    r"|[你您]是(?:谁|什么|机器人[吗么]?)|[你您]叫什么(?:名字)?|[你您](?:能|会|可以)(?:做|干|回答)(?:些|点)?(?:什么|啥)"
    r"|[你您]有(?:什么|哪些)功能|(?:我)?(?:该|要|应该)?怎么(?:使)?用[你您]|使用帮助|帮助",
}
_PATTERNS = {kind: re.compile(said, re.IGNORECASE) for kind, said in _SAID.items()}
_BETWEEN = re.compile(r"[\s,.!?;:~，。！？；：、…～()（）\U0001F300-\U0001FAFF☀-➿️]+")
_REPLIES: dict[tuple[Courtesy, Language], str] = {
    (Courtesy.GREETING, Language.ENGLISH): "Hello! What would you like to know from your documents?",
    (Courtesy.GREETING, Language.CHINESE): "你好！想从你的文档里了解什么？",
    (Courtesy.THANKS, Language.ENGLISH): "You are welcome. Ask on whenever you like.",
    (Courtesy.THANKS, Language.CHINESE): "不客气，有问题随时接着问。",
    (Courtesy.FAREWELL, Language.ENGLISH): "Goodbye! The conversation stays in the list.",
    (Courtesy.FAREWELL, Language.CHINESE): "再见！对话会留在列表里。",
    (
        Courtesy.ABOUT,
        Language.ENGLISH,
    ): "I am Docent. I answer questions from your documents, in English and Chinese, and "
    "show where each sentence comes from. What your documents do not say, I do not know.",
    (Courtesy.ABOUT, Language.CHINESE): "我是 Docent，用中文和英文回答与你的文档有关的问题，并标明每句话的出处。"
    "文档里没有的，我不知道。",
}
_LONGEST = 60  # characters


def courtesy(message: str) -> Courtesy | None:
    """What kind of small talk a message is, as its last part has it; None where it is, or holds, anything else."""
    if len(message) > _LONGEST:
        return None
    if (whole := _kind(" ".join(_BETWEEN.split(message)).strip())) is not None:
        return whole
    parts = [_kind(part.strip()) for part in re.split(r"[,.!?;~，。！？；…～]+", message) if part.strip()]
    return parts[-1] if parts and all(parts) else None


def reply(kind: Courtesy, language: Language) -> str:
    """What is said back."""
    return _REPLIES[kind, language]


def said_back(message: str, refusal: Mapping[Language, str], *, quoted: bool) -> Answer | None:
    """The answer to small talk, the refusal to a message without a word, None to all else; `quoted` as in Answer."""
    language, kind = detect_language(message), courtesy(message)
    if kind is None and any(character.isalnum() for character in message):
        return None
    text = reply(kind, language) if kind else refusal[language]
    return Answer(message, message, (Sentence(text, ()),), (), (), 0.0, True, quoted, small_talk=kind is not None)


def _kind(part: str) -> Courtesy | None:
    return next((kind for kind, pattern in _PATTERNS.items() if pattern.fullmatch(part)), None)
