"""Compares rules and dashboard with what a running Prometheus has scraped of a running service.

    python3 live.py http://127.0.0.1:9090 alerts.yaml recording.yaml dashboard.json
"""

import json
import re
import sys
import urllib.parse
import urllib.request
from pathlib import Path

import promql_parser
import yaml

# What Prometheus itself adds, and what its rules make.
SCRAPED = {"job", "instance", "le", "alertname", "alertstate"}
OF_PROMETHEUS = {"up", "ALERTS"}
# Left out by rules, and not among what the traffic of this test makes.
RARE = {("outcome", "abandoned"), ("limit", "address")}
# Grafana's, as it would fill them in.
VARIABLES = {"$__rate_interval": "30s", "$job": "countersign", "$provider": ".*"}


def ask(prometheus, path, **parameters):
    with urllib.request.urlopen(f"{prometheus}/api/v1/{path}?{urllib.parse.urlencode(parameters)}") as answer:
        return json.load(answer)["data"]


def walk(expression):
    """Yields every node below an expression."""
    yield expression
    for name in ("lhs", "rhs", "expr", "param", "vector_selector"):
        child = getattr(expression, name, None)
        if child is not None:
            yield from walk(child)
    for child in getattr(expression, "args", None) or []:
        yield from walk(child)


def rules(files):
    """Returns what each rule asks, and which series the rules make of what."""
    asked, made = {}, {}
    for file in files:
        for group in yaml.safe_load(Path(file).read_text())["groups"]:
            for rule in group["rules"]:
                asked[rule.get("alert") or rule["record"]] = rule["expr"]
                if "record" in rule:
                    made[rule["record"]] = rule["expr"]
    return asked, made


def panels(dashboard):
    """Returns what each panel asks."""
    asked = {}
    for panel in dashboard["panels"]:
        for target in panel.get("targets", []):
            expression = target["expr"]
            for variable, value in VARIABLES.items():
                expression = expression.replace(variable, value)
            asked[f"{panel['title']} {target['refId']}"] = expression
    return asked


def selectors(expression):
    return [node for node in walk(promql_parser.parse(expression)) if type(node).__name__ == "VectorSelector"]


def fits(name, expression, live, made):
    """Yields what an expression names and the service does not have."""
    labels = set(SCRAPED)
    for selector in selectors(expression):
        sources = [it.name for it in selectors(made[selector.name])] if selector.name in made else [selector.name]
        values = {}
        for source in sources:
            if source not in live and source not in OF_PROMETHEUS:
                yield f"{name}: no metric {source}"
            for label, seen in live.get(source, {}).items():
                values.setdefault(label, set()).update(seen)
        labels |= values.keys()
        for matcher in selector.matchers.matchers:
            known = values.get(matcher.name)
            if known is None and matcher.name not in SCRAPED:
                yield f"{name}: {selector.name} has no label {matcher.name}"
            for word in re.split(r"\|", matcher.value) if known else []:
                if (matcher.name, word) not in RARE and not any(re.fullmatch(word, it) for it in known):
                    yield f"{name}: {selector.name} has no {matcher.name}={word}"
    made_here = set(re.findall(r'label_replace\(.*?, "(\w+)"', expression))
    for node in walk(promql_parser.parse(expression)):
        named = getattr(getattr(node, "modifier", None), "labels", None)
        for label in set(named or []) - labels - made_here:
            yield f"{name}: nothing has the label {label}"


def layout(dashboard):
    """Yields what would not be shown as it is meant."""
    taken, numbers = set(), set()
    for panel in dashboard["panels"]:
        at = panel["gridPos"]
        cells = {(at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])}
        if cells & taken or at["x"] + at["w"] > 24:
            yield f"{panel['title']}: lies over another panel, or beside the page"
        if panel["id"] in numbers:
            yield f"{panel['title']}: its id is another's"
        if panel["type"] != "row" and "unit" not in panel["fieldConfig"]["defaults"]:
            yield f"{panel['title']}: has no unit"
        taken |= cells
        numbers.add(panel["id"])


def main():
    prometheus, *files, dashboard = sys.argv[1:]
    dashboard = json.loads(Path(dashboard).read_text())
    live = {}
    for series in ask(prometheus, "series", **{"match[]": '{__name__=~"countersign_.*"}'}):
        for label, value in series.items():
            live.setdefault(series["__name__"], {}).setdefault(label, set()).add(value)
    asked, made = rules(files)
    shown = panels(dashboard)
    complaints = [it for name, expression in {**asked, **shown}.items() for it in fits(name, expression, live, made)]
    complaints += layout(dashboard)
    # Every panel has something to show, and every rule can be computed.
    for name, expression in shown.items():
        if not ask(prometheus, "query", query=expression)["result"]:
            complaints.append(f"{name}: shows nothing: {expression}")
    for group in ask(prometheus, "rules")["groups"]:
        complaints += [f"{it['name']}: {it.get('lastError')}" for it in group["rules"] if it["health"] != "ok"]
    if complaints:
        sys.exit("\n".join(dict.fromkeys(complaints)))
    print(f"{len(asked)} rules and {len(shown)} queries of the dashboard, each answered by {len(live)} metrics")


main()
