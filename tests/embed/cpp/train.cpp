// Trains a small network in C++, gradients from the C ABI: which of three spirals is a point on?
// Prints the loss at the start and at the end.
#include <cmath>
#include <cstdio>
#include <gemmule/gemmule.hpp>
#include <random>
#include <vector>

namespace gm = gemmule;
using Floats = std::vector<float>;

constexpr int64_t kPoints = 300, kHidden = 64, kClasses = 3;

struct Layer {
  int64_t in, out;
  Floats weight, bias, dweight, dbias;

  Layer(int64_t in, int64_t out, std::mt19937& random)
      : in(in), out(out), weight(in * out), bias(out), dweight(in * out), dbias(out) {
    std::normal_distribution<float> normal(0, std::sqrt(2.0f / float(in)));
    for (float& w : weight) w = normal(random);
  }
  void step(float rate) {
    for (size_t i = 0; i < weight.size(); ++i) weight[i] -= rate * dweight[i];
    for (size_t i = 0; i < bias.size(); ++i) bias[i] -= rate * dbias[i];
  }
};

int main() try {
  std::mt19937 random(1);
  Floats x(kPoints * 2), hidden(kPoints * kHidden), dhidden(kPoints * kHidden);
  Floats logits(kPoints * kClasses), log_p(kPoints * kClasses), dlog_p(kPoints * kClasses),
      dlogits(kPoints * kClasses);
  std::vector<int> label(kPoints);
  for (int i = 0; i < kPoints; ++i) {
    const float t = 0.1f + float(i) / kPoints;
    label[i] = i % 3;
    const float angle = 4 * t + 2.0944f * float(label[i]);
    x[2 * i] = t * std::cos(angle);
    x[2 * i + 1] = t * std::sin(angle);
  }
  Layer first(2, kHidden, random), second(kHidden, kClasses, random);

  const gm::view tx(x, {kPoints, 2}), th(hidden, {kPoints, kHidden});
  const gm::view tdh(dhidden, {kPoints, kHidden}), tl(logits, {kPoints, kClasses});
  const gm::view tp(log_p, {kPoints, kClasses}), tdp(dlog_p, {kPoints, kClasses});
  const gm::view tdl(dlogits, {kPoints, kClasses});
  const gm::view w1(first.weight, {kHidden, 2}), b1(first.bias, {kHidden});
  const gm::view dw1(first.dweight, {kHidden, 2}), db1(first.dbias, {kHidden});
  const gm::view w2(second.weight, {kClasses, kHidden}), b2(second.bias, {kClasses});
  const gm::view dw2(second.dweight, {kClasses, kHidden}), db2(second.dbias, {kClasses});
  const gemmule_activation tanh = gm::activation(GEMMULE_TANH);
  gm::workspace ws;

  // The loss is the mean of −log p[label], so its gradient is −1/points there and 0 elsewhere.
  for (int i = 0; i < kPoints; ++i) dlog_p[i * kClasses + label[i]] = -1.0f / kPoints;

  for (int epoch = 0; epoch <= 500; ++epoch) {
    gm::call(gemmule_linear, tx, w1, b1, &tanh, th, ws);
    gm::call(gemmule_linear, th, w2, b2, nullptr, tl, ws);
    gm::call(gemmule_log_softmax, tl, 1, tp, ws);
    float loss = 0;
    for (int i = 0; i < kPoints; ++i) loss -= log_p[i * kClasses + label[i]] / kPoints;
    if (epoch % 500 == 0) std::printf("epoch %d: loss %.4f\n", epoch, loss);

    gm::call(gemmule_log_softmax_backward, tdp, tp, 1, tdl, ws);
    gm::call(gemmule_linear_backward, tdl, th, w2, tdh, dw2, db2, ws);
    gm::call(gemmule_activate_backward, tdh, th, &tanh, tdh, ws);  // in place
    gm::call(gemmule_linear_backward, tdh, tx, w1, nullptr, dw1, db1, ws);
    first.step(1.0f);
    second.step(1.0f);
  }
  try {
    gm::call(gemmule_softmax, tx, 5, tx, ws);
  } catch (const gm::error& error) {
    std::printf("refused: %s\n", error.what());
  }
} catch (const gm::error& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
