"""Each race, crash, bad file, date and header that the design names, the test that shows it, and its twin.

docs/promises.md prints them; tests/house/test_promises.py sees that each of these tests exists.
"""

ACTS, FILING, KEYS = "tests/races/test_acts.py", "tests/races/test_filing.py", "tests/races/test_keys.py"
INVITED = "tests/portal/accounts/test_races.py::test_an_invitation_accepted_twenty_times_at_once_is_used_once"
WORKERS, BROKER = "tests/crashes/test_workers.py", "tests/crashes/test_broker.py"
BASE, MAIL = "tests/crashes/test_database.py", "tests/crashes/test_mail.py"
BAD = "tests/portal/documents/test_bad_files.py::test_each_bad_file_is_refused_in_french_within_three_seconds"
COMES_IN = "tests/portal/documents/test_twins.py::test_without_its_check_a_bad_file_comes_in"
CLEANED = "tests/portal/documents/test_bad_files.py::test_names_are_cleaned"
SENT, CLOCK = "tests/applications/filing/test_pieces_transport.py", "tests/clock/test_months_and_nights.py"
OFF = "tests/clock/test_twins.py"
SCAN_OFF = f"{BROKER}::test_without_the_scan_a_duty_whose_bell_was_not_heard_waits"
ONE_WINS = f"{ACTS}::test_one_wins_and_the_others_are_told"


def bad(*cases: str) -> tuple[str, ...]:
    """Return the tests that refuse these files."""
    return tuple(f"{BAD}[{case}]" for case in cases)


def comes_in(case: str) -> str:
    """Return the twin that lets this file in."""
    return f"{COMES_IN}[{case}]"


# What is named, what shows it, and the twin ("" where the guard is that of another line or of the system).
Named = tuple[str, tuple[str, ...], str]
RACES: tuple[Named, ...] = (
    ("submit twice", (f"{ONE_WINS}[submit_twice]",), f"{ACTS}::test_without_the_lock_several_submit"),
    (
        "two drafts of one volet",
        (f"{FILING}::test_twenty_members_begin_one_draft_of_a_volet",),
        f"{FILING}::test_without_the_constraint_members_begin_several",
    ),
    (
        "approve against reject, approve against withdraw",
        (f"{ONE_WINS}[approve_against_reject]", f"{ONE_WINS}[approve_against_withdraw]"),
        f"{ACTS}::test_without_the_lock_several_decide",
    ),
    ("pay twice", (f"{ONE_WINS}[pay_twice]",), f"{ACTS}::test_without_the_lock_several_pay"),
    ("sign twice", (f"{ONE_WINS}[sign_twice]",), f"{ACTS}::test_without_the_lock_several_sign"),
    (
        "edit while submitting",
        (f"{FILING}::test_what_is_filed_is_what_the_page_showed",),
        f"{FILING}::test_without_the_lock_what_is_being_filed_is_edited",
    ),
    (
        "four uploads at once",
        (f"{FILING}::test_four_files_at_once_are_all_kept",),
        f"{FILING}::test_without_the_lock_pieces_pass_the_limit",
    ),
    (
        "closure against lapse",
        (f"{ACTS}::test_of_a_closure_and_a_lapse_at_once_one_wins",),
        f"{ACTS}::test_without_the_lock_a_closure_and_a_lapse_both_win",
    ),
    (
        "two sweeps at once",
        (f"{ACTS}::test_twenty_sweeps_at_once_remind_once", f"{ACTS}::test_twenty_sweeps_at_once_lapse_once"),
        f"{ACTS}::test_twenty_sweeps_at_once_work_a_reminder_once_and_without_the_lock_several_times",
    ),
    ("one invitation used twice", (INVITED,), INVITED),
    (
        "one idempotency key twice",
        (f"{KEYS}::test_one_key_twenty_times_is_one_message",),
        f"{KEYS}::test_without_the_lock_and_the_key_one_form_is_several_messages",
    ),
)
CRASHES: tuple[Named, ...] = (
    (
        "after commit, before publish",
        (f"{WORKERS}::test_a_web_process_that_dies_between_its_commit_and_the_bell",),
        SCAN_OFF,
    ),
    (
        "before, amid and after the effect",
        (
            f"{WORKERS}::test_a_worker_killed_before_or_amid_the_effect",
            f"{WORKERS}::test_a_worker_killed_after_the_effect_and_before_its_word_to_the_broker",
        ),
        "tests/portal/notifications/test_twins.py::test_a_duty_that_nobody_closes_is_done_again",
    ),
    (
        "pool child",
        (f"{WORKERS}::test_a_pool_child_killed_amid_a_duty_undoes_it_and_the_scan_brings_it_back",),
        "tests/portal/notifications/test_twins.py::test_without_its_transaction_a_failure_leaves_half_its_work",
    ),
    (
        "frozen worker",
        (f"{WORKERS}::test_a_worker_frozen_beyond_its_lease_undoes_its_work",),
        f"{WORKERS}::test_without_the_check_of_the_lease_a_frozen_worker_does_it_again",
    ),
    ("FLUSHALL", (f"{BROKER}::test_flushall_loses_no_duty",), SCAN_OFF),
    (
        "Redis down, Redis full",
        (
            f"{BROKER}::test_people_are_answered_and_nothing_is_lost",
            f"{BROKER}::test_a_worker_comes_back_with_redis",
        ),
        f"{BROKER}::test_without_its_reserve_the_sign_in_would_fail",
    ),
    (
        "connections cut amid a submit",
        (f"{BASE}::test_a_connection_cut_amid_an_act_leaves_no_trace_and_the_next_one_passes",),
        f"{BASE}::test_without_a_look_at_connections_a_page_finds_them_dead",
    ),
    (
        "disk full on upload",
        (
            f"{BASE}::test_a_full_disk_keeps_nothing_of_a_file_and_says_so",
            "tests/portal/documents/test_services.py::test_a_full_disk_leaves_nothing_and_says_so",
        ),
        "tests/portal/documents/test_twins.py::test_without_its_removal_a_file_whose_row_failed_stays",
    ),
    (
        "SMTP refusing, hanging, dropping",
        (
            f"{MAIL}::test_a_letter_refused_leaves_once_when_the_server_is_back",
            f"{MAIL}::test_a_letter_whose_receipt_was_lost_is_recognised_as_the_same",
        ),
        f"{MAIL}::test_without_its_own_name_a_double_would_be_a_second_letter",
    ),
    (
        "beat stopped 26 hours, two beats",
        (
            f"{BROKER}::test_two_schedulers_after_26_hours_without_any_do_each_thing_once",
            "tests/clock/test_outage.py::test_after_26_hours_without_beat_everything_due_goes_out_once",
        ),
        f"{OFF}::test_without_the_look_at_what_was_missed_nothing_goes_out_after_the_outage",
    ),
)
FILES: tuple[Named, ...] = (
    ("empty", bad("empty"), comes_in("empty")),
    ("too big by one byte", bad("one byte too big"), comes_in("one byte too big")),
    ("executables", bad("program", "elf program", "macos program", "java program"), comes_in("program")),
    ("HTML", bad("web page", "web page named docx"), comes_in("web page")),
    ("SVG", bad("svg", "svg by its name"), comes_in("svg")),
    (
        "polyglots",
        bad("pdf and archive", "pdf around an archive", "pdf and web page", "png and archive"),
        comes_in("pdf around an archive"),
    ),
    ("PDF with JavaScript", bad("pdf script", "pdf script behind references"), comes_in("pdf script")),
    (
        "PDF with OpenAction",
        bad("pdf opening action", "pdf opening address"),
        comes_in("pdf opening action"),
    ),
    ("PDF with Launch", bad("pdf launch", "pdf action after a harmless one"), comes_in("pdf launch")),
    ("PDF with an embedded executable", bad("pdf with a program"), comes_in("pdf with a program")),
    ("PDF stream bomb", bad("pdf stream bomb", "pdf bomb in a bomb"), comes_in("pdf bomb in a bomb")),
    ("PDF with a password", bad("pdf password"), comes_in("pdf password")),
    (
        "PDF truncated",
        bad("pdf truncated", "pdf without its last bytes", "pdf header alone"),
        comes_in("pdf truncated"),
    ),
    ("macro documents", bad("macros", "macros declared", "macro document by its name"), comes_in("macros")),
    ("external templates", bad("outside template", "outside picture"), comes_in("outside template")),
    ("DDE", bad("dde field", "dde field in pieces", "dde formula"), comes_in("dde field")),
    ("XXE", bad("xml entities", "xml entities in utf-16", "pdf with xml entities"), comes_in("xml entities")),
    ("zip bombs", bad("zip bomb", "very many members", "lying size"), comes_in("zip bomb")),
    (
        "traversal names",
        bad("traversal", "absolute name", "program by a traversal name"),
        comes_in("traversal"),
    ),
    (
        "CRLF and bidi names",
        (*bad("name with a line break", "name turned round"), CLEANED),
        "tests/portal/documents/test_twins.py::test_a_name_that_is_not_cleaned_keeps_what_breaks_a_header",
    ),
    (
        "huge pixel counts",
        bad("huge pixel count", "too many pixels in a jpeg"),
        comes_in("too many pixels in a jpeg"),
    ),
    ("EICAR in a PDF", bad("eicar in a pdf", "eicar compressed in a pdf"), comes_in("eicar in a pdf")),
    ("EICAR in a docx", bad("eicar in a docx"), comes_in("eicar in a docx")),
    (
        "wrong declared type",
        (
            "tests/portal/documents/test_bad_files.py::test_the_type_that_a_browser_declares_is_never_read",
            f"{SENT}::test_what_the_browser_declares_is_not_read",
        ),
        comes_in("pdf named png"),
    ),
    ("broken multipart", (f"{SENT}::test_a_broken_body_keeps_nothing_and_fails_in_nothing",), ""),
    (
        "connection lost half-way",
        (f"{SENT}::test_a_connection_lost_half_way_keeps_nothing_and_the_next_file_comes_in",),
        "",
    ),
)
DATES: tuple[Named, ...] = (
    (
        "31/08/2024 + 18 months, 31/08/2023 + 6, 29/02/2024 + 18",
        (f"{CLOCK}::test_the_cases_that_the_promises_name",),
        f"{OFF}::test_months_of_thirty_days_would_end_on_another_day",
    ),
    (
        "a signature at 23:30 UTC on 31 March",
        ("tests/applications/workflow/test_work.py::test_a_signature_late_at_night_is_dated_in_paris",),
        f"{OFF}::test_in_greenwich_a_signature_of_1_april_would_be_of_31_march",
    ),
    (
        "both nights that change the hour",
        (
            f"{CLOCK}::test_midnight_around_the_night_that_loses_an_hour",
            f"{CLOCK}::test_midnight_around_the_night_that_has_an_hour_twice",
        ),
        f"{OFF}::test_a_fixed_hour_would_move_midnight_on_the_nights_that_change_it",
    ),
    (
        "day before, day and day after for every age and freshness",
        ("tests/clock/test_ages_and_freshness.py",),
        f"{OFF}::test_years_of_365_days_would_make_a_company_older_a_day_early",
    ),
)
NAMED: tuple[tuple[str, tuple[Named, ...]], ...] = (
    ("Races", RACES),
    ("Crashes", CRASHES),
    ("Bad files", FILES),
    ("Clock", DATES),
)
