"""The words that `wording.py` knows something about."""

_ENGLISH = "the is are do does how what where when who why can of to which my i if for with must may define"
_OTHER = """der die das den dem ist sind und ein eine einen wie wer wann warum wo was kann ich für nicht le la les est sont et un une comment quand où
    pourquoi que qui pour el los las es son y cómo cuándo dónde qué por para il gli di che come perché o os são como het een wat hoe de van en"""
# What tells English from its neighbours.
ENGLISH, OTHER = frozenset(_ENGLISH.split()), frozenset(_OTHER.split())

_EDGES = """in on at by to from with without into onto over under above below before after since until than as against during within for of about per between
    and or but if when while because that which who what where why how can could will would shall should may might must no not never is are was were be been
    do does did have has had i we you he she it they me us him her them my our your his its their this these those there a the howto whether 's"""
# Where the words for a thing end.
EDGES = _EDGES.split()

_BEFORE_ARTICLE = """buy get have use make give request change reset submit book cancel add create open take choose need report enable disable file send write
    print run start begin sell rent hire see find install want such not"""
# After these an "a" is an article and not the name of something.
BEFORE_ARTICLE = _BEFORE_ARTICLE.split()

_NUMBERS = "zero one two three four five six seven eight nine ten eleven twelve"
NUMBERS = _NUMBERS.split()

# One word for several that say the same wherever they stand; none for those that say nothing.
_WORDS = """purchase buy, telephone phone, e-mail email, e-mails emails, photograph photo, till until, whom who, commence begin, start begin, starts begins,
    repair fix, obtain get, receive get, modify change, alter change, display show, permitted allowed, large big, max maximum, min minimum, select choose,
    activate enable, deactivate disable, every each, assist help, needed required, an a, info information, located, exactly, actually"""
WORDS = {word: instead for word, _, instead in (pair.strip().partition(" ") for pair in _WORDS.split(","))}

_NOT = "do does did is are was were has have had would could should must need"
_IS = "what where who how when why that there it he she"
_WE, _THEY = ("i", "we", "you", "they"), ("he", "she", "it")
SHORT = {
    "can't": "can not",
    "cannot": "can not",
    "won't": "will not",
    "let's": "let us",
    "i'm": "i am",
    **{f"{word}n't": f"{word} not" for word in _NOT.split()},
    **{f"{word}'s": f"{word} is" for word in _IS.split()},
    **{f"{word}'ve": f"{word} have" for word in _WE},
    **{f"{word}'re": f"{word} are" for word in _WE[1:]},
    **{f"{word}'ll": f"{word} will" for word in (*_WE, *_THEY)},
}

_NO_PLURALS = "news goods customs arms less always perhaps besides series species lens gas bus"
# Without their "s" they are something else.
NO_PLURALS = frozenset(_NO_PLURALS.split())
