"""How a page names a rule, a section of the rulebook or a word of the scheme."""

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from applications.guide.sections import citation
from applications.guide.words import glossary

register = template.Library()


@register.filter
def rule_anchor(rule: str) -> str:
    """Where a rule stands in the page of the rules: "company.category" gives "company-category"."""
    return rule.replace(".", "-").replace("_", "-")


@register.filter
def rule_url(rule: str) -> str:
    """The address that explains a rule to a newcomer."""
    return f"{reverse('guide_eligibility')}#{rule_anchor(rule)}"


@register.simple_tag
def source(*sections: str) -> SafeString:
    """Say which sections of the rulebook a paragraph comes from; KeyError for one it does not have."""
    return format_html(
        '<span class="dm-source">Source\N{NO-BREAK SPACE}: cahier des charges, {}</span>', citation(*sections)
    )


@register.simple_tag
def term(slug: str, text: str = "") -> SafeString:
    """A word of the scheme that leads to its meaning, which also shows on hover."""
    found = next(each for each in glossary() if each.slug == slug)
    address = f"{reverse('guide_glossary')}#{slug}"
    return format_html(
        '<a class="dm-term" href="{}" title="{}">{}</a>', address, found.meaning, text or found.word
    )
