"""A browser and signed-in clients for the tests of the pages."""

from collections.abc import Callable, Iterator

import httpx
import pytest


@pytest.fixture
def visit(demo_server) -> Iterator[Callable[..., httpx.Client]]:
    """``visit("agent")`` is a client with that person's cookie, asking for pages as a browser does."""
    opened = []

    def sign_in(holder: str | None = "manager", language: str = "en") -> httpx.Client:
        cookies = {"zhike_language": language} | ({} if holder is None else {"zhike_key": demo_server.keys[holder]})
        client = httpx.Client(base_url=demo_server.url, cookies=cookies, headers={"accept": "text/html"}, timeout=60)
        opened.append(client)
        return client

    yield sign_in
    for client in opened:
        client.close()


@pytest.fixture(scope="session")
def browser(chromium):
    """A real Chromium that talks to nobody on its own account."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=[
            "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
            "--disable-sync", "--no-first-run"])
        yield started
        started.close()
