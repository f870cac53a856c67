import uuid

from hypothesis import given
from hypothesis import strategies as st

from bot.message import Buttons, Content, Delivery, Message, Outgoing, Said, Text, answer, reply_id
from bot.wire import decoder, encode
from tests.fakes import said


@given(st.uuids(), st.integers(0, 10**6) | st.text(max_size=40))
def test_reply_ids_are_uuid5(message_id: uuid.UUID, step: int | str) -> None:
    """The id of a reply is the standard's UUID version 5, so it can be recomputed anywhere."""
    assert reply_id(str(message_id), step) == str(uuid.uuid5(message_id, str(step)))


def test_an_answer_has_the_same_ids_every_time() -> None:
    """Repeating an answer repeats its ids; each reply of one answer has its own."""
    message = said("/x")
    first, second = answer(message, ["a", Text("b")]), answer(message, ["a", Text("b")])

    assert first == second
    assert len({reply.id for reply in first.replies}) == 2
    assert {reply.conversation_id for reply in first.replies} == {message.conversation_id}


def test_answers_of_every_form() -> None:
    """Nothing, a text, a content, several: all become a Delivery."""
    message = said("/x")

    assert answer(message, None) == Delivery(message, ())
    assert [reply.content for reply in answer(message, "a").replies] == [Text("a")]
    assert [reply.content for reply in answer(message, Buttons(())).replies] == [Buttons(())]
    assert [reply.content for reply in answer(message, ("a", "b")).replies] == [Text("a"), Text("b")]


def test_values_travel_as_json() -> None:
    """Messages and replies of every content survive the database unchanged."""
    outgoing = [reply for content in _every_content() for reply in answer(said(content), content).replies]
    messages = [said(content) for content in _every_content()]

    assert decoder(tuple[Outgoing, ...])(encode(outgoing)) == tuple(outgoing)
    assert [decoder(Message)(encode(message)) for message in messages] == messages


def _every_content() -> list[Content]:
    values = {"str": "x", "int": 7, "float": 1.5, "bool": True, "tuple": ()}
    contents: list[Content] = []
    for kind in Content.__args__:
        wanted = {
            name: Text("x") if hint == Said else values[getattr(hint, "__name__", "tuple")]
            for name, hint in kind.__annotations__.items()
            if name in kind.__struct_fields__
        }
        contents.append(kind(**wanted))
    assert len(contents) == 20
    return contents
