"""The metrics count what happened, in the text format of Prometheus."""

from prometheus_client.parser import text_string_to_metric_families


def samples(client):
    families = text_string_to_metric_families(client.get("/metrics").text)
    return {(sample.name, *sample.labels.values()): sample.value for family in families for sample in family.samples}


def test_answers_are_counted_by_status_timed_and_held_against_the_engine(demo_server):
    with demo_server.client("agent") as agent:
        before = samples(agent)
        statuses = [decision["status"] for decision in
                    agent.post("/v1/decisions", json={"customer_ids": ["1", "7"]}).json()["decisions"]]
        agent.post("/v1/decisions", json={"customer_ids": ["nobody"]})
        after = samples(agent)
    for status in set(statuses):
        name = ("zhike_decisions_total", status)
        assert after[name] - before.get(name, 0) == statuses.count(status)
    assert after[("zhike_decide_seconds_count",)] - before[("zhike_decide_seconds_count",)] == 1
    answered = sum(after[name] - before[name] for name in after if name[0] == "zhike_engine_total")
    assert answered >= len(statuses)
    assert after[("zhike_engine_total", "disagreed")] == 0
