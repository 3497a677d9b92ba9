"""Why not, for every action and some customers of a base, with as many rules as a large release has.

It reads the base in ``ZHIKE_HOME``, for instance that of ``zhike demo --no-serve``. The rules of its release are copied
with other categories in the place of theirs until there are as many as asked for, so that each is another rule.
"""

import time
from collections.abc import Iterator, Mapping
from dataclasses import replace

from api.open_base import OpenBase
from api.settings import Settings
from kb.facts.context import moment_rows
from kb.facts.online import read_facts
from kb.home import Home
from kb.model.condition import Condition, Test, walk, with_parts
from kb.model.facts import Facts
from kb.model.ids import ActionId, CustomerKey, RuleId
from kb.model.rule import Recommend, Rule
from ontology.vocabulary import Channel
from rules.decision.compiled_release import CompiledRelease
from rules.decision.request import Request
from rules.explain.why_not import why_not

CUSTOMERS = 100
RULES = 200
_ACTION = "cross_sell"
_REQUEST = Request(channel=Channel.PHONE)
_KEYS = "MATCH (c:Customer) WHERE c.order_count > 0 RETURN c.customer_key AS key ORDER BY key LIMIT $most"


def main() -> None:
    home = Home(Settings().home)
    if not home.exists():
        print("skipped: there is no base in ZHIKE_HOME; make one with `zhike demo --no-serve`")
        return
    with home.own():
        base = OpenBase(home)
        try:
            release = base.curation.live()
            people = list(_people(base))
            labels = base.ontology.labels()
        finally:
            base.close()
    if release is None:
        print("skipped: the base has no release; publish one")
        return
    rules = tuple(sorted(_many(release.rules, RULES), key=lambda rule: rule.id))
    compiled = CompiledRelease.compile(replace(release, rules=rules), base.ontology.schema, labels)
    for action in compiled.actions:
        _measure(action, compiled, people)


def _people(base: OpenBase) -> Iterator[Facts]:
    keys = [CustomerKey(row["key"]) for row in base.graph.read(_KEYS, most=CUSTOMERS)]
    names = base.tables.category_names(base.ontology.labels)
    now = moment_rows({}, base.description.moment, channel=_REQUEST.channel, names=names)
    yield from read_facts(base.graph, base.journal, keys, base.description.moment, moment_rows=now).values()


def _measure(action: ActionId, compiled: CompiledRelease, people: list[Facts]) -> None:
    """Each customer once: nothing is warm but the words and the compiled release."""
    rules = sum(isinstance(rule.then, Recommend) and rule.then.action == action for rule in compiled.release.rules)
    times, found = [], 0
    for facts in people:
        begun = time.perf_counter()
        answer = why_not(action, facts, compiled, _REQUEST)
        times.append(1000 * (time.perf_counter() - begun))
        found += bool(answer.changes)
    times.sort()
    middle, late = times[len(times) // 2], times[int(0.99 * (len(times) - 1))]
    print(f"{action:22}{rules:4} rules{len(times):5} customers   p50 {middle:6.2f} ms   p99 {late:6.2f} ms"
          f"   a change told {found:4}")


def _many(rules: tuple[Rule, ...], wanted: int) -> Iterator[Rule]:
    """The rules, and copies of those that recommend a cross-sale."""
    yield from rules
    copied = [rule for rule in rules if isinstance(rule.then, Recommend) and rule.then.action == _ACTION]
    names = sorted({name for rule in copied for name in _categories(rule.when)})
    missing = max(0, wanted - len(copied)) if names else 0
    for number in range(missing):
        rule, shift = copied[number % len(copied)], 1 + number // len(copied)
        turned = {name: names[(place + shift) % len(names)] for place, name in enumerate(names)}
        yield replace(rule, id=RuleId(f"{rule.id}-{shift}"), when=_turned(rule.when, turned))


def _categories(condition: Condition) -> Iterator[str]:
    return (part.operand for part in walk(condition)
            if isinstance(part, Test) and part.property == "category" and isinstance(part.operand, str))


def _turned(condition: Condition, names: Mapping[str, str]) -> Condition:
    match condition:
        case Test(property="category", operand=str(name)):
            return replace(condition, operand=names[name])
        case _:
            return with_parts(condition, lambda part: _turned(part, names))


if __name__ == "__main__":
    main()
