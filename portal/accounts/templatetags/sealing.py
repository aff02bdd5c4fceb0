"""The filter by which an e-mail template reads a sealed link or code."""

from django import template

from portal.accounts.sealing import unseal

register = template.Library()
register.filter("unsealed", unseal)
