#include "kernels/matmul.h"

#include "gemm/gemm.h"

namespace gm::GM_ISA {
namespace {

template <class T>
struct Bias {
  const T* values;

  static void add(const void* context, T* c, int64_t c_row, int64_t, int64_t j, int rows,
                  int columns) {
    const T* bias = static_cast<const Bias*>(context)->values + j;
    for (int i = 0; i < rows; ++i, c += c_row) {
      int at = 0;
      for (; at + Vec<T>::N <= columns; at += Vec<T>::N)
        (Vec<T>::load(c + at) + Vec<T>::load(bias + at)).store(c + at);
      if (at < columns) {
        const int rest = columns - at;
        (Vec<T>::load(c + at, rest) + Vec<T>::load(bias + at, rest)).store(c + at, rest);
      }
    }
  }
};

/// The product of batch item 0.
template <class T>
Product<T> product_of(const MatmulArgs& args) {
  Product<T> p{};
  p.m = args.m;
  p.n = args.n;
  p.k = args.k;
  p.a.data = reinterpret_cast<const T*>(args.a);
  p.a.line = args.a_row;
  p.a.term = args.a_column;
  p.b.data = reinterpret_cast<const T*>(args.b);
  p.b.line = args.b_column;
  p.b.term = args.b_row;
  p.c = reinterpret_cast<T*>(args.c);
  p.c_row = args.c_row;
  return p;
}

int64_t batch_count(const MatmulArgs& args) {
  int64_t count = 1;
  for (int d = 0; d < args.batch_rank; ++d) count *= args.batch_shape[d];
  return count;
}

/// Items of a batch that are worth a team each are multiplied one after another, each by all
/// threads; smaller ones are handed out whole. Neither choice changes a bit.
constexpr int64_t kLargeItem = 40'000'000;  // terms

bool one_by_one(const MatmulArgs& args, int64_t count) {
  return count == 1 || args.m * args.n * args.k >= kLargeItem;
}

template <class T>
int64_t workspace_of(const MatmulArgs& args) {
  return one_by_one(args, batch_count(args)) ? cut_product(product_of<T>(args), false).workspace
                                             : 0;
}

template <class T>
void run_of(const MatmulArgs& args, void* workspace) {
  const Bias<T> bias{reinterpret_cast<const T*>(args.bias)};
  const TileOp<T> add_bias{Bias<T>::add, &bias};
  Product<T> first = product_of<T>(args);
  if (args.bias) {
    first.finish = &add_bias;
    first.finishes = 1;
  }
  const int64_t count = batch_count(args);
  const bool serial = one_by_one(args, count);
  const Cut cut = cut_product(first, !serial);

  const auto item = [&](int64_t index) {
    Product<T> p = first;
    for (int d = args.batch_rank - 1; d >= 0; --d) {
      const int64_t i = index % args.batch_shape[d];
      index /= args.batch_shape[d];
      p.a.data += i * args.a_batch[d];
      p.b.data += i * args.b_batch[d];
      p.c += i * args.c_batch[d];
    }
    return p;
  };
  if (serial) {
    for (int64_t i = 0; i < count; ++i) multiply(item(i), cut, workspace);
    return;
  }
  // Several small products a piece, so that handing out costs little beside them.
  const int64_t terms = args.m * args.n * args.k;
  int64_t group = 1 + 200'000 / (terms + 1);
  if (group > (count + 255) / 256 * 16) group = (count + 255) / 256 * 16;
  parallel_for((count + group - 1) / group, count * (cut.nanoseconds + 50), [&](int64_t piece) {
    const int64_t end = least(count, (piece + 1) * group);
    for (int64_t i = piece * group; i < end; ++i) {
      const Product<T> p = item(i);
      for (int64_t part = 0; part < cut.row_pieces * cut.column_pieces; ++part)
        multiply_piece(p, cut, static_cast<const T*>(nullptr), part);
    }
  });
}

int64_t workspace(const MatmulArgs& args) {
  return args.dtype == DType::Float64 ? workspace_of<double>(args) : workspace_of<float>(args);
}

void run(const MatmulArgs& args, void* workspace) {
  if (args.dtype == DType::Float64)
    run_of<double>(args, workspace);
  else
    run_of<float>(args, workspace);
}

}  // namespace

constinit const MatmulKernels matmul = {
    .workspace = workspace,
    .run = run,
};

}  // namespace gm::GM_ISA
