"""Filters that refuse a body of more values than Envoy can keep as a tree, count what may be prompts, and find numbers that Envoy does
not read; what is passed on is not changed.

For the fields of a body Envoy makes a tree of the whole of it: `VALUE_BYTES` for each value, whatever it is, so that 8 MiB of `0,0,0`
take 730 MiB and several seconds of a thread. Before it does, the characters that begin a value are counted: a value follows `[`,
`{`, `,` or `:`. Those in texts count too: a text with so many of them has more tokens than a model takes.

Envoy gives no text of more than `TEXT_BYTES` to the policy. As vLLM takes a number as a text, with as many spaces and leading zeros as a
client likes, such a text of one of `contract.NUMBER_FIELDS` is marked before Envoy reads the fields.
"""

from typing import Any

from gateway.envoy import contract
from gateway.envoy.typed import typed

MOST_REQUEST_VALUES = 1_000_000
"""Values of a request, such as the tokens of inputs that are lists of tokens."""
MOST_ANSWER_VALUES = 2_000_000
"""Values of an answer that is not a stream: some 480 embeddings of 4,096 dimensions as JSON numbers. With `encoding_format: base64`,
which OpenAI's clients choose by themselves, an embedding is one value."""
VALUE_BYTES = 192
"""The most that Envoy 1.40 took for a counted value, 93 to 186 bytes by measurements of eight shapes, rounded up."""
TEXT_BYTES = 8192
"""The longest text that Envoy's filter puts into metadata: `MAX_PAYLOAD_VALUE_LEN` in source/extensions/filters/http/well_known_names.h."""


def parse_bytes(longest: int) -> int:
    """The most that one thread takes while it parses: the tree, the body as one text, and the texts of the tree.

    A thread parses one body at a time. The body itself, which Envoy keeps anyway, is not in it.

    Args:
        longest: Bytes of the longest body.
    """
    return MOST_ANSWER_VALUES * VALUE_BYTES + 2 * longest


_COUNT = """
local most, piece = %d, 65536
local function too_many(body)
  local length, found, byte = body:length(), 0, string.byte
  if length <= most then return false end
  for at = 0, length - 1, piece do
    local text = body:getBytes(at, math.min(piece, length - at))
    for place = 1, #text do
      local c = byte(text, place)
      if c == 44 or c == 58 or c == 91 or c == 123 then found = found + 1 end
    end
    if found > most then return true end
  end
  return false
end
"""
_TEXTS_AND_LISTS = """
local function texts_and_lists(body)
  local length, found, byte, inside, escaped = body:length(), 0, string.byte, false, false
  for at = 0, length - 1, piece do
    local text = body:getBytes(at, math.min(piece, length - at))
    for place = 1, #text do
      local c = byte(text, place)
      if escaped then escaped = false
      elseif inside then
        if c == 92 then escaped = true elseif c == 34 then inside = false end
      elseif c == 34 then inside, found = true, found + 1
      elseif c == 91 then found = found + 1 end
    end
  end
  return found
end
"""
_LONG_NUMBERS = """
local numbers, longest = {%s}, %d
-- Of each text between two quotes that is longer and has only what is in numbers: its key. In a text of another kind the first
-- quote follows a backslash, not a colon.
local function long_numbers(body, found)
  local length, find, opened, closed, begun = body:length(), string.find, 0, 0, 0
  if length <= longest then return end
  for at = 0, length - 1, piece do
    local text, place = body:getBytes(at, math.min(piece, length - at)), 0
    while true do
      place = find(text, '"', place + 1, true)
      if not place then break end
      local quote = at + place
      if quote - begun - 1 > longest and begun - closed > 1 and closed - opened <= 200 then
        local key = string.gsub(body:getBytes(opened, closed - opened - 1), "\\\\u00(%%x%%x)", function(code)
          return string.char(tonumber(code, 16))
        end)
        if numbers[key] and find(body:getBytes(closed, begun - closed - 1), "^%%s*:%%s*$")
            and not find(body:getBytes(begun, quote - begun - 1), "[^%%x%%s_.+u\\\\nrt\\128-\\255-]") then
          found(key)
        end
      end
      opened, closed, begun = closed, begun, quote
    end
  end
end
"""
_REQUEST = """
function envoy_on_request(handle)
  if handle:headers():get(":method") ~= "POST" then return end
  local body = handle:body()
  if not body then return end
  if too_many(body) then handle:respond({[":status"] = "413"}, "") return end
  -- What Envoy reads of the same key later in the body takes its place, as with Python's parser.
  long_numbers(body, function(key) handle:streamInfo():dynamicMetadata():set("%s", key, "%s") end)
  local path = string.match(handle:headers():get(":path"), "^[^?]*")
  if path ~= "%s" or body:length() <= %d then return end
  handle:streamInfo():dynamicMetadata():set("%s", "%s", texts_and_lists(body))
end
"""
_ANSWER = """
function envoy_on_response(handle)
  local headers = handle:headers()
  if not string.find(string.lower(headers:get("content-type") or ""), "^application/json") then return end
  -- Without that header the call returns nothing, which is not even nil.
  local length = tonumber(headers:get("content-length") or "")
  if length and length <= most then return end
  local body = handle:body()
  if body and too_many(body) then
    headers = handle:headers()
    headers:replace(":status", "500")
    headers:replace("content-type", "application/json")
    headers:replace("content-length", handle:body():setBytes('%s'))
    handle:streamInfo():dynamicMetadata():set("%s", "%s", true)
  end
end
"""
REFUSED_DETAILS = "lua_response"
"""What Envoy's own replies call a request that was refused here."""
REFUSED_MESSAGE = f"The body has more than {MOST_REQUEST_VALUES:,} values."
_ANSWERED = (
    '{"error": {"message": "The answer has more than %s values: ask for less, or for encoding_format base64.", '
    '"type": "server_error", "param": null, "code": "answer_too_large"}}'
)


def request_bound(name: str) -> dict[str, Any]:
    """The filter for requests: 413, `contract.TEXTS_AND_LISTS` and `contract.LONG_TEXT`. It buffers the body, as the one that reads its
    fields does.
    """
    long_text = contract.REQUEST_NAMESPACE, contract.LONG_TEXT
    completion = contract.COMPLETIONS_PATH, contract.PROMPTS_BYTES, contract.REQUEST_NAMESPACE, contract.TEXTS_AND_LISTS
    numbers = ", ".join(f"{field} = true" for field in contract.NUMBER_FIELDS), TEXT_BYTES
    functions = _COUNT % MOST_REQUEST_VALUES + _TEXTS_AND_LISTS + _LONG_NUMBERS % numbers
    return _lua(name, functions + _REQUEST % (*long_text, *completion))


def answer_bound(name: str) -> dict[str, Any]:
    """The filter for answers that are not streams: 500 in place of one that is too long, as its usage could not be read."""
    answered = _ANSWERED % f"{MOST_ANSWER_VALUES:,}"
    refusal = _ANSWER % (answered, contract.REQUEST_NAMESPACE, contract.ANSWER_REFUSED)
    return _lua(name, _COUNT % MOST_ANSWER_VALUES + refusal)


def _lua(name: str, code: str) -> dict[str, Any]:
    return typed(name, "extensions.filters.http.lua.v3.Lua", default_source_code={"inline_string": code})
