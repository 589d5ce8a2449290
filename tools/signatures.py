"""Which types names stand for: the tables that stubs.py and annotated.py read.

Names are the field's throughout the package, so a parameter's name says its type. Where one name
stands for several, the key says more: "function.parameter", "Class.method.parameter",
"Class.method", "module.function".
"""


def _table(types):
    """{name: type} of {type: "name name …"}."""
    return {name: kind for kind, names in types.items() for name in names.split()}


def _names(text):
    return frozenset(text.split())


# What parameters are.
PARAMETERS = _table(
    {
        "bool": """
            keepdim keepdims training inplace ceil_mode descending stable largest requires_grad
            include_initial endpoint full_matrices""",
        "str": """
            mode reduction indexing side padding_mode nonlinearity check_option.optimizer
            get_submodule.target get_buffer.target get_parameter.target set_submodule.target
            find_class.module find_class.name find_spec.fullname""",
        "int": """
            num_embeddings embedding_dim in_features out_features num_heads embed_dim nhead
            d_model in_channels out_channels groups num_features num_groups in1_features
            in2_features input_size hidden_size num_layers num_chunks last_epoch ignore_index
            start_dim end_dim dim_feedforward minlength proj_size num_samples
            local_response_norm.size per_dimension.dimensions padding_of.dimensions""",
        "float": """
            eps lr momentum weight_decay dampening atol max_norm lp_pool1d.norm_type
            lp_pool2d.norm_type""",
        "Tensor": """
            out input target tensor1 tensor2 mat1 mat2 batch1 batch2 vec vec2 input1 input2 x
            track_write.tensor outer.x1 outer.x2 vecdot.x1 vecdot.x2 inner.other kron.other
            forward.src forward.tgt query
            w_ih w_hh h b_ih b_hh uniform_.tensor normal_.tensor trunc_normal_.tensor
            constant_.tensor ones_.tensor zeros_.tensor eye_.tensor dirac_.tensor
            xavier_uniform_.tensor orthogonal_.tensor xavier_normal_.tensor
            kaiming_uniform_.tensor kaiming_normal_.tensor sparse_.tensor""",
        "float | str": "matrix_norm.ord",
        "float | Tensor": "bernoulli_.p _bernoulli_.p",
        "float | None": """
            _RunningNorm.__init__.momentum _InstanceNorm.__init__.momentum
            _LazyNorm.__init__.momentum""",
        "bool | None": "one_of.keepdim one_of.keepdims",
        "int | None": "concat.axis concatenate.axis",
        "Module | None": "add_module.module register_module.module",
        "Array": "wrap.array track.output track_view.output",
        "tuple[Array, ...]": "track_many.outputs track_views.outputs",
        "tuple[object, ...]": "track.parents track.saved track_many.parents track_many.saved",
        "Callable[..., Sequence[Array | None]]": """
            track.vjp track_view.vjp track_many.vjp track_views.vjp track_write.vjp""",
        "Any": "from_dlpack.x where.input",
        "Sequence[str] | None": "find_spec.path",
        "ModuleType | None": "find_spec.target",
        "_F": "halves.function lowered.function raised.function __call__.function",
        "Module": "module",
        "Optimizer": "optimizer",
        "Generator": "generator",
    }
)
# Those that are an int where their default is one.
WHOLE = _names(
    """
    T_mult axis cooldown decimals diagonal dim dim0 dim1 dim2 epochs k n num_workers offset
    patience total_iters
    """
)
# Those whose default does not say all that they may be.
OPEN = _names(
    """
    device_type fill_value mean size_average std value
    """
)
# What functions and methods give.
GIVES = _table(
    {
        "bool": """
            is_contiguous is_floating_point allclose is_grad_enabled is_autocast_enabled
            Tensor.equal __bool__ __contains__ isdtype can_cast recording tracked gradcheck
            is_tensor retains_grad is_cuda is_available is_built is_better
            has_uninitialized_params""",
        "int": """
            dim numel element_size data_ptr get_num_threads __len__ __int__ __index__ __hash__
            initial_seed seed device_count Tensor.nelement Tensor.ndimension""",
        "str": """
            __repr__ __format__ __str__ extra_repr get_float32_conv_precision get_include
            get_cmake_dir get_library_dir Device.type""",
        "None": """
            __init__ __setattr__ __setitem__ __delattr__ __delitem__ __exit__ backward
            empty_cache zero_grad retain_grad before_write register watch set_num_threads save
            check_out methods check_tensor set_float32_conv_precision remove close
            reset_parameters reset_running_stats flatten_parameters initialize_parameters
            clip_grad_value_ clip_grads_with_norm_ register_buffer register_parameter
            register_module add_module set_extra_state set_submodule add_param_group
            on_train_begin on_train_end set_rng_state check_positive clear update insert
            check_option set_state manual_seed_all Optimizer.load_state_dict
            LRScheduler.load_state_dict fuse drop_unused cuda.manual_seed""",
        "float": "__float__ calculate_gain accuracy FloatLimits.tiny",
        "complex": "__complex__",
        "DType": "as_dtype promote_types result_type",
        "DType | None": "lower_dtype",
        "FloatLimits": "finfo",
        "IntegerLimits": "iinfo",
        "HookHandle": """
            register_hook register_forward_hook register_forward_pre_hook
            register_full_backward_hook register_full_backward_pre_hook
            register_state_dict_pre_hook register_state_dict_post_hook
            register_load_state_dict_pre_hook register_load_state_dict_post_hook""",
        "Node | None": "grad_fn",
        "tuple[int, ...]": "broadcast_shapes",
        "tuple[int, int]": "__dlpack_device__ Generator.next",
        "dict[str, int]": "memory_stats",
        "dict[str, Tensor]": "weights.load",
        "dict[str, str]": "load_metadata",
        "tuple[Tensor, ...]": """
            broadcast_arrays broadcast_tensors meshgrid unstack unbind chunk split tensor_split
            index.nonzero autograd.grad track_many track_views borrow_all lstm gru rnn_tanh
            rnn_relu lstm_cell""",
        "tuple[Tensor, Tensor]": "var_mean std_mean LSTMCell.forward",
        "Tensor": """
            sort.sort argsort bincount isin msort searchsorted unique_values get_total_norm
            clip_grad_norm_ get_rng_state Generator.get_state autograd.track track_view
            track_write wrap copied into moved borrow get_buffer gru_cell rnn_tanh_cell
            rnn_relu_cell rnn.product generate_square_subsequent_mask forward log_prob
            AdaptiveLogSoftmaxWithLoss.predict train.predict""",
        "Array": "as_array own",
        "TypeError": "no_tensor",
        "Generator": "manual_seed",
        "EighResult": "eigh",
        "LstsqResult": "lstsq",
        "Histogram": "histogram",
        "QRResult": "qr",
        "SlogdetResult": "slogdet",
        "SVDResult": "svd",
        "SortResult": "Tensor.sort topk kthvalue",
        "_Cummax": "cummax",
        "_Cummin": "cummin",
        "UniqueAll": "unique_all",
        "UniqueCounts": "unique_counts",
        "UniqueInverse": "unique_inverse",
        "Parameter": "new_parameter get_parameter",
        "tuple[Any, ...]": "per_dimension padding_of __reduce__",
        "list[Subset]": "random_split",
        "collections.abc.Generator[Any, None, None]": "made_ahead",
        "Iterator[Any]": "ahead __iter__",
        "Iterator[Tensor]": "Tensor.__iter__ buffers",
        "Iterator[int]": "_Ordered.__iter__",
        "Iterator[list[int]]": "BatchSampler.__iter__",
        "Iterator[Parameter]": "ModuleTree.parameters",
        "Iterator[tuple[str, Parameter]]": "named_parameters",
        "Iterator[tuple[str, Tensor]]": "named_buffers",
        "Iterator[Module]": "children modules _Modules.__iter__",
        "Iterator[tuple[str, Module]]": "named_children named_modules",
        "Module": "get_submodule",
        "Self": """
            Module.apply Module.cpu Module.cuda Module.double Module.eval Module.float
            Module.half Module.requires_grad_ Module.to Module.to_empty Module.train
            Module.bfloat16 _Modules.append _Modules.extend _Modules.__iadd__
            ParameterList.append ParameterList.extend ParameterList.__iadd__ _GradMode.__enter__
            autocast.__enter__ set_grad_enabled.__enter__ __deepcopy__ Prepared.train
            Generator.set_state Generator.manual_seed""",
        "History": "fit",
        "dict[str, float]": "evaluate _Means.results",
        "bool | None": "on_epoch_end",
        "_F": "halves lowered raised _GradMode.__call__ autocast.__call__",
        "tuple[Tensor, Tensor | None]": "multi_head_attention_forward MultiheadAttention.forward",
        "Any": """
            Function.forward Function.backward Function.apply
            Module.forward _MaxPool.forward _AdaptiveMax.forward FractionalMaxPool2d.forward
            RNNBase.forward LSTM.forward AdaptiveLogSoftmaxWithLoss.forward Prepared.forward
            _Lazy.forward Sequential.forward fractional_max_pool2d functions.where unique
            functions.compile host.view TransformerEncoder.forward TransformerEncoderLayer.forward
            Transformer.forward TransformerDecoder.forward TransformerDecoderLayer.forward""",
        "list[str]": "keys",
        "list[Any]": "values",
        "list[tuple[str, Any]]": "items",
        "NDArray[Any]": "Tensor.numpy Tensor.__array__",
        "Prepared": "prepare",
        "IncompatibleKeys": "ModuleState.load_state_dict",
        "list[Array]": "arrays_of",
        "Sequence[Array | None]": "inputs_known outputs_known",
        "ModuleSpec | None": "find_spec",
        "list[float]": "get_lr get_last_lr",
        "dict[str, Any]": "Optimizer.state_dict LRScheduler.state_dict",
    }
)
# Modules of functions of Tensors: what is not in GIVES gives a Tensor there.
OPERATIONS = _names(
    """
    ops/reduce ops/unary ops/binary ops/compare ops/activation ops/create ops/cast ops/shape
    ops/shape_join ops/scan ops/softmax ops/norm ops/conv ops/matmul ops/index ops/dropout
    ops/loss ops/random ops/embedding ops/attention ops/dlpack ops/matmul_einsum ops/pool
    ops/sort_quantile linalg fft nn/functional nn/fold nn/distance nn/init nn/pixelshuffle
    nn/softmax nn/upsample nn/embedding nn/linear nn/pool torch/functions
    """
)
# Tensor's properties.
TENSOR_PROPERTIES = _table(
    {
        "tuple[int, ...]": "shape strides",
        "int": "ndim itemsize nbytes",
        "_Size": "size",
        "DType": "dtype",
        "Device": "device",
        "Tensor | None": "grad",
        "Tensor": "T mT data",
        "bool": "requires_grad is_leaf",
    }
)
# Methods of Tensor that are not in GIVES and give no Tensor.
NOT_TENSORS = _names(
    """
    __array__ __array_namespace__ __deepcopy__ __dlpack__ __init_subclass__ __reduce__ cummax
    cummin grad_fn item kthvalue max median min nonzero numpy register_hook size sort split
    stride tolist topk type unique
    """
)
# What the extension's functions give that is no Array.
EXTENSION_GIVES = _table(
    {
        "bool": "alike grad_enabled set_grad_enabled shares",
        "int": "conv_plan cuda_count num_threads probe_multiply_add version",
        "str": "bfloat_products check_device compiler flags float32_conv_precision isa",
        "None": """
            adam adopt attention_check clip_to_norm clip_to_range copy_into embedding_renorm
            fill hasten hold_shortcuts sgd synchronize empty_cache mark_written probe_stream rmsprop
            set_bfloat_products set_float32_conv_precision set_isa set_num_threads
            setitem""",
        "DType": "promote_types",
        "str | None": "last_writer",
        "tuple[Array, bool]": "from_dlpack",
        "tuple[str, ...]": "runnable_bfloat_products runnable_isas",
        "tuple[int, int, int, int]": "memory_stats",
        "tuple[Array, Array]": """
            var_mean cummax cummin sort max_index min_index nll_loss conv_parameter_gradients
        """,
        "tuple[Array, Array | None]": """
            attention max_pool1d max_pool2d adaptive_max_pool1d adaptive_max_pool2d""",
        "tuple[Array, Array | None, Array | None]": "layer_norm group_norm batch_norm",
        "tuple[Array, Array, Array | None]": "rnn_step",
        "tuple[Array, Array, Array, Array]": "cross_entropy_probability",
        "tuple[Array, Array, Array, Array, Array | None]": "cross_entropy",
        "tuple[Array, Array, Any, Array | None, Array | None]": "rnn",
        "tuple[Array | None, ...]": """
            rnn_backward rnn_step_backward attention_backward layer_norm_backward
            group_norm_backward batch_norm_backward linear_backward""",
        "tuple[Array, ...]": "split unbind",
        "tuple[Any, list[Any], list[Any]]": "record",
        "Any": "function host_op item tell_errors to_dlpack",
    }
)
# Properties of the extension's types that are neither a bool nor an int.
EXTENSION_PROPERTIES = _table(
    {
        "str": "name device",
        "DType": "dtype",
        "tuple[int, ...]": "shape strides",
    }
)
# Where types are defined that annotations of other modules speak of.
HOMES = _table(
    {
        "gemmule.tensor": "Tensor",
        "gemmule._C": "Array DType",
        "gemmule.autograd": "Node",
        "gemmule.devices": "Device",
        "gemmule.hooks": "HookHandle",
        "gemmule.ops.random": "Generator",
        "gemmule.ops.sort": "SortResult",
        "gemmule.ops.sort_quantile": "Histogram",
        "gemmule.ops.reduce": "_Max _Min",
        "gemmule.ops.scan": "_Cummax _Cummin",
        "gemmule.nn.module": "Module",
        "gemmule.nn.parameter": "Parameter",
        "gemmule.optim.optimizer": "Optimizer",
        "gemmule.nn.backward_hooks": "BackwardHooks",
        "collections": "OrderedDict",
        "numpy.typing": "NDArray",
        "importlib.machinery": "ModuleSpec",
        "types": "ModuleType",
    }
)
# What parameters of private functions are, which no stub speaks of; Any, where not here.
PRIVATE = _table(
    {
        "Tensor": "self tensor losses input x _alpha.mask",
        "Sequence[Array]": "gs",
        "Sequence[Array | None]": """
            _split_vjp.gs _unbind_vjp.gs _slogdet_vjp.gs _var_mean_vjp.gs _lstsq_vjp.gs
            _Function_vjp.gs""",
        "Sequence[builtins.bool]": "needs",
        "tuple[builtins.int, ...]": "shape",
        "Callable[..., Tensor]": "scan",
        "Any": "hooks _as_shape.shape",
        "builtins.float": "_alpha.p",
        "Array": "_as_matrix.x",
        "BackwardHooks": "_module_input_vjp.hooks _module_output_vjp.hooks",
    }
)
# What private functions give, where their return statements do not tell.
PRIVATE_GIVES = _table(
    {
        "Tensor": """
            _cast _alpha_dropout _planes _cumulative _write_saving _reduced _weighted loss._pair
            _alpha _written _cell _arrange _unpool _largest _causal_mask""",
        "tuple[Tensor, Tensor]": "_with_mean",
        "tuple[str, Tensor]": "_keep matmul_einsum._pair",
        "SortResult": "_sorted _leading _picked _tracked _one",
        "HookHandle": "_add_hook _register _register_state_hook",
        "Self": "Module._cast _convert",
        "dict[str, Any]": "_names",
        "list[Array | None]": "_gathered",
        "list[float]": "_rates",
        "set[int]": "_Tracing._written",
        "int": "_count _count_of _state_rank",
        "str": "_get_name",
        "NDArray[Any]": "_as_ndarray _bfloat16_ndarray",
    }
)
