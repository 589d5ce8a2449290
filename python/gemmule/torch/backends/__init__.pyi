# Written by tools/stubs.py.
from gemmule.torch.backends import cuda as cuda, cudnn as cudnn, mps as mps


