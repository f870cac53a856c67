"""Alert rules and dashboard: what Prometheus and Grafana read, of metrics that the service has."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deploy" / "prometheus"
RULES = yaml.safe_load((FOLDER / "mixbot.rules.yaml").read_text())["groups"][0]["rules"]
DASHBOARD: dict[str, Any] = json.loads((ROOT / "deploy" / "grafana" / "mixbot.json").read_text())
METRICS = (ROOT / "docs" / "reference" / "metrics.md").read_text()
OF_THE_PROCESS = {
    "process_cpu_seconds_total",
    "process_max_fds",
    "process_open_fds",
    "process_resident_memory_bytes",
    "process_start_time_seconds",
}


def promtool(*words: str) -> str:
    """What Prometheus's own tool says; it ends well or the test fails."""
    tool = shutil.which("promtool")
    if tool is None:
        pytest.skip("there is no promtool here: apt install prometheus")
    ended = subprocess.run([tool, *words], cwd=FOLDER, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def asked() -> list[str]:
    """Every expression of the dashboard, with its variables filled in."""
    targets = [target["expr"] for panel in DASHBOARD["panels"] for target in panel.get("targets", [])]
    notes = [one["expr"] for one in DASHBOARD["annotations"]["list"]]
    return [
        each.replace("$__rate_interval", "5m").replace("$job", "mixbot").replace("$instance", ".*")
        for each in targets + notes
    ]


def names_in(expressions: list[str]) -> set[str]:
    return {name for each in expressions for name in re.findall(r"\b(?:mixbot|process)_\w+", each)}


def test_promtool_understands_the_rules() -> None:
    """Every rule, and the sample for prometheus.yml."""
    assert "SUCCESS" in promtool("check", "rules", "mixbot.rules.yaml")
    assert "SUCCESS" in promtool("check", "config", "--syntax-only", "scrape.yaml")


def test_alerts_come_when_they_should_and_not_before() -> None:
    """`promtool test rules`: a calm bot wakes nobody, a silent line does after a minute, and so on."""
    assert "SUCCESS" in promtool("test", "rules", "mixbot.rules.test.yaml")


def test_promtool_understands_what_the_dashboard_asks(tmp_path: Path) -> None:
    """Each of its expressions is one that Prometheus can parse."""
    rules = [{"record": f"asked:{number}", "expr": each} for number, each in enumerate(asked())]
    file = tmp_path / "asked.yaml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "asked", "rules": rules}]}))

    assert f"{len(rules)} rules found" in promtool("check", "rules", str(file))


def test_rules_and_dashboard_ask_for_metrics_that_exist() -> None:
    """A metric that is renamed without them would leave an alert that never comes."""
    known = set(re.findall(r"(?m)^\| `(mixbot_\w+)` \|", METRICS)) | OF_THE_PROCESS
    known |= {f"{name}_bucket" for name in known}

    assert names_in([rule["expr"] for rule in RULES]) <= known
    assert names_in(asked()) <= known


def test_the_dashboard_shows_every_metric() -> None:
    """What is counted can be seen."""
    counted = set(re.findall(r"(?m)^\| `(mixbot_\w+)` \|", METRICS))

    assert counted - {name.removesuffix("_bucket") for name in names_in(asked())} == set()


def test_every_alert_says_what_happened_and_what_to_do() -> None:
    """Whoever is woken at night reads two sentences, and the page names them all."""
    page = (ROOT / "docs" / "how-to" / "monitor.md").read_text()
    alerts = [rule for rule in RULES if "alert" in rule]

    assert len(alerts) >= 4
    for alert in alerts:
        assert set(alert["annotations"]) == {"summary", "description"}
        assert alert["labels"]["severity"] in ("page", "ticket")
        assert f"`{alert['alert']}`" in page


def test_commands_in_alerts_can_be_typed() -> None:
    """Each `mixbot …` in an alert is in the list of commands."""
    known = (ROOT / "docs" / "reference" / "cli.md").read_text()
    named = {
        found
        for rule in RULES
        for found in re.findall(r"`(mixbot [a-z]+(?: [a-z]+)?)", str(rule.get("annotations", "")))
    }

    assert named
    for each in named:
        assert each in known, each


def test_panels_lie_side_by_side() -> None:
    """None covers another, none reaches beyond the 24 columns, and ids are not given twice."""
    seen: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        cells = {(at["x"] + i, at["y"] + j) for i in range(at["w"]) for j in range(at["h"])}
        assert at["x"] + at["w"] <= 24
        assert not seen & cells, panel["title"]
        seen |= cells
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])
