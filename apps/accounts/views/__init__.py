"""Pages about people and what they may do."""

from apps.accounts.views.home import home

__all__ = ["home"]
