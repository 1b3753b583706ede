"""Money in templates, as the administration writes it."""

from django import template

from apps.gateway import amounts

register = template.Library()
register.filter("rounded", amounts.rounded)
register.filter("rounded_down", amounts.rounded_down)
