// The ground floor without Python: shapes, views, loops, memory, threads, errors.
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <thread>
#include <vector>

#include "check.h"
#include "core/array.h"
#include "core/error.h"
#include "core/lines.h"
#include "core/loops.h"
#include "core/parallel.h"
#include "ops/binary.h"

using namespace gm;

namespace {

Array counting(const Shape& shape) {
  Array out = Array::empty(shape, DType::Float32);
  for (int64_t i = 0; i < out.numel(); ++i) out.data<float>()[i] = float(i);
  return out;
}

std::vector<float> values(const Array& array) {
  const Array flat = array.copy();
  return std::vector<float>(flat.data<float>(), flat.data<float>() + flat.numel());
}

void test_shapes() {
  CHECK(numel({3, 4}) == 12);
  CHECK(numel({}) == 1);
  CHECK(numel({3, 0}) == 0);
  CHECK_ERROR((void)numel({-1}), "negative size -1 in shape (-1,)");
  CHECK_ERROR((void)numel({int64_t(1) << 40, int64_t(1) << 40}), "does not fit 64 bits");
  CHECK_ERROR((void)numel({0, int64_t(1) << 40, int64_t(1) << 40}), "does not fit 64 bits");
  CHECK_ERROR((void)checked_add(INT64_MAX, 1), "9223372036854775807 + 1 does not fit 64 bits");
  CHECK(broadcast("add", {2, 1, 5}, {3, 1}) == Shape({2, 3, 5}));
  CHECK(broadcast("add", {0}, {1}) == Shape({0}));
  CHECK_ERROR((void)broadcast("add", {2}, {3}),
              "add: shapes (2,) and (3,) do not broadcast together");
  CHECK(normalize_axis("sum", -1, 3) == 2);
  CHECK_ERROR((void)normalize_axis("sum", 3, 3),
              "sum: axis 3 is out of range for an array of 3 dimensions");
  CHECK_ERROR((void)normalize_axes("sum", {1, -1}, 2), "sum: axis 1 is given twice");
  Shape full;
  for (int i = 0; i < kMaxRank; ++i) full.push_back(1);
  CHECK_ERROR(full.push_back(1), "at most 16 dimensions");
}

void test_promotion() {
  CHECK(promote(DType::Int8, DType::UInt8) == DType::Int16);
  CHECK(promote(DType::Int64, DType::UInt64) == DType::Float64);
  CHECK(promote(DType::Bool, DType::Int8) == DType::Int8);
  CHECK(promote(DType::Int64, DType::Float32) == DType::Float32);
  CHECK(promote(DType::Float16, DType::BFloat16) == DType::Float32);
}

void test_views() {
  const Array a = counting({2, 3, 4});
  CHECK(a.permute("permute", {2, 0, 1}).reshape("reshape", {4, 6}).numel() == 24);
  const Array t = a.permute("permute", {0, 2, 1});
  CHECK(!t.is_contiguous());
  CHECK(values(t)[1] == 4.0f);
  // (2, 4, 3) with strides (12, 1, 4): only the outer dimension can be split without a copy.
  CHECK(t.reshape("reshape", {1, 2, 4, 3}).storage().get() == a.storage().get());
  CHECK(t.reshape("reshape", {2, 12}).storage().get() != a.storage().get());
  CHECK(values(t.reshape("reshape", {24})) == values(t));
  CHECK(a.reshape("reshape", {-1, 4}).shape() == Shape({6, 4}));
  CHECK_ERROR((void)a.reshape("reshape", {5, -1}), "which (5, -1) cannot hold");
  CHECK_ERROR((void)a.reshape("reshape", {5}), "shape (2, 3, 4) has 24 elements, shape (5,) has 5");
  const Array reversed = a.slice(2, 3, 4, -1);
  CHECK(values(reversed)[0] == 3.0f);
  CHECK(values(reversed.reshape("reshape", {24}))[4] == 7.0f);
  const Array spread = counting({3, 1}).broadcast_to("expand", {2, 3, 4});
  CHECK(spread.stride(0) == 0 && spread.stride(2) == 0);
  CHECK_ERROR(mark_written(spread, "fill_"), "cannot write into a broadcast view");
  CHECK_ERROR((void)counting({1}).broadcast_to("expand", {int64_t(1) << 32, int64_t(1) << 32}),
              "does not fit 64 bits");
  CHECK_ERROR((void)counting({1}).broadcast_to("expand", {-3}), "negative size -3 in shape (-3,)");
  CHECK_ERROR((void)a.permute("permute", {0, 0, 1}), "axis 0 is given twice");
  CHECK(counting({0, 3}).reshape("reshape", {3, 0}).numel() == 0);
}

void test_loops() {
  const Array out = counting({8, 3, 5}), a = counting({5, 3, 8}).permute("permute", {2, 1, 0});
  const Array b = counting({8, 3, 1}).broadcast_to("add", {8, 3, 5});
  const View* views[] = {&out.view(), &a.view(), &b.view()};
  const Loops loops = collapse(views, 3);
  CHECK(loops.lines * loops.length == 120);
  CHECK(loops.length == 5);
  const View* same[] = {&out.view(), &out.view()};
  CHECK(collapse(same, 2).rank == 1);
  CHECK(collapse(same, 2).length == 120);
  const Array scalar = counting({});
  const View* single[] = {&scalar.view(), &scalar.view()};
  CHECK(collapse(single, 2).rank == 1 && collapse(single, 2).length == 1);
}

void test_copies() {
  const Array a = counting({37, 53, 11});
  for (const Shape& order : {Shape{2, 1, 0}, Shape{1, 0, 2}, Shape{0, 2, 1}}) {
    const Array view = a.permute("permute", order);
    const Array copy = view.copy();
    bool right = true;
    for (int64_t i = 0; i < view.size(0); ++i)
      for (int64_t j = 0; j < view.size(1); ++j)
        for (int64_t k = 0; k < view.size(2); ++k)
          right &= copy.data<float>()[(i * view.size(1) + j) * view.size(2) + k] ==
                   view.data<float>()[i * view.stride(0) + j * view.stride(1) + k * view.stride(2)];
    CHECK(right);
  }
  const Array large = counting({300001});
  CHECK(values(large.slice(0, 300000, 300001, -1))[300000] == 0.0f);
  CHECK(large.astype(DType::Int32).data<int32_t>()[300000] == 300000);
}

void test_half() {
  int wrong = 0;
  for (int bits = 0; bits < 65536; ++bits) {
    const Half half{uint16_t(bits)};
    const float value = to_float(half);
    const Half back = to_half(value);
    if (std::isnan(value) ? !std::isnan(to_float(back)) : back.bits != half.bits) ++wrong;
    const BFloat bfloat{uint16_t(bits)};
    const float wide = to_float(bfloat);
    if (!std::isnan(wide) && to_bfloat(wide).bits != bfloat.bits) ++wrong;
  }
  CHECK(wrong == 0);
  CHECK(to_float(to_half(65519.0f)) == 65504.0f);
  CHECK(std::isinf(to_float(to_half(65520.0f))));
  CHECK(to_half(1.0f + 0x1p-11f).bits == 0x3c00);      // a tie, to even
  CHECK(to_half(1.0f + 3 * 0x1p-11f).bits == 0x3c02);  // a tie, to even
  CHECK(to_bfloat(1.0f + 0x1p-8f).bits == 0x3f80);
  CHECK(std::isnan(to_float(to_bfloat(std::numeric_limits<float>::quiet_NaN()))));
}

void test_memory() {
  empty_cache();
  const char* first;
  {
    const Array a = Array::empty({1 << 20}, DType::Float32);
    first = a.data();
    CHECK(reinterpret_cast<uintptr_t>(first) % (2 << 20) == 0);
  }
  CHECK(memory_stats().cached > 0);
  CHECK(Array::empty({1 << 20}, DType::Float32).data() == first);
  for (const int64_t size : {0, 1, 5, 17, 64, 65, 1000, 1025, 100000}) {
    const Array a = Array::empty({size}, DType::Float32);
    CHECK(reinterpret_cast<uintptr_t>(a.data()) % 64 == 0);
    std::memset(a.data(), 1, size_t(size) * 4);
  }
  CHECK_ERROR((void)Array::empty({int64_t(1) << 46}, DType::Float64), "out of memory: asked for");
  empty_cache();
  CHECK(memory_stats().cached == 0);
  Array last;
  std::thread([&] { last = Array::empty({10}, DType::Float32); }).join();
  last = Array();  // freed by another thread than the one that made it, which is gone
  Scratch outer(100);
  std::memset(outer.data, 1, 100);
  {
    Scratch inner(1 << 20);
    std::memset(inner.data, 2, 1 << 20);
  }
  CHECK(static_cast<char*>(outer.data)[99] == 1);
}

void test_parallel() {
  for (const int threads : {1, 2, 8}) {
    set_num_threads(threads);
    std::vector<std::atomic<int>> seen(1000);
    parallel_run(
        1000, 1'000'000'000,
        [](void* context, int64_t piece) {
          ++(*static_cast<std::vector<std::atomic<int>>*>(context))[size_t(piece)];
        },
        &seen);
    bool once = true;
    for (const auto& count : seen) once &= count == 1;
    CHECK(once);
    bool caught = false;
    try {
      parallel_run(
          100, 1'000'000'000,
          [](void*, int64_t piece) {
            if (piece == 50) throw std::runtime_error("piece 50");
          },
          nullptr);
    } catch (const std::runtime_error& error) {
      caught = std::strcmp(error.what(), "piece 50") == 0;
    }
    CHECK(caught);
  }
  // A loop inside a loop runs inline.
  std::atomic<int> inner{0};
  parallel_run(
      4, 1'000'000'000,
      [](void* context, int64_t) {
        parallel_run(
            5, 1'000'000'000, [](void* c, int64_t) { ++*static_cast<std::atomic<int>*>(c); },
            context);
      },
      &inner);
  CHECK(inner == 20);
  set_num_threads(2);
}

void test_team() {
  // Others join: every piece waits until two threads have been seen.
  set_num_threads(2);
  struct Seen {
    std::atomic<int> threads{0};
    std::atomic<bool> late{false};
  } seen;
  parallel_run(
      2, 1'000'000'000,
      [](void* context, int64_t) {
        auto& all = *static_cast<Seen*>(context);
        ++all.threads;
        const auto start = std::chrono::steady_clock::now();
        while (all.threads < 2)
          if (std::chrono::steady_clock::now() - start > std::chrono::seconds(20)) {
            all.late = true;
            break;
          }
      },
      &seen);
  CHECK(!seen.late);
  // Short loops in a row, and some after a pause in which the helpers fall asleep.
  bool whole = true;
  for (int loop = 0; loop < 20'000; ++loop) {
    if (loop % 2'000 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    if (loop % 500 == 0) set_num_threads(2 + loop / 500 % 3);
    std::atomic<int64_t> sum{0};
    parallel_run(
        7, 1'000'000'000,
        [](void* context, int64_t piece) {
          static_cast<std::atomic<int64_t>*>(context)->fetch_add(piece, std::memory_order_relaxed);
        },
        &sum);
    whole &= sum == 21;
  }
  CHECK(whole);
  set_num_threads(2);
}

void test_overlap() {
  // out is a shifted view of an operand: the operand is staged, so the result is as if apart.
  const Array base = counting({1000});
  const Array left = base.slice(0, 0, 999, 1), right = base.slice(0, 1, 999, 1);
  ops::add(left, 1.0, &right);
  bool correct = true;
  for (int i = 0; i < 999; ++i) correct &= base.data<float>()[i + 1] == float(i) + 1;
  CHECK(correct);
  CHECK(may_overlap(left, right));
  CHECK(!may_overlap(base.slice(0, 0, 10, 1), base.slice(0, 10, 10, 1)));
}

}  // namespace

int main() {
  test_shapes();
  test_promotion();
  test_views();
  test_loops();
  test_copies();
  test_half();
  test_memory();
  test_parallel();
  test_team();
  test_overlap();
  return check::report();
}
