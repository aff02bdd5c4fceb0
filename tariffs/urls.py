"""Addresses of the public pages and of the public API."""

from django.urls import path

from tariffs.api.views import Changes, EditionDetail, EditionList, Openings, Schema, Simulations
from tariffs.views.api_docs import api_docs
from tariffs.views.home import home
from tariffs.views.schedule import schedule_comparison, schedule_of_edition, schedule_of_rates
from tariffs.views.simulation_pdf import simulation_pdf
from tariffs.views.simulator import simulator

urlpatterns = [
    path("", home, name="home"),
    path("simulateur/", simulator, name="simulator"),
    path("simulateur/pdf/", simulation_pdf, name="simulation_pdf"),
    path("bareme/", schedule_of_rates, name="schedule_of_rates"),
    path("bareme/comparer/", schedule_comparison, name="schedule_comparison"),
    path("bareme/<str:code>/", schedule_of_edition, name="schedule_of_edition"),
    path("api/v1/simulations/", Simulations.view(), name="api_simulations"),
    path("api/v1/simulations/changes/", Changes.view(), name="api_changes"),
    path("api/v1/simulations/openings/", Openings.view(), name="api_openings"),
    path("api/v1/editions/", EditionList.view(), name="api_editions"),
    path("api/v1/editions/<str:code>/", EditionDetail.view(), name="api_edition"),
    path("api/schema/", Schema.view(), name="api_schema"),
    path("api/docs/", api_docs, name="api_docs"),
]
