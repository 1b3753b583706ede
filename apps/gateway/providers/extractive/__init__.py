"""A chat model that needs no key and no network: it answers by quoting the passages it is given, and says so when they hold no answer.

units (what can be quoted) -> terms (a cheap look) -> ranking (the embedder's look) -> quoting (Markdown) -> model (LangChain).
"""

NAME = "extractive"
NO_ANSWER = "Nothing in the library answers this."
