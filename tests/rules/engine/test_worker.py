"""What a worker writes: an answer for each customer of a message, together where they come soon after one another."""

import io
import math

import orjson
import pytest

from kb.child_process import Answers
from kb.model.condition import Op, Test
from kb.model.facts import Facts
from kb.model.rule import Require, Rule
from ontology.schema import load_schema
from ontology.text import Text
from rules.engine import worker
from rules.engine.encoding import Encoder
from rules.engine.program import compile_program
from rules.engine.trial import plain, request
from rules.interpreter import compile_rules

ADULT = Rule(id="adult", name=Text.same("adult"), when=Test(property="age", op=Op.GE, operand=18),
             then=Require(family="care"), author="test")
PROGRAM = compile_program(compile_rules([ADULT], load_schema()))
PEOPLE = [Facts(customer_key=str(age), as_of=0, customer={"age": age}) for age in range(10, 30)]
LOAD = {"load": "it", "program": plain(PROGRAM)}


class Pipe(io.RawIOBase):
    """Keeps what was written, one piece for each time that the reader would wake."""

    def __init__(self):
        self.pieces = []

    def writable(self):
        return True

    def write(self, piece):
        self.pieces.append(bytes(piece))
        return len(piece)


def told(*asked):
    """The pieces that come after that for the load, and the answers in them."""
    pipe = Pipe()
    answers = io.BufferedWriter(pipe)
    worker.serve(asked, Answers(answers))
    pieces = pipe.pieces[1:]
    answers.detach()
    return pieces, [orjson.loads(line) for line in b"".join(pieces).splitlines()]


ASKED = request("it", [Encoder.of(PROGRAM).message(facts) for facts in PEOPLE])


@pytest.mark.parametrize(("kept", "pieces"), [(math.inf, 1), (-1.0, len(PEOPLE))])
def test_answers_leave_together_but_none_is_kept_longer_than_a_moment(monkeypatch, kept, pieces):
    monkeypatch.setattr(worker, "KEPT_SECONDS", kept)
    written, answers = told(LOAD, ASKED)
    assert len(written) == pieces
    assert answers == [{"fired": ["0"] * (facts.customer["age"] >= 18)} for facts in PEOPLE]


def test_a_fault_is_told_after_the_answers_before_it_and_ends_the_worker():
    bad = {**ASKED, "people": [*ASKED["people"][:3], (0, None, []), *ASKED["people"][3:]]}
    _, answers = told(LOAD, bad, ASKED)
    assert [sorted(answer) for answer in answers] == [["fired"], ["fired"], ["fired"], ["error"]]
