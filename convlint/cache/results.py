"""What each model gave, under what was asked, by whom and of what: data of the engine, as it hands it over."""

import json
import time
from dataclasses import dataclass, field
from typing import Any, TypeVar

from convlint.cache.codec import Codec, CodecError
from convlint.cache.identity import Interpreter, convlint_digest
from convlint.cache.snapshot import Dependencies, Snapshot, take
from convlint.cache.store import Store

T = TypeVar("T")


@dataclass(slots=True)
class Results:
    """Answers to questions about models, under ``circumstances`` that hold for all of a run.

    An answer is used while nothing that it depends on has changed.
    """

    store: Store
    codec: Codec
    interpreter: Interpreter
    circumstances: tuple[object, ...]
    _prefix: list[Any] = field(init=False)
    _begun: int = field(default_factory=time.time_ns, init=False)

    def __post_init__(self) -> None:
        self._prefix = [convlint_digest(), self.interpreter.key, *self.circumstances]

    def known(self, kind: str, question: object, of: type[T]) -> tuple[T, Dependencies] | None:
        """The answer kept for ``question`` and what it depends on; None where there is none that holds."""
        key = self._key(question)
        entry = self.store.get(kind, key)
        if entry is None:
            return None
        try:
            snapshot = Snapshot.from_json(entry["snapshot"])
            current = snapshot.renewed()
            answer = self.codec.from_json(entry["answer"]) if current is not None else None
        except (KeyError, TypeError, ValueError):
            return None
        if current is None or not isinstance(answer, of):
            return None
        if current is not snapshot:
            self.store.put(kind, key, {**entry, "snapshot": current.to_json()})
        return answer, current.dependencies()

    def keep(self, kind: str, question: object, answer: object, on: Dependencies) -> bool:
        """Keep an answer that depends ``on`` these; False where something of them was touched during the run."""
        snapshot = take(on, self._begun)
        if snapshot is None:
            return False
        try:
            kept = self.codec.to_json(answer)
        except CodecError as error:
            self.store.remarks[f"a result is not kept: {error}"] = None
            return False
        self.store.put(kind, self._key(question), {"snapshot": snapshot.to_json(), "answer": kept})
        return True

    def _key(self, question: object) -> str:
        return json.dumps([*self._prefix, self.codec.to_json(question)], sort_keys=True)
