"""What the API answers: one model for each answer and each part of one, grouped as the routes are.

An answer that a use case gives as a domain value is made here (``XAnswer.of(value)``). What a use case tells as JSON
goes out as it is (``base.PlainAnswer``): its model describes it in the OpenAPI document and is not run for each call.
So that the two never part, the clients of the tests hold every successful answer to its model, where a member that is
not known or is missing is a fault.
"""
