"""Runs the graphs that p5 exports with NumPy alone: slow, and meant for checks where onnxruntime is not installed.

It reads the files with the package onnx (Debian: python3-onnx), and has the operators of these graphs and no others.
"""
import math

import numpy as np
import onnx
from onnx import numpy_helper

_TYPES = {1: np.float32, 7: np.int64, 9: np.bool_}
_erf = np.vectorize(math.erf, otypes=[np.float64])


def _gather_nd(data, indices, batch_dims=0):
    assert batch_dims == 1 and indices.ndim == 2 and indices.shape[1] == 1
    return data[np.arange(len(data)), indices[:, 0]]


def _scatter_elements(data, indices, updates, axis=0, reduction="none"):
    out = data.copy()
    places = list(np.indices(indices.shape))
    places[axis] = indices
    if reduction == "add":
        np.add.at(out, tuple(places), updates)
    else:
        out[tuple(places)] = updates
    return out


def _softmax(x, axis=-1):
    power = np.exp(x - x.max(axis=axis, keepdims=True))
    return power / power.sum(axis=axis, keepdims=True)


def _layer_norm(x, scale, bias, axis=-1, epsilon=1e-5):
    mean = x.mean(axis=-1, keepdims=True)
    centered = x - mean
    return centered / np.sqrt((centered * centered).mean(axis=-1, keepdims=True) + np.float32(epsilon)) * scale + bias


def _reshape(x, shape):
    return x.reshape([x.shape[i] if size == 0 else size for i, size in enumerate(shape)])


def _slice(x, starts, ends, axes=None):
    cut = [slice(None)] * x.ndim
    for start, end, axis in zip(starts, ends, range(len(starts)) if axes is None else axes):
        cut[axis] = slice(int(start), int(end))
    return x[tuple(cut)]


def _cum_sum(x, axis, exclusive=0):
    total = np.cumsum(x, axis=int(axis))
    return total - x if exclusive else total


def _top_k(x, k, axis=-1):
    order = np.argsort(-x, axis=-1, kind="stable")[..., : int(k[0])]
    return np.take_along_axis(x, order, -1), order


def _windows(x, size, dilation, pads):
    x = np.pad(x, [(0, 0), (0, 0), (pads[0], pads[1])])
    length = x.shape[2] - (size - 1) * dilation
    return np.stack([x[:, :, i * dilation: i * dilation + length] for i in range(size)], -1)


def _conv(x, weight, bias=None, kernel_shape=None, pads=(0, 0), dilations=(1,)):
    made = np.einsum("bcls,ocs->bol", _windows(x, kernel_shape[0], dilations[0], pads), weight, dtype=np.float32)
    return made if bias is None else made + bias[None, :, None]


def _max_pool(x, kernel_shape=None, pads=(0, 0), strides=(1,)):
    padded = np.pad(x, [(0, 0), (0, 0), (pads[0], pads[1])], constant_values=-np.inf)
    length = padded.shape[2] - kernel_shape[0] + 1
    return np.stack([padded[:, :, i: i + length] for i in range(kernel_shape[0])], -1).max(-1)


def _sigmoid(x):
    return (1 / (1 + np.exp(-x.astype(np.float64)))).astype(x.dtype)


def _gru(x, weight, recurrence, bias, hidden_size=0, linear_before_reset=0):
    assert linear_before_reset == 1
    size = hidden_size
    inputs, states = bias[0, : 3 * size], bias[0, 3 * size:]
    state = np.zeros((x.shape[1], size), np.float32)
    outputs = []
    for step in x:
        a, b = step @ weight[0].T + inputs, state @ recurrence[0].T + states
        update = _sigmoid(a[:, :size] + b[:, :size])
        reset = _sigmoid(a[:, size: 2 * size] + b[:, size: 2 * size])
        new = np.tanh(a[:, 2 * size:] + reset * b[:, 2 * size:])
        state = (1 - update) * new + update * state
        outputs.append(state)
    return np.stack(outputs)[:, None]


def _lstm(x, weight, recurrence, bias, hidden_size=0):
    size = hidden_size
    gates = bias[0, : 4 * size] + bias[0, 4 * size:]
    state = cell = np.zeros((x.shape[1], size), np.float32)
    outputs = []
    for step in x:
        into, out, kept, new = np.split(step @ weight[0].T + state @ recurrence[0].T + gates, 4, axis=1)
        cell = _sigmoid(kept) * cell + _sigmoid(into) * np.tanh(new)
        state = _sigmoid(out) * np.tanh(cell)
        outputs.append(state)
    return np.stack(outputs)[:, None]


def _split(x, outputs, axis=0):
    return np.split(x, outputs, axis=axis)


def _divide(a, b):
    return a // b if np.issubdtype(np.asarray(a).dtype, np.integer) else a / b


_OPERATORS = {
    "Add": np.add, "Sub": np.subtract, "Mul": np.multiply, "Div": _divide, "MatMul": np.matmul, "Sqrt": np.sqrt,
    "Tanh": np.tanh, "Log": np.log, "Sigmoid": _sigmoid, "Relu": lambda x: np.maximum(x, 0),
    "Erf": lambda x: _erf(x).astype(x.dtype), "Equal": np.equal, "Greater": np.greater, "Less": np.less,
    "And": np.logical_and, "Not": np.logical_not, "Where": np.where, "Min": np.minimum, "Max": np.maximum,
    "Clip": lambda x, low, high: np.clip(x, low, high), "Identity": lambda x: x,
    "Shape": lambda x: np.array(x.shape, np.int64), "Range": lambda a, b, c: np.arange(a, b, c, dtype=np.int64),
    "Cast": lambda x, to: x.astype(_TYPES[to]), "Expand": lambda x, shape: x * np.ones(shape, x.dtype),
    "Gather": lambda x, at, axis=0: np.take(x, at, axis=axis), "GatherND": _gather_nd,
    "GatherElements": lambda x, at, axis=0: np.take_along_axis(x, at, axis), "ScatterElements": _scatter_elements,
    "Transpose": lambda x, perm: np.transpose(x, perm), "Reshape": _reshape, "Slice": _slice,
    "Unsqueeze": lambda x, axes: np.expand_dims(x, tuple(axes)), "Squeeze": lambda x, axes: np.squeeze(x, tuple(axes)),
    "Concat": lambda *parts, axis: np.concatenate(parts, axis), "Softmax": _softmax, "CumSum": _cum_sum,
    "ReduceMean": lambda x, axes, keepdims=1: x.mean(axis=tuple(axes), keepdims=bool(keepdims)),
    "ReduceMax": lambda x, axes, keepdims=1: x.max(axis=tuple(axes), keepdims=bool(keepdims)),
    "ReduceSum": lambda x, axes, keepdims=1: x.sum(axis=tuple(axes), keepdims=bool(keepdims)),
    "Gemm": lambda a, b, transB=0: a @ (b.T if transB else b), "LayerNormalization": _layer_norm, "TopK": _top_k,
    "Conv": _conv, "MaxPool": _max_pool, "GRU": _gru, "LSTM": _lstm,
}


class InferenceSession:
    """The part of onnxruntime.InferenceSession that the example uses: run(None, inputs)."""

    def __init__(self, path):
        model = onnx.load(str(path))
        self._graph = model.graph
        self._weights = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
        self._nodes = [(node.op_type, list(node.input), list(node.output),
                        {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}) for node in model.graph.node]

    def get_inputs(self):
        return list(self._graph.input)

    def get_outputs(self):
        return list(self._graph.output)

    def run(self, wanted, inputs):
        values = {**self._weights, **inputs}
        for op, names, outputs, attributes in self._nodes:
            attributes = {k: v.decode() if isinstance(v, bytes) else v for k, v in attributes.items()}
            given = [values[name] for name in names]
            if op == "Split":
                made = _split(given[0], len(outputs), **attributes)
            else:
                made = _OPERATORS[op](*given, **attributes)
            values.update(zip(outputs, made if op in ("Split", "TopK") else [made]))
        return [values[name] for name in wanted or [output.name for output in self._graph.output]]
