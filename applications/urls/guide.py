"""Addresses of the pages that explain the scheme."""

from django.urls import path

from applications.views import guide

urlpatterns = [
    path("", guide.index, name="guide_index"),
    path("volets/", guide.volets, name="guide_volets"),
    path("volets/<int:number>/", guide.volet, name="guide_volet"),
    path("eligibilite/", guide.eligibility, name="guide_eligibility"),
    path("documents/", guide.documents, name="guide_documents"),
    path("calendrier/", guide.calendar, name="guide_calendar"),
    path("experts/", guide.experts, name="guide_experts"),
    path("questions/", guide.questions, name="guide_questions"),
    path("mots/", guide.glossary, name="guide_glossary"),
]
