"""The delays of the expert pool that no rulebook gives: each is a [decision] of the portal, in days unless said."""

from datetime import date

FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2100, 12, 31)
"""Between which days a paper, a qualification or an accreditation is dated; beyond, a typing error [decision]."""

ACCREDITATION_MONTHS = 36
"""How long an accreditation lasts by default, in months [decision]; its decision may say otherwise."""

NOTICE_DAYS = (90, 30)
"""How long before the end of an accreditation or of a PASSI certificate its firm is told, once each (issue 5)."""

RENEWAL_DAYS = NOTICE_DAYS[0]
"""How long before its end an accreditation may be asked anew; it goes on meanwhile (issue 5)."""

INSURANCE_NOTICE_DAYS = (30,)
"""How long before the end of its insurance the firm is told [decision]."""

TAX_CERTIFICATE_MONTHS = 6
"""How old a tax and social certificate may be on the day of the request, in months [decision]."""
