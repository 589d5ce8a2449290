cdef extern from "bind/tensor_object.h":
    ctypedef class gemmule._C.TensorBase [object TensorObject]:
        cdef object _array "array"
        cdef object _node "node"
        cdef object _grad "grad"
        cdef list _hooks "hooks"
        cdef bint _tracked "tracked"
        cdef int _index "index"
        cdef long long _view "view"


cdef class Tensor(TensorBase):
    pass


cpdef Tensor wrap(object array)
cpdef object raw(object value)
cpdef object as_array(object value, str op, str name=*)
cpdef object check_tensor(object value, str op, str name=*)
cpdef bint tracked(object value)
