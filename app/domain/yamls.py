"""YAML to Structs, gathering every error of shape instead of stopping at the first."""

import types
import typing
from collections.abc import Hashable
from typing import Any, TypeVar, Union, get_args, get_origin

import msgspec
import yaml

T = TypeVar("T")


class Problem(msgspec.Struct, frozen=True, order=True):
    """One thing wrong in a rule file, told so that it can be mended."""

    file: str
    path: str
    what: str
    example: str = ""

    def __str__(self) -> str:
        where = f"{self.file}: {self.path}: " if self.path else f"{self.file}: "
        return f"{where}{self.what}" + (f"\n    for example: {self.example}" if self.example else "")


# the C parser reads the whole folder in a tenth of the time; where it is not built, the Python one is the same
_SafeLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _StrictLoader(_SafeLoader):  # type: ignore[misc] # which of the two it is shows at run time only
    """SafeLoader that refuses a key given twice: YAML would silently keep the last one."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Hashable] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                line = key_node.start_mark.line + 1
                raise yaml.constructor.ConstructorError(None, None, f"the key `{key}` is there twice (line {line})")
            seen.add(key)
        mapping: dict[Hashable, Any] = super().construct_mapping(node, deep=deep)
        return mapping


def load(file: str, content: bytes, kind: type[T], problems: list[Problem]) -> T | None:
    """One file as a Struct; None when it is not one, with all that is wrong added to `problems`."""
    try:
        raw = yaml.load(content, Loader=_StrictLoader)  # noqa: S506 - a SafeLoader, only stricter
    except (yaml.YAMLError, UnicodeDecodeError, ValueError) as error:
        what = getattr(error, "problem", None) or str(error)
        mark = getattr(error, "problem_mark", None)
        place = f"line {mark.line + 1}" if mark else ""
        problems.append(Problem(file, place, f"this is not readable YAML: {what}", "id: diarrhoea"))
        return None
    try:
        return msgspec.convert(raw, kind, strict=True)
    except msgspec.ValidationError:
        found: list[Problem] = []
        _gather(raw, kind, file, "", found)
        problems.extend(found)
        return None


def _gather(raw: object, kind: Any, file: str, path: str, found: list[Problem]) -> None:
    """Descend to every part that does not fit, so that all errors are told at once."""
    try:
        msgspec.convert(raw, kind, strict=True)
    except msgspec.ValidationError as error:
        before = len(found)
        target = _struct_in(kind, raw)
        if target is not None and isinstance(raw, dict):
            _gather_fields(raw, target, file, path, found)
        elif (item := _item_of(kind)) is not None and isinstance(raw, list | tuple):
            for index, each in enumerate(raw):
                _gather(each, item, file, f"{path}[{index}]", found)
        elif (item := _value_of(kind)) is not None and isinstance(raw, dict):
            for key, each in raw.items():
                _gather(each, item, file, _join(path, str(key)), found)
        if len(found) == before:
            found.append(Problem(file, path, _say(error), example_of(kind)))


def _gather_fields(raw: dict[Any, Any], kind: type[msgspec.Struct], file: str, path: str, out: list[Problem]) -> None:
    fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    for key in raw:
        if key not in fields:
            known = ", ".join(fields)
            out.append(Problem(file, _join(path, str(key)), f"`{key}` is not known here; known: {known}", ""))
    for name, field in fields.items():
        if name in raw:
            _gather(raw[name], field.type, file, _join(path, name), out)
        elif field.required:
            out.append(Problem(file, path, f"`{name}` is missing", f"{name}: {example_of(field.type)}"))


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _say(error: Exception) -> str:
    return str(error).split(" - at `")[0]


def _options(kind: Any) -> tuple[Any, ...]:
    if get_origin(kind) is typing.Annotated:
        return _options(get_args(kind)[0])
    if get_origin(kind) in (Union, types.UnionType):
        return tuple(part for option in get_args(kind) for part in _options(option))
    return (kind,)


def _struct_in(kind: Any, raw: object) -> type[msgspec.Struct] | None:
    structs = [o for o in _options(kind) if isinstance(o, type) and issubclass(o, msgspec.Struct)]
    structs = [s for s in structs if not s.__struct_config__.array_like]
    keys = set(raw) if isinstance(raw, dict) else set()
    # of several possible Structs, the one that shares most keys is the one that was meant
    structs.sort(key=lambda s: -len(keys & set(s.__struct_encode_fields__)))
    return structs[0] if structs else None


def _item_of(kind: Any) -> Any:
    for option in _options(kind):
        if get_origin(option) in (tuple, list):
            args = get_args(option)
            if get_origin(option) is list or (len(args) == 2 and args[1] is ...) or len(set(args)) == 1:
                return args[0]
    return None


def _value_of(kind: Any) -> Any:
    return next((get_args(option)[1] for option in _options(kind) if get_origin(option) is dict), None)


_EXAMPLES = {
    "Condition": '{grade: [diarrhoea, ">=", 2]}',
    "Text": "{fr: Diarrhée, en: Diarrhoea}",
    "RuleValue": '{from: 2026-01-01, when: {grade: [cough, ">=", 2]}, level: orange}',
    "TriageLevel": "orange",
    "date": "2026-01-01",
    "bool": "true",
    "int": "2",
    "float": "38.0",
    "str": "diarrhoea",
}


def example_of(kind: Any) -> str:
    """Something valid of this kind, as it is written in YAML."""
    for option in _options(kind):
        if get_origin(option) is typing.Literal:
            return str(get_args(option)[0])
        if get_origin(option) in (tuple, list):
            inside = [example_of(arg) for arg in get_args(option) if arg is not ...]
            return f"[{', '.join(inside)}]"
        if get_origin(option) is dict:
            return "{" + f"{example_of(get_args(option)[0])}: {example_of(get_args(option)[1])}" + "}"
        name = getattr(option, "__name__", "")
        if name in _EXAMPLES:
            return _EXAMPLES[name]
        if isinstance(option, type) and issubclass(option, msgspec.Struct):
            required = [f for f in msgspec.structs.fields(option) if f.required][:4]
            return "{" + ", ".join(f"{f.encode_name}: {example_of(f.type)}" for f in required) + "}"
    return ""
