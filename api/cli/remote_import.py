"""An import at the service that holds the base: begun, followed to its end, stopped by an interrupt."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from kb import errors
from kb.errors import Conflict, ZhikeError
from kb.ingestion.mapping.toml_file import load_mapping, shipped_mappings
from ontology.text import Text

Json = dict[str, Any]
Call = Callable[..., Json]
_POLL_SECONDS = 0.2
_GOING_ON = ("running", "loading")


def import_remotely(call: Call, mapping: str, overrides: Mapping[str, Path], *, replacing: bool,
                    progress: Callable[[str], None]) -> Json:
    """Let the service import the files, say what it says, and return its report.

    An interrupt stops the import as long as nothing has changed; what became of it is said.

    Raises:
        ZhikeError: As the import raised it.
    """
    progress("the service that holds the base imports; it goes on answering")
    body = {"mapping": _named(mapping), "files": _located(mapping, overrides), "replace": replacing}
    begun = call("POST", "/v1/imports", json=body)
    try:
        ended = _followed(call, begun, progress)
    except (KeyboardInterrupt, SystemExit):
        progress(_stopped(call, begun["id"]))
        raise
    if ended["fault"] is not None:
        raise _fault(ended["fault"])
    report: Json = ended["report"]
    return report


def _followed(call: Call, told: Json, progress: Callable[[str], None]) -> Json:
    """The import when it has ended; every line that it said was passed on."""
    while True:
        for line in told["lines"]:
            progress(line)
        if told["state"] not in _GOING_ON:
            return told
        time.sleep(_POLL_SECONDS)
        told = call("GET", f"/v1/imports/{told['id']}", params={"after": told["said"]})


def _stopped(call: Call, import_id: str) -> str:
    """What became of an import that nobody waits for any more."""
    try:
        told = call("DELETE", f"/v1/imports/{import_id}")
    except Conflict as fault:
        return f"{fault.message} by the service"
    return str(told["fault"]["message"]["en"])


def _named(mapping: str) -> str:
    """A mapping as the service finds it, whose working folder is another."""
    is_shipped = "/" not in mapping and mapping.replace("_", "-") in {
        name.replace("_", "-") for name in shipped_mappings()}
    return mapping if is_shipped else str(Path(mapping).absolute())


def _located(mapping: str, overrides: Mapping[str, Path]) -> dict[str, str]:
    """The files that are given, and those that the mapping names from here, by absolute paths."""
    stated = {name: Path(source.path) for name, source in load_mapping(mapping).sources.items()
              if source.path and not source.path.startswith(("package:", "/"))}
    return {name: str(path.absolute()) for name, path in {**stated, **overrides}.items()}


def _fault(told: Json) -> ZhikeError:
    kind = getattr(errors, told["kind"], ZhikeError)
    fault: ZhikeError = kind(Text(**told["message"]), hint=Text(**told["hint"]))
    return fault
