# The C ABI for other packages' Cython, which documents it: gemmule/gemmule.h in the folder that
# gemmule.get_include() names. Declarations only: `from gemmule cimport gemmule_matmul` imports
# nothing at run time; link with gemmule::gemmule. tests/embed/cython is a whole example.
from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint64_t

cdef extern from "gemmule/gemmule.h" nogil:
    ctypedef struct gemmule_device:
        int32_t device_type
        int32_t device_id

    ctypedef struct gemmule_dtype:
        uint8_t code
        uint8_t bits
        uint16_t lanes

    ctypedef struct gemmule_tensor:
        void* data
        gemmule_device device
        int32_t ndim
        gemmule_dtype dtype
        int64_t* shape
        int64_t* strides
        uint64_t byte_offset

    enum:
        GEMMULE_INT
        GEMMULE_UINT
        GEMMULE_FLOAT
        GEMMULE_BFLOAT
        GEMMULE_BOOL

    ctypedef int32_t gemmule_status

    enum:
        GEMMULE_OK
        GEMMULE_ERROR_VALUE
        GEMMULE_ERROR_TYPE
        GEMMULE_ERROR_INDEX
        GEMMULE_ERROR_MEMORY
        GEMMULE_ERROR_OVERFLOW
        GEMMULE_ERROR_WORKSPACE
        GEMMULE_ERROR_VERSION
        GEMMULE_ERROR_RUNTIME

    const char* gemmule_last_error()
    const char* gemmule_version()
    int32_t gemmule_abi_version()
    gemmule_status gemmule_require_abi(int32_t version)
    int32_t gemmule_num_threads()
    gemmule_status gemmule_set_num_threads(int32_t threads)
    const char* gemmule_isa()
    gemmule_status gemmule_set_isa(const char* name)
    gemmule_status gemmule_set_float32_conv_precision(const char* precision)
    void gemmule_empty_cache()

    ctypedef struct gemmule_workspace:
        size_t size
        void* data
        size_t bytes

    enum:
        GEMMULE_IDENTITY
        GEMMULE_RELU
        GEMMULE_LEAKY_RELU
        GEMMULE_ELU
        GEMMULE_HARDTANH
        GEMMULE_HARDSIGMOID
        GEMMULE_SIGMOID
        GEMMULE_TANH
        GEMMULE_GELU
        GEMMULE_GELU_TANH
        GEMMULE_SILU
        GEMMULE_MISH
        GEMMULE_HARDSWISH
        GEMMULE_HARDSHRINK
        GEMMULE_SOFTSHRINK
        GEMMULE_TANHSHRINK
        GEMMULE_SOFTSIGN
        GEMMULE_SOFTPLUS
        GEMMULE_THRESHOLD
        GEMMULE_LOGSIGMOID

    ctypedef struct gemmule_activation:
        size_t size
        int32_t kind
        double p0
        double p1
        double p2

    gemmule_status gemmule_activate(const gemmule_tensor* x,
        const gemmule_activation* activation, const gemmule_tensor* y,
        gemmule_workspace* workspace)
    gemmule_status gemmule_activate_backward(const gemmule_tensor* dy,
        const gemmule_tensor* saved, const gemmule_activation* activation,
        const gemmule_tensor* dx, gemmule_workspace* workspace)
    gemmule_status gemmule_glu(const gemmule_tensor* x, int32_t axis, const gemmule_tensor* y,
        gemmule_workspace* workspace)
    gemmule_status gemmule_glu_backward(const gemmule_tensor* dy, const gemmule_tensor* x,
        int32_t axis, const gemmule_tensor* dx, gemmule_workspace* workspace)
    gemmule_status gemmule_matmul(const gemmule_tensor* a, const gemmule_tensor* b,
        const gemmule_tensor* c, gemmule_workspace* workspace)
    gemmule_status gemmule_matmul_backward(const gemmule_tensor* dc, const gemmule_tensor* a,
        const gemmule_tensor* b, const gemmule_tensor* da, const gemmule_tensor* db,
        gemmule_workspace* workspace)
    gemmule_status gemmule_linear(const gemmule_tensor* x, const gemmule_tensor* weight,
        const gemmule_tensor* bias, const gemmule_activation* activation,
        const gemmule_tensor* y, gemmule_workspace* workspace)
    gemmule_status gemmule_linear_backward(const gemmule_tensor* dy, const gemmule_tensor* x,
        const gemmule_tensor* weight, const gemmule_tensor* dx, const gemmule_tensor* dweight,
        const gemmule_tensor* dbias, gemmule_workspace* workspace)

    ctypedef struct gemmule_packed_linear:
        pass

    gemmule_status gemmule_linear_pack(const gemmule_tensor* weight, const gemmule_tensor* bias,
        gemmule_packed_linear** packed)
    gemmule_status gemmule_linear_packed(const gemmule_tensor* x,
        const gemmule_packed_linear* packed, const gemmule_activation* activation,
        const gemmule_tensor* y, gemmule_workspace* workspace)
    void gemmule_packed_linear_free(gemmule_packed_linear* packed)

    ctypedef struct gemmule_conv:
        size_t size
        int64_t stride[2]
        int64_t padding[4]
        int64_t dilation[2]
        int64_t output_padding[2]
        int64_t groups

    gemmule_status gemmule_conv_forward(const gemmule_tensor* x, const gemmule_tensor* weight,
        const gemmule_tensor* bias, const gemmule_conv* params, const gemmule_tensor* out,
        gemmule_workspace* workspace)
    gemmule_status gemmule_conv_backward(const gemmule_tensor* dout, const gemmule_tensor* x,
        const gemmule_tensor* weight, const gemmule_conv* params, const gemmule_tensor* dx,
        const gemmule_tensor* dweight, const gemmule_tensor* dbias, gemmule_workspace* workspace)
    gemmule_status gemmule_conv_transpose_forward(const gemmule_tensor* x,
        const gemmule_tensor* weight, const gemmule_tensor* bias, const gemmule_conv* params,
        const gemmule_tensor* out, gemmule_workspace* workspace)
    gemmule_status gemmule_conv_transpose_backward(const gemmule_tensor* dout,
        const gemmule_tensor* x, const gemmule_tensor* weight, const gemmule_conv* params,
        const gemmule_tensor* dx, const gemmule_tensor* dweight, const gemmule_tensor* dbias,
        gemmule_workspace* workspace)

    ctypedef struct gemmule_pool:
        size_t size
        int32_t axes
        int32_t ceil_mode
        int64_t kernel[2]
        int64_t stride[2]
        int64_t padding[2]
        int64_t dilation[2]
        int32_t count_include_pad
        int64_t divisor

    gemmule_status gemmule_max_pool(const gemmule_tensor* x, const gemmule_pool* params,
        const gemmule_tensor* y, const gemmule_tensor* indices, gemmule_workspace* workspace)
    gemmule_status gemmule_avg_pool(const gemmule_tensor* x, const gemmule_pool* params,
        const gemmule_tensor* y, gemmule_workspace* workspace)
    gemmule_status gemmule_avg_pool_backward(const gemmule_tensor* dy,
        const gemmule_pool* params, const gemmule_tensor* dx, gemmule_workspace* workspace)
    gemmule_status gemmule_adaptive_max_pool(const gemmule_tensor* x, int32_t axes,
        const gemmule_tensor* y, const gemmule_tensor* indices, gemmule_workspace* workspace)
    gemmule_status gemmule_adaptive_avg_pool(const gemmule_tensor* x, int32_t axes,
        const gemmule_tensor* y, gemmule_workspace* workspace)
    gemmule_status gemmule_adaptive_avg_pool_backward(const gemmule_tensor* dy, int32_t axes,
        const gemmule_tensor* dx, gemmule_workspace* workspace)
    gemmule_status gemmule_max_pool_backward(const gemmule_tensor* dy,
        const gemmule_tensor* indices, int32_t axes, const gemmule_tensor* dx,
        gemmule_workspace* workspace)
    gemmule_status gemmule_softmax(const gemmule_tensor* x, int32_t axis,
        const gemmule_tensor* y, gemmule_workspace* workspace)
    gemmule_status gemmule_log_softmax(const gemmule_tensor* x, int32_t axis,
        const gemmule_tensor* y, gemmule_workspace* workspace)
    gemmule_status gemmule_softmax_backward(const gemmule_tensor* dy, const gemmule_tensor* y,
        int32_t axis, const gemmule_tensor* dx, gemmule_workspace* workspace)
    gemmule_status gemmule_log_softmax_backward(const gemmule_tensor* dy,
        const gemmule_tensor* y, int32_t axis, const gemmule_tensor* dx,
        gemmule_workspace* workspace)

    ctypedef struct gemmule_attention:
        size_t size
        double scale
        int32_t causal
        int32_t grouped

    gemmule_status gemmule_attention_forward(const gemmule_tensor* q, const gemmule_tensor* k,
        const gemmule_tensor* v, const gemmule_tensor* mask, const gemmule_attention* params,
        const gemmule_tensor* out, const gemmule_tensor* lse, gemmule_workspace* workspace)
    gemmule_status gemmule_attention_backward(const gemmule_tensor* dout,
        const gemmule_tensor* q, const gemmule_tensor* k, const gemmule_tensor* v,
        const gemmule_tensor* mask, const gemmule_attention* params, const gemmule_tensor* out,
        const gemmule_tensor* lse, const gemmule_tensor* dq, const gemmule_tensor* dk,
        const gemmule_tensor* dv, gemmule_workspace* workspace)

    enum:
        GEMMULE_LSTM
        GEMMULE_GRU
        GEMMULE_RNN_TANH
        GEMMULE_RNN_RELU

    ctypedef struct gemmule_rnn:
        size_t size
        int32_t cell
        int32_t reverse
        const gemmule_tensor *x
        const gemmule_tensor *h0
        const gemmule_tensor *c0
        const gemmule_tensor *w_ih
        const gemmule_tensor *w_hh
        const gemmule_tensor *b_ih
        const gemmule_tensor *b_hh

    ctypedef struct gemmule_rnn_results:
        size_t size
        const gemmule_tensor *y
        const gemmule_tensor *h_n
        const gemmule_tensor *c_n
        const gemmule_tensor *c
        const gemmule_tensor *gates

    gemmule_status gemmule_rnn_forward(const gemmule_rnn* rnn,
        const gemmule_rnn_results* results, gemmule_workspace* workspace)

    ctypedef struct gemmule_rnn_gradients:
        size_t size
        const gemmule_tensor *dy
        const gemmule_tensor *dh_n
        const gemmule_tensor *dc_n
        const gemmule_tensor *dx
        const gemmule_tensor *dh0
        const gemmule_tensor *dc0
        const gemmule_tensor *dw_ih
        const gemmule_tensor *dw_hh
        const gemmule_tensor *db_ih
        const gemmule_tensor *db_hh

    gemmule_status gemmule_rnn_backward(const gemmule_rnn* rnn,
        const gemmule_rnn_results* results, const gemmule_rnn_gradients* gradients,
        gemmule_workspace* workspace)
    gemmule_status gemmule_layer_norm(const gemmule_tensor* x, int32_t axes,
        const gemmule_tensor* weight, const gemmule_tensor* bias, double eps,
        const gemmule_tensor* y, const gemmule_tensor* mean, const gemmule_tensor* rstd,
        gemmule_workspace* workspace)
    gemmule_status gemmule_layer_norm_backward(const gemmule_tensor* dy, const gemmule_tensor* x,
        int32_t axes, const gemmule_tensor* weight, const gemmule_tensor* mean,
        const gemmule_tensor* rstd, const gemmule_tensor* dx, const gemmule_tensor* dweight,
        const gemmule_tensor* dbias, gemmule_workspace* workspace)
    gemmule_status gemmule_rms_norm(const gemmule_tensor* x, int32_t axes,
        const gemmule_tensor* weight, double eps, const gemmule_tensor* y,
        const gemmule_tensor* rstd, gemmule_workspace* workspace)
    gemmule_status gemmule_rms_norm_backward(const gemmule_tensor* dy, const gemmule_tensor* x,
        int32_t axes, const gemmule_tensor* weight, const gemmule_tensor* rstd,
        const gemmule_tensor* dx, const gemmule_tensor* dweight, gemmule_workspace* workspace)
    gemmule_status gemmule_group_norm(const gemmule_tensor* x, int64_t groups,
        const gemmule_tensor* weight, const gemmule_tensor* bias, double eps,
        const gemmule_tensor* y, const gemmule_tensor* mean, const gemmule_tensor* rstd,
        gemmule_workspace* workspace)
    gemmule_status gemmule_group_norm_backward(const gemmule_tensor* dy, const gemmule_tensor* x,
        int64_t groups, const gemmule_tensor* weight, const gemmule_tensor* mean,
        const gemmule_tensor* rstd, const gemmule_tensor* dx, const gemmule_tensor* dweight,
        const gemmule_tensor* dbias, gemmule_workspace* workspace)
    gemmule_status gemmule_batch_norm(const gemmule_tensor* x,
        const gemmule_tensor* running_mean, const gemmule_tensor* running_var,
        const gemmule_tensor* weight, const gemmule_tensor* bias, int32_t training,
        double momentum, double eps, const gemmule_tensor* y, const gemmule_tensor* mean,
        const gemmule_tensor* rstd, gemmule_workspace* workspace)
    gemmule_status gemmule_batch_norm_backward(const gemmule_tensor* dy, const gemmule_tensor* x,
        const gemmule_tensor* weight, const gemmule_tensor* mean, const gemmule_tensor* rstd,
        int32_t training, const gemmule_tensor* dx, const gemmule_tensor* dweight,
        const gemmule_tensor* dbias, gemmule_workspace* workspace)

    enum:
        GEMMULE_SUM
        GEMMULE_PROD
        GEMMULE_MEAN
        GEMMULE_MAX
        GEMMULE_MIN
        GEMMULE_VAR
        GEMMULE_STD
        GEMMULE_LOGSUMEXP
        GEMMULE_NORM
        GEMMULE_ARGMAX
        GEMMULE_ARGMIN
        GEMMULE_ANY
        GEMMULE_ALL

    ctypedef struct gemmule_reduction:
        size_t size
        int32_t kind
        int32_t keepdims
        const int64_t* axes
        int32_t axis_count
        double p

    gemmule_status gemmule_reduce(const gemmule_tensor* x, const gemmule_reduction* reduction,
        const gemmule_tensor* y, gemmule_workspace* workspace)
    gemmule_status gemmule_reduce_backward(const gemmule_tensor* dy, const gemmule_tensor* x,
        const gemmule_tensor* y, const gemmule_reduction* reduction, const gemmule_tensor* dx,
        gemmule_workspace* workspace)
