"""Asks the scripted model through the official Python packages.

    python strangers.py http://127.0.0.1:PORT messages chat responses gemini

Every scenario is a script of that name on the server (`strangers.rs` has them). Each wire
turns what its package has parsed into the same few facts, and one table says what they must
be. One line per case; the exit code is 1 when a case failed.
"""

import dataclasses
import json
import sys
import traceback

import anthropic
import openai
from google import genai
from google.genai import errors as genai_errors
from google.genai import types as genai_types

KEY = "test-key"
QUESTION = "What do you see?"
SYSTEM = "Be brief."
TITLE = {
    "type": "object",
    "properties": {"title": {"type": "string"}},
    "required": ["title"],
    "additionalProperties": False,
}
COMMAND = {
    "type": "object",
    "properties": {"command": {"type": "string"}},
    "required": ["command"],
}
TOOLS = {"execute": COMMAND, "look": {"type": "object", "properties": {}}}


@dataclasses.dataclass
class Seen:
    """What a package has understood of an answer."""

    text: str = ""
    reasoning: str = ""
    calls: list = dataclasses.field(default_factory=list)
    sources: list = dataclasses.field(default_factory=list)
    # Input without cached tokens, output with reasoning, read from the cache.
    usage: tuple = ()
    reason: str = ""
    # The answer as it goes back, in the package's own types.
    replay: object = None


class StreamError(Exception):
    """An error event that the package only hands on."""


class Messages:
    """Anthropic Messages."""

    failure = anthropic.APIStatusError

    def client(self, base):
        return anthropic.Anthropic(api_key=KEY, base_url=base, max_retries=0)

    def ask(self, base, scenario, streamed, history=()):
        fields = {
            "model": "scripted",
            "max_tokens": 4096,
            "system": SYSTEM,
            "messages": [{"role": "user", "content": QUESTION}, *history],
        }
        if scenario == "object":
            fields["output_config"] = {"format": {"type": "json_schema", "schema": TITLE}}
        if scenario in ("calls", "everything"):
            fields["tools"] = [
                {"name": name, "description": "A tool.", "input_schema": schema}
                for name, schema in TOOLS.items()
            ]
        if scenario in ("reasoning", "everything"):
            fields["thinking"] = {"type": "enabled", "budget_tokens": 2048}
        messages = self.client(base).messages
        if streamed:
            with messages.stream(**fields) as stream:
                message = stream.get_final_message()
        else:
            message = messages.create(**fields)
        return self.seen(message)

    def seen(self, message):
        seen = Seen(reason=message.stop_reason, replay=message.content)
        for block in message.content:
            if block.type == "text":
                seen.text += block.text
            elif block.type == "thinking":
                assert block.signature, "thinking without a signature"
                seen.reasoning += block.thinking
            elif block.type == "tool_use":
                seen.calls.append((block.id, block.name, block.input))
            elif block.type == "web_search_tool_result":
                seen.sources += [(page.url, page.title) for page in block.content]
        usage = message.usage
        seen.usage = (usage.input_tokens, usage.output_tokens, usage.cache_read_input_tokens)
        return seen

    def answered(self, seen):
        results = [
            {"type": "tool_result", "tool_use_id": id, "content": f"result of {name}"}
            for id, name, _ in seen.calls
        ]
        return [
            {"role": "assistant", "content": seen.replay},
            {"role": "user", "content": results},
        ]

    def models(self, base):
        return [model.id for model in self.client(base).models.list()]

    reasons = {"stop": "end_turn", "calls": "tool_use", "length": "max_tokens"}


class Openai:
    failure = openai.APIStatusError

    def client(self, base):
        return openai.OpenAI(api_key=KEY, base_url=f"{base}/v1", max_retries=0)

    def models(self, base):
        return [model.id for model in self.client(base).models.list()]


class Chat(Openai):
    """Chat Completions."""

    def ask(self, base, scenario, streamed, history=()):
        fields = {
            "model": "scripted",
            "messages": [
                {"role": "system", "content": SYSTEM},
                {"role": "user", "content": QUESTION},
                *history,
            ],
        }
        if scenario == "object":
            schema = {"name": "title", "schema": TITLE, "strict": True}
            fields["response_format"] = {"type": "json_schema", "json_schema": schema}
        if scenario in ("calls", "everything"):
            fields["tools"] = [
                {
                    "type": "function",
                    "function": {"name": name, "description": "A tool.", "parameters": schema},
                }
                for name, schema in TOOLS.items()
            ]
        completions = self.client(base).chat.completions
        if not streamed:
            completion = completions.create(**fields)
        else:
            options = {"include_usage": True}
            with completions.stream(**fields, stream_options=options) as stream:
                try:
                    completion = stream.get_final_completion()
                except openai.LengthFinishReasonError as error:
                    completion = error.completion
        return self.seen(completion)

    def seen(self, completion):
        choice = completion.choices[0]
        message = choice.message
        calls = message.tool_calls or []
        usage = completion.usage
        cached = usage.prompt_tokens_details.cached_tokens
        citations = [note.url_citation for note in message.annotations or []]
        extra = message.model_extra or {}
        return Seen(
            text=message.content or "",
            reasoning=extra.get("reasoning_content") or "",
            calls=[
                (call.id, call.function.name, json.loads(call.function.arguments))
                for call in calls
            ],
            sources=[(page.url, page.title) for page in citations],
            usage=(usage.prompt_tokens - cached, usage.completion_tokens, cached),
            reason=choice.finish_reason,
            replay=message,
        )

    def answered(self, seen):
        results = [
            {"role": "tool", "tool_call_id": id, "content": f"result of {name}"}
            for id, name, _ in seen.calls
        ]
        said = {"role": "assistant", "content": seen.replay.content}
        said["tool_calls"] = [
            {
                "id": id,
                "type": "function",
                "function": {"name": name, "arguments": json.dumps(args)},
            }
            for id, name, args in seen.calls
        ]
        return [said, *results]

    reasons = {"stop": "stop", "calls": "tool_calls", "length": "length"}


class Responses(Openai):
    """OpenAI Responses."""

    def ask(self, base, scenario, streamed, history=()):
        fields = {
            "model": "scripted",
            "instructions": SYSTEM,
            "input": [{"role": "user", "content": QUESTION}, *history],
            "store": False,
            "include": ["reasoning.encrypted_content"],
        }
        if scenario == "object":
            form = {"type": "json_schema", "name": "title", "schema": TITLE, "strict": True}
            fields["text"] = {"format": form}
        if scenario in ("calls", "everything"):
            fields["tools"] = [
                {
                    "type": "function",
                    "name": name,
                    "description": "A tool.",
                    "parameters": schema,
                    "strict": False,
                }
                for name, schema in TOOLS.items()
            ]
        if scenario in ("search", "everything"):
            fields["tools"] = [*fields.get("tools", []), {"type": "web_search"}]
        responses = self.client(base).responses
        if streamed:
            response = self.collected(responses.create(**fields, stream=True))
        else:
            response = responses.create(**fields)
        return self.seen(response)

    def collected(self, events):
        """The package's own helper knows completed responses only."""
        text = ""
        for event in events:
            if event.type == "response.output_text.delta":
                text += event.delta
            elif event.type in ("response.completed", "response.incomplete"):
                assert event.response.output_text == text, "deltas are not the text"
                return event.response
            elif event.type == "error":
                raise StreamError(event.message)
        raise StreamError("no terminal event")

    def seen(self, response):
        seen = Seen(replay=response.output)
        for item in response.output:
            if item.type == "reasoning":
                seen.reasoning += "".join(part.text for part in item.summary)
            elif item.type == "function_call":
                seen.calls.append((item.call_id, item.name, json.loads(item.arguments)))
            elif item.type == "message":
                for part in item.content:
                    seen.text += part.text
                    seen.sources += [(note.url, note.title) for note in part.annotations]
        usage = response.usage
        cached = usage.input_tokens_details.cached_tokens
        seen.usage = (usage.input_tokens - cached, usage.output_tokens, cached)
        seen.reason = response.status
        if response.incomplete_details:
            seen.reason = response.incomplete_details.reason
        return seen

    def answered(self, seen):
        results = [
            {"type": "function_call_output", "call_id": id, "output": f"result of {name}"}
            for id, name, _ in seen.calls
        ]
        said = [item.model_dump(exclude_none=True) for item in seen.replay]
        return [*said, *results]

    reasons = {"stop": "completed", "calls": "completed", "length": "max_output_tokens"}


class Gemini:
    """Gemini `generateContent`."""

    failure = genai_errors.APIError

    def client(self, base):
        options = genai_types.HttpOptions(base_url=base, api_version="v1beta")
        return genai.Client(api_key=KEY, vertexai=False, http_options=options)

    def ask(self, base, scenario, streamed, history=()):
        config = genai_types.GenerateContentConfig(system_instruction=SYSTEM)
        if scenario == "object":
            config.response_mime_type = "application/json"
            schema = {key: TITLE[key] for key in ("type", "properties", "required")}
            config.response_schema = schema
        if scenario in ("calls", "everything"):
            functions = [
                genai_types.FunctionDeclaration(
                    name=name,
                    description="A tool.",
                    parameters=schema if schema["properties"] else None,
                )
                for name, schema in TOOLS.items()
            ]
            config.tools = [genai_types.Tool(function_declarations=functions)]
        if scenario in ("search", "everything"):
            search = genai_types.Tool(google_search=genai_types.GoogleSearch())
            config.tools = [*(config.tools or []), search]
        if scenario == "everything":
            config.tool_config = genai_types.ToolConfig(
                include_server_side_tool_invocations=True
            )
        question = genai_types.Content(role="user", parts=[genai_types.Part(text=QUESTION)])
        fields = {"model": "scripted", "contents": [question, *history], "config": config}
        # A client that nobody holds closes itself in the middle of its request.
        with self.client(base) as client:
            if streamed:
                return self.seen(list(client.models.generate_content_stream(**fields)))
            return self.seen([client.models.generate_content(**fields)])

    def seen(self, chunks):
        seen = Seen(replay=[])
        for chunk in chunks:
            candidate = chunk.candidates[0]
            seen.replay.append(candidate.content)
            for part in candidate.content.parts:
                if part.thought:
                    seen.reasoning += part.text
                elif part.function_call:
                    call = part.function_call
                    seen.calls.append((call.id, call.name, call.args))
                else:
                    seen.text += part.text or ""
            grounding = candidate.grounding_metadata
            if grounding:
                pages = [chunk.web for chunk in grounding.grounding_chunks]
                seen.sources = [(page.uri, page.title) for page in pages]
        last = chunks[-1]
        usage = last.usage_metadata
        cached = usage.cached_content_token_count or 0
        output = usage.candidates_token_count + (usage.thoughts_token_count or 0)
        seen.usage = (usage.prompt_token_count - cached, output, cached)
        seen.reason = last.candidates[0].finish_reason.value
        return seen

    def answered(self, seen):
        results = [
            genai_types.Part(
                function_response=genai_types.FunctionResponse(
                    id=id, name=name, response={"output": f"result of {name}"}
                )
            )
            for id, name, _ in seen.calls
        ]
        return [*seen.replay, genai_types.Content(role="user", parts=results)]

    def models(self, base):
        with self.client(base) as client:
            return [model.name for model in client.models.list()]

    reasons = {"stop": "STOP", "calls": "STOP", "length": "MAX_TOKENS"}


WIRES = {"messages": Messages, "chat": Chat, "responses": Responses, "gemini": Gemini}

USAGE = (10, 5, 0)
PAGES = [("https://a.example/", "A"), ("https://b.example/", "B")]
CALLS = [("execute", {"command": "ls -l"}), ("look", {}), ("execute", {"command": "pwd"})]
# What each scenario says, on every wire.
EXPECTED = {
    "text": {"text": "Grüße, 🦀!\nA second line.", "reason": "stop"},
    "reasoning": {"text": "So it is.", "reasoning": "Let me think of that.", "reason": "stop"},
    "calls": {"text": "Looking.", "calls": CALLS, "reason": "calls"},
    "search": {"text": "It is out.", "sources": PAGES, "reason": "stop"},
    "object": {"object": {"title": "Hello"}, "reason": "stop"},
    "usage": {"text": "Counted.", "usage": (7, 50, 100), "reason": "stop"},
    "length": {"text": "Half a", "reason": "length"},
    "everything": {
        "text": "Both.",
        "reasoning": "Hm.",
        "sources": PAGES,
        "calls": CALLS[:1],
        "reason": "calls",
    },
}
# What a format cannot carry.
MISSING = {}
ERRORS = {"error_401": 401, "error_429": 429, "error_500": 500, "error_529": 529}


def differences(wire, name, seen):
    wanted = EXPECTED[name]
    told = json.loads(seen.text) if "object" in wanted else None
    facts = {
        "text": (seen.text, wanted.get("text", seen.text if told else "")),
        "object": (told, wanted.get("object")),
        "reasoning": (seen.reasoning, wanted.get("reasoning", "")),
        "calls": ([call[1:] for call in seen.calls], wanted.get("calls", [])),
        "sources": (seen.sources, wanted.get("sources", [])),
        "usage": (seen.usage, wanted.get("usage", USAGE)),
        "reason": (seen.reason, WIRES[wire].reasons[wanted["reason"]]),
    }
    missing = MISSING.get(wire, set())
    for fact, (got, expected) in facts.items():
        if got != expected and fact not in missing:
            yield f"{fact}: {got!r} instead of {expected!r}"


def good_answer(wire, base, name, streamed):
    client = WIRES[wire]()
    seen = client.ask(base, name, streamed)
    yield from differences(wire, name, seen)
    if seen.calls:
        ids = [call[0] for call in seen.calls if call[0]]
        if len(ids) != len(set(ids)):
            yield f"ids are not unique: {ids}"
        # The package sends its own parts back, under the server's strict checks.
        again = client.ask(base, name, streamed, client.answered(seen))
        if again.text != "result of " + seen.calls[-1][1]:
            yield f"after the results: {again.text!r}"


def refusal(wire, base, name, streamed):
    client = WIRES[wire]()
    try:
        client.ask(base, name, streamed)
    except client.failure as error:
        status = getattr(error, "status_code", None) or getattr(error, "code", None)
        if status != ERRORS[name]:
            yield f"status {status}"
        if "scripted fault" not in str(error):
            yield f"message {error}"
        return
    yield "no error"


def broken_stream(wire, base, name, _streamed):
    client = WIRES[wire]()
    try:
        client.ask(base, name, True)
    except (anthropic.APIError, openai.APIError, genai_errors.APIError, StreamError) as error:
        if "scripted stream error" not in str(error):
            yield f"message {error}"
        return
    yield "no error"


def catalog(wire, base, _name, _streamed):
    names = WIRES[wire]().models(base)
    if not any(name.endswith("scripted") for name in names):
        yield f"models {names}"


def cases():
    for name in EXPECTED:
        yield name, good_answer, (False, True)
    for name in ERRORS:
        yield name, refusal, (False, True)
    yield "stream_error", broken_stream, (True,)
    yield "text", catalog, (False,)


def main(base, wires):
    failed = 0
    for wire in wires:
        for name, case, deliveries in cases():
            for streamed in deliveries:
                delivery = "streamed" if streamed else "whole"
                label = f"{wire} {name} {case.__name__} {delivery}"
                try:
                    wrong = list(case(wire, f"{base}/s/{name}", name, streamed))
                except Exception:
                    wrong = traceback.format_exc().splitlines()[-4:]
                print(f"{label}: {'ok' if not wrong else 'FAILED'}")
                for line in wrong:
                    failed += 1
                    print(f"    {line}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
