// What an observer of `launch` is given is complete: it may be called when the operation's
// arguments are gone, and again.
#include <cstring>
#include <functional>
#include <vector>

#include "check.h"
#include "core/array.h"
#include "core/error.h"
#include "core/launch.h"
#include "ops/activation.h"
#include "ops/attention.h"
#include "ops/binary.h"
#include "ops/compare.h"
#include "ops/conv.h"
#include "ops/create.h"
#include "ops/embedding.h"
#include "ops/loss.h"
#include "ops/matmul.h"
#include "ops/norm.h"
#include "ops/optim.h"
#include "ops/pool.h"
#include "ops/random.h"
#include "ops/reduce.h"
#include "ops/rnn.h"
#include "ops/scan.h"
#include "ops/shape.h"
#include "ops/softmax.h"
#include "ops/unary.h"

using namespace gm;

namespace {

using Arrays = std::vector<Array>;
using Works = std::vector<std::function<void()>>;

void keep_work(void* works, const char*, Device, std::function<void()> work) {
  static_cast<Works*>(works)->push_back(std::move(work));
}

/// Numbers around 0 that differ, made without any operation.
Array values(const Shape& shape) {
  Array out = Array::empty(shape, DType::Float32);
  for (int64_t i = 0; i < out.numel(); ++i)
    out.data<float>()[i] = float((i * 7919 + 13) % 101) / 50 - 1;
  return out;
}
Array integers(const Shape& shape, int64_t limit) {
  Array out = Array::empty(shape, DType::Int64);
  for (int64_t i = 0; i < out.numel(); ++i) out.data<int64_t>()[i] = i * 31 % limit;
  return out;
}

/// Takes what the allocator would hand out again, and spoils it.
Arrays spoil() {
  Arrays taken;
  for (int64_t bytes = 64; bytes <= 64 * 1024; bytes += bytes / 4)
    for (int i = 0; i < 24; ++i) {
      taken.push_back(Array::empty({bytes}, DType::UInt8));
      std::memset(taken.back().data(), 0xff, size_t(bytes));
    }
  return taken;
}

std::vector<std::vector<char>> contents(const Arrays& arrays) {
  std::vector<std::vector<char>> all;
  for (const Array& array : arrays) {
    if (!array) continue;
    const Array flat = array.contiguous();
    all.emplace_back(flat.data(), flat.data() + flat.numel() * int64_t(itemsize(flat.dtype())));
  }
  return all;
}

/// make() gives an operation's results, of arguments that it makes itself.
template <class Make>
void check_later(const char* name, const Make& make) {
  const auto expected = contents(make());
  Works works;
  const LaunchObserver observer{keep_work, &works};
  launch_observer.store(&observer);
  const Arrays results = make();
  launch_observer.store(nullptr);
  const Arrays taken = spoil();
  for (int pass = 0; pass < 2; ++pass) {
    for (const auto& work : works) work();
    const bool same = contents(results) == expected;
    if (!same) std::printf("  %s, pass %d\n", name, pass);
    CHECK(same);
  }
  CHECK(!works.empty());
}

template <class... T>
Arrays list(std::tuple<T...>&& results) {
  return std::apply([](auto&&... array) { return Arrays{array...}; }, results);
}

void test_elements() {
  check_later("add", [] { return Arrays{ops::add(values({3, 5}), values({5}))}; });
  check_later("add, a scalar", [] { return Arrays{ops::add(values({300}), 2.0)}; });
  check_later("exp", [] { return Arrays{ops::exp(values({300}))}; });
  check_later("gelu", [] { return Arrays{ops::gelu(values({300}))}; });
  check_later("add_scaled", [] { return Arrays{ops::add_scaled(values({9}), values({9}), 0.5)}; });
  check_later("where",
              [] { return Arrays{ops::where(ops::less(values({40}), 0.0), values({40}), 7.0)}; });
  check_later("transposed copy", [] { return Arrays{values({70, 90}).transposed().copy()}; });
  check_later("zeros", [] { return Arrays{Array::zeros({400}, DType::Float32)}; });
  check_later("full", [] { return Arrays{ops::full({400}, 3.0, DType::Float64)}; });
  check_later("arange", [] { return Arrays{ops::arange(1.5, 0.5, 999, DType::Float32)}; });
  check_later("tril", [] { return Arrays{ops::triangle(values({9, 7}), 1, false)}; });
  check_later("pad",
              [] { return Arrays{ops::pad(values({9, 7}), {1, 2}, {2, 1}, "reflect", 0.0)}; });
  check_later("uniform", [] { return Arrays{ops::uniform({99}, DType::Float32, 1, 2, 0, 1)}; });
  check_later("normal", [] { return Arrays{ops::normal({99}, DType::Float32, 1, 2, 0, 1)}; });
  check_later("randint", [] { return Arrays{ops::integers({99}, 1, 2, 0, 9)}; });
  check_later("dropout", [] { return Arrays{ops::dropout(values({99}), 0.5, 1, 2)}; });
}

void test_rows() {
  check_later("sum",
              [] { return Arrays{ops::sum(values({5, 6, 7}), Shape{0, 2}, false, std::nullopt)}; });
  check_later("var_mean",
              [] { return list(ops::var_mean(values({5, 60}), Shape{1}, 1, false, true)); });
  check_later("argmax", [] { return list(ops::max_index("argmax", values({5, 60}), 1, false)); });
  check_later("norm", [] { return Arrays{ops::norm(values({5, 60}), 3, Shape{1}, false)}; });
  check_later("logsumexp", [] { return Arrays{ops::logsumexp(values({5, 60}), Shape{1}, false)}; });
  check_later("prod",
              [] { return Arrays{ops::prod_backward(values({5}), values({5, 60}), Shape{1})}; });
  check_later("softmax", [] { return Arrays{ops::softmax(values({5, 60}), 1, std::nullopt)}; });
  check_later("cumsum", [] { return Arrays{ops::cumsum(values({5, 60}), 0, true, std::nullopt)}; });
  check_later("cummax", [] { return list(ops::cummax(values({5, 60}), 1)); });
  check_later("cumprod",
              [] { return Arrays{ops::cumprod_backward(values({5, 6}), values({5, 6}), 1)}; });
  check_later("layer_norm", [] {
    const Array w = values({60}), x = values({5, 60}), mean = values({5}), rstd = values({5});
    Arrays all = list(ops::layer_norm(x, 60, &w, &w, 1e-5, true));
    for (const Array& a :
         list(ops::layer_norm_backward(values({5, 60}), x, 60, &w, &mean, rstd, true, true, true)))
      all.push_back(a);
    return all;
  });
  check_later("batch_norm", [] {
    const Array w = values({6}), x = values({5, 6, 7}), mean = values({6}), rstd = values({6});
    Arrays all = list(ops::batch_norm(x, nullptr, nullptr, &w, &w, true, 0.1, 1e-5));
    for (const Array& a : list(ops::batch_norm_backward(values({5, 6, 7}), x, &w, mean, rstd, true,
                                                        true, true, true)))
      all.push_back(a);
    return all;
  });
  check_later("embedding", [] {
    return Arrays{ops::embedding(values({9, 5}), integers({40}, 9)),
                  ops::embedding_backward(values({40, 5}), integers({40}, 9), 9, -1, true),
                  ops::one_hot(integers({40}, 9), 9)};
  });
}

void test_products() {
  check_later("matmul", [] {
    return Arrays{ops::matmul(values({70, 80}), values({80, 90})),
                  ops::matmul(values({3, 7, 8}), values({8, 9})),
                  ops::matmul(values({3, 7, 8}), values({3, 8, 9}).transposed().transposed())};
  });
  check_later("linear", [] {
    const Array bias = values({9});
    return Arrays{ops::linear(values({5, 7, 8}), values({9, 8}), &bias)};
  });
  check_later("conv2d", [] {
    const Array x = values({2, 4, 9, 9}), w = values({6, 4, 3, 3}), b = values({6});
    return Arrays{
        ops::conv2d(x, w, &b, {1}, {1}, {1}, 1),
        ops::conv_data_gradient(values({2, 6, 5, 5}), w, x.shape(), {2}, {1}, {1}, 1, 2),
        ops::conv_weight_gradient(values({2, 6, 5, 5}), x, w.shape(), {2}, {1}, {1}, 1, 2)};
  });
  check_later("pool", [] {
    Arrays all = list(ops::max_pool2d(values({2, 4, 9, 9}), {3}, Shape{2}, {1}, {1}, false, true));
    all.push_back(ops::avg_pool2d(values({2, 4, 9, 9}), {3}, Shape{2}, {1}, false, true, 0));
    all.push_back(ops::adaptive_avg_pool2d(values({2, 4, 9, 9}), {4}));
    all.push_back(ops::adaptive_avg_pool_gradient(values({2, 4, 4, 4}), {2, 4, 9, 9}, 2));
    return all;
  });
  check_later("attention", [] {
    const Array q = values({2, 3, 20, 8}), k = values({2, 3, 30, 8}), v = values({2, 3, 30, 8});
    const Array mask = values({20, 30}), out = values({2, 3, 20, 8}), rows = values({2, 3, 2, 20});
    Arrays all = list(ops::attention(q, k, v, false, 0.3, false, &mask));
    for (const Array& a : list(ops::attention_backward(values({2, 3, 20, 8}), q, k, v, out, rows,
                                                       false, 0.3, false, &mask)))
      all.push_back(a);
    return all;
  });
  for (const char* cell : {"lstm", "gru", "rnn_tanh"}) {
    check_later(cell, [cell] {
      const int64_t gates = !std::strcmp(cell, "lstm") ? 4 : !std::strcmp(cell, "gru") ? 3 : 1;
      const Array x = values({4, 3, 5}), w_ih = values({gates * 6, 5});
      const Array w_hh = values({gates * 6, 6}), b = values({gates * 6}), dy = values({4, 3, 6});
      const ops::RnnArrays arrays{x, nullptr, nullptr, w_ih, w_hh, &b, &b};
      Arrays all = list(ops::rnn(cell, arrays, false, ops::RnnKeep::Rows));
      for (const Array& a : list(ops::rnn_backward(
               cell, arrays, {&dy, nullptr, nullptr, all[0], all[3], all[4], true, true, true},
               false)))
        all.push_back(a);
      return all;
    });
  }
}

void test_losses() {
  check_later("cross_entropy", [] {
    const Array x = values({9, 5}), target = integers({9}, 5), w = values({5});
    Arrays all = list(ops::cross_entropy(x, target, &w, -100, 0.1, "mean", true));
    const Array taken = all[4];  // written into
    const auto backward = [&](const Array* dx) {
      return ops::cross_entropy_backward(values({}), x, target, &w, -100, 0.1, "mean", all[1],
                                         all[2], all[3], dx);
    };
    all.push_back(backward(&taken));
    all.push_back(backward(nullptr));
    for (const Array& a : list(ops::nll_loss(x, target, nullptr, -100, "sum"))) all.push_back(a);
    all.push_back(ops::nll_loss_backward(values({}), x, target, nullptr, -100, "sum", values({})));
    for (const Array& a : list(ops::cross_entropy_probability(x, values({9, 5}), &w, 0, "mean")))
      all.push_back(a);
    return all;
  });
  check_later("pairs", [] {
    return Arrays{ops::pair_loss("mse_loss", values({9}), values({9}), nullptr, 0, "mean"),
                  ops::pair_loss_backward("huber_loss", values({}), values({9}), values({9}),
                                          nullptr, 0.5, "sum", false)};
  });
}

void test_updates() {
  // In place, so that the second call gives another result than the first: only the first counts.
  const auto update = [] {
    const Arrays params{values({9}), values({4, 5}).transposed()},
        grads{values({9}), values({5, 4})};
    const Arrays means{values({9}), values({5, 4})},
        squares{Array::zeros({9}, DType::Float32), Array::zeros({5, 4}, DType::Float32)};
    const Arrays steps{Array::zeros({}, DType::Float32), Array::zeros({}, DType::Float32)};
    const Array lr = values({1}), norm = ops::total_norm(grads, 2);
    ops::clip_to_norm(grads, norm, 0.5);
    ops::adam(params, grads, means, squares, {}, steps, lr,
              {0, 0.9, 0.99, 1e-8, 0, false, false, false});
    ops::sgd(params, grads, {}, lr, {0, 0, 0, 0, false, false, true});
    return Arrays{params[0], params[1], means[0], means[1], norm};
  };
  const auto expected = contents(update());
  Works works;
  const LaunchObserver observer{keep_work, &works};
  launch_observer.store(&observer);
  const Arrays results = update();
  launch_observer.store(nullptr);
  const Arrays taken = spoil();
  for (const auto& work : works) work();
  CHECK(contents(results) == expected);
}

}  // namespace

int main() {
  test_elements();
  test_rows();
  test_products();
  test_losses();
  test_updates();
  return check::report();
}
