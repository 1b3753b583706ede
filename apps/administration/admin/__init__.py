from apps.administration.admin import conversations, library, people

__all__ = ["conversations", "library", "people"]
