"""Filling in a form as a browser does: what the page holds is sent back, but for what the test writes over it."""

from html.parser import HTMLParser


class _Fields(HTMLParser):
    def __init__(self):
        super().__init__()
        self.fields, self.select, self.area, self.is_inside = {}, None, None, False

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        name, kind = given.get("name"), given.get("type", "text")
        if tag == "form":
            self.is_inside = given.get("id", "").endswith("_form") and given.get("id") != "logout-form"
        elif not self.is_inside:
            return
        elif tag == "input" and name and kind not in {"submit", "button"}:
            if kind not in {"checkbox", "radio"} or "checked" in given:
                self.fields.setdefault(name, []).append(given.get("value", "on" if kind == "checkbox" else ""))
        elif tag == "select" and name and "disabled" not in given:
            self.select = name
        elif tag == "option" and self.select and "selected" in given:
            self.fields.setdefault(self.select, []).append(given.get("value", ""))
        elif tag == "textarea" and name:
            self.area = name
            self.fields[name] = [""]

    def handle_endtag(self, tag):
        if tag == "select":
            self.select = None
        elif tag == "textarea":
            self.area = None
        elif tag == "form":
            self.is_inside = False

    def handle_data(self, data):
        if self.area:
            self.fields[self.area][0] += data.lstrip("\r\n")


def fields_of(page):
    parser = _Fields()
    parser.feed(page.content.decode())
    return {name: values for name, values in parser.fields.items() if "__prefix__" not in name}


def fill_in(client, address, *, rows=(), **changes):
    """Send the form of `address` with these changes; `rows` are (prefix, fields) to add to an inline. None takes a field out."""
    page = client.get(address)
    assert page.status_code == 200, page.status_code
    fields = fields_of(page)
    for prefix, row in rows:
        number = int(fields[f"{prefix}-TOTAL_FORMS"][0])
        fields[f"{prefix}-TOTAL_FORMS"] = [str(number + 1)]
        fields |= {f"{prefix}-{number}-{name}": [str(value)] for name, value in row.items()}
    fields |= {name: value if isinstance(value, list) else [str(value)] for name, value in changes.items() if value is not None}
    sent = {name: values for name, values in fields.items() if name not in changes or changes[name] is not None}
    return client.post(address, sent)
