"""What a bot says of a payment that it was asked about. No answer to it is known.

Source: nandbox.md 7.10.
"""

from bot.sandbox.nandbox.asked import Asked
from bot.sandbox.nandbox.payments import RESULTS
from bot.sandbox.nandbox.wire import Frame, bad_content


def submit_result(asked: Asked) -> list[Frame]:
    """Counts with the secret that came with the question; the Python SDK sends no `account_id`."""
    status = asked.text("status")
    if status not in RESULTS:
        raise bad_content(f"the status is none of {', '.join(RESULTS)}")
    payment = asked.nandbox.payments.get(asked.text("order_id"))
    if payment is not None and asked.maybe_text("secret") == payment.secret:
        payment.status, payment.response = status, asked.maybe_text("providerResponse") or ""
        asked.nandbox.tell_people("nandbox_payment", payment=payment.view())
    return []


METHODS = {"submitPaymentResult": submit_result}
