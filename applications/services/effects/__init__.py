"""What each act of the table writes, under the dossier's lock and before its event."""

from collections.abc import Callable

from applications.services.effects import closure, contract, ends, extension, money, request, review, work
from applications.services.effects.base import Effect
from applications.workflow.situation import Situation

EFFECTS: dict[str, Callable[[Situation], Effect]] = {
    "submit": request.submit,
    "take": request.take,
    "assign": request.assign,
    "assign_by_rules": request.assign,
    "reassign": request.assign,
    "request_completion": request.request_completion,
    "resubmit": request.resubmit,
    "abandon": ends.abandon,
    "decide_finding": review.decide_finding,
    "advise_derogation": review.advise_derogation,
    "decide_derogation": review.decide_derogation,
    "approve": review.approve,
    "reject": review.reject,
    "request_review": review.request_review,
    "declare_conflict": contract.declare_conflict,
    "sign_for_bpifrance": contract.sign_for_bpifrance,
    "send_contract": contract.send_contract,
    "sign": contract.sign,
    "unsigned": ends.unsigned,
    "start_work": work.start_work,
    "amend": contract.amend,
    "drop_amendment": contract.drop_amendment,
    "replace_expert": contract.replace_expert,
    "request_extension": extension.request_extension,
    "extend": extension.extend,
    "decline_extension": extension.decline_extension,
    "declare_work_done": work.declare_work_done,
    "give_notice": work.give_notice,
    "lapse": ends.lapse,
    "reopen": work.reopen,
    "submit_closure": closure.submit_closure,
    "confirm_restitution": closure.confirm_restitution,
    "contest_restitution": closure.contest_restitution,
    "settle_restitution": closure.settle_restitution,
    "request_corrections": closure.request_corrections,
    "refuse_closure": closure.refuse_closure,
    "end_mission": closure.end_mission,
    "set_hold": closure.set_hold,
    "lift_hold": closure.lift_hold,
    "certify_service": money.certify_service,
    "approve_payment": money.approve_payment,
    "mark_paid": money.mark_paid,
    "hold_changed_account": money.hold_changed_account,
    "reverse_payment": money.reverse_payment,
    "forward_report": money.forward_report,
    "close": money.close,
    "withdraw": ends.withdraw,
    "request_cancellation": ends.request_cancellation,
    "decline_cancellation": ends.decline_cancellation,
    "cancel": ends.cancel,
}

__all__ = ["EFFECTS", "Effect"]
