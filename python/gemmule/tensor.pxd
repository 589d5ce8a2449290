cimport cython


@cython.freelist(64)
cdef class Tensor:
    cdef public object _array      # _C.Array: the data
    cdef public object _node       # autograd.Node that made it, or None
    cdef public object _grad       # Tensor or None
    cdef public list _hooks        # of a leaf; a Node keeps those of its outputs
    cdef public bint _tracked      # requires grad: as a leaf or through _node
    cdef public int _index         # which output of _node
    cdef public long long _view    # version of the storage when this view was taken, or -1
    cdef object __weakref__


cpdef Tensor wrap(object array)
cpdef object raw(object value)
cpdef object as_array(object value, str op, str name=*)
cpdef object check_tensor(object value, str op, str name=*)
cpdef bint tracked(object value)
