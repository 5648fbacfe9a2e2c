"""Makes a tiny language model: random weights, and above them one habit, which is to say a few sentences.

Each token's embedding points along an axis of its own, and the output layer says which token likes to follow
which; attention and feed-forward layers are random and too quiet to change that. So the model is real (a
tokenizer, attention, sampling, grammars, a cache), its answers are the same everywhere, and they end."""

import math
import random
from array import array
from pathlib import Path

import gguf

SEED = 20261121
CONTEXT = 65536
HEADS, FEED_FORWARD = 8, 64
NOISE = 0.002

TURN, END = "<|turn|>", "<|end|>"
SUMMARY, THOUGHT_AND_SUMMARY = "<|due:summary|>", "<|due:thought and summary|>"
CALL, THOUGHT_AND_CALL = "<|due:call|>", "<|due:thought and call|>"
THINK, THOUGHT = "<think>", "</think>"
TOOL_CALL, TOOL_CALL_END = "<tool_call>", "</tool_call>"
SPECIAL = [TURN, END, SUMMARY, THOUGHT_AND_SUMMARY, CALL, THOUGHT_AND_CALL]
MARKERS = [THINK, THOUGHT, TOOL_CALL, TOOL_CALL_END]

# No word stands in two of them: what follows a word depends on the word alone.
GREETING = "Hello from a tiny model with random weights."
THOUGHTS = "The user wants something short, so I will"
AFTER_A_TOOL = "Now that tool has answered, this task is done!"
# Of one token each: what follows the end of any other thought is a greeting.
BEFORE_A_CALL = f"{THINK}A tool is needed.{THOUGHT}"
BEFORE_A_SUMMARY = f"{THINK}The tool has said enough.{THOUGHT}"

# Where a grammar leaves a choice, the earlier is liked better: an end if there may be one, brackets closed as soon
# as they can be, then digits and letters in their order.
LIKED = [END, '"', "}", "]", TOOL_CALL_END, ",", ":", "{", *"1023456789", *"abcdefghijklmnopqrstuvwxyz"]


def byte_names() -> list[str]:
    """The character that stands for each byte, as byte-level tokenizers have it: visible ones for themselves."""
    visible = [*range(33, 127), *range(161, 173), *range(174, 256)]
    names, spare = [], 256
    for byte in range(256):
        names.append(chr(byte) if byte in visible else chr(spare))
        spare += byte not in visible
    return names


BYTES = byte_names()


def spelled(word: str) -> str:
    return "".join(BYTES[byte] for byte in word.encode())


def words(sentence: str) -> list[str]:
    first, *rest = sentence.split(" ")
    return [spelled(first), *(spelled(" " + word) for word in rest)]


def vocabulary() -> tuple[list[str], list[str]]:
    """The tokens, and the merges that make words out of bytes, from the left to the right."""
    tokens, merges = list(BYTES), []
    for word in [word for sentence in (GREETING, THOUGHTS, AFTER_A_TOOL) for word in words(sentence)]:
        for end in range(2, len(word) + 1):
            if word[:end] not in tokens:
                tokens.append(word[:end])
                merges.append(f"{word[:end - 1]} {word[end - 1]}")
    return [*tokens, spelled(BEFORE_A_CALL), spelled(BEFORE_A_SUMMARY), *SPECIAL, *MARKERS], merges


def habits() -> dict[str, str]:
    """Which token follows which."""
    follows = {CALL: TOOL_CALL, TOOL_CALL: spelled("\n"), TOOL_CALL_END: END, '"': "x", "x": '"'}
    follows |= {THOUGHT_AND_CALL: spelled(BEFORE_A_CALL), spelled(BEFORE_A_CALL): TOOL_CALL}
    follows |= {THOUGHT_AND_SUMMARY: spelled(BEFORE_A_SUMMARY)}
    for before, sentence, after in (
        (spelled("\n"), GREETING, END),
        (THOUGHT, GREETING, END),
        (THINK, THOUGHTS, THOUGHT),
        (SUMMARY, AFTER_A_TOOL, END),
        (spelled(BEFORE_A_SUMMARY), AFTER_A_TOOL, END),
    ):
        chain = [before, *words(sentence), after]
        follows |= dict(zip(chain, chain[1:]))
    return follows


def noise(size: int, dice: random.Random) -> array:
    return array("f", (dice.gauss(0, NOISE) for _ in range(size)))


def tensors(tokens: list[str]) -> dict:
    dice = random.Random(SEED)
    width = math.ceil(len(tokens) / 64) * 64
    head = width // HEADS
    number = {token: n for n, token in enumerate(tokens)}
    embedding, output = noise(width * len(tokens), dice), noise(width * len(tokens), dice)
    for n in range(len(tokens)):
        embedding[n * width + n] = 1.0
    for rank, token in enumerate(reversed(LIKED), 1):
        for n in range(len(tokens)):
            output[number[token] * width + n] += rank * 0.2
    for before, after in habits().items():
        output[number[after] * width + number[before]] += 20.0
    ones = array("f", [1.0]) * width
    made = {"token_embd.weight": ((width, len(tokens)), embedding), "output_norm.weight": ((width,), ones)}
    made["output.weight"] = ((width, len(tokens)), output)
    made["blk.0.attn_norm.weight"] = made["blk.0.ffn_norm.weight"] = ((width,), ones)
    for name, shape in {
        "attn_q": (width, width),
        "attn_k": (width, head),
        "attn_v": (width, head),
        "attn_output": (width, width),
        "ffn_gate": (width, FEED_FORWARD),
        "ffn_up": (width, FEED_FORWARD),
        "ffn_down": (FEED_FORWARD, width),
    }.items():
        made[f"blk.0.{name}.weight"] = (shape, noise(shape[0] * shape[1], dice))
    return made


def write(file: Path) -> None:
    tokens, merges = vocabulary()
    made = tensors(tokens)
    width = made["output_norm.weight"][0][0]
    kinds = [1] * (len(tokens) - len(SPECIAL + MARKERS)) + [3] * len(SPECIAL) + [4] * len(MARKERS)
    fields = {
        "general.architecture": "llama",
        "general.name": "tiny",
        "llama.vocab_size": len(tokens),
        "llama.context_length": CONTEXT,
        "llama.embedding_length": width,
        "llama.block_count": 1,
        "llama.feed_forward_length": FEED_FORWARD,
        "llama.attention.head_count": HEADS,
        "llama.attention.head_count_kv": 1,
        "llama.attention.layer_norm_rms_epsilon": 1e-5,
        "llama.rope.dimension_count": width // HEADS,
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.pre": "gpt-2",
        "tokenizer.ggml.tokens": tokens,
        "tokenizer.ggml.token_type": kinds,
        "tokenizer.ggml.merges": merges,
        "tokenizer.ggml.bos_token_id": tokens.index(TURN),
        "tokenizer.ggml.eos_token_id": tokens.index(END),
        "tokenizer.ggml.add_bos_token": False,
        "tokenizer.chat_template": (Path(__file__).parent / "template.jinja").read_text(),
    }
    gguf.write(file, fields, made)
