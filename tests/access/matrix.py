"""The access matrix: one line per address, with who may enter, who is told it does not exist, and how."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.urls import get_resolver
from django.urls.resolvers import URLPattern, URLResolver

from portal.notifications.preferences import unsubscribe_token
from tests.access import closure_parts, offer_parts, quoting_parts
from tests.access.world import ROLES, TOKEN, World

Kwargs = Callable[[World], dict[str, Any]]

SIGNED_OUT = frozenset({"anonymous", "deactivated"})
ALL = frozenset(ROLES)
SIGNED_IN = ALL - SIGNED_OUT
OURS = frozenset({"owner", "member"})
COMPANIES = OURS | {"other_company"}
EXPERTS = frozenset({"chosen_expert", "other_expert"})
OFFICER = frozenset({"officer"})
DESK = frozenset({"officer", "other_officer", "manager"})
ACTORS = DESK | {"controller"}
READERS = ACTORS | {"auditor"}
PAYERS = frozenset({"manager", "controller"})
ADMINISTRATOR = frozenset({"administrator"})
# For these a file of a company's request does not exist.
NOT_READERS = frozenset({"other_company", "chosen_expert", "other_expert", "administrator"})
ORGANISED = COMPANIES | EXPERTS


@dataclass(frozen=True)
class Line:
    """One address. `enter` are the roles let in, `foreign` those for whom the object does not exist (404).

    Everybody else signed in gets 403; visitors and deactivated people go to the sign-in page.
    """

    name: str
    enter: frozenset[str]
    methods: str = "GET"
    kwargs: Kwargs = field(default=lambda _world: {})
    foreign: frozenset[str] = frozenset()
    get: tuple[int, ...] = (200,)
    post: tuple[int, ...] = (200, 302, 400, 409, 422)
    # Reading it may append to the journal: the access log of a sensitive report.
    logs: bool = False


def public(name: str, methods: str = "GET", kwargs: Kwargs = lambda _world: {}, **more: Any) -> Line:
    """Return the line of a page open to everybody."""
    return Line(name, ALL, methods, kwargs, **more)


def member(name: str, methods: str = "GET", kwargs: Kwargs = lambda _world: {}, **more: Any) -> Line:
    """Return the line of a page open to whoever signed in."""
    return Line(name, SIGNED_IN, methods, kwargs, **more)


def company(name: str, methods: str, kwargs: Kwargs, *, enter: frozenset[str] = OURS, **more: Any) -> Line:
    """Return the line of a page about the company's own things."""
    return Line(name, enter, methods, kwargs, foreign=COMPANIES - OURS, **more)


def filling(name: str, methods: str, kwargs: Kwargs, **more: Any) -> Line:
    """Return the line of a page on which a draft is filled in, by its company or by who enters it for it."""
    foreign = (COMPANIES - OURS) | (DESK - OFFICER)
    return Line(name, OURS | OFFICER, methods, kwargs, foreign=foreign, **more)


def expert(name: str, methods: str, kwargs: Kwargs, **more: Any) -> Line:
    """Return the line of a page about the chosen expert's own things."""
    return Line(
        name, frozenset({"chosen_expert"}), methods, kwargs, foreign=frozenset({"other_expert"}), **more
    )


def both(name: str, methods: str, kwargs: Kwargs, **more: Any) -> Line:
    """Return the line of a page that the company and its expert share."""
    strangers = frozenset({"other_company", "other_expert"})
    return Line(name, OURS | {"chosen_expert"}, methods, kwargs, foreign=strangers, **more)


def writing(name: str, methods: str) -> Line:
    """Return the line of a page about minutes that the company is writing: nobody else knows of them."""
    others = frozenset({"other_company", "chosen_expert", "other_expert"})
    return Line(name, OURS, methods, lambda w: {"pk": w.draft_minutes.pk}, foreign=others)


def organised(name: str, methods: str, kwargs: Kwargs, enter: frozenset[str] = OURS, **more: Any) -> Line:
    """Return the line of a page about an organisation's members, here those of the company."""
    return Line(name, enter, methods, kwargs, foreign=ORGANISED - OURS, **more)


def dossier(state: str, **more: Any) -> Kwargs:
    """Return how to name the company's dossier in a state."""
    return lambda world: {"pk": world.dossiers[state].pk, **more}


def assisted(**more: Any) -> Kwargs:
    """Return how to name the company's draft, which the officer enters."""
    return lambda world: {"pk": world.assisted().pk, **more}


def mission(state: str, **more: Any) -> Kwargs:
    """Return how to name the mission of the company's dossier in a state."""
    return lambda world: {"pk": world.mission(state).pk, **more}


def firm(**more: Any) -> Kwargs:
    """Return how to name the chosen expert's firm."""
    return lambda world: {"firm_id": world.firm.pk, **more}


OWNER = frozenset({"owner"})
FORM = "GET POST"

LINES: tuple[Line, ...] = (
    # --- The visual language, shown by the demonstration alone
    public("style_guide", get=(404,)),
    # --- Sign-in and passwords (allauth)
    public("account_login", FORM, get=(200, 302)),
    public("account_logout", FORM, get=(200, 302)),
    public("account_inactive"),
    public("account_signup", FORM, get=(200, 302)),
    member("account_reauthenticate", FORM, get=(200, 302)),
    member("account_email", FORM),
    public("account_email_verification_sent"),
    member("account_change_password", FORM, get=(200, 302)),
    member("account_set_password", FORM, get=(200, 302)),
    public("account_reset_password", FORM),
    public("account_confirm_login_code", FORM, get=(200, 302)),
    public("account_confirm_email", FORM, lambda _world: {"key": "inconnue"}, post=(404,)),
    public("account_reset_password_from_key_done"),
    public("account_reset_password_from_key", FORM, lambda _world: {"uidb36": "zz", "key": "inconnue"}),
    public("account_reset_password_done"),
    member("mfa_index", get=(200, 302)),
    public("mfa_authenticate", FORM, get=(200, 302)),
    member("mfa_reauthenticate", FORM, get=(200, 302)),
    member("mfa_list_webauthn"),
    member("mfa_add_webauthn", FORM, get=(200, 302)),
    member("mfa_reauthenticate_webauthn", FORM, get=(200, 302)),
    public("mfa_login_webauthn", FORM, get=(302,)),
    member("mfa_edit_webauthn", FORM, lambda _world: {"pk": 404}, get=(302, 404), post=(302, 404)),
    member("mfa_remove_webauthn", FORM, lambda _world: {"pk": 404}, get=(302, 404), post=(302, 404)),
    member("mfa_activate_totp", FORM, get=(200, 302)),
    member("mfa_deactivate_totp", FORM, get=(302, 404), post=(302, 404)),
    member("mfa_view_recovery_codes", get=(302, 404)),
    member("mfa_generate_recovery_codes", FORM, get=(200, 302, 403)),
    member("mfa_download_recovery_codes", FORM, get=(302, 404), post=(302, 404)),
    # --- People
    member("home_of_user", get=(302,)),
    member("onboarding"),
    member("second_factor_setup", get=(302,)),
    public("demo_signin", "POST", post=(404,)),
    Line("organisation_members", ORGANISED, get=(302,)),
    organised("organisation_members", "GET", lambda w: {"organisation_id": w.company.organisation_id}),
    organised("invitation_send", "POST", lambda w: {"organisation_id": w.company.organisation_id}, OWNER),
    organised("membership_remove", FORM, lambda w: {"membership_id": w.membership().pk}),
    organised("ownership_transfer", FORM, lambda w: {"membership_id": w.membership().pk}, OWNER),
    organised("invitation_revoke", "POST", lambda w: {"invitation_id": w.invitation.pk}, OWNER),
    organised("join_request_put_aside", "POST", lambda w: {"request_id": w.join_request().pk}, OWNER),
    public("invitation_accept", FORM, lambda _world: {"token": TOKEN}),
    public("invitation_sign_up", "POST", lambda _world: {"token": TOKEN}),
    Line("account_list", ADMINISTRATOR),
    Line("account_create", ADMINISTRATOR, FORM),
    Line("account_edit", ADMINISTRATOR, FORM, lambda w: {"account_id": w.users["officer"].pk}),  # type: ignore[union-attr]
    Line("account_send_link", ADMINISTRATOR, "POST", lambda w: {"account_id": w.users["officer"].pk}),  # type: ignore[union-attr]
    Line("account_reset_factor", ADMINISTRATOR, FORM, lambda w: {"account_id": w.users["officer"].pk}),  # type: ignore[union-attr]
    Line("delegation_list", ADMINISTRATOR, FORM),
    Line("delegation_end", ADMINISTRATOR, FORM, lambda w: {"delegation_id": w.users["manager"].delegations.get().pk}),  # type: ignore[union-attr]
    # --- Files and notifications
    Line("document_download", OURS | {"chosen_expert"} | READERS, "GET", lambda w: {"pk": w.report.pk},
         foreign=frozenset({"other_company", "other_expert", "administrator"}), logs=True),
    Line("document_preview", OURS | READERS, "GET", lambda w: {"pk": w.sheet.pk}, foreign=NOT_READERS),
    Line("document_copy", OURS | READERS, "GET", lambda w: {"pk": w.sheet.pk}, foreign=NOT_READERS),
    Line("document_page", OURS | READERS, "GET", lambda w: {"pk": w.sheet.pk, "number": 1}, foreign=NOT_READERS),
    member("notification_list"),
    member("notification_read_all", "POST"),
    member("notification_seen", "POST"),
    member("notification_preferences", FORM),
    member("calendar_settings"),
    member("calendar_create", "POST"),
    member("calendar_revoke", "POST"),
    Line("deadline_ics", OURS | {"chosen_expert", "officer"}, kwargs=lambda w: {"pk": w.deadline.pk},
         foreign=SIGNED_IN - OURS - {"chosen_expert", "officer"}),
    public("calendar_feed", kwargs=lambda w: {"token": w.calendar_token}, logs=True),
    public("digest_unsubscribe", FORM, lambda w: {"token": unsubscribe_token(w.users["owner"])}),  # type: ignore[arg-type]
    Line("notification_read", OWNER, "POST", lambda w: {"pk": w.notification().pk}, foreign=SIGNED_IN - OWNER),
    Line("outbox_list", ADMINISTRATOR),
    Line("outbox_detail", ADMINISTRATOR, "GET", lambda w: {"pk": w.letter.pk}),
    Line("dead_letters_retry", ADMINISTRATOR, "POST"),
    Line("dead_letter_retry", ADMINISTRATOR, "POST", lambda w: {"pk": w.letter.pk}),
    Line("dead_letter_drop", ADMINISTRATOR, "POST", lambda w: {"pk": w.letter.pk}),
    # --- Public pages and API
    public("home"),
    public("guide_index"),
    public("guide_volets"),
    public("guide_volet", kwargs=lambda _world: {"number": 1}),
    public("guide_eligibility"),
    public("guide_documents"),
    public("guide_calendar"),
    public("guide_experts"),
    public("guide_questions"),
    public("guide_glossary"),
    public("legal_notice"),
    public("privacy"),
    public("accessibility"),
    public("service_status"),
    public("robots"),
    public("sitemap"),
    public("simulator"),
    public("simulation_pdf", get=(200, 302)),
    public("schedule_of_rates"),
    public("schedule_comparison"),
    public("schedule_of_edition", kwargs=lambda _world: {"code": "2024"}),
    public("api_simulations", "POST"),
    public("api_changes", "POST"),
    public("api_openings", "POST"),
    public("api_editions"),
    public("api_edition", kwargs=lambda _world: {"code": "2024"}),
    public("api_schema"),
    public("api_docs"),
    # --- Expert firms
    Line("firm_profile", EXPERTS),
    member("firm_create", FORM),
    expert("firm_profile_of", "GET", firm()),
    expert("firm_edit", FORM, firm()),
    expert("firm_payment_details", FORM, firm(), get=(200, 302)),
    expert("account_change", "GET", firm()),
    expert("account_change_confirm", "POST", firm(), post=(302, 404)),
    Line("account_change_stop", frozenset({"chosen_expert"}) | ACTORS, "POST", firm(),
         foreign=frozenset({"other_expert"}), post=(302, 404)),
    Line("account_call_back", DESK, FORM, firm(), get=(200, 302)),
    expert("accreditation_request", FORM, firm()),
    expert("charter_accept", FORM, firm()),
    expert("insurance_file", FORM, firm()),
    expert("consultant_add", FORM, firm()),
    expert("consultant_edit", FORM, lambda w: {"consultant_id": w.firm.consultants.get().pk}),
    expert("consultant_toggle", "POST", lambda w: {"consultant_id": w.firm.consultants.get().pk}),
    Line("firm_list", READERS),
    Line("firm_detail", READERS, "GET", firm()),
    Line("accreditation_decide", DESK, FORM, lambda w: {"accreditation_id": w.firm.accreditations.first().pk}),
    Line("accreditation_queue", READERS),
    Line("accreditation_answer", frozenset({"manager"}), "POST",
         lambda w: {"accreditation_id": w.proposal().accreditation_id, "decision_id": w.proposal().pk}),
    Line("accreditation_record", DESK, FORM, firm()),
    Line("passi_register", READERS),
    Line("passi_match", DESK, "POST", lambda w: {"listing_id": w.listing().pk}),
    Line("passi_import", DESK, FORM),
    Line("passi_import_report", READERS, kwargs=lambda w: {"import_id": w.passi_import().pk}),
    Line("lapsing_dossiers", READERS),
    Line("certificate_record", DESK, FORM, firm()),
    Line("certificate_edit", DESK, FORM,
         lambda w: {"firm_id": w.firm.pk, "certificate_id": w.firm.passi_certificates.get().pk}),
    # --- The company's space
    Line("company_home", COMPANIES),
    member("company_create", FORM),
    member("company_lookup", "POST"),
    member("company_join", "POST"),
    company("company_edit", FORM, lambda w: {"pk": w.company.pk}),
    company("device_list", "GET", lambda w: {"pk": w.company.pk}),
    company("device_add", FORM, lambda w: {"pk": w.company.pk}),
    company("device_edit", FORM, lambda w: {"pk": w.company.pk, "device_pk": w.device.pk}),
    company("signatory_list", "GET", lambda w: {"pk": w.company.pk}),
    company("signatory_add", FORM, lambda w: {"pk": w.company.pk}, enter=OWNER),
    company("signatory_invite", "POST", lambda w: {"pk": w.company.pk}, enter=OWNER),
    company("signatory_end", FORM, lambda w: {"pk": w.company.pk, "signatory_pk": w.signatory().pk},
            enter=OWNER),
    # --- Filing: the company's, and the officer's who enters this very draft for it
    member("dossier_start", FORM, get=(200, 302)),
    filling("filing_tasks", "GET", assisted()),
    company("filing_submit", "POST", dossier("draft")),
    filling("filing_device", "POST", assisted(), post=(404,)),
    filling("filing_presence", "POST", assisted()),
    filling("filing_resume", "GET", assisted(), get=(302,)),
    filling("filing_piece_add", "POST", assisted()),
    filling("filing_piece_absent", "POST", assisted()),
    filling("filing_piece_remove", "POST", lambda w: {"pk": w.assisted().pk, "piece_pk": w.piece.pk}),
    filling("filing_piece_replace", "POST", lambda w: {"pk": w.assisted().pk, "piece_pk": w.piece.pk}),
    filling("filing_piece_kind", "POST", lambda w: {"pk": w.assisted().pk, "piece_pk": w.piece.pk}),
    filling("filing_piece_date", "POST", lambda w: {"pk": w.assisted().pk, "piece_pk": w.piece.pk}),
    filling("filing_step", FORM, assisted(step="entreprise")),
    company("assistance_stop", FORM, assisted(), enter=OWNER),
    # --- The company's filed requests
    company("company_dossier", "GET", dossier("paid")),
    company("company_withdraw", "GET", dossier("draft")),
    company("company_act", "POST", dossier("work_done", name="confirm_restitution")),
    company("company_message", "POST", dossier("work_done")),
    company("company_messages_read", "POST", dossier("work_done")),
    company("company_satisfaction", "POST", dossier("work_done")),
    company("company_sign", FORM, dossier("contract_sent")),
    company("company_amendment", FORM, dossier("in_progress")),
    company("company_evidence", "GET", dossier("work_done")),
    company("company_amendment_evidence", "GET", dossier("work_done", rank=1), get=(404,)),
    company("company_sign_code", "POST", dossier("contract_sent", name="sign")),
    # --- Requests for quotes
    Line("expert_directory", COMPANIES),
    Line("quote_request_list", COMPANIES),
    Line("quote_request_new", COMPANIES, FORM),
    company("quote_request", "GET", lambda w: {"pk": quoting_parts.request_of(w).pk}),
    company("quote_request_edit", FORM, lambda w: {"pk": quoting_parts.request_of(w).pk}, get=(302,)),
    company("quote_request_more", "POST", lambda w: {"pk": quoting_parts.request_of(w).pk}),
    company("quote_request_send", "POST", lambda w: {"pk": quoting_parts.request_of(w).pk}),
    company("quote_request_extend", "POST", lambda w: {"pk": quoting_parts.request_of(w).pk}),
    company("quote_request_drop", FORM, lambda w: {"pk": quoting_parts.request_of(w).pk}),
    company("quote_compare", "GET", lambda w: {"pk": quoting_parts.request_of(w).pk}),
    company("quote_choose", FORM,
            lambda w: {"token": quoting_parts.offer_of(w).token, "pk": quoting_parts.request_of(w).pk}),
    Line("quote_invitation_list", EXPERTS),
    expert("quote_invitation", "GET", lambda w: {"token": quoting_parts.invitation_of(w).token}),
    expert("quote_invitation_seen", "POST", lambda w: {"token": quoting_parts.invitation_of(w).token},
           post=(204,)),
    expert("quote_invitation_decline", "POST", lambda w: {"token": quoting_parts.invitation_of(w).token}),
    Line("officer_quote_requests", READERS, "GET", dossier("in_progress")),
    # --- The offers that firms write
    expert("offer_start", "POST", lambda w: {"token": quoting_parts.invitation_of(w).token}),
    expert("offer_edit", FORM, lambda w: {"token": offer_parts.draft_offer(w).token}),
    expert("offer_review", FORM, lambda w: {"token": offer_parts.draft_offer(w).token}),
    expert("offer_terms", "POST", lambda w: {"token": offer_parts.draft_offer(w).token}),
    expert("offer_model_save", "POST", lambda w: {"token": offer_parts.draft_offer(w).token}),
    expert("offer_model_take", "POST", lambda w: {"token": offer_parts.draft_offer(w).token}, post=(404,)),
    expert("offer_drop", "POST", lambda w: {"token": offer_parts.draft_offer(w).token}),
    expert("offer_withdraw", "POST", lambda w: {"token": offer_parts.sent_offer(w).token}),
    Line("offer_detail", OURS | {"chosen_expert"}, "GET", lambda w: {"token": offer_parts.sent_offer(w).token},
         foreign=READERS | {"other_company", "other_expert"}),
    company("offer_change", "POST", lambda w: {"token": offer_parts.sent_offer(w).token}),
    # --- The expert's missions
    Line("expert_home", EXPERTS),
    Line("expert_payments", EXPERTS),
    expert("mission_detail", "GET", mission("in_progress")),
    expert("mission_conflict", "POST", mission("contract_sent")),
    expert("mission_service_contract", "POST", mission("in_progress")),
    expert("mission_start", "POST", mission("in_progress")),
    expert("mission_done", "POST", mission("in_progress")),
    expert("phase_done", "POST", mission("in_progress", rank=0)),
    expert("phase_reopen", "POST", mission("in_progress", rank=0)),
    both("minutes_new", FORM, mission("in_progress")),
    both("minutes_page", "GET", lambda w: {"pk": w.minutes.pk}),
    both("minutes_approve", "POST", lambda w: {"pk": w.minutes.pk}, post=(302, 403, 409)),
    both("minutes_correct", "POST", lambda w: {"pk": w.minutes.pk}, post=(302, 403, 409, 422)),
    both("minutes_revise", "POST", lambda w: {"pk": w.minutes.pk}, post=(302, 403)),
    writing("minutes_edit", FORM),
    writing("minutes_drop", "POST"),
    expert("mission_report", "POST", mission("in_progress")),
    expert("mission_message", "POST", mission("in_progress")),
    expert("mission_messages_read", "POST", mission("in_progress")),
    expert("mission_pending_drop", "POST", mission("in_progress")),
    expert("mission_amendment", "POST", mission("in_progress")),
    expert("mission_closure", "GET", mission("work_done")),
    expert("closure_lines", "POST", mission("work_done")),
    expert("closure_send", "POST", mission("work_done")),
    expert("closure_preflight", "GET", mission("work_done")),
    expert("closure_answer", "POST", mission("work_done", target="final_report")),
    expert("closure_document", "POST", mission("work_done", slug="rapport")),
    expert("invoice_add", FORM, mission("work_done", slug="entreprise")),
    expert("invoice_deposit", "POST", mission("work_done", slug="entreprise")),
    expert("invoice_draft", FORM, mission("work_done", slug="entreprise")),
    expert("invoice_confirm", FORM, lambda w: {"pk": closure_parts.deposit(w).pk}),
    expert("invoice_give_up", "POST", lambda w: {"pk": closure_parts.deposit(w).pk}),
    expert("invoice_draft_use", "POST", lambda w: {"pk": closure_parts.invoice_draft(w).pk}),
    expert("invoice_edit", FORM, lambda w: {"pk": w.invoice().pk}),
    expert("invoice_remove", "POST", lambda w: {"pk": w.invoice().pk}),
    # --- Bpifrance's desk
    Line("dossier_list", READERS),
    Line("morning_queue", DESK),
    Line("dossiers_all_seen", READERS, "POST"),
    Line("saved_view_keep", READERS, "POST"),
    Line("saved_view_remove", OFFICER, "POST", lambda w: {"pk": w.saved_view.pk}, foreign=READERS - OFFICER),
    Line("dossier_look", READERS, "POST", dossier("paid")),
    Line("deadline_list", READERS),
    Line("pilotage", READERS),
    Line("transmission_list", READERS),
    Line("pending_list", READERS),
    # --- Exports and transmissions
    Line("export_list", READERS),
    Line("export_new", READERS, FORM, lambda _world: {"listing": "dossiers"}),
    Line("export_cancel", frozenset({"officer"}), "POST", lambda w: {"pk": w.export().pk},
         foreign=READERS - {"officer"}),
    Line("dossier_archive", READERS, "POST", dossier("paid")),
    Line("parcel_create", frozenset({"officer", "other_officer"}), "POST"),
    Line("parcel_detail", READERS, "GET", lambda w: {"pk": w.parcel().pk}),
    Line("parcel_send", frozenset({"officer", "other_officer"}), "POST", lambda w: {"pk": w.parcel().pk}),
    Line("parcel_receive", frozenset({"officer", "other_officer"}), "POST", lambda w: {"pk": w.parcel().pk}),
    Line("parcel_remind", frozenset({"officer", "other_officer"}), "POST", lambda w: {"pk": w.parcel().pk}),
    Line("parcel_drop", frozenset({"officer", "other_officer"}), "POST", lambda w: {"pk": w.parcel().pk}),
    Line("pending_confirm", frozenset({"manager"}), "POST", lambda w: {"pk": w.pending.pk}),
    Line("pending_drop", frozenset({"manager", "controller"}), "POST", lambda w: {"pk": w.pending.pk}),
    Line("officer_dossier", READERS, "GET", dossier("paid")),
    Line("desk_act", DESK, FORM, dossier("in_progress", name="drop_amendment")),
    Line("desk_mission_act", ACTORS, FORM, mission("work_done", name="set_hold")),
    Line("officer_message", ACTORS, "POST", dossier("work_done")),
    Line("officer_messages_read", ACTORS, "POST", dossier("work_done")),
    Line("officer_note", ACTORS, "POST", dossier("work_done")),
    Line("dossier_presence", READERS, "POST", dossier("paid"), post=(422,)),
    Line("dossier_others", READERS, "GET", dossier("paid")),
    Line("dossier_signals", READERS, "GET", dossier("paid")),
    Line("dossier_next", READERS, "GET", dossier("paid"), get=(200, 302)),
    Line("dossier_previous", READERS, "GET", dossier("paid"), get=(200, 302)),
    Line("dossier_snapshots", READERS, "GET", dossier("paid")),
    Line("dossier_readings", frozenset({"manager", "auditor"}), "GET", dossier("paid")),
    Line("dossier_then", frozenset({"manager", "auditor"}), "GET", dossier("paid")),
    Line("opinion_ask", DESK, FORM, dossier("in_progress")),
    Line("opinion_revoke", DESK, "POST", lambda w: {"pk": w.opinion.pk}, post=(409,)),
    public("opinion", FORM, lambda w: {"token": w.opinion_token}, logs=True),
    public("opinion_piece", "GET", lambda w: {"token": w.opinion_token, "pk": w.opinion.pieces.get().pk}, logs=True),
    Line("officer_company", READERS, "GET", lambda w: {"pk": w.company.pk}),
    Line("edition_list", READERS),
    Line("edition_comparison", READERS),
    Line("edition_effects", READERS, get=(302,)),
    Line("edition_detail", READERS, "GET", lambda w: {"ref": w.edition_text().ref}),
    Line("edition_file", READERS, "GET", lambda _world: {"ref": "2024"}),
    Line("edition_load", frozenset({"manager"}), FORM),
    Line("edition_rehearse", frozenset({"manager"}), "POST", lambda w: {"pk": w.edition_text().pk}),
    Line("edition_publish", frozenset({"manager"}), FORM, lambda w: {"pk": w.edition_text().pk}, get=(302,)),
    Line("edition_cancel", frozenset({"manager"}), FORM, lambda w: {"pk": w.edition_text().pk}, get=(409,)),
    Line("edition_cancel_confirm", frozenset({"manager"}), "POST", lambda w: {"pk": w.edition_text().pk}),
    Line("edition_cancel_drop", frozenset({"manager"}), "POST", lambda w: {"pk": w.edition_text().pk}),
    Line("edition_withdraw", frozenset({"manager"}), "POST", lambda w: {"pk": w.edition_text().pk}),
    Line("rehearsal_cancel", frozenset({"manager"}), "POST", lambda w: {"pk": w.rehearsal().pk}),
    Line("import_list", frozenset({"manager"}), FORM),
    Line("import_template", frozenset({"manager"})),
    Line("import_detail", frozenset({"manager"}), "GET", lambda w: {"pk": w.dossier_import().pk}),
    Line("import_confirm", frozenset({"manager"}), "POST", lambda w: {"pk": w.dossier_import().pk}),
    Line("assistance_list", DESK),
    Line("assistance_number", DESK, FORM),
    Line("assistance_begin", DESK, FORM, get=(302,), post=(302,)),
    Line("assistance_hand_over", OFFICER, FORM, lambda w: {"pk": w.assistance().pk},
         foreign=frozenset({"other_officer"})),
    Line("assistance_pass_on", OFFICER | {"manager"}, FORM, lambda w: {"pk": w.assistance().pk},
         foreign=frozenset({"other_officer"})),
    Line("owner_invite", DESK, FORM, lambda w: {"pk": w.unclaimed().pk}),
    Line("used_volet_record", DESK, FORM, lambda w: {"pk": w.company.pk}),
    Line("insolvency_record", DESK, FORM, lambda w: {"pk": w.company.pk}),
    Line("delegation_check", DESK, "POST", lambda w: {"pk": w.signatory().pk}),
    Line("letter_draft", DESK, FORM, lambda w: {"pk": w.letter_draft.pk}, post=(200, 302, 409, 422)),
    Line("letter_preview_state", DESK, "GET", lambda w: {"pk": w.letter_draft.pk}, get=(302,)),
    Line("letter_notice_prepare", DESK, "POST", dossier("in_progress")),
    Line("letter_page", OURS | READERS, "GET", lambda w: {"pk": w.receipt.pk}, foreign=NOT_READERS),
    Line("reason_list", DESK | {"auditor"}),
    Line("reason_add", frozenset({"manager"}), FORM),
    Line("reason_edit", frozenset({"manager"}), FORM, lambda w: {"pk": w.reason.pk}),
    Line("reason_retire", frozenset({"manager"}), "POST", lambda w: {"pk": w.reason.pk}),
    Line("seal_status", ADMINISTRATOR),
    Line("audit_journal", ADMINISTRATOR | {"auditor"}),
    Line("retention_board", ADMINISTRATOR | {"auditor"}),
    # --- What machines ask: they have no account
    public("health_alive"),
    public("health_ready"),
    public("metrics", get=(404,)),
    Line("envelope_list", READERS),
    Line("envelope_open", frozenset({"manager"}), FORM),
    Line("envelope_top_up", frozenset({"manager"}), FORM, lambda w: {"pk": w.envelope.pk}),
    Line("envelope_close", frozenset({"manager"}), FORM, lambda w: {"pk": w.envelope.pk}),
    # --- Payments
    Line("payment_list", READERS),
    Line("payment_detail", READERS, "GET", mission("paid")),
    Line("payment_account", PAYERS, "POST", mission("paid")),
    Line("batch_list", READERS),
    Line("batch_new", PAYERS, FORM, get=(200, 403), post=(200, 302, 403)),
    Line("batch_detail", READERS, "GET", lambda w: {"pk": w.batch.pk}),
    Line("batch_approve", PAYERS, "POST", lambda w: {"pk": w.batch.pk}),
    Line("batch_cancel", PAYERS, FORM, lambda w: {"pk": w.batch.pk}),
    Line("batch_match", PAYERS, FORM, lambda w: {"pk": w.batch.pk}, get=(200, 302, 409)),
    Line("order_retire", PAYERS, FORM, lambda w: {"pk": w.batch.orders.get().pk}),
    Line("order_retire_confirm", PAYERS, "POST", lambda w: {"pk": w.batch.orders.get().pk}),
    Line("order_keep", PAYERS, "POST", lambda w: {"pk": w.batch.orders.get().pk}),
    Line("aid_register", READERS),
    # --- Assignments and absences
    Line("assignment_home", frozenset({"manager"})),
    Line("assignment_apply", frozenset({"manager"}), "POST"),
    Line("rules_switch", frozenset({"manager"}), "POST"),
    Line("rule_add", frozenset({"manager"}), FORM),
    Line("rule_edit", frozenset({"manager"}), FORM, lambda w: {"pk": w.rule.pk}),
    Line("rule_move", frozenset({"manager"}), "POST", lambda w: {"pk": w.rule.pk}),
    Line("rule_switch", frozenset({"manager"}), "POST", lambda w: {"pk": w.rule.pk}),
    Line("rule_remove", frozenset({"manager"}), FORM, lambda w: {"pk": w.rule.pk}),
    # Without a dossier ticked it leads back to the list.
    Line("assign_many_new", frozenset({"manager"}), FORM, get=(302,)),
    Line("assign_many", frozenset({"manager"}), "GET", lambda w: {"pk": w.bulk_assignment.pk}),
    Line("assign_many_confirm", frozenset({"manager"}), "POST", lambda w: {"pk": w.bulk_assignment.pk}),
    Line("assign_many_cancel", frozenset({"manager"}), "POST", lambda w: {"pk": w.bulk_assignment.pk}),
    Line("absence_list", DESK, FORM),
    Line("absence_edit", frozenset({"officer", "manager"}), FORM, lambda w: {"pk": w.absence.pk}),
    Line("absence_end", frozenset({"officer", "manager"}), "POST", lambda w: {"pk": w.absence.pk}),
    Line("power_list", READERS, FORM),
    Line("power_end", PAYERS, "POST", lambda w: {"pk": w.power.pk}),
)  # fmt: skip


def addresses() -> Iterator[tuple[str, frozenset[str], Any]]:
    """Give (name, parameters, view) of each address that the portal answers."""
    yield from _walk(get_resolver().url_patterns, frozenset())


def _walk(patterns: Any, outer: frozenset[str]) -> Iterator[tuple[str, frozenset[str], Any]]:
    for one in patterns:
        known = outer | frozenset(one.pattern.converters or one.pattern.regex.groupindex)
        if isinstance(one, URLResolver):
            yield from _walk(one.url_patterns, known)
        elif isinstance(one, URLPattern):
            yield one.name or str(one.pattern), known, one.callback
