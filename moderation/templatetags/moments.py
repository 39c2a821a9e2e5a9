"""Moments in templates, as `moderation.dates` writes them."""

from django import template

from moderation import dates

register = template.Library()
register.filter("moment", dates.moment)
register.filter("deadline", dates.deadline)
register.filter("day", dates.day)
