"""all-MiniLM-L6-v2 as an ONNX graph of ONNX Runtime's fused operators, down to one normalised vector a text.

Written by hand, because an export would need torch and leave hundreds of small operators: fused, a layer is seven.
The token type is always 0, so its embedding is added to the positions' once, here, and never at run time.
"""

from typing import TYPE_CHECKING, Any

from apps.gateway.providers.embedded import DIMENSION, WINDOW

if TYPE_CHECKING:
    import onnx

LAYERS = 6
HEADS = 12
EPSILON = 1e-12
FUSED = "com.microsoft"
OPSET = 17
IR_VERSION = 8
# Attention masks are counted in int32 by the fused operators.
IDS, MASK, VECTORS = "ids", "mask", "vectors"
# What the last layer says of each token, before it is one vector a text.
TOKENS = f"encoder.layer.{LAYERS - 1}.output.normed"


class _Graph:
    """Nodes and constants, collected in order."""

    def __init__(self, weights: dict[str, Any]) -> None:
        self.weights = weights
        self.nodes: list[Any] = []
        self.constants: dict[str, Any] = {}

    def constant(self, name: str, array: Any) -> str:
        import numpy as np

        self.constants[name] = np.ascontiguousarray(array)
        return name

    def weight(self, name: str, *, is_transposed: bool = False) -> str:
        array = self.weights[name]
        return self.constant(name, array.T if is_transposed else array)

    def add(self, operator: str, inputs: list[str], output: str, *, domain: str = "", **attributes: Any) -> str:
        from onnx import helper

        # The runtime insists on this operator's second output, a mask in a form that Attention no longer needs.
        outputs = [output, "unused_mask"] if operator == "EmbedLayerNormalization" else [output]
        self.nodes.append(helper.make_node(operator, inputs, outputs, domain=domain, **attributes))
        return output


def build_graph(weights: dict[str, Any]) -> "onnx.ModelProto":
    """Inputs ids and mask, both (batch, tokens) of int32; output vectors (batch, 384) of length 1."""
    graph = _Graph(weights)
    state = _embed_tokens(graph)
    for number in range(LAYERS):
        state = _layer(graph, number, state)
    _pool(graph, state)
    return _model(graph)


def with_tokens(model: bytes) -> bytes:
    """Return a built graph that gives `TOKENS` too, of shape (batch, tokens, 384).

    Serialised protobuf messages that stand one behind the other are one, with the repeated fields of both: this adds to `graph.output`
    and needs neither another file nor the library that builds. Nothing more is computed, and vectors stay what they are.
    """
    float_tensor = _field(2, _field(1, b"\x08\x01"))
    return model + _field(7, _field(12, _field(1, TOKENS.encode()) + float_tensor))


def _field(number: int, content: bytes) -> bytes:
    """A field of bytes in protobuf's wire format; number and length each fit in one byte here."""
    return bytes([number << 3 | 2, len(content)]) + content


def _embed_tokens(graph: _Graph) -> str:
    weights = graph.weights
    positions = weights["embeddings.position_embeddings.weight"][:WINDOW] + weights["embeddings.token_type_embeddings.weight"][0]
    tables = [graph.weight("embeddings.word_embeddings.weight"), graph.constant("positions", positions), ""]
    norm = [graph.weight("embeddings.LayerNorm.weight"), graph.weight("embeddings.LayerNorm.bias")]
    return graph.add("EmbedLayerNormalization", [IDS, "", *tables, *norm, MASK], "embedded", domain=FUSED, epsilon=EPSILON)


def _layer(graph: _Graph, number: int, state: str) -> str:
    import numpy as np

    prefix = f"encoder.layer.{number}."
    parts = [f"{prefix}attention.self.{part}" for part in ("query", "key", "value")]
    kernel = graph.constant(f"{prefix}qkv.weight", np.concatenate([graph.weights[f"{part}.weight"].T for part in parts], axis=1))
    bias = graph.constant(f"{prefix}qkv.bias", np.concatenate([graph.weights[f"{part}.bias"] for part in parts]))
    attended = graph.add("Attention", [state, kernel, bias, MASK], f"{prefix}attended", domain=FUSED, num_heads=HEADS)
    state = _project_and_norm(graph, f"{prefix}attention.output", attended, state)

    inner = graph.add("MatMul", [state, graph.weight(f"{prefix}intermediate.dense.weight", is_transposed=True)], f"{prefix}inner")
    active = graph.add("BiasGelu", [inner, graph.weight(f"{prefix}intermediate.dense.bias")], f"{prefix}active", domain=FUSED)
    return _project_and_norm(graph, f"{prefix}output", active, state)


def _project_and_norm(graph: _Graph, name: str, state: str, skipped: str) -> str:
    projected = graph.add("MatMul", [state, graph.weight(f"{name}.dense.weight", is_transposed=True)], f"{name}.projected")
    norm = [graph.weight(f"{name}.LayerNorm.weight"), graph.weight(f"{name}.LayerNorm.bias"), graph.weight(f"{name}.dense.bias")]
    return graph.add("SkipLayerNormalization", [projected, skipped, *norm], f"{name}.normed", domain=FUSED, epsilon=EPSILON)


def _pool(graph: _Graph, state: str) -> None:
    """The mean over a text's tokens is a product with its mask; its divisor falls away when the length is made 1."""
    import numpy as np
    from onnx import TensorProto

    axis = graph.constant("row_axis", np.array([1], dtype=np.int64))
    weights = graph.add("Cast", [MASK], "mask_as_float", to=TensorProto.FLOAT)
    row = graph.add("Unsqueeze", [weights, axis], "mask_as_row")
    total = graph.add("Squeeze", [graph.add("MatMul", [row, state], "summed"), axis], "total")
    graph.add("LpNormalization", [total], VECTORS, axis=1, p=2)


def _model(graph: _Graph) -> "onnx.ModelProto":
    from onnx import TensorProto, helper, numpy_helper

    inputs = [helper.make_tensor_value_info(name, TensorProto.INT32, ["batch", "tokens"]) for name in (IDS, MASK)]
    outputs = [helper.make_tensor_value_info(VECTORS, TensorProto.FLOAT, ["batch", DIMENSION])]
    constants = [numpy_helper.from_array(array, name) for name, array in graph.constants.items()]
    body = helper.make_graph(graph.nodes, "all-MiniLM-L6-v2", inputs, outputs, constants)
    opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(FUSED, 1)]
    return helper.make_model(body, opset_imports=opsets, ir_version=IR_VERSION, producer_name="quire")
