"""The company's own space: « Mes demandes »."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from applications.services.filing_home import read_space
from applications.views.filing_start import own_companies
from portal import clock
from portal.accounts.access import Role, access


@access(Role.COMPANY)
@require_safe
def company_home(request: HttpRequest) -> HttpResponse:
    """Show the five volets of a company and what it has to do next."""
    companies = list(own_companies(request))
    if not companies:
        return redirect("company_create")
    wanted = request.GET.get("entreprise", "")
    company = next((one for one in companies if str(one.pk) == wanted), companies[0])
    space = read_space(company, today=clock.today())
    return render(request, "company/home.html", {"space": space, "company": company, "companies": companies})
