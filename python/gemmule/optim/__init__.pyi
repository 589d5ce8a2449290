# Written by tools/stubs.py.
from gemmule.optim import lr_scheduler as lr_scheduler
from gemmule.optim.adagrad import Adagrad as Adagrad
from gemmule.optim.adam import Adam as Adam, AdamW as AdamW
from gemmule.optim.optimizer import Optimizer as Optimizer
from gemmule.optim.rmsprop import RMSprop as RMSprop
from gemmule.optim.sgd import SGD as SGD


