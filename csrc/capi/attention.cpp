#include "ops/attention.h"

#include <cmath>

#include "capi/call.h"

using namespace gm;
using namespace gm::capi;

namespace {

struct Given {
  const Array &q, &k, &v;
  const Array* mask;
  bool causal, grouped;
  double scale;
};

Given read_given(Call& call, const gemmule_tensor* q, const gemmule_tensor* k,
                 const gemmule_tensor* v, const gemmule_tensor* mask,
                 const gemmule_attention* params) {
  const gemmule_attention p = read(call.op(), "params", params, false);
  Given given{call.in("q", q), call.in("k", k), call.in("v", v), call.maybe("mask", mask),
              p.causal != 0,   p.grouped != 0,  p.scale};
  ops::attention_check(given.q, given.k, given.v, given.grouped, given.mask);
  if (given.scale == 0) given.scale = 1 / std::sqrt(double(given.q.size(given.q.rank() - 1)));
  return given;
}

}  // namespace

extern "C" {

gemmule_status gemmule_attention_forward(const gemmule_tensor* q, const gemmule_tensor* k,
                                         const gemmule_tensor* v, const gemmule_tensor* mask,
                                         const gemmule_attention* params, const gemmule_tensor* out,
                                         const gemmule_tensor* rows, gemmule_workspace* workspace) {
  return guarded("attention_forward", workspace, [&](Call& call) {
    const Given a = read_given(call, q, k, v, mask, params);
    call.out("out", out);
    call.maybe_out("rows", rows);
    call.compute([&] {
      auto [values, sums] = ops::attention(a.q, a.k, a.v, a.causal, a.scale, a.grouped, a.mask);
      return Results(values, sums);
    });
  });
}

gemmule_status gemmule_attention_backward(const gemmule_tensor* dout, const gemmule_tensor* q,
                                          const gemmule_tensor* k, const gemmule_tensor* v,
                                          const gemmule_tensor* mask,
                                          const gemmule_attention* params,
                                          const gemmule_tensor* out, const gemmule_tensor* rows,
                                          const gemmule_tensor* dq, const gemmule_tensor* dk,
                                          const gemmule_tensor* dv, gemmule_workspace* workspace) {
  return guarded("attention_backward", workspace, [&](Call& call) {
    const Given a = read_given(call, q, k, v, mask, params);
    const Array& g = call.in("dout", dout);
    const Array& result = call.in("out", out);
    const Array& sums = call.in("rows", rows);
    call.maybe_out("dq", dq);
    call.maybe_out("dk", dk);
    call.maybe_out("dv", dv);
    rehearse([&] {
      const auto [o, l] = ops::attention(a.q, a.k, a.v, a.causal, a.scale, a.grouped, a.mask);
      expect(call.op(), "out", result, o.shape(), o.dtype());
      expect(call.op(), "rows", sums, l.shape(), l.dtype());
      expect(call.op(), "dout", g, o.shape(), o.dtype());
    });
    call.compute([&] {
      auto [gq, gk, gv] =
          ops::attention_backward(g, a.q, a.k, a.v, result.contiguous(), sums.contiguous(),
                                  a.causal, a.scale, a.grouped, a.mask);
      return Results(gq, gk, gv);
    });
  });
}

}  // extern "C"
