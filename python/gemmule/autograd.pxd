cimport cython
from gemmule.tensor cimport Tensor, as_array, check_tensor, wrap


@cython.freelist(64)
cdef class Node:
    cdef public object vjp
    cdef public list edges        # per parent: None or (Node or leaf Tensor, index, shape, dtype)
    cdef public tuple saved
    cdef public list grads        # per output: the gradient gathered so far
    cdef public list hooks        # of outputs: (index, function)
    cdef public long long version
    cdef public long long sequence
    cdef public int outputs
    cdef object __weakref__


cdef bint _recording(tuple parents) except -1
cdef Node _node(object first, tuple parents, object vjp, tuple saved)
cpdef bint recording(tuple parents) except -1
cpdef Tensor track(object output, tuple parents, object vjp, tuple saved)
cpdef Tensor track_view(object output, object parent, object vjp, tuple saved)
cpdef tuple track_many(tuple outputs, tuple parents, object vjp, tuple saved)
cpdef tuple track_views(tuple outputs, object parent, object vjp, tuple saved)
cpdef object before_write(Tensor tensor, str op)
cpdef Tensor track_write(Tensor tensor, tuple parents, object vjp, tuple saved)

cdef list _roots(str op, object tensors, object gradients)
cdef object _walk(list roots, object retain_graph, dict leaves, dict wanted)
cdef object _walk_heap(list heap, object retain_graph, dict leaves, dict wanted)
cdef bint _seen(object result, list gs, tuple saved, object results, Py_ssize_t position) except -1
cdef object _deliver(object target, int index, object gradient, list heap, dict leaves)
cdef object _sum(object held, object gradient)
cpdef object _accumulate(Tensor tensor, object gradient)
cdef object _hooked(object hooks, object gradient)
