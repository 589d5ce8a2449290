/* gemmule's kernels for C, C++, Cython, Rust and whatever else calls C. C11; no Python.
 *
 * Tensors. A gemmule_tensor is a DLPack DLTensor: same members, same layout. If dlpack.h is
 *   included first it is the very same type. The caller owns the struct, its shape and strides, and
 *   the data. `strides` count elements and may be NULL (row-major), zero (repeat) or negative for
 *   inputs. Data must be aligned to its item size, no more. CPU tensors of up to 16 dimensions; a
 *   size may be 0. Unless a function says otherwise: float32 or float64, all of one dtype, nothing
 *   is converted.
 *
 * Results. The caller allocates them; their shape and dtype must be those that the function states.
 *   Row-major results are written in place; others cost a copy. NULL for a result that is "or NULL"
 *   leaves it out. A result must not overlap an argument or another result; where "in place" is
 *   said it may be exactly its argument (same data, shape and strides).
 *
 * Status. Every function that can fail returns one: GEMMULE_OK, or what went wrong. Nothing is
 *   thrown, printed or aborted. gemmule_last_error() is the message of the last failure on the
 *   calling thread. All arguments are checked before the first result is touched, so after a
 *   failure (but GEMMULE_ERROR_MEMORY without a workspace) the results are as they were. What
 *   cannot be checked is that pointers lead to as much memory as the shapes say.
 *
 * Memory. The last argument is the workspace, for whatever an operation needs besides its results:
 *
 *     NULL                  gemmule takes it from its caching allocator
 *     {size, NULL, 0}       a query: arguments are checked, `bytes` is set, nothing else is written
 *     {size, data, bytes}   it is taken from there; GEMMULE_ERROR_WORKSPACE if it is too small
 *
 *   With a workspace a call allocates nothing more: but for messages of errors, and for a block of
 *   scratch that each computing thread keeps from call to call (a few hundred KiB). The bytes
 *   depend on shapes, strides, parameters, the ISA and which results are wanted; not on data,
 *   alignment or the number of threads. Any alignment will do.
 *
 * Threads. Any thread may call any function at any time. Results have the same bits for any number
 *   of threads. A workspace serves one call at a time. A loop that runs while another caller's loop
 *   holds the threads runs on its own thread.
 *
 * Stability. Functions are only ever added, and structs only grow at their end: set the first
 *   member, `size`, to sizeof the struct, and what you do not use to 0. GEMMULE_ABI_VERSION counts
 *   additions; gemmule_require_abi(GEMMULE_ABI_VERSION) asks whether the library that was loaded is
 *   as new as this header. The shared library's name (libgemmule.so.0) changes if the promise is
 *   ever broken.
 */
#ifndef GEMMULE_H
#define GEMMULE_H

#include <stddef.h>
#include <stdint.h>

#define GEMMULE_ABI_VERSION 1

#define GEMMULE_API __attribute__((visibility("default")))

#ifdef __cplusplus
extern "C" {
#endif

/* ---- tensors --------------------------------------------------------------------------------- */

#ifdef DLPACK_DLPACK_H_
typedef DLTensor gemmule_tensor;
#else
typedef struct gemmule_device {
  int32_t device_type; /* 1: CPU */
  int32_t device_id;
} gemmule_device;

typedef struct gemmule_dtype {
  uint8_t code;   /* GEMMULE_INT, … */
  uint8_t bits;   /* of one element */
  uint16_t lanes; /* 1 */
} gemmule_dtype;

typedef struct gemmule_tensor {
  void* data;
  gemmule_device device;
  int32_t ndim;
  gemmule_dtype dtype;
  int64_t* shape;
  int64_t* strides; /* in elements, or NULL: row-major */
  uint64_t byte_offset;
} gemmule_tensor;
#endif

/* dtype.code, as DLPack has them. */
enum { GEMMULE_INT = 0, GEMMULE_UINT = 1, GEMMULE_FLOAT = 2, GEMMULE_BFLOAT = 4, GEMMULE_BOOL = 6 };

/* ---- status, version, threads ---------------------------------------------------------------- */

typedef int32_t gemmule_status;
enum {
  GEMMULE_OK = 0,
  GEMMULE_ERROR_VALUE = 1,     /* a shape, size or parameter; a null pointer; an overlap */
  GEMMULE_ERROR_TYPE = 2,      /* a dtype or device */
  GEMMULE_ERROR_INDEX = 3,     /* an axis or index out of range */
  GEMMULE_ERROR_MEMORY = 4,    /* the allocator has no more */
  GEMMULE_ERROR_OVERFLOW = 5,  /* a size beyond 64 bits */
  GEMMULE_ERROR_WORKSPACE = 6, /* the workspace is too small */
  GEMMULE_ERROR_VERSION = 7,   /* a struct's size, or an ABI, that this library does not know */
  GEMMULE_ERROR_RUNTIME = 8    /* anything else */
};

/* Message of the last failure on this thread: valid until the thread's next call; "" before any. */
GEMMULE_API const char* gemmule_last_error(void);

GEMMULE_API const char* gemmule_version(void); /* "0.1.0" */
GEMMULE_API int32_t gemmule_abi_version(void);
/* GEMMULE_ERROR_VERSION unless the library knows ABI `version`. */
GEMMULE_API gemmule_status gemmule_require_abi(int32_t version);

/* Threads that a large operation uses: as set here for the whole process, else OMP_NUM_THREADS,
 * else the processors that affinity and cgroup allow. */
GEMMULE_API int32_t gemmule_num_threads(void);
GEMMULE_API gemmule_status gemmule_set_num_threads(int32_t threads);

/* The instruction set whose kernels run, "v2", "v3" (AVX2, FMA), "v4" (AVX-512) or "neon": the best
 * that CPU and build have, else what GEMMULE_ISA or gemmule_set_isa says, for the whole process.
 * NULL if there is none (see gemmule_last_error). */
GEMMULE_API const char* gemmule_isa(void);
GEMMULE_API gemmule_status gemmule_set_isa(const char* name);

/* float32 convolutions: "high", the default, allows Winograd's algorithm on tiles of 4×4 outputs
 * (error below 5e-5 of the largest result); "highest" allows it on tiles of 2×2 only, which are as
 * exact as the plain sum. For the whole process. */
GEMMULE_API gemmule_status gemmule_set_float32_conv_precision(const char* precision);

/* Gives the memory that the allocator keeps for reuse back to the system. */
GEMMULE_API void gemmule_empty_cache(void);

typedef struct gemmule_workspace {
  size_t size; /* sizeof(gemmule_workspace) */
  void* data;
  size_t bytes;
} gemmule_workspace;

/* ---- activation ------------------------------------------------------------------------------ */

/* y = f(x), element by element, with up to three parameters. */
enum {
  GEMMULE_IDENTITY = 0,
  GEMMULE_RELU = 1,        /* max(x, 0) */
  GEMMULE_LEAKY_RELU = 2,  /* x, below 0 p0·x; p0 ≥ 0 */
  GEMMULE_ELU = 3,         /* p1·x, below 0 p1·p0·(e^(p2·x) − 1); ELU: (alpha, 1, 1) */
  GEMMULE_HARDTANH = 4,    /* x within [p0, p1]; ReLU6: (0, 6) */
  GEMMULE_HARDSIGMOID = 5, /* (x + 3)/6 within [0, 1] */
  GEMMULE_SIGMOID = 6,     /* 1/(1 + e^−x) */
  GEMMULE_TANH = 7,
  GEMMULE_GELU = 8,      /* x·Φ(x) */
  GEMMULE_GELU_TANH = 9, /* its approximation by tanh */
  GEMMULE_SILU = 10,     /* x·sigmoid(x) */
  GEMMULE_MISH = 11,     /* x·tanh(log(1 + e^x)) */
  GEMMULE_HARDSWISH = 12,
  GEMMULE_HARDSHRINK = 13, /* 0 within [−p0, p0] */
  GEMMULE_SOFTSHRINK = 14, /* x moved to 0 by p0 */
  GEMMULE_TANHSHRINK = 15, /* x − tanh x */
  GEMMULE_SOFTSIGN = 16,   /* x/(1 + |x|) */
  GEMMULE_SOFTPLUS = 17,   /* log(1 + e^(p0·x))/p0, x where p0·x > p1 */
  GEMMULE_THRESHOLD = 18,  /* x above p0, else p1 */
  GEMMULE_LOGSIGMOID = 19
};
typedef struct gemmule_activation {
  size_t size; /* sizeof(gemmule_activation) */
  int32_t kind;
  double p0, p1, p2;
} gemmule_activation;

/* x, y: any one shape; float16 and bfloat16 too, computed in float32. In place. activation NULL:
 * the identity. */
GEMMULE_API gemmule_status gemmule_activate(const gemmule_tensor* x,
                                            const gemmule_activation* activation,
                                            const gemmule_tensor* y, gemmule_workspace* workspace);
/* dx from dy and what the forward pass left: `saved` is y for the kinds up to GEMMULE_TANH, x for
 * those from GEMMULE_GELU on. In place with dy or saved. */
GEMMULE_API gemmule_status gemmule_activate_backward(const gemmule_tensor* dy,
                                                     const gemmule_tensor* saved,
                                                     const gemmule_activation* activation,
                                                     const gemmule_tensor* dx,
                                                     gemmule_workspace* workspace);
/* y = a·sigmoid(b), where x is a and b side by side along `axis`: y has half x's size there. */
GEMMULE_API gemmule_status gemmule_glu(const gemmule_tensor* x, int32_t axis,
                                       const gemmule_tensor* y, gemmule_workspace* workspace);
GEMMULE_API gemmule_status gemmule_glu_backward(const gemmule_tensor* dy, const gemmule_tensor* x,
                                                int32_t axis, const gemmule_tensor* dx,
                                                gemmule_workspace* workspace);

/* ---- matmul, linear -------------------------------------------------------------------------- */

/* c = a·b: a (…, m, k), b (…, k, n), c (…, m, n), leading axes broadcast. A vector is a row on the
 * left and a column on the right, and its axis is gone from c. */
GEMMULE_API gemmule_status gemmule_matmul(const gemmule_tensor* a, const gemmule_tensor* b,
                                          const gemmule_tensor* c, gemmule_workspace* workspace);
/* da = dc·bᵀ, db = aᵀ·dc, summed over broadcast axes; each of its operand's shape, or NULL. a and b
 * have at least two axes. */
GEMMULE_API gemmule_status gemmule_matmul_backward(const gemmule_tensor* dc,
                                                   const gemmule_tensor* a, const gemmule_tensor* b,
                                                   const gemmule_tensor* da,
                                                   const gemmule_tensor* db,
                                                   gemmule_workspace* workspace);

/* y = f(x·weightᵀ + bias): x (…, in), weight (out, in), bias (out) or NULL, y (…, out). The
 * activation f, NULL for none, and the bias are applied to each tile of y while it is in cache, for
 * GEMMULE_RELU, _LEAKY_RELU, _SIGMOID, _TANH, _GELU, _GELU_TANH and _SILU; others follow in a
 * second pass. Either gives the bits of gemmule_activate. */
GEMMULE_API gemmule_status gemmule_linear(const gemmule_tensor* x, const gemmule_tensor* weight,
                                          const gemmule_tensor* bias,
                                          const gemmule_activation* activation,
                                          const gemmule_tensor* y, gemmule_workspace* workspace);
/* Of the sum before f: dx = dy·weight, dweight = dyᵀ·x, dbias = Σ dy; each of its operand's shape,
 * or NULL. Where there was an activation, dy is what gemmule_activate_backward gave. */
GEMMULE_API gemmule_status gemmule_linear_backward(
    const gemmule_tensor* dy, const gemmule_tensor* x, const gemmule_tensor* weight,
    const gemmule_tensor* dx, const gemmule_tensor* dweight, const gemmule_tensor* dbias,
    gemmule_workspace* workspace);

/* A weight in the order in which the kernels read it, and its bias. Made once, used by any number
 * of threads at once. It owns its memory (about the weight's), which is allocated here: the one
 * function that allocates a result. It is of the ISA that ran then. */
typedef struct gemmule_packed_linear gemmule_packed_linear;
GEMMULE_API gemmule_status gemmule_linear_pack(const gemmule_tensor* weight,
                                               const gemmule_tensor* bias,
                                               gemmule_packed_linear** packed);
/* gemmule_linear with it. */
GEMMULE_API gemmule_status gemmule_linear_packed(const gemmule_tensor* x,
                                                 const gemmule_packed_linear* packed,
                                                 const gemmule_activation* activation,
                                                 const gemmule_tensor* y,
                                                 gemmule_workspace* workspace);
GEMMULE_API void gemmule_packed_linear_free(gemmule_packed_linear* packed); /* NULL: nothing */

/* ---- conv ------------------------------------------------------------------------------------ */

/* Over the last one or two axes, as many as the weight has behind its first two. Arrays of two are
 * (y, x); in 1-d the first entry counts. 0 stands for 1 in stride, dilation and groups. */
typedef struct gemmule_conv {
  size_t size; /* sizeof(gemmule_conv) */
  int64_t stride[2];
  int64_t padding[4]; /* before and after y, before and after x; in 1-d the first two */
  int64_t dilation[2];
  int64_t output_padding[2]; /* of transposed convolution */
  int64_t groups;
} gemmule_conv;

/* x (images, channels, [y,] x) or without images; weight (filters, channels/groups, [y,] x); bias
 * (filters) or NULL; out (images, filters, [y,] x) with ⌊(in + before + after − dilation·(kernel−1)
 * − 1)/stride⌋ + 1 positions along an axis. params NULL: stride 1, no padding. */
GEMMULE_API gemmule_status gemmule_conv_forward(
    const gemmule_tensor* x, const gemmule_tensor* weight, const gemmule_tensor* bias,
    const gemmule_conv* params, const gemmule_tensor* out, gemmule_workspace* workspace);
/* dx, dweight, dbias: each of its operand's shape, or NULL. */
GEMMULE_API gemmule_status gemmule_conv_backward(
    const gemmule_tensor* dout, const gemmule_tensor* x, const gemmule_tensor* weight,
    const gemmule_conv* params, const gemmule_tensor* dx, const gemmule_tensor* dweight,
    const gemmule_tensor* dbias, gemmule_workspace* workspace);
/* weight (channels, filters/groups, [y,] x); along an axis (in − 1)·stride − before − after +
 * dilation·(kernel−1) + output_padding + 1 positions. */
GEMMULE_API gemmule_status gemmule_conv_transpose_forward(
    const gemmule_tensor* x, const gemmule_tensor* weight, const gemmule_tensor* bias,
    const gemmule_conv* params, const gemmule_tensor* out, gemmule_workspace* workspace);
GEMMULE_API gemmule_status gemmule_conv_transpose_backward(
    const gemmule_tensor* dout, const gemmule_tensor* x, const gemmule_tensor* weight,
    const gemmule_conv* params, const gemmule_tensor* dx, const gemmule_tensor* dweight,
    const gemmule_tensor* dbias, gemmule_workspace* workspace);

/* ---- pool ------------------------------------------------------------------------------------ */

/* Over the last `axes` (1 or 2) axes of x (images, channels, [y,] x) or without images. Arrays of
 * two are (y, x); in 1-d the first entry counts. 0 stands for the kernel in stride, for 1 in
 * dilation. */
typedef struct gemmule_pool {
  size_t size; /* sizeof(gemmule_pool) */
  int32_t axes;
  int32_t ceil_mode; /* whether a window that hangs over the end counts */
  int64_t kernel[2];
  int64_t stride[2];
  int64_t padding[2];        /* at either end, at most half the kernel */
  int64_t dilation[2];       /* of max_pool */
  int32_t count_include_pad; /* of avg_pool: whether padding counts in the divisor */
  int64_t divisor;           /* of avg_pool, 2-d; 0: the window's size */
} gemmule_pool;

/* y: the largest of each window; indices (int32, y's shape) or NULL: its place in its plane. */
GEMMULE_API gemmule_status gemmule_max_pool(const gemmule_tensor* x, const gemmule_pool* params,
                                            const gemmule_tensor* y, const gemmule_tensor* indices,
                                            gemmule_workspace* workspace);
GEMMULE_API gemmule_status gemmule_avg_pool(const gemmule_tensor* x, const gemmule_pool* params,
                                            const gemmule_tensor* y, gemmule_workspace* workspace);
GEMMULE_API gemmule_status gemmule_avg_pool_backward(const gemmule_tensor* dy,
                                                     const gemmule_pool* params,
                                                     const gemmule_tensor* dx,
                                                     gemmule_workspace* workspace);
/* Windows that divide each of the last `axes` axes of x into as many as y has. */
GEMMULE_API gemmule_status gemmule_adaptive_max_pool(const gemmule_tensor* x, int32_t axes,
                                                     const gemmule_tensor* y,
                                                     const gemmule_tensor* indices,
                                                     gemmule_workspace* workspace);
GEMMULE_API gemmule_status gemmule_adaptive_avg_pool(const gemmule_tensor* x, int32_t axes,
                                                     const gemmule_tensor* y,
                                                     gemmule_workspace* workspace);
GEMMULE_API gemmule_status gemmule_adaptive_avg_pool_backward(const gemmule_tensor* dy,
                                                              int32_t axes,
                                                              const gemmule_tensor* dx,
                                                              gemmule_workspace* workspace);
/* Of both max pools: dy's elements, added where `indices` say. */
GEMMULE_API gemmule_status gemmule_max_pool_backward(const gemmule_tensor* dy,
                                                     const gemmule_tensor* indices, int32_t axes,
                                                     const gemmule_tensor* dx,
                                                     gemmule_workspace* workspace);

/* ---- softmax --------------------------------------------------------------------------------- */

/* y = e^x/Σ e^x along `axis` (counted from either end), and its logarithm; x's shape. float16 and
 * bfloat16 too, computed in float32. */
GEMMULE_API gemmule_status gemmule_softmax(const gemmule_tensor* x, int32_t axis,
                                           const gemmule_tensor* y, gemmule_workspace* workspace);
GEMMULE_API gemmule_status gemmule_log_softmax(const gemmule_tensor* x, int32_t axis,
                                               const gemmule_tensor* y,
                                               gemmule_workspace* workspace);
/* dx from dy and the result y. */
GEMMULE_API gemmule_status gemmule_softmax_backward(const gemmule_tensor* dy,
                                                    const gemmule_tensor* y, int32_t axis,
                                                    const gemmule_tensor* dx,
                                                    gemmule_workspace* workspace);
GEMMULE_API gemmule_status gemmule_log_softmax_backward(const gemmule_tensor* dy,
                                                        const gemmule_tensor* y, int32_t axis,
                                                        const gemmule_tensor* dx,
                                                        gemmule_workspace* workspace);

/* ---- attention ------------------------------------------------------------------------------- */

typedef struct gemmule_attention {
  size_t size;     /* sizeof(gemmule_attention) */
  double scale;    /* 0: 1/√features */
  int32_t causal;  /* query i sees keys up to i */
  int32_t grouped; /* the third axis from the end counts heads; k, v may have fewer, by a factor */
} gemmule_attention;

/* out = softmax(scale·q·kᵀ + mask)·v: q (…, queries, features), k (…, keys, features), v (…, keys,
 * values), leading axes broadcast; mask, broadcast to (…, queries, keys), or NULL: bool (true takes
 * part) or q's dtype (added). out (…, queries, values); rows (…, 2, queries) or NULL, which the
 * backward reads: each query's highest score times log2 e, then 1/Σ e^(score - highest); +inf and 0
 * where no key takes part, and out is 0. params NULL: all 0. */
GEMMULE_API gemmule_status gemmule_attention_forward(
    const gemmule_tensor* q, const gemmule_tensor* k, const gemmule_tensor* v,
    const gemmule_tensor* mask, const gemmule_attention* params, const gemmule_tensor* out,
    const gemmule_tensor* rows, gemmule_workspace* workspace);
/* dq, dk, dv or NULL: of the shapes of q, k, v with the leading axes broadcast (heads of k and v
 * stay theirs). */
GEMMULE_API gemmule_status gemmule_attention_backward(
    const gemmule_tensor* dout, const gemmule_tensor* q, const gemmule_tensor* k,
    const gemmule_tensor* v, const gemmule_tensor* mask, const gemmule_attention* params,
    const gemmule_tensor* out, const gemmule_tensor* rows, const gemmule_tensor* dq,
    const gemmule_tensor* dk, const gemmule_tensor* dv, gemmule_workspace* workspace);

/* ---- rnn ------------------------------------------------------------------------------------- */

enum { GEMMULE_LSTM = 0, GEMMULE_GRU = 1, GEMMULE_RNN_TANH = 2, GEMMULE_RNN_RELU = 3 };

/* One layer, one direction. x (steps, batch, inputs), or (batch, inputs): a cell, one step. Weights
 * are PyTorch's: w_ih (gates·hidden, inputs), w_hh (gates·hidden, hidden), biases (gates·hidden) or
 * NULL, gates i f g o (LSTM, 4), r z n (GRU, 3) or one. States h0, c0 (batch, hidden) or NULL:
 * zero; c is LSTM's alone, NULL for the others. */
typedef struct gemmule_rnn {
  size_t size; /* sizeof(gemmule_rnn) */
  int32_t cell;
  int32_t reverse; /* from the last step to the first */
  const gemmule_tensor *x, *h0, *c0, *w_ih, *w_hh, *b_ih, *b_hh;
} gemmule_rnn;

/* y (steps, batch, hidden) and the last states (batch, hidden) or NULL. Where a gradient is to be
 * taken, what it reads: every step's c (steps, batch, hidden; LSTM) and gates (steps, batch,
 * 4·hidden; LSTM, GRU). For a cell y, c and gates lack the axis of steps, and y is the new h. */
typedef struct gemmule_rnn_results {
  size_t size; /* sizeof(gemmule_rnn_results) */
  const gemmule_tensor *y, *h_n, *c_n;
  const gemmule_tensor *c, *gates; /* NULL where no gradient will be taken */
} gemmule_rnn_results;
GEMMULE_API gemmule_status gemmule_rnn_forward(const gemmule_rnn* rnn,
                                               const gemmule_rnn_results* results,
                                               gemmule_workspace* workspace);

/* dy, dh_n, dc_n: gradients of the results, NULL where there is none. The others are results, of
 * their operands' shapes, or NULL. */
typedef struct gemmule_rnn_gradients {
  size_t size; /* sizeof(gemmule_rnn_gradients) */
  const gemmule_tensor *dy, *dh_n, *dc_n;
  const gemmule_tensor *dx, *dh0, *dc0, *dw_ih, *dw_hh, *db_ih, *db_hh;
} gemmule_rnn_gradients;
/* `results` holds y, c and gates as the forward pass left them. */
GEMMULE_API gemmule_status gemmule_rnn_backward(const gemmule_rnn* rnn,
                                                const gemmule_rnn_results* results,
                                                const gemmule_rnn_gradients* gradients,
                                                gemmule_workspace* workspace);

/* ---- norm ------------------------------------------------------------------------------------ */

/* weight, bias: one element per feature (or channel), or NULL. mean and rstd (1/√(variance + eps)),
 * or NULL: what the backward reads, one element per normalised row. dx, dweight, dbias or NULL. */

/* Over the last `axes` axes. mean, rstd: as many elements as x has rows of those, in one axis. */
GEMMULE_API gemmule_status gemmule_layer_norm(const gemmule_tensor* x, int32_t axes,
                                              const gemmule_tensor* weight,
                                              const gemmule_tensor* bias, double eps,
                                              const gemmule_tensor* y, const gemmule_tensor* mean,
                                              const gemmule_tensor* rstd,
                                              gemmule_workspace* workspace);
/* dweight, dbias: one axis of as many elements as the normalised axes have. */
GEMMULE_API gemmule_status gemmule_layer_norm_backward(
    const gemmule_tensor* dy, const gemmule_tensor* x, int32_t axes, const gemmule_tensor* weight,
    const gemmule_tensor* mean, const gemmule_tensor* rstd, const gemmule_tensor* dx,
    const gemmule_tensor* dweight, const gemmule_tensor* dbias, gemmule_workspace* workspace);
/* The same without a mean: x/√(mean of x² + eps). */
GEMMULE_API gemmule_status gemmule_rms_norm(const gemmule_tensor* x, int32_t axes,
                                            const gemmule_tensor* weight, double eps,
                                            const gemmule_tensor* y, const gemmule_tensor* rstd,
                                            gemmule_workspace* workspace);
GEMMULE_API gemmule_status gemmule_rms_norm_backward(
    const gemmule_tensor* dy, const gemmule_tensor* x, int32_t axes, const gemmule_tensor* weight,
    const gemmule_tensor* rstd, const gemmule_tensor* dx, const gemmule_tensor* dweight,
    gemmule_workspace* workspace);
/* x (images, channels, …): each image's groups of channels. mean, rstd: (images·groups). */
GEMMULE_API gemmule_status gemmule_group_norm(const gemmule_tensor* x, int64_t groups,
                                              const gemmule_tensor* weight,
                                              const gemmule_tensor* bias, double eps,
                                              const gemmule_tensor* y, const gemmule_tensor* mean,
                                              const gemmule_tensor* rstd,
                                              gemmule_workspace* workspace);
GEMMULE_API gemmule_status gemmule_group_norm_backward(
    const gemmule_tensor* dy, const gemmule_tensor* x, int64_t groups, const gemmule_tensor* weight,
    const gemmule_tensor* mean, const gemmule_tensor* rstd, const gemmule_tensor* dx,
    const gemmule_tensor* dweight, const gemmule_tensor* dbias, gemmule_workspace* workspace);
/* x (images, channels, …): each channel. Where `training`, with its own statistics, and
 * running_mean and running_var (or NULL; row-major, (channels)) move towards them by `momentum`;
 * else with the running ones. mean, rstd: (channels). */
GEMMULE_API gemmule_status gemmule_batch_norm(
    const gemmule_tensor* x, const gemmule_tensor* running_mean, const gemmule_tensor* running_var,
    const gemmule_tensor* weight, const gemmule_tensor* bias, int32_t training, double momentum,
    double eps, const gemmule_tensor* y, const gemmule_tensor* mean, const gemmule_tensor* rstd,
    gemmule_workspace* workspace);
GEMMULE_API gemmule_status gemmule_batch_norm_backward(
    const gemmule_tensor* dy, const gemmule_tensor* x, const gemmule_tensor* weight,
    const gemmule_tensor* mean, const gemmule_tensor* rstd, int32_t training,
    const gemmule_tensor* dx, const gemmule_tensor* dweight, const gemmule_tensor* dbias,
    gemmule_workspace* workspace);

/* ---- reduce ---------------------------------------------------------------------------------- */

/* Any dtype, as far as it says. float16 and bfloat16 are computed in float32. */
enum {
  GEMMULE_SUM = 0,       /* integers and bool give int64 (uint64 gives uint64) */
  GEMMULE_PROD = 1,      /* so do these */
  GEMMULE_MEAN = 2,      /* integers and bool give float32 */
  GEMMULE_MAX = 3,       /* NaN wins */
  GEMMULE_MIN = 4,       /* NaN wins */
  GEMMULE_VAR = 5,       /* floats; divided by n − p */
  GEMMULE_STD = 6,       /* its root */
  GEMMULE_LOGSUMEXP = 7, /* log Σ e^x; integers and bool give float32 */
  GEMMULE_NORM = 8,      /* floats; (Σ |x|^p)^(1/p), p may be infinite */
  GEMMULE_ARGMAX = 9,    /* int64, the first of equals; of one axis, or of all elements */
  GEMMULE_ARGMIN = 10,
  GEMMULE_ANY = 11, /* bool */
  GEMMULE_ALL = 12
};
typedef struct gemmule_reduction {
  size_t size; /* sizeof(gemmule_reduction) */
  int32_t kind;
  int32_t keepdims;    /* whether y keeps the reduced axes, of size 1 */
  const int64_t* axes; /* counted from either end; NULL: all */
  int32_t axis_count;
  double p; /* of GEMMULE_VAR, GEMMULE_STD (the correction) and GEMMULE_NORM */
} gemmule_reduction;

GEMMULE_API gemmule_status gemmule_reduce(const gemmule_tensor* x,
                                          const gemmule_reduction* reduction,
                                          const gemmule_tensor* y, gemmule_workspace* workspace);
/* dx of x's shape, from dy and y of the result's (with or without the reduced axes). Floats, kinds
 * up to GEMMULE_NORM. y may be NULL for SUM, MEAN, PROD and VAR. Where several elements are the
 * largest or smallest, they share dy evenly. */
GEMMULE_API gemmule_status gemmule_reduce_backward(const gemmule_tensor* dy,
                                                   const gemmule_tensor* x, const gemmule_tensor* y,
                                                   const gemmule_reduction* reduction,
                                                   const gemmule_tensor* dx,
                                                   gemmule_workspace* workspace);

#ifdef __cplusplus
}
#endif

#endif /* GEMMULE_H */
