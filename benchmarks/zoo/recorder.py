"""What a plain run of a model really computes: the output sizes of every module call and every torch function.

It shares no code with the tracer, and knows nothing of leaf layers: what happens inside them is written down too.
"""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import torch
from torch import nn
from torch.nn.modules import module as hooks
from torch.overrides import TorchFunctionMode

Shape = tuple[int, ...]
Shapes = tuple[Shape, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a torch function. ``from_input`` tells it from work on parameters and constants alone."""

    shapes: Shapes
    from_input: bool


@dataclass(frozen=True, slots=True)
class Recording:
    """All calls of one run in their order: of modules by path, of functions by the path around them and their name."""

    modules: Mapping[str, list[Shapes]]
    functions: Mapping[tuple[str, str], list[Call]]
    outputs: Shapes


def record(module: nn.Module, example: torch.Tensor) -> Recording:
    """Run the model on ``example`` and write down what happens; raises what the model raises."""
    with _Recorder(module, example) as recorder:
        result = module(example)
    return Recording(recorder.modules, recorder.functions, shapes_of(result))


def shapes_of(value: Any) -> Shapes:
    """Sizes of every tensor in a nested value, in order."""
    return tuple(tuple(tensor.shape) for tensor in _tensors(value))


def function_name(name: str) -> str:
    """A torch function's name without the underscores of operators and in-place versions (``__iadd__`` → ``iadd``)."""
    return name.strip("_")


@dataclass
class _Recorder(AbstractContextManager["_Recorder"]):
    root: nn.Module
    example: torch.Tensor
    modules: dict[str, list[Shapes]] = field(default_factory=dict)
    functions: dict[tuple[str, str], list[Call]] = field(default_factory=dict)

    def __enter__(self) -> Self:
        self._paths = {module: path for path, module in self.root.named_modules()}
        self._stack = [""]
        self._derived = {id(self.example): self.example}  # the tensors themselves too, so that no id is used twice
        self._exit = ExitStack()
        self._exit.enter_context(hooks.register_module_forward_pre_hook(self._entering))
        self._exit.enter_context(hooks.register_module_forward_hook(self._leaving, always_call=True))
        self._exit.enter_context(_Functions(self))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._exit.close()

    def _entering(self, module: nn.Module, _args: Any) -> None:
        self._stack.append(self._paths.get(module, self._stack[-1]))

    def _leaving(self, _module: nn.Module, _args: Any, result: Any) -> None:
        path = self._stack.pop()
        self.modules.setdefault(path, []).append(shapes_of(result))

    def called(self, name: str, arguments: Any, result: Any) -> None:
        """Write down one function that yields tensors; sizes and flags need no line."""
        if not any(True for _ in _tensors(result)):
            return
        from_input = any(id(tensor) in self._derived for tensor in _tensors(arguments))
        if from_input:
            self._derived.update((id(tensor), tensor) for tensor in _tensors(result))
        calls = self.functions.setdefault((self._stack[-1], name), [])
        calls.append(Call(shapes_of(result), from_input))


class _Functions(TorchFunctionMode):
    def __init__(self, recorder: _Recorder) -> None:
        super().__init__()
        self._recorder = recorder

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        name = "getattr" if func.__name__ == "__get__" else function_name(func.__name__)
        self._recorder.called(name, (args, kwargs), result)
        return result


def _tensors(value: Any) -> Iterator[torch.Tensor]:
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _tensors(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _tensors(item)
