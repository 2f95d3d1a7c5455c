"""The commands that serve and answer: serve, search, ask, doctor. Knows arguments and output."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from app.evaluate.arguments import add_arguments
from app.settings import AppSettings
from app.types import Answer, AskOptions, Turn
from ingest.commands import WAIT_SECONDS, Command, Subcommands, put, put_json, say
from ingest.errors import DocentError, SettingsError
from ingest.settings import IngestSettings
from ingest.types import DerivedKind

# As in ingest.commands: a command imports what it works with when it runs.
if TYPE_CHECKING:
    from app.assistant import Assistant
    from app.engine import Engine


def add_commands(commands: Subcommands, common: argparse.ArgumentParser) -> None:
    """Add the commands of this module to a command line; `common` holds the options that all of them take."""

    def add(name: str, run: Any, text: str) -> argparse.ArgumentParser:
        parser = commands.add_parser(name, parents=[common], help=text, description=f"{text[0].upper()}{text[1:]}.")
        parser.set_defaults(run=cast(Command, run), wrong_usage=parser.error)
        return parser

    serve = add("serve", _serve, "open the web page")
    serve.add_argument("--host", help="address to listen on; there is no login (default 127.0.0.1)")
    serve.add_argument("--port", type=int, help="port to listen on (default 7860)")
    _add_model(serve)
    search = add("search", _search, "show the passages that a question finds, best first")
    search.add_argument("query", metavar="QUERY")
    search.add_argument("--top-k", type=int, default=10, dest="count", metavar="N", help="how many (default 10)")
    search.add_argument("--document", action="append", default=[], help="search only this one; may be repeated")
    search.add_argument("--json", action="store_true", help="print one JSON array")
    ask = add("ask", _ask, "answer a question from the documents")
    ask.add_argument("question", metavar="QUESTION", nargs="?")
    ask.add_argument("--input", type=Path, help='JSON lines with "id", "question" and perhaps "history"')
    ask.add_argument("--output", type=Path, help="where the answers go, one line each")
    ask.add_argument("--document", action="append", default=[], help="search only this one; may be repeated")
    ask.add_argument("--json", action="store_true", help="print one JSON object")
    _add_model(ask)
    enrich = add("enrich", _enrich, "let a language model write about each passage, so that other words find it too")
    enrich.add_argument(
        "--kind",
        choices=[kind.value for kind in DerivedKind],
        default=DerivedKind.QUESTIONS.value,
        help="questions that a passage answers (default), or a summary of it",
    )
    enrich.add_argument("--remove", action="store_true", help="take out what was written of this kind")
    _add_model(enrich)
    add_arguments(evaluate := add("eval", _eval, "measure how well questions with known answers are answered"))
    _add_model(evaluate)
    doctor = add("doctor", _doctor, "say what is installed, which models answer, and what is wrong")
    doctor.add_argument("--json", action="store_true", help="print one JSON array")
    _add_model(doctor)


def forgetting(run: Command) -> Command:
    """The command, after which no kept conversation holds text of documents that are gone.

    To verify takes nothing away, so that it can be done where nothing can be written, unless it is to repair.
    """

    def run_and_forget(arguments: argparse.Namespace, settings: IngestSettings) -> int:
        if not getattr(arguments, "repair", True):
            return run(arguments, settings)
        try:
            return run(arguments, settings)
        finally:
            from app.engine import Engine

            with closing(Engine(_app_settings(settings))) as engine:
                engine.forget_gone()

    return run_and_forget


def follow_renamed(settings: IngestSettings, renamed: Mapping[str, str]) -> None:
    """Kept conversations follow documents to their new names; `renamed` as in SyncSummary."""
    from app.engine import Engine

    if renamed:
        with closing(Engine(_app_settings(settings))) as engine:
            engine.follow_renamed(renamed)


def _add_model(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--llm", help="built-in, a folder, a hub name, or the server's name for its model")
    parser.add_argument("--llm-url", help="base URL of an OpenAI-compatible server")
    parser.add_argument("--top-k", type=int, help="passages shown to the model")
    parser.add_argument("--threshold", type=float, help="answer when at least this sure, 0 to 1")


def _app_settings(settings: IngestSettings) -> AppSettings:
    if not isinstance(settings, AppSettings):
        raise TypeError(f"{type(settings).__name__} given; these commands need AppSettings.")
    return settings


def _preferred(settings: IngestSettings) -> AppSettings:
    """The settings with what was chosen in the page, so that the terminal answers as the page does."""
    from app.preferences import PreferenceStore

    started = _app_settings(settings)
    return PreferenceStore(started).applied(started)


def _serve(arguments: argparse.Namespace, settings: IngestSettings) -> int:
    from app.ui.server import serve_page
    from app.workspace import Library

    chosen = _app_settings(settings)
    library = Library(chosen)
    library.open()
    with closing(library):
        serve_page(library, chosen.host, chosen.port, on_ready=library.warm_up)
    return 0


def _search(arguments: argparse.Namespace, settings: IngestSettings) -> int:
    if not arguments.query.strip():
        arguments.wrong_usage("the query is empty; say what to look for")
    if arguments.count < 1:
        arguments.wrong_usage(f"--top-k is {arguments.count}; it must be 1 or more")
    from app.engine import Engine

    with closing(Engine(_app_settings(settings))) as engine:
        passages = engine.retriever.find(arguments.query, top_k=arguments.count, documents=tuple(arguments.document))
    if arguments.json:
        put_json([asdict(passage) for passage in passages])
        return 0
    for passage in passages:
        put(f"{passage.score:.2f}  {_place(passage)}\n      {' '.join(passage.text.split())[:300]}")
    return 0


def _ask(arguments: argparse.Namespace, settings: IngestSettings) -> int:
    chosen = _preferred(settings)
    options = AskOptions(
        top_k=chosen.top_k,
        threshold=chosen.threshold,
        documents=tuple(arguments.document),
        style=chosen.style,
        instructions=chosen.instructions,
        search=chosen.search,
    )
    asked = (arguments.question or "").strip()
    if bool(asked) == bool(arguments.input):
        arguments.wrong_usage("give one QUESTION, or a file of them with --input")
    from app.engine import Engine

    with closing(Engine(chosen)) as engine:
        if arguments.input:
            questions = _questions(arguments.input)
            assistant = _assistant(engine, chosen)
            _answer_all(assistant, questions, arguments.output, options)
            return 0
        answer = _assistant(engine, chosen).ask(asked, (), options)
    if arguments.json:
        put_json(answer_json(answer))
    else:
        _show(answer)
    return 0


def _assistant(engine: Engine, settings: AppSettings) -> Assistant:
    return engine.assistant(engine.load_model(settings))


def _questions(path: Path) -> list[dict[str, Any]]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"The questions in {str(path)!r} cannot be read: {error}.") from error
    return [_question(path, number, line) for number, line in enumerate(lines, start=1) if line.strip()]


def _question(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
        history = tuple(_turn(turn) for turn in row.get("history") or ())
        return {"id": row["id"], "question": str(row["question"]), "history": history}
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise SettingsError(
            f'Line {number} of {str(path)!r} is not {{"id", "question"[, "history"]}}: {type(error).__name__} {error}. '
            f'"history" is a list of {{"question", "answer"}}, oldest first.'
        ) from error


def _turn(turn: Any) -> Turn:
    if isinstance(turn, dict):
        return Turn(str(turn["question"]), str(turn["answer"]))
    question, answer = turn
    return Turn(str(question), str(answer))


def _answer_all(
    assistant: Assistant, questions: list[dict[str, Any]], output: Path | None, options: AskOptions
) -> None:
    started = time.monotonic()
    lines = _answer_lines(assistant, questions, options)
    if output is None:
        for line in lines:
            put(line)
    else:
        try:
            with output.open("w", encoding="utf-8") as file:
                file.writelines(f"{line}\n" for line in lines)
        except OSError as error:
            raise SettingsError(f"The answers cannot be written to {str(output)!r}: {error}.") from error
    say(f"{len(questions)} questions in {time.monotonic() - started:.1f} s.")


def _answer_lines(assistant: Assistant, questions: list[dict[str, Any]], options: AskOptions) -> Iterator[str]:
    for row in questions:
        try:
            answer = assistant.ask(row["question"], row["history"], options)
        except DocentError as error:
            raise type(error)(f"Question {row['id']!r}: {error}") from error
        yield json.dumps({"id": row["id"], **answer_json(answer)}, ensure_ascii=False)


def answer_json(answer: Answer) -> dict[str, Any]:
    """An answer as other programs read it."""
    return {
        "answer": answer.text,
        "refused": answer.refused,
        "confidence": answer.confidence,
        "citations": [asdict(citation) for citation in answer.citations],
        "passages": [asdict(passage) for passage in answer.passages],
        "seconds": dict(answer.seconds),
    }


def _show(answer: Answer) -> None:
    put(answer.text)
    for citation in answer.citations:
        put(f"[{citation.number}] {_place(citation)}")
    for passage in answer.passages[:3] if answer.refused else ():
        put(f"  nearest: {_place(passage)} ({passage.score:.2f})")


def _place(passage: Any) -> str:
    parts = (passage.document, f"page {passage.page}" if passage.page else "", passage.heading or "")
    return ", ".join(filter(None, parts))


def _enrich(arguments: argparse.Namespace, settings: IngestSettings) -> int:
    from app.describing import describing
    from app.engine import Engine
    from ingest.enrich import enrich, forget

    chosen, kind = _preferred(settings), DerivedKind(arguments.kind)
    with closing(Engine(chosen)) as engine:
        if arguments.remove:
            count = forget(engine.knowledge_base, kind, wait_seconds=WAIT_SECONDS)
            say(f"Took out what was written about {count} passages.")
            return 0
        summary = enrich(
            engine.knowledge_base,
            kind,
            describing(engine.load_model(chosen), kind, engine.prompts.describing),
            encoder=engine.serving_encoder(),
            report=lambda done: say(f"{done.described} passages written about."),
            wait_seconds=WAIT_SECONDS,
        )
    if summary.passed_over:
        say(f"The model wrote nothing usable about {summary.passed_over} passages. Run it again to have it try anew.")
    say(f"{summary.described} passages are found by more words now. Run it again when documents were added.")
    return 0


def _eval(arguments: argparse.Namespace, settings: IngestSettings) -> int:
    from app.evaluate.command import run_eval

    return run_eval(arguments, _app_settings(settings))


def _doctor(arguments: argparse.Namespace, settings: IngestSettings) -> int:
    from app.doctor import findings

    found = findings(_preferred(settings))
    if arguments.json:
        put_json([asdict(finding) for finding in found])
    else:
        for finding in found:
            put(f"{'ok  ' if finding.ok else 'FAIL'}  {finding.subject:<12} {finding.text}")
    if not all(finding.ok for finding in found):
        raise DocentError("Something is wrong; the lines marked FAIL say what to do.")
    return 0
