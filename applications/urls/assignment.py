"""Addresses of assignments: the managers’ rules, many dossiers at once, absences."""

from django.urls import URLPattern, path

from applications.views import absences, assignment, assignment_many

urlpatterns: list[URLPattern] = [
    path("gestion/affectation/", assignment.assignment_home, name="assignment_home"),
    path("gestion/affectation/appliquer/", assignment.assignment_apply, name="assignment_apply"),
    path("gestion/affectation/automatique/", assignment.rules_switch, name="rules_switch"),
    path("gestion/affectation/regles/nouvelle/", assignment.rule_add, name="rule_add"),
    path("gestion/affectation/regles/<int:pk>/", assignment.rule_edit, name="rule_edit"),
    path("gestion/affectation/regles/<int:pk>/deplacer/", assignment.rule_move, name="rule_move"),
    path("gestion/affectation/regles/<int:pk>/service/", assignment.rule_switch, name="rule_switch"),
    path("gestion/affectation/regles/<int:pk>/supprimer/", assignment.rule_remove, name="rule_remove"),
    path("gestion/affectation/lots/nouveau/", assignment_many.assign_many_new, name="assign_many_new"),
    path("gestion/affectation/lots/<uuid:pk>/", assignment_many.assign_many, name="assign_many"),
    path(
        "gestion/affectation/lots/<uuid:pk>/confirmer/",
        assignment_many.assign_many_confirm,
        name="assign_many_confirm",
    ),
    path(
        "gestion/affectation/lots/<uuid:pk>/abandonner/",
        assignment_many.assign_many_cancel,
        name="assign_many_cancel",
    ),
    path("gestion/affectation/absences/", absences.absence_list, name="absence_list"),
    path("gestion/affectation/absences/<int:pk>/", absences.absence_edit, name="absence_edit"),
    path("gestion/affectation/absences/<int:pk>/terminer/", absences.absence_end, name="absence_end"),
]
