"""What the examples of a rule do not show: tests that could be anything without an example noticing it.

Each test is taken to hold always, and never; an example notices if it then comes out otherwise. A rule that rests on
knowledge has the measures of that knowledge instead of examples.

Source: mutation testing, R. A. DeMillo, R. J. Lipton, F. G. Sayward, Hints on Test Data Selection, 1978.
"""

from collections.abc import Iterator
from dataclasses import replace

from kb.model.condition import ALWAYS, And, Condition, Exists, Not, Or
from kb.model.quantile import as_written
from kb.model.rule import Rule
from ontology.text import Text
from rules.explain.phrases import joined
from rules.interpreter.examples import example_facts
from rules.interpreter.kleene import Scope, reading
from rules.lint.finding import Finding, FindingKind, warning
from rules.lint.wording import Wording

NEVER = Or(parts=())
_NO_EXAMPLE = Text(zh="没有示例", en="it has no example")
_NEVER_FIRES = Text(zh="没有示例说明它何时不适用", en="no example shows a customer on whom it must not fire")
_NEVER_HOLDS = Text(zh="没有示例依赖这些条件成立：{tests}", en="no example depends on these to hold: {tests}")
_NEVER_FAILS = Text(zh="没有示例依赖这些条件不成立：{tests}", en="no example depends on these not to hold: {tests}")


def check_coverage(rule: Rule, say: Wording) -> Iterator[Finding]:
    """The tests of ``rule`` that its examples leave open."""
    if rule.rests_on:
        return
    if not rule.examples:
        yield warning(rule.id, FindingKind.UNTESTED, _NO_EXAMPLE)
        return
    if all(example.fires for example in rule.examples) and rule.when != ALWAYS:
        yield warning(rule.id, FindingKind.UNTESTED, _NEVER_FIRES)
        return
    unnoticed = [(is_held, say(test)) for test, is_held, mutant in mutants(as_written(rule.when))
                 if _is_unnoticed(mutant, rule)]
    for told, wanted in ((_NEVER_HOLDS, False), (_NEVER_FAILS, True)):
        tests = [text for is_held, text in unnoticed if is_held is wanted]
        if tests:
            yield warning(rule.id, FindingKind.UNTESTED, told.fill(tests=joined(tests, Text(zh="；", en="; "))))


def mutants(condition: Condition) -> Iterator[tuple[Condition, bool, Condition]]:
    """(test, whether it is taken to hold, the condition then) for each test, twice.

    >>> from kb.model.condition import Known
    >>> [(held, mutant.parts) for _, held, mutant in mutants(And(parts=(Known(property="age"),)))]
    [(True, (And(parts=()),)), (False, (Or(parts=()),))]
    """
    match condition:
        case And(parts=parts) | Or(parts=parts):
            for number, part in enumerate(parts):
                for test, is_held, mutant in mutants(part):
                    yield test, is_held, replace(condition, parts=(*parts[:number], mutant, *parts[number + 1:]))
        case Not(part=part):
            yield from ((test, is_held, Not(part=mutant)) for test, is_held, mutant in mutants(part))
        case Exists(where=where) if where != ALWAYS:
            yield from ((test, is_held, replace(condition, where=mutant)) for test, is_held, mutant in mutants(where))
        case _:
            yield condition, True, ALWAYS
            yield condition, False, NEVER


def _is_unnoticed(mutant: Condition, rule: Rule) -> bool:
    read = reading(mutant)
    return all((read(Scope.of(example_facts(example), frozenset(example.conclusions))) is True) is example.fires
               for example in rule.examples)
