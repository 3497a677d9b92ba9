"""Settings from the environment, ``ZHIKE_*``; nothing else in the product reads the environment."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, EnvSettingsSource, SettingsConfigDict

from kb.errors import InvalidInput
from kb.graph.address import EMBEDDED, GraphAccess, place_of
from kb.home import Base
from kb.suggestion import nearest
from kb.tables.memory_limit import Memory, parse_bytes

if TYPE_CHECKING:
    from kb.ingestion.files import FileLimits

_SHORTEST_SECRET = 16
_SHARES = {"every": 1.0, "publish": 0.0}


_PREFIX = "ZHIKE_"
_OF_THE_TESTS = "zhike_test_"
_ALIKE = 0.85
_EXPECTED = {
    "int_parsing": "expected a whole number", "float_parsing": "expected a number",
    "finite_number": "expected a number", "greater_than_equal": "expected at least {ge}",
    "greater_than": "expected more than {gt}", "less_than_equal": "expected at most {le}",
    "literal_error": "expected {expected}", "string_too_short": "it is blank", "value_error": "{error}",
}


class Settings(BaseSettings):
    """What an operator may set."""

    model_config = SettingsConfigDict(env_prefix=_PREFIX, env_ignore_empty=True, frozen=True,
                                      str_strip_whitespace=True, allow_inf_nan=False)

    home: Path = Field(default=Path(".zhike"), description="the one folder that holds all state")
    graph: str = Field(default=EMBEDDED, description="where a new base keeps its graph: `ladybug:` (embedded) or"
                                                      " `bolt|neo4j[+s|+ssc]://host:port[/database][?namespace=NAME]`")
    graph_user: str = Field(default="neo4j", description="user of the graph server")
    graph_password: SecretStr | None = Field(default=None, description="password of that user")
    graph_password_file: Path | None = Field(default=None, description="file that holds the password instead")
    graph_pool_size: int = Field(default=50, ge=2, description="connections to the graph server at most")
    graph_connect_seconds: float = Field(default=5.0, gt=0, description="how long to wait for a connection")
    graph_retry_seconds: float = Field(default=2.0, ge=0, description="how long to try again what failed in passing")
    secret_file: Path | None = Field(default=None, description="file `secret` of a base whose graph a new home joins")
    memory: str | None = Field(default=None, description="most memory that an import or a mining run takes, for example"
                                                         " `2GB`; what does not fit goes on in files of the home")
    unpacked: str = Field(default="20GB", description="most that one text file may come to, unpacked")
    tables: Literal["duckdb", "spark"] = Field(default="duckdb", description="where tables are computed")
    host: str = Field(default="127.0.0.1", min_length=1, description="address that `zhike serve` listens on")
    port: int = Field(default=8600, ge=0, le=65535, description="port that `zhike serve` listens on; 0 takes any")
    engine: str = Field(default="every", description="how often durable_rules decides: `every` time, `sampled:p`, or"
                                                     " `publish`: only when a release is tried; else Python")
    engine_workers: int = Field(default=1, ge=0, le=64, description="processes for durable_rules; 0: Python alone")

    @field_validator("graph")
    @classmethod
    def _is_a_place(cls, url: str) -> str:
        """Refuse what names no graph before a base is made for it."""
        try:
            place_of(url, Path())
        except InvalidInput as fault:
            raise ValueError(fault.message) from fault
        return url

    @field_validator("engine")
    @classmethod
    def _is_share(cls, told: str) -> str:
        _share(told)
        return told

    @field_validator("memory", "unpacked")
    @classmethod
    def _is_size(cls, told: str | None, field: ValidationInfo) -> str | None:
        try:
            if told is not None:
                _ = Memory.parse(told) if field.field_name == "memory" else parse_bytes("ZHIKE_UNPACKED", told)
        except InvalidInput as fault:
            raise ValueError(fault.message) from fault
        return told

    @property
    def requested_graph(self) -> str | None:
        """The graph that was asked for; ``None`` where nothing was said and a base keeps the one it has."""
        return self.graph if "graph" in self.model_fields_set else None

    @property
    def engine_share(self) -> float:
        """Of how many answers durable_rules is asked, from 0 to 1."""
        return _share(self.engine)

    def graph_access(self) -> GraphAccess:
        """How to get into the graph server.

        Raises:
            InvalidInput: If the file of the password cannot be read.
        """
        return GraphAccess(user=self.graph_user, password=self._graph_password(), pool_size=self.graph_pool_size,
                           connect_seconds=self.graph_connect_seconds, retry_seconds=self.graph_retry_seconds)

    def memory_allowed(self) -> Memory:
        """The most memory that an import or a mining run takes.

        Raises:
            InvalidInput: If what was told is no size.
        """
        return Memory.of_machine() if self.memory is None else Memory.parse(self.memory)

    def limits_of_files(self) -> "FileLimits":
        """What one file may come to.

        Raises:
            InvalidInput: If what was told is no size.
        """
        from kb.ingestion.files import FileLimits  # with DuckDB, which a command beside a service need not wait for

        return FileLimits(unpacked_bytes=parse_bytes("ZHIKE_UNPACKED", self.unpacked))

    def shared_secret(self) -> bytes | None:
        """The secret of another home of the base; ``None`` where a new base makes its own.

        Raises:
            InvalidInput: If the file cannot be read, or is too short for a secret.
        """
        if self.secret_file is None:
            return None
        try:
            secret = self.secret_file.read_bytes()
        except OSError as fault:
            msg = f"ZHIKE_SECRET_FILE={self.secret_file} cannot be read: {fault.strerror}"
            raise InvalidInput(msg, hint="name the file `secret` of a home of that base") from fault
        if len(secret) < _SHORTEST_SECRET:
            msg = f"ZHIKE_SECRET_FILE={self.secret_file} holds {len(secret)} bytes; expected {_SHORTEST_SECRET} or more"
            raise InvalidInput(msg, hint="name the file `secret` of a home of that base")
        return secret

    def check_base(self, base: Base) -> None:
        """Refuse what this version does not serve yet, and another graph than the base has.

        Raises:
            InvalidInput: Naming it: a base keeps its graph, and another one in passing would show an empty base.
        """
        if self.tables != "duckdb":
            msg = f"ZHIKE_TABLES={self.tables} is not served by this version"
            raise InvalidInput(msg, hint="leave it out, or set it to duckdb")
        if self.requested_graph not in {None, base.graph}:
            msg = f"ZHIKE_GRAPH={self.graph}, but the base in {self.home} keeps its graph in {base.graph}"
            raise InvalidInput(msg,
                               hint="to move it: `zhike export`, then `zhike import-knowledge` into a new ZHIKE_HOME")

    def _graph_password(self) -> str:
        if self.graph_password is not None:
            return self.graph_password.get_secret_value()
        if self.graph_password_file is None:
            return ""
        try:
            return self.graph_password_file.read_text(encoding="utf-8").strip()
        except OSError as fault:
            msg = f"ZHIKE_GRAPH_PASSWORD_FILE={self.graph_password_file} cannot be read: {fault.strerror}"
            raise InvalidInput(msg, hint="name a file that holds the password and nothing else") from fault


def check_settings() -> None:
    """Look at every setting of the environment before anything is done with one.

    Raises:
        InvalidInput: Naming all that are misspelt or cannot be used, together.
    """
    wrong = [*_misspelt(EnvSettingsSource(Settings).env_vars), *_unusable()]
    if wrong:
        raise InvalidInput("; ".join(wrong), hint="set them otherwise, or leave them out; nothing was done")


def _misspelt(given: Mapping[str, str | None]) -> Iterator[str]:
    """Names that begin with ours or nearly are one of ours, and are none; what they are set to is not told."""
    known = {f"{_PREFIX}{name}".lower() for name in Settings.model_fields}
    for name in sorted(name.lower() for name in given):
        near = nearest(name, known, likeness=_ALIKE)
        if name not in known and not name.startswith(_OF_THE_TESTS) and (near or name.startswith(_PREFIX.lower())):
            meant = near or nearest(name, known)
            hint = f"did you mean {meant.upper()}?" if meant else f"known: {', '.join(sorted(known)).upper()}"
            yield f"there is no setting {name.upper()}; {hint}"


def _unusable() -> Iterator[str]:
    try:
        Settings()
    except ValidationError as fault:
        for error in fault.errors(include_url=False):
            name = f"{_PREFIX}{error['loc'][0]}".upper()
            said = _expected(error["type"], error["msg"], error.get("ctx", {}))
            yield said if said.startswith(name) else f"{name}={error['input']}: {said}"


def _share(told: str) -> float:
    """Of how many answers the engine is asked.

    >>> _share("every"), _share("sampled:0.05"), _share("publish")
    (1.0, 0.05, 0.0)
    """
    if told in _SHARES:
        return _SHARES[told]
    kind, _, written = told.partition(":")
    try:
        share = float(written)
    except ValueError:
        share = 0.0
    if kind != "sampled" or not 0 < share <= 1:
        msg = "expected every, publish, or sampled:p with p above 0 and at most 1, for example sampled:0.05"
        raise ValueError(msg)
    return share


def _expected(kind: str, otherwise: str, bounds: Mapping[str, Any]) -> str:
    """What a setting should have been.

    >>> _expected("greater_than_equal", "", {"ge": 2})
    'expected at least 2'
    """
    return _EXPECTED.get(kind, otherwise).format_map(bounds)
