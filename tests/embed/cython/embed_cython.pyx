"""Cython over gemmule's C ABI: typed memoryviews, the GIL released."""
from gemmule cimport (
    GEMMULE_FLOAT, GEMMULE_OK, gemmule_last_error, gemmule_matmul, gemmule_status, gemmule_tensor,
)
from libc.stdint cimport int64_t


cdef struct Matrix:
    gemmule_tensor tensor
    int64_t shape[2]
    int64_t strides[2]


cdef void describe(Matrix* m, float[:, :] values) noexcept nogil:
    """A memoryview as a tensor: the same memory, its strides in elements."""
    for i in range(2):
        m.shape[i] = values.shape[i]
        m.strides[i] = values.strides[i] // <Py_ssize_t>sizeof(float)
    m.tensor.data = &values[0, 0]
    m.tensor.device.device_type = 1
    m.tensor.device.device_id = 0
    m.tensor.ndim = 2
    m.tensor.dtype.code = GEMMULE_FLOAT
    m.tensor.dtype.bits = 32
    m.tensor.dtype.lanes = 1
    m.tensor.shape = m.shape
    m.tensor.strides = m.strides
    m.tensor.byte_offset = 0


def matmul(float[:, :] a, float[:, :] b, float[:, :] out):
    """out = a·b, for any strides."""
    cdef Matrix ma, mb, mc
    cdef gemmule_status status
    with nogil:
        describe(&ma, a)
        describe(&mb, b)
        describe(&mc, out)
        status = gemmule_matmul(&ma.tensor, &mb.tensor, &mc.tensor, NULL)
    if status != GEMMULE_OK:
        raise ValueError(gemmule_last_error().decode())
