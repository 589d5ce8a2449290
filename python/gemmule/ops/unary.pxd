from gemmule.autograd cimport before_write, recording, track, track_many, track_view, track_write
from gemmule.tensor cimport Tensor, as_array, raw, tracked, wrap

cdef object _over(object x, str name, object op, object vjp)
cdef object _over_saving(object x, str name, object op, object vjp)
