"""Tell when a language model says that it found no answer, in whatever words. Pure.

The prompt asks for one fixed sentence; models, small ones above all, say it in words of their own. What counts is that
the speaker or the sources do not say it: "Guests who do not know the code ask at the desk" is an answer.
"""

from __future__ import annotations

import re

from ingest.sentences import sentence_spans

_SORRY = r"(?:(?:i am |i ['’]m )?(?:(?:very|so) )?sorry|unfortunately|i apologi[sz]e)\b[,.:; ]*(?:but )?"
_BASED = r"(?:based on|according to|from|given|in) [^,.]{1,60}, "
_SOURCES = (
    r"(?:(?:the|these|those|your|any|of|all|provided|given|available|numbered|cited|retrieved|supplied) )+"
    r"(?:sources?|documents?|passages?|context|texts?|information|materials?|excerpts?|files?)\b"
    r"(?: provided| given| available)?"
)
_NOT = r"(?:(?:do|does|did|can|could|is|are|was|were|has|have) not|fails? to|lacks?)"
_TELLING = r"(?:say|state|mention|contain|provide|specify|include|answer|address|discuss|cover|give|tell|indicate)"
_TOLD = r"(?:mentioned|stated|specified|given|provided|answered|addressed|covered|said|known|clear)"
_KNOWLEDGE = r"(?:information|mention|answers?|details?|data)"
_ENGLISH = re.compile(
    rf"(?:{_SORRY})?(?:{_BASED})?(?:{_SORRY})?(?:"
    r"i (?:(?:am|do|did|can|could|was|have) )?(?:not|unable)\b.{0,30}"
    rf"\b(?:know|sure|certain|find|found|answer|determine|{_KNOWLEDGE})\b"
    rf"|{_SOURCES} {_NOT}\b.{{0,30}}\b(?:{_TELLING}|{_TOLD}|enough|{_KNOWLEDGE})\b"
    rf"|{_SOURCES} {_TELLING}s? (?:no|nothing)\b"
    rf"|(?:there (?:is|are|was|were) )?(?:no|not enough|not any|insufficient) (?:\w+ ){{0,2}}{_KNOWLEDGE}\b"
    rf"|none {_SOURCES}|(?:it|this|that|the answer) (?:is|was) not (?:\w+ )?{_TOLD}\b)",
    re.IGNORECASE,
)

_SORRY_ZH = "(?:(?:很|非常)?(?:抱歉|对不起|不好意思|遗憾)[，,。 ]*)?"
_ADVERB_ZH = "(?:我|目前|暂时?|并|也|都|均|尚|还|里|中|内|上|[，, ])*"
_SOURCES_ZH = (
    "(?:(?:根据|基于|从|在)?(?:[您你我]的?|所给|该|现有|已有|上述|以上|这些|给定|提供|上传|检索到|知识库|的)*"
    "(?:资料|文档|文件|材料|段落|信息|内容|上下文|来源|知识库|原文))?"
)
_CHINESE = re.compile(
    f"{_SORRY_ZH}{_ADVERB_ZH}{_SOURCES_ZH}{_ADVERB_ZH}(?:"
    "(?:不知道|不清楚|不确定)(?:$|[。！!，,]|.{0,12}(?:答案|问题|情况))"
    "|(?:无法|不能|没法)(?:从.{1,12}[中里])?(?:回答|确定|得知|判断|找到|得出|作答)"
    "|(?:没有?|未|未能)(?:直接|明确|具体)?(?:提到|提及|说明|写明|涉及|包含|找到|给出|提供|回答|记载|介绍|查到|检索到)"
    "|(?:没有|无)(?:任何|足够的?|相关的?|有关的?|与.{1,20}有关的|关于.{1,20}的)+(?:信息|内容|资料|答案|说明|记载)"
    "|(?:没有|无)(?:信息|答案))"
)
# What may stand beside it: being sorry, and what to do instead.
_COURTESY = re.compile(
    rf"{_SORRY}$|please\b|if you\b|feel free|let me know|you (?:may|might|could|can) (?:want|try|ask|check)"
    "|(?:很|非常)?(?:抱歉|对不起)|建议|请您?(?:提供|咨询|联系|补充)|如果您|如需|您可以(?:尝试|咨询|联系|提供|查)",
    re.IGNORECASE,
)
_SHORT_FORMS = (
    (re.compile("(?i)\\bcan(?:['’]t|not)\\b"), "can not"),
    (re.compile("n['’]t\\b"), " not"),
    (re.compile("['’]m\\b"), " am"),
)


def says_not_found(sentence: str) -> bool:
    """Whether a sentence says that there is no answer."""
    plain = sentence.strip()
    for short, full in _SHORT_FORMS:
        plain = short.sub(full, plain)
    return bool(_ENGLISH.match(plain) or _CHINESE.match(plain))


def is_refusal(answer: str) -> bool:
    """Whether an answer, markers taken out, says nothing but that there is none, courtesies apart."""
    sentences = [answer[start:end].strip() for start, end in sentence_spans(answer)]
    refusing = [says_not_found(sentence) for sentence in sentences]
    courteous = [bool(_COURTESY.match(sentence)) for sentence in sentences]
    return any(refusing) and all(said or kind for said, kind in zip(refusing, courteous, strict=True))
