"""The drawing of the knowledge map."""

from itertools import combinations

from api.console.drawing import elements


def entry(name, **more):
    return {"id": name, "label": {"zh": "最近购买", "en": "Recency"}, "statement": {"zh": "", "en": ""}, **more}


def drawn(*, information=0, operational=0, hidden=0, links=()):
    kinds = {"information": information, "operational": operational, "hidden": hidden}
    knowledge = {kind: [entry(f"{kind}{n}", value=n) for n in range(count)]
                 for kind, count in kinds.items()}
    return elements(knowledge | {"links": list(links)}, "1", lambda shown: f"{shown['value']} days", "en")


def nodes(found):
    return [element for element in found if "position" in element]


def test_a_customer_of_whom_nothing_is_known_is_drawn_with_three_empty_branches():
    assert [node["data"]["id"] for node in nodes(drawn())] == [
        "customer", "hub-information", "hub-hidden", "hub-operational"]


def test_no_box_covers_another_however_many_entries_there_are():
    boxes = [(n["position"]["x"], n["position"]["y"]) for n in nodes(drawn(information=30, operational=40, hidden=30))
             if "leaf" in n["classes"]]
    assert all(abs(ax - bx) > 240 or abs(ay - by) >= 30 for (ax, ay), (bx, by) in combinations(boxes, 2))


def test_what_does_not_fit_is_counted_not_dropped_silently():
    labels = [node["data"]["label"] for node in nodes(drawn(hidden=11))]
    assert "4 more in the list" in labels


def test_entries_without_a_value_and_with_the_same_label_are_drawn_once():
    knowledge = {"information": [], "operational": [], "hidden": [entry("a"), entry("b")], "links": []}
    labels = [node["data"]["label"] for node in nodes(elements(knowledge, "1", str, "en"))]
    assert labels.count("Recency") == 1
    assert "1 more in the list" in labels


def test_a_box_tells_label_value_and_unit():
    labels = [node["data"]["label"] for node in nodes(drawn(information=1))]
    assert "Recency: 0 days" in labels


def test_a_link_is_drawn_only_between_entries_that_are_shown():
    links = [{"source": "hidden0", "target": "operational0"}, {"source": "hidden0", "target": "operational39"}]
    found = drawn(operational=40, hidden=1, links=links)
    assert [e["data"]["target"] for e in found if e["classes"] == "link"] == ["operational0"]


def test_a_long_label_is_cut_but_its_value_is_not():
    long = entry("a", value=1) | {"label": {"en": "churn probability " * 9, "zh": "流失概率" * 20}}
    found = [nodes(elements({"information": [long], "operational": [], "hidden": [], "links": []}, "1",
                            lambda _: "4.25%", language)) for language in ("en", "zh")]
    for label in (drawn_nodes[2]["data"]["label"] for drawn_nodes in found):
        assert label.endswith("4.25%")
        assert "…" in label
