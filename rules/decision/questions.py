"""What to ask next: what is not known and would decide something."""

from kb.model.decision import Question
from rules.decision.context import DecisionContext
from rules.packs.pack import Ask

MOST_QUESTIONS = 3
_CONSENT = "consent_marketing"


def questions(context: DecisionContext, *, is_empty_handed: bool, lacks_consent: bool) -> tuple[Question, ...]:
    """At most three questions about what is unknown of the customer, the most telling first.

    A question counts when a rule that recommends something tests its answer; the more expected money hangs on such a
    rule, the earlier it is asked. Protected attributes come after all others. Consent is asked first where its lack
    holds marketing back. With nothing to recommend, whatever is unknown is asked, in the order of the pack.
    """
    unknown = [ask for ask in context.compiled.questions if not context.is_known(ask.properties)]
    stakes = {ask.name: _stake(ask, context, lacks_consent=lacks_consent) for ask in unknown}
    telling = [ask for ask in unknown if is_empty_handed or stakes[ask.name] > 0]
    first = sorted(telling, key=lambda ask: (ask in context.compiled.protected, -stakes[ask.name]))
    return tuple(Question(property=ask.name, sentence=ask.sentence) for ask in first[:MOST_QUESTIONS])


def _stake(ask: Ask, context: DecisionContext, *, lacks_consent: bool) -> float:
    if ask.name == _CONSENT and lacks_consent:
        return float("inf")
    return max(context.compiled.stakes.get(name, 0.0) for name in ask.properties)
