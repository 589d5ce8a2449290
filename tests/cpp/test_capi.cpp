// The C ABI through gemmule.hpp: right results, errors, workspaces, and many callers at once. Built
// with -DGEMMULE_SANITIZE=thread it is the test of concurrent callers.
#include <atomic>
#include <cmath>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "check.h"
#include "gemmule/gemmule.hpp"

namespace {

using Floats = std::vector<float>;

Floats wave(size_t count, float step) {
  Floats values(count);
  for (size_t i = 0; i < count; ++i) values[i] = std::sin(step * float(i));
  return values;
}

bool close(float a, double b) { return std::abs(a - b) <= 1e-5 * (1 + std::abs(b)); }

void test_linear() {
  constexpr int64_t rows = 37, in = 65, out = 50;
  const Floats x = wave(rows * in, 0.3f), w = wave(out * in, 0.7f), b = wave(out, 1.1f);
  Floats y(rows * out), packed_y(rows * out), separate(rows * out);
  const gemmule::view tx(x, {rows, in}), tw(w, {out, in}), tb(b, {out});
  const gemmule_activation silu = gemmule::activation(GEMMULE_SILU);
  gemmule::workspace ws;
  gemmule::call(gemmule_linear, tx, tw, tb, &silu, gemmule::view(y, {rows, out}), ws);
  bool right = true;
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t j = 0; j < out; ++j) {
      double sum = b[j];
      for (int64_t k = 0; k < in; ++k) sum += double(x[i * in + k]) * w[j * in + k];
      right &= close(y[i * out + j], sum / (1 + std::exp(-sum)));
    }
  CHECK(right);

  // Fused and apart: the same bits.
  const gemmule::view ts(separate, {rows, out});
  gemmule::call(gemmule_linear, tx, tw, tb, nullptr, ts, ws);
  gemmule::call(gemmule_activate, ts, &silu, ts, ws);
  CHECK(std::memcmp(y.data(), separate.data(), y.size() * sizeof(float)) == 0);

  const gemmule::packed_linear packed(tw, tb);
  gemmule::call(gemmule_linear_packed, tx, packed.get(), &silu,
                gemmule::view(packed_y, {rows, out}), ws);
  bool same = true;
  for (size_t i = 0; i < y.size(); ++i) same &= close(packed_y[i], y[i]);
  CHECK(same);
}

void test_errors() {
  Floats x(12);
  gemmule::workspace ws;
  const gemmule::view view(x, {3, 4});
  try {
    gemmule::call(gemmule_softmax, view, 2, view, ws);
    CHECK(false);
  } catch (const gemmule::error& error) {
    CHECK(error.status() == GEMMULE_ERROR_VALUE);
    CHECK(std::string(error.what()) == "softmax: y overlaps x");
  }
  try {
    gemmule::view(x, {3, 5});
    CHECK(false);
  } catch (const std::invalid_argument&) {
    CHECK(true);
  }
  CHECK(gemmule_linear_pack(nullptr, nullptr, nullptr) == GEMMULE_ERROR_VALUE);
  gemmule_packed_linear_free(nullptr);
  CHECK(gemmule_require_abi(GEMMULE_ABI_VERSION) == GEMMULE_OK);
  CHECK(gemmule_require_abi(GEMMULE_ABI_VERSION + 1) == GEMMULE_ERROR_VERSION);
  CHECK(gemmule_isa() != nullptr);
}

/// An operation of several launches in exactly the memory that it asks for.
void test_workspace() {
  constexpr int64_t steps = 6, batch = 3, in = 5, hidden = 8;
  const Floats x = wave(steps * batch * in, 0.2f), w = wave(4 * hidden * in, 0.5f),
               u = wave(4 * hidden * hidden, 0.9f);
  Floats y(steps * batch * hidden), again(y.size());
  const gemmule::view tx(x, {steps, batch, in}), tw(w, {4 * hidden, in}),
      tu(u, {4 * hidden, hidden}), ty(y, {steps, batch, hidden}),
      tagain(again, {steps, batch, hidden});
  auto rnn = gemmule::params<gemmule_rnn>();
  rnn.cell = GEMMULE_LSTM;
  rnn.x = tx.get();
  rnn.w_ih = tw.get();
  rnn.w_hh = tu.get();
  auto results = gemmule::params<gemmule_rnn_results>();
  results.y = ty.get();
  gemmule_workspace ws{sizeof ws, nullptr, 0};
  CHECK(gemmule_rnn_forward(&rnn, &results, &ws) == GEMMULE_OK);
  std::vector<char> memory(ws.bytes + 1);
  ws.data = memory.data() + 1;  // any alignment will do
  CHECK(gemmule_rnn_forward(&rnn, &results, &ws) == GEMMULE_OK);
  results.y = tagain.get();
  CHECK(gemmule_rnn_forward(&rnn, &results, nullptr) == GEMMULE_OK);
  CHECK(y == again);
  ws.bytes -= 1;
  CHECK(gemmule_rnn_forward(&rnn, &results, &ws) == GEMMULE_ERROR_WORKSPACE);
}

void test_concurrent_callers() {
  constexpr int64_t n = 96;
  const Floats a = wave(n * n, 0.11f), b = wave(n * n, 0.13f);
  Floats want(n * n), soft(n * n);
  const gemmule::view ta(a, {n, n}), tb(b, {n, n});
  gemmule::workspace ws;
  gemmule::call(gemmule_matmul, ta, tb, gemmule::view(want, {n, n}), ws);
  gemmule::call(gemmule_softmax, gemmule::view(want, {n, n}), 1, gemmule::view(soft, {n, n}), ws);
  const gemmule::packed_linear packed(tb);
  std::atomic<int> wrong{0};
  std::vector<std::thread> callers;
  for (int t = 0; t < 4; ++t)
    callers.emplace_back([&, t] {
      gemmule::workspace mine;
      Floats c(n * n), s(n * n), l(n * n);
      for (int i = 0; i < 20; ++i) {
        gemmule::call(gemmule_matmul, ta, tb, gemmule::view(c, {n, n}), mine);
        gemmule::call(gemmule_softmax, gemmule::view(c, {n, n}), 1, gemmule::view(s, {n, n}), mine);
        gemmule::call(gemmule_linear_packed, ta, packed.get(), nullptr, gemmule::view(l, {n, n}),
                      mine);
        if (c != want || s != soft) ++wrong;
        // This thread's own message, whatever the others fail at.
        const int64_t sizes[] = {n, t + 1};
        if (gemmule_matmul(ta.get(), gemmule::view(c.data(), {t + 1, n}).get(),
                           gemmule::view(s.data(), sizes).get(), nullptr) != GEMMULE_ERROR_VALUE)
          ++wrong;
        const std::string meets = "columns meet " + std::to_string(t + 1) + " rows";
        if (std::string(gemmule_last_error()).find(meets) == std::string::npos) ++wrong;
      }
    });
  for (std::thread& caller : callers) caller.join();
  CHECK(wrong == 0);
}

}  // namespace

int main() {
  test_linear();
  test_errors();
  test_workspace();
  test_concurrent_callers();
  return check::report();
}
