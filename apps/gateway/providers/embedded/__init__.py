"""The embedder that comes with Quire: all-MiniLM-L6-v2 on ONNX Runtime, without torch, without a network.

weights -> graph -> store (built once, kept as files) -> tokens -> embedder (loaded once a process).
"""

NAME = "all-MiniLM-L6-v2"
DIMENSION = 384
WINDOW = 256
