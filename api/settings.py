"""Settings from the environment, ``ZHIKE_*``; nothing else in the product reads the environment."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What an operator may set."""

    model_config = SettingsConfigDict(env_prefix="ZHIKE_", frozen=True)

    home: Path = Field(default=Path(".zhike"), description="the one folder that holds all state")
    graph: str = Field(default="ladybug:", description="`ladybug:` (embedded)", pattern=r"^(ladybug:|bolt|neo4j)")
    tables: str = Field(default="duckdb", pattern="^(duckdb|spark)$", description="where tables are computed")
    host: str = Field(default="127.0.0.1", description="address that `zhike serve` listens on")
    port: int = Field(default=8600, ge=0, le=65535, description="port that `zhike serve` listens on; 0 takes any")
    engine_workers: int = Field(default=1, ge=0, le=64, description="processes for durable_rules; 0: Python alone")
