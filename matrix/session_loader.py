"""Loads a SavedModel by TensorFlow's C API, as TensorFlow Serving, Java, Go and tfx_bsl do.

It refuses models that Python's tf.saved_model.load accepts.
"""

from __future__ import annotations

import contextlib
import ctypes
from pathlib import Path

import numpy as np
import tensorflow as tf


class SessionError(Exception):
    """The message is TensorFlow's."""


class _Pointer(ctypes.c_void_p):
    """ctypes makes an int of a function's void*, and passes 32 bits of it, but not of this."""


class _Buffer(ctypes.Structure):
    _fields_ = (("data", _Pointer), ("length", ctypes.c_size_t), ("deallocator", _Pointer))


class _Output(ctypes.Structure):
    _fields_ = (("operation", _Pointer), ("index", ctypes.c_int))


STRING_SIZE = 24
_TF = ctypes.CDLL(str(Path(tf.__file__).with_name("libtensorflow_cc.so.2")))
_TF.TF_NewBuffer.restype = ctypes.POINTER(_Buffer)
_TF.TF_Message.restype = ctypes.c_char_p
_TF.TF_Dim.restype = ctypes.c_int64
_TF.TF_TensorByteSize.restype = ctypes.c_size_t
for _name in ("NewStatus", "NewGraph", "NewSessionOptions", "LoadSessionFromSavedModel"):
    getattr(_TF, f"TF_{_name}").restype = _Pointer
for _name in ("AllocateTensor", "TensorData", "GraphOperationByName"):
    getattr(_TF, f"TF_{_name}").restype = _Pointer


def ask(folder: Path, name: str, output: str, batches: list[list[bytes]]) -> list[np.ndarray]:
    """Load a model and ask it.

    Args:
        folder: the SavedModel; it has the tag `serve`.
        name: a signature of serialized tf.Examples.
        output: one of its outputs, of numbers.
        batches: the examples.

    Returns:
        The output for each batch.

    Raises:
        SessionError: TensorFlow could not load the model, or not answer.
    """
    with contextlib.ExitStack() as stack:

        def new(kind: str) -> _Pointer:
            made = getattr(_TF, f"TF_New{kind}")()
            stack.callback(getattr(_TF, f"TF_Delete{kind}"), made)
            return made

        status, options, graph, buffer = map(new, ("Status", "SessionOptions", "Graph", "Buffer"))
        tags = (ctypes.c_char_p * 1)(b"serve")
        session = _TF.TF_LoadSessionFromSavedModel(
            options, None, str(folder).encode(), tags, 1, graph, buffer, status
        )
        _check(status)
        stack.callback(_TF.TF_DeleteSession, session, status)
        written = ctypes.string_at(buffer.contents.data, buffer.contents.length)
        signature = tf.compat.v1.MetaGraphDef.FromString(written).signature_def[name]
        (source,) = signature.inputs.values()
        ends = [_find(graph, each) for each in (source, signature.outputs[output])]
        answers = [_run(session, *ends, batch, status) for batch in batches]
        _TF.TF_CloseSession(session, status)
        _check(status)
        return answers


def _find(graph: _Pointer, tensor: tf.Module) -> _Output:
    operation, _, index = tensor.name.rpartition(":")
    found = _TF.TF_GraphOperationByName(graph, operation.encode())
    if not found:
        raise SessionError(f"no operation {operation}")
    return _Output(found, int(index))


def _run(
    session: _Pointer, source: _Output, asked: _Output, batch: list[bytes], status: _Pointer
) -> np.ndarray:
    with contextlib.ExitStack() as stack:
        shape, size = (ctypes.c_int64 * 1)(len(batch)), ctypes.c_size_t(STRING_SIZE * len(batch))
        fed = _TF.TF_AllocateTensor(tf.string.as_datatype_enum, shape, 1, size)
        stack.callback(_TF.TF_DeleteTensor, fed)
        for row, example in enumerate(batch):
            cell = _Pointer(_TF.TF_TensorData(fed).value + STRING_SIZE * row)
            _TF.TF_StringInit(cell)
            stack.callback(_TF.TF_StringDealloc, cell)
            _TF.TF_StringCopy(cell, example, ctypes.c_size_t(len(example)))
        got = _Pointer()
        inputs = ctypes.byref(source), ctypes.byref(fed), 1
        outputs = ctypes.byref(asked), ctypes.byref(got), 1
        _TF.TF_SessionRun(session, None, *inputs, *outputs, None, 0, None, status)
        _check(status)
        stack.callback(_TF.TF_DeleteTensor, got)
        dtype = tf.dtypes.as_dtype(_TF.TF_TensorType(got)).as_numpy_dtype
        copied = ctypes.string_at(_TF.TF_TensorData(got), _TF.TF_TensorByteSize(got))
        dimensions = [_TF.TF_Dim(got, axis) for axis in range(_TF.TF_NumDims(got))]
        return np.frombuffer(copied, dtype).reshape(dimensions)


def _check(status: _Pointer) -> None:
    if _TF.TF_GetCode(status):
        raise SessionError(_TF.TF_Message(status).decode())
