#include "kernels/matmul.h"

#include "gemm/gemm.h"
#include "gemm/products.h"
#include "kernels/finish_rows.h"

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

/// Adds a matrix like C, whose rows are `n` elements.
template <class T>
struct Residual {
  const T* values;
  int64_t n;

  static void add(const void* context, T* c, int64_t c_row, int64_t i, int64_t j, int rows,
                  int columns) {
    const Residual& self = *static_cast<const Residual*>(context);
    const T* from = self.values + i * self.n + j;
    for (int r = 0; r < rows; ++r, c += c_row, from += self.n) {
      int at = 0;
      for (; at + Vec<T>::N <= columns; at += Vec<T>::N)
        (Vec<T>::load(c + at) + Vec<T>::load(from + at)).store(c + at);
      if (at < columns) {
        const int rest = columns - at;
        (Vec<T>::load(c + at, rest) + Vec<T>::load(from + at, rest)).store(c + at, rest);
      }
    }
  }
};

/// An activation on a tile.
template <class T>
struct Activation {
  FinishFn<T> finish;
  double slope;

  static void apply(const void* context, T* c, int64_t c_row, int64_t, int64_t, int rows,
                    int columns) {
    const Activation& self = *static_cast<const Activation*>(context);
    self.finish({c, c_row, nullptr, c, c_row, nullptr, rows, columns, self.slope});
  }
};

bool in_halves(const MatmulArgs& args) {
  return args.dtype == DType::BFloat16 || args.dtype == DType::Float16;
}

template <class T>
Side<T> side_of(const MatmulArgs& args, const char* data, int64_t line, int64_t term) {
  Side<T> side{.data = nullptr, .line = line, .term = term};
  if (in_halves(args)) {
    side.halves = reinterpret_cast<const uint16_t*>(data);
    side.half = args.dtype;
  } else {
    side.data = reinterpret_cast<const T*>(data);
  }
  return side;
}

template <class T>
Product<T> rows_and_columns(const MatmulArgs& args) {
  Product<T> p{};
  p.m = args.m;
  p.n = args.n;
  p.k = args.k;
  p.a = side_of<T>(args, args.a, args.a_row, args.a_column);
  p.b = side_of<T>(args, args.b, args.b_column, args.b_row);
  p.b.packed = reinterpret_cast<const T*>(args.packed_b);
  p.c_row = args.c_row;
  if (in_halves(args)) {
    p.halves = reinterpret_cast<uint16_t*>(args.c);
    p.half = args.dtype;
#if defined(__AVX512F__)
    if (args.dtype == DType::BFloat16 && args.pairs != BFloatPairs::None)
      p.pairs = args.pairs == BFloatPairs::Amx ? &amx_pairs : &avx512_pairs;
#endif
  } else {
    p.c = reinterpret_cast<T*>(args.c);
  }
  return p;
}

/// The product of batch item 0. A matrix times a vector is turned into the vector times the
/// transposed matrix: one row of C, for which A is read as it lies, be it by rows or by columns.
bool is_turned(const MatmulArgs& args) {
  return args.n == 1 && args.c_row == 1 && !args.bias && !args.residual && !args.packed_b;
}
template <class T>
Product<T> product_of(const MatmulArgs& args) {
  Product<T> p = rows_and_columns<T>(args);
  if (!is_turned(args)) return p;
  const Side<T> vector = p.b;
  p.b = p.a;
  p.a = vector;
  p.n = p.m;
  p.m = 1;
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
  const Residual<T> residual{reinterpret_cast<const T*>(args.residual), args.n};
  TileOp<T> finishes[3];
  Product<T> first = product_of<T>(args);
  if (args.bias) finishes[first.finishes++] = {Bias<T>::add, &bias};
  if (args.residual) finishes[first.finishes++] = {Residual<T>::add, &residual};
  const Activation<T> activation{finish_function<T>(args.finish), args.slope};
  if (args.finish != Finish::None) finishes[first.finishes++] = {Activation<T>::apply, &activation};
  first.finish = finishes;
  const int64_t count = batch_count(args);
  const bool serial = one_by_one(args, count), turned = is_turned(args);
  const Cut cut = cut_product(first, !serial);

  const auto item = [&](int64_t index) {
    Product<T> p = first;
    for (int d = args.batch_rank - 1; d >= 0; --d) {
      const int64_t i = index % args.batch_shape[d];
      index /= args.batch_shape[d];
      p.a.move_by(i * (turned ? args.b_batch : args.a_batch)[d]);
      p.b.move_by(i * (turned ? args.a_batch : args.b_batch)[d]);
      p.move_by(i * args.c_batch[d]);
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
    for (int64_t i = piece * group; i < end; ++i) multiply_alone(item(i), cut);
  });
}

/// As `multiply` expects B where it is packed already: cut by k and n alone.
template <class T>
Cut packed_cut(const MatmulArgs& args) {
  Product<T> p = rows_and_columns<T>(args);
  p.m = 1;
  p.b.packed = reinterpret_cast<const T*>(64);  // anything but null
  return cut_product(p, false);
}
template <class T>
int64_t packed_bytes_of(const MatmulArgs& args) {
  const Cut cut = packed_cut<T>(args);
  const int64_t last = args.k - (cut.blocks - 1) * cut.depth;
  const int64_t terms = (cut.blocks - 1) * cut.packed_terms(cut.depth) + cut.packed_terms(last);
  return terms * cut.vectors.total() * kVectorBytes + kPackSlack;
}
template <class T>
void pack_of(const MatmulArgs& args, void* packed) {
  if (args.n == 0 || args.k == 0) return;
  const Cut cut = packed_cut<T>(args);
  const PackedB<T> whole{static_cast<T*>(packed), 0, cut.blocks, 0, cut.vectors.parts};
  pack_shared(rows_and_columns<T>(args), cut, whole, static_cast<T*>(nullptr));
}

int64_t packed_bytes(const MatmulArgs& args) {
  return args.dtype == DType::Float64 ? packed_bytes_of<double>(args)
                                      : packed_bytes_of<float>(args);
}
void pack(const MatmulArgs& args, void* packed) {
  if (args.dtype == DType::Float64)
    pack_of<double>(args, packed);
  else
    pack_of<float>(args, packed);
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
    .packed_bytes = packed_bytes,
    .pack = pack,
};
constinit const Products<float> float_products = {cut_product<float>, multiply<float>};
constinit const Products<double> double_products = {cut_product<double>, multiply<double>};

}  // namespace gm::GM_ISA
