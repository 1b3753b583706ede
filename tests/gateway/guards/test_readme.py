"""The handbook names every rule."""

import re
from pathlib import Path

from apps.gateway.guards import injection_rules, invisible, links, personal_data, secrets

README = Path(secrets.__file__).with_name("README.md").read_text(encoding="utf-8")


def test_every_rule_is_in_the_table():
    named = set(re.findall(r"`(\w+)`", README))
    rules = {rule.name for rule in injection_rules.RULES} | {"disguised", "encoded", "hidden"}
    rules |= {shape.rule for shape in (*secrets._SHAPES, *secrets._UNDERSCORED, *secrets._NAMED)}
    rules |= {personal_data.EMAIL, personal_data.PHONE, personal_data.IBAN, personal_data.CARD, personal_data.NATIONAL_ID, *invisible._CLASSES}
    rules |= {links.IMAGE, links.LINK, links.ADDRESS, links.HTML}
    assert rules <= named


def test_the_points_are_those_of_the_rules():
    rows = dict(re.findall(r"^\| (`\w+`(?:, `\w+`)?) \| ([\d, -]+)(?:, foreign)? \|", README, re.MULTILINE))
    told = {name: row for names, row in rows.items() for name in re.findall(r"\w+", names)}
    assert all(str(rule.points) in told[rule.name] for rule in injection_rules.RULES)
