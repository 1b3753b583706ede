"""The questions that the page offers to begin with: Quire's own handbook answers each of them."""

SUGGESTIONS = (
    "What is Quire?",
    "How do I add my own documents?",
    "How do I connect a language model?",
)
