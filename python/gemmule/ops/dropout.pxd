from gemmule.autograd cimport before_write, recording, track, track_many, track_view, track_write
from gemmule.tensor cimport Tensor, check_tensor, raw, wrap
