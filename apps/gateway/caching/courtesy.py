"""What people say before and after a question and do not ask, in the languages in which it is cheap to know."""

import re
from collections.abc import Sequence

from apps.gateway.caching.words import Word

# Of the private use area, so that no question has them: what marks a name, what joins the words between two quotation marks, what parts.
NAME, BLANK, COMMA = "\ue000", "\ue001", "\ue002"

ASKING = "how what what's when when's where where's who who's whom whose which why why's if whether"
_NEXT = rf"(?=(?:{'|'.join(ASKING.split())}) )"
_YOU = r"(?:you|someone|somebody|anyone|anybody)"
_BEFORE = [
    rf"(?:hi|hello|hey|hallo|moin|bonjour|salut|hola|ciao)(?: there| all| everyone| team| zusammen)?(?: {COMMA})? ",
    rf"(?:good (?:morning|afternoon|evening)|guten {NAME}?(?:tag|morgen|abend)|buenos días|buenas tardes)(?: {COMMA})? ",
    r"(?:kindly|por favor|per favore) ",
    r"s'il (?:vous|te) plaît |请问 ?|请 ?",
    r"(?:a |one )?(?:quick|short|small) question ",
    rf"(?:can|could|would|will) {_YOU} (?:possibly )?(?:tell|show|explain|describe|inform|remind|help)(?: to)?(?: me| us)?"
    rf"(?: to)?(?: understand)? {_NEXT}",
    rf"(?:tell|show|remind|explain|describe)(?: to)?(?: me| us)? {_NEXT}",
    rf"(?:(?:i|we) would|i'd|we'd) (?:like|love) to (?:know|ask|find out|understand|learn) {_NEXT}",
    rf"(?:i|we) (?:want|need) to (?:know|find out|understand) {_NEXT}",
    rf"(?:(?:i|we) wonder|(?:i am|i was|i'm|we are|we're|just) wondering) {_NEXT}",
    rf"(?:do|does|would) {_YOU} (?:happen to )?know {_NEXT}",
    rf"(?:any (?:idea|clue)|(?:may|can) i ask(?: you)?|i have a question|i don't know|i do not know) {_NEXT}",
    r"(?:können sie|kannst du|könnten sie|könntest du) (?:mir |uns )?(?:sagen|erklären|verraten) ",
    r"ich (?:möchte|würde) (?:gern |gerne )?wissen ",
    r"(?:pouvez-vous|peux-tu|pourriez-vous) me dire |(?:puede|puedes|podría|podrías) decirme ",
]
_AFTER = r" (?:thanks|thank you|many thanks|(?:thanks|thank you) in advance|danke|vielen dank|merci|gracias|s'il (?:vous|te) plaît|por favor) $"
_BEGINNING = re.compile(rf"^ (?:{'|'.join(_BEFORE)})(?:{COMMA} )?")
_ANYWHERE = re.compile(r" (?:please|bitte)(?= )")
_END = re.compile(rf"(?: {COMMA})?{_AFTER}")


def write(words: Sequence[Word]) -> str:
    """The words as one line for rewriting, each between two blanks. Who has private signs in a question is left alone: an empty line."""
    if any(sign in word.text for word in words for sign in (NAME, BLANK, COMMA)):
        return ""
    written = [f"{NAME * word.is_name}{word.text.replace(' ', BLANK)}{f' {COMMA}' * word.ends_part}" for word in words]
    return f" {' '.join(written)} "


def read_line(line: str) -> list[Word]:
    return [Word(text.removeprefix(NAME).replace(BLANK, " "), text.startswith(NAME)) for text in line.split() if text != COMMA]


def without_courtesy(line: str) -> str:
    """The line of what is asked; "Hello, please tell me" alone stays what it is."""
    line = _ANYWHERE.sub("", line) if _ANYWHERE.sub("", line).strip() else line
    while True:
        shorter = _END.sub(" ", _BEGINNING.sub(" ", line, count=1), count=1)
        if shorter == line or not shorter.strip():
            return line
        line = shorter
